# Compiler options shared by every target, as the interface library `midge_options`.
option(MIDGE_WERROR "Warnings are errors" OFF)
option(MIDGE_SANITIZE "Address and undefined-behaviour sanitizers" OFF)
option(MIDGE_FUZZ "Build the libFuzzer targets (needs clang)" OFF)

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 99)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# -O2: -O3 makes the build slower and nothing that a user waits for faster.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

add_library(midge_options INTERFACE)
target_include_directories(midge_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(midge_options INTERFACE -Wall -Wextra -Wshadow $<$<BOOL:${MIDGE_WERROR}>:-Werror>)
# GCC 12 warns of overlapping copies inside its own std::string (its bug 105329, fixed in 13).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(midge_options INTERFACE -Wno-restrict)
endif()
if(MIDGE_SANITIZE)
  target_compile_options(midge_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(midge_options INTERFACE -fsanitize=address,undefined)
endif()
if(MIDGE_FUZZ)
  target_compile_options(midge_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()
