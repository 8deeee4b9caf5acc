# Where `patchmilter review` and `patchmilter replay` read mails from.
# A build of some rooms only, or one that was configured before a room came,
# gets those that it takes.
foreach(room archive git)
  if(NOT TARGET pm_${room})
    add_subdirectory(${PROJECT_SOURCE_DIR}/${room}
      ${PROJECT_BINARY_DIR}/${room})
  endif()
endforeach()
add_library(pm_app_source STATIC
  directory_source.cc
  file_source.cc
  foreign_file.cc
  inbox_source.cc
  mail_source.cc
  mbox_reader.cc)
pm_settings(pm_app_source)
target_link_libraries(pm_app_source PUBLIC pm_base pm_archive pm_git)
