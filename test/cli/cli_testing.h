// Running the built `midge` as a user does, in a directory of the test's own.
//
// Every test ends with the same question: is anything left? TMPDIR lies in that directory and must be empty,
// and no process may be alive that was started with it.
#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/temp_dir.h"

namespace midge::test {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;
using Environment = std::vector<std::pair<std::string, std::string>>;

struct Ran {
  int code = -1;  // exit code; 1000 + the signal that ended it
  std::string out, err;
};

// Needed on the machine, as `name` in PATH; skips the test visibly where it is not.
#define MIDGE_NEEDS(name) \
  if (find_in_path(name).empty()) GTEST_SKIP() << (name) << " is not installed"

class CliTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  const fs::path& dir() const { return dir_.path(); }
  fs::path temporary() const { return dir() / "tmp"; }
  // Writes a file there, with its folders; gives its path.
  std::string file(const std::string& name, std::string_view bytes) const;
  std::string script(const std::string& name, const std::string& commands) const;  // executable

  Ran run(Arguments command, Environment environment = {}) const;
  Ran midge(Arguments arguments, Environment environment = {}) const;
  // Through a shell: "$MIDGE ... >/dev/full".
  Ran shell(const std::string& commands) const;

  // Started, sent `signal_number` once `ready` is there, waited for.
  Ran interrupted(Arguments arguments, Environment environment, const fs::path& ready,
                  int signal_number) const;

  // A folder for PATH with the named programs only.
  std::string only_programs(const std::vector<std::string>& names) const;

 private:
  TempDir dir_;
};

std::string sine();     // models/sine/sine.tflite: one int8 in, one out
std::string fashion();  // models/fashion/fashion.tflite: [1,28,28,1] in, 10 probabilities out
std::string fashion_file(const std::string& name);
std::string conformance_case(const std::string& name);  // "add/int8_relu" → path without extension
// Where the models of MLPerf Tiny are; empty: not there.
std::vector<fs::path> shared_models();

std::string contents(const fs::path& file);

// One line on stderr that starts with "midge: " and holds every one of `pieces`; nothing on stdout.
void expect_failure(const Ran& ran, int code, const std::vector<std::string>& pieces);
void expect_success(const Ran& ran);
void expect_contains(const std::string& text, const std::vector<std::string>& pieces);

}  // namespace midge::test
