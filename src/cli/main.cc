// The entry point: one file per subcommand beside it.
#include <fmt/format.h>

#include <cstdio>
#include <vector>

#include "base/cleanup.h"
#include "cli/command.h"

#ifndef MIDGE_VERSION
#error "MIDGE_VERSION comes from CMakeLists.txt"
#endif

namespace midge::cli {

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kCheckFailed:
      return 1;
    case ErrorKind::kUsage:
      return 2;
    case ErrorKind::kModel:
      return 3;
    case ErrorKind::kDoesNotFit:
      return 4;
    case ErrorKind::kTool:
      return 5;
  }
  return 5;
}

namespace {

struct Command {
  const char* name;
  const char* summary;
  Action (*add)(CLI::App&);
  const char* examples;
};

constexpr Command kCommands[] = {
    {"run", "Run a model on a board and print its outputs", add_run,
     "Examples:\n"
     "  midge run models/fashion/fashion.tflite --input shoe.png --labels models/fashion/labels.txt --check\n"
     "  midge run model.tflite --board mps2-an386 --input x.npy --output y.bin --json\n"},
    {"compile", "Compile a model to C99 sources", add_compile,
     "Examples:\n"
     "  midge compile model.tflite -o out\n"
     "  midge compile model.tflite -o out --board microbit --name sine\n"
     "  midge compile model.tflite --print=plan\n"},
    {"inspect", "Show a model's operators, shapes, quantisation and sizes", add_inspect,
     "Example:\n  midge inspect model.tflite --json\n"},
    {"boards", "List the boards", add_boards, "Example:\n  midge boards --boards ~/my-boards\n"},
    {"doctor", "Say what is installed, what is missing and how to get it", add_doctor,
     "Example:\n  midge doctor\n"},
};

int main_with(int argc, char** argv) {
  CLI::App app{
      "Midge compiles trained neural networks to C for bare-metal microcontrollers and runs them on boards."};
  app.set_version_flag("--version", "midge " MIDGE_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 a check failed, 2 wrong use, 3 bad or unsupported model, 4 does not fit the "
      "board,\n"
      "5 tool or board failure. `midge COMMAND --help` shows a command's options.");
  std::vector<std::pair<CLI::App*, Action>> actions;
  for (const Command& command : kCommands) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    sub->footer(command.examples);
    actions.emplace_back(sub, command.add(*sub));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version end here too, with code 0; every other fault of the command line is wrong use.
    if (error.get_exit_code() == 0) return app.exit(error);
    fmt::print(stderr, "midge: {} (see `midge --help`)\n", error.what());
    return exit_code(ErrorKind::kUsage);
  }
  for (const auto& [sub, action] : actions) {
    if (!sub->parsed()) continue;
    const Result<void> done = action();
    std::fflush(stdout);
    if (!done) fmt::print(stderr, "midge: {}\n", done.error().message);
    return done ? 0 : exit_code(done.error().kind);
  }
  return exit_code(ErrorKind::kUsage);
}

}  // namespace
}  // namespace midge::cli

int main(int argc, char** argv) {
  midge::cleanup::install();
  return midge::cli::main_with(argc, argv);
}
