find_package(Python3 REQUIRED COMPONENTS Interpreter)
foreach(name model model_kill model_weather)
  add_test(NAME ${name}_review_test
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/${name}_test.py)
  set_tests_properties(${name}_review_test PROPERTIES TIMEOUT 300
    ENVIRONMENT "PATCHMILTER=$<TARGET_FILE:patchmilter>")
endforeach()
foreach(name transcript admin_docs)
  add_test(NAME ${name}_test
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/${name}_test.py)
  set_tests_properties(${name}_test PROPERTIES TIMEOUT 120
    ENVIRONMENT "PATCHMILTER=$<TARGET_FILE:patchmilter>")
endforeach()
