// midge compile: the sources, as other compilers see them.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/cli_testing.h"

namespace midge::test {
namespace {

#ifdef NDEBUG
constexpr bool kSlowBuild = false;
#else
constexpr bool kSlowBuild = true;
#endif

const Arguments kWarnings = {"-std=c99", "-Wall",     "-Wextra", "-Wconversion",
                             "-Wshadow", "-pedantic", "-Werror"};

// A compiler and what chooses its target.
struct Compiler {
  std::string name;
  Arguments flags;
};

// Else the tests' names would show the struct's bytes.
void PrintTo(const Compiler& compiler, std::ostream* stream) {
  *stream << compiler.name;
}

std::vector<Compiler> compilers() {
  // Debian has no C library for it; these are the headers that Midge itself builds with.
  const std::string headers = fs::path(MIDGE_SOURCE_DIR) / "runtime/freestanding/include";
  return {
      {"gcc", {}},
      {"clang-19", {}},
      {"arm-none-eabi-gcc", {"-mcpu=cortex-m4", "-mthumb"}},
      {"riscv64-unknown-elf-gcc", {"-march=rv32imc", "-mabi=ilp32", "-ffreestanding", "-isystem", headers}}};
}

class Compile : public CliTest {
 protected:
  // Every .c file under `folder`, relative to the test's directory.
  Arguments sources(const std::string& folder) const {
    Arguments files;
    for (const auto& entry : fs::recursive_directory_iterator(dir() / folder))
      if (entry.path().extension() == ".c") files.push_back(entry.path().string());
    return files;
  }

  void compile_all(const Compiler& compiler, const Arguments& files, const std::string& optimise) const {
    Arguments command = {compiler.name, optimise};
    command.insert(command.end(), compiler.flags.begin(), compiler.flags.end());
    command.insert(command.end(), kWarnings.begin(), kWarnings.end());
    command.emplace_back("-c");
    command.insert(command.end(), files.begin(), files.end());
    const Ran ran = run(command);
    EXPECT_EQ(ran.code, 0) << compiler.name << ": " << ran.err.substr(0, 2000);
    EXPECT_EQ(ran.err, "") << compiler.name;
  }
};

class WithCompiler : public Compile, public testing::WithParamInterface<Compiler> {
 protected:
  void SetUp() override {
    Compile::SetUp();
    MIDGE_NEEDS(GetParam().name);
  }
};

TEST_F(Compile, SaysWhatItWrote) {
  const Ran ran = midge({"compile", sine(), "-o", "a/b"});
  expect_success(ran);
  expect_contains(ran.out, {"a/b/sine.h", "a/b/sine.c", "a/b/sine_weights.c", "\narena  "});
  EXPECT_EQ(std::distance(fs::directory_iterator(dir() / "a/b"), {}), 3);
}

TEST_F(Compile, TheSameInputGivesTheSameBytes) {
  expect_success(midge({"compile", fashion(), "-o", "a"}));
  expect_success(midge({"compile", file("elsewhere/fashion.tflite", contents(fashion())), "-o", "b"}));
  expect_success(run({"diff", "-r", "a", "b"}));
}

TEST_F(Compile, ForABoardTheHeaderKnowsTheStack) {
  MIDGE_NEEDS("qemu-system-arm");
  MIDGE_NEEDS("arm-none-eabi-gcc");
  const Ran ran = midge({"compile", sine(), "-o", "a", "--board", "microbit"});
  expect_success(ran);
  expect_contains(ran.out, {"\nstack  ", " bytes on microbit\nflash  "});
  expect_contains(contents(dir() / "a/sine.h"), {"on microbit"});
  expect_failure(midge({"compile", fashion(), "-o", "b", "--board", "microbit"}), 4, {"does not fit"});
  EXPECT_FALSE(fs::exists(dir() / "b")) << "sources of what does not fit";
}

TEST_F(Compile, WrongUse) {
  expect_failure(midge({"compile", sine()}), 2, {"-o DIR", "--print"});
  expect_failure(midge({"compile", sine(), "-o"}), 2, {"--output"});
  expect_failure(midge({"compile", sine(), "-o", "/proc/nowhere"}), 2, {"/proc/nowhere", "cannot create"});
  expect_failure(midge({"compile", sine(), "-o", file("f", "")}), 2, {"/f", "cannot create"});
  fs::create_directories(dir() / "a/sine.c");
  expect_failure(midge({"compile", sine(), "-o", "a"}), 2, {"a/sine.c: cannot create"});
  expect_failure(midge({"compile", sine(), "-o", "b", "--board", "nope"}), 2, {"`nope`", "microbit"});
  EXPECT_FALSE(fs::exists(dir() / "b"));
}

TEST_F(Compile, NamesThatC_CannotHave) {
  for (const std::string name :
       {"1x", "a b", "größe", "a-b", "a/b", "int", "while", "string", "stdint", "midge_x"})
    expect_failure(midge({"compile", sine(), "-o", "a", "--name", name}), 2, {"--name " + name});
  expect_failure(midge({"compile", sine(), "-o", "a", "--name", std::string(65, 'x')}), 2, {"64 letters"});
  EXPECT_FALSE(fs::exists(dir() / "a"));
}

TEST_F(Compile, NamesFromFilesAreAlwaysGood) {
  const std::vector<std::pair<std::string, std::string>> names = {
      {"my-model.v2.tflite", "my_model_v2"}, {"7.tflite", "model_7"},     {"int.tflite", "model_int"},
      {"string.tflite", "model_string"},     {"größe.tflite", "gr____e"}, {".tflite", "_tflite"}};
  for (const auto& [given, name] : names) {
    expect_success(midge({"compile", file(given, contents(sine())), "-o", "a"}));
    EXPECT_TRUE(fs::exists(dir() / "a" / (name + ".c"))) << given;
  }
  expect_success(midge({"compile", file(std::string(200, 'x') + ".tflite", contents(sine())), "-o", "a"}));
}

TEST_P(WithCompiler, TwoModelsLinkIntoOneProgram) {
  expect_success(midge({"compile", sine(), "-o", "two", "--name", "first"}));
  expect_success(midge({"compile", fashion(), "-o", "two", "--name", "second"}));
  file("two/main.c",
       "#include \"first.h\"\n#include \"second.h\"\n"
       "static union { uint8_t bytes[FIRST_ARENA_BYTES]; uint64_t aligned[2]; } a;\n"
       "static union { uint8_t bytes[SECOND_ARENA_BYTES]; uint64_t aligned[2]; } b;\n"
       "int main(void) { *first_input_0(&a) = 1; first_invoke(&a); *second_input_0(&b) = 1; "
       "second_invoke(&b);\n"
       "  return *first_output_0(&a) == *second_output_0(&b); }\n");
  Arguments command = {GetParam().name, "-O2"};
  command.insert(command.end(), GetParam().flags.begin(), GetParam().flags.end());
  command.insert(command.end(), kWarnings.begin(), kWarnings.end());
  const bool native = GetParam().flags.empty();
  // Without a C library for the target: everything in one object, with only memcpy and the like left open.
  if (!native) command.insert(command.end(), {"-ffreestanding", "-nostdlib", "-r"});
  for (const std::string& source : sources("two")) command.push_back(source);
  command.insert(command.end(), {"-o", "program"});
  const Ran ran = run(command);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  if (!native) return;
  EXPECT_LE(run({(dir() / "program").string()}).code, 1);
}

TEST_P(WithCompiler, NoWarningsForASampleOfAllOperators) {
  std::vector<fs::path> models;
  for (const auto& entry : fs::recursive_directory_iterator(conformance_case("")))
    if (entry.path().extension() == ".tflite") models.push_back(entry.path());
  std::sort(models.begin(), models.end());
  ASSERT_GE(models.size(), 300u);
  // Each compiler gets other ones.
  const size_t first = static_cast<size_t>(GetParam().name.size());
  for (size_t i = first; i < models.size(); i += 27)
    expect_success(midge({"compile", models[i], "-o", "c", "--name", fmt::format("case_{}", i)}));
  compile_all(GetParam(), sources("c"), "-O1");
}

TEST_P(WithCompiler, NoWarningsForTheModelsOfMlperfTiny) {
  if (shared_models().empty()) GTEST_SKIP() << "../shared is absent: the MLPerf Tiny models are not compiled";
  for (const fs::path& model : shared_models()) expect_success(midge({"compile", model, "-o", "c"}));
  compile_all(GetParam(), sources("c"), "-fsyntax-only");
}

INSTANTIATE_TEST_SUITE_P(Compilers, WithCompiler, testing::ValuesIn(compilers()), [](const auto& tested) {
  std::string name = tested.param.name;
  for (char& c : name)
    if (c == '-') c = '_';
  return name;
});

// The limits are 2 s and 300 MB for the release build; a debug build or sanitizers get more.
TEST_F(Compile, TakesLittleTimeAndMemory) {
  if (shared_models().empty()) GTEST_SKIP() << "../shared is absent: the MLPerf Tiny models are not compiled";
  for (const fs::path& model : shared_models()) {
    const std::string out = (dir() / "c").string();
    const pid_t child = fork();
    if (child == 0) {
      dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
      execl(MIDGE_BINARY, "midge", "compile", model.c_str(), "-o", out.c_str(), nullptr);
      _exit(127);
    }
    int status = 0;
    rusage usage = {};
    ASSERT_EQ(wait4(child, &status, 0, &usage), child);
    EXPECT_EQ(status, 0) << model;
    const double seconds = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    const int64_t megabytes = usage.ru_maxrss / 1024;
    RecordProperty(model.stem().string(), fmt::format("{:.2f} s, {} MB", seconds, megabytes));
    fmt::print("{}: {:.2f} s of processor time, {} MB\n", model.filename().string(), seconds, megabytes);
    EXPECT_LT(seconds, kSlowBuild ? 40 : 4) << model;
    EXPECT_LT(megabytes, kSlowBuild ? 3000 : 300) << model;
  }
}

}  // namespace
}  // namespace midge::test
