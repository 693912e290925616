// What we need to know of a linked program or an object file: its sections and symbols.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace midge::board {

struct ElfSection {
  std::string name;
  uint64_t size = 0;
  bool writable = false;
  bool in_file = false;  // has contents, unlike .bss
};

struct ElfFunction {
  std::string name;
  uint64_t address = 0;  // without Thumb's mark
  uint64_t size = 0;
};

struct ElfFile {
  std::vector<ElfSection> sections;  // those that take memory on the target
  std::vector<ElfFunction> functions;

  const ElfFunction* function_called(std::string_view name) const;  // nullptr: none
  const ElfFunction* function_around(uint64_t address) const;       // nullptr: none
};

Result<ElfFile> read_elf(const std::filesystem::path& path);

}  // namespace midge::board
