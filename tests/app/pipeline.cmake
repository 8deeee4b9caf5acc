pm_test(pipeline_test
  SOURCES pipeline_test.cc readiness_test.cc
  ROOMS app_pipeline store review)
pm_test(review_trees_test
  SOURCES review_trees_test.cc
  ROOMS app_pipeline store review scratch_git)
pm_test(parse_worker_test
  SOURCES parse_worker_test.cc
  ROOMS app_pipeline)
pm_test(intake_feed_test
  SOURCES intake_feed_test.cc
  ROOMS app_pipeline intake store)
