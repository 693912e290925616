#include "support/models.h"

#include <fmt/format.h>

#include <cmath>

#include "base/file.h"
#include "import/tflite.h"
#include "report/tensor.h"

namespace midge::test {

std::filesystem::path source_dir() {
  return MIDGE_SOURCE_DIR;
}

std::filesystem::path shared_dir() {
  const auto dir = source_dir().parent_path() / "shared";
  return std::filesystem::is_directory(dir / "golden") ? dir : std::filesystem::path();
}

Result<compile::Program> compile_file(const std::filesystem::path& model, const std::string& name,
                                      bool keep_layers, bool scheduled) {
  MIDGE_ASSIGN(const Bytes bytes, read_file(model));
  MIDGE_ASSIGN(graph::Graph graph, import::import_tflite(bytes, model.filename().string()));
  compile::Options options;
  options.name = name;
  options.keep_layers = keep_layers;
  options.scheduled = scheduled;
  return compile::compile(std::move(graph), options);
}

std::optional<std::vector<Bytes>> cut(const graph::Graph& graph, const std::vector<ValueId>& ids,
                                      const Bytes& bytes) {
  std::vector<Bytes> tensors;
  auto at = bytes.begin();
  for (ValueId id : ids) {
    const int64_t size = graph::byte_size(graph.value(id));
    if (bytes.end() - at < size) return std::nullopt;
    tensors.emplace_back(at, at + size);
    at += size;
  }
  if (at != bytes.end()) return std::nullopt;
  return tensors;
}

std::string difference(const graph::Value& value, const Bytes& got, const Bytes& expected, double tolerance) {
  if (got.size() != expected.size()) return fmt::format("{} bytes, expected {}", got.size(), expected.size());
  if (got == expected) return {};
  const int64_t count = element_count(value.shape).value_or(0);
  int64_t first = -1, differing = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double a = report::stored(value, got, i), b = report::stored(value, expected, i);
    const bool close = std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b)) || a == b ||
                       (std::isnan(a) && std::isnan(b));
    if (close) continue;
    if (first < 0) first = i;
    ++differing;
  }
  if (differing == 0) return {};
  return fmt::format("index {}: {}, expected {} ({} of {} differ)", first, report::stored(value, got, first),
                     report::stored(value, expected, first), differing, count);
}

std::vector<std::string> all_boards() {
  return {"host", "mps2-an385", "mps2-an386", "mps2-an500", "mps2-an505", "mps3-an547", "riscv32-virt"};
}

}  // namespace midge::test
