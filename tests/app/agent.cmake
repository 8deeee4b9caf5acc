# Beside patchmilter, which agents reach our tools with.
add_executable(agent_driver agent_driver.cc)
pm_settings(agent_driver)
target_link_libraries(agent_driver PRIVATE pm_app_agent
  nlohmann_json::nlohmann_json)
set_target_properties(agent_driver PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY $<TARGET_FILE_DIR:patchmilter>)
add_dependencies(agent_driver patchmilter)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_test(NAME agent_test
  COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/agent_test.py)
set_tests_properties(agent_test PROPERTIES TIMEOUT 600
  ENVIRONMENT "AGENT_DRIVER=$<TARGET_FILE:agent_driver>;AGENTD=$<TARGET_FILE:patchmilter-agentd>")
pm_test(agent_parts_test
  SOURCES agent_parts_test.cc
  ROOMS app_agent
  LIBRARIES nlohmann_json::nlohmann_json)
