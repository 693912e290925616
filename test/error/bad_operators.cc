#include "error/bad_models.h"

namespace midge::import {
namespace {

using schema::BuiltinOperator;
using schema::TensorType;

BadModel spoilt_conv(std::string name, const std::function<void(schema::Conv2DOptionsT&)>& spoil) {
  return spoilt(std::move(name), [spoil](ModelFile& f) { spoil(*f.op().builtin_options.AsConv2DOptions()); });
}

// Operators of float tensors: tensor 0 is x, 1 is y, then parameters in the order they are written.
class OneOp {
 public:
  OneOp(std::vector<int32_t> x, std::vector<int32_t> y) {
    file_.add("x", TensorType::FLOAT32, std::move(x));
    file_.add("y", TensorType::FLOAT32, std::move(y));
    file_.graph().inputs = {0};
    file_.graph().outputs = {1};
  }
  OneOp&& ints(std::string name, const std::vector<int32_t>& elements) && {
    parameters_.push_back(file_.add_ints(std::move(name), elements));
    return std::move(*this);
  }
  OneOp&& floats(std::string name, std::vector<int32_t> shape) && {
    size_t count = 1;
    for (int32_t extent : shape) count *= static_cast<size_t>(extent);
    parameters_.push_back(file_.fill(file_.add(std::move(name), TensorType::FLOAT32, std::move(shape)),
                                     std::vector<float>(count, 1)));
    return std::move(*this);
  }
  // A parameter that is only known at run time.
  OneOp&& computed(std::string name, TensorType type, std::vector<int32_t> shape) && {
    parameters_.push_back(file_.add(std::move(name), type, std::move(shape)));
    file_.graph().inputs.push_back(parameters_.back());
    return std::move(*this);
  }
  OneOp&& x_last() && {
    x_last_ = true;
    return std::move(*this);
  }
  template <class... Options>
  std::vector<uint8_t> of(BuiltinOperator code, Options... options) && {
    std::vector<int32_t> inputs = parameters_;
    inputs.insert(x_last_ ? inputs.end() : inputs.begin(), 0);
    file_.add_op(code, std::move(inputs), file_.graph().outputs, options...);
    return file_.bytes();
  }

 private:
  ModelFile file_;
  std::vector<int32_t> parameters_;
  bool x_last_ = false;
};

std::vector<BadModel> bad_windows() {
  return {
      spoilt("options-missing", [](ModelFile& f) { f.op().builtin_options.Reset(); }),
      spoilt("options-of-another",
             [](ModelFile& f) { f.op().builtin_options.Set(schema::SoftmaxOptionsT{}); }),
      spoilt_conv("stride-zero", [](auto& o) { o.stride_w = 0; }),
      spoilt_conv("stride-negative", [](auto& o) { o.stride_h = -2; }),
      spoilt_conv("dilation-zero", [](auto& o) { o.dilation_h_factor = 0; }),
      spoilt_conv("dilation-huge", [](auto& o) { o.dilation_w_factor = 0x7fffffff; }),
      spoilt_conv("padding-unknown", [](auto& o) { o.padding = static_cast<schema::Padding>(7); }),
      spoilt_conv("fused-tanh",
                  [](auto& o) { o.fused_activation_function = schema::ActivationFunctionType::TANH; }),
      spoilt_conv(
          "fused-unknown",
          [](auto& o) { o.fused_activation_function = static_cast<schema::ActivationFunctionType>(42); }),
      spoilt("weights-of-three-axes", [](ModelFile& f) { f.tensor(1).shape = {4, 9, 2}; }),
      spoilt("weights-channels", [](ModelFile& f) { f.tensor(1).shape = {4, 2, 3, 3}; }),
      spoilt("bias-length",
             [](ModelFile& f) {
               f.tensor(2).shape = {2};
               f.buffer_of(2).data.resize(8);
             }),
      spoilt("bias-type", [](ModelFile& f) { f.tensor(2).type = TensorType::FLOAT32; }),
      spoilt("depthwise-multiplier",
             [](ModelFile& f) {
               f.model.operator_codes[0]->builtin_code = BuiltinOperator::DEPTHWISE_CONV_2D;
               f.tensor(1).shape = {1, 3, 6, 4};
               f.tensor(1).quantization->quantized_dimension = 3;
               schema::DepthwiseConv2DOptionsT options;
               options.stride_h = options.stride_w = 2;
               options.depth_multiplier = 3;
               f.op().builtin_options.Set(options);
             }),
      {"depthwise-channels",
       [] {
         schema::DepthwiseConv2DOptionsT options;
         options.stride_h = options.stride_w = 1;
         return OneOp({1, 4, 4, 3}, {1, 4, 4, 4})
             .floats("w", {1, 1, 1, 4})
             .of(BuiltinOperator::DEPTHWISE_CONV_2D, options);
       }},
      {"pool-of-nothing",
       [] {
         schema::Pool2DOptionsT options;
         options.stride_h = options.stride_w = 1;
         return OneOp({1, 4, 4, 3}, {1, 4, 4, 3}).of(BuiltinOperator::MAX_POOL_2D, options);
       }},
      {"transpose-conv-output",
       [] {
         schema::TransposeConvOptionsT options;
         options.stride_h = options.stride_w = 2;
         return OneOp({1, 4, 4, 3}, {1, 8, 8, 5})
             .ints("shape", {1, 8, 9, 5})
             .floats("w", {5, 2, 2, 3})
             .x_last()
             .of(BuiltinOperator::TRANSPOSE_CONV, options);
       }},
  };
}

std::vector<BadModel> bad_arithmetic() {
  return {
      {"shuffled-weights",
       [] {
         schema::FullyConnectedOptionsT options;
         options.weights_format = schema::FullyConnectedOptionsWeightsFormat::SHUFFLED4x16INT8;
         return OneOp({1, 4}, {1, 2}).floats("w", {2, 4}).of(BuiltinOperator::FULLY_CONNECTED, options);
       }},
      {"fully-connected-rows",
       [] {
         return OneOp({1, 5}, {1, 2})
             .floats("w", {2, 4})
             .of(BuiltinOperator::FULLY_CONNECTED, schema::FullyConnectedOptionsT{});
       }},
      {"no-broadcast", [] { return OneOp({2, 3}, {2, 3}).floats("b", {2}).of(BuiltinOperator::ADD); }},
      {"mean-axis",
       [] {
         return OneOp({2, 3}, {2}).ints("axes", {2}).of(BuiltinOperator::MEAN, schema::ReducerOptionsT{});
       }},
      {"mean-computed-axes",
       [] {
         return OneOp({2, 3}, {2})
             .computed("axes", TensorType::INT32, {1})
             .of(BuiltinOperator::MEAN, schema::ReducerOptionsT{});
       }},
      {"mean-float-axes",
       [] {
         return OneOp({2, 3}, {2}).floats("axes", {1}).of(BuiltinOperator::MEAN, schema::ReducerOptionsT{});
       }},
      {"arg-max-two-axes",
       [] { return OneOp({2, 3}, {2}).ints("axis", {0, 1}).of(BuiltinOperator::ARG_MAX); }},
      {"arg-max-float", [] { return OneOp({2, 3}, {2}).ints("axis", {1}).of(BuiltinOperator::ARG_MAX); }},
      {"softmax-without-options", [] { return OneOp({2, 3}, {2, 3}).of(BuiltinOperator::SOFTMAX); }},
      {"softmax-beta",
       [] { return OneOp({2, 3}, {2, 3}).of(BuiltinOperator::SOFTMAX, schema::SoftmaxOptionsT{}); }},
      {"dequantize-float", [] { return OneOp({2, 3}, {2, 3}).of(BuiltinOperator::DEQUANTIZE); }},
  };
}

std::vector<BadModel> bad_layouts() {
  return {
      {"reshape-count", [] { return OneOp({2, 3}, {7}).ints("shape", {7}).of(BuiltinOperator::RESHAPE); }},
      {"reshape-computed",
       [] {
         return OneOp({2, 3}, {6}).computed("shape", TensorType::INT32, {1}).of(BuiltinOperator::RESHAPE);
       }},
      {"transpose-twice",
       [] { return OneOp({2, 3}, {2, 2}).ints("perm", {0, 0}).of(BuiltinOperator::TRANSPOSE); }},
      {"transpose-short",
       [] { return OneOp({2, 3}, {3, 2}).ints("perm", {1}).of(BuiltinOperator::TRANSPOSE); }},
      {"pad-short", [] { return OneOp({2, 3}, {2, 4}).ints("paddings", {0, 1}).of(BuiltinOperator::PAD); }},
      {"pad-negative",
       [] { return OneOp({2, 3}, {2, 2}).ints("paddings", {0, 0, 0, -1}).of(BuiltinOperator::PAD); }},
      {"pad-value-type",
       [] { return OneOp({2}, {3}).ints("paddings", {0, 1}).ints("value", {1}).of(BuiltinOperator::PADV2); }},
      {"pad-value-list",
       [] {
         return OneOp({2}, {3}).ints("paddings", {0, 1}).floats("value", {2}).of(BuiltinOperator::PADV2);
       }},
      {"pad-value-computed",
       [] {
         return OneOp({2}, {3})
             .ints("paddings", {0, 1})
             .computed("value", TensorType::FLOAT32, {})
             .of(BuiltinOperator::PADV2);
       }},
      {"mirror-mode",
       [] {
         schema::MirrorPadOptionsT options;
         options.mode = static_cast<schema::MirrorPadMode>(3);
         return OneOp({2}, {3}).ints("paddings", {0, 1}).of(BuiltinOperator::MIRROR_PAD, options);
       }},
      {"concat-axis",
       [] {
         schema::ConcatenationOptionsT options;
         options.axis = -3;
         return OneOp({2, 3}, {4, 3}).floats("b", {2, 3}).of(BuiltinOperator::CONCATENATION, options);
       }},
      {"pack-count",
       [] {
         schema::PackOptionsT options;
         options.values_count = 3;
         return OneOp({2}, {2, 2}).floats("b", {2}).of(BuiltinOperator::PACK, options);
       }},
      {"pack-ranks",
       [] {
         schema::PackOptionsT options;
         options.values_count = 2;
         return OneOp({2}, {2, 2}).floats("b", {2, 1}).of(BuiltinOperator::PACK, options);
       }},
      {"gather-index",
       [] {
         return OneOp({4, 3}, {2, 3}).ints("i", {0, 4}).of(BuiltinOperator::GATHER, schema::GatherOptionsT{});
       }},
      {"gather-computed",
       [] {
         return OneOp({4, 3}, {2, 3})
             .computed("i", TensorType::INT32, {2})
             .of(BuiltinOperator::GATHER, schema::GatherOptionsT{});
       }},
      {"tile-count", [] { return OneOp({4, 3}, {8, 3}).ints("multiples", {2}).of(BuiltinOperator::TILE); }},
      {"resize-shape",
       [] {
         return OneOp({1, 4, 4, 2}, {1, 8, 8, 2})
             .ints("size", {8, 7})
             .of(BuiltinOperator::RESIZE_BILINEAR, schema::ResizeBilinearOptionsT{});
       }},
      {"block-zero",
       [] {
         return OneOp({1, 4, 4, 2}, {1, 2, 2, 8})
             .of(BuiltinOperator::SPACE_TO_DEPTH, schema::SpaceToDepthOptionsT{});
       }},
  };
}

schema::StridedSliceOptionsT ellipses(int32_t mask) {
  schema::StridedSliceOptionsT options;
  options.ellipsis_mask = mask;
  return options;
}

// x[4,5] cut into y[2,5].
std::vector<uint8_t> strided(const std::vector<int32_t>& begin, const std::vector<int32_t>& end,
                             const std::vector<int32_t>& strides, schema::StridedSliceOptionsT options = {}) {
  return OneOp({4, 5}, {2, 5})
      .ints("begin", begin)
      .ints("end", end)
      .ints("strides", strides)
      .of(BuiltinOperator::STRIDED_SLICE, options);
}

std::vector<BadModel> bad_slices() {
  return {
      {"split-count",
       [] {
         schema::SplitOptionsT options;
         options.num_splits = 2;
         return OneOp({4}, {4}).ints("axis", {0}).x_last().of(BuiltinOperator::SPLIT, options);
       }},
      {"split-uneven",
       [] {
         schema::SplitOptionsT options;
         options.num_splits = 1;
         return OneOp({4}, {3}).ints("axis", {0}).x_last().of(BuiltinOperator::SPLIT, options);
       }},
      {"split-v-sum",
       [] {
         schema::SplitVOptionsT options;
         options.num_splits = 1;
         return OneOp({4}, {3}).ints("sizes", {3}).ints("axis", {0}).of(BuiltinOperator::SPLIT_V, options);
       }},
      {"split-v-size",
       [] {
         schema::SplitVOptionsT options;
         options.num_splits = 1;
         return OneOp({4}, {3}).ints("sizes", {-2}).ints("axis", {0}).of(BuiltinOperator::SPLIT_V, options);
       }},
      {"unpack-count",
       [] {
         schema::UnpackOptionsT options;
         options.num = 1;
         return OneOp({4, 3}, {3}).of(BuiltinOperator::UNPACK, options);
       }},
      {"slice-begin",
       [] { return OneOp({4}, {1}).ints("begin", {5}).ints("size", {-1}).of(BuiltinOperator::SLICE); }},
      {"slice-size",
       [] { return OneOp({4}, {3}).ints("begin", {2}).ints("size", {3}).of(BuiltinOperator::SLICE); }},
      {"strided-slice-stride", [] { return strided({0}, {2}, {0}); }},
      {"strided-slice-empty", [] { return strided({2}, {2}, {1}); }},
      {"strided-slice-axes", [] { return strided({0, 0, 0}, {2, 2, 2}, {1, 1, 1}); }},
      {"strided-slice-ellipses", [] { return strided({0, 0}, {2, 2}, {1, 1}, ellipses(3)); }},
      {"strided-slice-lengths", [] { return strided({0, 0}, {2}, {1, 1}); }},
      {"strided-slice-shape", [] { return strided({1}, {4}, {1}); }},
  };
}

}  // namespace

std::vector<BadModel> bad_operators() {
  std::vector<BadModel> all = bad_windows();
  for (const std::vector<BadModel>& more : {bad_arithmetic(), bad_layouts(), bad_slices()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace midge::import
