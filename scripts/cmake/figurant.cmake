# How every part of Figurant is built: one warning set, one test layout, parts that can be built alone.
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# Release keeps assertions out, and keeps every result independent of the optimiser: no -ffast-math.
set(CMAKE_CXX_FLAGS_RELEASE "-O2")

find_program(FIGURANT_CCACHE ccache)
if(FIGURANT_CCACHE)
  # The sloppiness is what ccache asks for where headers are precompiled; the base folder lets clones share results.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${FIGURANT_CCACHE})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()
find_program(FIGURANT_MOLD mold)
if(FIGURANT_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# A part's own find_package must also serve those who link the part.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)

include(GNUInstallDirs)
enable_testing()
find_package(doctest REQUIRED)

add_library(figurant_warnings INTERFACE)
target_compile_options(figurant_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)

set(FIGURANT_PARTS "")

# figurant_part(NAME NEEDS PART...): declares a part, in dependency order.
function(figurant_part name)
  cmake_parse_arguments(PART "" "" "NEEDS" ${ARGN})
  set(FIGURANT_PARTS ${FIGURANT_PARTS} ${name} PARENT_SCOPE)
  set(FIGURANT_${name}_NEEDS "${PART_NEEDS}" PARENT_SCOPE)
endfunction()

# Adds the folders of the wanted parts and of what they need; a part's CMakeLists.txt says how it is built.
macro(figurant_add_parts)
  set(wanted ${FIGURANT_PARTS})
  if(FIGURANT_ONLY)
    set(wanted ${FIGURANT_ONLY})
    set(reversed ${FIGURANT_PARTS})
    list(REVERSE reversed)
    foreach(part ${reversed})
      if(part IN_LIST wanted)
        list(APPEND wanted ${FIGURANT_${part}_NEEDS})
      endif()
    endforeach()
  endif()
  foreach(part ${FIGURANT_PARTS})
    if(part IN_LIST wanted AND EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${part}/CMakeLists.txt)
      add_subdirectory(${part})
    endif()
  endforeach()
endmacro()

# figurant_library(NAME [SHARED|STATIC|OBJECT] LINKS LIBRARY... [FROM FILE...] [EXCEPT REGEX]): figurant_NAME from
# FILE..., or from all .cpp files of this folder but those that match REGEX.
# All shared libraries lie in one folder, as they do when they are installed, and find each other there.
function(figurant_library name kind)
  cmake_parse_arguments(LIB "" "EXCEPT" "LINKS;FROM" ${ARGN})
  set(sources ${LIB_FROM})
  if(NOT sources)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
    if(LIB_EXCEPT)
      list(FILTER sources EXCLUDE REGEX "${LIB_EXCEPT}")
    endif()
  endif()
  add_library(figurant_${name} ${kind} ${sources})
  target_include_directories(figurant_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_link_libraries(figurant_${name} PUBLIC ${LIB_LINKS} PRIVATE figurant_warnings)
  if(kind STREQUAL SHARED)
    set_target_properties(figurant_${name} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION}
      LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib INSTALL_RPATH "$ORIGIN")
  endif()
endfunction()

# figurant_loaded_by(NAME TARGET): figurant_NAME, a shared library, is not linked by TARGET, but loaded when it is
# first needed (base/loaded_library.h); it is built before TARGET, no object library, and installed.
function(figurant_loaded_by name target)
  add_dependencies(${target} figurant_${name})
  # It may need libraries that lie where only the build looks: a LibTorch of the user's.
  set_target_properties(figurant_${name} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  install(TARGETS figurant_${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} NAMELINK_SKIP)
endfunction()

# figurant_installed(NAME SET HEADERS HEADER...): figurant_NAME, a shared library, and these headers are installed,
# and exported as figurant::NAME in figurantSETTargets.cmake (see package.cmake).
function(figurant_installed name set)
  cmake_parse_arguments(IN "" "" "HEADERS" ${ARGN})
  set_target_properties(figurant_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(figurant_${name} PUBLIC $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/figurant>)
  target_compile_features(figurant_${name} PUBLIC cxx_std_20)
  install(TARGETS figurant_${name} EXPORT figurant${set}Targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(FILES ${IN_HEADERS} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/figurant/${name})
endfunction()

# figurant_tests(PART LINKS LIBRARY...): one program from tests/PART/*.cpp; CTest runs it once per test file,
# so that a failure names the file.
function(figurant_tests part)
  cmake_parse_arguments(TESTS "" "" "LINKS" ${ARGN})
  set(folder ${PROJECT_SOURCE_DIR}/tests/${part})
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${part}_tests ${sources} ${PROJECT_SOURCE_DIR}/tests/main.cpp)
  target_link_libraries(${part}_tests PRIVATE ${TESTS_LINKS} doctest::doctest figurant_warnings)
  target_include_directories(${part}_tests PRIVATE ${PROJECT_SOURCE_DIR})
  foreach(source ${sources})
    get_filename_component(stem ${source} NAME_WE)
    if(stem MATCHES "_test$")
      add_test(NAME ${part}/${stem} COMMAND ${part}_tests --source-file=*/tests/${part}/${stem}.cpp --no-intro
               WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    endif()
  endforeach()
endfunction()

# figurant_protobuf(PART FILE.proto...): the C++ of these files, inside figurant_PART; `#include "PART/…/FILE.pb.h"`.
# Only for source files: who links the part sees nothing of protobuf.
function(figurant_protobuf part)
  find_package(Protobuf REQUIRED)
  set(generated ${PROJECT_BINARY_DIR}/generated_protobuf)
  file(MAKE_DIRECTORY ${generated})
  foreach(proto ${ARGN})
    file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${proto})
    string(REGEX REPLACE "\\.proto$" ".pb" stem ${generated}/${path})
    add_custom_command(OUTPUT ${stem}.cc ${stem}.h DEPENDS ${PROJECT_SOURCE_DIR}/${path} protobuf::protoc
      COMMAND protobuf::protoc --cpp_out=${generated} --proto_path=${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/${path} VERBATIM)
    list(APPEND sources ${stem}.cc)
    list(APPEND headers ${stem}.h)
  endforeach()
  # Apart, so that our warnings are not asked of it; its headers are made before the part's own files are compiled.
  add_library(figurant_${part}_protobuf OBJECT ${sources} ${headers})
  target_include_directories(figurant_${part}_protobuf SYSTEM PUBLIC ${generated})
  target_link_libraries(figurant_${part}_protobuf PUBLIC protobuf::libprotobuf)
  target_sources(figurant_${part} PRIVATE $<TARGET_OBJECTS:figurant_${part}_protobuf>)
  target_include_directories(figurant_${part} SYSTEM PRIVATE ${generated})
  target_link_libraries(figurant_${part} PRIVATE protobuf::libprotobuf)
  add_dependencies(figurant_${part} figurant_${part}_protobuf)
endfunction()

# figurant_benchmark(SUBJECT LINKS LIBRARY...): build/benchmarks/SUBJECT from benchmarks/SUBJECT.cpp.
function(figurant_benchmark subject)
  cmake_parse_arguments(BENCH "" "" "LINKS" ${ARGN})
  add_executable(bench_${subject} ${PROJECT_SOURCE_DIR}/benchmarks/${subject}.cpp)
  target_link_libraries(bench_${subject} PRIVATE ${BENCH_LINKS} figurant_warnings)
  target_include_directories(bench_${subject} PRIVATE ${PROJECT_SOURCE_DIR})
  set_target_properties(bench_${subject} PROPERTIES
    OUTPUT_NAME ${subject} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/benchmarks)
endfunction()

# Searching for what goes wrong in the readers (tests/fuzz/README.md); needs clang. The preset "fuzz" sets it.
option(FIGURANT_FUZZ "Build the fuzzers with libFuzzer and sanitizers" OFF)
if(FIGURANT_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "FIGURANT_FUZZ needs clang: cmake --preset fuzz")
  endif()
  # unreachable: toml++ 3.3 reaches its own mark at letters like "é" outside strings, where either branch says no.
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=unreachable
                      -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
add_custom_target(fuzzers)

# figurant_fuzzer(NAME LINKS LIBRARY...): NAME_fuzz from tests/fuzz/NAME_fuzz.cpp. CTest runs it over
# tests/fuzz/corpus/NAME: with FIGURANT_FUZZ by libFuzzer, else by a main() that does only this.
function(figurant_fuzzer name)
  cmake_parse_arguments(FUZZ "" "" "LINKS" ${ARGN})
  set(folder ${PROJECT_SOURCE_DIR}/tests/fuzz)
  add_executable(${name}_fuzz ${folder}/${name}_fuzz.cpp)
  target_link_libraries(${name}_fuzz PRIVATE ${FUZZ_LINKS} figurant_warnings)
  target_include_directories(${name}_fuzz PRIVATE ${PROJECT_SOURCE_DIR})
  set_target_properties(${name}_fuzz PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  add_dependencies(fuzzers ${name}_fuzz)
  if(FIGURANT_FUZZ)
    target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
    set(replay -runs=0)
  else()
    target_sources(${name}_fuzz PRIVATE ${folder}/replay.cpp)
    set(replay "")
  endif()
  add_test(NAME fuzz/${name} COMMAND ${name}_fuzz ${replay} ${folder}/corpus/${name}
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endfunction()
