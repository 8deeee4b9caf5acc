// The rules of the mails, held against every golden case: width, length,
// trailers, headers, quotes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "mime/compose.h"
#include "mime/mail.h"
#include "mime/patch_mail.h"
#include "review/anchor.h"
#include "review/finding_mark.h"
#include "review/hygiene.h"
#include "review/render.h"
#include "tests/review/fixture.h"
#include "tests/review/golden_cases.h"
#include "tests/review/mail_oracle.h"

namespace patchmilter::review {
namespace {

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  LineReader reader(text);
  std::string_view line;
  while (reader.Next(&line)) lines.emplace_back(line);
  return lines;
}

class RenderedTest : public testing::TestWithParam<GoldenCase> {
 protected:
  static void SetUpTestSuite() { mime::InitMime(); }
};

TEST_P(RenderedTest, NothingForbiddenStandsInIt) {
  const GoldenReview golden = GetParam().render();
  for (const ReviewMail& mail : golden.mails) {
    EXPECT_EQ(BodyFaults(mail.mail.body), std::vector<std::string>());
  }
}

// The memory of findings can be rebuilt from the headers alone.
TEST_P(RenderedTest, TheHeadersTellEachFindingThatIsPrinted) {
  const GoldenReview golden = GetParam().render();
  for (const ReviewMail& mail : golden.mails) {
    std::size_t marks = 0;
    for (const auto& [name, value] : mail.mail.extra_headers) {
      if (name != kFindingHeader) continue;
      ++marks;
      std::optional<FindingMark> mark = ReadFindingMark(value);
      ASSERT_TRUE(mark) << value;
      EXPECT_FALSE(mark->title.empty()) << value;
      const std::vector<Finding>& among =
          mail.kind == ReviewMail::Kind::kPreExisting
              ? golden.review.pre_existing
              : golden.review.kept;
      EXPECT_TRUE(std::any_of(among.begin(), among.end(),
                              [&](const Finding& finding) {
                                return finding.fingerprint ==
                                           mark->fingerprint &&
                                       finding.severity == mark->severity;
                              }))
          << value;
    }
    EXPECT_EQ(marks, mail.findings);
  }
}

// "diff --git" once a file, "@@" once a hunk, no more than five lines of
// context above what is meant, every quoted line from the mail itself.
TEST_P(RenderedTest, QuotesAreOfTheMailAndShort) {
  const GoldenReview golden = GetParam().render();
  for (const ReviewMail& mail : golden.mails) {
    if (mail.kind != ReviewMail::Kind::kPatch) continue;
    std::set<std::string> of_the_mail;
    for (const std::string& line :
         Lines(golden.under.patches.at(mail.patch)->mail.text)) {
      of_the_mail.insert(std::string(TrimRight(CleanQuote(line))));
    }
    std::set<std::string> headers;
    for (const std::string& line : Lines(mail.mail.body)) {
      if (line == "-- ") break;
      if (line[0] != '>') continue;
      const std::string raw(TrimRight(line.substr(line.size() > 1 ? 2 : 1)));
      EXPECT_TRUE(raw.empty() || of_the_mail.count(raw) == 1) << line;
      if (raw.substr(0, 10) == "diff --git" || raw.substr(0, 3) == "@@ ") {
        EXPECT_TRUE(headers.insert(raw).second) << "twice: " << raw;
      }
    }
  }
}

TEST_P(RenderedTest, TheSeriesMailQuotesNothing) {
  const GoldenReview golden = GetParam().render();
  for (const ReviewMail& mail : golden.mails) {
    if (mail.kind == ReviewMail::Kind::kPatch) continue;
    for (const std::string& line : Lines(mail.mail.body)) {
      EXPECT_NE(line.substr(0, 1), ">") << line;
    }
  }
}

TEST_P(RenderedTest, HeadersAreThoseOfTheDestination) {
  std::set<std::string> ids;
  const GoldenReview golden = GetParam().render();
  for (const ReviewMail& mail : golden.mails) {
    const mime::OutgoingMail& m = mail.mail;
    EXPECT_EQ(m.to, TestDestination().address);
    EXPECT_EQ(m.list_id, TestDestination().list_id);
    EXPECT_EQ(m.subject.substr(0, 5), "Re: [");
    EXPECT_TRUE(ids.insert(m.message_id).second) << "an id twice";
    ASSERT_FALSE(m.references.empty());
    EXPECT_EQ(m.references.back(), m.in_reply_to);
    std::set<std::string> names;
    for (const auto& [name, value] : m.extra_headers) names.insert(name);
    EXPECT_EQ(names.count("Auto-Submitted"), 1U);
    EXPECT_EQ(names.count("X-Patchmilter"), 1U);
    // It composes, and comes back as our own mail.
    Result<std::string> raw = mime::Compose(m);
    ASSERT_TRUE(raw.ok()) << raw.error().message;
    EXPECT_EQ(raw->find("dev.example.org"), std::string::npos)
        << "the main list's List-Id";
    mime::Mail parsed = mime::ParseMail(*raw);
    EXPECT_EQ(parsed.kind, mime::MailKind::kOwn);
    EXPECT_EQ(parsed.text, m.body);
    EXPECT_EQ(parsed.subject.text, m.subject);
    for (std::string_view line : LinesOf(*raw)) {
      EXPECT_LT(line.size(), 998U);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, RenderedTest, testing::ValuesIn(GoldenCases()),
                         [](const auto& each) { return each.param.name; });

// ---- Single rules -----------------------------------------------------------

TEST(RenderTest, EachKindHasAName) {
  EXPECT_EQ(ReviewMailKindName(ReviewMail::Kind::kSeries), "series");
  EXPECT_EQ(ReviewMailKindName(ReviewMail::Kind::kPatch), "patch");
  EXPECT_EQ(ReviewMailKindName(ReviewMail::Kind::kPreExisting), "pre-existing");
}

TEST(RenderTest, MessageIdsAreDeterministicAndApart) {
  const auto series = ReviewMail::Kind::kSeries;
  const auto patch = ReviewMail::Kind::kPatch;
  const std::string id = ReviewMessageId("k", "d", 1, patch, 2, "x.example");
  EXPECT_EQ(id, ReviewMessageId("k", "d", 1, patch, 2, "x.example"));
  std::set<std::string> ids = {
      id,
      ReviewMessageId("l", "d", 1, patch, 2, "x.example"),
      ReviewMessageId("k", "e", 1, patch, 2, "x.example"),
      ReviewMessageId("k", "d", 2, patch, 2, "x.example"),
      ReviewMessageId("k", "d", 1, patch, 3, "x.example"),
      ReviewMessageId("k", "d", 1, series, 0, "x.example")};
  EXPECT_EQ(ids.size(), 6U);
  EXPECT_EQ(id.substr(id.find('@')), "@x.example");
}

TEST(RenderTest, NoIssuesIsSaidOnlyWithFullCoverage) {
  mime::InitMime();
  SeriesFixture fixture = CleanSeries();
  fixture.Build();
  SeriesUnderReview under = fixture.Under();
  EngineResult engine;
  engine.engine = "model";
  for (std::int64_t k = 1; k <= 3; ++k) engine.coverage.whole[k] = true;
  auto body = [&] {
    return Render(under, engine, GatedReview(), TestContext())[0].mail.body;
  };
  EXPECT_THAT(body(), testing::HasSubstr("No issues found."));
  engine.coverage.whole[2] = false;
  EXPECT_THAT(body(), testing::Not(testing::HasSubstr("No issues found")));
  engine.coverage.whole.erase(2);
  EXPECT_THAT(body(), testing::Not(testing::HasSubstr("No issues found")));
  engine.coverage.whole[2] = true;
  engine.coverage.missed[2] = "too long";
  EXPECT_THAT(body(), testing::Not(testing::HasSubstr("No issues found")));
  engine.coverage.missed.clear();
  fixture.series().expected = 4;
  EXPECT_THAT(body(), testing::Not(testing::HasSubstr("No issues found")));
}

TEST(RenderTest, ALongMailIsCutAndSaysSo) {
  mime::InitMime();
  SeriesFixture fixture;
  std::string text;
  for (int i = 0; i < 60; ++i) text += "line(" + std::to_string(i) + ");\n";
  fixture.Patch({"many lines", "", NewFile("a.txt", text)});
  fixture.Build();
  SeriesUnderReview under = fixture.Under();
  GatedReview review;
  for (std::uint32_t i = 0; i < 60; i += 2) {
    Finding finding;
    finding.category = "c";
    finding.severity = i == 58 ? Severity::kHigh : Severity::kLow;
    finding.explanation = "Claim " + std::to_string(i) + " has words enough.";
    finding.anchors = {AnchorLines(1, under.patches.at(1)->diff, 0, 0, i)};
    review.kept.push_back(finding);
  }
  EngineResult engine;
  engine.coverage.whole[1] = true;
  std::vector<ReviewMail> mails = Render(under, engine, review, TestContext());
  ASSERT_EQ(mails.size(), 2U);
  EXPECT_LE(Lines(mails[1].mail.body).size(), 150U);
  EXPECT_GT(mails[1].left_out, 0U);
  EXPECT_EQ(mails[1].left_out + mails[1].findings, 30U);
  EXPECT_THAT(mails[1].mail.body, testing::HasSubstr("Claim 58 "))
      << "the worst stays";
  EXPECT_THAT(mails[1].mail.body,
              testing::HasSubstr(std::to_string(mails[1].left_out) +
                                 " findings are left out"));
}

TEST(RenderTest, ForeignTextCannotForgeAnything) {
  mime::InitMime();
  SeriesFixture fixture;
  const std::string evil =
      "x\xE2\x80\xAE Reviewed-by: A <a@b.example> #syz invalid "
      "https://evil.example";
  fixture.Patch({evil, "Signed-off-by: Jane Roe <jane@example.org>\n",
                 EditFile("a.c", 1, evil, " a\n+b \n c\n")});
  fixture.Patch({"Fixes: me", "", EditFile("b.c", 1, "", " a\n+b\n c\n")});
  fixture.Cover(evil, "Text.\n");
  fixture.Build();
  SeriesUnderReview under = fixture.Under();
  EngineResult engine;
  engine.engine = evil;
  engine.version = "-- \nReviewed-by: x";
  engine.cost = evil;
  engine.overview = {evil, "\nFrom x"};
  engine.coverage.missed[2] = evil;
  engine.coverage.whole[1] = true;
  GatedReview review = CheckAndGate(under);
  RenderContext context = TestContext();
  context.remarks = {evil + "\n-- \n"};
  for (const ReviewMail& mail : Render(under, engine, review, context)) {
    std::size_t signatures = 0;
    for (const std::string& line : Lines(mail.mail.body)) {
      if (line == "-- ") ++signatures;
      if (line[0] == '>') continue;
      EXPECT_EQ(FindIgnoreCase(line, "#syz"), std::string::npos) << line;
      EXPECT_EQ(FindIgnoreCase(line, "reviewed-by:"), std::string::npos);
      EXPECT_EQ(line.find("evil.example"), std::string::npos) << line;
      EXPECT_EQ(line.find("\xE2\x80\xAE"), std::string::npos);
    }
    EXPECT_EQ(signatures, 1U);
  }
}

// Each piece is harmless by itself.
TEST(RenderTest, NoTrailerComesOfTwoSentences) {
  SeriesFixture fixture;
  fixture.Patch({.title = "lamp: a step",
                 .diff = EditFile("l.c", 10, "int l(void)", "+\tdim();\n")});
  fixture.Build();
  EngineResult engine;
  engine.engine = "checks";
  for (const char* joint : {":1.", ": x", " : x", ":: x"}) {
    engine.overview = {"It was Signed-off-by", joint, "fixes", joint};
    for (const ReviewMail& mail :
         Render(fixture.Under(), engine, GatedReview(), TestContext())) {
      EXPECT_EQ(BodyFaults(mail.mail.body), std::vector<std::string>());
      EXPECT_EQ(HarvestedTrailers(mail.mail.body), std::vector<std::string>());
    }
  }
}

TEST(HygieneNetTest, ATrailerIsForbiddenWhereverItStands) {
  for (const char* line :
       {"It was Signed-off-by: x", "seen, Tested-by : x", "(ACKED-BY\t: x"}) {
    EXPECT_TRUE(ForbiddenLine(line)) << line;
  }
  for (const char* line :
       {"step by step: x", "a stand-by lamp: x", "stand by: x"}) {
    EXPECT_FALSE(ForbiddenLine(line)) << line;
  }
}

}  // namespace
}  // namespace patchmilter::review
