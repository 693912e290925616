#include "emit/emit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "base/check.h"
#include "emit/expr_writer.h"
#include "emit/kernel_writer.h"

namespace midge::emit {
namespace {

using compile::Program;
using loop::Memory;

constexpr std::string_view kNote =
    "Made by Midge. C99; needs stdint.h and string.h only; no heap, no recursion, no mutable globals.";

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

std::string shape_text(const Shape& shape) {
  return fmt::format("[{}]", fmt::join(shape, ","));
}

// A tensor's name is the model's: it must not end the comment it stands in, or add lines to it.
std::string harmless(std::string name) {
  for (char& c : name)
    if (c < ' ' || c == '*' || c == '\\' || c == 0x7f) c = '_';
  return name;
}

std::string value_comment(const graph::Value& value) {
  std::string text =
      fmt::format("{}: {}{}", harmless(value.name), name_of(value.dtype), shape_text(value.shape));
  if (value.quantization && !value.quantization->per_axis())
    text += fmt::format(", real = {:.9g} * (code - {})", value.quantization->scale(),
                        value.quantization->zero_point());
  return text;
}

// --- constants: each distinct array once
// ---------------------------------------------------------------------------

class Constants {
 public:
  explicit Constants(std::string prefix) : prefix_(std::move(prefix)) {}

  const std::string& name_of_data(const loop::Buffer& buffer) {
    MIDGE_CHECK(buffer.data != nullptr);
    auto [entry, added] = names_.try_emplace({buffer.dtype, *buffer.data});
    if (added) {
      entry->second = fmt::format("{}_const_{}", prefix_, names_.size() - 1);
      declarations_ += fmt::format("extern {};\n", declarator(buffer, entry->second));
      definitions_ += fmt::format("\n{} = {{\n{}}};\n", declarator(buffer, entry->second), elements(buffer));
    }
    return entry->second;
  }
  const std::string& declarations() const { return declarations_; }
  const std::string& definitions() const { return definitions_; }

 private:
  static std::string declarator(const loop::Buffer& buffer, const std::string& name) {
    return fmt::format("const {} {}[{}]", c_name_of(buffer.dtype), name,
                       static_cast<int64_t>(buffer.data->size()) / size_of(buffer.dtype));
  }

  static std::string element(DType type, const uint8_t* bytes) {
    const auto read = [&]<class T>(T value) {
      std::memcpy(&value, bytes, sizeof value);
      return value;
    };
    switch (type) {
      case DType::kI8:
        return integer_literal(type, read(int8_t{}));
      case DType::kBool:
      case DType::kU8:
        return integer_literal(type, read(uint8_t{}));
      case DType::kI16:
        return integer_literal(type, read(int16_t{}));
      case DType::kU16:
        return integer_literal(type, read(uint16_t{}));
      case DType::kI32:
        return integer_literal(type, read(int32_t{}));
      case DType::kU32:
        return integer_literal(type, read(uint32_t{}));
      case DType::kI64:
      case DType::kU64:
        return integer_literal(type, read(int64_t{}));
      case DType::kF32:
        return float_constant(read(float{}));
    }
    MIDGE_CHECK(!"every type has a literal");
    return {};
  }

  // In a static initialiser no function can be called; C99 has no literal for these.
  static std::string float_constant(float value) {
    if (value != value) return "(0.0f / 0.0f)";
    if (value - value != 0.0f) return value > 0 ? "1e39f" : "-1e39f";
    return float_literal(value);
  }

  static std::string elements(const loop::Buffer& buffer) {
    std::string text, row = "   ";
    const auto step = static_cast<size_t>(size_of(buffer.dtype));
    for (size_t at = 0; at + step <= buffer.data->size(); at += step) {
      const std::string next = " " + element(buffer.dtype, buffer.data->data() + at) + ",";
      if (row.size() + next.size() > 110) {
        text += row + "\n";
        row = "   ";
      }
      row += next;
    }
    return text + row + "\n";
  }

  std::string prefix_;
  std::map<std::pair<DType, std::vector<uint8_t>>, std::string> names_;
  std::string declarations_, definitions_;
};

// --- model.c
// -------------------------------------------------------------------------------------------------------

struct ModelText {
  std::string functions, calls;
  std::set<std::string> helpers;
};

// The place of a kernel's argument: an arena offset, or the name of a constant array.
class Arguments {
 public:
  Arguments(const Program& program, const compile::Step& step, Constants& constants) : constants_(constants) {
    size_t next_value = 0, next_scratch = 0;
    for (size_t i = 0; i < step.kernel.buffers.size(); ++i) {
      const loop::Buffer& buffer = step.kernel.buffers[i];
      const BufferId id{static_cast<int32_t>(i)};
      int32_t tensor = -1;
      if (buffer.memory == Memory::kInput || buffer.memory == Memory::kOutput)
        tensor = program.tensor_of_value.at(step.arguments.at(next_value++).at());
      else if (buffer.memory == Memory::kScratch)
        tensor = step.scratch.at(next_scratch++);
      else
        continue;
      MIDGE_CHECK(tensor >= 0);
      offsets_[id] = program.plan.offsets.at(static_cast<size_t>(tensor));
      ends_[id] = offsets_[id] + program.problem.tensors.at(static_cast<size_t>(tensor)).bytes;
    }
  }

  // Arguments that overlap in the arena: the plan let the kernel run in place.
  std::set<BufferId> aliased() const {
    std::set<BufferId> found;
    for (const auto& [a, begin_a] : offsets_)
      for (const auto& [b, begin_b] : offsets_)
        if (a != b && begin_a < ends_.at(b) && begin_b < ends_.at(a)) found.insert(a);
    return found;
  }

  std::string text(const loop::Kernel& kernel, BufferId id) {
    const loop::Buffer& buffer = kernel.buffer(id);
    if (buffer.memory == Memory::kConst) return constants_.name_of_data(buffer);
    return fmt::format("({}void *)(base + {})", buffer.memory == Memory::kInput ? "const " : "",
                       offsets_.at(id));
  }

 private:
  Constants& constants_;
  std::map<BufferId, int64_t> offsets_, ends_;
};

// Kernels with the same text are one function, named after the first; their constants are arguments.
class Kernels {
 public:
  Kernels(const Program& program, Constants& constants) : program_(program), constants_(constants) {}

  ModelText write() {
    for (const compile::Step& step : program_.steps) add(step);
    for (const auto& function : functions_)
      text_.functions += fmt::format("/* {} */\nKERNEL void {}{}\n{}\n", sources_.at(function.name),
                                     function.name, function.parameters, function.body);
    return std::move(text_);
  }

 private:
  struct Function {
    std::string name, parameters, body;
  };

  void add(const compile::Step& step) {
    Arguments arguments(program_, step, constants_);
    KernelText text = write_kernel(step.kernel, arguments.aliased(), text_.helpers);
    const std::string& name = function_for(step, text);
    std::string list;
    for (BufferId id : text.arguments) list += (list.empty() ? "" : ", ") + arguments.text(step.kernel, id);
    text_.calls += fmt::format("    {}({});\n", name, list);
  }

  const std::string& function_for(const compile::Step& step, const KernelText& text) {
    for (const Function& function : functions_) {
      if (function.parameters != text.parameters || function.body != text.body) continue;
      sources_[function.name] += ", " + step.kernel.source;
      return function.name;
    }
    functions_.push_back({unique_name(step.kernel.name), text.parameters, text.body});
    sources_[functions_.back().name] = step.kernel.source;
    return functions_.back().name;
  }

  std::string unique_name(const std::string& kernel_name) const {
    std::string name = fmt::format("{}_{}", program_.name, kernel_name);
    for (int i = 2; sources_.contains(name); ++i)
      name = fmt::format("{}_{}_{}", program_.name, kernel_name, i);
    return name;
  }

  const Program& program_;
  Constants& constants_;
  std::vector<Function> functions_;
  std::map<std::string, std::string> sources_;
  ModelText text_;
};

// --- the header
// ----------------------------------------------------------------------------------------------------

struct Port {
  ValueId id;
  const char* kind;  // "input", "output"
  size_t index;
};

std::vector<Port> ports(const Program& program) {
  std::vector<Port> all;
  for (size_t i = 0; i < program.graph.inputs.size(); ++i)
    all.push_back({program.graph.inputs[i], "input", i});
  for (size_t i = 0; i < program.graph.outputs.size(); ++i)
    all.push_back({program.graph.outputs[i], "output", i});
  return all;
}

int64_t offset_of(const Program& program, ValueId id) {
  const int32_t tensor = program.tensor_of_value.at(id.at());
  MIDGE_CHECK(tensor >= 0);
  return program.plan.offsets.at(static_cast<size_t>(tensor));
}

std::string accessor(const Program& program, const Port& port) {
  const bool input = std::string_view(port.kind) == "input";
  const std::string_view type = c_name_of(program.graph.value(port.id).dtype);
  return fmt::format("{0}{1} *{2}_{3}_{4}({0}void *arena)", input ? "" : "const ", type, program.name,
                     port.kind, port.index);
}

std::string stack_text(const std::optional<StackUse>& stack) {
  if (!stack) return "stack: depends on the compiler; `midge compile --board` measures it";
  return fmt::format("stack: {} bytes, measured on {}", stack->bytes, stack->board);
}

std::string header(const Program& program, const std::optional<StackUse>& stack) {
  const std::string& name = program.name;
  const std::string macro = upper(name);
  std::string text =
      fmt::format("/* {} */\n#ifndef {}_H\n#define {}_H\n\n#include <stdint.h>\n\n", kNote, macro, macro);
  text += fmt::format("#define {}_ARENA_BYTES {}\n#define {}_ARENA_ALIGNMENT 16\n", macro,
                      program.plan.arena_bytes, macro);
  text += fmt::format("#define {}_INPUT_COUNT {}\n#define {}_OUTPUT_COUNT {}\n", macro,
                      program.graph.inputs.size(), macro, program.graph.outputs.size());
  for (const Port& port : ports(program)) {
    const graph::Value& value = program.graph.value(port.id);
    const std::string stem = fmt::format("{}_{}_{}", macro, upper(port.kind), port.index);
    text += fmt::format("\n/* {} {}: {} */\n", port.kind, port.index, value_comment(value));
    text += fmt::format("#define {}_OFFSET {}\n#define {}_BYTES {}\n", stem, offset_of(program, port.id),
                        stem, graph::byte_size(value));
    text += accessor(program, port) + ";\n";
  }
  text += fmt::format(
      "\n/* Runs the network once: reads the inputs from the arena and leaves the outputs there. The arena "
      "is\n"
      "   {}_ARENA_BYTES long and aligned to {}_ARENA_ALIGNMENT. Input bytes may be overwritten.\n   {} */\n"
      "void {}_invoke(void *arena);\n\n#endif\n",
      macro, macro, stack_text(stack), name);
  return text;
}

// Kernels are not inlined: each keeps its name in profiles and fault reports, and no compiler can mix two
// kernels' accesses to the same arena bytes under different types.
constexpr std::string_view kKernelMacro =
    "#if defined(__GNUC__)\n#define KERNEL static __attribute__((noinline))\n#else\n#define KERNEL "
    "static\n#endif\n\n";

std::string model_source(const Program& program, const ModelText& model, const std::string& declarations) {
  const std::string& name = program.name;
  std::string text =
      fmt::format("/* {} */\n#include \"{}.h\"\n\n#include <string.h>\n\n{}\n", kNote, name, declarations);
  if (!model.functions.empty()) text += kKernelMacro;
  for (const std::string& helper : model.helpers) text += helper_text(helper) + "\n";
  text += model.functions;
  for (const Port& port : ports(program)) {
    const bool input = std::string_view(port.kind) == "input";
    text += fmt::format("{}\n{{\n    return ({}void *)(({}uint8_t *)arena + {});\n}}\n\n",
                        accessor(program, port), input ? "" : "const ", input ? "" : "const ",
                        offset_of(program, port.id));
  }
  text += fmt::format("void {}_invoke(void *arena)\n{{\n", name);
  text += model.calls.empty() ? "    (void)arena;\n" : "    uint8_t *const base = arena;\n" + model.calls;
  return text + "}\n";
}

}  // namespace

std::vector<File> emit(const Program& program, const std::optional<StackUse>& stack) {
  Constants constants(program.name);
  const ModelText model = Kernels(program, constants).write();
  std::string weights = fmt::format("/* {} */\n#include <stdint.h>\n\n", kNote);
  // An empty translation unit is not C.
  weights += constants.declarations().empty()
                 ? fmt::format("typedef int {}_has_no_constants;\n", program.name)
                 : constants.declarations() + constants.definitions();
  return {{program.name + ".h", header(program, stack)},
          {program.name + ".c", model_source(program, model, constants.declarations())},
          {program.name + "_weights.c", std::move(weights)}};
}

}  // namespace midge::emit
