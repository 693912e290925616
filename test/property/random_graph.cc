#include "property/random_graph.h"

#include <algorithm>

#include "base/check.h"
#include "lower/lower.h"

namespace midge::test {
namespace {

constexpr int64_t kMostElements = 4000, kMostMacs = 80'000;  // an interpreted case takes milliseconds
constexpr int kMostDraws = 1000;

Shape random_shape(Random& random, int64_t least_rank, int64_t most_rank) {
  const int64_t rank = random.pick(least_rank, most_rank);
  if (least_rank != 4) return random.shape(rank);
  const auto extent = [&] { return random.one_in(6) ? 1 : random.pick(1, 9); };
  const int64_t channels = random.one_in(6) ? random.pick(10, 40) : random.pick(1, 9);
  return {random.one_in(5) ? 2 : 1, extent(), extent(), channels};
}

// Small, legal, and of operators that are supported with these attributes.
bool is_usable(const graph::Graph& graph) {
  for (const graph::Value& value : graph.values)
    if (element_count(value.shape).value_or(INT64_MAX) > kMostElements) return false;
  if (!graph::verify(graph)) return false;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph::macs(graph, graph.nodes[i]) > kMostMacs) return false;
    const auto lowered = lower::lower(graph, lower::Group{{NodeId{static_cast<int32_t>(i)}}});
    if (!lowered && lowered.error().message.starts_with("not supported: ")) return false;
  }
  return true;
}

// Draws networks until one is usable; `build` returns the value that becomes its output.
template <class Build>
Sample draw(Random& random, Tone tone, Build build) {
  for (int draws = 0; draws < kMostDraws; ++draws) {
    Net net(random, tone);
    const ValueId y = build(net);
    if (net.spoilt()) continue;
    net.graph().outputs.insert(net.graph().outputs.begin(), y);
    if (is_usable(net.graph())) return {std::move(net.graph()), std::move(net.contents())};
  }
  check_failed(__FILE__, __LINE__, "a generator makes usable networks");
}

// Some row of the table that can read x, after a reshape to images if it wants those.
ValueId add_any(Net& net, ValueId x) {
  std::vector<const Kind*> choices;
  for (const Kind& kind : kinds())
    if (kind.dtype == net.dtype(x)) choices.push_back(&kind);
  const Kind& kind = *net.random().element_of(choices);
  const auto rank = std::ssize(net.shape(x));
  if (rank < kind.least_rank || rank > kind.most_rank) {
    const int64_t count = element_count(net.shape(x)).value_or(1);
    const int64_t side = count % 4 == 0 ? 2 : 1;
    const ValueId image =
        net.node(graph::Reshape{}, {x}, net.dtype(x), {1, side, side, count / (side * side)});
    x = net.quantized_as(image, x);
  }
  return kind.add(net, x);
}

ValueId add_elementwise(Net& net, ValueId x) {
  static const std::vector<std::string> names = {"binary", "relu",       "leaky_relu", "quantize", "prelu",
                                                 "abs",    "dequantize", "hard_swish", "logistic"};
  std::vector<const Kind*> choices;
  for (const Kind& kind : kinds())
    if (kind.dtype == net.dtype(x) &&
        std::ranges::count(names, kind.name.substr(0, kind.name.rfind('_'))) > 0)
      choices.push_back(&kind);
  return choices.empty() ? x : net.random().element_of(choices)->add(net, x);
}

}  // namespace

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = [] {
    std::vector<Kind> rows = window_kinds();
    for (const auto& more : {arithmetic_kinds(), movement_kinds()})
      rows.insert(rows.end(), more.begin(), more.end());
    return rows;
  }();
  return all;
}

Sample random_node(const Kind& kind, Random& random) {
  return draw(random, Tone::kWild, [&](Net& net) {
    return kind.add(net, net.input(kind.dtype, random_shape(random, kind.least_rank, kind.most_rank)));
  });
}

// Two branches that meet again, where an earlier result has x's shape.
ValueId join(Net& net, ValueId x, const std::vector<ValueId>& earlier) {
  for (const ValueId id : earlier)
    if (id != x && net.shape(id) == net.shape(x) && net.dtype(id) == net.dtype(x) && net.random().one_in(2))
      return net.node(graph::Binary{graph::BinaryKind::kMaximum, {}}, {x, id});
  return x;
}

Sample random_chain(DType dtype, Random& random) {
  return draw(random, Tone::kPlain, [&](Net& net) {
    std::vector<ValueId> made = {net.input(dtype, random_shape(random, 4, 4))};
    for (int64_t more = random.pick(2, 4); more > 0; --more) made.push_back(add_any(net, made.back()));
    for (int64_t more = random.pick(1, 2); more > 0; --more) {
      made.push_back(add_elementwise(net, made.back()));
      made.push_back(join(net, made.back(), made));
    }
    if (const ValueId middle = made[made.size() / 2]; random.one_in(4) && middle != made.back())
      net.graph().outputs.push_back(middle);
    return made.back();
  });
}

}  // namespace midge::test
