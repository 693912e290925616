#include "board/tools.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/file.h"
#include "base/process.h"
#include "board/resources.h"

namespace midge::board {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kPackages = {{
    {"arm-none-eabi-gcc", "gcc-arm-none-eabi"},
    {"riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf"},
    {"qemu-system-arm", "qemu-system-arm"},
    {"qemu-system-riscv32", "qemu-system-misc"},
    {"cc", "gcc"},
    {"gcc", "gcc"},
    {"clang", "clang"},
    {"openocd", "openocd"},
}};

constexpr std::string_view kCounter = "insn_count.so";

std::string_view package_of(std::string_view program) {
  const auto* row = std::ranges::find(kPackages, program, [](const auto& entry) { return entry.first; });
  return row == kPackages.end() ? std::string_view() : row->second;
}

std::string version_of(const std::string& program) {
  const auto outcome = run_process({.command = {program, "--version"}, .timeout = std::chrono::seconds(10)});
  if (!outcome.has_value() || !outcome->succeeded()) return {};
  return outcome->output.substr(0, outcome->output.find('\n'));
}

void add_tool(const std::string& name, const std::string& board, std::vector<Tool>& tools) {
  auto tool = std::ranges::find(tools, name, &Tool::name);
  if (tool == tools.end()) {
    Tool found;
    found.name = name;
    found.path = find_in_path(name).string();
    if (!found.path.empty()) found.version = version_of(name);
    found.debian_package = package_of(name);
    tool = tools.insert(tools.end(), std::move(found));
  }
  tool->boards.push_back(board);
}

}  // namespace

std::vector<Tool> find_tools(std::span<const BoardSpec> boards) {
  std::vector<Tool> tools;
  Tool counter;
  counter.name = kCounter;
  counter.path = find_insn_counter().string();
  for (const BoardSpec& board : boards) {
    add_tool(board.cc, board.name, tools);
    if (board.native()) continue;
    add_tool(board.emulator, board.name, tools);
    counter.boards.push_back(board.name);
  }
  tools.push_back(std::move(counter));
  return tools;
}

std::string how_to_install(std::string_view program) {
  const std::string_view package = package_of(program);
  if (program == kCounter) return "build Midge's own target midge_insn_count";
  if (package.empty()) return "put it into PATH";
  return fmt::format("install it with: apt-get install {}", package);
}

}  // namespace midge::board
