// Loop-invariant values, evaluated once before the loop.
//
// C compilers move plain arithmetic themselves and fold index sums into addresses, so those stay where they
// are: on a core with thirteen registers a value kept for later costs as much as it saves. What compilers do
// badly is moved here:
//  - limits of inner loops (`for kh in max(1 - oh, 0) .. min(33 - oh, 3)`), which C tests in every turn;
//  - loads of buffers that the kernel never writes: through a pointer to bytes everything seems to be
//  overwritten;
//  - quotients and remainders.
// A value is moved past a loop only where evaluating it cannot fault, since the loop may run zero times or
// test first.
#include <algorithm>
#include <memory>
#include <unordered_set>
#include <utility>
#include <vector>

#include "loop/linear.h"
#include "loop/simplify.h"

namespace midge::loop {
namespace {

constexpr size_t kMostValues = 6;  // held across one loop; beyond that they would live in memory anyway

void bound_inside(const Stmt& stmt, std::unordered_set<VarId>& vars) {
  if (stmt->kind == StmtKind::kFor || stmt->kind == StmtKind::kLet) vars.insert(stmt->var);
  for (const Stmt& child : stmt->children) bound_inside(child, vars);
}

class Hoister {
 public:
  explicit Hoister(Kernel& kernel) : kernel_(kernel), bounds_(known_) {}

  Stmt operator()(const Stmt& stmt) {
    if (stmt->kind == StmtKind::kFor) return loop(stmt);
    if (stmt->kind == StmtKind::kLet) learn(stmt->var, bounds_.of(stmt->operands[0]));
    return with_children(stmt);
  }

 private:
  Stmt with_children(const Stmt& stmt) {
    auto node = std::make_shared<StmtNode>(*stmt);
    for (Stmt& child : node->children) child = (*this)(child);
    return node;
  }

  void learn(VarId var, std::optional<Interval> range) {
    if (!range) return;
    known_[var] = *range;
    bounds_.forget();
  }

  // Outermost loops come first, so a value goes as far out as it can.
  Stmt loop(const Stmt& stmt) {
    std::unordered_set<VarId> inside;
    bound_inside(stmt, inside);
    values_.clear();
    seen_.clear();
    collect(stmt->children[0], inside);
    std::vector<Expr> values = std::move(values_);
    if (values.size() > kMostValues) values.resize(kMostValues);
    Stmt body = stmt->children[0];
    std::vector<VarId> names;
    for (const Expr& value : values) {
      names.push_back(kernel_.add_var(name_for(value), value->type));
      body = replaced(body, value, var(names.back(), value->type));
      learn(names.back(), bounds_.of(value));
    }
    const auto begin = bounds_.of(stmt->operands[0]), end = bounds_.of(stmt->operands[1]);
    if (begin && end && begin->low < end->high) learn(stmt->var, Interval{begin->low, end->high - 1});
    Stmt result = make_for(stmt->var, stmt->operands[0], stmt->operands[1], (*this)(body), stmt->for_kind);
    for (size_t i = values.size(); i-- > 0;) result = let(names[i], values[i], result);
    return result;
  }

  std::string name_for(const Expr& value) const {
    return value->kind == ExprKind::kLoad ? kernel_.buffer(value->buffer).name + "_value" : "limit";
  }

  static Stmt replaced(const Stmt& body, const Expr& value, const Expr& name) {
    return rewrite(body, nullptr, [&](const Expr& e) -> Expr { return equal(e, value) ? name : nullptr; });
  }

  void collect(const Stmt& stmt, const std::unordered_set<VarId>& inside) {
    for (const Expr& operand : stmt->operands) {
      if (stmt->kind == StmtKind::kFor)
        consider(operand, inside);
      else
        collect(operand, inside);
    }
    for (const Stmt& child : stmt->children) collect(child, inside);
  }

  void collect(const Expr& expr, const std::unordered_set<VarId>& inside) {
    using enum ExprKind;
    if (!seen_.insert(expr.get()).second) return;
    if (expr->kind == kLoad || expr->kind == kDiv || expr->kind == kRem) {
      if (consider(expr, inside)) return;
      if (expr->kind == kLoad) return;  // sums inside an address
    }
    for (const Expr& operand : expr->operands) collect(operand, inside);
  }

  bool consider(const Expr& expr, const std::unordered_set<VarId>& inside) {
    if (expr->kind == ExprKind::kIntImm || expr->kind == ExprKind::kVar || expr->type == DType::kF32)
      return false;
    if (!is_invariant(expr, inside) || !cannot_fault(expr)) return false;
    const bool known =
        std::any_of(values_.begin(), values_.end(), [&](const Expr& v) { return equal(v, expr); });
    if (!known) values_.push_back(expr);
    return true;
  }

  bool is_invariant(const Expr& expr, const std::unordered_set<VarId>& inside) const {
    if (expr->kind == ExprKind::kVar) return !inside.contains(expr->var);
    if (expr->kind == ExprKind::kCall) return false;
    if (expr->kind == ExprKind::kLoad && kernel_.buffer(expr->buffer).memory != Memory::kConst) return false;
    return std::all_of(expr->operands.begin(), expr->operands.end(),
                       [&](const Expr& operand) { return is_invariant(operand, inside); });
  }

  // Whatever the variables are within their ranges.
  bool cannot_fault(const Expr& expr) {
    using enum ExprKind;
    for (const Expr& operand : expr->operands)
      if (!cannot_fault(operand)) return false;
    switch (expr->kind) {
      case kIntImm:
      case kVar:
      case kMin:
      case kMax:
      case kCast:
        return expr->type != DType::kF32;
      case kAdd:
      case kSub:
      case kMul:
        return expr->type == DType::kI32 && is_index(expr) && is_linear(expr) &&
               sums_fit(linear_form(expr), bounds_);
      case kDiv:
      case kRem:
        return expr->operands[1]->kind == kIntImm && expr->operands[1]->value > 0;
      case kLoad:
        return in_bounds(expr);
      default:
        return false;
    }
  }

  static bool is_linear(const Expr& expr) {
    return expr->kind != ExprKind::kMul || expr->operands[1]->kind == ExprKind::kIntImm;
  }

  bool in_bounds(const Expr& expr) {
    const Shape& shape = kernel_.buffer(expr->buffer).shape;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      const auto range = bounds_.of(expr->operands[axis]);
      if (!range || range->low < 0 || range->high >= shape[axis]) return false;
    }
    return true;
  }

  Kernel& kernel_;
  KnownRanges known_;
  Bounds bounds_;
  std::vector<Expr> values_;                  // of the loop at hand
  std::unordered_set<const ExprNode*> seen_;  // in it
};

}  // namespace

Kernel hoist(const Kernel& kernel) {
  Kernel result = flatten(kernel);
  result.body = Hoister(result)(result.body);
  return simplify(result);
}

}  // namespace midge::loop
