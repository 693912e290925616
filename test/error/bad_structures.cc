#include "error/bad_models.h"

namespace midge::import {
namespace {

using schema::BuiltinOperator;
using schema::TensorType;

std::vector<uint8_t> good() {
  return small_conv_model().bytes();
}

void put_word(std::vector<uint8_t>& bytes, size_t at, uint32_t word) {
  std::memcpy(bytes.data() + at, &word, sizeof word);
}

// The names of a thousand tensors are one string, their scales one list: 300 KB that would become 500 MB.
std::vector<uint8_t> overlapping() {
  constexpr int32_t kEntries = 30'000;
  constexpr uint32_t kTensors = 1'000;
  flatbuffers::FlatBufferBuilder builder;
  const auto name = builder.CreateString("x");
  const auto quantization =
      schema::CreateQuantizationParameters(builder, builder.CreateVector(std::vector<float>(kEntries, 1.0f)),
                                           builder.CreateVector(std::vector<int64_t>(kEntries, 0)), 0, 1);
  const auto shape = builder.CreateVector(std::vector<int32_t>{1, kEntries});
  std::vector<flatbuffers::Offset<schema::Tensor>> tensors(
      kTensors, schema::CreateTensor(builder, shape, TensorType::INT8, 0, name, quantization));
  std::vector<int32_t> inputs(kTensors - 1);
  for (size_t i = 0; i < inputs.size(); ++i) inputs[i] = static_cast<int32_t>(i) + 1;
  const auto op = schema::CreateOperator(builder, 0, builder.CreateVector(inputs),
                                         builder.CreateVector(std::vector<int32_t>{0}));
  const auto graph =
      schema::CreateSubGraph(builder, builder.CreateVector(tensors), builder.CreateVector(inputs),
                             builder.CreateVector(std::vector<int32_t>{0}), builder.CreateVector(&op, 1));
  const auto code = schema::CreateOperatorCode(builder, 2, 0, BuiltinOperator::CONCATENATION);
  const auto buffer = schema::CreateBuffer(builder);
  schema::FinishModelBuffer(
      builder, schema::CreateModel(builder, 3, builder.CreateVector(&code, 1),
                                   builder.CreateVector(&graph, 1), builder.CreateVector(&buffer, 1)));
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

std::vector<BadModel> broken_files() {
  return {
      {"empty-file", [] { return std::vector<uint8_t>{}; }},
      {"seven-bytes", [] { return std::vector<uint8_t>{28, 0, 0, 0, 'T', 'F', 'L'}; }},
      {"other-identifier",
       [] {
         std::vector<uint8_t> bytes = good();
         bytes[7] = '2';
         return bytes;
       }},
      {"only-identifier", [] { return std::vector<uint8_t>{8, 0, 0, 0, 'T', 'F', 'L', '3'}; }},
      {"half-a-file",
       [] {
         std::vector<uint8_t> bytes = good();
         bytes.resize(bytes.size() / 2);
         return bytes;
       }},
      {"root-outside",
       [] {
         std::vector<uint8_t> bytes = good();
         put_word(bytes, 0, 0x7ffffff0);
         return bytes;
       }},
      {"overlapping-lists", overlapping},
  };
}

std::vector<BadModel> broken_models() {
  return {
      spoilt("schema-version", [](ModelFile& f) { f.model.version = 2; }),
      spoilt("no-subgraph", [](ModelFile& f) { f.model.subgraphs.clear(); }),
      spoilt("two-subgraphs",
             [](ModelFile& f) { f.model.subgraphs.push_back(std::make_unique<schema::SubGraphT>()); }),
      spoilt("no-operator-codes", [](ModelFile& f) { f.model.operator_codes.clear(); }),
      spoilt("operator-code-outside", [](ModelFile& f) { f.op(1).opcode_index = 2; }),
      spoilt(
          "unknown-operator",
          [](ModelFile& f) { f.model.operator_codes[0]->builtin_code = static_cast<BuiltinOperator>(9999); }),
      spoilt("unsupported-operator",
             [](ModelFile& f) { f.model.operator_codes[1]->builtin_code = BuiltinOperator::SVDF; }),
      spoilt("custom-operator",
             [](ModelFile& f) {
               f.model.operator_codes[1]->builtin_code = BuiltinOperator::CUSTOM;
               f.model.operator_codes[1]->custom_code = "FlexErf\n";
             }),
      spoilt("too-many-inputs", [](ModelFile& f) { f.op(1).inputs = {3, 3}; }),
      spoilt("too-few-inputs", [](ModelFile& f) { f.op(0).inputs = {0}; }),
      spoilt("no-output", [](ModelFile& f) { f.op(1).outputs = {}; }),
      spoilt("two-outputs", [](ModelFile& f) { f.op(1).outputs = {4, 4}; }),
      spoilt("input-outside", [](ModelFile& f) { f.op(0).inputs[0] = 5; }),
      spoilt("absent-required-input", [](ModelFile& f) { f.op(0).inputs[1] = -1; }),
      spoilt("too-many-operators",
             [](ModelFile& f) {
               for (int i = 0; i < 10'000; ++i) f.add_op(BuiltinOperator::RELU, {3}, {4});
             }),
      spoilt("too-many-references",
             [](ModelFile& f) {
               f.model.operator_codes[1]->builtin_code = BuiltinOperator::CONCATENATION;
               f.model.operator_codes[1]->deprecated_builtin_code = 2;
               f.op(1).inputs.assign(40'000, 3);
             }),
      spoilt("output-outside", [](ModelFile& f) { f.op(0).outputs[0] = -1; }),
  };
}

std::vector<BadModel> broken_wiring() {
  return {
      spoilt("graph-input-outside", [](ModelFile& f) { f.graph().inputs = {77}; }),
      spoilt("graph-output-outside", [](ModelFile& f) { f.graph().outputs = {-1}; }),
      spoilt("graph-input-twice", [](ModelFile& f) { f.graph().inputs = {0, 0}; }),
      spoilt("graph-output-twice", [](ModelFile& f) { f.graph().outputs = {4, 4}; }),
      spoilt("no-graph-output", [](ModelFile& f) { f.graph().outputs = {}; }),
      spoilt("output-is-input", [](ModelFile& f) { f.graph().outputs = {0}; }),
      spoilt("output-is-constant", [](ModelFile& f) { f.graph().outputs = {2}; }),
      spoilt("no-operators", [](ModelFile& f) { f.graph().operators.clear(); }),
      spoilt("no-operators-output-is-input",
             [](ModelFile& f) {
               f.graph().operators.clear();
               f.graph().outputs = {0};
             }),
      spoilt("out-of-order", [](ModelFile& f) { std::swap(f.graph().operators[0], f.graph().operators[1]); }),
      spoilt("reads-itself", [](ModelFile& f) { f.op(1).inputs = {4}; }),
      spoilt("written-twice", [](ModelFile& f) { f.op(1).outputs = {3}; }),
      spoilt("writes-constant", [](ModelFile& f) { f.op(1).outputs = {2}; }),
      spoilt("writes-graph-input",
             [](ModelFile& f) {
               f.op(1).outputs = {0};
               f.graph().outputs = {3};
             }),
      spoilt("constant-graph-input", [](ModelFile& f) { f.graph().inputs = {0, 2}; }),
      spoilt("nothing-makes-it", [](ModelFile& f) { f.graph().inputs = {}; }),
  };
}

}  // namespace

std::vector<BadModel> bad_structures() {
  std::vector<BadModel> all = broken_files();
  for (const std::vector<BadModel>& more : {broken_models(), broken_wiring()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace midge::import
