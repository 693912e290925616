#include "board/board.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>

#include "base/check.h"
#include "base/file.h"
#include "board/resources.h"
#include "board/table_reader.h"

namespace midge::board {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> kPortNames = {"cortex_m", "riscv", "host"};
constexpr int64_t kAddressSpace = int64_t{1} << 32;

std::optional<size_t> index_of(std::span<const std::string_view> names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<size_t>(found - names.begin());
}

bool is_identifier(std::string_view name) {
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::ranges::all_of(name, is_word);
}

Memory read_memory(const toml::table& table, Diagnosis& diagnosis) {
  TableReader reader(table, "[[memory]]", diagnosis);
  Memory memory;
  memory.name = reader.text("name");
  if (!diagnosis.failed() && !is_identifier(memory.name)) {
    diagnosis.report(reader.where("name"), "`name` must be made of letters, digits and _");
  }
  memory.origin = static_cast<uint64_t>(reader.integer("origin", 0, kAddressSpace - 1));
  memory.size = static_cast<uint64_t>(reader.integer("size", 1, kAddressSpace));
  if (memory.origin + memory.size > static_cast<uint64_t>(kAddressSpace)) {
    diagnosis.report(reader.where(), fmt::format("memory `{}` ends beyond 4 GB", memory.name));
  }
  memory.wait_states = reader.integer_or("wait_states", 0, 1000, 0);
  for (const std::string& use : reader.texts("holds")) {
    if (const auto index = index_of(kUseNames, use)) {
      memory.holds.push_back(static_cast<Use>(*index));
    } else {
      diagnosis.report(reader.where("holds"),
                       fmt::format("a memory holds {}; not `{}`", fmt::join(kUseNames, ", "), use));
    }
  }
  reader.finish();
  return memory;
}

void check_memories(const std::vector<Memory>& memories, const toml::source_region& where,
                    Diagnosis& diagnosis) {
  for (size_t i = 0; i < memories.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const Memory& a = memories[j];
      const Memory& b = memories[i];
      if (a.name == b.name) diagnosis.report(where, fmt::format("two memories are called `{}`", a.name));
      if (a.origin < b.origin + b.size && b.origin < a.origin + a.size) {
        diagnosis.report(where, fmt::format("the memories `{}` and `{}` overlap", a.name, b.name));
      }
    }
  }
  for (size_t use = 0; use < kUseNames.size(); ++use) {
    const auto count = std::ranges::count_if(memories, [&](const Memory& memory) {
      return std::ranges::count(memory.holds, static_cast<Use>(use)) != 0;
    });
    if (count != 1) {
      diagnosis.report(where, fmt::format("exactly one memory must hold `{}`; {} do", kUseNames[use], count));
    }
  }
}

void read_memories(TableReader& root, BoardSpec& board, Diagnosis& diagnosis) {
  for (const toml::table* table : root.tables("memory"))
    board.memories.push_back(read_memory(*table, diagnosis));
  if (!board.native()) {
    check_memories(board.memories, root.where("memory"), diagnosis);
  } else if (!board.memories.empty()) {
    diagnosis.report(root.where("memory"),
                     "a board without [run] is this computer, whose memories are not ours to map");
  }
}

// Calls `read` with the reader of section [key], which must be there unless `optional`.
template <class Read>
void read_section(TableReader& root, std::string_view key, bool optional, Diagnosis& diagnosis,
                  const Read& read) {
  const toml::table* table = root.table(key);
  if (table == nullptr) {
    if (!optional) diagnosis.report(root.where(), fmt::format("the section [{}] is missing", key));
    return;
  }
  TableReader reader(*table, fmt::format("[{}]", key), diagnosis);
  read(reader);
  reader.finish();
}

void read_runtime(TableReader& reader, BoardSpec& board, Diagnosis& diagnosis) {
  const std::string port = reader.text("port");
  if (const auto index = index_of(kPortNames, port)) {
    board.port = static_cast<Port>(*index);
  } else {
    diagnosis.report(reader.where("port"),
                     fmt::format("`port` must be one of {}", fmt::join(kPortNames, ", ")));
  }
  if (board.native() != (board.port == Port::kHost)) {
    diagnosis.report(reader.where("port"),
                     "the port `host` goes with a board that has no [run], and only with it");
  }
  if (!board.native()) board.stack_bytes = reader.integer("stack_bytes", 256, int64_t{1} << 24);
}

void read_board(const toml::table& table, BoardSpec& board, Diagnosis& diagnosis) {
  TableReader root(table, "a board", diagnosis);
  board.description = root.text("description");
  read_section(root, "cpu", false, diagnosis, [&](TableReader& reader) {
    board.core = reader.text("core");
    board.features = reader.texts("features");
    board.clock_hz = reader.integer_or("clock_hz", 1, 100'000'000'000, 0);
  });
  read_section(root, "run", true, diagnosis, [&](TableReader& reader) {
    board.emulator = reader.text("emulator");
    board.machine = reader.text("machine");
    board.emulator_args = reader.texts("args");
  });
  read_memories(root, board, diagnosis);
  read_section(root, "toolchain", false, diagnosis, [&](TableReader& reader) {
    board.cc = reader.text("cc");
    board.flags = reader.texts("flags");
  });
  read_section(root, "runtime", false, diagnosis,
               [&](TableReader& reader) { read_runtime(reader, board, diagnosis); });
  root.finish();
}

// The board files of one directory: name → path.
Result<std::map<std::string, fs::path>> list_boards(const fs::path& dir) {
  std::map<std::string, fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(dir, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".toml") files[entry->path().stem().string()] = entry->path();
  }
  if (error)
    return usage_error(
        fmt::format("{}: cannot read the directory of boards: {}", dir.string(), error.message()));
  return files;
}

Result<std::map<std::string, fs::path>> list_all_boards(std::span<const fs::path> extra_dirs) {
  MIDGE_ASSIGN(const fs::path home, find_home());
  MIDGE_ASSIGN(auto all, list_boards(home / "boards"));
  for (const fs::path& dir : extra_dirs) {
    MIDGE_ASSIGN(const auto more, list_boards(dir));
    for (const auto& [name, file] : more) all[name] = file;
  }
  return all;
}

Result<BoardSpec> read_board_file(const fs::path& file) {
  MIDGE_ASSIGN(const std::string text, read_text_file(file, int64_t{1} << 20));
  return parse_board(text, file);
}

}  // namespace

std::string_view name_of(Port port) {
  return kPortNames[static_cast<size_t>(port)];
}

bool BoardSpec::has_feature(std::string_view feature) const {
  return std::ranges::find(features, feature) != features.end();
}

const Memory& BoardSpec::memory_for(Use use) const {
  const auto found = std::ranges::find_if(
      memories, [&](const Memory& memory) { return std::ranges::count(memory.holds, use) != 0; });
  MIDGE_CHECK(found != memories.end());
  return *found;
}

Result<BoardSpec> parse_board(std::string_view text, const fs::path& file) {
  Diagnosis diagnosis(file.string());
  BoardSpec board;
  board.name = file.stem().string();
  board.file = file;
  try {
    const toml::table table = toml::parse(text);
    read_board(table, board, diagnosis);
  } catch (const toml::parse_error& error) {
    diagnosis.report(error.source(), fmt::format("not TOML: {}", error.description()));
  }
  if (diagnosis.failed()) return diagnosis.error();
  return board;
}

Result<std::vector<BoardSpec>> load_boards(std::span<const fs::path> extra_dirs) {
  MIDGE_ASSIGN(const auto files, list_all_boards(extra_dirs));
  std::vector<BoardSpec> boards;
  for (const auto& [name, file] : files) {
    MIDGE_ASSIGN(BoardSpec board, read_board_file(file));
    boards.push_back(std::move(board));
  }
  return boards;
}

Result<BoardSpec> find_board(std::string_view name, std::span<const fs::path> extra_dirs) {
  MIDGE_ASSIGN(const auto files, list_all_boards(extra_dirs));
  if (const auto found = files.find(std::string(name)); found != files.end())
    return read_board_file(found->second);
  std::vector<std::string> names;
  for (const auto& [known, file] : files) names.push_back(known);
  return usage_error(fmt::format("unknown board `{}`; known are {}", name, fmt::join(names, ", ")));
}

}  // namespace midge::board
