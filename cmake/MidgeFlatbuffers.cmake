# midge_flatbuffers_header(src/LAYER/NAME.fbs): generates generated/LAYER/NAME_generated.h in the build tree, included
# as "LAYER/NAME_generated.h". The object API in it is for tests, which build files by changing one field of a good one.
find_program(MIDGE_FLATC flatc REQUIRED)

function(midge_flatbuffers_header schema)
  cmake_path(RELATIVE_PATH schema BASE_DIRECTORY src OUTPUT_VARIABLE inside)
  cmake_path(GET inside PARENT_PATH layer)
  cmake_path(GET inside STEM name)
  set(folder ${CMAKE_BINARY_DIR}/generated/${layer})
  add_custom_command(
    OUTPUT ${folder}/${name}_generated.h
    COMMAND ${MIDGE_FLATC} --cpp --cpp-std c++17 --scoped-enums --gen-object-api -o ${folder}
            ${CMAKE_SOURCE_DIR}/${schema}
    DEPENDS ${CMAKE_SOURCE_DIR}/${schema}
    COMMENT "flatc ${schema}"
    VERBATIM)
endfunction()
