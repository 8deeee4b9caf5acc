find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME remember_test
  COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/remember_test.py)
set_tests_properties(remember_test PROPERTIES TIMEOUT 120
  ENVIRONMENT "PATCHMILTER=$<TARGET_FILE:patchmilter>")
