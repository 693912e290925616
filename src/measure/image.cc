#include "measure/image.h"

#include <fmt/format.h>

#include "base/check.h"
#include "emit/emit.h"

namespace midge::measure {
namespace {

using compile::Program;

std::string spans_text(const Program& program, const std::vector<ValueId>& ids, const char* kind) {
  std::string text = fmt::format("static const struct midge_span {}_{}[] = {{\n", program.name, kind);
  for (ValueId id : ids) {
    const auto tensor = static_cast<size_t>(program.tensor_of_value.at(id.at()));
    text += fmt::format("    {{{}u, {}u}},\n", program.plan.offsets.at(tensor),
                        graph::byte_size(program.graph.value(id)));
  }
  return text + "};\n";
}

// The table that ties the runner to the networks (runtime/include/midge_runner.h).
board::SourceFile glue(std::span<const Program> programs) {
  std::string text = "#include \"midge_runner.h\"\n\n", spans, rows;
  int64_t arena_bytes = 1;
  for (const Program& program : programs) {
    arena_bytes = std::max(arena_bytes, program.plan.arena_bytes);
    text += fmt::format("#include \"{}.h\"\n", program.name);
    spans += spans_text(program, program.graph.inputs, "inputs") +
             spans_text(program, program.graph.outputs, "outputs");
    rows +=
        fmt::format("    {{\"{0}\", {0}_invoke, {1}u, {2}u, {0}_inputs, {3}u, {0}_outputs}},\n", program.name,
                    program.plan.arena_bytes, program.graph.inputs.size(), program.graph.outputs.size());
  }
  text += fmt::format("\n{}\nconst struct midge_network midge_networks[] = {{\n{}}};\n", spans, rows);
  text += fmt::format("const uint32_t midge_network_count = {}u;\n", programs.size());
  text += fmt::format("uint8_t midge_arena[{}] __attribute__((aligned(16)));\n", arena_bytes);
  return {"midge_networks.c", std::move(text)};
}

std::vector<int64_t> byte_sizes(const Program& program, const std::vector<ValueId>& ids) {
  std::vector<int64_t> sizes;
  for (ValueId id : ids) sizes.push_back(graph::byte_size(program.graph.value(id)));
  return sizes;
}

void append_u32(Bytes& bytes, size_t value) {
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<uint8_t>(value >> shift));
}

}  // namespace

Result<Image> Image::build(const board::BoardSpec& board, std::span<const Program> programs,
                           const board::BuildOptions& options) {
  std::vector<board::SourceFile> sources = {glue(programs)};
  std::vector<Port> ports;
  for (const Program& program : programs) {
    for (emit::File& file : emit::emit(program))
      sources.push_back({std::move(file.name), std::move(file.text)});
    ports.push_back({byte_sizes(program, program.graph.inputs), byte_sizes(program, program.graph.outputs)});
  }
  MIDGE_ASSIGN(board::Firmware firmware, board::build_firmware(board, sources, options));
  return Image(board, std::move(firmware), std::move(ports));
}

Result<Outcome> Image::run(std::span<const Run> runs, const board::RunOptions& options) const {
  Bytes input;
  for (const Run& run : runs) {
    const Port& port = ports_.at(run.network);
    append_u32(input, run.network);
    MIDGE_CHECK(run.inputs.size() == port.input_bytes.size());
    for (size_t i = 0; i < run.inputs.size(); ++i) {
      MIDGE_CHECK(static_cast<int64_t>(run.inputs[i].size()) == port.input_bytes[i]);
      input.insert(input.end(), run.inputs[i].begin(), run.inputs[i].end());
    }
  }
  MIDGE_ASSIGN(board::RunOutput output, board::run_firmware(board_, firmware_, input, options));
  if (output.outputs.size() != runs.size())
    return tool_error(fmt::format("{}: {} runs were asked for, {} came back", board_.name, runs.size(),
                                  output.outputs.size()));

  Outcome outcome;
  outcome.instructions = std::move(output.instructions);
  outcome.stack_bytes = output.stack_bytes;
  for (size_t i = 0; i < runs.size(); ++i) {
    auto at = output.outputs[i].begin();
    std::vector<Bytes> tensors;
    for (int64_t bytes : ports_.at(runs[i].network).output_bytes) {
      if (output.outputs[i].end() - at < bytes)
        return tool_error(fmt::format("{}: run {} returned {} bytes, fewer than its outputs have",
                                      board_.name, i, output.outputs[i].size()));
      tensors.emplace_back(at, at + bytes);
      at += bytes;
    }
    outcome.outputs.push_back(std::move(tensors));
  }
  return outcome;
}

}  // namespace midge::measure
