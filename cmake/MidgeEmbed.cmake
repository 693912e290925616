# midge_embed(OUTPUT files...): a C++ header OUTPUT with one `inline constexpr std::string_view k_<file>` per text file,
# so that fixed text stays in real files that an editor and a compiler can read.
function(midge_embed output)
  set(text "#pragma once\n#include <string_view>\nnamespace midge::embedded {\n")
  foreach(file ${ARGN})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(READ ${file} content)
    get_filename_component(name ${file} NAME)
    string(MAKE_C_IDENTIFIER ${name} name)
    string(APPEND text "inline constexpr std::string_view k_${name} = R\"midge(${content})midge\";\n")
  endforeach()
  string(APPEND text "}  // namespace midge::embedded\n")
  file(CONFIGURE OUTPUT ${output} CONTENT "${text}" @ONLY)
endfunction()
