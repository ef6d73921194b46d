# A target sees the headers of its own folder and those of the libraries it links, no others: every folder has a
# view of its own, build/include/<folder>/, in which a link of the folder's name is all there is. Headers keep their
# names from the root of the tree: #include "render/camera.h".
function(funcorr_see_folder target scope folder)
  set(view ${PROJECT_BINARY_DIR}/include/${folder})
  get_filename_component(parent ${view}/${folder} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${folder} ${view}/${folder} SYMBOLIC)
  target_include_directories(${target} ${scope} ${view})
endfunction()

function(funcorr_own_folder variable)
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  set(${variable} ${folder} PARENT_SCOPE)
endfunction()

# funcorr_library(NAME SOURCES … PUBLIC … PRIVATE …): one static library per folder, target funcorr_<NAME>.
function(funcorr_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(funcorr_${name} STATIC ${ARG_SOURCES})
  funcorr_own_folder(folder)
  funcorr_see_folder(funcorr_${name} PUBLIC ${folder})
  target_link_libraries(funcorr_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} funcorr_warnings)
endfunction()

# funcorr_program(NAME SOURCES … LINK …): an installed executable, listed in the global property FUNCORR_PROGRAMS.
function(funcorr_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  funcorr_own_folder(folder)
  funcorr_see_folder(${name} PRIVATE ${folder})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} funcorr_warnings)
  install(TARGETS ${name} RUNTIME)
  set_property(GLOBAL APPEND PROPERTY FUNCORR_PROGRAMS ${name})
endfunction()

# funcorr_stages_of_graph(VARIABLE): the names of all stages, as pipeline/graph.cpp lists them; with LINE behind it
# without those that the graph marks as optional.
function(funcorr_stages_of_graph variable)
  set(graph ${PROJECT_SOURCE_DIR}/pipeline/graph.cpp)
  set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${graph})
  file(READ ${graph} text)
  string(REPLACE ";" "," text "${text}")  # summaries hold some, which would part CMake's lists
  set(end "}")
  if(NOT LINE IN_LIST ARGN)
    set(end "(, true)?}")
  endif()
  string(REGEX MATCHALL "{\"[a-z]+\", {[^}]*}, \"[^\"]*\"${end}" rows "${text}")
  list(TRANSFORM rows REPLACE "{\"([a-z]+)\".*" "\\1")
  if(NOT rows)
    message(FATAL_ERROR "no stage found in ${graph}")
  endif()
  set(${variable} ${rows} PARENT_SCOPE)
endfunction()

# funcorr_test(NAME SOURCES … LINK …): a Catch2 executable test_<NAME>; each of its cases is a CTest test, which fails
# where the executable knows no case of its name (Catch2 3 does so by itself).
# Tests find the golden files through FUNCORR_GOLDEN (default: ../shared/golden) and skip where there are none.
# -O1: a test's own code runs once, and compiles a quarter faster than at -O3; what it tests is as Release makes it.
function(funcorr_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(test_${name} ${ARG_SOURCES})
  target_link_libraries(test_${name} PRIVATE ${ARG_LINK} funcorr_test_main funcorr_warnings)
  target_compile_options(test_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  set(must_run)
  if(Catch2_VERSION VERSION_LESS 3)
    set(must_run EXTRA_ARGS --warn NoTests)
  endif()
  catch_discover_tests(test_${name} TEST_PREFIX "${name}: " ${must_run} PROPERTIES TIMEOUT 600)
endfunction()

# funcorr_includes_torch(VARIABLE FILE): whether a file of the tree includes a header of LibTorch, itself or by others.
function(funcorr_includes_torch variable file)
  get_property(known GLOBAL PROPERTY FUNCORR_INCLUDES_TORCH_${file})
  if(NOT DEFINED known)
    file(STRINGS ${PROJECT_SOURCE_DIR}/${file} lines REGEX "^#include ")
    set(known OFF)
    foreach(line IN LISTS lines)
      if(line MATCHES "<(torch|ATen|c10)/")
        set(known ON)
      elseif(line MATCHES "\"(.+)\"" AND EXISTS ${PROJECT_SOURCE_DIR}/${CMAKE_MATCH_1})
        funcorr_includes_torch(known ${CMAKE_MATCH_1})
      endif()
      if(known)
        break()
      endif()
    endforeach()
    set_property(GLOBAL PROPERTY FUNCORR_INCLUDES_TORCH_${file} ${known})
  endif()
  set(${variable} ${known} PARENT_SCOPE)
endfunction()

# A target's sources that see LibTorch share one precompiled <torch/torch.h>: it costs 20 s a file, and loading it some
# seconds, which the others are spared.
function(funcorr_use_torch target)
  target_include_directories(${target} SYSTEM PRIVATE ${TORCH_INCLUDE_DIRS})
  target_link_libraries(${target} PRIVATE ${TORCH_LIBRARIES})
  target_precompile_headers(${target} PRIVATE <torch/torch.h>)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    file(RELATIVE_PATH file ${PROJECT_SOURCE_DIR} ${source})
    funcorr_includes_torch(sees_torch ${file})
    if(NOT sees_torch)
      set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endforeach()
endfunction()
