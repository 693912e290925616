#include <fmt/format.h>

#include <algorithm>

#include "schedule/steps.h"

namespace midge::schedule {
namespace {

constexpr int64_t kMostElements = int64_t{1} << 20;

// Along one axis: index = corner (the same in the whole iteration) + a part between low and high.
struct Axis {
  Linear corner;
  int64_t low = 0, high = 0;
  int64_t extent() const { return high - low + 1; }
};

struct Parts {
  Linear corner, inside;
};

class Box {
 public:
  Box(BufferId buffer, const Site& site)
      : buffer_(buffer),
        ranges_(ranges_in(site.around, site.loop)),
        bounds_(ranges_),
        inner_(bound_in(site.body())) {}

  // What keeps the accesses from forming a box, or nothing.
  std::string measure(const Stmt& body) {
    bool read = false;
    for (const Access& access : accesses(body)) {
      if (access.buffer != buffer_) continue;
      if (access.is_store) return "the loop writes the buffer";
      for (const Expr& index : access.indices)
        if (!loop::is_index(index)) return "an index is read from memory";
      if (!(read ? widen(access.indices) : start(access.indices))) return "the reads do not form one box";
      read = true;
    }
    if (!read) return "the loop does not read it";
    int64_t count = 1;
    for (const Axis& axis : axes_) {
      if (axis.extent() > kMostElements / count) return "the part is too large";
      count *= axis.extent();
    }
    return {};
  }

  const std::vector<Axis>& axes() const { return axes_; }

  Parts parts(const Expr& index) const {
    const Linear linear = loop::linear_form(index);
    Parts result{.corner = {}, .inside = {.constant = linear.constant, .terms = {}}};
    for (const Linear::Term& term : linear.terms) {
      const bool moves =
          std::any_of(inner_.begin(), inner_.end(), [&](VarId id) { return loop::uses(term.atom, id); });
      (moves ? result.inside : result.corner).terms.push_back(term);
    }
    return result;
  }

  // 0 <= index < extent, as far as ranges do not say so already; null: they do.
  Expr guard(const Expr& index, int64_t extent, const KnownRanges& more) const {
    KnownRanges ranges = ranges_;
    ranges.insert(more.begin(), more.end());
    const auto range = loop::bounds(index, ranges);
    Expr condition;
    if (!range || range->low < 0) condition = loop::le(loop::i32(0), index);
    if (range && range->high < extent) return condition;
    const Expr below = loop::lt(index, loop::i32(extent));
    return condition ? loop::land(condition, below) : below;
  }

 private:
  bool start(const std::vector<Expr>& indices) {
    for (const Expr& index : indices) {
      const Parts p = parts(index);
      const auto range = loop::range_of(p.inside, bounds_);
      if (!range) return false;
      axes_.push_back({p.corner, range->low, range->high});
    }
    return true;
  }

  bool widen(const std::vector<Expr>& indices) {
    for (size_t i = 0; i < indices.size(); ++i) {
      const Parts p = parts(indices[i]);
      const auto range = loop::range_of(p.inside, bounds_);
      const auto gap = add(p.corner, axes_[i].corner, -1);
      if (!range || !gap || !gap->is_constant()) return false;
      axes_[i].low = std::min(axes_[i].low, range->low);
      axes_[i].high = std::max(axes_[i].high, range->high);
    }
    return true;
  }

  BufferId buffer_;
  KnownRanges ranges_;
  loop::Bounds bounds_;
  std::set<VarId> inner_;
  std::vector<Axis> axes_;
};

bool holds(DType wide, DType narrow) {
  if (wide == narrow) return true;
  if (!is_integer(wide) || !is_integer(narrow) || narrow == DType::kU64 || wide == DType::kU64) return false;
  return min_of(wide) <= min_of(narrow) && max_of(narrow) <= max_of(wide);
}

// `for` every element of the box: fresh[...] = the buffer's element, or the padding outside of it.
Stmt fill(Kernel& kernel, BufferId buffer, BufferId fresh, const Box& box, const Stage& step) {
  const DType source = kernel.buffer(buffer).dtype;
  const Shape shape = kernel.buffer(buffer).shape;
  std::vector<VarId> vars;
  std::vector<Expr> from, to;
  KnownRanges ranges;
  for (const Axis& axis : box.axes()) {
    vars.push_back(kernel.add_var(fmt::format("{}_{}", step.buffer, "copy")));
    to.push_back(loop::var(vars.back(), DType::kI32));
    ranges[vars.back()] = {0, axis.extent() - 1};
    Linear corner = axis.corner;
    corner.constant += axis.low;
    from.push_back(loop::to_expr(corner) + to.back());
  }
  Expr value = loop::cast(step.dtype, loop::load(buffer, source, from));
  Expr inside;
  for (size_t i = 0; i < from.size(); ++i) {
    const Expr part = box.guard(from[i], shape[i], ranges);
    if (part) inside = inside ? loop::land(inside, part) : part;
  }
  if (inside) value = loop::select(inside, value, loop::int_imm(step.dtype, step.padding));
  Stmt body = loop::store(fresh, to, value);
  for (size_t i = vars.size(); i-- > 0;) body = loop::make_for(vars[i], box.axes()[i].extent(), body);
  return body;
}

// Reads of the buffer become reads of its copy; a widening right above a read starts from the copy's type.
Stmt redirected(const Stmt& body, BufferId buffer, BufferId fresh, const Box& box, DType dtype) {
  const auto is_read = [&](const Expr& e) { return e->kind == ExprKind::kLoad && e->buffer == buffer; };
  const auto read = [&](const Expr& e) {
    std::vector<Expr> indices;
    for (size_t i = 0; i < e->operands.size(); ++i) {
      Linear inside = box.parts(e->operands[i]).inside;
      inside.constant -= box.axes()[i].low;
      indices.push_back(loop::to_expr(inside));
    }
    return loop::load(fresh, dtype, std::move(indices));
  };
  return loop::rewrite(body, nullptr, [&](const Expr& e) -> Expr {
    if (e->kind == ExprKind::kCast && is_read(e->operands[0]) && holds(e->type, e->operands[0]->type))
      return loop::cast(e->type, read(e->operands[0]));
    return is_read(e) ? loop::cast(e->type, read(e)) : nullptr;
  });
}

Result<BufferId> find_buffer(const Kernel& kernel, const std::string& name) {
  for (size_t i = 0; i < kernel.buffers.size(); ++i)
    if (kernel.buffers[i].name == name) return BufferId{static_cast<int32_t>(i)};
  return usage_error(fmt::format("kernel {} has no buffer '{}'", kernel.name, name));
}

}  // namespace

Result<Kernel> transform(const Kernel& kernel, const Stage& step) {
  MIDGE_ASSIGN(const Site site, find_loop(kernel, step.at));
  MIDGE_ASSIGN(const BufferId buffer, find_buffer(kernel, step.buffer));
  const DType source = kernel.buffer(buffer).dtype;
  if (allocated_in(site.body()).contains(buffer))
    return decline(print(step), "the buffer lives inside the loop");
  if (!holds(step.dtype, source))
    return decline(print(step),
                   fmt::format("{} does not hold every {}", name_of(step.dtype), name_of(source)));
  if (step.memory != Memory::kLocal && step.memory != Memory::kScratch)
    return decline(print(step), "a copy lives in local or scratch memory");
  if (!is_integer(step.dtype) || !loop::fits(step.dtype, step.padding))
    return decline(print(step), fmt::format("the padding is no {}", name_of(step.dtype)));
  Box box(buffer, site);
  if (const std::string problem = box.measure(site.body()); !problem.empty())
    return decline(print(step), problem);

  Kernel result = kernel;
  Shape shape;
  for (const Axis& axis : box.axes()) shape.push_back(axis.extent());
  const BufferId fresh = result.add_buffer({.name = step.buffer + "_staged",
                                            .dtype = step.dtype,
                                            .shape = shape,
                                            .memory = step.memory,
                                            .strides = {},
                                            .data = {}});
  const Stmt copy = fill(result, buffer, fresh, box, step);
  const Stmt body = loop::block({copy, redirected(site.body(), buffer, fresh, box, step.dtype)});
  return replaced(std::move(result), site.loop,
                  loop::make_for(site.var(), site.loop->operands[0], site.loop->operands[1],
                                 loop::alloc(fresh, body), site.loop->for_kind));
}

}  // namespace midge::schedule
