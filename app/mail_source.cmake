add_library(pm_app_source STATIC mail_source.cc mbox_reader.cc)
pm_settings(pm_app_source)
target_link_libraries(pm_app_source PUBLIC pm_base)
