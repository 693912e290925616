#include <fmt/format.h>

#include <algorithm>

#include "plan/plan.h"

namespace midge::plan {
namespace {

constexpr int kMapRows = 24;
constexpr size_t kMostNameLetters = 48;

// Converters join the names of all that was fused, to hundreds of letters.
std::string clipped(const std::string& name) {
  return name.size() <= kMostNameLetters ? name : name.substr(0, kMostNameLetters - 3) + "...";
}

char letter(size_t index) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  return kLetters[index % kLetters.size()];
}

int32_t step_count(const Problem& problem) {
  int32_t last = 0;
  for (const Tensor& tensor : problem.tensors) last = std::max(last, tensor.last);
  return last + 2;  // the column before step 0 holds the inputs
}

// The tensor that a cell of the map shows: the one that covers most of the cell's bytes at that step.
char cell(const Problem& problem, const Plan& plan, int32_t step, int64_t low, int64_t high) {
  int64_t most = 0;
  char shown = '.';
  for (size_t i = 0; i < problem.tensors.size(); ++i) {
    const Tensor& tensor = problem.tensors[i];
    if (step < tensor.first || step > tensor.last) continue;
    const int64_t covered = std::min(high, plan.offsets[i] + tensor.bytes) - std::max(low, plan.offsets[i]);
    if (covered <= most) continue;
    most = covered;
    shown = letter(i);
  }
  return shown;
}

}  // namespace

std::string draw(const Problem& problem, const Plan& plan) {
  size_t width = 6;
  for (const Tensor& tensor : problem.tensors) width = std::max(width, clipped(tensor.name).size());
  std::string text = fmt::format("   {:{}}  {:>8}  {:>8}  steps\n", "tensor", width, "offset", "bytes");
  for (size_t i = 0; i < problem.tensors.size(); ++i) {
    const Tensor& tensor = problem.tensors[i];
    text += fmt::format("{}  {:{}}  {:>8}  {:>8}  {}..{}\n", letter(i), clipped(tensor.name), width,
                        plan.offsets[i], tensor.bytes, tensor.first, tensor.last);
  }
  text += fmt::format("\narena {} bytes, lower bound {} bytes; address upwards, steps to the right\n",
                      plan.arena_bytes, plan.lower_bound);
  const int rows = static_cast<int>(std::min<int64_t>(kMapRows, std::max<int64_t>(plan.arena_bytes, 1)));
  for (int row = rows - 1; row >= 0; --row) {
    const int64_t low = plan.arena_bytes * row / rows, high = plan.arena_bytes * (row + 1) / rows;
    text += fmt::format("{:>8} |", low);
    for (int32_t step = -1; step < step_count(problem) - 1; ++step)
      text += cell(problem, plan, step, low, high);
    text += "|\n";
  }
  return text;
}

}  // namespace midge::plan
