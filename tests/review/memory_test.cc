#include "review/memory.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "mime/compose.h"
#include "mime/mail.h"
#include "review/gates.h"
#include "review/recall.h"
#include "review/render.h"
#include "review/told_mail.h"
#include "tests/review/fixture.h"

namespace patchmilter::review {
namespace {

using Kind = PreviousFate::Kind;

constexpr char kCore[] = "drivers/lamp/core.c";
constexpr char kBus[] = "drivers/lamp/bus.c";

const char* const kStep =
    " static int lamp_step(struct lamp *lamp, int level)\n"
    " {\n"
    "+\tint now = lamp->level;\n"
    "+\tlamp->level = now + level;\n"
    "+\tlamp_write(lamp, lamp->level);\n"
    " \treturn lamp->level;\n"
    " }";
const char* const kStepLocked =
    " static int lamp_step(struct lamp *lamp, int level)\n"
    " {\n"
    "+\tguard(mutex)(&lamp->lock);\n"
    "+\tlamp->level += level;\n"
    "+\tlamp_write(lamp, lamp->level);\n"
    " \treturn lamp->level;\n"
    " }";
const char* const kAttach =
    " static int lamp_attach(struct bus *bus)\n"
    " {\n"
    "+\tbus->lamp = kzalloc(sizeof(*bus->lamp), GFP_KERNEL);\n"
    "+\tbus_register(bus);\n"
    " \treturn 0;\n"
    " }";

SeriesFixture Series(std::int64_t version, const char* step,
                     const char* attach) {
  SeriesFixture fixture;
  fixture.Version(version);
  if (step != nullptr) {
    fixture.Patch({.title = "lamp: step by step",
                   .message = "Step from the level that the lamp is at.\n\n"
                              "Signed-off-by: Jane Roe <jane@example.org>\n",
                   .diff = EditFile(kCore, 40, "lamp_step", step)});
  }
  if (attach != nullptr) {
    fixture.Patch({.title = "lamp: attach to the bus",
                   .message = "A bus has one lamp.\n\n"
                              "Signed-off-by: Jane Roe <jane@example.org>\n",
                   .diff = EditFile(kBus, 10, "lamp_attach", attach)});
  }
  fixture.Build();
  return fixture;
}

Finding Model(std::int64_t patch, const char* path, std::string quoted,
              std::string title, std::string explanation) {
  Finding finding;
  finding.category = "issue";
  finding.severity = Severity::kHigh;
  finding.confidence = 0.9;
  finding.title = std::move(title);
  finding.explanation = std::move(explanation);
  Anchor anchor;
  anchor.kind = AnchorKind::kLines;
  anchor.patch = patch;
  anchor.path = path;
  anchor.quoted = {std::move(quoted)};
  finding.anchors = {anchor};
  return finding;
}

Finding Race(std::int64_t patch = 1) {
  return Model(patch, kCore, "+\tint now = lamp->level;",
               "lamp_step() reads the level outside of a lock",
               "Two threads that call lamp_step() at once read the same level, "
               "and one of the steps is lost. Is a lock missing here?");
}
Finding RaceAgain(const char* line = "+\tint now = lamp->level;") {
  return Model(1, kCore, line, "The level in lamp_step() is read without lock",
               "Could one step be lost when two threads call lamp_step() at "
               "once? Both read the same level, as no lock is held.");
}
Finding Leak(std::int64_t patch = 2) {
  return Model(patch, kBus, "+\tbus_register(bus);",
               "bus->lamp leaks when bus_register() fails",
               "The result of bus_register() is ignored, so that the memory of "
               "bus->lamp is never freed on error.");
}
Finding Unchecked() {
  return Model(2, kBus,
               "+\tbus->lamp = kzalloc(sizeof(*bus->lamp), GFP_KERNEL);",
               "The return value of kzalloc() is not checked",
               "When memory is short the pointer is NULL, and whoever uses it "
               "first crashes.");
}

// What the store would remember of a review of `under`.
Memory MemoryOf(const SeriesUnderReview& under, std::vector<Finding> findings) {
  const GatedReview review =
      ApplyGates(under, std::move(findings), GatePolicy());
  std::vector<store::FindingRow> rows;
  for (const Finding& finding : review.kept) {
    rows.push_back(ToRow(finding, under, "", ""));
  }
  for (const Finding& finding : review.still_present) {
    rows.push_back(StillPresentRow(finding, under));
  }
  for (const PreviousFate& fate :
       PreviousFatesOf(under, review.still_present)) {
    if (fate.kind != Kind::kStillPresent) rows.push_back(FateRow(fate));
  }
  Memory memory;
  memory.version = under.series->version;
  RememberRows(rows, &memory.previous);
  return memory;
}

std::map<std::string, Kind> Kinds(const std::vector<PreviousFate>& fates) {
  std::map<std::string, Kind> kinds;
  for (const PreviousFate& fate : fates) kinds[fate.title] = fate.kind;
  return kinds;
}

class MemoryTest : public testing::Test {
 protected:
  void SetUp() override {
    mime::InitMime();
    before_ = Series(1, kStep, kAttach);
    memory_ = MemoryOf(before_.Under(), {Race(), Leak()});
    ASSERT_EQ(memory_.previous.size(), 2U);
  }

  SeriesFixture before_;
  Memory memory_;
};

TEST_F(MemoryTest, ARepeatIsToldInOneLine) {
  SeriesFixture now = Series(2, kStep, kAttach);
  SeriesUnderReview under = now.Under();
  under.memory = &memory_;
  const GatedReview review =
      ApplyGates(under, {RaceAgain(), Unchecked()}, GatePolicy());
  ASSERT_EQ(review.still_present.size(), 1U);
  EXPECT_EQ(review.still_present[0].since, 1);
  EXPECT_EQ(review.fates.at(0).kind, Fate::Kind::kStillPresent);
  EXPECT_EQ(review.fates.at(0).gate, kSaidBeforeGate);
  ASSERT_EQ(review.kept.size(), 1U);
  EXPECT_EQ(review.kept[0].title, Unchecked().title);
  EXPECT_EQ(review.kept[0].since, 0);

  const std::vector<PreviousFate> fates =
      PreviousFatesOf(under, review.still_present);
  ASSERT_EQ(fates.size(), 2U);
  EXPECT_EQ(fates[0].kind, Kind::kStillPresent);
  EXPECT_EQ(fates[0].since, 1);
  EXPECT_EQ(fates[0].path, kCore);
  EXPECT_EQ(fates[0].function, "lamp_step");
  EXPECT_EQ(fates[0].line, 42U);
  EXPECT_EQ(fates[1].kind, Kind::kNotTouched) << "no engine said it again";
  EXPECT_EQ(fates[1].patch, 2);
  ASSERT_TRUE(fates[1].carried);

  // Without memory nothing falls.
  under.memory = nullptr;
  EXPECT_EQ(ApplyGates(under, {RaceAgain()}, GatePolicy()).kept.size(), 1U);
}

struct FateCase {
  const char* name;
  const char* step;
  const char* attach;
  std::optional<Kind> race;
  std::optional<Kind> leak;
};

TEST_F(MemoryTest, EachFate) {
  const FateCase cases[] = {
      {"nothing changed", kStep, kAttach, Kind::kNotTouched, Kind::kNotTouched},
      {"code changed", kStepLocked, kAttach, Kind::kFixed, Kind::kNotTouched},
      {"patch dropped", nullptr, kAttach, Kind::kGone, Kind::kNotTouched},
      {"other patch dropped", kStepLocked, nullptr, Kind::kFixed, Kind::kGone},
  };
  for (const FateCase& c : cases) {
    SCOPED_TRACE(c.name);
    SeriesFixture now = Series(2, c.step, c.attach);
    SeriesUnderReview under = now.Under();
    under.memory = &memory_;
    const auto kinds = Kinds(PreviousFatesOf(under, {}));
    ASSERT_EQ(kinds.size(), 2U);
    EXPECT_EQ(kinds.at(Race().title), c.race);
    EXPECT_EQ(kinds.at(Leak().title), c.leak);
  }
}

TEST_F(MemoryTest, APatchThatIsNotSentAgainIsNotTouched) {
  SeriesFixture now = Series(2, kStepLocked, nullptr);
  now.series().partial_reroll = true;
  SeriesUnderReview under = now.Under();
  under.memory = &memory_;
  const auto kinds = Kinds(PreviousFatesOf(under, {}));
  EXPECT_EQ(kinds.at(Race().title), Kind::kFixed);
  EXPECT_EQ(kinds.at(Leak().title), Kind::kNotTouched);
}

TEST_F(MemoryTest, WhatHasNotComeHasNoFateYet) {
  SeriesFixture now = Series(2, kStep, nullptr);
  now.series().expected = 2;
  SeriesUnderReview under = now.Under();
  under.memory = &memory_;
  const auto kinds = Kinds(PreviousFatesOf(under, {}));
  ASSERT_EQ(kinds.size(), 1U);
  EXPECT_EQ(kinds.at(Race().title), Kind::kNotTouched);
}

TEST_F(MemoryTest, ALineThatMovedToAnotherPatchStands) {
  // Renumbered: the bus comes first now.
  SeriesFixture now;
  now.Version(2);
  now.Patch({.title = "lamp: attach to the bus",
             .diff = EditFile(kBus, 80, "lamp_attach", kAttach)});
  now.Patch({.title = "lamp: step by step",
             .diff = EditFile(kCore, 90, "lamp_step", kStep)});
  now.Build();
  SeriesUnderReview under = now.Under();
  under.memory = &memory_;
  for (const PreviousFate& fate : PreviousFatesOf(under, {})) {
    EXPECT_EQ(fate.kind, Kind::kNotTouched);
    EXPECT_EQ(fate.patch, fate.path == kBus ? 1 : 2);
    EXPECT_GT(fate.line, 70U);
  }
}

TEST_F(MemoryTest, ACheckThatIsSilentHasSeenItFixed) {
  Finding check = Leak();
  check.exact = true;
  check.category = "whitespace";
  const Memory memory = MemoryOf(before_.Under(), {check});
  SeriesFixture now = Series(2, kStep, kAttach);
  SeriesUnderReview under = now.Under();
  under.memory = &memory;
  EXPECT_EQ(Kinds(PreviousFatesOf(under, {})).at(check.title), Kind::kFixed);
}

TEST_F(MemoryTest, OverThreeRevisions) {
  // v2 says the race again and not the leak; v3 says both.
  SeriesFixture second = Series(2, kStep, kAttach);
  SeriesUnderReview under = second.Under();
  under.memory = &memory_;
  const Memory then = MemoryOf(under, {RaceAgain()});
  ASSERT_EQ(then.previous.size(), 2U);
  SeriesFixture third = Series(3, kStep, kAttach);
  SeriesUnderReview later = third.Under();
  later.memory = &then;
  const GatedReview review = ApplyGates(later, {Race(), Leak()}, GatePolicy());
  EXPECT_TRUE(review.kept.empty());
  ASSERT_EQ(review.still_present.size(), 2U);
  for (const Finding& finding : review.still_present) {
    EXPECT_EQ(finding.since, 1);
  }
  // What v2 fixed is new when it comes back.
  SeriesFixture fixed = Series(2, kStepLocked, kAttach);
  SeriesUnderReview fixed_under = fixed.Under();
  fixed_under.memory = &memory_;
  const Memory after = MemoryOf(fixed_under, {});
  ASSERT_EQ(after.previous.size(), 1U);
  later.memory = &after;
  EXPECT_EQ(ApplyGates(later, {Race()}, GatePolicy()).kept.size(), 1U);
}

TEST_F(MemoryTest, AnEarlierRoundIsNotRepeatedAtAll) {
  Memory memory;
  memory.earlier_rounds = memory_.previous;
  SeriesFixture now = Series(1, kStep, kAttach);
  SeriesUnderReview under = now.Under();
  under.memory = &memory;
  const GatedReview review = ApplyGates(under, {RaceAgain()}, GatePolicy());
  EXPECT_TRUE(review.kept.empty());
  EXPECT_TRUE(review.still_present.empty());
  ASSERT_EQ(review.dropped.size(), 1U);
  EXPECT_EQ(review.dropped[0].gate, kSaidBeforeGate);
}

// The archive's mails give what the store gives.
TEST_F(MemoryTest, RebuiltFromTheMails) {
  const auto mails = [](const SeriesUnderReview& under, GatedReview review,
                        std::vector<PreviousFate> fates) {
    EngineResult engine;
    engine.engine = "model";
    for (const auto& [number, patch] : under.patches) {
      engine.coverage.whole[number] = true;
    }
    RenderContext context = TestContext();
    context.previous_fates = std::move(fates);
    std::vector<std::string> raw;
    for (const ReviewMail& mail : Render(under, engine, review, context)) {
      Result<std::string> bytes = mime::Compose(mail.mail);
      EXPECT_TRUE(bytes.ok());
      if (bytes.ok()) raw.push_back(*std::move(bytes));
    }
    return raw;
  };
  const auto remember = [](const std::vector<std::string>& raw) {
    std::vector<store::ToldMail> told;
    for (const std::string& mail : raw) {
      std::optional<store::ToldMail> one = ReadToldMail(mail, nullptr);
      EXPECT_TRUE(one) << mail;
      if (one) told.push_back(*std::move(one));
    }
    std::vector<Remembered> memory;
    RememberTold(told, &memory);
    // Another destination's mails say nothing more.
    const std::size_t once = memory.size();
    const std::size_t mails_once = told.size();
    for (std::size_t i = 0; i < mails_once; ++i) told.push_back(told[i]);
    memory.clear();
    RememberTold(told, &memory);
    EXPECT_EQ(memory.size(), once);
    return memory;
  };
  const SeriesUnderReview first = before_.Under();
  Memory from_mails;
  from_mails.version = 1;
  from_mails.previous = remember(
      mails(first, ApplyGates(first, {Race(), Leak()}, GatePolicy()), {}));
  ASSERT_EQ(from_mails.previous.size(), 2U);

  SeriesFixture second = Series(2, kStep, kAttach);
  for (const Memory* memory : {&memory_, &from_mails}) {
    SeriesUnderReview under = second.Under();
    under.memory = memory;
    GatedReview review =
        ApplyGates(under, {RaceAgain(), Unchecked()}, GatePolicy());
    EXPECT_EQ(review.still_present.size(), 1U);
    std::vector<PreviousFate> fates =
        PreviousFatesOf(under, review.still_present);
    ASSERT_EQ(fates.size(), 2U);
    EXPECT_EQ(fates[1].kind, Kind::kNotTouched);
    const std::vector<std::string> raw = mails(under, review, fates);
    // One line, and no patch mail for it.
    EXPECT_NE(raw.at(0).find("Still present"), std::string::npos);
    EXPECT_EQ(raw.at(0).find("No issues found"), std::string::npos);
    ASSERT_EQ(raw.size(), 2U) << "the series mail, and one for what is new";
    EXPECT_EQ(raw.at(1).find("lamp_step() at once"), std::string::npos);
    // v3 learns all three from v2's mails alone.
    EXPECT_EQ(remember(raw).size(), 3U);
  }
}

TEST_F(MemoryTest, ManyFatesLeaveTheMailItsLength) {
  EngineResult engine;
  engine.engine = "model";
  engine.coverage.whole = {{1, true}, {2, true}};
  for (const std::size_t count : {1U, 15U, 16U, 200U}) {
    RenderContext context = TestContext();
    for (std::size_t i = 0; i < count; ++i) {
      PreviousFate fate;
      fate.kind = Kind::kStillPresent;
      fate.title = "Claim " + std::to_string(i);
      fate.path = std::string(300, 'p');
      fate.function = std::string(300, 'f');
      fate.patch = 1;
      fate.line = 4000000000;
      fate.since = 1;
      fate.places = 3;
      context.previous_fates.push_back(fate);
    }
    const std::vector<ReviewMail> mails =
        Render(before_.Under(), engine, GatedReview(), context);
    ASSERT_EQ(mails.size(), 1U);
    const std::string& body = mails[0].mail.body;
    EXPECT_EQ(body.find("since v1") != std::string::npos, count <= 15) << body;
    std::size_t lines = 0;
    LineReader reader(body);
    std::string_view line;
    while (reader.Next(&line)) {
      ++lines;
      EXPECT_LE(line.size(), 78U) << line;
    }
    EXPECT_LE(lines, 150U);
    EXPECT_EQ(body.find("No issues found"), std::string::npos);
  }
}

TEST_F(MemoryTest, WorkIsBounded) {
  std::string words;
  for (int i = 0; i < 200; ++i) words += " lamp_word_" + std::to_string(i);
  Memory memory;
  FindingMark mark;
  mark.fingerprint = "0123456789abcdef";
  mark.at = AnchorKind::kLines;
  mark.path = kCore;
  mark.words = WordText(ClaimWords("", words));
  for (std::size_t i = 0; i < kMaxMemory + 500; ++i) {
    Remember(mark, &memory.previous);
  }
  EXPECT_EQ(memory.previous.size(), kMaxMemory);
  Claim other = ClaimOf(mark);
  other.words = ClaimWords("", "nothing of this was ever said");
  for (std::size_t i = 0; i < kMaxMemory; ++i) {
    ASSERT_FALSE(FindRepeat(other, memory.previous));
  }
  // Of equals the first.
  EXPECT_EQ(FindRepeat(ClaimOf(mark), memory.previous), 0U);
}

}  // namespace
}  // namespace patchmilter::review
