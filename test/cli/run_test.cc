// midge run: what it prints and writes.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/cli_testing.h"

namespace midge::test {
namespace {

using nlohmann::json;

class Run : public CliTest {};

std::vector<std::string> keys(const nlohmann::ordered_json& object) {
  std::vector<std::string> names;
  for (const auto& item : object.items()) names.push_back(item.key());
  return names;
}

TEST_F(Run, TheDemo) {
  MIDGE_NEEDS("qemu-system-arm");
  MIDGE_NEEDS("arm-none-eabi-gcc");
  const Ran ran = midge({"run", fashion(), "--input", fashion_file("sample_09_boot.png"), "--labels",
                         fashion_file("labels.txt"), "--check"});
  expect_success(ran);
  expect_contains(
      ran.out,
      {"fashion.tflite on mps2-an500 (cortex-m7)\n\nclass         boot, probability 99.6 %\n",
       "i8[1,10], the 5 largest of 10\n  index  label     stored   value\n",
       "\n      9  boot         127  0.9961\n", "\narena         ", "\nstack         ", "\nflash         ",
       "\ninstructions  ", "\nhost run      agrees: every output byte is equal\n"});
}

TEST_F(Run, TheSmallestBoard) {
  MIDGE_NEEDS("qemu-system-arm");
  MIDGE_NEEDS("arm-none-eabi-gcc");
  expect_success(midge({"run", sine(), "--board", "microbit", "--check"}));
}

TEST_F(Run, JsonHasTheDocumentedKeysAndNothingElse) {
  MIDGE_NEEDS("qemu-system-arm");
  MIDGE_NEEDS("arm-none-eabi-gcc");
  const Ran ran = midge({"run", sine(), "--board", "mps2-an386", "--check", "--json"});
  expect_success(ran);
  const auto object = nlohmann::ordered_json::parse(ran.out);  // ordered: as written
  EXPECT_EQ(keys(object), (std::vector<std::string>{"model", "board", "outputs", "arena_bytes", "stack_bytes",
                                                    "flash_bytes", "checked", "instructions"}));
  EXPECT_EQ(object["model"], sine());
  EXPECT_EQ(object["board"], "mps2-an386");
  EXPECT_EQ(keys(object["outputs"][0]), (std::vector<std::string>{"name", "shape", "dtype", "data"}));
  EXPECT_EQ(object["outputs"][0]["shape"], nlohmann::ordered_json::array({1, 1}));
  EXPECT_EQ(object["outputs"][0]["dtype"], "i8");
  EXPECT_EQ(object["outputs"][0]["data"].size(), 1u);
  EXPECT_EQ(keys(object["flash_bytes"]), (std::vector<std::string>{"code", "weights"}));
  EXPECT_EQ(object["checked"], true);
  for (const auto& number : {object["arena_bytes"], object["stack_bytes"], object["flash_bytes"]["code"],
                             object["flash_bytes"]["weights"], object["instructions"]})
    EXPECT_GT(number.get<int64_t>(), 0);
}

TEST_F(Run, JsonWithoutACheckOnTheHost) {
  const Ran ran = midge({"run", sine(), "--board", "host", "--json"});
  expect_success(ran);
  const json object = json::parse(ran.out);
  EXPECT_EQ(object["checked"], false);
  EXPECT_FALSE(object.contains("instructions"));
}

TEST_F(Run, JsonSurvivesNamesThatAreNotUtf8) {
  const std::string model = file("\xff\xfe.tflite", contents(sine()));
  const Ran ran = midge({"run", model, "--board", "host", "--json"});
  expect_success(ran);
  expect_contains(json::parse(ran.out)["model"], {".tflite"});
}

TEST_F(Run, WritesTheOutputsOneAfterTheOther) {
  // The case's own data: LiteRT's outputs.
  const std::string model = conformance_case("split/int8_channels");
  const Ran ran = midge({"run", model + ".tflite", "--board", "host", "--input", model + ".in.bin",
                         "--output", "out.bin", "--json"});
  expect_success(ran);
  EXPECT_EQ(contents(dir() / "out.bin"), contents(model + ".out.bin"));
  EXPECT_GT(json::parse(ran.out)["outputs"].size(), 1u);
}

TEST_F(Run, OutputsThatCannotBeWritten) {
  expect_failure(midge({"run", sine(), "--board", "host", "--output", "/nowhere/y.bin"}), 2,
                 {"/nowhere/y.bin", "cannot create"});
  expect_failure(midge({"run", sine(), "--board", "host", "--output", dir()}), 2, {dir().string()});
  expect_failure(midge({"run", sine(), "--board", "host", "--output", "/dev/full"}), 5,
                 {"/dev/full", "No space left"});
  EXPECT_TRUE(fs::exists("/dev/full"));
}

TEST_F(Run, PathsWithBlanksAndLettersOfAllKinds) {
  const std::string model = file("mein schönes Modell/größe 1.5x.tflite", contents(sine()));
  const Ran ran = midge({"run", model, "--board", "host"});
  expect_success(ran);
  expect_contains(ran.out, {model + " on host\n"});
}

TEST_F(Run, ModelsNamedLikeTheRuntimesOwnFiles) {
  for (const char* name : {"midge_networks", "midge_runner", "string", "stdint", "main", "int"})
    expect_success(midge({"run", file(fmt::format("{}.tflite", name), contents(sine())), "--board", "host"}));
}

TEST_F(Run, ADifferenceFromTheHostIsExitCode1) {
  // A native board whose compiler changes the weights.
  script("bad-cc",
         "for a; do case $a in *_weights.c) sed -i 's/-[0-9]/5/' \"$a\";; esac; done\nexec cc \"$@\"");
  std::string board = contents(fs::path(MIDGE_SOURCE_DIR) / "boards/host.toml");
  board.replace(board.find("\"cc\""), 4, fmt::format("\"{}/bad-cc\"", dir().string()));
  file("boards/odd.toml", board);
  const Ran ran = midge({"run", sine(), "--boards", "boards", "--board", "odd", "--check"});
  EXPECT_EQ(ran.code, 1);
  expect_contains(ran.out, {"host run      DIFFERS\n"});
  EXPECT_EQ(ran.err, fmt::format("midge: {}: outputs on odd differ from the host run\n", sine()));
  const Ran as_json = midge({"run", sine(), "--boards", "boards", "--board", "odd", "--check", "--json"});
  EXPECT_EQ(as_json.code, 1);
  EXPECT_EQ(json::parse(as_json.out)["checked"], false);
}

TEST_F(Run, LabelsThatDoNotFit) {
  const std::string missing = (dir() / "nowhere.txt").string();
  expect_failure(midge({"run", fashion(), "--board", "host", "--labels", missing}), 2,
                 {missing, "cannot open"});
  expect_failure(midge({"run", fashion(), "--board", "host", "--labels", file("l", "a\nb\nc\n")}), 2,
                 {"/l: has 3 names", "10 elements"});
}

TEST_F(Run, LabelsOfAnyEditor) {
  const Ran ran =
      midge({"run", fashion(), "--board", "host", "--input", fashion_file("sample_08_bag.png"), "--labels",
             file("l", "a\r\nb\r\nc\r\nd\r\ne\r\nf\r\ng\r\nh\r\nTasche für alles\r\nj")});
  expect_success(ran);
  expect_contains(ran.out, {"class         Tasche für alles, probability "});
}

TEST_F(Run, DoesNotFit) {
  MIDGE_NEEDS("arm-none-eabi-gcc");
  expect_failure(midge({"run", fashion(), "--board", "microbit"}), 4,
                 {"microbit", "does not fit", "memory `sram`", "needs 2", "has 16384"});
}

TEST_F(Run, PrintsEveryPhase) {
  const Ran wrong = midge({"compile", sine(), "--print=no-such-phase"});
  expect_failure(wrong, 2, {"--print", "no-such-phase", "import", "plan", "midge compile --help"});
  std::string names = wrong.err.substr(wrong.err.find("there are ") + 10);
  names = names.substr(0, names.find(" (see"));
  int phases = 0;
  for (size_t at = 0; at < names.size(); ++phases) {
    const size_t end = std::min(names.find(", ", at), names.size());
    const std::string phase = names.substr(at, end - at);
    const Ran ran = midge({"compile", sine(), "--print", phase});
    expect_success(ran);
    EXPECT_GT(ran.out.size(), 40u) << phase;
    at = end + 2;
  }
  EXPECT_GE(phases, 8);
}

}  // namespace
}  // namespace midge::test
