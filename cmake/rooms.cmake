# pm_room(NAME SOURCES … ROOMS … LIBRARIES …): one static library a room.
# pm_test(NAME SOURCES … ROOMS … LIBRARIES …): one GoogleTest program.
set(PATCHMILTER_WARNINGS
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wformat=2 -Wundef
  -Wimplicit-fallthrough)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  list(APPEND PATCHMILTER_WARNINGS -Wthread-safety)
endif()
if(PATCHMILTER_STRICT)
  list(APPEND PATCHMILTER_WARNINGS -Werror)
endif()

function(pm_settings target)
  target_compile_options(${target} PRIVATE ${PATCHMILTER_WARNINGS})
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  if(PATCHMILTER_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  if(PATCHMILTER_SANITIZE)
    target_compile_options(${target} PUBLIC
      -fsanitize=${PATCHMILTER_SANITIZE} -fno-omit-frame-pointer
      -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${PATCHMILTER_SANITIZE})
  endif()
endfunction()

function(pm_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;ROOMS;LIBRARIES" ${ARGN})
  add_library(pm_${name} STATIC ${ARG_SOURCES})
  pm_settings(pm_${name})
  list(TRANSFORM ARG_ROOMS PREPEND pm_)
  target_link_libraries(pm_${name} PUBLIC ${ARG_ROOMS} PRIVATE ${ARG_LIBRARIES})
endfunction()

function(pm_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;ROOMS;LIBRARIES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  pm_settings(${name})
  list(TRANSFORM ARG_ROOMS PREPEND pm_)
  target_link_libraries(${name} PRIVATE ${ARG_ROOMS} ${ARG_LIBRARIES})
endfunction()

function(pm_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;ROOMS;LIBRARIES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  pm_settings(${name})
  list(TRANSFORM ARG_ROOMS PREPEND pm_)
  target_link_libraries(${name} PRIVATE ${ARG_ROOMS} ${ARG_LIBRARIES}
    GTest::gtest GTest::gmock GTest::gtest_main Threads::Threads)
  target_compile_definitions(${name} PRIVATE
    PATCHMILTER_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    PATCHMILTER_BINARY_DIR="${PROJECT_BINARY_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()
