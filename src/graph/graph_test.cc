// The graph's tables, sizes and the summary.
#include "graph/graph.h"

#include <gtest/gtest.h>

#include <fstream>

#include "graph/summary.h"

namespace midge::graph {
namespace {

Graph load(const char* path) {
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  Result<Graph> graph = parse(text);
  EXPECT_TRUE(graph) << graph.error().message;
  return graph.value_or(Graph{});
}

Graph layers() {
  return load("test/golden/graph/int8_layers.txt");
}

ValueId named(const Graph& graph, std::string_view name) {
  for (size_t i = 0; i < graph.values.size(); ++i)
    if (graph.values[i].name == name) return ValueId{static_cast<int32_t>(i)};
  return ValueId{};
}

TEST(Graph, AddValueKeepsNamesUnique) {
  Graph graph;
  for (const char* name : {"a", "a", "", "a_1", ""}) {
    Value value;
    value.name = name;
    graph.add_value(value);
  }
  std::vector<std::string> names;
  for (const Value& value : graph.values) names.push_back(value.name);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "a_1", "v", "a_1_3", "v_4"}));
}

TEST(Graph, ProducersAndConsumers) {
  const Graph graph = layers();
  EXPECT_EQ(producer(graph, named(graph, "dw")), NodeId{1});
  EXPECT_FALSE(producer(graph, named(graph, "x")).valid());
  EXPECT_FALSE(producer(graph, named(graph, "w")).valid());
  EXPECT_EQ(consumers(graph, named(graph, "conv")), std::vector<NodeId>{NodeId{1}});
  EXPECT_TRUE(consumers(graph, named(graph, "y")).empty());
  EXPECT_TRUE(graph.is_output(named(graph, "y")));
  EXPECT_FALSE(graph.is_output(named(graph, "fc")));
}

TEST(Graph, CompactDropsAndRenumbers) {
  Graph graph = layers();
  // The depthwise layer goes: the pool reads the convolution instead.
  graph.nodes[2].inputs[0] = named(graph, "conv");
  graph.nodes[1].outputs.clear();
  compact(graph);
  EXPECT_EQ(graph.nodes.size(), 5u);
  EXPECT_FALSE(named(graph, "dw").valid());
  EXPECT_FALSE(named(graph, "dw_w").valid());
  EXPECT_EQ(producer(graph, named(graph, "pool")), NodeId{1});
  EXPECT_EQ(graph.value(graph.nodes[0].inputs[1]).name, "w");
  EXPECT_TRUE(verify(graph)) << verify(graph).error().message;
}

TEST(Graph, Macs) {
  const Graph graph = layers();
  std::vector<int64_t> counts;
  for (const Node& node : graph.nodes) counts.push_back(macs(graph, node));
  EXPECT_EQ(counts, (std::vector<int64_t>{9 * 4 * 18, 9 * 4 * 9, 0, 0, 12, 0}));
  const Result<Graph> more = parse(
      "graph \"g\" {%x:f32[2,3,4,5] %w:f32[6,2,2,5] %y:f32[2,7,9,6] %z:f32[2,3,5,5] inputs %x\n"
      "%y=transpose_conv2d(%x,%w) stride_h=2 stride_w=2 %z=batch_matmul(%x,%x) adj_x=true outputs %y}");
  ASSERT_TRUE(more) << more.error().message;
  EXPECT_EQ(macs(*more, more->nodes[0]), 24 * 120);
  EXPECT_EQ(macs(*more, more->nodes[1]), 150 * 4);
}

TEST(Graph, Summary) {
  const Summary summary = summarise(layers());
  ASSERT_EQ(summary.nodes.size(), 6u);
  EXPECT_EQ(summary.nodes[0].source, "CONV_2D#0");
  EXPECT_EQ(summary.nodes[0].op, "conv2d");
  EXPECT_EQ(summary.nodes[0].weight_bytes, 72 + 16);
  EXPECT_EQ(summary.nodes[0].output.quantization, "scale 0.25 zero -128");
  EXPECT_EQ(summary.nodes[0].output.bytes, 36);
  EXPECT_EQ(summary.macs, 648 + 324 + 12);
  EXPECT_EQ(summary.weight_bytes, 72 + 16 + 36 + 12);
  EXPECT_EQ(summary.activation_bytes, 50 + 36 + 36 + 4 + 4 + 3 + 3);
  EXPECT_EQ(summary.inputs[0].name, "x");
  EXPECT_EQ(summary.outputs[0].shape, (Shape{1, 3}));
}

}  // namespace
}  // namespace midge::graph
