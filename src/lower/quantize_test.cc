// QUANTIZE, DEQUANTIZE and CAST against the formulas in double precision and plain C++ conversions.
#include "lower/quantize.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lower/lower_testing.h"
#include "quant/quant.h"

namespace midge::lower {
namespace {

using namespace testing;

std::vector<int8_t> all_codes() {
  std::vector<int8_t> codes;
  for (int code = -128; code < 128; ++code) codes.push_back(static_cast<int8_t>(code));
  return codes;
}

std::vector<int8_t> quantized(const std::vector<float>& x, float scale, int32_t zero) {
  Net net;
  const Shape shape{static_cast<int64_t>(x.size())};
  net.node(graph::Quantize{}, {net.input(shape, x)}, DType::kI8, shape, affine(scale, zero));
  return net.run<int8_t>();
}

TEST(Quantize, FloatsAroundEveryTie) {
  for (const float scale : {1.0f, 0.25f, 0.05f}) {
    for (const int32_t zero : {-128, -7, 0, 127}) {
      std::vector<float> x;
      std::vector<int8_t> wanted;
      for (int half = -600; half <= 600; ++half) {
        const float tie = static_cast<float>(half) * 0.5f * scale;
        for (const float value : {std::nextafter(tie, -1e9f), tie, std::nextafter(tie, 1e9f)}) {
          x.push_back(value);
          const float code = std::round(value / scale) + static_cast<float>(zero);
          wanted.push_back(static_cast<int8_t>(std::clamp(code, -128.0f, 127.0f)));
        }
      }
      EXPECT_EQ(quantized(x, scale, zero), wanted) << scale << " " << zero;
    }
  }
}

TEST(Quantize, FloatsFarOutsideAndTiny) {
  constexpr float kHuge = std::numeric_limits<float>::max(),
                  kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(quantized({kHuge, -kHuge, kInfinity, -kInfinity, 1e-45f, -1e-45f, -0.0f, 3e9f}, 0.5f, 5),
            (std::vector<int8_t>{127, -128, 127, -128, 5, 5, 5, 127}));
}

TEST(Quantize, NanIsTheLeastCode) {
  EXPECT_EQ(quantized({std::numeric_limits<float>::quiet_NaN(), 1.0f}, 0.5f, 5),
            (std::vector<int8_t>{-128, 7}));
}

TEST(Quantize, CodesToCodes) {
  for (const float in : {0.05f, 0.25f, 0.0001f}) {
    for (const float out : {0.05f, 1.0f, 0.013f, 0.125f}) {
      for (const auto& [from, to] : {std::pair{0, 0}, {-5, 7}, {-128, 127}, {127, -128}}) {
        Net net;
        net.node(graph::Quantize{}, {net.input({256}, all_codes(), affine(in, from))}, DType::kI8, {256},
                 affine(out, to));
        const quant::Multiplier m =
            quant::quantize_multiplier(static_cast<double>(in) / static_cast<double>(out));
        std::vector<int8_t> wanted;
        for (const int8_t code : all_codes()) {
          const int32_t moved = quant::multiply_by_quantized_multiplier(code - from, m) + to;
          wanted.push_back(static_cast<int8_t>(std::clamp(moved, -128, 127)));
        }
        EXPECT_EQ(net.run<int8_t>(), wanted) << in << " " << out << " " << from << " " << to;
      }
    }
  }
}

TEST(Quantize, SameParametersMoveTheCodes) {
  Net net;
  net.node(graph::Quantize{}, {net.input({256}, all_codes(), affine(0.1f, 4))}, DType::kI8, {256},
           affine(0.1f, 4));
  EXPECT_EQ(net.run<int8_t>(), all_codes());
  EXPECT_EQ(net.text().find("min"), std::string::npos) << net.text();
}

TEST(Dequantize, RoundsOnce) {
  for (const float scale : {0.05f, 1e-6f, 0.7f}) {
    for (const int32_t zero : {-128, 3, 127}) {
      Net net;
      net.node(graph::Dequantize{}, {net.input({256}, all_codes(), affine(scale, zero))}, DType::kF32, {256});
      std::vector<float> wanted;
      for (const int8_t code : all_codes())
        wanted.push_back(static_cast<float>(static_cast<double>(scale) * (code - zero)));
      EXPECT_EQ(net.run<float>(), wanted);
    }
  }
}

// A chain in one kernel: what QUANTIZE leaves is what DEQUANTIZE takes.
TEST(Quantize, FusedWithDequantize) {
  Net net;
  const ValueId x = net.input<float>({5}, {-100.0f, -0.26f, 0.25f, 0.3f, 100.0f});
  const ValueId q = net.node(graph::Quantize{}, {x}, DType::kI8, {5}, affine(0.5f, -10));
  net.node(graph::Dequantize{}, {q}, DType::kF32, {5});
  EXPECT_EQ(net.run<float>(), (std::vector<float>{-59.0f, -0.5f, 0.5f, 0.5f, 68.5f}));
}

template <class From, class To>
void check_cast(const std::vector<From>& x, DType to = dtype_of<To>()) {
  Net net;
  const Shape shape{static_cast<int64_t>(x.size())};
  net.node(graph::Cast{}, {net.input(shape, x)}, to, shape);
  std::vector<To> wanted;
  for (const From value : x)
    wanted.push_back(to == DType::kBool ? static_cast<To>(value != From{}) : static_cast<To>(value));
  EXPECT_EQ(net.run<To>(), wanted) << net.text();
}

TEST(Cast, BetweenTypes) {
  check_cast<int32_t, int64_t>({0, -1, INT32_MAX, INT32_MIN});
  check_cast<int64_t, int32_t>({0, -1, INT64_MAX, int64_t{1} << 31});
  check_cast<int32_t, float>({0, -1, 16777217, INT32_MIN});
  check_cast<float, int32_t>({0.0f, -0.99f, 0.99f, -1.5f, 2e9f});
  check_cast<float, uint8_t>({0.0f, 0.5f, -0.5f, 1e-40f, 7.0f}, DType::kBool);
  check_cast<int32_t, uint8_t>({0, 256, -1, 1}, DType::kBool);
  check_cast<int64_t, uint8_t>({0, int64_t{1} << 40}, DType::kBool);
}

TEST(Cast, FromBool) {
  Net net;
  const ValueId flags = net.node(graph::Cast{}, {net.input<int32_t>({3}, {0, 7, -1})}, DType::kBool, {3});
  net.node(graph::Cast{}, {flags}, DType::kF32, {3});
  EXPECT_EQ(net.run<float>(), (std::vector<float>{0.0f, 1.0f, 1.0f}));
}

}  // namespace
}  // namespace midge::lower
