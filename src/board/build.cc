// Sources → firmware: compiling in parallel, linking, and telling the reasons of failure apart.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <regex>
#include <thread>

#include "base/check.h"
#include "base/file.h"
#include "base/process.h"
#include "board/elf.h"
#include "board/firmware.h"
#include "board/memory_script.h"
#include "board/resources.h"
#include "board/tools.h"

namespace midge::board {
namespace {

namespace fs = std::filesystem;
using Command = std::vector<std::string>;

// Relative to the build's directory, where the compiler runs: messages then show the caller's own names.
struct Object {
  std::string source;
  std::string name;
  bool runtime = false;  // ours, not the caller's
};

bool is_weights(const Object& object) {
  return !object.runtime && object.name.ends_with("_weights.o");
}

class Builder {
 public:
  Builder(const BoardSpec& board, const BuildOptions& options, fs::path runtime, fs::path dir)
      : board_(board), options_(options), runtime_(std::move(runtime)), dir_(std::move(dir)) {}

  Result<void> write(std::span<const SourceFile> sources);
  Result<void> compile();
  Result<void> link();
  Result<void> measure(Firmware& firmware) const;
  fs::path program() const { return dir_ / "firmware.elf"; }

 private:
  Result<void> add_runtime();
  Result<void> compile_one(const Object& object) const;
  Command compile_command(const Object& object) const;
  Result<ProcessOutcome> run(Command command) const;
  Error link_error(const std::string& messages) const;
  void add_sizes(const ElfFile& elf, bool weights, FirmwareSizes& sizes) const;

  const BoardSpec& board_;
  const BuildOptions& options_;
  fs::path runtime_;
  fs::path dir_;
  std::vector<Object> objects_;
};

Result<void> Builder::write(std::span<const SourceFile> sources) {
  for (const SourceFile& source : sources) {
    MIDGE_CHECK(!source.name.empty() && source.name.find('/') == std::string::npos);
    MIDGE_TRY(write_file(dir_ / source.name, source.text));
    const fs::path name = source.name;
    if (name.extension() == ".c") objects_.push_back({source.name, name.stem().string() + ".o"});
  }
  if (!board_.native()) MIDGE_TRY(write_file(dir_ / "memory.ld", memory_script(board_)));
  return add_runtime();
}

// Every C file of the folders that this kind of board is made of. Its objects get a folder of their own,
// because the caller's files may have any name.
Result<void> Builder::add_runtime() {
  std::error_code error;
  fs::create_directory(dir_ / "runtime", error);
  std::vector<fs::path> folders = {runtime_ / "src", runtime_ / "port" / name_of(board_.port)};
  if (!board_.native()) folders.push_back(runtime_ / "freestanding");
  for (const fs::path& folder : folders) {
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      if (entry->path().extension() != ".c") continue;
      objects_.push_back({entry->path().string(), "runtime/" + entry->path().stem().string() + ".o", true});
    }
    if (error)
      return tool_error(fmt::format("{}: cannot read the runtime: {}", folder.string(), error.message()));
  }
  return {};
}

Command Builder::compile_command(const Object& object) const {
  Command command = {board_.cc};
  command.insert(command.end(), board_.flags.begin(), board_.flags.end());
  for (const char* flag :
       {"-std=c99", "-g1", "-fno-asynchronous-unwind-tables", "-ffunction-sections", "-fdata-sections"})
    command.emplace_back(flag);
  command.push_back("-I" + (runtime_ / "include").string());
  if (!board_.native()) {
    // No C library is needed, so none has to be installed.
    command.insert(command.end(), {"-isystem", (runtime_ / "freestanding/include").string()});
  }
  if (object.runtime) {
    command.insert(command.end(),
                   {"-O2", "-I" + (runtime_ / "src").string(), "-I" + (runtime_ / "freestanding").string()});
    if (!board_.native())
      command.insert(command.end(), {"-ffreestanding", "-fno-tree-loop-distribute-patterns"});
  } else {
    command.insert(command.end(), options_.flags.begin(), options_.flags.end());
  }
  command.insert(command.end(), {"-c", object.source, "-o", object.name});
  return command;
}

Result<ProcessOutcome> Builder::run(Command command) const {
  ProcessSpec spec;
  spec.command = std::move(command);
  spec.directory = dir_;
  // The compiler's temporary files go with ours; messages come in English, as link_error reads them.
  spec.environment = {{"TMPDIR", dir_.string()}, {"LC_ALL", "C"}};
  MIDGE_ASSIGN(ProcessOutcome outcome, run_process(spec));
  if (outcome.end == ProcessEnd::kNotFound) {
    return tool_error(fmt::format("{}: the compiler {} is not there; {}", board_.name, board_.cc,
                                  how_to_install(board_.cc)));
  }
  if (outcome.end == ProcessEnd::kTimedOut) {
    return tool_error(fmt::format("{}: {} did not end within {} s", board_.name, board_.cc,
                                  std::chrono::duration_cast<std::chrono::seconds>(spec.timeout).count()));
  }
  if (outcome.end == ProcessEnd::kSignalled) {
    return tool_error(fmt::format("{}: {} was ended by signal {}", board_.name, board_.cc, outcome.code));
  }
  return outcome;
}

// The first line with one of `marks`, or else the first line.
std::string telling_line(const std::string& messages, std::initializer_list<std::string_view> marks) {
  std::string first;
  for (size_t begin = 0; begin < messages.size();) {
    const size_t end = std::min(messages.find('\n', begin), messages.size());
    const std::string line = messages.substr(begin, end - begin);
    for (std::string_view mark : marks) {
      if (line.find(mark) != std::string::npos) return line;
    }
    if (first.empty()) first = line;
    begin = end + 1;
  }
  return first.empty() ? "no message" : first;
}

Result<void> Builder::compile_one(const Object& object) const {
  MIDGE_ASSIGN(const ProcessOutcome outcome, run(compile_command(object)));
  if (outcome.code == 0) return {};
  return tool_error(
      fmt::format("{}: {} failed: {}", board_.name, board_.cc, telling_line(outcome.errors, {"error:"})));
}

Result<void> Builder::compile() {
  std::vector<Result<void>> results(objects_.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < objects_.size(); i = next++) results[i] = compile_one(objects_[i]);
  };
  {
    std::vector<std::jthread> helpers;
    for (int job = 1; job < options_.jobs; ++job) helpers.emplace_back(work);
    work();
  }
  for (Result<void>& result : results) MIDGE_TRY(std::move(result));
  return {};
}

// A memory that is too small is the user's matter: exit code 4, with the numbers.
Error Builder::link_error(const std::string& messages) const {
  static const std::regex overflow("region `(\\w+)' overflowed by (\\d+) bytes");
  std::smatch match;
  if (std::regex_search(messages, match, overflow)) {
    const auto memory = std::ranges::find(board_.memories, match[1].str(), &Memory::name);
    if (memory != board_.memories.end()) {
      std::vector<std::string_view> uses;
      for (Use use : memory->holds) uses.push_back(kUseNames[static_cast<size_t>(use)]);
      return fit_error(fmt::format("{}: does not fit: memory `{}` ({}) needs {} bytes and has {}",
                                   board_.name, memory->name, fmt::join(uses, ", "),
                                   memory->size + std::stoull(match[2].str()), memory->size));
    }
  }
  return tool_error(
      fmt::format("{}: linking failed: {}", board_.name,
                  telling_line(messages, {"undefined reference", "multiple definition", "error"})));
}

Result<void> Builder::link() {
  Command command = {board_.cc};
  command.insert(command.end(), board_.flags.begin(), board_.flags.end());
  if (!board_.native()) {
    const std::string scripts = (runtime_ / "freestanding").string();
    command.insert(command.end(), {"-nostdlib", "-L.", "-T", scripts + "/link.ld"});
  }
  command.emplace_back("-Wl,--gc-sections");
  for (const Object& object : objects_) command.push_back(object.name);
  if (!board_.native()) command.emplace_back("-lgcc");
  command.insert(command.end(), {"-o", program().string()});
  MIDGE_ASSIGN(const ProcessOutcome outcome, run(std::move(command)));
  if (outcome.code != 0) return link_error(outcome.errors);
  return {};
}

void Builder::add_sizes(const ElfFile& elf, bool weights, FirmwareSizes& sizes) const {
  for (const ElfSection& section : elf.sections) {
    const auto size = static_cast<int64_t>(section.size);
    const bool arena = section.name == ".arena" || section.name == ".bss.midge_arena";
    if (section.name == ".stack") continue;
    if (section.in_file)
      (weights || section.name == ".weights" ? sizes.weight_bytes : sizes.code_bytes) += size;
    if (section.writable) sizes.ram_bytes += size;
    if (arena) sizes.arena_bytes += size;
  }
}

// A native program is full of the C library, so there the object files tell the sizes.
Result<void> Builder::measure(Firmware& firmware) const {
  MIDGE_ASSIGN(const ElfFile elf, read_elf(program()));
  if (board_.native()) {
    for (const Object& object : objects_) {
      MIDGE_ASSIGN(const ElfFile part, read_elf(dir_ / object.name));
      add_sizes(part, is_weights(object), firmware.sizes);
    }
  } else {
    add_sizes(elf, false, firmware.sizes);
  }
  const ElfFunction* begin = elf.function_called("midge_region_begin");
  const ElfFunction* end = elf.function_called("midge_region_end");
  MIDGE_CHECK(begin != nullptr && end != nullptr);
  firmware.region_begin = begin->address;
  firmware.region_end = end->address;
  return {};
}

}  // namespace

Result<Firmware> build_firmware(const BoardSpec& board, std::span<const SourceFile> sources,
                                const BuildOptions& options) {
  MIDGE_ASSIGN(const fs::path home, find_home());
  Firmware firmware;
  MIDGE_ASSIGN(firmware.dir, TempDir::create("build"));
  Builder builder(board, options, fs::absolute(home / "runtime"), firmware.dir.path());
  MIDGE_TRY(builder.write(sources));
  MIDGE_TRY(builder.compile());
  MIDGE_TRY(builder.link());
  MIDGE_TRY(builder.measure(firmware));
  firmware.elf = builder.program();
  return firmware;
}

}  // namespace midge::board
