find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME tree_checks_test
  COMMAND ${Python3_EXECUTABLE} -B
    ${CMAKE_CURRENT_SOURCE_DIR}/tree_checks_test.py)
set_tests_properties(tree_checks_test PROPERTIES TIMEOUT 300
  ENVIRONMENT "PATCHMILTER=$<TARGET_FILE:patchmilter>")
