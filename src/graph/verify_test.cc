// What verify refuses, and in which words. Each row of the tables is one broken node in an otherwise sound
// graph.
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <span>

#include "graph/graph.h"

namespace midge::graph {
namespace {

std::string message(const std::string& text) {
  const Result<Graph> graph = parse(text);
  if (!graph) return "parse: " + graph.error().message;
  const Result<void> verified = verify(*graph);
  return verified ? "ok" : verified.error().message;
}

// A graph of one node: values and node as in the text form, `y` the output; `x` the input.
struct Row {
  const char* values;
  const char* node;
  const char* message;
};

std::string one_node(const Row& row) {
  return std::string("graph \"g\" {\n") + row.values + "\ninputs %x\n%y = " + row.node +
         " from \"OP#0\"\noutputs %y\n}\n";
}

void expect_messages(std::span<const Row> rows) {
  for (const Row& row : rows)
    EXPECT_EQ(message(one_node(row)), row.message) << row.values << "\n" << row.node;
}

TEST(Verify, Windows) {
  const Row rows[] = {
      {"%x: f32[1,4,4,2] %w: f32[1,1,1,2]=0x0000000000000000 %y: f32[1,4,4,1]", "conv2d(%x, %w)", "ok"},
      {"%x: f32[1,4,4] %w: f32[1,1,1,2]=0x0000000000000000 %y: f32[1,4,4,1]", "conv2d(%x, %w)",
       "OP#0: input 'x' f32[1,4,4] must have 4 axes, found 3"},
      {"%x: i32[1,4,4,2] %w: f32[1,1,1,2]=0x0000000000000000 %y: f32[1,4,4,1]", "conv2d(%x, %w)",
       "OP#0: not supported: input 'x' i32[1,4,4,2] must be i8 or f32, found i32"},
      {"%x: f32[1,4,4,3] %w: f32[1,1,1,2]=0x0000000000000000 %y: f32[1,4,4,1]", "conv2d(%x, %w)",
       "OP#0: the 3 channels of input 'x' f32[1,4,4,3] are not a multiple of the 2 of weights 'w' "
       "f32[1,1,1,2]"},
      {"%x: f32[1,4,4,4] %w: f32[1,1,1,2]=0x0000000000000000 %y: f32[1,4,4,1]", "conv2d(%x, %w)",
       "OP#0: 1 output channels of weights 'w' f32[1,1,1,2] do not divide into 2 groups"},
      {"%x: f32[1,4,4,1] %w: f32[1,2,1,1]=0x0000000000000000 %y: f32[1,4,4,1]", "conv2d(%x, %w)",
       "OP#0: output 'y' must be f32[1,3,4,1], found f32[1,4,4,1]"},
      {"%x: f32[1,4,4,1] %w: f32[1,2,1,1]=0x0000000000000000 %y: f32[1,4,4,1]", "conv2d(%x, %w) stride_h=0",
       "OP#0: height stride must be 1 or more, found 0"},
      {"%x: f32[1,4,4,1] %w: f32[1,2,1,1]=0x0000000000000000 %y: f32[1,4,4,1]",
       "conv2d(%x, %w) dilation_w=-1", "OP#0: width dilation must be 1 or more, found -1"},
      {"%x: f32[1,4,4,1] %w: f32[1,2,1,1]=0x0000000000000000 %y: f32[1,4,4,1]", "conv2d(%x, %w) pad_left=-1",
       "OP#0: width padding must be 0 or more, found -1 and 0"},
      {"%x: f32[1,4,4,1] %w: f32[1,2,1,1]=0x0000000000000000 %y: f32[1,4,4,1]",
       "conv2d(%x, %w) dilation_h=2147483647",
       "OP#0: the window's height of 2147483648 does not fit into the padded input's 4"},
      {"%x: f32[1,4,4,1] %w: f32[1,2,1,1]=0x0000000000000000 %y: f32[1,4,4,1]",
       "conv2d(%x, %w) pad_top=2147483647 pad_bottom=2147483647",
       "OP#0: not supported: height 4294967298 with stride 1; at most 1073741824"},
      {"%x: f32[1,4,4,1] %w: f32[1,2,1,1]=0x0000000000000000 %b: f32[2]=0x0000000000000000 %y: f32[1,4,4,1]",
       "conv2d(%x, %w, %b)",
       "OP#0: bias 'b' f32[2] must have 1 elements, one per output channel of weights 'w' f32[1,2,1,1]"},
      {"%x: f32[1,4,4,1] %w: f32[1,2,1,1]=0x0000000000000000 %b: i32[1]=0x00000000 %y: f32[1,4,4,1]",
       "conv2d(%x, %w, %b)", "OP#0: not supported: bias 'b' i32[1] must be f32, found i32"},
      {"%x: f32[1,4,4,1] %w: f32[1,1,1,2]=0x0000000000000000 %y: f32[1,4,4,2]",
       "depthwise_conv2d(%x, %w) multiplier=1",
       "OP#0: weights 'w' f32[1,1,1,2] must have the 1 channels of input 'x' f32[1,4,4,1] times the depth "
       "multiplier 1"},
      {"%x: f32[1,4,4,1] %w: f32[1,1,1,2]=0x0000000000000000 %y: f32[1,4,4,2]",
       "depthwise_conv2d(%x, %w) multiplier=2", "ok"},
      {"%x: f32[1,4,4,1] %y: f32[1,3,4,1]", "pool2d(%x) kernel_h=2", "ok"},
      {"%x: f32[1,4,4,1] %y: f32[1,3,4,1]", "pool2d(%x) kernel_h=2 pad_top=2",
       "OP#0: a pool window lies wholly in the padding (height 4, kernel 2, stride 1, padding 2 and 0)"},
      {"%x: f32[1,4,4,1] %y: f32[1,3,4,1]", "pool2d(%x) kernel_h=0",
       "OP#0: kernel height must be 1 or more, found 0"},
      {"%x: f32[1,2,2,1] %w: f32[2,1,1,1]=0x0000000000000000 %y: f32[1,4,4,1]", "transpose_conv2d(%x, %w)",
       "OP#0: output 'y' must have the shape [1,height,width,2], found [1,4,4,1]"},
      {"%x: f32[1,2,2,1] %w: f32[2,1,1,1]=0x0000000000000000 %y: f32[1,4,4,2]",
       "transpose_conv2d(%x, %w) stride_h=2 stride_w=2", "ok"},
  };
  expect_messages(rows);
}

TEST(Verify, Arithmetic) {
  const Row rows[] = {
      {"%x: f32[2,3] %w: f32[1,3]=0x000000000000000000000000 %y: f32[2,1]", "fully_connected(%x, %w)", "ok"},
      {"%x: f32[2,1,3] %w: f32[1,3]=0x000000000000000000000000 %y: f32[2,1,1]", "fully_connected(%x, %w)",
       "ok"},
      {"%x: f32[2,2] %w: f32[1,3]=0x000000000000000000000000 %y: f32[2,1]", "fully_connected(%x, %w)",
       "OP#0: input 'x' f32[2,2] does not divide into rows of 3, as weights 'w' f32[1,3] needs"},
      {"%x: f32[2,3] %w: f32[1,3]=0x000000000000000000000000 %y: f32[3,1]", "fully_connected(%x, %w)",
       "OP#0: output 'y' must have 2 rows of 1, found shape [3,1]"},
      {"%x: f32[4,1,2,3] %y: f32[4,1,2,2]", "batch_matmul(%x, %x) adj_y=true", "ok"},
      {"%x: f32[4,1,2,3] %y: f32[4,1,2,2]", "batch_matmul(%x, %x)",
       "OP#0: inner extents of left input 'x' f32[4,1,2,3] and right input 'x' f32[4,1,2,3] must agree, "
       "found 3 and "
       "2"},
      {"%x: f32[2,3] %a: f32[3,1]=0x000000000000000000000000 %y: f32[2,3]", "binary(%x, %a)",
       "OP#0: left input 'x' f32[2,3] and right input 'a' f32[3,1] do not broadcast"},
      {"%x: f32[2,1] %a: f32[3]=0x000000000000000000000000 %y: f32[2,3]", "binary(%x, %a)", "ok"},
      {"%x: f32[2,3] %a: i32[3]=0x000000000000000000000000 %y: f32[2,3]", "binary(%x, %a)",
       "OP#0: right input 'a' i32[3] must have the type of left input 'x' f32[2,3]"},
      {"%x: f32[2,3] %y: f32[2,3]", "binary(%x, %x) kind=maximum activation=relu",
       "OP#0: a maximum or minimum has no fused activation"},
      {"%x: f32[2,3] %y: f32[2,3]", "unary(%x) kind=leaky_relu alpha=nan",
       "OP#0: the slope must be finite, found nan"},
      {"%x: f32[2,3] %y: f32[2,3]", "softmax(%x) beta=0",
       "OP#0: not supported: beta 0; it must be finite and above 0"},
      {"%x: f32[2,3] %y: f32[2]", "reduce(%x) axes=[1]", "ok"},
      {"%x: f32[2,3] %y: f32[2]", "reduce(%x) axes=[2]",
       "OP#0: axes must be distinct, ascending and below 2, found [2]"},
      {"%x: f32[2,3] %y: f32[2]", "reduce(%x) axes=[1,1]",
       "OP#0: axes must be distinct, ascending and below 2, found [1,1]"},
      {"%x: f32[2,3] %y: i32[2]", "arg_max(%x) axis=-1",
       "OP#0: axis -1 is not one of the 2 axes of input 'x' f32[2,3]"},
      {"%x: f32[2,3] %y: f32[2]", "arg_max(%x) axis=1",
       "OP#0: not supported: output 'y' must be i32 or i64, found f32"},
      {"%x: f32[2,3] %a: f32[3,1]=0x000000000000000000000000 %y: f32[2,3]", "prelu(%x, %a)",
       "OP#0: alpha 'a' f32[3,1] does not broadcast to input 'x' f32[2,3]"},
      {"%x: f32[2,3] %y: f32[2,3]", "unary(%x, %x)", "OP#0: 1 inputs expected, found 2"},
      {"%x: f32[2,3] %y: f32[2,3]", "binary(%x, _)", "OP#0: input 1 is not a tensor of the model"},
      {"%x: f32[2,3] %y: f32[2,3]", "conv2d()", "OP#0: at least 2 inputs expected, found 0"},
  };
  expect_messages(rows);
}

TEST(Verify, Movement) {
  const Row rows[] = {
      {"%x: u16[2,3] %y: u16[3,2]", "reshape(%x)", "ok"},
      {"%x: u16[2,3] %y: u16[3,3]", "reshape(%x)",
       "OP#0: input 'x' u16[2,3] cannot take the shape [3,3]: the element counts differ"},
      {"%x: i8[2,3] %y: i8[3,2]", "transpose(%x) perm=[1,0]", "ok"},
      {"%x: i8[2,3] %y: i8[3,2]", "transpose(%x) perm=[1,1]",
       "OP#0: [1,1] is not a permutation of the axes of input 'x' i8[2,3]"},
      {"%x: i8[2,3] %y: i8[3,2]", "transpose(%x) perm=[1,2]",
       "OP#0: [1,2] is not a permutation of the axes of input 'x' i8[2,3]"},
      {"%x: i8[2] %y: i8[4]", "pad(%x) before=[1] after=[1] value=-128", "ok"},
      {"%x: i8[2] %y: i8[4]", "pad(%x) before=[1] after=[1] value=128",
       "OP#0: the padding value 128 does not fit i8"},
      {"%x: i8[2] %y: i8[4]", "pad(%x) before=[1] after=[1] value=0.5",
       "OP#0: the padding value 0.5 does not fit i8"},
      {"%x: i8[2] %y: i8[4]", "pad(%x) before=[1,0] after=[1]",
       "OP#0: padding before must have 1 entries, one per axis of input 'x' i8[2]; found 2"},
      {"%x: i8[2] %y: i8[4]", "pad(%x) before=[9223372036854775807] after=[9223372036854775807]",
       "OP#0: padding of axis 0 must be 0 ... 2147483647, found 9223372036854775807"},
      {"%x: i8[2] %y: i8[4]", "pad(%x) mode=reflect before=[2] after=[0]",
       "OP#0: padding of axis 0 must be 0 ... 1, found 2"},
      {"%x: i8[2] %y: i8[4]", "pad(%x) mode=symmetric before=[2] after=[0]", "ok"},
      {"%x: i32[2,2] %y: i32[2,4]", "concat(%x, %x) axis=1", "ok"},
      {"%x: i32[2,2] %y: i32[2,4]", "concat(%x, %x) axis=2",
       "OP#0: axis 2 is not one of the 2 axes of input 'x' i32[2,2]"},
      {"%x: i32[2,2] %a: i32[1,1]=0x00000000 %y: i32[2,4]", "concat(%x, %a) axis=1",
       "OP#0: input 'x' i32[2,2] and input 1 'a' i32[1,1] may only differ along axis 1"},
      {"%x: i32[5] %y: i32[2]", "slice(%x) begin=[4] stride=[-3]", "ok"},
      {"%x: i32[5] %y: i32[2]", "slice(%x) begin=[4] stride=[-5]",
       "OP#0: 2 elements from 4 by -5 leave axis 0 of input 'x' i32[5]"},
      {"%x: i32[5] %y: i32[2]", "slice(%x) begin=[-1] stride=[1]",
       "OP#0: 2 elements from -1 by 1 leave axis 0 of input 'x' i32[5]"},
      {"%x: i32[5] %y: i32[2]", "slice(%x) begin=[0] stride=[9223372036854775807]",
       "OP#0: stride 9223372036854775807 of axis 0 is not supported"},
      {"%x: f32[3] %i: i32[2]=0x0000000002000000 %y: f32[2]", "gather(%x, %i)", "ok"},
      {"%x: f32[3] %i: i32[2]=0x0000000003000000 %y: f32[2]", "gather(%x, %i)",
       "OP#0: index 3 is not inside axis 0 of input 'x' f32[3]"},
      {"%x: f32[3] %i: i32[2]=0x00000000ffffffff %y: f32[2]", "gather(%x, %i)",
       "OP#0: index -1 is not inside axis 0 of input 'x' f32[3]"},
      {"%x: i32[2] %y: i32[2]", "gather(%x, %x)", "OP#0: not supported: indices 'x' i32[2] must be constant"},
      {"%x: f32[3] %i: i32[2]=0x0000000002000000 %y: f32[2]", "gather(%x, %i) batch_dims=1",
       "OP#0: input 'x' f32[3] and indices 'i' i32[2] do not share 1 batch axes"},
      {"%x: i8[2,3] %y: i8[4,3]", "tile(%x) multiples=[2,1]", "ok"},
      {"%x: i8[2,3] %y: i8[4,3]", "tile(%x) multiples=[2,0]", "OP#0: not supported: multiple 0 of axis 1"},
      {"%x: i8[2,3] %y: i8[4,3]", "tile(%x) multiples=[2147483647,1]",
       "OP#0: not supported: an output of shape [4294967294,3]"},
      {"%x: f32[1,2,2,4] %y: f32[1,4,4,1]", "depth_to_space(%x)", "ok"},
      {"%x: f32[1,2,2,4] %y: f32[1,4,4,1]", "depth_to_space(%x) block=3",
       "OP#0: the channels of input 'x' f32[1,2,2,4] do not divide into blocks of 3 x 3"},
      {"%x: f32[1,2,2,4] %y: f32[1,4,4,1]", "space_to_depth(%x) block=0",
       "OP#0: input 'x' f32[1,2,2,4] does not divide into blocks of 0"},
      {"%x: f32[1,2,2,4] %y: f32[1,3,3,4]", "resize(%x) align_corners=true half_pixel_centers=true",
       "OP#0: align_corners and half_pixel_centers exclude each other"},
      {"%x: f32[1,2,2,4] %y: f32[2,3,3,4]", "resize(%x)",
       "OP#0: output 'y' must have the shape [1,height,width,4], found [2,3,3,4]"},
  };
  expect_messages(rows);
}

TEST(Verify, Quantisation) {
  const Row rows[] = {
      {"%x: i8[2] scale 0.5 zero 0 %y: i8[2] scale 1 zero 127", "unary(%x)", "ok"},
      {"%x: i8[2] %y: i8[2] scale 1 zero 127", "unary(%x)", "OP#0: input 'x' i8[2] has no quantisation"},
      {"%x: i8[2] scale 0.5 zero 0 %y: i8[2]", "unary(%x)", "OP#0: output 'y' has no quantisation"},
      {"%x: i8[2] scale 0 zero 0 %y: i8[2]", "unary(%x)", "tensor 'x': scale 0 is not a positive number"},
      {"%x: i8[2] scale inf zero 0 %y: i8[2]", "unary(%x)", "tensor 'x': scale inf is not a positive number"},
      {"%x: i8[2] scale nan zero 0 %y: i8[2]", "unary(%x)", "tensor 'x': scale nan is not a positive number"},
      {"%x: i8[2] scale 1 zero 128 %y: i8[2]", "unary(%x)", "tensor 'x': zero point 128 is outside i8"},
      {"%x: i8[2] axis 0 scale [1] zero [0] %y: i8[2]", "unary(%x)",
       "tensor 'x': 2 scales and zero points expected, found 1 and 1"},
      {"%x: i8[2] axis 1 scale [1] zero [0] %y: i8[2]", "unary(%x)",
       "tensor 'x': quantised along axis 1, which it has not"},
      {"%x: i8[2] axis 0 scale [1,1] zero [0,0] %y: i8[2]", "unary(%x)",
       "tensor 'x': not supported: an input that is quantised per axis"},
      {"%x: i8[2,2] scale 1 zero 0 %w: i8[2,2] axis 0 scale [1,2] zero [0,0]=0x01020304 %y: i8[2,2] scale 1 "
       "zero 0",
       "fully_connected(%x, %w)", "ok"},
      {"%x: i8[2,2] scale 1 zero 0 %w: i8[2,2] axis 1 scale [1,2] zero [0,0]=0x01020304 %y: i8[2,2] scale 1 "
       "zero 0",
       "fully_connected(%x, %w)",
       "OP#0: not supported: weights 'w' i8[2,2] is quantised along axis 1; only axis 0 is"},
      {"%x: i8[2,2] scale 1 zero 0 %w: i8[2,2] axis 0 scale [1,2] zero [0,5]=0x01020304 %y: i8[2,2] scale 1 "
       "zero 0",
       "fully_connected(%x, %w)",
       "OP#0: not supported: weights 'w' i8[2,2] has zero point 5; weights must have 0"},
      {"%x: i8[2,2] scale 1 zero 0 %w: i8[2,2] axis 0 scale [1,2] zero [0,0]=0x01020304 %y: i8[2,2] scale 1 "
       "zero 0",
       "binary(%x, %w)",
       "OP#0: not supported: right input 'w' i8[2,2] is quantised per axis; only weights may be"},
      {"%x: i8[2] scale 1 zero 0 %y: i8[2] scale 0.00390625 zero -128", "softmax(%x)", "ok"},
      {"%x: i8[2] scale 1 zero 0 %y: i8[2] scale 0.5 zero -128", "softmax(%x)",
       "OP#0: not supported: output 'y' must have scale 0.00390625 and zero point -128, found scale 0.5 zero "
       "-128"},
      {"%x: i8[2] scale 1 zero 0 %y: i8[2] scale 0.5 zero 1", "unary(%x) kind=tanh",
       "OP#0: not supported: output 'y' must have zero point 0, found scale 0.5 zero 1"},
      {"%x: i8[2] scale 1 zero 0 %y: i8[] scale 0.5 zero 1", "reduce(%x) kind=max axes=[0]",
       "OP#0: not supported: the maximum over axes must keep its input's quantisation (scale 1 zero 0), "
       "found scale "
       "0.5 zero 1"},
      {"%x: i8[2] %y: i8[1]", "slice(%x) begin=[0] stride=[1]", "ok"},
      {"%x: i8[2] %y: i32[]", "arg_max(%x)", "ok"},
      {"%x: i8[2] %y: f32[2]", "cast(%x)", "ok"},
      {"%x: i8[2] %y: f32[2]", "dequantize(%x)", "OP#0: input 'x' i8[2] has no quantisation"},
  };
  expect_messages(rows);
}

TEST(Verify, WholeGraph) {
  EXPECT_EQ(message("graph \"g\" {%x:i8[1] inputs %x}"), "the model has no outputs");
  EXPECT_EQ(message("graph \"g\" {%x:i8[1] inputs %x outputs %x}"),
            "tensor 'x': not supported: an output of the model that no operator computes");
  EXPECT_EQ(message("graph \"g\" {%x:i8[1] %y:i8[1] inputs %x, %x %y=reshape(%x) outputs %y}"),
            "tensor 'x': listed twice as an input of the model");
  EXPECT_EQ(message("graph \"g\" {%x:i8[1] %y:i8[1] inputs %x %y=reshape(%x) outputs %y, %y}"),
            "tensor 'y': not supported: listed twice as an output of the model");
  EXPECT_EQ(message("graph \"g\" {%x:i8[1]=0x00 %y:i8[1] inputs %x %y=reshape(%x) outputs %y}"),
            "tensor 'x': an input of the model is constant");
  EXPECT_EQ(
      message("graph \"g\" {%x:i8[1] %z:i8[1] %y:i8[1] inputs %x %y=reshape(%z) %z=reshape(%x) outputs %y}"),
      "reshape: input 'z' i8[1] is read before it is made");
  EXPECT_EQ(message("graph \"g\" {%x:i8[1] %y:i8[1] inputs %x %y=reshape(%x) %y=reshape(%x) outputs %y}"),
            "reshape: output 'y' is already an input, a constant or another operator's output");
  EXPECT_EQ(message("graph \"g\" {%x:i8[1] %y:i8[1] inputs %x %x=reshape(%x) outputs %y}"),
            "reshape: output 'x' is already an input, a constant or another operator's output");
  EXPECT_EQ(message("graph \"g\" {%x:i8[1] %y:i8[2]=0x00 inputs %x %y=reshape(%x) outputs %y}"),
            "tensor 'y': i8[2] needs 2 bytes of data, found 1");
  EXPECT_EQ(message("graph \"g\" {%x:i8[0,9223372036854775807] inputs %x outputs %x}"),
            "tensor 'x': not supported: shape [0,9223372036854775807]; every extent must be 1 or more");
  EXPECT_EQ(message("graph \"g\" {%x:i8[65536,65536] inputs %x outputs %x}"),
            "tensor 'x': not supported: shape [65536,65536] has more than 2147483647 elements");
  EXPECT_EQ(message("graph \"g\" {%x:i8[1,1,1,1,1,1,1,1,1] inputs %x outputs %x}"),
            "tensor 'x': not supported: 9 axes; at most 8");
  EXPECT_EQ(message("graph \"g\" {%x:i64[65536,8192] inputs %x outputs %x}"),
            "tensor 'x': not supported: the tensors up to this one have more than 1073741824 bytes");
  EXPECT_EQ(message("graph \"g\" {%x:bool[1]=0x02 outputs %x}"),
            "tensor 'x': a bool constant must hold only 0 and 1");
}

TEST(Verify, Limits) {
  Graph graph;
  graph.add_value({.name = "x", .shape = {1}, .quantization = {}, .data = {}});
  Graph many_nodes = graph;
  many_nodes.nodes.assign(10001, Node{Reshape{}, {ValueId{0}}, {ValueId{0}}, ""});
  EXPECT_EQ(verify(many_nodes).error().message,
            "not supported: 10001 operators and 1 tensors; at most 10000 and 40000");
  Graph many_inputs = graph;
  many_inputs.nodes.push_back({Concat{}, std::vector<ValueId>(40001, ValueId{0}), {ValueId{0}}, ""});
  EXPECT_EQ(verify(many_inputs).error().message,
            "not supported: operators with 40001 inputs altogether; at most 40000");
}

// Position and length of every number that follows a bracket, comma, equals sign or space.
std::vector<std::pair<size_t, size_t>> numbers_of(const std::string& text) {
  std::vector<std::pair<size_t, size_t>> places;
  for (size_t i = 0; (i = text.find_first_of("[,= ", i)) != std::string::npos; ++i) {
    const size_t end = text.find_first_not_of("-.0123456789", i + 1);
    if (end != std::string::npos && end > i + 1) places.emplace_back(i + 1, end - i - 1);
  }
  return places;
}

// Numbers and names of sound graphs replaced at random: verify (and infer, macs, print behind it) must
// survive.
TEST(Verify, SurvivesRandomDamage) {
  const char* numbers[] = {"0",     "-1",  "1",          "2",           "3",
                           "4",     "7",   "2147483647", "-2147483648", "9223372036854775807",
                           "65536", "127", "inf",        "1e30"};
  const char* golden[] = {"test/golden/graph/int8_layers.txt", "test/golden/graph/float_movement.txt"};
  std::mt19937 random(1);
  int sound = 0;
  for (const char* path : golden) {
    std::ifstream file(path);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const std::vector<std::pair<size_t, size_t>> places = numbers_of(text);
    ASSERT_FALSE(places.empty());
    for (int round = 0; round < 3000; ++round) {
      const auto [position, length] = places[random() % places.size()];
      std::string damaged = text;
      damaged.replace(position, length, numbers[random() % std::size(numbers)]);
      const Result<Graph> graph = parse(damaged);
      if (!graph || !verify(*graph)) continue;
      ++sound;
      for (const Node& node : graph->nodes) EXPECT_GE(macs(*graph, node), 0);
    }
  }
  EXPECT_GT(sound, 10);
}

}  // namespace
}  // namespace midge::graph
