// libFuzzer target: any bytes into the .tflite importer. A file that it accepts must also survive the text
// form: what is printed parses, and prints the same again.
//
// Bytes changed at random mostly break the FlatBuffer itself, which the verifier catches before our code sees
// it. So half of the mutations unpack a well-formed file, change one thing in it as a forger would, and pack
// it again.
#include <algorithm>
#include <random>

#include "base/check.h"
#include "import/tflite.h"
#include "import/tflite_generated.h"

namespace {

using midge::Result;
using midge::graph::Graph;
namespace schema = midge::import::schema;

using Random = std::minstd_rand;

size_t below(Random& random, size_t count) {
  return count == 0 ? 0 : random() % count;
}

int32_t odd_number(Random& random) {
  constexpr int32_t kOdd[] = {0,   1,   2,     3,  4,  5,    8,         16,       127,
                              128, 255, 65536, -1, -2, -128, INT32_MAX, INT32_MIN};
  return kOdd[below(random, std::size(kOdd))];
}

// Changes, doubles, drops or moves an entry.
template <class List, class Make>
void change_list(List& list, Random& random, Make&& make) {
  const auto at = [&] { return list.begin() + static_cast<std::ptrdiff_t>(below(random, list.size())); };
  if (list.empty() || below(random, 4) == 0) {
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(below(random, list.size() + 1)), make());
    return;
  }
  switch (below(random, 3)) {
    case 0:
      *at() = make();
      break;
    case 1:
      list.erase(at());
      break;
    default:
      std::iter_swap(at(), at());
      break;
  }
}

void change_quantization(schema::TensorT& tensor, Random& random) {
  if (tensor.quantization == nullptr)
    tensor.quantization = std::make_unique<schema::QuantizationParametersT>();
  schema::QuantizationParametersT& quantization = *tensor.quantization;
  switch (below(random, 4)) {
    case 0:
      change_list(quantization.scale, random, [&] { return static_cast<float>(odd_number(random)) / 16; });
      break;
    case 1:
      change_list(quantization.zero_point, random, [&] { return odd_number(random); });
      break;
    case 2:
      quantization.quantized_dimension = odd_number(random);
      break;
    default:
      tensor.quantization.reset();
      break;
  }
}

void change_tensor(schema::ModelT& model, schema::TensorT& tensor, Random& random) {
  const auto number = [&] { return odd_number(random); };
  switch (below(random, 6)) {
    case 0:
      change_list(tensor.shape, random, number);
      break;
    case 1:
      change_list(tensor.shape_signature, random, number);
      break;
    case 2:
      tensor.type = static_cast<schema::TensorType>(below(random, 11));
      break;
    case 3:
      tensor.buffer = static_cast<uint32_t>(below(random, model.buffers.size() + 1));
      break;
    case 4:
      tensor.name.assign(below(random, 4), static_cast<char>('a' + below(random, 3)));
      break;
    default:
      change_quantization(tensor, random);
      break;
  }
}

// Words of the options table, in its packed form, are changed by the plain mutator; here only what is shared.
void change_operator(schema::ModelT& model, schema::SubGraphT& graph, schema::OperatorT& op, Random& random) {
  const auto tensor = [&] { return static_cast<int32_t>(below(random, graph.tensors.size() + 1)) - 1; };
  switch (below(random, 3)) {
    case 0:
      change_list(op.inputs, random, tensor);
      break;
    case 1:
      change_list(op.outputs, random, tensor);
      break;
    default:
      if (op.opcode_index < model.operator_codes.size()) {
        schema::OperatorCodeT& code = *model.operator_codes[op.opcode_index];
        code.builtin_code = static_cast<schema::BuiltinOperator>(below(random, 130));
        code.deprecated_builtin_code = 0;
      }
      break;
  }
}

// A tag without its table unpacks, but does not pack.
void drop_empty_options(schema::ModelT& model) {
  for (const auto& graph : model.subgraphs)
    for (const auto& op : graph->operators)
      if (op->builtin_options.value == nullptr) op->builtin_options.Reset();
}

void change_model(schema::ModelT& model, Random& random) {
  if (model.subgraphs.empty()) return;
  schema::SubGraphT& graph = *model.subgraphs[0];
  const auto tensor = [&] { return static_cast<int32_t>(below(random, graph.tensors.size() + 1)) - 1; };
  switch (below(random, 5)) {
    case 0:
      if (!graph.tensors.empty())
        change_tensor(model, *graph.tensors[below(random, graph.tensors.size())], random);
      break;
    case 1:
      if (!graph.operators.empty())
        change_operator(model, graph, *graph.operators[below(random, graph.operators.size())], random);
      break;
    case 2:
      change_list(graph.inputs, random, tensor);
      break;
    case 3:
      change_list(graph.outputs, random, tensor);
      break;
    default:
      if (!model.buffers.empty())
        change_list(model.buffers[below(random, model.buffers.size())]->data, random,
                    [&] { return static_cast<uint8_t>(odd_number(random)); });
      break;
  }
}

// Whether lists of 64-bit numbers begin where unpacking may read them in place; the verifier does not see to
// it.
bool is_aligned(const schema::Model& model) {
  if (model.subgraphs() == nullptr) return true;
  for (const schema::SubGraph* graph : *model.subgraphs()) {
    if (graph->tensors() == nullptr) continue;
    for (const schema::Tensor* tensor : *graph->tensors()) {
      const auto* zero_points =
          tensor->quantization() == nullptr ? nullptr : tensor->quantization()->zero_point();
      if (zero_points != nullptr && reinterpret_cast<uintptr_t>(zero_points->Data()) % alignof(int64_t) != 0)
        return false;
    }
  }
  return true;
}

}  // namespace

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  Random random(seed);
  flatbuffers::Verifier verifier(data, size, 16, 10'000);
  if (below(random, 2) == 0 || size < 8 || !schema::VerifyModelBuffer(verifier))
    return LLVMFuzzerMutate(data, size, max_size);
  if (!is_aligned(*schema::GetModel(data))) return LLVMFuzzerMutate(data, size, max_size);
  const std::unique_ptr<schema::ModelT> model = schema::UnPackModel(data);
  for (size_t changes = 1 + below(random, 3); changes > 0; --changes) change_model(*model, random);
  drop_empty_options(*model);
  flatbuffers::FlatBufferBuilder builder;
  schema::FinishModelBuffer(builder, schema::Model::Pack(builder, model.get()));
  if (builder.GetSize() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy_n(builder.GetBufferPointer(), builder.GetSize(), data);
  return builder.GetSize();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Result<Graph> graph = midge::import::import_tflite({data, size}, "fuzz");
  if (!graph.has_value()) {
    MIDGE_CHECK(graph.error().kind == midge::ErrorKind::kModel);
    MIDGE_CHECK(graph.error().message.find('\n') == std::string::npos);
    return 0;
  }
  const std::string text = midge::graph::print(*graph);
  const Result<Graph> again = midge::graph::parse(text);
  MIDGE_CHECK(again.has_value());
  MIDGE_CHECK(midge::graph::print(*again) == text);
  return 0;
}
