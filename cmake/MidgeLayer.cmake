# midge_layer(NAME LINKS targets...): the library midge_NAME from src/NAME/*.cc, and, where src/NAME has *_test.cc
# files, the test program NAME_test registered with ctest (label: unit).
add_custom_target(unit_tests)  # every layer's test program

function(midge_layer name)
  cmake_parse_arguments(arg "" "" "LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(sources)
    add_library(midge_${name} STATIC ${sources})
    target_link_libraries(midge_${name} PUBLIC midge_options ${arg_LINKS})
  else()
    add_library(midge_${name} INTERFACE)
    target_link_libraries(midge_${name} INTERFACE midge_options ${arg_LINKS})
  endif()
  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE midge_${name} GTest::gtest_main)
    add_dependencies(unit_tests ${name}_test)
    gtest_discover_tests(${name}_test PROPERTIES LABELS unit WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                         DISCOVERY_TIMEOUT 60)
  endif()
endfunction()
