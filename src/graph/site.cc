#include "graph/site.h"

#include <algorithm>

#include "base/check.h"

namespace midge::graph {
namespace {

const Arity kUnaryArity{1, 1, {"input"}};
const Arity kPairArity{2, 2, {"left input", "right input"}};
const Arity kWeightedArity{2, 3, {"input", "weights", "bias"}};
const Arity kGatherArity{2, 2, {"input", "indices"}};
const Arity kPReluArity{2, 2, {"input", "alpha"}};
const Arity kConcatArity{1, SIZE_MAX, {"input"}};

template <class... Ops>
bool holds_any(const Op& op) {
  return (std::holds_alternative<Ops>(op) || ...);
}

Result<void> check_ids(const Graph& graph, const Node& node, const std::string& who) {
  const Arity& arity = arity_of(node.op);
  if (node.inputs.size() < arity.least || node.inputs.size() > arity.most)
    return model_error(fmt::format(
        "{}: {} inputs expected, found {}", who,
        arity.least == arity.most ? fmt::format("{}", arity.least) : fmt::format("at least {}", arity.least),
        node.inputs.size()));
  if (node.outputs.size() != 1)
    return model_error(fmt::format("{}: 1 output expected, found {}", who, node.outputs.size()));
  const auto in_range = [&](ValueId id) { return id.valid() && id.at() < graph.values.size(); };
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const bool may_be_absent = i >= arity.least && arity.most != SIZE_MAX;
    if (!in_range(node.inputs[i]) && !(may_be_absent && !node.inputs[i].valid()))
      return model_error(fmt::format("{}: input {} is not a tensor of the model", who, i));
  }
  if (!in_range(node.outputs[0]))
    return model_error(fmt::format("{}: the output is not a tensor of the model", who));
  return {};
}

}  // namespace

const Arity& arity_of(const Op& op) {
  if (holds_any<Conv2D, DepthwiseConv2D, TransposeConv2D, FullyConnected>(op)) return kWeightedArity;
  if (holds_any<Binary, BatchMatMul>(op)) return kPairArity;
  if (holds_any<Gather>(op)) return kGatherArity;
  if (holds_any<PRelu>(op)) return kPReluArity;
  if (holds_any<Concat>(op)) return kConcatArity;
  return kUnaryArity;
}

Result<void> check_value(const Value& value) {
  const auto fail = [&](std::string what) {
    return model_error(fmt::format("tensor {}: {}", shown_name(value.name), what));
  };
  if (value.shape.size() > kMostAxes)
    return fail(fmt::format("not supported: {} axes; at most {}", value.shape.size(), kMostAxes));
  for (int64_t extent : value.shape)
    if (extent < 1)
      return fail(
          fmt::format("not supported: shape {}; every extent must be 1 or more", to_text(value.shape)));
  const std::optional<int64_t> count = element_count(value.shape);
  if (!count || *count > kMostElements)
    return fail(fmt::format("not supported: shape {} has more than {} elements", to_text(value.shape),
                            kMostElements));
  if (value.is_constant() && static_cast<int64_t>(value.data->size()) != byte_size(value))
    return fail(fmt::format("{} needs {} bytes of data, found {}", to_text(value.dtype, value.shape),
                            byte_size(value), value.data->size()));
  return {};
}

Result<Site> open_site(const Graph& graph, const Node& node) {
  const Site site(graph, node);
  if (std::holds_alternative<std::monostate>(node.op)) return site.error("the node has no operator");
  MIDGE_TRY(check_ids(graph, node, site.who()));
  const auto checked = [&](ValueId id) -> Result<void> {
    if (!id.valid()) return {};
    Result<void> result = check_value(graph.value(id));
    if (!result) return site.error("{}", result.error().message);
    return {};
  };
  for (ValueId id : node.inputs) MIDGE_TRY(checked(id));
  MIDGE_TRY(checked(node.outputs[0]));
  return site;
}

std::string Site::who() const {
  return std::string(node_->source.empty() ? op_name(node_->op) : std::string_view(node_->source));
}

std::string Site::show(size_t i) const {
  const Arity& arity = arity_of(node_->op);
  const std::string role = i < arity.roles.size() && !arity.roles[i].empty() ? std::string(arity.roles[i])
                                                                             : fmt::format("input {}", i);
  return fmt::format("{} {} {}", role, shown_name(in(i).name), to_text(in(i).dtype, in(i).shape));
}

Result<void> Site::expect_rank(size_t i, size_t rank) const {
  if (in(i).shape.size() == rank) return {};
  return error("{} must have {} axes, found {}", show(i), rank, in(i).shape.size());
}

Result<void> Site::expect_dtype(size_t i, std::initializer_list<DType> allowed) const {
  if (std::find(allowed.begin(), allowed.end(), in(i).dtype) != allowed.end()) return {};
  std::string names;
  for (DType dtype : allowed) names += fmt::format("{}{}", names.empty() ? "" : " or ", name_of(dtype));
  return error("not supported: {} must be {}, found {}", show(i), names, name_of(in(i).dtype));
}

Result<void> Site::expect_same_dtype(size_t i, size_t j) const {
  if (in(i).dtype == in(j).dtype) return {};
  return error("{} must have the type of {}", show(j), show(i));
}

}  // namespace midge::graph
