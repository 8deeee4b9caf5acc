// The rules of the mails, held against every golden case: width, length,
// trailers, headers, and that a reader of quoted replies finds each comment at
// the place that was meant.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "mime/compose.h"
#include "mime/mail.h"
#include "mime/patch_mail.h"
#include "review/anchor.h"
#include "review/hygiene.h"
#include "review/render.h"
#include "tests/review/fixture.h"
#include "tests/review/golden_cases.h"

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

TEST_P(RenderedTest, LinesAreShortAndFew) {
  for (const ReviewMail& mail : GetParam().render()) {
    std::vector<std::string> lines = Lines(mail.mail.body);
    EXPECT_LE(lines.size(), 150U);
    for (const std::string& line : lines) {
      if (line[0] == '>') continue;
      EXPECT_LE(Columns(line), 78U) << line;
    }
  }
}

TEST_P(RenderedTest, NoTrailerStandsAboveTheSignature) {
  // b4, git interpret-trailers and patchwork: "key: value" at the start.
  const std::regex trailer(
      R"(^\s*((\w\S*-by)|fixes|link|closes|cc|subject|date|from|buglink|)"
      R"(change-id|base-commit|obsoleted-by)\s*:.*)",
      std::regex::icase);
  for (const ReviewMail& mail : GetParam().render()) {
    std::size_t signatures = 0;
    for (const std::string& line : Lines(mail.mail.body)) {
      if (line == "-- ") ++signatures;
      if (signatures > 0) continue;
      EXPECT_FALSE(std::regex_match(line, trailer)) << line;
      EXPECT_NE(line.substr(0, 10), "diff --git");
      EXPECT_NE(line.substr(0, 3), "---");
      EXPECT_NE(line.substr(0, 5), "From ");
    }
    EXPECT_EQ(signatures, 1U);
  }
}

TEST_P(RenderedTest, TheSeriesMailQuotesNothing) {
  for (const ReviewMail& mail : GetParam().render()) {
    if (mail.kind != ReviewMail::Kind::kSeries) continue;
    for (const std::string& line : Lines(mail.mail.body)) {
      EXPECT_NE(line.substr(0, 1), ">") << line;
    }
  }
}

TEST_P(RenderedTest, HeadersAreThoseOfTheDestination) {
  std::set<std::string> ids;
  for (const ReviewMail& mail : GetParam().render()) {
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

// ---- A reader of inline comments ------------------------------------------

// As tools read a reply: quoted "diff --git" and "@@" lines set the place,
// quoted lines count it on, "[ ... ]" is nothing, any other text is a comment
// on the quoted line above it. A counted place is put right by the text of
// that line in the patch, the nearest one where it stands several times.
struct InlineComment {
  std::string path;  // "" for the commit message.
  std::uint32_t line = 0;
  std::string quoted;  // With its mark.
  std::string text;
};

std::vector<InlineComment> ReadInline(const std::string& body) {
  static const std::regex file(R"(^diff --git a/(.*) b/(.*)$)");
  static const std::regex hunk(R"(^@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@.*)");
  std::vector<InlineComment> comments;
  InlineComment at;
  std::uint32_t old_line = 0;
  std::uint32_t new_line = 0;
  std::string path;
  bool in_hunk = false;
  bool seen = false;
  bool open = false;
  for (const std::string& line : Lines(body)) {
    if (line == "-- ") break;
    if (line[0] != '>') {
      if (Trim(line).empty() || Trim(line) == "[ ... ]" || !seen) continue;
      if (!open) {
        comments.push_back(at);
        open = true;
      }
      comments.back().text += line + "\n";
      continue;
    }
    open = false;
    std::string raw = line.substr(line.substr(0, 2) == "> " ? 2 : 1);
    std::smatch match;
    if (std::regex_match(raw, match, file)) {
      path = match[2];
      in_hunk = false;
    } else if (std::regex_match(raw, match, hunk)) {
      old_line = static_cast<std::uint32_t>(std::stoul(match[1]));
      new_line = static_cast<std::uint32_t>(std::stoul(match[3]));
      in_hunk = true;
    } else if (path.empty()) {
      at = {"", 0, raw, ""};
      seen = true;
    } else if (in_hunk) {
      const bool removed = raw[0] == '-';
      at = {path, removed ? old_line : new_line, raw, ""};
      seen = true;
      if (raw[0] != '+') ++old_line;
      if (!removed) ++new_line;
    }
  }
  return comments;
}

void PutRight(const diff::Diff& diff, InlineComment* comment) {
  std::uint32_t best = 0;
  bool found = false;
  auto distance = [&](std::uint32_t line) {
    return line > comment->line ? line - comment->line : comment->line - line;
  };
  for (const diff::File& file : diff.files()) {
    if (file.path() != comment->path) continue;
    for (const diff::Hunk& hunk : file.hunks) {
      for (const diff::Line& line : hunk.lines) {
        if (diff.View(line.span) != comment->quoted.substr(1)) continue;
        const std::uint32_t at = line.kind == diff::LineKind::kRemoved
                                     ? line.old_line
                                     : line.new_line;
        if (!found || distance(at) < distance(best)) best = at;
        found = true;
      }
    }
  }
  ASSERT_TRUE(found) << comment->quoted;
  comment->line = best;
}

TEST(InlineReaderTest, EachCommentIsReadBackAtItsPlace) {
  mime::InitMime();
  SeriesFixture fixture = CleanSeries();
  std::string& diff = fixture.texts()[1].diff;
  diff += EditFile("drivers/lamp/leds.c", 7, "int leds(void)",
                   " {\n \tone();\n \ttwo();\n \tthree();\n \tfour();\n "
                   "\tfive();\n+\tsix(); \n \treturn 0;\n }\n");
  diff +=
      EditFile("drivers/lamp/leds.h", 7, "", " int a;\n+ \tint b;\n int c;\n");
  fixture.texts()[1].message =
      "Better so.\n\nFixes: 0123456 (\"x\")\nSigned-off-by: Jane Roe "
      "<jane@example.org>\n";
  fixture.Build();
  SeriesUnderReview under = fixture.Under();
  GatedReview review = CheckAndGate(under);
  ASSERT_EQ(review.kept.size(), 3U);
  EngineResult engine;
  engine.engine = "checks";
  std::vector<ReviewMail> mails = Render(under, engine, review, TestContext());
  ASSERT_EQ(mails.size(), 2U);
  std::vector<InlineComment> comments = ReadInline(mails[1].mail.body);
  ASSERT_EQ(comments.size(), review.kept.size());
  for (std::size_t i = 0; i < comments.size(); ++i) {
    const Anchor& anchor = review.kept[i].anchors.front();
    EXPECT_EQ(comments[i].path, anchor.path);
    if (anchor.kind != AnchorKind::kLines) continue;
    PutRight(under.patches.at(2)->diff, &comments[i]);
    EXPECT_EQ(comments[i].line, LineNumber(under.patches.at(2)->diff, anchor));
    EXPECT_EQ(TrimRight(comments[i].quoted.substr(1)),
              TrimRight(anchor.quoted.back()));
  }
}

// ---- Single rules -----------------------------------------------------------

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

}  // namespace
}  // namespace patchmilter::review
