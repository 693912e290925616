#include <fmt/format.h>

#include "base/check.h"
#include "emit/expr_writer.h"
#include "emit_templates.h"

namespace midge::emit {
namespace {

// Of two equal or unordered numbers it is `a`, as loop/ir.h says.
std::string extremum_text(const std::string& name, DType type, bool minimum) {
  return fmt::format("static inline {0} {1}({0} a, {0} b)\n{{\n    return {2} ? b : a;\n}}\n",
                     c_name_of(type), name, minimum ? "b < a" : "a < b");
}

constexpr std::string_view kBitsOfF32 =
    "static inline uint32_t bits_of_f32(float x)\n{\n    uint32_t bits;\n    memcpy(&bits, &x, sizeof "
    "bits);\n"
    "    return bits;\n}\n";
constexpr std::string_view kF32OfBits =
    "static inline float f32_of_bits(uint32_t bits)\n{\n    float x;\n    memcpy(&x, &bits, sizeof x);\n"
    "    return x;\n}\n";

}  // namespace

std::string helper_text(const std::string& name) {
  if (name == "bits_of_f32") return std::string(kBitsOfF32);
  if (name == "f32_of_bits") return std::string(kF32OfBits);
  if (name == "sqrt_f32") return std::string(embedded::k_sqrt_f32_c);
  if (name == "clz_u32") return std::string(embedded::k_clz_u32_c);
  const bool minimum = name.starts_with("min_"), maximum = name.starts_with("max_");
  MIDGE_CHECK(minimum || maximum);
  const auto type = parse_dtype(name.substr(4));
  MIDGE_CHECK(type.has_value());
  return extremum_text(name, *type, minimum);
}

}  // namespace midge::emit
