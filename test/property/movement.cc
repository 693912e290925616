// Rows of the operators that only move elements: in int8, in float and in one other type, which differs from
// operator to operator.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "property/random_graph.h"

namespace midge::test {
namespace {

// Moved codes mostly keep their meaning; a file may state another, or none.
ValueId moved(Net& net, ValueId y, ValueId x) {
  if (net.dtype(x) != DType::kI8 || net.random().one_in(8)) return y;
  return net.quantized_as(y, x);
}

ValueId add_reshape(Net& net, ValueId x) {
  Random& random = net.random();
  Shape y = {element_count(net.shape(x)).value_or(1)};
  for (int64_t i = random.pick(0, 3); i > 0; --i) {  // cut an extent in two
    const auto axis = static_cast<size_t>(random.pick(0, std::ssize(y) - 1));
    const int64_t factor = random.pick(1, 4);
    if (y[axis] % factor != 0) continue;
    y[axis] /= factor;
    y.insert(y.begin() + static_cast<std::ptrdiff_t>(axis), factor);
  }
  return moved(net, net.node(graph::Reshape{}, {x}, net.dtype(x), y), x);
}

ValueId add_transpose(Net& net, ValueId x) {
  graph::Transpose op;
  op.perm.resize(net.shape(x).size());
  std::iota(op.perm.begin(), op.perm.end(), 0);
  net.random().shuffle(op.perm);
  return moved(net, net.node(std::move(op), {x}), x);
}

ValueId add_pad(Net& net, ValueId x) {
  Random& random = net.random();
  using graph::PadMode;
  graph::Pad op{random.one_of({PadMode::kConstant, PadMode::kReflect, PadMode::kSymmetric}), {}, {}, 0};
  for (const int64_t extent : net.shape(x)) {
    const int64_t most = op.mode == PadMode::kConstant ? 3 : extent - (op.mode == PadMode::kReflect ? 1 : 0);
    const auto amount = [&] { return random.one_in(2) ? 0 : random.pick(0, std::min<int64_t>(most, 4)); };
    op.before.push_back(amount());
    op.after.push_back(amount());
  }
  const DType dtype = net.dtype(x);
  const auto& quantization = net.value(x).quantization;
  if (dtype == DType::kI8 && quantization && random.one_in(2))
    op.value = quantization->zero_point();
  else if (dtype == DType::kF32)
    op.value = static_cast<double>(random.one_of({0.0f, -0.0f, 0.1f, -3.5f}));
  else if (dtype != DType::kBool)
    op.value = static_cast<double>(is_signed(dtype) ? random.pick(-128, 127) : random.pick(0, 255));
  return moved(net, net.node(std::move(op), {x}), x);
}

ValueId add_concat(Net& net, ValueId x) {
  Random& random = net.random();
  const Shape s = net.shape(x);
  const int64_t axis = random.pick(0, std::ssize(s) - 1);
  std::vector<ValueId> inputs = {x};
  for (int64_t more = random.pick(0, 3); more > 0; --more) {
    if (random.one_in(5)) {
      inputs.push_back(x);
      continue;
    }
    Shape other = s;
    other[static_cast<size_t>(axis)] = random.pick(1, 4);
    const ValueId id = net.operand(net.dtype(x), other);
    inputs.push_back(random.one_in(2) ? net.quantized_as(id, x) : id);
  }
  random.shuffle(inputs);
  graph::Concat op{static_cast<int32_t>(axis), graph::Activation::kNone};
  if (random.one_in(4) && (net.dtype(x) == DType::kI8 || net.dtype(x) == DType::kF32))
    op.activation = random.one_of({graph::Activation::kRelu, graph::Activation::kRelu6});
  const ValueId y = net.node(op, inputs);
  return random.one_in(2) ? net.quantized_as(y, x) : y;
}

ValueId add_slice(Net& net, ValueId x) {
  Random& random = net.random();
  graph::Slice op;
  Shape y;
  for (const int64_t extent : net.shape(x)) {
    const int64_t begin = random.pick(0, extent - 1);
    const int64_t stride = random.pick(1, 3) * (random.one_in(3) ? -1 : 1);
    const int64_t room = stride > 0 ? extent - 1 - begin : begin;
    op.begin.push_back(begin);
    op.stride.push_back(stride);
    y.push_back(random.pick(1, room / std::abs(stride) + 1));
  }
  return moved(net, net.node(std::move(op), {x}, net.dtype(x), y), x);
}

ValueId add_gather(Net& net, ValueId x) {
  Random& random = net.random();
  const Shape s = net.shape(x);
  graph::Gather op{static_cast<int32_t>(random.pick(0, std::ssize(s) - 1)), 0};
  if (random.one_in(3)) op.batch_dims = static_cast<int32_t>(random.pick(0, op.axis));
  Shape shape(s.begin(), s.begin() + op.batch_dims);
  for (int64_t more = random.pick(0, 2); more > 0; --more) shape.push_back(random.pick(1, 4));
  const DType dtype = random.one_of({DType::kI32, DType::kI64});
  const auto size = static_cast<size_t>(size_of(dtype));
  graph::Bytes bytes(static_cast<size_t>(element_count(shape).value_or(0)) * size);
  for (size_t i = 0; i < bytes.size(); i += size)
    bytes[i] = static_cast<uint8_t>(random.pick(0, s[static_cast<size_t>(op.axis)] - 1));
  return moved(net, net.node(op, {x, net.constant_of(dtype, shape, std::move(bytes))}), x);
}

ValueId add_tile(Net& net, ValueId x) {
  graph::Tile op;
  for (size_t axis = 0; axis < net.shape(x).size(); ++axis)
    op.multiples.push_back(net.random().one_in(2) ? 1 : net.random().pick(1, 3));
  return moved(net, net.node(std::move(op), {x}), x);
}

ValueId add_resize(Net& net, ValueId x) {
  Random& random = net.random();
  const Shape s = net.shape(x);
  const bool blends = net.dtype(x) == DType::kI8 || net.dtype(x) == DType::kF32;
  graph::Resize op;
  op.kind = blends && random.one_in(2) ? graph::ResizeKind::kBilinear : graph::ResizeKind::kNearest;
  (random.one_in(2) ? op.align_corners : op.half_pixel_centers) = random.one_in(2);
  const auto extent = [&](int64_t in) { return random.one_in(4) ? in * 2 : random.pick(1, 11); };
  return moved(net, net.node(op, {x}, net.dtype(x), {s[0], extent(s[1]), extent(s[2]), s[3]}), x);
}

// An operand whose extents divide into blocks, by tiling x.
ValueId tiled(Net& net, ValueId x, std::vector<int64_t> multiples) {
  if (std::ranges::all_of(multiples, [](int64_t m) { return m == 1; })) return x;
  return moved(net, net.node(graph::Tile{std::move(multiples)}, {x}), x);
}

ValueId add_space_to_depth(Net& net, ValueId x) {
  const int64_t block = net.random().pick(1, 3);
  const auto missing = [&](int64_t extent) { return block / std::gcd(extent, block); };
  const Shape s = net.shape(x);
  const ValueId whole = tiled(net, x, {1, missing(s[1]), missing(s[2]), 1});
  return moved(net, net.node(graph::SpaceToDepth{static_cast<int32_t>(block)}, {whole}), whole);
}

ValueId add_depth_to_space(Net& net, ValueId x) {
  const int64_t block = net.random().pick(1, 3);
  const ValueId whole = tiled(net, x, {1, 1, 1, block * block / std::gcd(net.shape(x)[3], block * block)});
  return moved(net, net.node(graph::DepthToSpace{static_cast<int32_t>(block)}, {whole}), whole);
}

}  // namespace

std::vector<Kind> movement_kinds() {
  std::vector<Kind> rows;
  const auto add = [&](const char* name, DType other, int64_t least_rank, int64_t most_rank,
                       ValueId (*make)(Net&, ValueId)) {
    for (const DType dtype : {DType::kI8, DType::kF32, other})
      rows.push_back(
          {name + ("_" + std::string(name_of(dtype))), "movement", dtype, least_rank, most_rank, make});
  };
  add("reshape", DType::kU16, 0, 5, add_reshape);
  add("transpose", DType::kI16, 0, 5, add_transpose);
  add("pad", DType::kI32, 0, 5, add_pad);
  add("concat", DType::kI64, 1, 5, add_concat);
  add("slice", DType::kI64, 0, 5, add_slice);
  add("gather", DType::kU8, 1, 5, add_gather);
  add("tile", DType::kBool, 0, 5, add_tile);
  add("resize", DType::kU32, 4, 4, add_resize);
  add("space_to_depth", DType::kU64, 4, 4, add_space_to_depth);
  add("depth_to_space", DType::kI16, 4, 4, add_depth_to_space);
  return rows;
}

}  // namespace midge::test
