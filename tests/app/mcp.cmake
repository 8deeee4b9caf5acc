find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME mcp_test
  COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/mcp_test.py)
set_tests_properties(mcp_test PROPERTIES TIMEOUT 300
  ENVIRONMENT "PATCHMILTER=$<TARGET_FILE:patchmilter>;REVIEWD=$<TARGET_FILE:patchmilter-reviewd>")
