// Operators that reshape, move, join, repeat or resize: the elements stay what they are.
#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "import/operator_rows.h"

namespace midge::import {
namespace {

using graph::PadMode;
using graph::ResizeKind;
using graph::Value;

// RESHAPE, SQUEEZE, EXPAND_DIMS: the output's static shape says all that the parameters could.
Result<void> read_reshape(OperatorReader& reader) {
  if (reader.has_input(1)) MIDGE_TRY(reader.constants(1, "new shape"));
  reader.emit(graph::Reshape{}, {0});
  return {};
}

Result<void> read_transpose(OperatorReader& reader) {
  const size_t rank = reader.input(0).shape.size();
  MIDGE_ASSIGN(const std::vector<int64_t> listed, reader.constants(1, "permutation", rank));
  graph::Transpose op;
  for (int64_t entry : listed) {
    MIDGE_ASSIGN(const int32_t axis, reader.axis(entry, rank));
    op.perm.push_back(axis);
  }
  reader.emit(std::move(op), {0});
  return {};
}

Result<graph::Pad> read_padding(const OperatorReader& reader, PadMode mode) {
  const size_t rank = reader.input(0).shape.size();
  MIDGE_ASSIGN(const std::vector<int64_t> listed, reader.constants(1, "paddings", 2 * rank));
  graph::Pad op;
  op.mode = mode;
  for (size_t i = 0; i < rank; ++i) {
    op.before.push_back(listed[2 * i]);
    op.after.push_back(listed[2 * i + 1]);
  }
  return op;
}

// PAD fills with real 0: the code that stands for it in the output.
Result<void> read_pad(OperatorReader& reader) {
  MIDGE_ASSIGN(graph::Pad op, read_padding(reader, PadMode::kConstant));
  const Value& output = reader.output();
  if (output.dtype == DType::kI8 && output.quantization) op.value = output.quantization->zero_point();
  reader.emit(std::move(op), {0});
  return {};
}

template <class T>
double stored(const graph::Bytes& bytes) {
  T element;
  std::memcpy(&element, bytes.data(), sizeof element);
  return static_cast<double>(element);
}

// The one element of a constant, as it is stored.
Result<double> pad_value(const OperatorReader& reader, size_t i) {
  const Value& value = reader.input(i);
  if (!value.is_constant()) return reader.input_place(i).unsupported("the padding value must be constant");
  if (value.dtype != reader.input(0).dtype)
    return reader.input_place(i).broken("the padding value has another type than the input");
  if (element_count(value.shape) != 1)
    return reader.input_place(i).broken("the padding value must be one element");
  switch (value.dtype) {
    case DType::kF32:
      return {stored<float>(*value.data)};
    case DType::kI32:
      return {stored<int32_t>(*value.data)};
    case DType::kI64:
      break;
    default:
      return {stored<int8_t>(*value.data)};
  }
  const double wide = stored<int64_t>(*value.data);
  if (std::abs(wide) > 0x1p53) return reader.input_place(i).unsupported("a padding value beyond 2^53");
  return {wide};
}

Result<void> read_pad_v2(OperatorReader& reader) {
  MIDGE_ASSIGN(graph::Pad op, read_padding(reader, PadMode::kConstant));
  MIDGE_ASSIGN(op.value, pad_value(reader, 2));
  reader.emit(std::move(op), {0});
  return {};
}

Result<void> read_mirror_pad(OperatorReader& reader) {
  MIDGE_ASSIGN(const auto* options, reader.options<schema::MirrorPadOptions>());
  const bool reflect = options->mode() == schema::MirrorPadMode::REFLECT;
  if (!reflect && options->mode() != schema::MirrorPadMode::SYMMETRIC)
    return reader.place().broken(fmt::format("mirror mode {} is unknown", static_cast<int>(options->mode())));
  MIDGE_ASSIGN(graph::Pad op, read_padding(reader, reflect ? PadMode::kReflect : PadMode::kSymmetric));
  reader.emit(std::move(op), {0});
  return {};
}

std::vector<ValueId> all_inputs(OperatorReader& reader) {
  std::vector<ValueId> ids;
  ids.reserve(reader.input_count());
  for (size_t i = 0; i < reader.input_count(); ++i) ids.push_back(reader.input_value(i));
  return ids;
}

Result<void> read_concatenation(OperatorReader& reader) {
  MIDGE_ASSIGN(const auto* options, reader.options<schema::ConcatenationOptions>());
  graph::Concat op;
  MIDGE_ASSIGN(op.axis, reader.axis(options->axis(), reader.input(0).shape.size()));
  MIDGE_ASSIGN(op.activation, read_activation(reader, options->fused_activation_function()));
  reader.emit(op, all_inputs(reader), reader.output_value());
  return {};
}

// Every input gets an axis of extent 1; these are joined along it.
Result<void> read_pack(OperatorReader& reader) {
  MIDGE_ASSIGN(const auto* options, reader.options<schema::PackOptions>());
  if (options->values_count() < 0 || static_cast<size_t>(options->values_count()) != reader.input_count())
    return reader.place().broken(fmt::format("values_count is {}, but there are {} inputs",
                                             options->values_count(), reader.input_count()));
  MIDGE_ASSIGN(const int32_t axis, reader.axis(options->axis(), reader.input(0).shape.size() + 1));
  std::vector<ValueId> parts;
  for (size_t i = 0; i < reader.input_count(); ++i) {
    Shape shape = reader.input(i).shape;
    if (shape.size() != reader.input(0).shape.size())
      return reader.input_place(i).broken("its number of axes is not that of the first input");
    shape.insert(shape.begin() + axis, 1);
    parts.push_back(reader.between(reader.input(i), std::move(shape), reader.output().name));
    reader.emit(graph::Reshape{}, {reader.input_value(i)}, parts.back());
  }
  reader.emit(graph::Concat{.axis = axis}, std::move(parts), reader.output_value());
  return {};
}

Result<void> read_gather(OperatorReader& reader) {
  MIDGE_ASSIGN(const auto* options, reader.options_if_any<schema::GatherOptions>());
  MIDGE_TRY(reader.constants(1, "indices"));
  graph::Gather op;
  if (options != nullptr) {
    MIDGE_ASSIGN(op.axis, reader.axis(options->axis(), reader.input(0).shape.size()));
    // As many batch axes as the indices have axes are legal: one more than their last axis.
    MIDGE_ASSIGN(op.batch_dims, reader.axis(options->batch_dims(), reader.input(1).shape.size() + 1));
    if (options->batch_dims() < 0) op.batch_dims -= 1;
  }
  reader.emit(op, {0, 1});
  return {};
}

Result<void> read_tile(OperatorReader& reader) {
  graph::Tile op;
  MIDGE_ASSIGN(op.multiples, reader.constants(1, "multiples", reader.input(0).shape.size()));
  reader.emit(std::move(op), {0});
  return {};
}

template <ResizeKind kind, class Options>
Result<void> read_resize(OperatorReader& reader) {
  MIDGE_ASSIGN(const Options* options, reader.options<Options>());
  MIDGE_TRY(reader.expect_rank(0, 4));
  MIDGE_ASSIGN(const std::vector<int64_t> size, reader.constants(1, "new size", 2));
  const Shape& x = reader.input(0).shape;
  MIDGE_TRY(reader.expect_output_shape(0, {x[0], size[0], size[1], x[3]}));
  reader.emit(graph::Resize{.kind = kind,
                            .align_corners = options->align_corners(),
                            .half_pixel_centers = options->half_pixel_centers()},
              {0});
  return {};
}

template <class Op, class Options>
Result<void> read_block(OperatorReader& reader) {
  MIDGE_ASSIGN(const Options* options, reader.options<Options>());
  reader.emit(Op{.block = options->block_size()}, {0});
  return {};
}

using enum schema::BuiltinOperator;
constexpr OperatorRow kRows[] = {
    {RESHAPE, 1, 2, 1, read_reshape},
    {SQUEEZE, 1, 1, 1, read_reshape},
    {EXPAND_DIMS, 2, 2, 1, read_reshape},
    {TRANSPOSE, 2, 2, 1, read_transpose},
    {PAD, 2, 2, 1, read_pad},
    {PADV2, 3, 3, 1, read_pad_v2},
    {MIRROR_PAD, 2, 2, 1, read_mirror_pad},
    {CONCATENATION, 1, kAny, 1, read_concatenation},
    {PACK, 1, kAny, 1, read_pack},
    {GATHER, 2, 2, 1, read_gather},
    {TILE, 2, 2, 1, read_tile},
    {RESIZE_NEAREST_NEIGHBOR, 2, 2, 1,
     read_resize<ResizeKind::kNearest, schema::ResizeNearestNeighborOptions>},
    {RESIZE_BILINEAR, 2, 2, 1, read_resize<ResizeKind::kBilinear, schema::ResizeBilinearOptions>},
    {SPACE_TO_DEPTH, 1, 1, 1, read_block<graph::SpaceToDepth, schema::SpaceToDepthOptions>},
    {DEPTH_TO_SPACE, 1, 1, 1, read_block<graph::DepthToSpace, schema::DepthToSpaceOptions>},
};

}  // namespace

std::span<const OperatorRow> layout_rows() {
  return kRows;
}

}  // namespace midge::import
