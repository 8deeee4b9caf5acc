// Golden mails: whole reviews, byte for byte, as a reader gets them.
//
// To write them anew after a change that is meant, run this test with
// PATCHMILTER_UPDATE_GOLDEN=1 in the environment, and read the difference.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/version.h"
#include "mime/mail.h"
#include "review/checks_engine.h"
#include "review/render.h"
#include "tests/review/fixture.h"
#include "tests/review/golden_cases.h"

namespace patchmilter::review {
namespace {

std::string Show(const std::vector<ReviewMail>& mails) {
  std::string text;
  for (const ReviewMail& mail : mails) {
    const mime::OutgoingMail& m = mail.mail;
    text += "================ ";
    text += mail.kind == ReviewMail::Kind::kSeries ? "series mail"
            : mail.kind == ReviewMail::Kind::kPreExisting
                ? "mail on what was there before"
                : "mail on patch " + std::to_string(mail.patch);
    text += ", " + std::to_string(mail.findings) + " findings, " +
            std::to_string(mail.left_out) + " left out\n";
    text += "From: " + m.from + "\nTo: " + m.to + "\nReply-To: " + m.reply_to +
            "\nSubject: " + m.subject + "\nMessage-ID: <" + m.message_id +
            ">\nIn-Reply-To: <" + m.in_reply_to + ">\nReferences:";
    for (const std::string& id : m.references) text += " <" + id + ">";
    text += "\nDate: " + FormatMailDate(m.date) + "\nList-Id: <" + m.list_id +
            ">\n";
    for (const auto& [name, value] : m.extra_headers) {
      text += name + ": " + value + "\n";
    }
    text += "\n" + m.body;
  }
  // The version changes with each release, the mails do not.
  for (std::string of :
       {std::string("patchmilter ") + kVersion, std::string("v=") + kVersion}) {
    std::string to =
        of.substr(0, of.size() - std::string(kVersion).size()) + "VERSION";
    for (std::size_t at = text.find(of); at != std::string::npos;
         at = text.find(of, at)) {
      text.replace(at, of.size(), to);
    }
  }
  return text;
}

class GoldenTest : public testing::TestWithParam<GoldenCase> {
 protected:
  static void SetUpTestSuite() { mime::InitMime(); }
};

TEST_P(GoldenTest, IsAsRead) {
  const GoldenCase& golden = GetParam();
  const std::string got = Show(golden.render().mails);
  const std::string path = std::string(PATCHMILTER_SOURCE_DIR) +
                           "/tests/review/golden/" + golden.name + ".txt";
  const char* update = std::getenv("PATCHMILTER_UPDATE_GOLDEN");
  if (update != nullptr && *update != '\0') {
    ASSERT_TRUE(ReplaceFile(path, got).ok());
  }
  Result<std::string> want = ReadFile(path);
  ASSERT_TRUE(want.ok()) << want.error().message;
  EXPECT_EQ(got, *want);
  EXPECT_EQ(Show(golden.render().mails), got) << "the same input, other bytes";
}

INSTANTIATE_TEST_SUITE_P(Shapes, GoldenTest, testing::ValuesIn(GoldenCases()),
                         [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace patchmilter::review
