#include "loop/text.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>

#include "loop/ir.h"
#include "loop/kernel_testing.h"
#include "loop/lex.h"
#include "loop/random_kernel.h"

namespace midge::loop {
namespace {

std::string error_of(std::string_view text) {
  const Result<Kernel> kernel = parse(text);
  return kernel ? "no error" : kernel.error().message;
}

// The text of an expression of i32 over `a`, `b` (i32), `f` (f32), `u` (u32), `p`, `q` (bool), read and
// printed again.
std::string again(const std::string& expr, const std::string& type = "i32") {
  const Result<Kernel> kernel = parse(R"(kernel k "" {
    buffer y: )" + type + R"([] output
    let a: i32 = 1
    let b: i32 = 2
    let f: f32 = 1.5
    let u: u32 = 3:u32
    let p: bool = true
    let q: bool = false
    y[] = )" + expr + "\n}");
  if (!kernel) return kernel.error().message;
  std::string stored;
  visit(kernel->body, [&](const Stmt& s) {
    if (s->kind == StmtKind::kStore) stored = print(*kernel, s->operands[0]);
  });
  return stored;
}

TEST(Text, parenthesesAreMinimal) {
  for (const char* text :
       {"a + b - 3", "a - (b - 3)", "(a + b) * 3", "a + b * 3", "a * b / 3 % 2", "a / (b / 3)", "a << b + 1",
        "(a << b) + 1", "a & b | a ^ b", "a & (b | a)", "a - -5", "-5 - a"}) {
    EXPECT_EQ(again(text), text);
  }
  for (const char* text : {"p && q || p", "p && (q || p)", "!p && !(p || q)", "!!p", "a + 1 < b == p",
                           "a <= b && a != b", "(a & b) == 3", "p == (a == b)"}) {
    EXPECT_EQ(again(text, "bool"), text);
  }
  EXPECT_EQ(again("((a)) + (b * (3))"), "a + b * 3");
}

TEST(Text, functionsAndCalls) {
  for (const char* text : {"min(a, max(b, 3))", "select(p, a, b)", "clz(u)", "i32(f)", "i32(p)",
                           "bitcast:i32(f)", "@smlad:i32(a, u, f)", "@nop:i32()"}) {
    EXPECT_EQ(again(text), text);
  }
  EXPECT_EQ(again("sqrt(f)", "f32"), "sqrt(f)");
}

TEST(Text, immediates) {
  for (const char* text : {"0", "-2147483648", "2147483647"}) EXPECT_EQ(again(text), text);
  EXPECT_EQ(again("true", "bool"), "true");
  EXPECT_EQ(again("-128:i8", "i8"), "-128:i8");
  EXPECT_EQ(again("255:u8", "u8"), "255:u8");
  EXPECT_EQ(again("18446744073709551615:u64", "u64"), "18446744073709551615:u64");
  EXPECT_EQ(again("-9223372036854775808:i64", "i64"), "-9223372036854775808:i64");
  for (const char* text : {"0.0", "-0.0", "1.5", "0.1", "1e-45", "-3.4028235e+38", "inf:f32", "-inf:f32",
                           "nan:7fc00000", "nan:ff800001"}) {
    EXPECT_EQ(again(text, "f32"), text);
  }
}

TEST(Text, namesThatAreWordsOfTheTextForm) {
  const char* text = R"(kernel k "" {
  buffer let: i32[2] output
  buffer buffer: i32[1] scratch
  buffer strides: i32[1] local

  buffer[0] = 1
  alloc strides
  strides[0] = 2
  for in in 0..2 {
    for unrolled in 0..in unrolled {
      for min in in + 1 .. unrolled unrolled {
        let inf: i32 = min
        let nan: i32 = min(inf, min)
        let alloc: i32 = inf + nan
        let bitcast: bool = alloc < inf
        let[in] = select(bitcast, inf, nan)
      }
    }
  }
}
)";
  const Result<Kernel> kernel = parse(text);
  ASSERT_TRUE(kernel) << kernel.error().message;
  EXPECT_EQ(print(*kernel), text);
  EXPECT_TRUE(verify(*kernel)) << verify(*kernel).error().message;
}

TEST(Text, blocksKeepTheirShape) {
  Kernel kernel{.name = "k", .source = "", .vars = {}, .buffers = {}, .body = nullptr};
  const BufferId y = kernel.add_buffer({.name = "y", .dtype = DType::kI32, .memory = Memory::kOutput});
  const VarId t = kernel.add_var("t");
  const Stmt one = store(y, {}, i32(1));
  const Stmt bodies[] = {
      one,
      block({}),
      block({one}),
      block({one, one}),
      block({block({})}),
      block({block({one, one})}),
      block({block({one}), block({}), one}),
      let(t, i32(1), block({})),
      let(t, i32(1), one),
      let(t, i32(1), block({one})),
      block({let(t, i32(1), one)}),
      block({one, let(t, i32(1), one)}),
      block({let(t, i32(1), block({one, one})), one}),
      block({let(t, i32(1), block({one, one})), block({})}),
      make_if(make_bool(true), block({}), block({one})),
  };
  for (const Stmt& body : bodies) {
    kernel.body = body;
    const Result<Kernel> back = parse(print(kernel));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_TRUE(equal(back->body, body)) << print(kernel);
  }
}

TEST(Text, errorsPointAtThePlace) {
  EXPECT_EQ(error_of("kernel k \"\" {\n  y[0] = z[1]\n}\n"),
            "2:3: there is no buffer 'y'\n  y[0] = z[1]\n  ^");
  EXPECT_EQ(error_of("kernel k \"\" {\n\tbuffer y: i32[] output\n\ty[] = a\n}\n"),
            "3:8: there is no variable 'a'\n y[] = a\n       ^");
  EXPECT_EQ(error_of(""), "1:1: 'kernel' expected, but the text ends\n\n^");
  EXPECT_EQ(error_of("kernel k \"\" { buffer y: i32[1, -] output }"),
            "1:33: an integer expected\nkernel k \"\" { buffer y: i32[1, -] output }\n                       "
            "         ^");
}

TEST(Text, longLinesAreShownInPart) {
  const std::string text(1000, 'x');
  const std::string message = point_at(text, 500, "here");
  EXPECT_EQ(message, "1:501: here\n" + std::string(120, 'x') + "\n" + std::string(80, ' ') + "^");
}

TEST(Text, nestingIsLimited) {
  const std::string head = "kernel k \"\" { buffer y: i32[] output y[] = ";
  const auto nested = [&](size_t n) { return head + std::string(n, '(') + "1" + std::string(n, ')') + "}"; };
  EXPECT_TRUE(parse(nested(450)));
  EXPECT_NE(error_of(nested(100000)).find("nested too deeply"), std::string::npos);

  const auto repeated = [](std::string_view part, size_t n) {
    std::string text;
    for (size_t i = 0; i < n; ++i) text += part;
    return text;
  };
  EXPECT_TRUE(parse(head + "1" + repeated(" + 1", 1900) + "}"));
  EXPECT_NE(error_of(head + "1" + repeated(" + 1", 100000) + "}").find("nested too deeply"),
            std::string::npos);
  EXPECT_NE(error_of(head + repeated("!", 100000) + "true}").find("nested too deeply"), std::string::npos);
  EXPECT_NE(error_of(head + repeated("y[", 100000)).find("nested too deeply"), std::string::npos);
  EXPECT_NE(error_of("kernel k \"\" { " + repeated("block {", 100000)).find("nested too deeply"),
            std::string::npos);
  EXPECT_NE(error_of("kernel k \"\" { " + repeated("let t: i32 = 1 ", 100000)).find("nested too deeply"),
            std::string::npos);

  // As high as is allowed, in every way at once: walks over it must survive.
  const Result<Kernel> high =
      parse("kernel k \"\" { buffer y: i32[] output " + repeated("block {", 450) +
            repeated("let t: i32 = 1 ", 500) + "y[] = 1" + repeated(" + 1", 500) + repeated("}", 451));
  ASSERT_TRUE(high) << high.error().message;
  EXPECT_FALSE(verify(*high));
  EXPECT_EQ(print(*parse(print(*high))), print(*high));
}

TEST(Text, roundTripOfRandomKernels) {
  const uint32_t first = testing::first_seed();
  for (uint32_t seed = first; seed < first + testing::seed_count(2000); ++seed) {
    SCOPED_TRACE("replay with MIDGE_TEST_SEED=" + std::to_string(seed));
    const Kernel kernel = RandomKernel(seed).make();
    ASSERT_TRUE(verify(kernel)) << verify(kernel).error().message;
    const std::string text = print(kernel);
    const Result<Kernel> back = parse(text);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(print(*back), text);
    ASSERT_EQ(back->vars.size(), kernel.vars.size());
    ASSERT_TRUE(equal(back->body, kernel.body)) << text;
    for (size_t i = 0; i < kernel.buffers.size(); ++i) {
      const Buffer &a = kernel.buffers[i], &b = back->buffers[i];
      EXPECT_TRUE(a.name == b.name && a.dtype == b.dtype && a.shape == b.shape && a.strides == b.strides);
      EXPECT_EQ(a.memory, b.memory);
      ASSERT_EQ(a.data == nullptr, b.data == nullptr);
      if (a.data) {
        EXPECT_EQ(*a.data, *b.data);
      }
    }
  }
}

// Any damage to a text ends in a kernel or an error, never in a crash.
TEST(Text, damagedTexts) {
  std::mt19937 random(7);
  for (uint32_t seed = 1; seed <= 300; ++seed) {
    std::string text = print(RandomKernel(seed).make());
    for (int edits = 1 + static_cast<int>(random() % 4); edits > 0; --edits) {
      const size_t at = random() % text.size();
      const char* const pieces[] = {"(",  "]",  "}",    "{",   "9",    "-", ":i8",
                                    "..", "\"", "let ", " = ", "\xff", "e", "f32"};
      if (random() % 2)
        text.erase(at, random() % 5);
      else
        text.insert(at, pieces[random() % std::size(pieces)]);
    }
    if (const Result<Kernel> kernel = parse(text)) {
      EXPECT_EQ(print(*parse(print(*kernel))), print(*kernel)) << text;
      (void)verify(*kernel).has_value();
    }
  }
}

}  // namespace
}  // namespace midge::loop
