pm_test(index_keeper_test
  SOURCES
    ${PROJECT_SOURCE_DIR}/app/index_keeper.cc
    index_keeper_test.cc
  ROOMS base git tree scratch_git)

find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME index_command_test
  COMMAND ${Python3_EXECUTABLE} -B
    ${CMAKE_CURRENT_SOURCE_DIR}/index_command_test.py)
set_tests_properties(index_command_test PROPERTIES TIMEOUT 120
  ENVIRONMENT "PATCHMILTER=$<TARGET_FILE:patchmilter>")
