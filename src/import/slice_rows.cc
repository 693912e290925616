// SPLIT, SPLIT_V, UNPACK, SLICE, STRIDED_SLICE: all become slices, and reshapes where the number of axes
// changes.
#include <fmt/format.h>

#include <algorithm>

#include "import/operator_rows.h"

namespace midge::import {
namespace {

// The part [begin, begin + extent) of one axis of input `x`, all of the others.
void emit_part(OperatorReader& reader, size_t x, int32_t axis, int64_t begin, ValueId output) {
  const size_t rank = reader.input(x).shape.size();
  graph::Slice slice{.begin = std::vector<int64_t>(rank, 0), .stride = std::vector<int64_t>(rank, 1)};
  slice.begin[static_cast<size_t>(axis)] = begin;
  reader.emit(std::move(slice), {reader.input_value(x)}, output);
}

// Cuts input `x` along `axis` into the outputs, of these sizes.
Result<void> emit_split(OperatorReader& reader, size_t x, int32_t axis, const std::vector<int64_t>& sizes) {
  int64_t begin = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    Shape shape = reader.input(x).shape;
    shape[static_cast<size_t>(axis)] = sizes[i];
    MIDGE_TRY(reader.expect_output_shape(i, shape));
    emit_part(reader, x, axis, begin, reader.output_value(i));
    begin += sizes[i];
  }
  const int64_t extent = reader.input(x).shape[static_cast<size_t>(axis)];
  if (begin == extent) return {};
  return reader.place().broken(
      fmt::format("the parts sum up to {}, but axis {} has {}", begin, axis, extent));
}

Result<void> expect_count(const OperatorReader& reader, std::string_view what, int64_t count) {
  if (count == static_cast<int64_t>(reader.output_count())) return {};
  return reader.place().broken(
      fmt::format("{} is {}, but there are {} outputs", what, count, reader.output_count()));
}

// Inputs: axis, x.
Result<void> read_split(OperatorReader& reader) {
  MIDGE_ASSIGN(const auto* options, reader.options<schema::SplitOptions>());
  MIDGE_TRY(expect_count(reader, "num_splits", options->num_splits()));
  MIDGE_ASSIGN(const std::vector<int64_t> listed, reader.constants(0, "axis", 1));
  MIDGE_ASSIGN(const int32_t axis, reader.axis(listed[0], reader.input(1).shape.size()));
  const int64_t extent = reader.input(1).shape[static_cast<size_t>(axis)];
  const auto parts = static_cast<int64_t>(reader.output_count());
  return emit_split(reader, 1, axis, std::vector<int64_t>(reader.output_count(), extent / parts));
}

// Inputs: x, sizes (one may be -1: the rest), axis.
Result<void> read_split_v(OperatorReader& reader) {
  MIDGE_ASSIGN(const auto* options, reader.options<schema::SplitVOptions>());
  MIDGE_TRY(expect_count(reader, "num_splits", options->num_splits()));
  MIDGE_ASSIGN(std::vector<int64_t> sizes, reader.constants(1, "sizes", reader.output_count()));
  MIDGE_ASSIGN(const std::vector<int64_t> listed, reader.constants(2, "axis", 1));
  MIDGE_ASSIGN(const int32_t axis, reader.axis(listed[0], reader.input(0).shape.size()));
  const int64_t extent = reader.input(0).shape[static_cast<size_t>(axis)];
  int64_t known = 0;
  for (int64_t size : sizes) {
    if (size < -1 || size > extent)
      return reader.input_place(1).broken(
          fmt::format("a part of {} of the {} of axis {}", size, extent, axis));
    known += std::max<int64_t>(size, 0);
  }
  const auto rest = std::find(sizes.begin(), sizes.end(), -1);
  if (rest != sizes.end()) *rest = extent - known;
  return emit_split(reader, 0, axis, sizes);
}

// One output per index of the axis, which vanishes.
Result<void> read_unpack(OperatorReader& reader) {
  MIDGE_ASSIGN(const auto* options, reader.options<schema::UnpackOptions>());
  MIDGE_TRY(expect_count(reader, "num", options->num()));
  MIDGE_ASSIGN(const int32_t axis, reader.axis(options->axis(), reader.input(0).shape.size()));
  Shape part = reader.input(0).shape;
  MIDGE_TRY(expect_count(reader, fmt::format("axis {}", axis), part[static_cast<size_t>(axis)]));
  Shape result = part;
  result.erase(result.begin() + axis);
  part[static_cast<size_t>(axis)] = 1;
  for (size_t i = 0; i < reader.output_count(); ++i) {
    MIDGE_TRY(reader.expect_output_shape(i, result));
    const ValueId slice = reader.between(reader.input(0), part, reader.output(i).name);
    emit_part(reader, 0, axis, static_cast<int64_t>(i), slice);
    reader.emit(graph::Reshape{}, {slice}, reader.output_value(i));
  }
  return {};
}

// Inputs: x, begin, size (-1: up to the end).
Result<void> read_slice(OperatorReader& reader) {
  const Shape& x = reader.input(0).shape;
  graph::Slice op{.begin = {}, .stride = std::vector<int64_t>(x.size(), 1)};
  MIDGE_ASSIGN(op.begin, reader.constants(1, "begin", x.size()));
  MIDGE_ASSIGN(Shape size, reader.constants(2, "size", x.size()));
  for (size_t i = 0; i < x.size(); ++i) {
    if (op.begin[i] < 0 || op.begin[i] > x[i])
      return reader.input_place(1).broken(
          fmt::format("{} is outside axis {} of extent {}", op.begin[i], i, x[i]));
    if (size[i] == -1) size[i] = x[i] - op.begin[i];
  }
  MIDGE_TRY(reader.expect_output_shape(0, size));
  reader.emit(std::move(op), {0});
  return {};
}

// STRIDED_SLICE in the format's terms: one entry per listed axis, a bit of every mask per entry.
struct Request {
  std::vector<int64_t> begin, end, stride;
  uint32_t begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask;

  size_t size() const { return begin.size(); }
  // How many of x's axes the entries other than an ellipsis speak of.
  size_t axes() const {
    size_t count = 0;
    for (size_t i = 0; i < size(); ++i) count += !bit(ellipsis_mask, i) && !bit(new_axis_mask, i);
    return count;
  }
  static bool bit(uint32_t mask, size_t i) { return i < 32 && (mask >> i & 1) != 0; }
};

// What it comes to: a slice of x's rank with these extents, then the result's shape.
struct Cut {
  graph::Slice slice;
  Shape part, result;
};

void keep_whole(int64_t extent, Cut& cut) {
  cut.slice.begin.push_back(0);
  cut.slice.stride.push_back(1);
  cut.part.push_back(extent);
  cut.result.push_back(extent);
}

// An index that may count from the end, clamped to where a walk by `stride` can begin or end.
int64_t clamped(int64_t index, int64_t extent, int64_t stride) {
  const int64_t forward = index < 0 ? index + extent : index;
  return stride > 0 ? std::clamp<int64_t>(forward, 0, extent) : std::clamp<int64_t>(forward, -1, extent - 1);
}

Result<void> cut_axis(const OperatorReader& reader, const Request& request, size_t i, int64_t extent,
                      Cut& cut) {
  const bool shrink = Request::bit(request.shrink_axis_mask, i);
  const int64_t stride = request.stride[i];
  if (stride == 0 || stride > INT32_MAX || stride < -INT32_MAX || (shrink && stride < 0))
    return reader.input_place(3).broken(fmt::format("stride {} of entry {} is not possible", stride, i));
  int64_t begin = clamped(request.begin[i], extent, stride);
  if (Request::bit(request.begin_mask, i)) begin = stride > 0 ? 0 : extent - 1;
  int64_t end = clamped(request.end[i], extent, stride);
  if (Request::bit(request.end_mask, i)) end = stride > 0 ? extent : -1;
  if (shrink) end = begin + 1;
  const int64_t length =
      stride > 0 ? (end - begin + stride - 1) / stride : (begin - end - stride - 1) / -stride;
  if (length < 1 || begin >= extent)
    return reader.place().unsupported(fmt::format("entry {} takes nothing of an axis of {}", i, extent));
  cut.slice.begin.push_back(begin);
  cut.slice.stride.push_back(shrink ? 1 : stride);
  cut.part.push_back(shrink ? 1 : length);
  if (!shrink) cut.result.push_back(length);
  return {};
}

Result<Cut> resolve(const OperatorReader& reader, const Request& request, const Shape& x) {
  const size_t axes = request.axes();
  if (axes > x.size())
    return reader.place().broken(fmt::format("{} axes are cut, but the input has {}", axes, x.size()));
  Cut cut;
  size_t axis = 0;
  bool ellipsis = false;
  for (size_t i = 0; i < request.size(); ++i) {
    if (Request::bit(request.ellipsis_mask, i)) {
      if (ellipsis) return reader.place().broken("more than one ellipsis");
      ellipsis = true;
      for (size_t kept = axes; kept < x.size(); ++kept) keep_whole(x[axis++], cut);
    } else if (Request::bit(request.new_axis_mask, i)) {
      cut.result.push_back(1);
    } else {
      MIDGE_TRY(cut_axis(reader, request, i, x[axis++], cut));
    }
  }
  while (axis < x.size()) keep_whole(x[axis++], cut);
  return cut;
}

// Inputs: x, begin, end, strides.
Result<Request> read_request(const OperatorReader& reader, const schema::StridedSliceOptions& options) {
  if (options.offset()) return reader.place().unsupported("ends that count from the begins (offset)");
  MIDGE_ASSIGN(std::vector<int64_t> begin, reader.constants(1, "begin"));
  if (begin.size() > 32)
    return reader.input_place(1).broken(fmt::format("{} entries; at most 32", begin.size()));
  MIDGE_ASSIGN(std::vector<int64_t> end, reader.constants(2, "end", begin.size()));
  MIDGE_ASSIGN(std::vector<int64_t> stride, reader.constants(3, "strides", begin.size()));
  const auto mask = [](int32_t bits) { return static_cast<uint32_t>(bits); };
  return Request{std::move(begin),
                 std::move(end),
                 std::move(stride),
                 mask(options.begin_mask()),
                 mask(options.end_mask()),
                 mask(options.ellipsis_mask()),
                 mask(options.new_axis_mask()),
                 mask(options.shrink_axis_mask())};
}

Result<void> read_strided_slice(OperatorReader& reader) {
  MIDGE_ASSIGN(const auto* options, reader.options<schema::StridedSliceOptions>());
  MIDGE_ASSIGN(const Request request, read_request(reader, *options));
  MIDGE_ASSIGN(Cut cut, resolve(reader, request, reader.input(0).shape));
  MIDGE_TRY(reader.expect_output_shape(0, cut.result));
  if (cut.part == cut.result) {
    reader.emit(std::move(cut.slice), {0});
    return {};
  }
  const ValueId part = reader.between(reader.input(0), std::move(cut.part), reader.output().name);
  reader.emit(std::move(cut.slice), {reader.input_value(0)}, part);
  reader.emit(graph::Reshape{}, {part}, reader.output_value());
  return {};
}

using enum schema::BuiltinOperator;
constexpr OperatorRow kRows[] = {
    {SPLIT, 2, 2, kAny, read_split},
    {SPLIT_V, 3, 3, kAny, read_split_v},
    {UNPACK, 1, 1, kAny, read_unpack},
    {SLICE, 3, 3, 1, read_slice},
    {STRIDED_SLICE, 4, 4, 1, read_strided_slice},
};

}  // namespace

std::span<const OperatorRow> slice_rows() {
  return kRows;
}

}  // namespace midge::import
