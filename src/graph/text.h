// Pieces of text shared by the printer, the parser and error messages.
//
// The text form, which `print` writes and `parse` reads:
//
//   graph "tiny" {
//     %x: i8[1,4,4,1] scale 0.5 zero -3
//     %w: i8[2,1,1,1] axis 0 scale [0.5,0.25] zero [0,0] = 0x7f80     // a constant: its bytes as stored
//     %"odd name": i8[1,2,2,2] scale 0.5 zero -3
//     inputs %x
//     %"odd name" = conv2d(%x, %w, _) stride_h=2 stride_w=2 activation=relu from "CONV_2D#0"
//     outputs %"odd name"
//   }
//
// Values stand before the nodes that name them, so that their order is the order of their ids. `_` is an
// absent input. Attributes that have their struct's default are not printed, but for `kind`. // starts a
// comment between tokens.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "graph/graph.h"

namespace midge::graph {

// Whether `name` can stand in the text form as it is, after %; other names are quoted.
bool is_plain_name(std::string_view name);
// In double quotes; quotes, backslashes and everything outside printable ASCII escaped, so that any name that
// a file may hold stays on one line and is safe to show on a terminal.
std::string quote(std::string_view text);
// "x", or the quoted form; cut short where absurdly long. For messages.
std::string shown_name(std::string_view name);

// The names of an enumeration's values, in order.
std::span<const std::string_view> names_of(Activation);
std::span<const std::string_view> names_of(BinaryKind);
std::span<const std::string_view> names_of(UnaryKind);
std::span<const std::string_view> names_of(PoolKind);
std::span<const std::string_view> names_of(ReduceKind);
std::span<const std::string_view> names_of(PadMode);
std::span<const std::string_view> names_of(ResizeKind);

std::string to_text(const Shape& shape);               // [1,96,96,3]
std::string to_text(DType dtype, const Shape& shape);  // i8[1,96,96,3]
std::string to_text(
    const Quantization& quantization);  // scale 0.5 zero -3; lists and the axis where per axis
std::string short_text(const Quantization& quantization);  // as above, a per-axis list only by its length

}  // namespace midge::graph
