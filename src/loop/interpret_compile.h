// A kernel ready to run: the steps, one for each statement, and the expression nodes they use.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "loop/interpret.h"
#include "loop/interpret_node.h"
#include "loop/ir.h"

namespace midge::loop {

struct Step;
struct Machine : Frame {
  int64_t steps_left = 0;
  const Step* fault_step = nullptr;
};
using Run = bool (*)(const Step&, Machine&);  // false after a fault

struct Step {
  Run run = nullptr;
  const StmtNode* source = nullptr;
  const Step* parent = nullptr;
  const Node* operands[2] = {};  // store: the value first
  std::vector<const Step*> children = {};
  size_t slot = 0;            // kFor, kLet
  Access access = {};         // kStore
  uint8_t* memory = nullptr;  // kStore, kAlloc: the buffer's bytes
  size_t bytes = 0;           // kStore: of an element; kAlloc: of the buffer
  uint8_t garbage = 0;        // kAlloc
};

// Builds nodes and steps, which live as long as it does. The kernel has passed verify.
class Compiler {
 public:
  // memory[i]: the bytes of buffer i, for every memory but kConst.
  Compiler(const Kernel& kernel, std::span<uint8_t* const> memory, const Meanings& meanings)
      : kernel_(kernel), memory_(memory), meanings_(meanings), slots_(kernel.vars.size()) {}

  const Step* statement(const Stmt& stmt, const Step* parent, Run (*run_of)(StmtKind));
  const Node* expression(const Expr& expr);
  size_t slots() const { return slots_; }
  const std::optional<Error>& error() const { return error_; }

 private:
  const Node* new_node(const Expr& expr);
  const Inlined* inlined(const ExprNode& call);
  Access access(BufferId buffer, std::span<const Expr> indices);

  const Kernel& kernel_;
  std::span<uint8_t* const> memory_;
  const Meanings& meanings_;
  size_t slots_;           // variables, then the parameters of instructions
  size_t first_slot_ = 0;  // of the variables in the expression at hand
  int depth_ = 0;          // of instructions within instructions
  std::optional<Error> error_;
  std::unordered_map<const ExprNode*, const Node*> known_;
  std::deque<Node> nodes_;
  std::deque<Access> accesses_;
  std::deque<Inlined> inlined_;
  std::deque<Step> steps_;
};

// Strides in elements, row-major where the buffer has none of its own.
std::vector<int64_t> element_strides(const Buffer& buffer);

// What unwritten memory of this type is filled with: far from zero for integers, NaN for f32, no bool.
uint8_t garbage_byte(DType type);

}  // namespace midge::loop
