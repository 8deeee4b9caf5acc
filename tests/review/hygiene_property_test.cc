// Nothing that must not come out does, whatever goes in: texts by themselves,
// and whole mails made of them. tests/review/mail_oracle.h says what that is.
//
// PATCHMILTER_PROPERTY_ROUNDS in the environment multiplies the rounds.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "mime/mail.h"
#include "review/hygiene.h"
#include "tests/review/hostile_review.h"
#include "tests/review/mail_oracle.h"

namespace patchmilter::review {
namespace {

int Rounds(int rounds) {
  const char* times = std::getenv("PATCHMILTER_PROPERTY_ROUNDS");
  return times == nullptr ? rounds : rounds * std::atoi(times);
}

TEST(HygieneProperty, NothingForbiddenComesOutOfText) {
  std::mt19937 random(20260303);  // The same texts each time.
  int bad = 0;
  for (int i = 0; i < Rounds(6'000) && bad < 10; ++i) {
    const std::string text = HostileText(&random);
    std::vector<std::string> faults;
    for (const std::string& line : CleanProse(text)) {
      for (std::string& fault : LineFaults(line)) faults.push_back(fault);
      EXPECT_FALSE(ForbiddenLine(line)) << line;
    }
    const std::vector<std::pair<std::string, std::size_t>> lines = {
        {CleanLine(text, 60), 60},
        {CleanTitle(text, 60), 60},
        {CleanLine(text, 400), 400}};
    for (const auto& [one, columns] : lines) {
      EXPECT_EQ(one.find('\n'), std::string::npos);
      for (std::string& fault : LineFaults("  1/3  " + one, columns + 7)) {
        if (fault.substr(0, 4) != "tick") faults.push_back("line " + fault);
      }
    }
    if (faults.empty()) continue;
    ++bad;
    ADD_FAILURE() << testing::PrintToString(text) << "\n"
                  << testing::PrintToString(faults);
  }
}

// Cleaning what is clean changes no word.
TEST(HygieneProperty, CleaningTwiceIsCleaningOnce) {
  std::mt19937 random(7);
  auto words = [](const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
      for (char c : line) {
        if (c != ' ' && c != '\t' && c != '|') text += c;
      }
    }
    return text;
  };
  for (int i = 0; i < Rounds(300); ++i) {
    // Markdown apart: of "****a****" one pass leaves "**a**", which is C.
    std::string text = "Plain: ";
    for (int k = 0; k < 12; ++k) {
      static const std::vector<std::string> kWords = {
          "lamp->level", "is read,", "which lamp_set()",
          "writes;",     "so",       ">> 4",
          "may be",      "lost.",    "- ",
          "10.",         "From",     "there on",
          "a && b",      "(twice)",  "/proc"};
      text += kWords[random() % kWords.size()] + " ";
    }
    const std::vector<std::string> once = CleanProse(text);
    std::string joined;
    for (const std::string& line : once) joined += line + "\n";
    EXPECT_EQ(words(CleanProse(joined)), words(once)) << joined;
  }
}

TEST(HygieneProperty, NothingForbiddenStandsInAnyMail) {
  mime::InitMime();
  int bad = 0;
  for (int seed = 1; seed <= Rounds(150) && bad < 5; ++seed) {
    const HostileReview hostile =
        MakeHostileReview(static_cast<unsigned>(seed));
    for (const ReviewMail& mail : hostile.mails) {
      const std::vector<std::string> faults = BodyFaults(mail.mail.body);
      if (faults.empty()) continue;
      ++bad;
      ADD_FAILURE() << "seed " << seed << "\n"
                    << mail.mail.body << "\n"
                    << testing::PrintToString(faults);
    }
  }
}

// The oracle sees what it should.
TEST(HygieneProperty, TheOracleIsAwake) {
  for (const char* line : {"Signed-off-by: x",
                           " > Acked-by: x",
                           "fixes: 12",
                           "/* Fixes: 12 */",
                           "#syz fix",
                           "pw-bot: x",
                           "/test all",
                           "/frobnicate",
                           "#frobnicate",
                           "https://x",
                           "x.org/y",
                           "a@b.example",
                           "diff --git a b",
                           "---",
                           "From x",
                           "-- ",
                           "> x",
                           ">8",
                           "-- >8 --",
                           "`x`",
                           "# x",
                           "```",
                           "(cherry picked from commit 1)",
                           "3 files changed",
                           "GIT binary patch",
                           "\x1B",
                           "\xE2\x80\xAE",
                           "Acked-by\xEF\xBC\x9A x"}) {
    EXPECT_FALSE(LineFaults(line).empty()) << line;
  }
  EXPECT_FALSE(LineFaults(std::string(79, 'x')).empty());
  for (const char* line :
       {"an honest line: of text", "", "    x: y", "#include <x.h>",
        "    reg = <0x10>;", "[low] race: is lamp->level read here?"}) {
    EXPECT_TRUE(LineFaults(line).empty())
        << testing::PrintToString(LineFaults(line));
  }
  EXPECT_FALSE(BodyFaults("x\n").empty()) << "no signature";
  EXPECT_FALSE(BodyFaults("\xFF\n-- \n").empty());
  EXPECT_TRUE(BodyFaults("x\n-- \nReview-Of: <a@b>\n").empty());
  EXPECT_EQ(HarvestedTrailers("Acked-by: A <a@b.c>\n-- \nX-by: a@b.c\n").size(),
            1U);
  EXPECT_EQ(HarvestedTrailers("Acked-by: A\n<a@b.c>\n").size(), 1U);
}

}  // namespace
}  // namespace patchmilter::review
