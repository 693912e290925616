// Small moves that graph passes are made of.
#pragma once

#include <optional>

#include "graph/graph.h"

namespace midge::passes {

// Every node that reads `from` reads `to` instead. The graph's outputs stay as they are.
void replace_uses(graph::Graph& graph, ValueId from, ValueId to);

// The only node that reads `id`, if there is exactly one and `id` is no graph output.
std::optional<NodeId> only_consumer(const graph::Graph& graph, ValueId id);

// Takes a node out; it keeps its place in the table (empty) until `graph::compact`.
void erase(graph::Node& node);

// Makes `node`'s output unnecessary because it equals `same` (shape, type, quantisation and content): readers
// read `same`, or, where the output is a graph output, `same`'s producer writes it. Declines where neither is
// possible: `same` is a graph input, a constant or an output too.
bool bypass(graph::Graph& graph, NodeId node, ValueId same);

// Element type, shape and quantisation agree.
bool same_type(const graph::Value& a, const graph::Value& b);

// "CONV_2D#3 + RELU#4"
std::string joined_source(const graph::Node& first, const graph::Node& second);

}  // namespace midge::passes
