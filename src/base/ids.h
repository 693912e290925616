// Strong ids: an index into one table, which cannot be mistaken for an index into another.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace midge {

template <class Tag>
struct Id {
  int32_t index = -1;  // -1: none

  constexpr bool valid() const { return index >= 0; }
  constexpr size_t at() const { return static_cast<size_t>(index); }
  friend constexpr auto operator<=>(Id, Id) = default;
};

using ValueId = Id<struct ValueTag>;    // a tensor of a graph
using NodeId = Id<struct NodeTag>;      // an operator of a graph
using VarId = Id<struct VarTag>;        // a scalar of a kernel
using BufferId = Id<struct BufferTag>;  // a buffer of a kernel

}  // namespace midge

template <class Tag>
struct std::hash<midge::Id<Tag>> {
  size_t operator()(midge::Id<Tag> id) const noexcept { return std::hash<int32_t>()(id.index); }
};
