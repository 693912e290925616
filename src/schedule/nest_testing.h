// For tests: nests as lowering makes them, of any size, with random constants.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "loop/kernel_testing.h"
#include "loop/simplify.h"

namespace midge::schedule::testing {

using loop::Expr;
using loop::i32;
using loop::Kernel;
using loop::Memory;
using loop::Stmt;
using loop::testing::index;
using loop::testing::Random;

// Where a window stands along one axis.
struct Window {
  int64_t input = 1, taps = 1, stride = 1, dilation = 1, before = 0, after = 0;

  int64_t span() const { return (taps - 1) * dilation + 1; }
  int64_t output() const { return (input + before + after - span()) / stride + 1; }
  Expr position(VarId o, VarId k) const {
    return index(o) * i32(stride) + index(k) * i32(dilation) - i32(before);
  }
  Expr guard(const Expr& at) const {
    Expr condition;
    if (before > 0) condition = loop::le(i32(0), at);
    if ((output() - 1) * stride + span() - before <= input) return condition;
    const Expr below = loop::lt(at, i32(input));
    return condition ? loop::land(condition, below) : below;
  }
};

// As TensorFlow's SAME.
inline Window same(int64_t input, int64_t taps, int64_t stride = 1, int64_t dilation = 1) {
  Window window{input, taps, stride, dilation, 0, 0};
  const int64_t output = (input + stride - 1) / stride;
  const int64_t padding = std::max<int64_t>(0, (output - 1) * stride + window.span() - input);
  window.before = padding / 2;
  window.after = padding - window.before;
  return window;
}

inline Kernel empty_kernel(const char* name) {
  return {.name = name, .source = name, .vars = {}, .buffers = {}, .body = nullptr};
}

inline Stmt nest(const std::vector<std::pair<VarId, int64_t>>& loops, Stmt body) {
  for (size_t i = loops.size(); i-- > 0;) body = loop::make_for(loops[i].first, loops[i].second, body);
  return body;
}

inline Expr both(const Expr& a, const Expr& b) {
  return a && b ? loop::land(a, b) : a ? a : b;
}

inline Expr stored(const Expr& sum, int shift) {
  return loop::cast(DType::kI8, loop::min(loop::max(loop::shr(sum, shift) + i32(3), i32(-128)), i32(127)));
}

// `alloc acc { acc = start; for taps... { if guard { acc = step } }; let total = acc; y[at] = ... }`
struct Accumulate {
  BufferId y;
  std::vector<Expr> at;
  Expr start, guard, term;
  bool maximum = false;
  int shift = 6;
};
inline Stmt accumulate(Kernel& k, const std::vector<std::pair<VarId, int64_t>>& taps, const Accumulate& a) {
  const BufferId acc = loop::testing::add(k, "acc", DType::kI32, {}, Memory::kLocal);
  const Expr state = loop::load(acc, DType::kI32, {});
  Stmt step = loop::store(acc, {}, a.maximum ? loop::max(state, a.term) : state + a.term);
  if (a.guard) step = loop::make_if(a.guard, step);
  const VarId total = k.add_var("total");
  const Stmt out = loop::let(total, state, loop::store(a.y, a.at, stored(index(total), a.shift)));
  return loop::alloc(acc, loop::block({loop::store(acc, {}, a.start), nest(taps, step), out}));
}

struct ConvShape {
  Window rows, columns;
  int64_t in = 1, out = 1;
  int64_t zero = 0;  // the input's zero point
};

inline Kernel convolution(Random& random, const ConvShape& c) {
  Kernel k = empty_kernel("conv");
  const Shape shape = {1, c.rows.output(), c.columns.output(), c.out};
  const BufferId x =
      loop::testing::add(k, "x", DType::kI8, {1, c.rows.input, c.columns.input, c.in}, Memory::kInput);
  const BufferId y = loop::testing::add(k, "y", DType::kI8, shape, Memory::kOutput);
  const BufferId w =
      loop::testing::add_const(k, random, "w", DType::kI8, {c.out, c.rows.taps, c.columns.taps, c.in});
  const BufferId bias = loop::testing::add_const(k, random, "bias", DType::kI16, {c.out});
  const VarId n = k.add_var("n"), oh = k.add_var("oh"), ow = k.add_var("ow"), oc = k.add_var("oc");
  const VarId kh = k.add_var("kh"), kw = k.add_var("kw"), ic = k.add_var("ic");
  const Expr ih = c.rows.position(oh, kh), iw = c.columns.position(ow, kw);
  const Expr from = loop::cast(DType::kI32, loop::load(x, DType::kI8, {index(n), ih, iw, index(ic)}));
  const Expr weight =
      loop::cast(DType::kI32, loop::load(w, DType::kI8, {index(oc), index(kh), index(kw), index(ic)}));
  const Stmt body = accumulate(k, {{kh, c.rows.taps}, {kw, c.columns.taps}, {ic, c.in}},
                               {.y = y,
                                .at = {index(n), index(oh), index(ow), index(oc)},
                                .start = loop::cast(DType::kI32, loop::load(bias, DType::kI16, {index(oc)})),
                                .guard = both(c.rows.guard(ih), c.columns.guard(iw)),
                                .term = (c.zero == 0 ? from : from - i32(c.zero)) * weight});
  k.body = nest({{n, shape[0]}, {oh, shape[1]}, {ow, shape[2]}, {oc, shape[3]}}, body);
  return k;
}

inline Kernel depthwise(Random& random, const ConvShape& c, int64_t multiplier) {
  Kernel k = empty_kernel("depthwise");
  const int64_t out = c.in * multiplier;
  const BufferId x =
      loop::testing::add(k, "x", DType::kI8, {1, c.rows.input, c.columns.input, c.in}, Memory::kInput);
  const BufferId y =
      loop::testing::add(k, "y", DType::kI8, {1, c.rows.output(), c.columns.output(), out}, Memory::kOutput);
  const BufferId w = loop::testing::add_const(k, random, "w", DType::kI8, {c.rows.taps, c.columns.taps, out});
  const BufferId bias = loop::testing::add_const(k, random, "bias", DType::kI16, {out});
  const VarId n = k.add_var("n"), oh = k.add_var("oh"), ow = k.add_var("ow"), ch = k.add_var("c"),
              m = k.add_var("m");
  const VarId kh = k.add_var("kh"), kw = k.add_var("kw");
  const Expr ih = c.rows.position(oh, kh), iw = c.columns.position(ow, kw);
  const Expr channel = index(ch) * i32(multiplier) + index(m);
  const Expr from = loop::cast(DType::kI32, loop::load(x, DType::kI8, {index(n), ih, iw, index(ch)}));
  const Expr weight = loop::cast(DType::kI32, loop::load(w, DType::kI8, {index(kh), index(kw), channel}));
  const Stmt body = accumulate(k, {{kh, c.rows.taps}, {kw, c.columns.taps}},
                               {.y = y,
                                .at = {index(n), index(oh), index(ow), channel},
                                .start = loop::cast(DType::kI32, loop::load(bias, DType::kI16, {channel})),
                                .guard = both(c.rows.guard(ih), c.columns.guard(iw)),
                                .term = (from - i32(c.zero)) * weight});
  k.body = nest({{n, 1}, {oh, c.rows.output()}, {ow, c.columns.output()}, {ch, c.in}, {m, multiplier}}, body);
  return k;
}

inline Kernel max_pool(const ConvShape& c) {
  Kernel k = empty_kernel("pool");
  const BufferId x =
      loop::testing::add(k, "x", DType::kI8, {1, c.rows.input, c.columns.input, c.in}, Memory::kInput);
  const BufferId y =
      loop::testing::add(k, "y", DType::kI8, {1, c.rows.output(), c.columns.output(), c.in}, Memory::kOutput);
  const VarId oh = k.add_var("oh"), ow = k.add_var("ow"), ch = k.add_var("c"), kh = k.add_var("kh"),
              kw = k.add_var("kw");
  const Expr ih = c.rows.position(oh, kh), iw = c.columns.position(ow, kw);
  const Stmt body =
      accumulate(k, {{kh, c.rows.taps}, {kw, c.columns.taps}},
                 {.y = y,
                  .at = {i32(0), index(oh), index(ow), index(ch)},
                  .start = i32(-128),
                  .guard = both(c.rows.guard(ih), c.columns.guard(iw)),
                  .term = loop::cast(DType::kI32, loop::load(x, DType::kI8, {i32(0), ih, iw, index(ch)})),
                  .maximum = true,
                  .shift = 0});
  k.body = nest({{oh, c.rows.output()}, {ow, c.columns.output()}, {ch, c.in}}, body);
  return k;
}

inline Kernel fully_connected(Random& random, int64_t rows, int64_t in, int64_t out) {
  Kernel k = empty_kernel("dense");
  const BufferId x = loop::testing::add(k, "x", DType::kI8, {rows, in}, Memory::kInput);
  const BufferId y = loop::testing::add(k, "y", DType::kI8, {rows, out}, Memory::kOutput);
  const BufferId w = loop::testing::add_const(k, random, "w", DType::kI8, {out, in});
  const VarId m = k.add_var("m"), o = k.add_var("o"), kk = k.add_var("k");
  const auto wide = [](const Expr& e) { return loop::cast(DType::kI32, e); };
  const Stmt body = accumulate(k, {{kk, in}},
                               {.y = y,
                                .at = {index(m), index(o)},
                                .start = i32(5),
                                .guard = nullptr,
                                .term = wide(loop::load(x, DType::kI8, {index(m), index(kk)})) *
                                        wide(loop::load(w, DType::kI8, {index(o), index(kk)}))});
  k.body = nest({{m, rows}, {o, out}}, body);
  return k;
}

// y[i, j, c] = a[i, j, c] + b[j, c], whose output is a slice of a wider tensor where `strided`.
inline Kernel elementwise(int64_t h, int64_t w, int64_t c, bool strided) {
  Kernel k = empty_kernel("add");
  const BufferId a = loop::testing::add(k, "a", DType::kI8, {h, w, c}, Memory::kInput);
  const BufferId b = loop::testing::add(k, "b", DType::kI8, {h, w, c}, Memory::kInput);
  const BufferId y = loop::testing::add(k, "y", DType::kI8, {h, w, c}, Memory::kOutput);
  if (strided) k.buffer(y).strides = {w * (c + 3), c + 3, 1};
  const VarId i = k.add_var("i"), j = k.add_var("j"), ch = k.add_var("c");
  const std::vector<Expr> at = {index(i), index(j), index(ch)};
  const auto read = [&](BufferId id) { return loop::cast(DType::kI32, loop::load(id, DType::kI8, at)); };
  k.body = nest({{i, h}, {j, w}, {ch, c}}, loop::store(y, at, stored(read(a) + read(b), 1)));
  return k;
}

inline Kernel transpose(int64_t a, int64_t b, int64_t c) {
  Kernel k = empty_kernel("transpose");
  const BufferId x = loop::testing::add(k, "x", DType::kI8, {a, b, c}, Memory::kInput);
  const BufferId y = loop::testing::add(k, "y", DType::kI8, {c, a, b}, Memory::kOutput);
  const VarId i = k.add_var("i"), j = k.add_var("j"), l = k.add_var("l");
  k.body =
      nest({{i, c}, {j, a}, {l, b}}, loop::store(y, {index(i), index(j), index(l)},
                                                 loop::load(x, DType::kI8, {index(j), index(l), index(i)})));
  return k;
}

// One of the above, of random size.
inline Kernel random_nest(Random& random) {
  const auto window = [&] {
    const int64_t taps = random.pick(1, 4), stride = random.pick(1, 2), dilation = random.pick(1, 2);
    const int64_t input = random.pick((taps - 1) * dilation + 1, 9);
    return random.chance(60) ? same(input, taps, stride, dilation)
                             : Window{input, taps, stride, dilation, 0, 0};
  };
  ConvShape c{.rows = window(),
              .columns = window(),
              .in = random.pick(1, 9),
              .out = random.pick(1, 10),
              .zero = random.pick(-2, 1) * 64};
  switch (random.pick(0, 5)) {
    case 0:
    case 1:
      return convolution(random, c);
    case 2:
      return depthwise(random, c, random.pick(1, 2));
    case 3:
      return max_pool(c);
    case 4:
      return fully_connected(random, random.pick(1, 3), random.pick(1, 20), random.pick(1, 11));
    default:
      return random.chance(50)
                 ? elementwise(random.pick(1, 4), random.pick(1, 5), random.pick(1, 9), random.chance(30))
                 : transpose(random.pick(1, 4), random.pick(1, 5), random.pick(1, 6));
  }
}

}  // namespace midge::schedule::testing
