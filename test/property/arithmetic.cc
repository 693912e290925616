// Rows of the elementwise operators, the reductions and the conversions.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "property/random_graph.h"

namespace midge::test {
namespace {

using graph::Activation;
using graph::BinaryKind;
using graph::UnaryKind;

// A shape that broadcasts with `s`; `grows`: the result may have more axes or larger extents than s.
Shape broadcastable(Random& random, Shape s, bool grows) {
  for (int64_t& extent : s) {
    if (extent == 1 && grows && random.one_in(3))
      extent = random.pick(1, 5);
    else if (random.one_in(3))
      extent = 1;
  }
  if (random.one_in(3)) s.erase(s.begin(), s.begin() + random.pick(0, std::ssize(s)));
  if (grows && s.size() < 5 && random.one_in(8)) s.insert(s.begin(), random.pick(1, 3));
  return s;
}

ValueId add_binary(Net& net, ValueId x) {
  Random& random = net.random();
  graph::Binary op{random.one_of({BinaryKind::kAdd, BinaryKind::kSub, BinaryKind::kMul, BinaryKind::kMaximum,
                                  BinaryKind::kMinimum}),
                   Activation::kNone};
  const DType dtype = net.dtype(x);
  const bool picks = op.kind == BinaryKind::kMaximum || op.kind == BinaryKind::kMinimum;
  if (!picks && (dtype == DType::kI8 || dtype == DType::kF32))
    op.activation =
        random.one_of({Activation::kNone, Activation::kRelu, Activation::kRelu6, Activation::kReluN1To1});
  if (random.one_in(8)) return net.node(op, {x, x});
  const bool same = random.one_in(3);
  const ValueId other =
      net.operand(dtype, same ? net.shape(x) : broadcastable(random, net.shape(x), random.one_in(2)));
  return net.node(op, random.one_in(2) ? std::vector{x, other} : std::vector{other, x});
}

template <UnaryKind kKind>
ValueId add_unary(Net& net, ValueId x) {
  Random& random = net.random();
  const float slope = random.one_of({0.1f, 0.01f, 0.5f, 1.0f, 2.5f, -0.3f, 0.0f, random.uniform(-1, 1)});
  const ValueId y = net.node(graph::Unary{kKind, kKind == UnaryKind::kLeakyRelu ? slope : 0.0f}, {x});
  if (net.dtype(x) != DType::kI8) return y;
  graph::Quantization q = net.parameters();
  if (kKind == UnaryKind::kLogistic) q.zero_points = {-128};
  if (kKind == UnaryKind::kTanh) q.zero_points = {0};
  if (kKind == UnaryKind::kLogistic && !random.one_in(4)) q.scales = {1.0f / 256};
  if (kKind == UnaryKind::kTanh && !random.one_in(4)) q.scales = {1.0f / 128};
  if (kKind == UnaryKind::kNeg && net.value(x).quantization) q.scales = net.value(x).quantization->scales;
  return net.quantized_as(y, q);
}

ValueId add_prelu(Net& net, ValueId x) {
  Random& random = net.random();
  return net.node(graph::PRelu{}, {x, net.operand(net.dtype(x), broadcastable(random, net.shape(x), false))});
}

ValueId add_softmax(Net& net, ValueId x) {
  Random& random = net.random();
  const ValueId y =
      net.node(graph::Softmax{random.one_of({1.0f, 1.0f, 0.25f, 3.0f, random.log_uniform(0.01f, 50)})}, {x});
  return net.dtype(x) == DType::kI8 ? net.quantized_as(y, graph::Quantization{{1.0f / 256}, {-128}, -1}) : y;
}

ValueId add_reduce(Net& net, ValueId x) {
  Random& random = net.random();
  graph::Reduce op{
      random.one_of({graph::ReduceKind::kMean, graph::ReduceKind::kSum, graph::ReduceKind::kMax}),
      {},
      random.one_in(2)};
  for (int32_t axis = 0; axis < std::ssize(net.shape(x)); ++axis)
    if (random.one_in(2)) op.axes.push_back(axis);
  const ValueId y = net.node(op, {x});
  return op.kind == graph::ReduceKind::kMax || random.one_in(4) ? net.quantized_as(y, x) : y;
}

ValueId add_arg_max(Net& net, ValueId x) {
  Random& random = net.random();
  Shape y = net.shape(x);
  const int64_t axis = random.pick(0, std::ssize(y) - 1);
  y.erase(y.begin() + axis);
  return net.node(graph::ArgMax{static_cast<int32_t>(axis)}, {x}, random.one_of({DType::kI32, DType::kI64}),
                  y);
}

ValueId add_quantize(Net& net, ValueId x) {
  const ValueId y = net.node(graph::Quantize{}, {x});
  if (net.dtype(x) != DType::kI8 || !net.value(x).quantization || !net.random().one_in(3)) return y;
  graph::Quantization q = *net.value(x).quantization;  // the same scale, another zero point
  q.zero_points = {static_cast<int32_t>(net.random().pick(-128, 127))};
  return net.quantized_as(y, q);
}

ValueId add_dequantize(Net& net, ValueId x) {
  return net.node(graph::Dequantize{}, {x});
}

// C leaves the conversion of a real that the integer type cannot hold undefined, and so do models: such
// inputs are not drawn, and computed reals are not converted to integers.
void refill_within(Net& net, ValueId x, DType to) {
  Random& random = net.random();
  const int64_t count = element_count(net.shape(x)).value_or(0);
  const float high = std::min(static_cast<float>(to == DType::kU64 ? max_of(DType::kI64) : max_of(to)), 1e9f);
  const float low = std::max(static_cast<float>(min_of(to)), -1e9f);
  graph::Bytes bytes(static_cast<size_t>(count) * 4);
  for (size_t i = 0; i < bytes.size(); i += 4) {
    const float real = random.one_in(4) ? random.one_of({low, high, 0.0f, low / 2, 0.5f})
                                        : random.uniform(std::max(low, -1e4f), std::min(high, 1e4f));
    std::memcpy(&bytes[i], &real, 4);
  }
  net.refill(x, std::move(bytes));
}

ValueId add_cast(Net& net, ValueId x) {
  Random& random = net.random();
  DType to = random.one_of({DType::kBool, DType::kI8, DType::kU8, DType::kI16, DType::kU16, DType::kI32,
                            DType::kU32, DType::kI64, DType::kU64, DType::kF32});
  const bool from_real = net.dtype(x) == DType::kF32;
  if (from_real && !net.is_input(x)) to = DType::kBool;
  if (from_real && is_integer(to)) refill_within(net, x, to);
  const ValueId y = net.node(graph::Cast{}, {x}, to, net.shape(x));
  return to == DType::kI8 && random.one_in(2) ? net.quantized_as(y, std::nullopt) : y;
}

template <UnaryKind kKind>
void add_unary_rows(std::vector<Kind>& rows, const std::string& name, bool of_codes) {
  if (of_codes) rows.push_back({name + "_i8", "functions", DType::kI8, 0, 5, add_unary<kKind>});
  rows.push_back({name + "_f32", "functions", DType::kF32, 0, 5, add_unary<kKind>});
}

void add_function_rows(std::vector<Kind>& rows) {
  add_unary_rows<UnaryKind::kLogistic>(rows, "logistic", true);
  add_unary_rows<UnaryKind::kTanh>(rows, "tanh", true);
  add_unary_rows<UnaryKind::kRelu>(rows, "relu", true);
  add_unary_rows<UnaryKind::kRelu6>(rows, "relu6", true);
  add_unary_rows<UnaryKind::kReluN1To1>(rows, "relu_n1_to_1", true);
  add_unary_rows<UnaryKind::kLeakyRelu>(rows, "leaky_relu", true);
  add_unary_rows<UnaryKind::kHardSwish>(rows, "hard_swish", true);
  add_unary_rows<UnaryKind::kElu>(rows, "elu", false);
  add_unary_rows<UnaryKind::kExp>(rows, "exp", false);
  add_unary_rows<UnaryKind::kSqrt>(rows, "sqrt", false);
  add_unary_rows<UnaryKind::kRsqrt>(rows, "rsqrt", false);
  add_unary_rows<UnaryKind::kAbs>(rows, "abs", true);
  add_unary_rows<UnaryKind::kNeg>(rows, "neg", true);
}

}  // namespace

std::vector<Kind> arithmetic_kinds() {
  std::vector<Kind> rows;
  const auto add = [&](const char* name, const char* family, std::initializer_list<DType> dtypes,
                       int64_t least_rank, ValueId (*make)(Net&, ValueId)) {
    for (const DType dtype : dtypes)
      rows.push_back({name + ("_" + std::string(name_of(dtype))), family, dtype, least_rank, 5, make});
  };
  const auto numbers = {DType::kI8, DType::kF32, DType::kI32, DType::kI64};
  add_function_rows(rows);
  add("binary", "arithmetic", numbers, 0, add_binary);
  add("prelu", "arithmetic", {DType::kI8, DType::kF32}, 0, add_prelu);
  add("softmax", "arithmetic", {DType::kI8, DType::kF32}, 1, add_softmax);
  add("reduce", "arithmetic", numbers, 0, add_reduce);
  add("arg_max", "arithmetic", {DType::kI8, DType::kF32, DType::kI32}, 1, add_arg_max);
  add("quantize", "conversions", {DType::kI8, DType::kF32}, 0, add_quantize);
  add("dequantize", "conversions", {DType::kI8}, 0, add_dequantize);
  add("cast", "conversions",
      {DType::kBool, DType::kI8, DType::kU8, DType::kI16, DType::kU16, DType::kI32, DType::kU32, DType::kI64,
       DType::kU64, DType::kF32},
      0, add_cast);
  return rows;
}

}  // namespace midge::test
