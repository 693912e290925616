#include "cli/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/file.h"
#include "import/tflite.h"

namespace midge::cli {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

Result<graph::Graph> load_model(const std::filesystem::path& path) {
  MIDGE_ASSIGN(const std::vector<uint8_t> bytes, read_file(path));
  return import::import_tflite(bytes, path.string());
}

bool is_identifier(const std::string& text) {
  if (text.empty() || !is_letter(text[0])) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

std::string identifier_from(const std::filesystem::path& path) {
  std::string name = path.stem().string();
  for (char& c : name)
    if (!is_letter(c) && !is_digit(c)) c = '_';
  if (name.empty() || is_digit(name[0])) name = "model_" + name;
  return name;
}

void ModelOptions::add_model(CLI::App& app) {
  app.add_option("MODEL", model, "A .tflite file")->required();
}

void ModelOptions::add_print(CLI::App& app) {
  const auto names = compile::phase_names();
  app.add_option("--print", print_phase,
                 fmt::format("Print what this phase made: {}", fmt::join(names, ", ")))
      ->type_name("PHASE")
      ->check([names](const std::string& wanted) {
        return std::find(names.begin(), names.end(), wanted) != names.end()
                   ? std::string()
                   : fmt::format("no phase is called '{}'; there are {}", wanted, fmt::join(names, ", "));
      });
}

void ModelOptions::add_boards(CLI::App& app) {
  app.add_option("--boards", board_dirs, "A directory with more boards, one .toml each; may be repeated")
      ->type_name("DIR");
}

Result<compile::Program> compile_model(graph::Graph graph, const std::string& name,
                                       const ModelOptions& options) {
  compile::Options compile_options;
  compile_options.name = name;
  compile_options.after_phase = [&](std::string_view phase, const std::function<std::string()>& text) {
    if (phase == options.print_phase) fmt::print("{}", text());
  };
  return compile::compile(std::move(graph), compile_options);
}

}  // namespace midge::cli
