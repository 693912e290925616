// What the importer makes of operators whose form in the graph differs from that in the file, and of real
// files.
#include "import/tflite.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "base/file.h"
#include "import/model_testing.h"
#include "import/operator_rows.h"

namespace midge::import {
namespace {

using graph::Graph;
using schema::BuiltinOperator;
using schema::TensorType;

Graph imported(const ModelFile& file) {
  Result<Graph> graph = import_tflite(file.bytes(), "test");
  EXPECT_TRUE(graph.has_value()) << graph.error().message;
  return graph.has_value() ? *graph : Graph{};
}

// One operator of tensor 0 and the parameters after it.
template <class... Options>
ModelFile one_op(BuiltinOperator code, ModelFile file, std::vector<int32_t> inputs,
                 std::vector<int32_t> outputs, Options... options) {
  file.graph().inputs = {0};
  file.graph().outputs = outputs;
  file.add_op(code, std::move(inputs), std::move(outputs), options...);
  return file;
}

template <class Op>
const Op& op_at(const Graph& graph, size_t i) {
  return std::get<Op>(graph.nodes.at(i).op);
}

TEST(Tflite, ConvolutionSame) {
  const Graph graph = imported(small_conv_model());
  ASSERT_EQ(graph.nodes.size(), 2u);
  const auto& conv = op_at<graph::Conv2D>(graph, 0);
  EXPECT_EQ(graph.nodes[0].source, "CONV_2D#0");
  EXPECT_EQ(conv.window.pad_top, 1);
  EXPECT_EQ(conv.window.pad_bottom, 1);
  EXPECT_EQ(conv.window.stride_w, 2);
  const graph::Value& weights = graph.value(graph.nodes[0].inputs[1]);
  EXPECT_EQ(weights.quantization->axis, 0);
  EXPECT_EQ(weights.data->size(), 72u);
  EXPECT_EQ(graph.value(graph.inputs[0]).name, "x");
  EXPECT_EQ(graph.value(graph.outputs[0]).name, "z");
}

TEST(Tflite, AbsentBias) {
  ModelFile file = small_conv_model();
  file.op().inputs[2] = -1;
  EXPECT_EQ(imported(file).nodes[0].inputs.size(), 2u);
  file.op().inputs.pop_back();
  EXPECT_EQ(imported(file).nodes[0].inputs.size(), 2u);
}

TEST(Tflite, UnknownBatchIsWhatTheShapeSays) {
  ModelFile file = small_conv_model();
  file.tensor(0).shape_signature = {-1, 5, 5, 2};
  EXPECT_EQ(imported(file).value(ValueId{0}).shape, (Shape{1, 5, 5, 2}));
}

TEST(Tflite, NamesAreUniqueAndTheInterfaceKeepsItsOwn) {
  ModelFile file = small_conv_model();
  file.tensor(1).name = "x";          // as the input
  file.tensor(3).name = "z";          // as the output
  file.tensor(2).name = "b\n\"\x01";  // one line, whatever a file holds
  const Graph graph = imported(file);
  EXPECT_EQ(graph.value(graph.inputs[0]).name, "x");
  EXPECT_EQ(graph.value(graph.outputs[0]).name, "z");
  EXPECT_EQ(graph.value(graph.nodes[0].inputs[1]).name, "x_2");
  EXPECT_EQ(graph.value(graph.nodes[0].inputs[2]).name, "b_\"_");
  EXPECT_EQ(graph.value(graph.nodes[0].outputs[0]).name, "z_2");
}

TEST(Tflite, LeftoverTensorsOfAnyKindAreIgnored) {
  ModelFile file = small_conv_model();
  file.add("leftover", TensorType::STRING, {-1, 7});
  EXPECT_EQ(imported(file).values.size(), 5u);
}

TEST(Tflite, MisalignedBytes) {
  const std::vector<uint8_t> bytes = small_conv_model().bytes();
  std::vector<uint8_t> shifted(bytes.size() + 1);
  std::copy(bytes.begin(), bytes.end(), shifted.begin() + 1);
  EXPECT_TRUE(import_tflite(std::span(shifted).subspan(1), "test").has_value());
}

TEST(Tflite, DynamicRangeWeightsBecomeFloat) {
  ModelFile file;
  file.add("x", TensorType::FLOAT32, {1, 2});
  file.fill(file.add_int8("w", {2, 2}, {0.5f, 2.0f}, {0, 0}, 0), std::vector<int8_t>{1, -2, 3, -4});
  file.add("y", TensorType::FLOAT32, {1, 2});
  const Graph graph = imported(one_op(BuiltinOperator::FULLY_CONNECTED, std::move(file), {0, 1}, {2},
                                      schema::FullyConnectedOptionsT{}));
  const graph::Value& weights = graph.value(graph.nodes.at(0).inputs.at(1));
  ASSERT_EQ(weights.dtype, DType::kF32);
  float real[4];
  std::memcpy(real, weights.data->data(), sizeof real);
  EXPECT_EQ(real[0], 0.5f);
  EXPECT_EQ(real[1], -1.0f);
  EXPECT_EQ(real[2], 6.0f);
  EXPECT_EQ(real[3], -8.0f);
}

TEST(Tflite, PadFillsWithTheZeroPoint) {
  ModelFile file;
  file.add_int8("x", {1, 3}, {0.5f}, {-7});
  file.fill(file.add("p", TensorType::INT32, {2, 2}), std::vector<int32_t>{0, 0, 1, 2});
  file.add_int8("y", {1, 6}, {0.5f}, {-7});
  const Graph graph = imported(one_op(BuiltinOperator::PAD, std::move(file), {0, 1}, {2}));
  EXPECT_EQ(
      op_at<graph::Pad>(graph, 0),
      (graph::Pad{.mode = graph::PadMode::kConstant, .before = {0, 1}, .after = {0, 2}, .value = -7.0}));
}

TEST(Tflite, AxesAreNormalised) {
  ModelFile file;
  file.add("x", TensorType::FLOAT32, {1, 4, 5, 2});
  file.add_ints("axes", {-2, 1, 2});
  file.add("y", TensorType::FLOAT32, {1, 2});
  const Graph graph =
      imported(one_op(BuiltinOperator::MEAN, std::move(file), {0, 1}, {2}, schema::ReducerOptionsT{}));
  EXPECT_EQ(op_at<graph::Reduce>(graph, 0).axes, (std::vector<int32_t>{1, 2}));
}

TEST(Tflite, ParametersOf64Bits) {
  ModelFile file;
  file.add("x", TensorType::INT64, {2});
  file.fill(file.add("paddings", TensorType::INT64, {1, 2}), std::vector<int64_t>{3, 1});
  file.fill(file.add("value", TensorType::INT64, {}), std::vector<int64_t>{-5'000'000'000});
  file.add("y", TensorType::INT64, {6});
  const Graph graph = imported(one_op(BuiltinOperator::PADV2, std::move(file), {0, 1, 2}, {3}));
  EXPECT_EQ(op_at<graph::Pad>(graph, 0),
            (graph::Pad{.mode = graph::PadMode::kConstant, .before = {3}, .after = {1}, .value = -5e9}));
}

TEST(Tflite, SplitIsSlices) {
  ModelFile file;
  file.add("x", TensorType::FLOAT32, {2, 6});
  file.add_ints("axis", {-1});
  for (const char* name : {"a", "b", "c"}) file.add(name, TensorType::FLOAT32, {2, 2});
  schema::SplitOptionsT options;
  options.num_splits = 3;
  const Graph graph = imported(one_op(BuiltinOperator::SPLIT, std::move(file), {1, 0}, {2, 3, 4}, options));
  ASSERT_EQ(graph.nodes.size(), 3u);
  for (size_t i = 0; i < 3; ++i)
    EXPECT_EQ(op_at<graph::Slice>(graph, i).begin, (std::vector<int64_t>{0, 2 * static_cast<int64_t>(i)}));
}

TEST(Tflite, PackIsReshapesAndConcat) {
  ModelFile file;
  file.add("x", TensorType::FLOAT32, {2, 3});
  file.add("y", TensorType::FLOAT32, {2, 2, 3});
  schema::PackOptionsT options;
  options.values_count = 2;
  options.axis = 1;
  const Graph graph = imported(one_op(BuiltinOperator::PACK, std::move(file), {0, 0}, {1}, options));
  ASSERT_EQ(graph.nodes.size(), 3u);
  EXPECT_EQ(graph.value(graph.nodes[0].outputs[0]).shape, (Shape{2, 1, 3}));
  EXPECT_EQ(op_at<graph::Concat>(graph, 2).axis, 1);
}

// x[4,5,6] under the masks; what the result's shape, the slice's begin and stride must be.
struct StridedCase {
  const char* name;
  std::vector<int32_t> begin, end, stride;
  int32_t begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask;
  Shape result;
  std::vector<int64_t> slice_begin, slice_stride;
};

TEST(Tflite, StridedSlice) {
  const StridedCase cases[] = {
      {"x[1:3]", {1}, {3}, {1}, 0, 0, 0, 0, 0, {2, 5, 6}, {1, 0, 0}, {1, 1, 1}},
      {"x[:, 1:]", {0, 1}, {0, 0}, {1, 1}, 1, 3, 0, 0, 0, {4, 4, 6}, {0, 1, 0}, {1, 1, 1}},
      {"x[::-1, 4:0:-2]", {0, 4}, {0, 0}, {-1, -2}, 1, 1, 0, 0, 0, {4, 2, 6}, {3, 4, 0}, {-1, -2, 1}},
      {"x[..., -2]", {0, -2}, {0, 0}, {1, 1}, 0, 0, 1, 0, 2, {4, 5}, {0, 0, 4}, {1, 1, 1}},
      {"x[1, ..., None]", {1, 0, 0}, {2, 0, 0}, {1, 1, 1}, 0, 0, 2, 4, 1, {5, 6, 1}, {1, 0, 0}, {1, 1, 1}},
      {"x[-9:9:3]", {-9}, {9}, {3}, 0, 0, 0, 0, 0, {2, 5, 6}, {0, 0, 0}, {3, 1, 1}},
  };
  for (const StridedCase& c : cases) {
    SCOPED_TRACE(c.name);
    ModelFile file;
    file.add("x", TensorType::FLOAT32, {4, 5, 6});
    file.add_ints("begin", c.begin);
    file.add_ints("end", c.end);
    file.add_ints("strides", c.stride);
    file.add("y", TensorType::FLOAT32, std::vector<int32_t>(c.result.begin(), c.result.end()));
    schema::StridedSliceOptionsT options;
    options.begin_mask = c.begin_mask;
    options.end_mask = c.end_mask;
    options.ellipsis_mask = c.ellipsis_mask;
    options.new_axis_mask = c.new_axis_mask;
    options.shrink_axis_mask = c.shrink_axis_mask;
    const Graph graph =
        imported(one_op(BuiltinOperator::STRIDED_SLICE, std::move(file), {0, 1, 2, 3}, {4}, options));
    ASSERT_EQ(graph.nodes.size(), c.result.size() == 3 && c.shrink_axis_mask == 0 ? 1u : 2u);
    EXPECT_EQ(op_at<graph::Slice>(graph, 0).begin, c.slice_begin);
    EXPECT_EQ(op_at<graph::Slice>(graph, 0).stride, c.slice_stride);
  }
}

// How many operators of each name a model has; nodes of one operator count once.
std::map<std::string, int> operator_counts(const Graph& graph) {
  std::map<std::string, int> counts;
  std::string last;
  for (const graph::Node& node : graph.nodes) {
    if (node.source != last) ++counts[node.source.substr(0, node.source.find('#'))];
    last = node.source;
  }
  return counts;
}

TEST(Tflite, MlperfTinyModels) {
  using Counts = std::map<std::string, int>;
  const Counts anomaly = {{"FULLY_CONNECTED", 10}};
  const Counts keyword = {{"CONV_2D", 5}, {"DEPTHWISE_CONV_2D", 4}, {"AVERAGE_POOL_2D", 1},
                          {"RESHAPE", 1}, {"FULLY_CONNECTED", 1},   {"SOFTMAX", 1}};
  const Counts resnet = {{"CONV_2D", 9}, {"ADD", 3},     {"AVERAGE_POOL_2D", 1},
                         {"RESHAPE", 1}, {"SOFTMAX", 1}, {"FULLY_CONNECTED", 1}};
  const Counts streaming = {
      {"CONV_2D", 4}, {"DEPTHWISE_CONV_2D", 4}, {"RESHAPE", 1}, {"SOFTMAX", 1}, {"FULLY_CONNECTED", 1}};
  const Counts vww = {{"CONV_2D", 14}, {"DEPTHWISE_CONV_2D", 13}, {"AVERAGE_POOL_2D", 1},
                      {"RESHAPE", 1},  {"FULLY_CONNECTED", 1},    {"SOFTMAX", 1}};
  const std::map<std::string, Counts> models = {{"ad01_fp32", anomaly},
                                                {"ad01_int8", anomaly},
                                                {"kws_ref_model", keyword},
                                                {"kws_ref_model_float32", keyword},
                                                {"pretrainedResnet", resnet},
                                                {"pretrainedResnet_quant", resnet},
                                                {"str_ww_ref_model", streaming},
                                                {"vww_96_float", vww},
                                                {"vww_96_int8", vww}};
  const std::filesystem::path folder = "../shared/models";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no MLPerf Tiny models at " << folder;
  for (const auto& [name, counts] : models) {
    SCOPED_TRACE(name);
    Result<std::vector<uint8_t>> bytes = read_file(folder / (name + ".tflite"));
    ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
    Result<Graph> graph = import_tflite(*bytes, name);
    ASSERT_TRUE(graph.has_value()) << graph.error().message;
    EXPECT_EQ(operator_counts(*graph), counts);
  }
}

// Every operator that has a row is in the conformance cases, and every case imports.
TEST(Tflite, ConformanceCases) {
  std::map<std::string, int> seen;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("test/conformance/cases")) {
    if (entry.path().extension() != ".tflite") continue;
    SCOPED_TRACE(entry.path().string());
    Result<std::vector<uint8_t>> bytes = read_file(entry.path());
    ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
    Result<Graph> graph = import_tflite(*bytes, entry.path().stem().string());
    ASSERT_TRUE(graph.has_value()) << graph.error().message;
    for (const auto& [name, count] : operator_counts(*graph)) seen[name] += count;
  }
  for (std::span<const OperatorRow> rows : {windowed_rows(), arithmetic_rows(), layout_rows(), slice_rows()})
    for (const OperatorRow& row : rows)
      EXPECT_GT(seen[schema::EnumNameBuiltinOperator(row.code)], 0)
          << schema::EnumNameBuiltinOperator(row.code);
}

}  // namespace
}  // namespace midge::import
