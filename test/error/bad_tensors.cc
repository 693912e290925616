#include <limits>

#include "error/bad_models.h"

namespace midge::import {
namespace {

using schema::TensorType;

constexpr int32_t kX = 0, kWeights = 1, kBias = 2, kY = 3;

std::vector<BadModel> bad_kinds() {
  return {
      spoilt("uint8", [](ModelFile& f) { f.tensor(kX).type = TensorType::UINT8; }),
      spoilt("float16-weights", [](ModelFile& f) { f.tensor(kWeights).type = TensorType::FLOAT16; }),
      spoilt("int16", [](ModelFile& f) { f.tensor(kY).type = TensorType::INT16; }),
      spoilt("unknown-type", [](ModelFile& f) { f.tensor(kX).type = static_cast<TensorType>(99); }),
      spoilt("variable", [](ModelFile& f) { f.tensor(kY).is_variable = true; }),
      spoilt("sparse",
             [](ModelFile& f) {
               f.tensor(kWeights).sparsity = std::make_unique<schema::SparsityParametersT>();
             }),
      spoilt("external-buffer", [](ModelFile& f) { f.tensor(kWeights).external_buffer = 1; }),
      spoilt("data-behind-the-file", [](ModelFile& f) { f.buffer_of(kWeights).offset = 4096; }),
      spoilt("strange-name",
             [](ModelFile& f) {
               f.tensor(kX).name = std::string("a\nb\x1b[31m\"\xff") + std::string(500, 'n');
               f.tensor(kX).type = TensorType::STRING;
             }),
      spoilt("unused-input",
             [](ModelFile& f) { f.graph().inputs = {0, f.add("u", TensorType::UINT8, {1})}; }),
  };
}

std::vector<BadModel> bad_shapes() {
  return {
      spoilt("dynamic-width", [](ModelFile& f) { f.tensor(kX).shape_signature = {-1, 5, -1, 2}; }),
      spoilt("negative-extent", [](ModelFile& f) { f.tensor(kX).shape = {1, -1, 5, 2}; }),
      spoilt("empty-extent", [](ModelFile& f) { f.tensor(kY).shape = {1, 0, 3, 4}; }),
      spoilt("signature-rank", [](ModelFile& f) { f.tensor(kX).shape_signature = {-1, 5, 5}; }),
      spoilt("signature-extent", [](ModelFile& f) { f.tensor(kX).shape_signature = {1, 6, 5, 2}; }),
      spoilt("nine-axes", [](ModelFile& f) { f.tensor(kX).shape.assign(9, 1); }),
      spoilt("too-many-elements", [](ModelFile& f) { f.tensor(kX).shape = {65536, 65536, 65536, 65536}; }),
      spoilt("no-shape", [](ModelFile& f) { f.tensor(kX).shape = {}; }),
      spoilt("wrong-output-shape", [](ModelFile& f) { f.tensor(kY).shape = {1, 3, 4, 4}; }),
  };
}

std::vector<BadModel> bad_data() {
  return {
      spoilt("buffer-outside", [](ModelFile& f) { f.tensor(kWeights).buffer = 3; }),
      spoilt("no-buffers", [](ModelFile& f) { f.model.buffers.clear(); }),
      spoilt("data-too-short", [](ModelFile& f) { f.buffer_of(kWeights).data.pop_back(); }),
      spoilt("data-too-long", [](ModelFile& f) { f.buffer_of(kBias).data.push_back(0); }),
      spoilt("bool-of-two",
             [](ModelFile& f) {
               f.fill(f.add("flag", TensorType::BOOL, {1}), std::vector<uint8_t>{2});
               f.add("y", TensorType::INT32, {1});
               f.add_op(schema::BuiltinOperator::CAST, {5}, {6});
               f.graph().outputs = {4, 6};
             }),
  };
}

std::vector<BadModel> bad_quantization() {
  const auto with = [](std::string name, int32_t tensor,
                       const std::function<void(schema::QuantizationParametersT&)>& spoil) {
    return spoilt(std::move(name), [tensor, spoil](ModelFile& f) { spoil(*f.tensor(tensor).quantization); });
  };
  using Q = schema::QuantizationParametersT;
  return {
      with("zero-points-missing", kX, [](Q& q) { q.zero_point.clear(); }),
      with("zero-points-too-many", kX, [](Q& q) { q.zero_point.push_back(0); }),
      with("zero-point-64-bits", kX, [](Q& q) { q.zero_point = {int64_t{1} << 40}; }),
      with("zero-point-outside-int8", kX, [](Q& q) { q.zero_point = {128}; }),
      with("scale-nan", kX, [](Q& q) { q.scale = {std::numeric_limits<float>::quiet_NaN()}; }),
      with("scale-zero", kY, [](Q& q) { q.scale = {0.0f}; }),
      with("scale-infinite", kWeights, [](Q& q) { q.scale[2] = std::numeric_limits<float>::infinity(); }),
      with("axis-outside", kWeights, [](Q& q) { q.quantized_dimension = 4; }),
      with("axis-negative", kWeights, [](Q& q) { q.quantized_dimension = -1; }),
      with("axis-of-other-extent", kWeights, [](Q& q) { q.quantized_dimension = 1; }),
      with("weights-zero-point", kWeights, [](Q& q) { q.zero_point[1] = 5; }),
      with("activation-per-axis", kX,
           [](Q& q) {
             q.scale = {1.0f, 2.0f};
             q.zero_point = {0, 0};
             q.quantized_dimension = 3;
           }),
      with("other-quantisation", kX, [](Q& q) { q.details_type = 2; }),
      spoilt("no-quantisation", [](ModelFile& f) { f.tensor(kX).quantization.reset(); }),
  };
}

}  // namespace

std::vector<BadModel> bad_tensors() {
  std::vector<BadModel> all = bad_kinds();
  for (const std::vector<BadModel>& more : {bad_shapes(), bad_data(), bad_quantization()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace midge::import
