// The tensors of a .tflite file as graph values.
//
// Only tensors that an operator or the graph's interface names are read: files carry leftovers of any kind.
// What is read is charged to a Budget, because a FlatBuffer may point many times at the same bytes: a small
// hostile file could otherwise make gigabytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "import/tflite_generated.h"

namespace midge::import {

// "FILE: PLACE: what": every message of the importer.
struct Place {
  std::string file;
  std::string part;  // CONV_2D#3: tensor 5 'w'

  Error broken(std::string_view what) const;
  Error unsupported(std::string_view what) const;
};

constexpr std::string_view kOverlap =
    "the file's parts overlap: it asks for far more bytes than it holds; it is damaged or hostile";

// How many bytes the importer may still make out of the file. An honest file holds every byte once, and the
// widest growth is twofold (extents from 32 to 64 bits), so several times its size is far from any real
// model.
class Budget {
 public:
  explicit Budget(size_t file_bytes) : left_(16 * file_bytes + (size_t{1} << 20)) {}
  bool take(size_t bytes) { return bytes <= left_ && (left_ -= bytes, true); }

 private:
  size_t left_;
};

// What the operators and the graph's interface say of a tensor.
struct TensorUse {
  std::string user;     // who names it first: CONV_2D#3 or "input 0"; empty: nobody
  std::string writer;   // the operator that makes it; empty: none
  bool input = false;   // of the graph
  bool output = false;  // of the graph

  bool computed() const { return input || !writer.empty(); }
};

Place tensor_place(const std::string& file, std::string_view user, const schema::SubGraph& subgraph,
                   size_t index);

// One value per tensor of `subgraph`, in order; unused ones stay empty. Names are unique; the graph's inputs
// and outputs keep theirs where another tensor has the same. A computed value has no data, any other value
// has.
Result<std::vector<graph::Value>> read_tensors(const schema::Model& model, const schema::SubGraph& subgraph,
                                               std::span<const TensorUse> uses, const std::string& file,
                                               Budget& budget);

}  // namespace midge::import
