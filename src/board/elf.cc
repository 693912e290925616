#include "board/elf.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <libelf.h>
#include <unistd.h>

#include <algorithm>

namespace midge::board {
namespace {

std::string_view text_at(Elf* elf, size_t table, size_t offset) {
  const char* text = elf_strptr(elf, table, offset);
  return text != nullptr ? text : "";
}

void read_symbols(Elf* elf, Elf_Scn* section, const GElf_Shdr& header, bool thumb, ElfFile& result) {
  Elf_Data* data = elf_getdata(section, nullptr);
  if (data == nullptr || header.sh_entsize == 0) return;
  const uint64_t count = header.sh_size / header.sh_entsize;
  for (uint64_t i = 0; i < count; ++i) {
    GElf_Sym symbol;
    if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) return;
    if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF) continue;
    const uint64_t address = thumb ? symbol.st_value & ~uint64_t{1} : symbol.st_value;
    result.functions.push_back(
        {std::string(text_at(elf, header.sh_link, symbol.st_name)), address, symbol.st_size});
  }
}

void read_sections(Elf* elf, ElfFile& result) {
  GElf_Ehdr file_header;
  size_t names = 0;
  if (gelf_getehdr(elf, &file_header) == nullptr || elf_getshdrstrndx(elf, &names) != 0) return;
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr;
       section = elf_nextscn(elf, section)) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) continue;
    if (header.sh_type == SHT_SYMTAB)
      read_symbols(elf, section, header, file_header.e_machine == EM_ARM, result);
    if ((header.sh_flags & SHF_ALLOC) == 0) continue;
    result.sections.push_back({std::string(text_at(elf, names, header.sh_name)), header.sh_size,
                               (header.sh_flags & SHF_WRITE) != 0, header.sh_type != SHT_NOBITS});
  }
}

}  // namespace

const ElfFunction* ElfFile::function_called(std::string_view name) const {
  const auto found = std::ranges::find(functions, name, &ElfFunction::name);
  return found != functions.end() ? &*found : nullptr;
}

const ElfFunction* ElfFile::function_around(uint64_t address) const {
  const auto found = std::ranges::find_if(functions, [&](const ElfFunction& function) {
    return address >= function.address && address - function.address < function.size;
  });
  return found != functions.end() ? &*found : nullptr;
}

Result<ElfFile> read_elf(const std::filesystem::path& path) {
  elf_version(EV_CURRENT);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return tool_error(fmt::format("{}: the linked program cannot be opened", path.string()));
  ElfFile result;
  Elf* elf = elf_begin(fd, ELF_C_READ, nullptr);
  if (elf != nullptr && elf_kind(elf) == ELF_K_ELF) read_sections(elf, result);
  if (elf != nullptr) elf_end(elf);
  ::close(fd);
  if (result.sections.empty()) return tool_error(fmt::format("{}: is not an ELF file", path.string()));
  return result;
}

}  // namespace midge::board
