// Shape inference: dispatch to the rule of each operator. The rules stand in infer_*.cc, one file per family.
#include "base/check.h"
#include "graph/site.h"

namespace midge::graph {

Result<std::vector<TensorType>> infer(const Graph& graph, const Node& node) {
  MIDGE_ASSIGN(const Site site, open_site(graph, node));
  struct Rules {
    const Site& site;
#define MIDGE_RULE(type, name)                          \
  Result<TensorType> operator()(const type& op) const { \
    return infer_op(site, op);                          \
  }
    MIDGE_FOR_EACH_OP(MIDGE_RULE)
#undef MIDGE_RULE
    Result<TensorType> operator()(std::monostate) const {
      MIDGE_CHECK(false);  // open_site refuses it
      return TensorType{};
    }
  };
  MIDGE_ASSIGN(TensorType type, std::visit(Rules{site}, node.op));
  const std::optional<int64_t> count = element_count(type.shape);
  if (!count || *count < 1 || *count > kMostElements)
    return site.error("not supported: an output of shape {}", to_text(type.shape));
  return std::vector<TensorType>{std::move(type)};
}

}  // namespace midge::graph
