// What the subcommands share: how they are registered, and the exit codes scripts rely on.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "base/result.h"

namespace midge::cli {

// A subcommand registers its options with `app` and leaves what to do when it was chosen.
using Action = std::function<Result<void>()>;
Action add_run(CLI::App& app);
Action add_compile(CLI::App& app);
Action add_inspect(CLI::App& app);
Action add_boards(CLI::App& app);
Action add_doctor(CLI::App& app);

// docs/exit_codes.md
int exit_code(ErrorKind kind);

}  // namespace midge::cli
