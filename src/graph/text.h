// Pieces of text shared by the printer, the parser and error messages.
#pragma once

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

std::string to_text(const Shape& shape);               // [1,96,96,3]
std::string to_text(DType dtype, const Shape& shape);  // i8[1,96,96,3]
std::string to_text(
    const Quantization& quantization);  // scale 0.5 zero -3; lists and the axis where per axis
std::string short_text(const Quantization& quantization);  // as above, a per-axis list only by its length

}  // namespace midge::graph
