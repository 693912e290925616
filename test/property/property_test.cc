// For every operator in every element type, on random shapes and attributes, and for short chains of them:
// the nests as lowered, the scheduled nests and the emitted C give the same bits.
//
// The oracle is lower::evaluate: each operator lowered alone and interpreted, nothing fused, scheduled or
// planned. MIDGE_TEST_SEED=N draws other cases (a failure prints the seed to repeat it with, and the
// network), MIDGE_TEST_CASES=N how many of each kind, MIDGE_TEST_BOARD=NAME runs the C on another board.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "board/board.h"
#include "compile/compile.h"
#include "lower/evaluate.h"
#include "measure/image.h"
#include "property/oracle.h"
#include "property/random_graph.h"

namespace midge::test {
namespace {

uint32_t number_from(const char* variable, uint32_t otherwise) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return otherwise;
  uint32_t number = 0;
  const std::string_view view = text;
  const auto [end, error] = std::from_chars(view.begin(), view.end(), number);
  EXPECT_TRUE(error == std::errc() && end == view.end()) << variable << "=" << text << " is not a number";
  return number;
}

uint32_t base_seed() {
  static const uint32_t seed = number_from("MIDGE_TEST_SEED", 1);
  return seed;
}

uint32_t cases_per_kind() {
  return number_from("MIDGE_TEST_CASES", 60);
}

// How many of the cases also run as emitted C, which takes longer.
uint32_t emitted_cases_per_kind() {
  return (cases_per_kind() + 9) / 10;
}

// Any operators of one element type after one another; beside the kinds of one operator.
Kind chain(DType dtype) {
  return {"chain_" + std::string(name_of(dtype)), "chains", dtype, 4, 4, nullptr};
}

constexpr uint32_t kChainsPerKind = 4;  // chains are worth more cases than one operator is

uint32_t times(const Kind& kind, uint32_t cases) {
  return kind.add ? cases : cases * kChainsPerKind;
}

std::vector<Kind> all_kinds() {
  std::vector<Kind> all = kinds();
  all.push_back(chain(DType::kI8));
  all.push_back(chain(DType::kF32));
  return all;
}

// One network with its inputs and what it must compute.
struct Case {
  std::string where;  // how to draw it again, and its text
  bool one_operator = true;
  Sample sample;
  std::vector<graph::Bytes> expected;
};

Result<Case> draw_case(const Kind& kind, uint32_t index) {
  std::vector<uint32_t> words = {base_seed(), index};
  words.insert(words.end(), kind.name.begin(), kind.name.end());
  std::seed_seq seed(words.begin(), words.end());
  Random random(seed);
  Case drawn;
  drawn.one_operator = static_cast<bool>(kind.add);
  drawn.sample = kind.add ? random_node(kind, random) : random_chain(kind.dtype, random);
  drawn.where = fmt::format("{} case {}, MIDGE_TEST_SEED={}\n{}", kind.name, index, base_seed(),
                            graph::print(drawn.sample.graph));
  auto expected = lower::evaluate(drawn.sample.graph, drawn.sample.inputs);
  if (!expected) return model_error(fmt::format("{}\n{}", expected.error().message, drawn.where));
  drawn.expected = std::move(*expected);
  return drawn;
}

bool has_floats(const graph::Graph& graph) {
  for (const graph::Value& value : graph.values)
    if (value.dtype == DType::kF32) return true;
  return false;
}

// Compiles the case. Graph passes may round float chains otherwise than the original does, and with
// keep_layers there are more outputs: then the oracle is asked about the graph after the passes.
Result<compile::Program> compile_case(Case& drawn, const compile::Options& options) {
  MIDGE_ASSIGN(compile::Program program, compile::compile(drawn.sample.graph, options));
  if (options.keep_layers || (!drawn.one_operator && has_floats(drawn.sample.graph))) {
    MIDGE_ASSIGN(drawn.expected, lower::evaluate(program.graph, drawn.sample.inputs));
  }
  return program;
}

std::string print_steps(const compile::Program& program) {
  std::string text;
  for (const compile::Step& step : program.steps)
    text += fmt::format("schedule of {}: {}\n", step.kernel.source, schedule::print(step.schedule));
  return text;
}

void check_interpreted(Case drawn, bool scheduled, bool keep_layers = false) {
  compile::Options options;
  options.name = "net";
  options.scheduled = scheduled;
  options.keep_layers = keep_layers;
  const auto program = compile_case(drawn, options);
  ASSERT_TRUE(program) << program.error().message << "\n" << drawn.where;
  const auto got = interpret_program(*program, drawn.sample.inputs);
  ASSERT_TRUE(got) << got.error().message << "\n" << print_steps(*program) << drawn.where;
  EXPECT_EQ(mismatch(program->graph, *got, drawn.expected), "") << print_steps(*program) << drawn.where;
  for (const compile::Step& step : program->steps) {
    const std::string text = loop::print(step.kernel);
    const auto again = loop::parse(text);
    ASSERT_TRUE(again) << again.error().message << "\n" << text;
    EXPECT_EQ(loop::print(*again), text);
  }
}

void check_text(const Case& drawn) {
  const std::string text = graph::print(drawn.sample.graph);
  const auto again = graph::parse(text);
  ASSERT_TRUE(again) << again.error().message << "\n" << drawn.where;
  EXPECT_EQ(graph::print(*again), text);
}

std::string kind_name(const testing::TestParamInfo<Kind>& tested) {
  return tested.param.name;
}

class Interpreted : public testing::TestWithParam<Kind> {};

TEST_P(Interpreted, LoweredAndScheduledNestsAgree) {
  const Kind& kind = GetParam();
  for (uint32_t i = 0; i < times(kind, cases_per_kind()) && !HasFailure(); ++i) {
    auto drawn = draw_case(kind, i);
    ASSERT_TRUE(drawn) << drawn.error().message;
    check_text(*drawn);
    check_interpreted(*drawn, false);
    check_interpreted(*drawn, true);
    if (!drawn->one_operator) check_interpreted(*drawn, true, true);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, Interpreted, testing::ValuesIn(all_kinds()), kind_name);

std::vector<std::string> families() {
  std::vector<std::string> names;
  for (const Kind& kind : all_kinds())
    if (std::ranges::count(names, kind.family) == 0) names.push_back(kind.family);
  return names;
}

struct Batch {
  std::vector<Case> cases;
  std::vector<compile::Program> programs;  // per case
  std::vector<measure::Run> runs;
};

Result<Batch> draw_batch(const std::string& family) {
  Batch batch;
  for (const Kind& kind : all_kinds()) {
    if (kind.family != family) continue;
    for (uint32_t i = 0; i < times(kind, emitted_cases_per_kind()); ++i) {
      MIDGE_ASSIGN(Case drawn, draw_case(kind, i));
      compile::Options options;
      options.name = fmt::format("{}_{}", kind.name, i);
      MIDGE_ASSIGN(compile::Program program, compile_case(drawn, options));
      batch.runs.push_back({batch.programs.size(), drawn.sample.inputs});
      batch.programs.push_back(std::move(program));
      batch.cases.push_back(std::move(drawn));
    }
  }
  return batch;
}

struct Build {
  std::string name;
  std::vector<std::string> flags;

  friend void PrintTo(const Build& build, std::ostream* out) { *out << build.name; }
};

// As users build it, and with a trap wherever C leaves something undefined. Warnings are errors: whatever the
// network, the C is clean.
std::vector<Build> builds() {
  return {
      {"optimised", {"-O2", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-pedantic", "-Werror"}},
      {"checked", {"-O1", "-fsanitize=undefined,float-cast-overflow", "-fsanitize-undefined-trap-on-error"}}};
}

class Emitted : public testing::TestWithParam<std::tuple<std::string, Build>> {};

TEST_P(Emitted, CGivesTheInterpretersBits) {
  const auto& [family, build] = GetParam();
  const std::string seed = fmt::format(" (MIDGE_TEST_SEED={})", base_seed());
  const auto batch = draw_batch(family);
  ASSERT_TRUE(batch) << batch.error().message << seed;
  const char* board_name = std::getenv("MIDGE_TEST_BOARD");
  const auto board = board::find_board(board_name == nullptr ? "host" : board_name, {});
  ASSERT_TRUE(board) << board.error().message;
  board::BuildOptions options;
  options.flags = build.flags;
  const auto image = measure::Image::build(*board, batch->programs, options);
  ASSERT_TRUE(image) << image.error().message << seed;
  const auto outcome = image->run(batch->runs);
  ASSERT_TRUE(outcome) << outcome.error().message << seed;
  for (size_t i = 0; i < batch->cases.size(); ++i)
    EXPECT_EQ(mismatch(batch->programs[i].graph, outcome->outputs[i], batch->cases[i].expected), "")
        << print_steps(batch->programs[i]) << batch->cases[i].where;
}

INSTANTIATE_TEST_SUITE_P(Families, Emitted,
                         testing::Combine(testing::ValuesIn(families()), testing::ValuesIn(builds())),
                         [](const auto& tested) {
                           return std::get<0>(tested.param) + "_" + std::get<1>(tested.param).name;
                         });

}  // namespace
}  // namespace midge::test
