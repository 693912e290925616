#include "loop/text.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace midge::loop {

namespace {

using enum ExprKind;

constexpr std::array<Infix, 16> kInfix = {{
    {kLogicalOr, "||", 1},
    {kLogicalAnd, "&&", 2},
    {kOr, "|", 3},
    {kXor, "^", 4},
    {kAnd, "&", 5},
    {kEq, "==", 6},
    {kNe, "!=", 6},
    {kLt, "<", 7},
    {kLe, "<=", 7},
    {kShl, "<<", 8},
    {kShr, ">>", 8},
    {kAdd, "+", 9},
    {kSub, "-", 9},
    {kMul, "*", 10},
    {kDiv, "/", 10},
    {kRem, "%", 10},
}};

constexpr std::array<Function, 5> kFunctions = {{
    {kMin, "min", 2},
    {kMax, "max", 2},
    {kSelect, "select", 3},
    {kSqrt, "sqrt", 1},
    {kClz, "clz", 1},
}};

constexpr std::array<std::pair<Memory, std::string_view>, 5> kMemories = {{
    {Memory::kInput, "input"},
    {Memory::kOutput, "output"},
    {Memory::kConst, "const"},
    {Memory::kScratch, "scratch"},
    {Memory::kLocal, "local"},
}};

// C99, C11 and C23, sorted; those with a leading underscore are refused with all such names.
constexpr std::string_view kKeywords[] = {
    "alignas",       "alignof",  "auto",     "bool",         "break",  "case",    "char",   "const",
    "constexpr",     "continue", "default",  "do",           "double", "else",    "enum",   "extern",
    "false",         "float",    "for",      "goto",         "if",     "inline",  "int",    "long",
    "nullptr",       "register", "restrict", "return",       "short",  "signed",  "sizeof", "static",
    "static_assert", "struct",   "switch",   "thread_local", "true",   "typedef", "typeof", "typeof_unqual",
    "union",         "unsigned", "void",     "volatile",     "while",
};
static_assert(std::is_sorted(std::begin(kKeywords), std::end(kKeywords)));

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_word(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::span<const Infix> infix_operators() {
  return kInfix;
}
std::span<const Function> functions() {
  return kFunctions;
}

std::string_view name_of(Memory memory) {
  return std::find_if(kMemories.begin(), kMemories.end(),
                      [&](const auto& row) { return row.first == memory; })
      ->second;
}

std::optional<Memory> parse_memory(std::string_view name) {
  for (const auto& [memory, memory_name] : kMemories) {
    if (memory_name == name) return memory;
  }
  return std::nullopt;
}

bool is_identifier(std::string_view name) {
  if (name.empty() || !is_letter(name[0]) || !std::all_of(name.begin(), name.end(), is_word)) return false;
  return !std::binary_search(std::begin(kKeywords), std::end(kKeywords), name);
}

}  // namespace midge::loop
