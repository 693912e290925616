// Builds .tflite files for tests: a good one through the schema's object API, in which a test then spoils one
// thing.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "import/tflite_generated.h"

namespace midge::import {

class ModelFile {
 public:
  schema::ModelT model;

  ModelFile() {
    model.version = 3;
    model.subgraphs.push_back(std::make_unique<schema::SubGraphT>());
    model.buffers.push_back(std::make_unique<schema::BufferT>());  // number 0: no data
  }

  schema::SubGraphT& graph() { return *model.subgraphs[0]; }
  schema::TensorT& tensor(int32_t index) { return *graph().tensors.at(static_cast<size_t>(index)); }
  schema::OperatorT& op(size_t index = 0) { return *graph().operators.at(index); }
  schema::BufferT& buffer_of(int32_t index) { return *model.buffers.at(tensor(index).buffer); }

  // A tensor that is computed; its number.
  int32_t add(std::string name, schema::TensorType type, std::vector<int32_t> shape) {
    auto tensor = std::make_unique<schema::TensorT>();
    tensor->name = std::move(name);
    tensor->type = type;
    tensor->shape = std::move(shape);
    graph().tensors.push_back(std::move(tensor));
    return static_cast<int32_t>(graph().tensors.size()) - 1;
  }
  int32_t add_int8(std::string name, std::vector<int32_t> shape, std::vector<float> scales = {0.5f},
                   std::vector<int64_t> zero_points = {0}, int32_t axis = 0) {
    const int32_t index = add(std::move(name), schema::TensorType::INT8, std::move(shape));
    tensor(index).quantization = std::make_unique<schema::QuantizationParametersT>();
    tensor(index).quantization->scale = std::move(scales);
    tensor(index).quantization->zero_point = std::move(zero_points);
    tensor(index).quantization->quantized_dimension = axis;
    return index;
  }

  // Gives a tensor data, which makes it a constant.
  template <class T>
  int32_t fill(int32_t index, const std::vector<T>& elements) {
    auto buffer = std::make_unique<schema::BufferT>();
    buffer->data.resize(elements.size() * sizeof(T));
    if (!elements.empty()) std::memcpy(buffer->data.data(), elements.data(), buffer->data.size());
    model.buffers.push_back(std::move(buffer));
    tensor(index).buffer = static_cast<uint32_t>(model.buffers.size()) - 1;
    return index;
  }
  int32_t add_ints(std::string name, const std::vector<int32_t>& elements) {
    return fill(add(std::move(name), schema::TensorType::INT32, {static_cast<int32_t>(elements.size())}),
                elements);
  }

  template <class Options>
  void add_op(schema::BuiltinOperator code, std::vector<int32_t> inputs, std::vector<int32_t> outputs,
              Options options) {
    add_op(code, std::move(inputs), std::move(outputs));
    graph().operators.back()->builtin_options.Set(std::move(options));
  }
  void add_op(schema::BuiltinOperator code, std::vector<int32_t> inputs, std::vector<int32_t> outputs) {
    auto op_code = std::make_unique<schema::OperatorCodeT>();
    op_code->builtin_code = code;
    op_code->deprecated_builtin_code = static_cast<int8_t>(std::min(static_cast<int32_t>(code), 127));
    model.operator_codes.push_back(std::move(op_code));
    auto op = std::make_unique<schema::OperatorT>();
    op->opcode_index = static_cast<uint32_t>(model.operator_codes.size()) - 1;
    op->inputs = std::move(inputs);
    op->outputs = std::move(outputs);
    graph().operators.push_back(std::move(op));
  }

  std::vector<uint8_t> bytes() const {
    flatbuffers::FlatBufferBuilder builder;
    schema::FinishModelBuffer(builder, schema::Model::Pack(builder, &model));
    return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
  }
};

// x[1,5,5,2] → CONV_2D 3x3 SAME, stride 2, per-axis weights, bias → y[1,3,3,4]; then RELU → z. Tensors 0
// ... 4.
inline ModelFile small_conv_model() {
  ModelFile file;
  file.add_int8("x", {1, 5, 5, 2}, {0.5f}, {-128});
  file.fill(file.add_int8("w", {4, 3, 3, 2}, {0.1f, 0.2f, 0.3f, 0.4f}, {0, 0, 0, 0}, 0),
            std::vector<int8_t>(72, 3));
  file.fill(file.add("b", schema::TensorType::INT32, {4}), std::vector<int32_t>{1, -2, 3, -4});
  file.add_int8("y", {1, 3, 3, 4}, {0.25f}, {3});
  file.add_int8("z", {1, 3, 3, 4}, {0.25f}, {3});
  schema::Conv2DOptionsT options;
  options.stride_h = options.stride_w = 2;
  file.add_op(schema::BuiltinOperator::CONV_2D, {0, 1, 2}, {3}, options);
  file.add_op(schema::BuiltinOperator::RELU, {3}, {4});
  file.graph().inputs = {0};
  file.graph().outputs = {4};
  return file;
}

}  // namespace midge::import
