// Loading models, and the options that several subcommands have.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "board/board.h"
#include "compile/compile.h"
#include "graph/graph.h"

namespace midge::cli {

Result<graph::Graph> load_model(const std::filesystem::path& path);

// A model's name starts all its C names and file names. Why `name` cannot be one; empty: it can.
std::string_view fault_of_name(std::string_view name);
// One from a file's name: "my-model.v2.tflite" → "my_model_v2".
std::string name_from(const std::filesystem::path& path);

struct ModelOptions {
  std::filesystem::path model;
  std::string print_phase;
  std::vector<std::filesystem::path> board_dirs;

  void add_model(CLI::App& app);
  void add_print(CLI::App& app);   // --print=PHASE
  void add_boards(CLI::App& app);  // --boards DIR
};

// Compiles with the phase asked for printed to stdout.
Result<compile::Program> compile_model(graph::Graph graph, const std::string& name,
                                       const ModelOptions& options);

}  // namespace midge::cli
