// Matrix products, elementwise operators, reductions along axes, and conversions between element types.
#include <fmt/format.h>

#include <algorithm>

#include "import/operator_rows.h"

namespace midge::import {
namespace {

using graph::BinaryKind;
using graph::ReduceKind;
using graph::UnaryKind;

// The shapes say what keep_num_dims would: the output's leading axes are any arrangement of the rows.
Result<void> read_fully_connected(OperatorReader& reader) {
  MIDGE_ASSIGN(const auto* options, reader.options<schema::FullyConnectedOptions>());
  if (options->weights_format() != schema::FullyConnectedOptionsWeightsFormat::DEFAULT)
    return reader.input_place(1).unsupported(fmt::format("shuffled weights (weights_format {}); use DEFAULT",
                                                         static_cast<int>(options->weights_format())));
  graph::FullyConnected op;
  MIDGE_ASSIGN(op.activation, read_activation(reader, options->fused_activation_function()));
  return reader.emit_weighted(op, 0, 1, 2);
}

Result<void> read_batch_matmul(OperatorReader& reader) {
  MIDGE_ASSIGN(const auto* options, reader.options<schema::BatchMatMulOptions>());
  reader.emit(graph::BatchMatMul{.adj_x = options->adj_x(), .adj_y = options->adj_y()}, {0, 1});
  return {};
}

template <BinaryKind kind, class Options>
Result<void> read_arithmetic(OperatorReader& reader) {
  MIDGE_ASSIGN(const Options* options, reader.options_if_any<Options>());
  graph::Binary op{.kind = kind};
  if (options != nullptr) {
    MIDGE_ASSIGN(op.activation, read_activation(reader, options->fused_activation_function()));
  }
  reader.emit(op, {0, 1});
  return {};
}

template <BinaryKind kind>
Result<void> read_pick(OperatorReader& reader) {
  reader.emit(graph::Binary{.kind = kind}, {0, 1});
  return {};
}

template <UnaryKind kind>
Result<void> read_unary(OperatorReader& reader) {
  reader.emit(graph::Unary{.kind = kind}, {0});
  return {};
}

Result<void> read_leaky_relu(OperatorReader& reader) {
  MIDGE_ASSIGN(const auto* options, reader.options<schema::LeakyReluOptions>());
  reader.emit(graph::Unary{.kind = UnaryKind::kLeakyRelu, .alpha = options->alpha()}, {0});
  return {};
}

Result<void> read_prelu(OperatorReader& reader) {
  reader.emit(graph::PRelu{}, {0, 1});
  return {};
}

Result<void> read_softmax(OperatorReader& reader) {
  MIDGE_ASSIGN(const auto* options, reader.options<schema::SoftmaxOptions>());
  reader.emit(graph::Softmax{.beta = options->beta()}, {0});
  return {};
}

template <ReduceKind kind>
Result<void> read_reduce(OperatorReader& reader) {
  MIDGE_ASSIGN(const auto* options, reader.options_if_any<schema::ReducerOptions>());
  MIDGE_ASSIGN(const std::vector<int64_t> listed, reader.constants(1, "axes"));
  graph::Reduce op{.kind = kind, .axes = {}, .keep_dims = options != nullptr && options->keep_dims()};
  for (int64_t entry : listed) {
    MIDGE_ASSIGN(const int32_t axis, reader.axis(entry, reader.input(0).shape.size()));
    const auto place = std::lower_bound(op.axes.begin(), op.axes.end(), axis);
    if (place == op.axes.end() || *place != axis) op.axes.insert(place, axis);
  }
  reader.emit(std::move(op), {0});
  return {};
}

Result<void> read_arg_max(OperatorReader& reader) {
  MIDGE_ASSIGN(const std::vector<int64_t> listed, reader.constants(1, "axis", 1));
  MIDGE_ASSIGN(const int32_t axis, reader.axis(listed[0], reader.input(0).shape.size()));
  reader.emit(graph::ArgMax{.axis = axis}, {0});
  return {};
}

template <class Op>
Result<void> read_conversion(OperatorReader& reader) {
  reader.emit(Op{}, {0});
  return {};
}

using enum schema::BuiltinOperator;
constexpr OperatorRow kRows[] = {
    {FULLY_CONNECTED, 2, 3, 1, read_fully_connected},
    {BATCH_MATMUL, 2, 2, 1, read_batch_matmul},
    {ADD, 2, 2, 1, read_arithmetic<BinaryKind::kAdd, schema::AddOptions>},
    {SUB, 2, 2, 1, read_arithmetic<BinaryKind::kSub, schema::SubOptions>},
    {MUL, 2, 2, 1, read_arithmetic<BinaryKind::kMul, schema::MulOptions>},
    {MAXIMUM, 2, 2, 1, read_pick<BinaryKind::kMaximum>},
    {MINIMUM, 2, 2, 1, read_pick<BinaryKind::kMinimum>},
    {LOGISTIC, 1, 1, 1, read_unary<UnaryKind::kLogistic>},
    {TANH, 1, 1, 1, read_unary<UnaryKind::kTanh>},
    {RELU, 1, 1, 1, read_unary<UnaryKind::kRelu>},
    {RELU6, 1, 1, 1, read_unary<UnaryKind::kRelu6>},
    {RELU_N1_TO_1, 1, 1, 1, read_unary<UnaryKind::kReluN1To1>},
    {LEAKY_RELU, 1, 1, 1, read_leaky_relu},
    {PRELU, 2, 2, 1, read_prelu},
    {HARD_SWISH, 1, 1, 1, read_unary<UnaryKind::kHardSwish>},
    {ELU, 1, 1, 1, read_unary<UnaryKind::kElu>},
    {EXP, 1, 1, 1, read_unary<UnaryKind::kExp>},
    {SQRT, 1, 1, 1, read_unary<UnaryKind::kSqrt>},
    {RSQRT, 1, 1, 1, read_unary<UnaryKind::kRsqrt>},
    {ABS, 1, 1, 1, read_unary<UnaryKind::kAbs>},
    {NEG, 1, 1, 1, read_unary<UnaryKind::kNeg>},
    {SOFTMAX, 1, 1, 1, read_softmax},
    {MEAN, 2, 2, 1, read_reduce<ReduceKind::kMean>},
    {SUM, 2, 2, 1, read_reduce<ReduceKind::kSum>},
    {REDUCE_MAX, 2, 2, 1, read_reduce<ReduceKind::kMax>},
    {ARG_MAX, 2, 2, 1, read_arg_max},
    {QUANTIZE, 1, 1, 1, read_conversion<graph::Quantize>},
    {DEQUANTIZE, 1, 1, 1, read_conversion<graph::Dequantize>},
    {CAST, 1, 1, 1, read_conversion<graph::Cast>},
};

}  // namespace

std::span<const OperatorRow> arithmetic_rows() {
  return kRows;
}

}  // namespace midge::import
