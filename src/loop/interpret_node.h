// The compiled form of an expression that the interpreter runs: a tree of nodes, each with the function that
// computes it for its exact type. Every value is one 64-bit cell: integers sign- or zero-extended from their
// type, f32 as its bits. What is forbidden does not stop the evaluation: the first fault is noted in the
// frame, a zero goes on, and the statement looks for a fault before it has any effect. So a node costs one
// indirect call and no unwinding. Rejected: walking the shared_ptr tree (ten times slower), a register
// machine (twice the code for a third of the time).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loop/ir.h"

namespace midge::loop {

struct Node;
struct Frame;
using Eval = int64_t (*)(const Node&, Frame&);

// One element of a buffer: where it is.
struct Access {
  struct Axis {
    const Node* index;
    int64_t extent;
    int64_t stride;  // bytes
  };
  const uint8_t* base;
  std::vector<Axis> axes;
};

// An instruction's meaning and the slots that its parameters are put into first.
struct Inlined {
  std::vector<const Node*> arguments;
  std::vector<size_t> slots;
  const Node* value;
};

struct Node {
  Eval eval = nullptr;
  int64_t imm = 0;  // immediates
  size_t slot = 0;  // variables
  const Node* operands[3] = {};
  const Access* access = nullptr;    // loads
  const Inlined* inlined = nullptr;  // calls
  const ExprNode* source = nullptr;
};

struct Frame {
  std::vector<int64_t> slots;  // the values of variables
  // The first fault: where (null: in the statement's own access), and the operands there (an access: the axis
  // and the index; a load of a bool that is none: -1 and the byte).
  bool failed = false;
  const ExprNode* fault = nullptr;
  int64_t fault_a = 0, fault_b = 0;
};

// Notes the fault unless there is one already; the value to go on with.
[[gnu::cold, gnu::noinline]] int64_t fail(Frame& frame, const ExprNode* at, int64_t a, int64_t b);

// The element's byte offset, or -1 after noting a fault at `at` (null: at the statement itself).
inline int64_t byte_offset(const Access& access, const ExprNode* at, Frame& frame) {
  int64_t offset = 0;
  for (size_t axis = 0; axis < access.axes.size(); ++axis) {
    const Access::Axis& a = access.axes[axis];
    const int64_t index = a.index->eval(*a.index, frame);
    if (static_cast<uint64_t>(index) >= static_cast<uint64_t>(a.extent)) {
      fail(frame, at, static_cast<int64_t>(axis), index);
      return -1;
    }
    offset += index * a.stride;
  }
  return offset;
}

// The function for a node of this kind whose operands have type `operand_type`.
Eval eval_of(const ExprNode& expr, DType operand_type);

std::string cell_text(DType type, int64_t cell);

// What is wrong at a fault that is not an index: "overflow of i32 with 2147483647 and 1".
std::string describe_fault(const ExprNode& expr, int64_t a, int64_t b);

}  // namespace midge::loop
