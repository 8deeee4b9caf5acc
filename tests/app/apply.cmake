# `patchmilter apply`, beside git am.
add_test(NAME apply_command_test
  COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/apply_test.py)
set_tests_properties(apply_command_test PROPERTIES TIMEOUT 120
  ENVIRONMENT "PATCHMILTER=$<TARGET_FILE:patchmilter>")
