#include "import/tflite.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "graph/text.h"
#include "import/operator_rows.h"
#include "import/tflite_tensors.h"

namespace midge::import {
namespace {

// Far beyond any network that fits a microcontroller; they bound what a hostile file can make us do.
constexpr size_t kMostBytes = size_t{1} << 30;
constexpr uint32_t kMostTables = 200'000;
constexpr uint32_t kMostOperators = 10'000;
constexpr size_t kMostReferences = 40'000;  // of operators to tensors

using Indices = flatbuffers::Vector<int32_t>;

// One operator of the file with the row that reads it.
struct Step {
  const schema::Operator* op;
  const OperatorRow* row;
  std::string source;  // CONV_2D#3
};

class Importer {
 public:
  Importer(const schema::Model& model, size_t file_bytes, std::string file)
      : model_(model), budget_(file_bytes), file_(std::move(file)) {}

  Result<graph::Graph> run() {
    MIDGE_TRY(check_model());
    uses_.resize(subgraph().tensors() == nullptr ? 0 : subgraph().tensors()->size());
    MIDGE_TRY(find_steps());
    for (const Step& step : steps_) MIDGE_TRY(note_uses(step));
    MIDGE_TRY(note_interface(subgraph().inputs(), "input", &TensorUse::input));
    MIDGE_TRY(note_interface(subgraph().outputs(), "output", &TensorUse::output));
    MIDGE_ASSIGN(std::vector<graph::Value> tensors, read_tensors(model_, subgraph(), uses_, file_, budget_));
    return build(std::move(tensors));
  }

 private:
  const schema::SubGraph& subgraph() const { return *model_.subgraphs()->Get(0); }

  Error broken(std::string_view what) const { return model_error(fmt::format("{}: {}", file_, what)); }

  Result<void> check_model() const {
    if (model_.version() != 3)
      return broken(fmt::format("not supported: schema version {}; only 3", model_.version()));
    const size_t subgraphs = model_.subgraphs() == nullptr ? 0 : model_.subgraphs()->size();
    if (subgraphs == 0) return broken("the model has no subgraph");
    if (subgraphs > 1)
      return broken(fmt::format("not supported: {} subgraphs; only 1 (no control flow)", subgraphs));
    return {};
  }

  Result<void> find_steps() {
    const auto* operators = subgraph().operators();
    const uint32_t count = operators == nullptr ? 0 : operators->size();
    if (count > kMostOperators)
      return broken(fmt::format("not supported: {} operators; at most {}", count, kMostOperators));
    for (uint32_t i = 0; i < count; ++i) {
      MIDGE_ASSIGN(Step step, find_step(*operators->Get(i), i));
      steps_.push_back(std::move(step));
    }
    return {};
  }

  Result<Step> find_step(const schema::Operator& op, uint32_t index) const {
    const auto* codes = model_.operator_codes();
    const uint32_t known = codes == nullptr ? 0 : codes->size();
    if (op.opcode_index() >= known)
      return broken(fmt::format("operator {}: operator code {} does not exist; the file has {}", index,
                                op.opcode_index(), known));
    const schema::OperatorCode& code = *codes->Get(op.opcode_index());
    const auto kind = static_cast<schema::BuiltinOperator>(
        std::max<int32_t>(code.deprecated_builtin_code(), static_cast<int32_t>(code.builtin_code())));
    const std::string name = schema::EnumNameBuiltinOperator(kind);
    if (name.empty())
      return broken(fmt::format("operator {}: not supported: unknown operator code {}", index,
                                static_cast<int32_t>(kind)));
    Step step{&op, find_row(kind), fmt::format("{}#{}", name, index)};
    if (step.row == nullptr) return unsupported_operator(kind, code, op, step.source);
    MIDGE_TRY(check_arity(step));
    return step;
  }

  // Names the tensor that the operator would make, so that the user finds the place in the model.
  Error unsupported_operator(schema::BuiltinOperator kind, const schema::OperatorCode& code,
                             const schema::Operator& op, const std::string& source) const {
    Place place{file_, source};
    if (op.outputs() != nullptr && op.outputs()->size() > 0 && in_range(op.outputs()->Get(0)))
      place = tensor_place(file_, source, subgraph(), static_cast<size_t>(op.outputs()->Get(0)));
    if (kind != schema::BuiltinOperator::CUSTOM) return place.unsupported("this operator");
    return place.unsupported(
        fmt::format("the custom operator {}", code.custom_code() == nullptr
                                                  ? "without a name"
                                                  : graph::shown_name(code.custom_code()->string_view())));
  }

  static Result<void> wrong_count(const Place& place, std::string_view what, size_t least, size_t most,
                                  size_t found) {
    const std::string expected = least == most  ? fmt::format("{}", least)
                                 : most == kAny ? fmt::format("{} or more", least)
                                                : fmt::format("{} to {}", least, most);
    return place.broken(fmt::format("{} {}; expected {}", found, what, expected));
  }

  Result<void> check_arity(const Step& step) const {
    const OperatorRow& row = *step.row;
    const Place place{file_, step.source};
    const size_t inputs = step.op->inputs() == nullptr ? 0 : step.op->inputs()->size();
    const size_t outputs = step.op->outputs() == nullptr ? 0 : step.op->outputs()->size();
    if (inputs < row.least_inputs || inputs > row.most_inputs)
      return wrong_count(place, "inputs", row.least_inputs, row.most_inputs, inputs);
    const size_t least_outputs = row.outputs == kAny ? 1 : row.outputs;
    if (outputs < least_outputs || outputs > row.outputs)
      return wrong_count(place, "outputs", least_outputs, row.outputs, outputs);
    return {};
  }

  bool in_range(int32_t index) const { return index >= 0 && static_cast<size_t>(index) < uses_.size(); }

  // Checks that every index names a tensor, and notes who names it.
  Result<void> note_uses(const Step& step) {
    const Place place{file_, step.source};
    const Indices& inputs = *step.op->inputs();
    const Indices& outputs = *step.op->outputs();
    references_ += inputs.size() + outputs.size();
    if (references_ > kMostReferences)
      return place.unsupported(fmt::format("more than {} inputs and outputs of operators", kMostReferences));
    for (uint32_t i = 0; i < inputs.size(); ++i) {
      const bool optional = i >= step.row->least_inputs && step.row->most_inputs != kAny;
      if (optional && inputs.Get(i) == -1) continue;
      MIDGE_TRY(note_use(place, fmt::format("input {}", i), inputs.Get(i), step.source));
    }
    for (uint32_t i = 0; i < outputs.size(); ++i) {
      MIDGE_TRY(note_use(place, fmt::format("output {}", i), outputs.Get(i), step.source));
      TensorUse& use = uses_[static_cast<size_t>(outputs.Get(i))];
      if (!use.writer.empty())
        return tensor_place(file_, step.source, subgraph(), static_cast<size_t>(outputs.Get(i)))
            .broken(fmt::format("{} writes it already", use.writer));
      use.writer = step.source;
    }
    return {};
  }

  Result<void> note_use(const Place& place, std::string_view port, int32_t index, const std::string& user) {
    if (!in_range(index))
      return place.broken(
          fmt::format("{} is tensor {}, which does not exist; the file has {}", port, index, uses_.size()));
    std::string& noted = uses_[static_cast<size_t>(index)].user;
    if (noted.empty()) noted = user;
    return {};
  }

  Result<void> note_interface(const Indices* indices, std::string_view what, bool TensorUse::* role) {
    if (indices == nullptr) return {};
    if (indices->size() > kMostReferences)
      return broken(fmt::format("not supported: {} {}s of the graph", indices->size(), what));
    for (uint32_t i = 0; i < indices->size(); ++i) {
      const std::string port = fmt::format("{} {}", what, i);
      MIDGE_TRY(note_use(Place{file_, "the graph"}, port, indices->Get(i), port));
      TensorUse& use = uses_[static_cast<size_t>(indices->Get(i))];
      if (use.*role)
        return tensor_place(file_, port, subgraph(), static_cast<size_t>(indices->Get(i)))
            .unsupported(fmt::format("it is listed twice as an {} of the graph", what));
      use.*role = true;
    }
    return {};
  }

  Result<graph::Graph> build(std::vector<graph::Value> tensors) {
    GraphBuilder builder(file_, std::move(tensors), budget_);
    for_each(subgraph().inputs(), [&](int32_t i) { builder.graph().inputs.push_back(builder.value(i)); });
    for (const Step& step : steps_) {
      OperatorReader reader(builder, *step.op, subgraph(), Place{file_, step.source});
      MIDGE_TRY(step.row->read(reader));
    }
    for_each(subgraph().outputs(), [&](int32_t i) { builder.graph().outputs.push_back(builder.value(i)); });
    if (auto verified = graph::verify(builder.graph()); !verified) return broken(verified.error().message);
    return std::move(builder.graph());
  }

  template <class F>
  static void for_each(const Indices* indices, F&& f) {
    if (indices == nullptr) return;
    for (int32_t index : *indices) f(index);
  }

  const schema::Model& model_;
  Budget budget_;
  std::string file_;
  std::vector<Step> steps_;
  std::vector<TensorUse> uses_;  // of each tensor
  size_t references_ = 0;
};

Result<void> check_flatbuffer(std::span<const uint8_t> bytes, const std::string& file) {
  const auto fail = [&](std::string_view what) { return model_error(fmt::format("{}: {}", file, what)); };
  constexpr size_t kIdentifierEnd = 8;  // after the root's offset
  if (bytes.size() < kIdentifierEnd || !schema::ModelBufferHasIdentifier(bytes.data()))
    return fail("not a TensorFlow Lite model: no 'TFL3' at byte 4");
  if (bytes.size() > kMostBytes)
    return fail(fmt::format("not supported: {} bytes; at most {}", bytes.size(), kMostBytes));
  constexpr uint32_t kMostDepth = 16;  // the format nests less than ten deep
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), kMostDepth, kMostTables);
  if (schema::VerifyModelBuffer(verifier)) return {};
  return fail("the file is damaged or cut short: an offset inside leads nowhere");
}

}  // namespace

Result<graph::Graph> import_tflite(std::span<const uint8_t> bytes, std::string_view name) {
  const std::string file(name);
  // FlatBuffers reads its fields in place, each at its natural alignment.
  std::vector<uint64_t> aligned;
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(uint64_t) != 0 && bytes.size() <= kMostBytes) {
    aligned.resize(bytes.size() / sizeof(uint64_t) + 1);
    std::memcpy(aligned.data(), bytes.data(), bytes.size());
    bytes = {reinterpret_cast<const uint8_t*>(aligned.data()), bytes.size()};
  }
  MIDGE_TRY(check_flatbuffer(bytes, file));
  return Importer(*schema::GetModel(bytes.data()), bytes.size(), file).run();
}

}  // namespace midge::import
