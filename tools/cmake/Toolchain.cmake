# Compiler, build types, sanitizers, ccache and warnings. Warnings are errors for our targets only:
# third-party headers enter as SYSTEM includes.
set_property(GLOBAL PROPERTY GLOBAL_DEPENDS_NO_CYCLES ON)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

option(FUNCORR_BUILD_TESTS "Build the tests" ON)
option(FUNCORR_FUZZ "Build tests/fuzz for libFuzzer, and what it tests with sanitizers (Clang only; see tools/run-fuzz)" OFF)
option(FUNCORR_NATIVE "Compile for this machine's CPU (the binaries may not run on another)" OFF)

set(funcorr_build_types Release RelWithDebInfo Debug Asan Tsan)
set_property(CACHE CMAKE_BUILD_TYPE PROPERTY STRINGS ${funcorr_build_types})
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "One of ${funcorr_build_types}" FORCE)
endif()
# Asan: AddressSanitizer and UndefinedBehaviorSanitizer. Tsan: ThreadSanitizer.
set(CMAKE_CXX_FLAGS_ASAN "-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined")
set(CMAKE_CXX_FLAGS_TSAN "-O1 -g -fno-omit-frame-pointer -fsanitize=thread")
set(CMAKE_EXE_LINKER_FLAGS_ASAN "-fsanitize=address,undefined")
set(CMAKE_EXE_LINKER_FLAGS_TSAN "-fsanitize=thread")

# Whatever the build type: what a fuzzer runs is fast enough at -O1, and every check may find something.
if(FUNCORR_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "FUNCORR_FUZZ: libFuzzer is Clang's; configure with -DCMAKE_CXX_COMPILER=clang++-16")
  endif()
  set(checks address,undefined,float-cast-overflow)
  add_compile_options(-O1 -gline-tables-only -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,${checks}
                      -fno-sanitize-recover=all -D_GLIBCXX_ASSERTIONS)
  add_link_options(-fsanitize=${checks})
endif()

find_program(FUNCORR_CCACHE ccache)
if(FUNCORR_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Sloppiness lets ccache serve files that use a precompiled header; the base folder lets clones share its cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${FUNCORR_CCACHE})
endif()

# A program loads only the shared libraries that it calls: db/format alone brings OpenImageIO's, of which most have no use.
add_link_options(LINKER:--as-needed)

add_library(funcorr_warnings INTERFACE)
target_compile_options(funcorr_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
# Sanitizers' own code sets this one off, as GCC's manual warns.
target_compile_options(funcorr_warnings INTERFACE $<$<CONFIG:Asan,Tsan>:-Wno-maybe-uninitialized>)
if(FUNCORR_NATIVE)
  add_compile_options(-march=native)
endif()
