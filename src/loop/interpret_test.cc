#include "loop/interpret.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "loop/kernel_testing.h"
#include "loop/random_kernel.h"

namespace midge::loop {
namespace {

Kernel parsed(const std::string& text) {
  Result<Kernel> kernel = parse(text);
  if (!kernel) ADD_FAILURE() << kernel.error().message;
  return kernel ? *std::move(kernel) : Kernel{};
}

// The value of an expression, as the text of an immediate; or what is wrong with it.
std::string value_of(const std::string& expr, const std::string& type) {
  const Kernel kernel = parsed("kernel k \"\" { buffer y: " + type +
                               "[] output\n buffer x: bool[2] const = {0, 1}\n y[] = " + expr + "}");
  std::vector<uint8_t> bytes(static_cast<size_t>(size_of(kernel.buffers.at(0).dtype)));
  const std::vector<std::span<uint8_t>> memory = {bytes, {}};
  if (const auto ran = interpret(kernel, memory); !ran) {
    const std::string& message = ran.error().message;
    return message.substr(10, message.find(" in '") - 10);  // between "kernel k: " and the place
  }
  int64_t cell = 0;
  std::memcpy(&cell, bytes.data(), bytes.size());
  const DType dtype = kernel.buffers[0].dtype;
  if (dtype == DType::kF32)
    return print(kernel, float_imm(std::bit_cast<float>(static_cast<uint32_t>(cell))));
  if (is_signed(dtype)) {
    const int unused = 64 - 8 * static_cast<int>(bytes.size());
    cell = static_cast<int64_t>(static_cast<uint64_t>(cell) << unused) >> unused;
  }
  const std::string text = print(kernel, int_imm(dtype, cell));
  return text.substr(0, text.find(':'));
}

struct Case {
  const char* expr;
  const char* type;
  const char* value;
};

class Values : public ::testing::TestWithParam<Case> {};

TEST_P(Values, areExact) {
  EXPECT_EQ(value_of(GetParam().expr, GetParam().type), GetParam().value) << GetParam().expr;
}

INSTANTIATE_TEST_SUITE_P(
    Signed, Values,
    ::testing::ValuesIn<Case>({
        {"2147483646 + 1", "i32", "2147483647"},
        {"2147483647 + 1", "i32", "overflow of i32 with 2147483647 and 1"},
        {"-2147483648 - 1", "i32", "overflow of i32 with -2147483648 and 1"},
        {"46341 * 46341", "i32", "overflow of i32 with 46341 and 46341"},
        {"-65536 * 32768", "i32", "-2147483648"},
        {"127:i8 + 1:i8", "i8", "overflow of i8 with 127 and 1"},
        {"-128:i8 - 1:i8", "i8", "overflow of i8 with -128 and 1"},
        {"-100:i8 + 50:i8", "i8", "-50"},
        {"181:i16 * 181:i16", "i16", "32761"},
        {"182:i16 * 182:i16", "i16", "overflow of i16 with 182 and 182"},
        {"9223372036854775807:i64 + 1:i64", "i64", "overflow of i64 with 9223372036854775807 and 1"},
        {"-9223372036854775808:i64 - 1:i64", "i64", "overflow of i64 with -9223372036854775808 and 1"},
        {"3037000500:i64 * 3037000500:i64", "i64", "overflow of i64 with 3037000500 and 3037000500"},
        {"-7 / 2", "i32", "-3"},
        {"7 / -2", "i32", "-3"},
        {"-7 % 2", "i32", "-1"},
        {"7 % -2", "i32", "1"},
        {"5 / 0", "i32", "division of 5 by zero"},
        {"5 % 0", "i32", "division of 5 by zero"},
        {"-2147483648 / -1", "i32", "overflow of i32 with -2147483648 and -1"},
        {"-2147483648 % -1", "i32", "overflow of i32 with -2147483648 and -1"},
        {"-128:i8 / -1:i8", "i8", "overflow of i8 with -128 and -1"},
        {"-9223372036854775808:i64 / -1:i64", "i64", "overflow of i64 with -9223372036854775808 and -1"},
        {"min(-3, 2)", "i32", "-3"},
        {"max(-3, 2)", "i32", "2"},
        {"1 << 30", "i32", "1073741824"},
        {"1 << 31", "i32", "overflow of i32 with 1 and 31"},
        {"-1 << 31", "i32", "-2147483648"},
        {"-1:i64 << 63:i64", "i64", "-9223372036854775808"},
        {"1:i64 << 63:i64", "i64", "overflow of i64 with 1 and 63"},
        {"64:i8 << 1:i8", "i8", "overflow of i8 with 64 and 1"},
        {"1 << 32", "i32", "shift of i32 by 32 bits"},
        {"1 << -1", "i32", "shift of i32 by -1 bits"},
        {"0 << 31", "i32", "0"},
        {"-5 >> 1", "i32", "-3"},
        {"-1 >> 31", "i32", "-1"},
        {"-1:i8 >> 8:i8", "i8", "shift of i8 by 8 bits"},
        {"-6 & 11", "i32", "10"},
        {"-6 | 3", "i32", "-5"},
        {"-6 ^ 3", "i32", "-7"},
    }));

INSTANTIATE_TEST_SUITE_P(Unsigned, Values,
                         ::testing::ValuesIn<Case>({
                             {"255:u8 + 1:u8", "u8", "0"},
                             {"0:u16 - 1:u16", "u16", "65535"},
                             {"0:u32 - 1:u32", "u32", "4294967295"},
                             {"0:u64 - 1:u64", "u64", "18446744073709551615"},
                             {"65535:u16 * 65535:u16", "u16", "1"},
                             {"4294967295:u32 * 4294967295:u32", "u32", "1"},
                             {"18446744073709551615:u64 * 3:u64", "u64", "18446744073709551613"},
                             {"4294967295:u32 / 2:u32", "u32", "2147483647"},
                             {"18446744073709551615:u64 / 2:u64", "u64", "9223372036854775807"},
                             {"18446744073709551615:u64 % 10:u64", "u64", "5"},
                             {"1:u64 / 0:u64", "u64", "division of 1 by zero"},
                             {"max(18446744073709551615:u64, 1:u64)", "u64", "18446744073709551615"},
                             {"min(4294967295:u32, 1:u32)", "u32", "1"},
                             {"129:u8 << 1:u8", "u8", "2"},
                             {"1:u8 << 8:u8", "u8", "shift of u8 by 8 bits"},
                             {"2147483648:u32 >> 31:u32", "u32", "1"},
                             {"9223372036854775808:u64 >> 63:u64", "u64", "1"},
                             {"1:u64 << 18446744073709551615:u64", "u64",
                              "shift of u64 by 18446744073709551615 bits"},
                             {"clz(0:u32)", "i32", "32"},
                             {"clz(1:u32)", "i32", "31"},
                             {"clz(4294967295:u32)", "i32", "0"},
                         }));

INSTANTIATE_TEST_SUITE_P(Floats, Values,
                         ::testing::ValuesIn<Case>({
                             {"0.1 + 0.2", "f32", "0.3"},  // in f64 it would be 0.30000000447
                             {"16777216.0 + 1.0", "f32", "16777216.0"},
                             {"1.0 / 3.0", "f32", "0.33333334"},
                             {"1.0 / 0.0", "f32", "inf:f32"},
                             {"3e38 * 10.0", "f32", "inf:f32"},
                             {"min(0.0, -0.0)", "f32", "0.0"},
                             {"max(-0.0, 0.0)", "f32", "-0.0"},
                             {"min(1.0, nan:7fc00000)", "f32", "1.0"},
                             {"max(nan:7fc00001, 1.0)", "f32", "nan:7fc00001"},
                             {"sqrt(2.0)", "f32", "1.4142135"},
                             {"sqrt(-0.0)", "f32", "-0.0"},
                             {"sqrt(-1.0)", "f32", "square root of -1"},
                             {"nan:7fc00000 == nan:7fc00000", "bool", "false"},
                             {"nan:7fc00000 != nan:7fc00000", "bool", "true"},
                             {"-0.0 == 0.0", "bool", "true"},
                         }));

INSTANTIATE_TEST_SUITE_P(Comparisons, Values,
                         ::testing::ValuesIn<Case>({
                             {"-1 < 0", "bool", "true"},
                             {"4294967295:u32 < 0:u32", "bool", "false"},
                             {"18446744073709551615:u64 <= 0:u64", "bool", "false"},
                             {"-1.5 <= -1.5", "bool", "true"},
                             {"3 == 3", "bool", "true"},
                             {"true != false", "bool", "true"},
                             {"true && false", "bool", "false"},
                             {"false || true", "bool", "true"},
                             {"!false", "bool", "true"},
                             // What is not asked for does not fail.
                             {"false && 1 / 0 == 0", "bool", "false"},
                             {"true || x[7]", "bool", "true"},
                             {"select(true, 1, 1 / 0)", "i32", "1"},
                             {"select(false, 1 / 0, 2)", "i32", "2"},
                             {"true && 1 / 0 == 0", "bool", "division of 1 by zero"},
                         }));

INSTANTIATE_TEST_SUITE_P(Conversions, Values,
                         ::testing::ValuesIn<Case>({
                             {"i8(200)", "i8", "-56"},
                             {"i8(-129)", "i8", "127"},
                             {"u8(-1)", "u8", "255"},
                             {"u32(-1)", "u32", "4294967295"},
                             {"i32(4294967295:u32)", "i32", "-1"},
                             {"i64(4294967295:u32)", "i64", "4294967295"},
                             {"u64(-1)", "u64", "18446744073709551615"},
                             {"i32(18446744073709551615:u64)", "i32", "-1"},
                             {"i32(true)", "i32", "1"},
                             {"f32(true)", "f32", "1.0"},
                             {"f32(16777217)", "f32", "16777216.0"},
                             {"f32(18446744073709551615:u64)", "f32", "1.8446744e+19"},
                             {"f32(-9223372036854775808:i64)", "f32", "-9.223372e+18"},
                             {"i32(-1.9)", "i32", "-1"},
                             {"i8(127.9)", "i8", "127"},
                             {"i8(-128.9)", "i8", "-128"},
                             {"i8(128.0)", "i8", "128 does not fit i8"},
                             {"i8(-129.0)", "i8", "-129 does not fit i8"},
                             {"u8(-0.5)", "u8", "0"},
                             {"u8(-1.0)", "u8", "-1 does not fit u8"},
                             {"i32(2147483648.0)", "i32", "2.14748365e+09 does not fit i32"},
                             {"i32(-2147483648.0)", "i32", "-2147483648"},
                             {"u64(1.8446744e19)", "u64", "1.84467441e+19 does not fit u64"},
                             {"i64(nan:7fc00000)", "i64", "nan does not fit i64"},
                             {"bitcast:u32(1.0)", "u32", "1065353216"},
                             {"bitcast:i32(-0.0)", "i32", "-2147483648"},
                             {"bitcast:f32(1065353216)", "f32", "1.0"},
                             {"bitcast:f32(-4194304)", "f32", "nan:ffc00000"},
                             {"bitcast:i8(255:u8)", "i8", "-1"},
                             {"bitcast:u64(-1:i64)", "u64", "18446744073709551615"},
                         }));

// Operations of narrow types against wide host arithmetic, near the ends of the range and near zero.
TEST(Interpret, agreesWithWideArithmetic) {
  const auto expect = [](ExprKind kind, DType type, int64_t a, int64_t b, std::optional<int64_t> wide) {
    const Expr folded = evaluate(binary(kind, int_imm(type, a), int_imm(type, b)));
    const bool in_range = wide && fits(type, *wide);
    ASSERT_EQ(folded != nullptr, in_range) << a << ' ' << b;
    if (in_range) {
      ASSERT_EQ(folded->value, *wide) << a << ' ' << b;
    }
  };
  std::vector<int64_t> values;
  for (int64_t v = -128; v < 128; ++v) {
    if (v < -120 || v > 120 || (v > -18 && v < 18)) values.push_back(v);
  }
  for (const int64_t a : values) {
    for (const int64_t b : values) {
      using enum ExprKind;
      expect(kAdd, DType::kI8, a, b, a + b);
      expect(kSub, DType::kI8, a, b, a - b);
      expect(kMul, DType::kI8, a, b, a * b);
      expect(kDiv, DType::kI8, a, b, b == 0 ? std::nullopt : std::optional(a / b));
      expect(kMin, DType::kI8, a, b, std::min(a, b));
      expect(kMax, DType::kI8, a, b, std::max(a, b));
      expect(kShr, DType::kI8, a, b,
             b < 0 || b > 7
                 ? std::nullopt
                 : std::optional(static_cast<int64_t>(std::floor(std::ldexp(a, -static_cast<int>(b))))));
      expect(kShl, DType::kI8, a, b, b < 0 || b > 7 ? std::nullopt : std::optional(a * (int64_t{1} << b)));
      expect(kAdd, DType::kU8, a & 255, b & 255, (a + b) & 255);
      expect(kSub, DType::kU8, a & 255, b & 255, (a - b) & 255);
      expect(kMul, DType::kU8, a & 255, b & 255, (a * b) & 255);
    }
  }
}

TEST(Interpret, loopsLetsAndBranches) {
  const Kernel kernel = parsed(R"(kernel k "" {
    buffer x: i8[3, 4] input
    buffer w: i16[4] const = {1, -2, 300, -4}
    buffer y: i32[3] strides [2] output
    buffer acc: i32[] local
    for i in 0..3 {
      alloc acc
      acc[] = 0
      for j in 0..4 {
        let p: i32 = i32(x[i, j]) * i32(w[j])
        if p < 0 { acc[] = acc[] + p } else { if j == 2 { acc[] = acc[] + 1 } }
      }
      y[i] = acc[]
    }
    for never in 5..2 { y[0] = 99 }
  })");
  std::vector<int8_t> x = {1, 2, 3, 4, -1, -2, -3, -4, 0, 0, 0, 0};
  std::vector<int32_t> y(5, 7);
  const auto bytes = [](auto& v) {
    return std::span(reinterpret_cast<uint8_t*>(v.data()), v.size() * sizeof v[0]);
  };
  const std::vector<std::span<uint8_t>> memory = {bytes(x), {}, bytes(y), {}};
  const auto ran = interpret(kernel, memory);
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_EQ(y, (std::vector<int32_t>{-4 + 1 - 16, 7, -1 - 900, 7, 1}));
}

std::string fault_of(const std::string& body, int64_t max_steps = 0) {
  const Kernel kernel =
      parsed("kernel k \"\" { buffer x: i8[2, 3] input\n buffer y: i32[4] output\n" +
             std::string("buffer b: bool[] local\n buffer t: i32[4] scratch\n buffer f: f32[] local\n") +
             body + "}");
  std::vector<uint8_t> x(6), y(16), t(16);
  const std::vector<std::span<uint8_t>> memory = {x, y, {}, t, {}};
  const auto ran = interpret(kernel, memory, max_steps);
  return ran ? "ran" : ran.error().message;
}

TEST(Interpret, faultsNameThePlaceAndTheVariables) {
  EXPECT_EQ(fault_of("for i in 0..9 { y[i] = 1 }"),
            "kernel k: index 4 of axis 0 is outside y[4], at 'y[i] = 1' where i=4");
  EXPECT_EQ(
      fault_of("for i in 0..3 { for j in 0..3 { let u: u8 = 250:u8 y[i] = i32(x[i, j + 1]) } }"),
      "kernel k: index 3 of axis 1 is outside x[2, 3] in 'x[i, j + 1]', at 'y[i] = i32(x[i, j + 1])' where "
      "i=0, j=2, u=250");
  EXPECT_EQ(fault_of("y[0] = 0 y[-1] = y[0] / y[0]"),
            "kernel k: division of 0 by zero in 'y[0] / y[0]', at 'y[-1] = y[0] / y[0]'");
  EXPECT_EQ(fault_of("if 1 << 40 == 0 { }"),
            "kernel k: shift of i32 by 40 bits in '1 << 40', at 'if 1 << 40 == 0'");
  EXPECT_EQ(fault_of("for i in 0..1 / 0 { }"),
            "kernel k: division of 1 by zero in '1 / 0', at 'for i in 0 .. 1 / 0'");
  EXPECT_EQ(
      fault_of("let v: i8 = 100:i8 + 100:i8"),
      "kernel k: overflow of i8 with 100 and 100 in '100:i8 + 100:i8', at 'let v: i8 = 100:i8 + 100:i8'");
}

TEST(Interpret, unwrittenMemoryIsGarbage) {
  EXPECT_EQ(fault_of("alloc b if b[] { }"),
            "kernel k: a bool is neither 0 nor 1 but 165 in 'b[]', at 'if b[]'");
  EXPECT_EQ(
      fault_of("y[0] = t[1] + t[2]"),
      "kernel k: overflow of i32 with -1515870811 and -1515870811 in 't[1] + t[2]', at 'y[0] = t[1] + t[2]'");
  EXPECT_EQ(fault_of("alloc f if f[] == f[] { y[9] = 0 }"), "ran");  // a NaN
  // Every entry makes the contents undefined again.
  EXPECT_EQ(fault_of("for i in 0..2 { alloc t if i == 0 { t[0] = 1 } y[t[0]] = 1 }"),
            "kernel k: index -1515870811 of axis 0 is outside y[4], at 'y[t[0]] = 1' where i=1");
}

TEST(Interpret, stepsAreLimited) {
  EXPECT_EQ(fault_of("for i in 0..2147483647 { }", 1000),
            "kernel k: more steps than allowed, at 'block' where i=999");
  EXPECT_EQ(fault_of("for i in 0..99 { }", 100), "ran");
}

TEST(Interpret, memoryMustHaveTheRightSize) {
  const Kernel kernel = parsed("kernel k \"\" { buffer y: i32[2] strides [3] output y[0] = 1 }");
  std::vector<uint8_t> bytes(12);
  EXPECT_EQ(interpret(kernel, {}).error().message, "kernel k: memory for 0 buffers, but it has 1");
  const std::vector<std::span<uint8_t>> small = {bytes};
  EXPECT_EQ(interpret(kernel, small).error().message, "kernel k: buffer y needs 16 bytes of memory, not 12");
  EXPECT_EQ(byte_span(kernel.buffers[0]), 16);
  EXPECT_EQ(byte_span({.name = "e", .dtype = DType::kI32, .shape = {3, 0}}), 0);
  EXPECT_EQ(byte_span({.name = "s", .dtype = DType::kI16, .shape = {}}), 2);
}

TEST(Interpret, hugeLocalsAreRefused) {
  const Kernel kernel = parsed("kernel k \"\" { buffer t: i32[1000000, 1000] local }");
  const std::vector<std::span<uint8_t>> memory = {{}};
  EXPECT_EQ(interpret(kernel, memory).error().message, "kernel k: locals of more than 1073741824 bytes");
}

TEST(Interpret, whatVerifyRefusesIsNotRun) {
  const Kernel kernel = parsed("kernel k \"\" { buffer x: i32[] input x[] = 1 }");
  std::vector<uint8_t> bytes(4);
  const std::vector<std::span<uint8_t>> memory = {bytes};
  EXPECT_FALSE(interpret(kernel, memory));
}

TEST(Interpret, instructionsHaveTheMeaningTheyAreGiven) {
  const Expr a = var(VarId{0}, DType::kI32), b = var(VarId{1}, DType::kI32);
  const Meaning mla{{DType::kI32, DType::kI32}, a * a + b};
  const Meaning twice{{DType::kI32, DType::kI32},
                      call("mla", DType::kI32, {call("mla", DType::kI32, {a, b}), a})};
  const Meaning itself{{DType::kI32}, call("itself", DType::kI32, {a})};
  const Meanings meanings = [&](std::string_view name) -> const Meaning* {
    if (name == "mla") return &mla;
    if (name == "twice") return &twice;
    return name == "itself" ? &itself : nullptr;
  };
  const auto result_of = [&](const std::string& value) -> std::string {
    const Kernel kernel =
        parsed("kernel k \"\" { buffer y: i32[] output let a: i32 = 3 let b: i32 = 4 y[] = " + value + "}");
    int32_t y = 0;
    const std::vector<std::span<uint8_t>> memory = {std::span(reinterpret_cast<uint8_t*>(&y), 4)};
    const auto ran = interpret(kernel, memory, 0, meanings);
    return ran ? std::to_string(y) : ran.error().message;
  };
  EXPECT_EQ(result_of("@mla:i32(b, a)"), "19");
  EXPECT_EQ(result_of("@mla:i32(@mla:i32(1, 1), @mla:i32(2, 2)) + a"), "13");
  EXPECT_EQ(result_of("@twice:i32(b, a)"), "365");
  EXPECT_EQ(result_of("@other:i32(b)"), "kernel k: instruction 'other' is not in the instruction table");
  const char* mismatch = "kernel k: instruction 'mla' has other operand or result types than its call";
  for (const char* expr : {"@mla:i32(b)", "@mla:i32(b, 1:i8)", "i32(@mla:i8(a, b))"})
    EXPECT_EQ(result_of(expr), mismatch);
  EXPECT_EQ(result_of("@itself:i32(b)"), "kernel k: instruction 'itself' calls itself");
  EXPECT_EQ(
      result_of("@mla:i32(65536, b)"),
      "kernel k: overflow of i32 with 65536 and 65536 in an instruction, at 'y[] = @mla:i32(65536, b)' where "
      "a=3, b=4");
}

TEST(Evaluate, foldsConstantsOnly) {
  EXPECT_EQ(evaluate(i32(3) * i32(4))->value, 12);
  EXPECT_EQ(evaluate(float_imm(1) + float_imm(0.5f))->float_value, 1.5f);
  EXPECT_EQ(evaluate(i32(3) + var(VarId{0}, DType::kI32)), nullptr);
  EXPECT_EQ(evaluate(div(i32(3), i32(0))), nullptr);
  EXPECT_EQ(evaluate(load(BufferId{0}, DType::kI32, {})), nullptr);
  EXPECT_EQ(evaluate(call("nop", DType::kI32, {})), nullptr);
}

// The text form keeps the meaning, and random programs never do worse than report a fault.
TEST(Interpret, randomKernelsAndTheirTextsAgree) {
  const auto run = [](const Kernel& kernel, uint32_t seed) {
    const auto result = testing::outputs(kernel, seed);
    std::string text = result ? "ran" : result.error().message;
    for (size_t i = 0; result && i < result->size(); ++i)
      text.append((*result)[i].begin(), (*result)[i].end());
    return text;
  };
  int ran = 0;
  const uint32_t first = testing::first_seed();
  for (uint32_t seed = first; seed < first + testing::seed_count(1000); ++seed) {
    SCOPED_TRACE("replay with MIDGE_TEST_SEED=" + std::to_string(seed));
    const Kernel kernel = RandomKernel(seed).make();
    const std::string before = run(kernel, seed);
    EXPECT_EQ(run(parsed(print(kernel)), seed), before);
    if (before.starts_with("ran")) ++ran;
  }
  EXPECT_TRUE(ran > 100 || testing::seed_count(1000) == 1) << ran;
}

}  // namespace
}  // namespace midge::loop
