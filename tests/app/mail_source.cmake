pm_test(mail_source_test SOURCES mail_source_test.cc ROOMS app_source base)
