// The entry point: one file per subcommand beside it.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <system_error>
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

constexpr const char* kExitCodes =
    "Exit codes: 0 done, 1 a check failed, 2 wrong use, 3 bad or unsupported model, 4 does not fit the "
    "board,\n"
    "5 tool or board failure, 130, 143, 129 ended by Ctrl-C, SIGTERM, SIGHUP. `midge COMMAND --help` shows "
    "a\n"
    "command's options and examples.";

// Names of files and of tensors may hold anything; a message is one line all the same.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f)
      line += fmt::format("\\x{:02x}", byte);
    else
      line += c;
  }
  return line;
}

int fail(const Error& error) {
  const std::string line = "midge: " + one_line(error.message) + "\n";
  std::fputs(line.c_str(), stderr);  // not fmt: it throws when stderr is full
  return exit_code(error.kind);
}

// A standard stream that is closed would become the next file that is opened, and get our output. Opened for
// reading, it refuses writes instead, which is noticed.
void occupy_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd)
    if (fcntl(fd, F_GETFD) < 0) static_cast<void>(open("/dev/null", O_RDONLY));
}

// `reason`: 0 when it is not known any more.
Error output_error(int reason) {
  return tool_error(std::string("standard output: cannot write all of it") +
                    (reason ? fmt::format(": {}", std::strerror(reason)) : ""));
}

Result<void> flush_output() {
  const bool failed_before = std::ferror(stdout) != 0;
  errno = 0;
  if (std::fflush(stdout) != 0 || failed_before) return output_error(errno);
  return {};
}

Error wrong_use(std::string_view what, const std::string& command = {}) {
  return usage_error(fmt::format("{} (see `midge {}--help`)", what, command.empty() ? "" : command + " "));
}

// A first word that is no command ends up among the arguments left over, as does an option before a command.
Error no_command(const CLI::App& app) {
  std::vector<std::string_view> names;
  for (const Command& command : kCommands) names.emplace_back(command.name);
  const std::vector<std::string> left = app.remaining();
  if (!left.empty() && left[0].starts_with('-')) return wrong_use("unexpected before a command: " + left[0]);
  const std::string what = left.empty() ? "a command is missing" : "no command is called " + left[0];
  return wrong_use(fmt::format("{}; the commands are {}", what, fmt::join(names, ", ")));
}

Result<void> run_command(int argc, char** argv) {
  CLI::App app{
      "Midge compiles trained neural networks to C for bare-metal microcontrollers and runs them on boards."};
  app.set_version_flag("--version", "midge " MIDGE_VERSION);
  app.require_subcommand(0, 1);
  app.footer(kExitCodes);
  std::vector<std::pair<CLI::App*, Action>> actions;
  for (const Command& command : kCommands) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    sub->footer(command.examples);
    actions.emplace_back(sub, command.add(*sub));
  }
  app.allow_extras();  // after the commands were added: they would inherit it
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version end here too, with code 0; every other fault of the command line is wrong use.
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    if (error.get_exit_code() != 0)
      return wrong_use(error.what(), chosen.empty() ? std::string() : chosen[0]->get_name());
    app.exit(error);
    return {};
  }
  for (const auto& [sub, action] : actions)
    if (sub->parsed() && app.remaining().empty()) return action();
  return no_command(app);
}

}  // namespace
}  // namespace midge::cli

// Exceptions come from libraries only: fmt throws when it cannot write, and memory may run out.
int main(int argc, char** argv) {
  using namespace midge::cli;
  occupy_standard_streams();
  midge::cleanup::install();
  try {
    midge::Result<void> done = run_command(argc, argv);
    if (done) done = flush_output();
    std::fflush(stdout);
    return done ? 0 : fail(done.error());
  } catch (const std::bad_alloc&) {
    return fail(midge::tool_error("out of memory"));
  } catch (const std::system_error& error) {
    return fail(output_error(error.code().value()));
  }
}
