# `patchmilter apply`, beside git am.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME apply_command_test
  COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/apply_test.py)
set_tests_properties(apply_command_test PROPERTIES TIMEOUT 120
  ENVIRONMENT "PATCHMILTER=$<TARGET_FILE:patchmilter>")
