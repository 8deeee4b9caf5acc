# What its fixtures are made with; a build of some rooms has not asked for it.
foreach(fixture make_archive:archive scratch_git:git)
  string(REPLACE ":" ";" fixture ${fixture})
  list(GET fixture 0 library)
  list(GET fixture 1 room)
  if(NOT TARGET pm_${library})
    add_subdirectory(${PROJECT_SOURCE_DIR}/tests/${room}
      ${PROJECT_BINARY_DIR}/tests/${room})
  endif()
endforeach()
pm_test(mail_source_test
  SOURCES mail_source_test.cc mbox_reader_test.cc
  ROOMS app_source base make_archive scratch_git)
pm_test(replay_parts_test
  SOURCES
    ${PROJECT_SOURCE_DIR}/app/arrival.cc
    ${PROJECT_SOURCE_DIR}/app/progress.cc
    arrival_test.cc
    progress_test.cc
  ROOMS base mime)
