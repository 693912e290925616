// RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR: which input rows and columns an output row or column reads,
// and with which weights, is worked out while compiling, in the arithmetic of TensorFlow Lite's reference
// kernels.
#include <algorithm>
#include <cmath>

#include "lower/families.h"
#include "lower/move.h"

namespace midge::lower {

namespace {

// One output axis and the input axis it samples.
struct Sampling {
  int64_t in, out;
  bool align_corners, half_pixel_centers;
};

std::vector<int64_t> nearest_indices(const Sampling& s) {
  const bool align = s.align_corners && s.out > 1;
  const float scale = align ? static_cast<float>(s.in - 1) / static_cast<float>(s.out - 1)
                            : static_cast<float>(s.in) / static_cast<float>(s.out);
  const float offset = s.half_pixel_centers ? 0.5f : 0.0f;
  std::vector<int64_t> indices;
  for (int64_t i = 0; i < s.out; ++i) {
    const float at = (static_cast<float>(i) + offset) * scale;
    const auto index = static_cast<int64_t>(s.align_corners ? std::round(at) : std::floor(at));
    indices.push_back(std::clamp<int64_t>(index, 0, s.in - 1));
  }
  return indices;
}

// Output index i is neighbour low[i] with weight 1 - fraction[i] and neighbour high[i] with weight
// fraction[i]. T: i64, in units of 1/1024 (the fraction may lie outside [0, 1] where both neighbours are the
// same), or f32.
template <class T>
struct Taps {
  std::vector<int64_t> low, high;
  std::vector<T> fraction;

  void add(int64_t low_index, int64_t high_index, T position, T unit, int64_t in) {
    low.push_back(std::clamp<int64_t>(low_index, 0, in - 1));
    high.push_back(std::clamp<int64_t>(high_index, 0, in - 1));
    fraction.push_back(position - unit * static_cast<T>(low.back()));
  }
};

constexpr int64_t kUnit = 1 << 10;

Taps<int64_t> integer_taps(const Sampling& s) {
  const bool align = s.align_corners && s.out > 1;
  const int64_t in = align ? s.in - 1 : s.in;
  const int64_t out = align ? s.out - 1 : s.out;
  const int64_t scale = (kUnit * in + out / 2) / out;
  Taps<int64_t> taps;
  for (int64_t i = 0; i < s.out; ++i) {
    const int64_t at = i * scale + (s.half_pixel_centers ? scale / 2 - kUnit / 2 : 0);
    taps.add(at / kUnit, (at + kUnit - 1) / kUnit, at, kUnit, s.in);
  }
  return taps;
}

Taps<float> float_taps(const Sampling& s) {
  const bool align = s.align_corners && s.out > 1;
  const float scale = align ? static_cast<float>(s.in - 1) / static_cast<float>(s.out - 1)
                            : static_cast<float>(s.in) / static_cast<float>(s.out);
  Taps<float> taps;
  for (int64_t i = 0; i < s.out; ++i) {
    const auto index = static_cast<float>(i);
    const float at = s.half_pixel_centers ? (index + 0.5f) * scale - 0.5f : index * scale;
    taps.add(static_cast<int64_t>(std::floor(at)), static_cast<int64_t>(std::ceil(at)), at, 1.0f, s.in);
  }
  return taps;
}

Expr fraction_at(Context& ctx, const std::vector<int64_t>& fractions, const Expr& index) {
  return table_entry(ctx, "fractions", fractions, index);
}
Expr fraction_at(Context& ctx, const std::vector<float>& fractions, const Expr& index) {
  return loop::load(ctx.constant("fractions", fractions), DType::kF32, {index});
}

// What the taps say for one output index: offsets of the neighbours' first elements (`stride` apart) and
// their weights.
struct Neighbours {
  Expr low, high, low_weight, high_weight;
};
template <class T>
Neighbours neighbours(Context& ctx, Lets& lets, const Taps<T>& taps, const Loop& loop, int64_t stride,
                      const Expr& one) {
  const auto offset = [&](std::string_view name, std::vector<int64_t> indices) {
    for (int64_t& index : indices) index *= stride;
    return lets.bind(name, table_entry(ctx, name, indices, loop.index));
  };
  Neighbours n;
  n.low = offset("low", taps.low);
  n.high = offset("high", taps.high);
  n.high_weight = lets.bind("fraction", fraction_at(ctx, taps.fraction, loop.index));
  n.low_weight = lets.bind("rest", one - n.high_weight);
  return n;
}

// The sum is 2^20 times the result; rounded half away from zero (and no result is beyond an int8).
Expr rounded_code(Lets& lets, const Expr& sum) {
  const Expr total = lets.bind("sum", sum);
  const Expr half = loop::select(loop::lt(loop::i32(0), total), loop::i32(1 << 19), loop::i32(-(1 << 19)));
  return loop::cast(DType::kI8, loop::binary(loop::ExprKind::kDiv, total + half, loop::i32(1 << 20)));
}

template <class T>
Result<Stmt> resize_bilinear(Context& ctx, const Taps<T>& rows, const Taps<T>& columns, const Expr& one) {
  const graph::Value& input = ctx.input(0);
  const std::vector<int64_t> x_strides = dense_strides(input.shape);
  const Shape& y = ctx.output().shape;
  const BufferId x = bind_flat(ctx, 0);
  const Loop n = ctx.loop("n", y[0]), oh = ctx.loop("oh", y[1]), ow = ctx.loop("ow", y[2]),
             c = ctx.loop("c", y[3]);
  Lets row_lets(ctx.kernel()), column_lets(ctx.kernel()), lets(ctx.kernel());
  const Neighbours v = neighbours(ctx, row_lets, rows, oh, x_strides[1], one);
  const Neighbours h = neighbours(ctx, column_lets, columns, ow, x_strides[2], one);
  const Expr image = n.index * loop::i32(x_strides[0]);
  const DType type = one->type;
  const auto corner = [&](const Expr& row, const Expr& column, const Expr& row_weight,
                          const Expr& column_weight) {
    const Expr first = column_lets.bind("corner", image + row + column);
    const Expr weight = column_lets.bind("weight", row_weight * column_weight);
    return loop::cast(type, loop::load(x, input.dtype, {first + c.index})) * weight;
  };
  const Expr sum = corner(v.low, h.low, v.low_weight, h.low_weight) +
                   corner(v.high, h.low, v.high_weight, h.low_weight) +
                   corner(v.low, h.high, v.low_weight, h.high_weight) +
                   corner(v.high, h.high, v.high_weight, h.high_weight);
  const Expr value = type == DType::kF32 ? sum : rounded_code(lets, sum);
  MIDGE_ASSIGN(Stmt stored, ctx.store_output({n.index, oh.index, ow.index, c.index}, value));
  const Stmt pixel = column_lets.wrap(nest({c}, lets.wrap(std::move(stored))));
  return nest({n, oh}, row_lets.wrap(nest({ow}, pixel)));
}

}  // namespace

Result<Stmt> lower_resize(Context& ctx, const graph::Resize& op) {
  const graph::Value& input = ctx.input(0);
  const Shape& x = input.shape;
  const Shape& y = ctx.output().shape;
  for (const int64_t extent : {x[1], x[2], y[1], y[2]})
    if (extent == 0) return ctx.unsupported(input, "resizing from or to nothing");
  const Sampling rows{x[1], y[1], op.align_corners, op.half_pixel_centers};
  const Sampling columns{x[2], y[2], op.align_corners, op.half_pixel_centers};
  if (op.kind == graph::ResizeKind::kBilinear) {
    if (input.dtype == DType::kI8)
      return resize_bilinear(ctx, integer_taps(rows), integer_taps(columns), loop::i32(kUnit));
    if (input.dtype == DType::kF32)
      return resize_bilinear(ctx, float_taps(rows), float_taps(columns), loop::float_imm(1.0f));
    return ctx.unsupported(input, "bilinear resizing of elements of this type");
  }
  set_move_runs(ctx);
  const std::vector<int64_t> strides = dense_strides(x);
  Move move;
  move.axes.push_back({y[0], 0, 1, strides[0], {}});
  add_indexed_axis(move, nearest_indices(rows), 1, strides[1]);
  add_indexed_axis(move, nearest_indices(columns), 2, strides[2]);
  move.axes.push_back({y[3], 3, 1, 1, {}});
  return copy_elements(ctx, move);
}

}  // namespace midge::lower
