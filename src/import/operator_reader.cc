#include "import/operator_reader.h"

#include <fmt/format.h>

#include <cstring>

#include "graph/text.h"

namespace midge::import {

using graph::Value;

namespace {

// The real numbers that the codes of an int8 constant stand for, as the bytes of float32 elements.
graph::Bytes dequantize(const Value& codes) {
  const graph::Quantization& quantization = *codes.quantization;
  // Elements that follow one another under the same index of the quantised axis.
  size_t run = 1;
  for (size_t i = quantization.per_axis() ? static_cast<size_t>(quantization.axis) + 1 : 0;
       i < codes.shape.size(); ++i)
    run *= static_cast<size_t>(codes.shape[i]);
  graph::Bytes bytes(codes.data->size() * sizeof(float));
  for (size_t i = 0; i < codes.data->size(); ++i) {
    const size_t entry = i / run % quantization.scales.size();
    const auto code = static_cast<int8_t>((*codes.data)[i]);
    const float real =
        quantization.scales[entry] * static_cast<float>(int64_t{code} - quantization.zero_points[entry]);
    std::memcpy(bytes.data() + i * sizeof real, &real, sizeof real);
  }
  return bytes;
}

bool is_int8_constant(const Value& value) {
  return value.dtype == DType::kI8 && value.is_constant() && value.quantization.has_value();
}

}  // namespace

GraphBuilder::GraphBuilder(std::string name, std::vector<Value> tensors, Budget& budget)
    : tensors_(std::move(tensors)), ids_(tensors_.size()), budget_(budget) {
  graph_.name = std::move(name);
}

ValueId GraphBuilder::value(int32_t index) {
  ValueId& id = ids_.at(static_cast<size_t>(index));
  if (!id.valid()) {
    id = ValueId{static_cast<int32_t>(graph_.values.size())};
    graph_.values.push_back(tensor(index));
  }
  return id;
}

ValueId GraphBuilder::dequantized(int32_t index) {
  ValueId& id = dequantized_[index];
  const Value& codes = tensor(index);
  if (id.valid() || !budget_.take(codes.data->size() * sizeof(float))) return id;
  Value real{.name = codes.name, .dtype = DType::kF32, .shape = codes.shape, .quantization = {}, .data = {}};
  real.data = std::make_shared<const graph::Bytes>(dequantize(codes));
  id = add(std::move(real));
  return id;
}

Result<void> OperatorReader::expect_rank(size_t i, size_t rank) const {
  const Shape& shape = input(i).shape;
  if (shape.size() == rank) return {};
  return input_place(i).broken(
      fmt::format("shape {} has {} axes; {} expected", graph::to_text(shape), shape.size(), rank));
}

Result<void> OperatorReader::expect_output_shape(size_t i, const Shape& shape) const {
  if (output(i).shape == shape) return {};
  return output_place(i).broken(fmt::format("shape {}, but the operator makes {}",
                                            graph::to_text(output(i).shape), graph::to_text(shape)));
}

Result<std::vector<int64_t>> OperatorReader::constants(size_t i, std::string_view what) const {
  const Value& value = input(i);
  if (value.dtype != DType::kI32 && value.dtype != DType::kI64)
    return input_place(i).broken(
        fmt::format("the {} must be INT32 or INT64, found {}", what, name_of(value.dtype)));
  if (!value.is_constant()) return input_place(i).unsupported(fmt::format("the {} must be constant", what));
  const graph::Bytes& bytes = *value.data;
  std::vector<int64_t> elements;
  if (value.dtype == DType::kI64) {
    elements.resize(bytes.size() / sizeof(int64_t));
    if (!elements.empty()) std::memcpy(elements.data(), bytes.data(), elements.size() * sizeof(int64_t));
    return elements;
  }
  for (size_t at = 0; at + sizeof(int32_t) <= bytes.size(); at += sizeof(int32_t)) {
    int32_t element;
    std::memcpy(&element, bytes.data() + at, sizeof element);
    elements.push_back(element);
  }
  return elements;
}

Result<std::vector<int64_t>> OperatorReader::constants(size_t i, std::string_view what, size_t count) const {
  MIDGE_ASSIGN(std::vector<int64_t> elements, constants(i, what));
  if (elements.size() == count) return elements;
  return input_place(i).broken(fmt::format("the {}: {} expected, found {}", what, count, elements.size()));
}

Result<int32_t> OperatorReader::axis(int64_t axis, size_t rank) const {
  const auto axes = static_cast<int64_t>(rank);
  if (axis < -axes || axis >= axes)
    return place_.broken(fmt::format("axis {} does not exist: there are {} axes", axis, axes));
  return {static_cast<int32_t>(axis < 0 ? axis + axes : axis)};
}

ValueId OperatorReader::between(const Value& like, Shape shape, std::string_view name_of) {
  Value value = like;
  value.name = fmt::format("{}/part", name_of);
  value.shape = std::move(shape);
  value.data = nullptr;
  return builder_.add(std::move(value));
}

void OperatorReader::emit(graph::Op op, std::initializer_list<size_t> inputs) {
  std::vector<ValueId> ids;
  for (size_t i : inputs) ids.push_back(input_value(i));
  // An optional input that is absent at the end is not written down.
  while (!ids.empty() && !ids.back().valid()) ids.pop_back();
  emit(std::move(op), std::move(ids), output_value());
}

void OperatorReader::emit(graph::Op op, std::vector<ValueId> inputs, ValueId output) {
  builder_.add(graph::Node{std::move(op), std::move(inputs), {output}, place_.part});
}

Result<void> OperatorReader::emit_weighted(graph::Op op, size_t x, size_t weights, size_t bias) {
  if (input(x).dtype != DType::kF32 || !is_int8_constant(input(weights))) {
    emit(std::move(op), {x, weights, bias});
    return {};
  }
  const ValueId real = builder_.dequantized(input_index(weights));
  if (!real.valid()) return input_place(weights).broken(kOverlap);
  std::vector<ValueId> ids = {input_value(x), real};
  if (has_input(bias)) ids.push_back(input_value(bias));
  emit(std::move(op), std::move(ids), output_value());
  return {};
}

Result<graph::Activation> read_activation(const OperatorReader& reader, schema::ActivationFunctionType type) {
  switch (type) {
    case schema::ActivationFunctionType::NONE:
      return {graph::Activation::kNone};
    case schema::ActivationFunctionType::RELU:
      return {graph::Activation::kRelu};
    case schema::ActivationFunctionType::RELU6:
      return {graph::Activation::kRelu6};
    case schema::ActivationFunctionType::RELU_N1_TO_1:
      return {graph::Activation::kReluN1To1};
    default:
      break;
  }
  const std::string name = schema::EnumNameActivationFunctionType(type);
  return reader.place().unsupported(
      fmt::format("fused activation {}; use NONE, RELU, RELU6 or RELU_N1_TO_1",
                  name.empty() ? fmt::format("number {}", static_cast<int>(type)) : name));
}

}  // namespace midge::import
