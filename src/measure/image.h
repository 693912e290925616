// Compiled programs as one firmware image on a board: built once, run on any inputs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "board/firmware.h"
#include "compile/compile.h"

namespace midge::measure {

using Bytes = std::vector<uint8_t>;

struct Run {
  size_t network = 0;         // index into the programs the image was built from
  std::vector<Bytes> inputs;  // one per graph input, each exactly its tensor's bytes
};

struct Outcome {
  std::vector<std::vector<Bytes>> outputs;  // per run, per graph output
  std::vector<uint64_t> instructions;       // per run; empty where the board cannot count
  int64_t stack_bytes = 0;                  // the deepest use of all runs
};

class Image {
 public:
  // Emits, compiles and links `programs` (names must differ) for `board`.
  static Result<Image> build(const board::BoardSpec& board, std::span<const compile::Program> programs,
                             const board::BuildOptions& options = {});

  Result<Outcome> run(std::span<const Run> runs, const board::RunOptions& options = {}) const;

  const board::FirmwareSizes& sizes() const { return firmware_.sizes; }

 private:
  struct Port {
    std::vector<int64_t> input_bytes, output_bytes;
  };

  Image(board::BoardSpec board, board::Firmware firmware, std::vector<Port> ports)
      : board_(std::move(board)), firmware_(std::move(firmware)), ports_(std::move(ports)) {}

  board::BoardSpec board_;
  board::Firmware firmware_;
  std::vector<Port> ports_;  // per network
};

}  // namespace midge::measure
