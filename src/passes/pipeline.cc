// The passes in order.
#include <fmt/format.h>

#include <array>

#include "base/check.h"
#include "passes/passes.h"

namespace midge::passes {
namespace {

constexpr std::array<Pass, 7> kPipeline = {{
    {"drop_dead", drop_dead},  // first, so that no other pass looks at readers that do not count
    {"fold_constants", fold_constants},
    {"canonicalise_transposes", canonicalise_transposes},  // makes reshapes that the next pass may remove
    {"remove_identities", remove_identities},
    {"fold_padding", fold_padding},
    {"fold_affine", fold_affine},  // before activations: it needs layers that have none yet
    {"fuse_activations", fuse_activations},
}};

}  // namespace

std::span<const Pass> pipeline() {
  return kPipeline;
}

Result<void> run_pipeline(graph::Graph& graph, const std::function<void(std::string_view)>& after) {
  MIDGE_TRY(verify(graph));
  for (const Pass& pass : kPipeline) {
    pass.run(graph);
    // The graph was sound before the pass: what is broken now is our fault.
    if (const Result<void> verified = verify(graph); !verified)
      check_failed(__FILE__, __LINE__,
                   fmt::format("after {}: {}", pass.name, verified.error().message).c_str());
    if (after) after(pass.name);
  }
  return {};
}

}  // namespace midge::passes
