// The text form: what is printed reads back, every golden file is a fixed point, and errors point at the
// place.
#include "graph/text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "graph/graph.h"

namespace midge::graph {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

Graph parsed(std::string_view text) {
  Result<Graph> graph = parse(text);
  EXPECT_TRUE(graph) << graph.error().message;
  return graph.value_or(Graph{});
}

TEST(GraphText, GoldenFilesAreFixedPointsAndVerify) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("test/golden/graph")) {
    const std::string text = read_file(entry.path());
    const Graph graph = parsed(text);
    EXPECT_EQ(print(graph), text) << entry.path();
    const Result<void> verified = verify(graph);
    EXPECT_TRUE(verified) << entry.path() << ": " << verified.error().message;
    ++files;
  }
  EXPECT_GE(files, 2);
}

TEST(GraphText, RoundTripsOddNamesAndNumbers) {
  Graph graph;
  graph.name = "odd \"name\"\n";
  Value value{.name = "a;b\\\x01é", .dtype = DType::kF32, .shape = {}, .quantization = {}, .data = {}};
  value.quantization = Quantization{{1.1754944e-38f, 0.1f, INFINITY}, {-128, 127, 0}, 0};
  value.data = std::make_shared<const Bytes>(Bytes{0, 0x7f, 0x80, 0xff});
  const ValueId a = graph.add_value(value);
  const ValueId b = graph.add_value(Value{.name = "b", .shape = {1, 2}, .quantization = {}, .data = {}});
  graph.nodes.push_back({Pad{PadMode::kReflect, {1, 2}, {}, -1e300}, {a, ValueId{}}, {b}, "PAD#\"1\""});
  graph.nodes.push_back({Unary{UnaryKind::kLeakyRelu, 0.1f}, {}, {b}, ""});
  const std::string text = print(graph);
  const Graph again = parsed(text);
  EXPECT_EQ(print(again), text);
  EXPECT_EQ(again.name, graph.name);
  EXPECT_EQ(again.values[0].name, graph.values[0].name);
  EXPECT_EQ(again.values[0].quantization, graph.values[0].quantization);
  EXPECT_EQ(*again.values[0].data, *graph.values[0].data);
  EXPECT_EQ(again.nodes[0].op, graph.nodes[0].op);
  EXPECT_EQ(again.nodes[1].op, graph.nodes[1].op);
}

TEST(GraphText, CommentsAndLayoutMeanNothing) {
  EXPECT_EQ(
      print(parsed("graph \"g\"{%x:i8[]// a scalar\n%y:i8[]inputs%x %y=unary(%x)kind=neg outputs%y}")),
      "graph \"g\" {\n  %x: i8[]\n  %y: i8[]\n  inputs %x\n  %y = unary(%x) kind=neg\n  outputs %y\n}\n");
}

struct Bad {
  const char* text;
  const char* message;
};

TEST(GraphText, ErrorsShowLineAndCaret) {
  const Bad cases[] = {
      {"grap", "line 1, column 1: 'graph' expected\ngrap\n^"},
      {"graph \"g\" {\n  %x: i9[1]\n}",
       "line 2, column 7: an element type (i8, f32, ...) expected\n  %x: i9[1]\n      ^"},
      {"graph \"g\" {\n  %x: i8[1]\n  %x: i8[1]\n}", "line 3, column 3: the name is taken\n  %x: i8[1]\n  ^"},
      {"graph \"g\" {\n %x: i8[1]\n %x = unary(%y)\n}",
       "line 3, column 13: unknown value\n %x = unary(%y)\n            ^"},
      {"graph \"g\" {\n %x: i8[1]\n %x = onary(%x)\n}",
       "line 3, column 7: unknown operator\n %x = onary(%x)\n      ^"},
      {"graph \"g\" {\n %x: i8[1]\n %x = unary(%x) kind=nag\n}",
       "line 3, column 22: one of logistic, tanh, relu, relu6, relu_n1_to_1, leaky_relu, hard_swish, elu, "
       "exp, "
       "sqrt, rsqrt, abs, neg expected\n %x = unary(%x) kind=nag\n                     ^"},
      {"graph \"g\" {\n %x: i8[1]\n %x = unary(%x) kond=neg\n}",
       "line 3, column 17: unary has no attribute 'kond'\n %x = unary(%x) kond=neg\n                ^"},
      {"graph \"g\" {\n %x: i8[1] = 0x123\n}",
       "line 2, column 19: an even number of hexadecimal digits expected\n %x: i8[1] = 0x123\n               "
       "   ^"},
      {"graph \"g\" {\n %x: i8[99999999999999999999]\n}",
       "line 2, column 9: number out of range\n %x: i8[99999999999999999999]\n        ^"},
      {"graph \"g\" {\n", "line 2, column 1: '}' expected\n\n^"},
      {"graph \"g", "line 1, column 7: the string has no end\ngraph \"g\n      ^"},
  };
  for (const Bad& bad : cases) {
    const Result<Graph> graph = parse(bad.text);
    ASSERT_FALSE(graph) << bad.text;
    EXPECT_EQ(graph.error().message, bad.message);
  }
}

TEST(GraphText, EveryTruncationIsAnError) {
  for (const auto& entry : std::filesystem::directory_iterator("test/golden/graph")) {
    const std::string text = read_file(entry.path());
    for (size_t length = 0; length + 2 < text.size(); ++length)
      EXPECT_FALSE(parse(std::string_view(text).substr(0, length))) << entry.path() << " " << length;
  }
}

TEST(GraphText, NamesInMessagesStayOnOneLine) {
  EXPECT_EQ(shown_name("conv/Relu_1.x"), "'conv/Relu_1.x'");
  EXPECT_EQ(shown_name("a\nb\x1b[0m"), "\"a\\x0ab\\x1b[0m\"");
  EXPECT_LT(shown_name(std::string(100000, 'x')).size(), 200u);
}

}  // namespace
}  // namespace midge::graph
