find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME command_test
  COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/command_test.py)
set_tests_properties(command_test PROPERTIES TIMEOUT 120
  ENVIRONMENT "PATCHMILTER=$<TARGET_FILE:patchmilter>")
pm_test(state_view_test
  SOURCES
    ${PROJECT_SOURCE_DIR}/app/state_view.cc
    state_view_test.cc
  ROOMS app_pipeline app_questions model review store
  LIBRARIES nlohmann_json::nlohmann_json)
