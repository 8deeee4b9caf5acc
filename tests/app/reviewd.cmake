pm_test(reviewd_test
  SOURCES
    ${PROJECT_SOURCE_DIR}/app/index_keeper.cc
    ${PROJECT_SOURCE_DIR}/app/reviewd.cc
    reviewd_test.cc
  ROOMS app_pipeline app_questions intake review store tree
  LIBRARIES Threads::Threads)
