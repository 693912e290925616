// What end-to-end tests share: loading, compiling, running, comparing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "board/board.h"
#include "compile/compile.h"
#include "measure/image.h"

namespace midge::test {

using Bytes = std::vector<uint8_t>;

std::filesystem::path source_dir();
// The folder with the MLPerf Tiny models and their golden outputs, beside the repository; empty if it is not
// there.
std::filesystem::path shared_dir();

Result<compile::Program> compile_file(const std::filesystem::path& model, const std::string& name,
                                      bool keep_layers = false, bool scheduled = true);

// `bytes` cut into the tensors `ids`; nothing when the length is not their sum.
std::optional<std::vector<Bytes>> cut(const graph::Graph& graph, const std::vector<ValueId>& ids,
                                      const Bytes& bytes);

// Empty when equal; else "index 12: 3, expected 4 (17 of 64 differ)". tolerance > 0: relative to max(1,
// |expected|), float32 only.
std::string difference(const graph::Value& value, const Bytes& got, const Bytes& expected,
                       double tolerance = 0);

// Boards' names that the whole test matrix runs on.
std::vector<std::string> all_boards();

}  // namespace midge::test
