# What happens to a mail after the intake; both programs below use it.
add_library(pm_app_pipeline STATIC delivery.cc intake_feed.cc parser.cc
  pipeline.cc sandbox.cc)
pm_settings(pm_app_pipeline)
target_link_libraries(pm_app_pipeline
  PUBLIC pm_base pm_intake pm_mime pm_net pm_publish pm_review pm_series pm_store
  PRIVATE PkgConfig::SECCOMP)

pm_program(patchmilter-reviewd
  SOURCES reviewd.cc reviewd_main.cc site_check.cc
  ROOMS app_pipeline intake review store tree
  LIBRARIES CLI11::CLI11 Threads::Threads)
