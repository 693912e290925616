#include "cli/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/file.h"
#include "import/tflite.h"

namespace midge::cli {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kKeywords = {
    "auto"sv,     "break"sv,  "case"sv,   "char"sv,     "const"sv,     "continue"sv, "default"sv,  "do"sv,
    "double"sv,   "else"sv,   "enum"sv,   "extern"sv,   "float"sv,     "for"sv,      "goto"sv,     "if"sv,
    "inline"sv,   "int"sv,    "long"sv,   "register"sv, "restrict"sv,  "return"sv,   "short"sv,    "signed"sv,
    "sizeof"sv,   "static"sv, "struct"sv, "switch"sv,   "typedef"sv,   "union"sv,    "unsigned"sv, "void"sv,
    "volatile"sv, "while"sv,  "_Bool"sv,  "_Complex"sv, "_Imaginary"sv};
constexpr std::array kHeaders = {"assert"sv, "complex"sv, "ctype"sv,  "errno"sv,  "fenv"sv,   "inttypes"sv,
                                 "iso646"sv, "limits"sv,  "locale"sv, "math"sv,   "setjmp"sv, "signal"sv,
                                 "stdarg"sv, "stdbool"sv, "stddef"sv, "stdint"sv, "stdio"sv,  "stdlib"sv,
                                 "string"sv, "tgmath"sv,  "time"sv,   "wchar"sv,  "wctype"sv};
constexpr std::string_view kReserved = "midge_";  // the runtime's names and files
// Leaves room for what is added behind it, in a file system with 255 letters to a name.
constexpr size_t kMostNameLetters = 64;

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

std::string_view fault_of_name(std::string_view name) {
  if (name.empty() || is_digit(name[0]) ||
      !std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); }))
    return "not a C identifier";
  if (name.size() > kMostNameLetters) return "longer than 64 letters";
  if (std::find(kKeywords.begin(), kKeywords.end(), name) != kKeywords.end())
    return "a word of the C language";
  if (std::find(kHeaders.begin(), kHeaders.end(), name) != kHeaders.end())
    return "its header would hide one of the C library";
  if (name.starts_with(kReserved)) return "names with midge_ belong to the runtime";
  return {};
}

std::string name_from(const std::filesystem::path& path) {
  std::string name = path.stem().string().substr(0, kMostNameLetters);
  for (char& c : name)
    if (!is_letter(c) && !is_digit(c)) c = '_';
  if (fault_of_name(name).empty()) return name;
  return ("model_" + name).substr(0, kMostNameLetters);
}

void ModelOptions::add_model(CLI::App& app) {
  app.add_option("MODEL", model, "A .tflite file")->required()->type_name("");
}

void ModelOptions::add_print(CLI::App& app) {
  const auto names = compile::phase_names();
  std::string help = "Print what this phase made; the phases are";
  constexpr size_t kNamesPerLine = 5;
  for (size_t i = 0; i < names.size(); ++i)
    help += fmt::format("{}{}{}", i ? "," : "", i % kNamesPerLine ? " " : "\n", names[i]);
  app.add_option("--print", print_phase, help)->type_name("PHASE")->check([names](const std::string& wanted) {
    return std::find(names.begin(), names.end(), wanted) != names.end()
               ? std::string()
               : fmt::format("no phase is called '{}'; there are {}", wanted, fmt::join(names, ", "));
  });
}

void ModelOptions::add_boards(CLI::App& app) {
  app.add_option("--boards", board_dirs, "A directory with more boards, one .toml each; may be repeated")
      ->type_name("DIR")
      ->allow_extra_args(false);  // one directory each time, so that MODEL may follow
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
