#include "lower/move.h"

#include <algorithm>
#include <limits>
#include <ranges>
#include <string>

namespace midge::lower {

std::vector<int64_t> dense_strides(const Shape& shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

Move box(const Shape& extents, const std::vector<int64_t>& from) {
  Move move;
  for (size_t axis = 0; axis < extents.size(); ++axis)
    move.axes.push_back({extents[axis], axis, 1, from[axis], {}});
  return move;
}

void add_indexed_axis(Move& move, const std::vector<int64_t>& indices, size_t axis, int64_t from) {
  const auto count = static_cast<int64_t>(indices.size());
  if (count == 0) return move.axes.push_back({0, axis, 1, 0, {}});
  const auto change = std::ranges::adjacent_find(indices, std::ranges::not_equal_to());
  const int64_t repeats = change == indices.end() ? count : change - indices.begin() + 1;
  const int64_t runs = count / repeats;
  const int64_t step = runs > 1 ? indices[static_cast<size_t>(repeats)] - indices[0] : 0;
  bool regular = count % repeats == 0;
  for (int64_t i = 0; i < count && regular; ++i)
    regular = indices[static_cast<size_t>(i)] == indices[0] + i / repeats * step;
  if (!regular) return move.axes.push_back({count, axis, 1, from, indices});
  move.from += indices[0] * from;
  move.axes.push_back({runs, axis, repeats, step * from, {}});
  move.axes.push_back({repeats, axis, 1, 0, {}});
}

Stmt Walk::wrap(Stmt body) const {
  for (size_t n = loops.size(); n-- > 0;) {
    for (const auto& [var, value] : std::views::reverse(lets[n]))
      body = loop::let(var, value, std::move(body));
    body = nest({loops[n]}, std::move(body));
  }
  return body;
}

namespace {

// A MoveAxis with its place in the output given as a distance along one of the context's runs.
struct RunAxis {
  int64_t extent, from;
  size_t run;
  int64_t to;
  const std::vector<int64_t>* table;  // null: none
};

struct RunPlace {
  size_t run;
  int64_t stride;  // elements of the run between neighbours along the axis
};
RunPlace run_of(const Context& ctx, size_t axis) {
  const std::vector<Context::Run>& runs = ctx.runs();
  const Shape& shape = ctx.output().shape;
  for (size_t r = 0; r < runs.size(); ++r) {
    if (axis < runs[r].begin || axis >= runs[r].end) continue;
    int64_t stride = 1;
    for (size_t inner = axis + 1; inner < runs[r].end; ++inner) stride *= shape[inner];
    return {r, stride};
  }
  MIDGE_CHECK(!"every axis is in a run");
  return {};
}

std::vector<RunAxis> merged_axes(const Context& ctx, const Move& move) {
  std::vector<RunAxis> merged;
  for (const MoveAxis& axis : move.axes) {
    if (axis.extent == 1 && axis.table.empty()) continue;
    const RunPlace place = axis.step == 0 ? RunPlace{0, 0} : run_of(ctx, axis.axis);
    const RunAxis next{axis.extent, axis.from, place.run, axis.step * place.stride,
                       axis.table.empty() ? nullptr : &axis.table};
    if (!merged.empty()) {
      RunAxis& last = merged.back();
      const bool regular = last.table == nullptr && next.table == nullptr && last.run == next.run &&
                           last.to == next.to * next.extent && last.from == next.from * next.extent;
      if (regular) {
        last = {last.extent * next.extent, next.from, next.run, next.to, nullptr};
        continue;
      }
    }
    merged.push_back(next);
  }
  return merged;
}

Expr scaled(const Expr& index, int64_t factor) {
  return factor == 1 ? index : index * loop::i32(factor);
}

// Sums without terms that are zero; a null `sum` stands for zero.
void add_term(Expr& sum, const Expr& term) {
  sum = sum == nullptr ? term : sum + term;
}

Expr finished(const Expr& sum, int64_t offset) {
  if (sum == nullptr) return loop::i32(offset);
  return offset == 0 ? sum : sum + loop::i32(offset);
}

}  // namespace

Expr table_entry(Context& ctx, std::string_view name, const std::vector<int64_t>& values, const Expr& index) {
  MIDGE_CHECK(!values.empty());
  const auto [low, high] = std::ranges::minmax(values);
  const auto entry = [&]<class T>(T) {
    const BufferId table = ctx.constant(name, std::vector<T>(values.begin(), values.end()));
    return loop::cast(DType::kI32, loop::load(table, dtype_of<T>(), {index}));
  };
  const auto fits = [&]<class T>(T) {
    return low >= std::numeric_limits<T>::min() && high <= std::numeric_limits<T>::max();
  };
  if (fits(uint8_t{})) return entry(uint8_t{});
  if (fits(int16_t{})) return entry(int16_t{});
  if (fits(uint16_t{})) return entry(uint16_t{});
  MIDGE_CHECK(fits(int32_t{}));
  return entry(int32_t{});
}

Walk walk(Context& ctx, const Move& move, std::string_view name) {
  const std::vector<RunAxis> axes = merged_axes(ctx, move);
  Walk result;
  std::vector<Expr> to(ctx.runs().size());
  Expr from;
  for (size_t n = 0; n < axes.size(); ++n) {
    const RunAxis& axis = axes[n];
    const Loop loop = ctx.loop(std::string(name) + (axes.size() > 1 ? std::to_string(n) : ""), axis.extent);
    result.loops.push_back(loop);
    result.lets.emplace_back();
    if (axis.to != 0) add_term(to[axis.run], scaled(loop.index, axis.to));
    if (axis.table != nullptr) {
      std::vector<int64_t> offsets;
      for (const int64_t index : *axis.table) offsets.push_back(index * axis.from);
      const VarId offset = ctx.kernel().add_var("from");
      result.lets.back().emplace_back(offset, table_entry(ctx, "offsets", offsets, loop.index));
      add_term(from, loop::var(offset, DType::kI32));
    } else if (axis.from != 0) {
      add_term(from, scaled(loop.index, axis.from));
    }
  }
  std::vector<int64_t> begin(to.size(), 0);
  for (size_t axis = 0; axis < move.begin.size(); ++axis) {
    if (move.begin[axis] == 0) continue;
    const RunPlace place = run_of(ctx, axis);
    begin[place.run] += move.begin[axis] * place.stride;
  }
  for (size_t r = 0; r < to.size(); ++r) result.to.push_back(finished(to[r], begin[r]));
  result.from = finished(from, move.from);
  return result;
}

void set_move_runs(Context& ctx) {
  ctx.set_runs(ctx.mergeable_runs(1));
}

BufferId bind_flat(Context& ctx, size_t input, std::string_view name) {
  return ctx.bind_input(input, name, {*element_count(ctx.input(input).shape)});
}

Result<Stmt> move_elements(Context& ctx, const Move& move, const ElementOf& element) {
  const Walk where = walk(ctx, move);
  Lets lets(ctx.kernel());
  MIDGE_ASSIGN(const Expr value, element(lets, where.from));
  MIDGE_ASSIGN(Stmt body, ctx.store_output(where.to, value));
  return where.wrap(lets.wrap(std::move(body)));
}

Result<Stmt> copy_elements(Context& ctx, const Move& move, size_t input) {
  const BufferId x = bind_flat(ctx, input);
  return move_elements(ctx, move, [&](Lets&, const Expr& from) -> Result<Expr> {
    return loop::load(x, ctx.input(input).dtype, {from});
  });
}

}  // namespace midge::lower
