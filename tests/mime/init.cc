// InitMime() before the first test of the program.
#include <gtest/gtest.h>

#include "mime/mail.h"

namespace {

class MimeEnvironment : public testing::Environment {
 public:
  void SetUp() override { patchmilter::mime::InitMime(); }
};

testing::Environment* const kEnvironment =
    testing::AddGlobalTestEnvironment(new MimeEnvironment);

}  // namespace
