// The stages of a review by a model: what is verified, with which words, and
// what becomes of it; what is read a second time. An agent stands for the
// model: it says what the test tells it to.
#include "review/engine/model_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "review/gates.h"
#include "tests/review/fixture.h"

namespace patchmilter::review {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Json = nlohmann::ordered_json;

constexpr char kMessage[] = "The level must outlive a suspend.";

SeriesFixture Lamps() {
  SeriesFixture series;
  series.Patch({.title = "lamp: Add a level",
                .message = std::string(kMessage) +
                           "\n\nSigned-off-by: Jane Roe <jane@example.org>\n",
                .diff = EditFile("lamp.c", 10, "int lamp_on(struct lamp *lamp)",
                                 " {\n-\treturn 0;\n+\tlamp->level = 1;\n"
                                 "+\tlamp_write(lamp, lamp->level);\n"
                                 "+\treturn lamp->level;\n }")});
  series.Patch({.title = "lamp: Use the level",
                .diff = EditFile("main.c", 1, "int main(void)",
                                 " {\n \tstruct lamp *lamp = first_lamp();\n"
                                 "+\tlamp_on(lamp);\n \treturn 0;\n }")});
  series.Build();
  return series;
}

// Claims of which none is another.
Json Report(std::string title, std::string explanation,
            std::vector<std::string> lines, std::string file = "lamp.c",
            std::int64_t patch = 1) {
  Json report = {{"patch", patch},
                 {"lines", std::move(lines)},
                 {"category", "logic"},
                 {"title", std::move(title)},
                 {"explanation", std::move(explanation)},
                 {"reachability", "common"},
                 {"consequence", "misbehaviour"},
                 {"confidence", 0.9}};
  if (!file.empty()) report["file"] = file;
  return report;
}

Json Unlocked() {
  return Report("The level is set without the mutex",
                "Two callers race here, since nobody holds lamp->lock while "
                "the register is prepared.",
                {"+\tlamp->level = 1;"});
}
Json UnlockedAgain() {
  Json report = Unlocked();
  report["title"] = "The level is set without the mutex held";
  return report;
}
Json WrittenEarly() {
  return Report("The register is written before its clock runs",
                "Hardware ignores accesses until clk_enable() was called, "
                "which happens in probe's tail.",
                {"+\tlamp_write(lamp, lamp->level);"});
}
Json WrongReturn() {
  return Report("Success is returned as a positive number",
                "Callers compare with zero, so brightness of one counts as "
                "failure for them.",
                {"+\treturn lamp->level;"});
}
Json OfTheMessage() {
  return Report("Nothing is saved at suspend",
                "It is promised that values survive sleeping, but no "
                "callback stores them anywhere.",
                {kMessage}, "");
}

std::string TitleOf(const Json& report) {
  return report["title"].get<std::string>();
}

// Reads its patch to the end, reports what it is told to, and finishes.
class ScriptedAgent : public Agent {
 public:
  struct Told {
    std::string name;
    std::string prompt;
    std::string patch;  // As show_patch shows patch 1.
  };

  Result<model::DialogueEnd> Run(const AgentTask& task,
                                 model::ToolRunner* tools) override {
    model::DialogueEnd end;
    const auto call = [&](const std::string& name, const Json& arguments) {
      return tools->Run({"1", name, arguments.dump()}, false);
    };
    Told told{task.name, task.prompt, call("show_patch", {{"number", 1}}).text};
    call("show_patch", {{"number", 2}});
    if (task.name.starts_with("verify/")) {
      Verify(task.prompt, call);
    } else {
      const MutexLock lock(mutex_);
      for (const Json& report : reports[task.name]) {
        const auto answer = call("report_finding", report);
        EXPECT_FALSE(answer.error) << answer.text;
      }
      call("finish_review", {{"complete", true}});
    }
    if (!tools->Finished()) {
      end.kind = model::DialogueEnd::Kind::kSilent;
      end.reason = "the model ended without finishing";
    }
    end.usage = usage;
    const MutexLock lock(mutex_);
    runs.push_back(std::move(told));
    return end;
  }

  // By conversation.
  std::map<std::string, std::vector<Json>> reports;
  // By the claim's title: the arguments of judge_finding; none where it is
  // confirmed, null for no verdict at all.
  std::map<std::string, Json> verdicts;
  model::Usage usage;  // Of each conversation.
  std::vector<Told> runs;

 private:
  template <typename Call>
  void Verify(const std::string& prompt, const Call& call) {
    Json verdict = {{"verdict", "confirmed"}, {"reason", "so it is"}};
    for (const auto& [title, said] : verdicts) {
      if (prompt.find(": " + title + "\n") != std::string::npos) verdict = said;
    }
    if (!verdict.is_null()) call("judge_finding", verdict);
  }

  Mutex mutex_;
};

Json Verdict(const char* verdict) {
  return {{"verdict", verdict}, {"reason", "lamp.c says so"}};
}

class ModelEngineTest : public ::testing::Test {
 protected:
  ModelEngineTest() : store_(store::Store::Open(":memory:").value()) {
    ModelConfig model;
    model.name = "main";
    model.api = "command";
    config_.models = {model};
    config_.review.model = "main";
    config_.review.second_pass = false;
  }

  void Review() {
    ModelHub::Options options;
    options.make_agent =
        [this](const ModelConfig&) -> Result<std::unique_ptr<Agent>> {
      auto agent = std::make_unique<ScriptedAgent>();
      agent->reports = reports_;
      agent->verdicts = verdicts_;
      agent->usage = usage_;
      agent_ = agent.get();
      return std::unique_ptr<Agent>(std::move(agent));
    };
    auto hub = ModelHub::Open(&config_, std::move(options));
    ASSERT_TRUE(hub.ok()) << hub.error().message;
    hub_ = *std::move(hub);
    SeriesUnderReview series = fixture_.Under();
    series.covered_before = covered_before_;
    ModelEngine engine(hub_.get(), store_.get(),
                       [] { return UnixSeconds{1'780'000'000}; });
    Result<EngineResult> result = engine.Review(series);
    ASSERT_TRUE(result.ok()) << result.error().message;
    ASSERT_FALSE(result->paused_until) << result->pause_reason;
    result_ = *std::move(result);
    const GatedReview gated =
        ApplyGates(series, result_.findings, PolicyOf(config_, *series.list));
    printed_.clear();
    for (const Finding& finding : gated.kept) printed_.push_back(finding.title);
  }

  std::vector<ScriptedAgent::Told> RunsOf(const std::string& kind) const {
    std::vector<ScriptedAgent::Told> runs;
    for (const auto& run : agent_->runs) {
      if (run.name.starts_with(kind + "/")) runs.push_back(run);
    }
    return runs;
  }
  // The claims that were verified, by the titles of all that was reported.
  std::vector<std::string> Verified() const {
    std::vector<std::string> titles;
    for (const auto& run : RunsOf("verify")) {
      std::string found;
      for (const auto& [name, reports] : reports_) {
        for (const Json& report : reports) {
          const std::string title = TitleOf(report);
          if (run.prompt.find(": " + title + "\n") != std::string::npos) {
            found = title;
          }
        }
      }
      titles.push_back(found);
    }
    return titles;
  }
  std::vector<std::string> Names(const std::string& kind) const {
    std::vector<std::string> names;
    for (const auto& run : RunsOf(kind)) names.push_back(run.name);
    return names;
  }
  // Titles of what a verifier has refuted, or what is one with it.
  std::vector<std::string> Refuted() const {
    std::vector<std::string> titles;
    for (const Dropped& dropped : result_.refuted) {
      if (dropped.gate == "verifier") titles.push_back(dropped.finding.title);
    }
    return titles;
  }
  std::string Overview() const {
    std::string text;
    for (const std::string& each : result_.overview) text += each + "\n";
    return text;
  }

  SeriesFixture fixture_ = Lamps();
  std::vector<std::int64_t> covered_before_;
  Config config_;
  std::unique_ptr<store::Store> store_;
  std::map<std::string, std::vector<Json>> reports_;
  std::map<std::string, Json> verdicts_;
  model::Usage usage_;
  std::unique_ptr<ModelHub> hub_;
  ScriptedAgent* agent_ = nullptr;
  EngineResult result_;
  std::vector<std::string> printed_;
};

// --- What is verified ---

TEST_F(ModelEngineTest, WhatTheGatesWouldPrintIsVerifiedAndNothingElse) {
  Json unsure = WrittenEarly();
  unsure["confidence"] = 0.3;
  Json old = WrongReturn();
  old["pre_existing"] = true;
  reports_["patch/1"] = {Unlocked(), unsure, old};
  reports_["series"] = {OfTheMessage()};
  Review();
  EXPECT_THAT(Verified(), UnorderedElementsAre(TitleOf(Unlocked()),
                                               TitleOf(OfTheMessage())));
  EXPECT_THAT(printed_, UnorderedElementsAre(TitleOf(Unlocked()),
                                             TitleOf(OfTheMessage())));
  EXPECT_THAT(
      Overview(),
      HasSubstr("2 findings were checked once more, and none was refuted."));
}

TEST_F(ModelEngineTest, WhatWasThereBeforeIsVerifiedWhereItIsMailed) {
  config_.review.pre_existing = "mail";
  Json old = WrongReturn();
  old["pre_existing"] = true;
  reports_["patch/1"] = {old};
  Review();
  EXPECT_THAT(Verified(), ElementsAre(TitleOf(old)));
}

TEST_F(ModelEngineTest, WhatAnEarlierRoundCoveredIsNotVerified) {
  covered_before_ = {1};
  reports_["series"] = {Unlocked()};
  Review();
  EXPECT_THAT(Verified(), IsEmpty());
  EXPECT_THAT(result_.findings, SizeIs(1));
}

TEST_F(ModelEngineTest, WhatARefutedClaimKeptOutIsVerifiedToo) {
  config_.review.max_findings_per_patch = 2;
  Json least = WrongReturn();
  least["consequence"] = "cosmetic";
  reports_["patch/1"] = {Unlocked(), WrittenEarly(), least};
  Review();
  EXPECT_THAT(Verified(), UnorderedElementsAre(TitleOf(Unlocked()),
                                               TitleOf(WrittenEarly())));
  verdicts_[TitleOf(Unlocked())] = Verdict("refuted");
  store_ = store::Store::Open(":memory:").value();
  Review();
  EXPECT_THAT(Verified(),
              UnorderedElementsAre(TitleOf(Unlocked()), TitleOf(WrittenEarly()),
                                   TitleOf(least)));
  EXPECT_THAT(printed_,
              UnorderedElementsAre(TitleOf(WrittenEarly()), TitleOf(least)));
  EXPECT_THAT(
      Overview(),
      HasSubstr("3 findings were checked once more; 1 of them was refuted."));
}

TEST_F(ModelEngineTest, WhatIsOneWithARefutedClaimFallsWithIt) {
  reports_["patch/1"] = {Unlocked(), UnlockedAgain(), WrittenEarly()};
  verdicts_[TitleOf(Unlocked())] = Verdict("refuted");
  verdicts_[TitleOf(UnlockedAgain())] = Verdict("refuted");
  Review();
  // One of the two was asked about, and both fall.
  EXPECT_THAT(Verified(), SizeIs(2));
  EXPECT_THAT(Refuted(), UnorderedElementsAre(TitleOf(Unlocked()),
                                              TitleOf(UnlockedAgain())));
  EXPECT_THAT(printed_, ElementsAre(TitleOf(WrittenEarly())));
}

// --- What the verdict does ---

TEST_F(ModelEngineTest, WhatIsLeftUndecidedIsNotPrinted) {
  reports_["patch/1"] = {Unlocked(), WrittenEarly()};
  verdicts_[TitleOf(Unlocked())] = Verdict("undecided");
  // However sure the verifier is of that.
  verdicts_[TitleOf(Unlocked())]["confidence"] = 1.0;
  Review();
  EXPECT_THAT(printed_, ElementsAre(TitleOf(WrittenEarly())));
  EXPECT_THAT(Refuted(), IsEmpty());
}

TEST_F(ModelEngineTest, WhatIsOneWithAnUndecidedClaimDoesNotPrintItAgain) {
  for (const char* consequence : {"misbehaviour", "cosmetic"}) {
    SCOPED_TRACE(consequence);
    store_ = store::Store::Open(":memory:").value();
    Json one = Unlocked();
    Json also = UnlockedAgain();
    one["consequence"] = also["consequence"] = consequence;
    reports_["patch/1"] = {one, also};
    verdicts_[TitleOf(one)] = Verdict("undecided");
    verdicts_[TitleOf(also)] = Verdict("undecided");
    Review();
    EXPECT_THAT(Verified(), SizeIs(1));
    EXPECT_THAT(printed_, IsEmpty());
  }
}

TEST_F(ModelEngineTest, WhatIsOneWithAClaimIsAsGraveAsThatWasJudged) {
  reports_["patch/1"] = {Unlocked(), UnlockedAgain()};
  for (const Json& report : {Unlocked(), UnlockedAgain()}) {
    verdicts_[TitleOf(report)] = Verdict("confirmed");
    verdicts_[TitleOf(report)]["consequence"] = "cosmetic";
    verdicts_[TitleOf(report)]["confidence"] = 0.6;
  }
  Review();
  const SeriesUnderReview series = fixture_.Under();
  const GatedReview gated =
      ApplyGates(series, result_.findings, PolicyOf(config_, *series.list));
  ASSERT_THAT(gated.kept, SizeIs(1));
  EXPECT_THAT(Verified(), SizeIs(1));
  EXPECT_EQ(gated.kept[0].severity, Severity::kLow);
  EXPECT_EQ(gated.kept[0].confidence, 0.6);
}

TEST_F(ModelEngineTest, WithoutAVerdictAClaimIsNotSureAndNotCounted) {
  reports_["patch/1"] = {Unlocked(), WrittenEarly()};
  verdicts_[TitleOf(Unlocked())] = nullptr;
  Review();
  EXPECT_THAT(Verified(), SizeIs(2));
  for (const Finding& finding : result_.findings) {
    EXPECT_EQ(finding.confidence,
              finding.title == TitleOf(Unlocked()) ? 0.5 : 0.9)
        << finding.title;
  }
  EXPECT_THAT(
      Overview(),
      HasSubstr("One finding was checked once more, and was not refuted."));
}

TEST_F(ModelEngineTest, WithoutAVerdictADoubtfulClaimStaysDoubtful) {
  config_.review.min_confidence = 20;
  Json unsure = Unlocked();
  unsure["confidence"] = 0.3;
  reports_["patch/1"] = {unsure};
  verdicts_[TitleOf(unsure)] = nullptr;
  Review();
  ASSERT_THAT(result_.findings, SizeIs(1));
  EXPECT_EQ(result_.findings[0].confidence, 0.3);
  EXPECT_THAT(Overview(), Not(HasSubstr("checked once more")));
}

// --- With which words ---

TEST_F(ModelEngineTest, AClaimOnCodeIsVerifiedWithoutTheMessages) {
  reports_["patch/1"] = {Unlocked()};
  Review();
  const auto runs = RunsOf("verify");
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_THAT(runs[0].prompt,
              AllOf(HasSubstr("lamp.c"), Not(HasSubstr("lamp: Add a level"))));
  EXPECT_THAT(runs[0].patch,
              AllOf(HasSubstr("+\tlamp->level = 1;"), Not(HasSubstr(kMessage)),
                    Not(HasSubstr("Add a level"))));
}

TEST_F(ModelEngineTest, AClaimOnAMessageIsVerifiedWithIt) {
  // The name of a file makes no code of a message.
  Json with_file = OfTheMessage();
  with_file["file"] = "lamp.c";
  for (const Json& report : {OfTheMessage(), with_file}) {
    SCOPED_TRACE(report.dump());
    store_ = store::Store::Open(":memory:").value();
    reports_["patch/1"] = {report};
    Review();
    const auto runs = RunsOf("verify");
    ASSERT_THAT(runs, SizeIs(1));
    EXPECT_THAT(runs[0].prompt, HasSubstr("lamp: Add a level"));
    EXPECT_THAT(runs[0].patch, HasSubstr(kMessage));
  }
}

TEST_F(ModelEngineTest, CodeIsKnownByItsLinesAndNotByAFileThatIsNamed) {
  Json report = Unlocked();
  report.erase("file");
  reports_["patch/1"] = {report};
  Review();
  const auto runs = RunsOf("verify");
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_THAT(runs[0].prompt, Not(HasSubstr("lamp: Add a level")));
  EXPECT_THAT(runs[0].patch, Not(HasSubstr(kMessage)));
}

TEST_F(ModelEngineTest, AClaimOnTheSeriesIsVerifiedWithWords) {
  Json report = OfTheMessage();
  report["patch"] = 0;
  report.erase("lines");
  reports_["series"] = {report};
  Review();
  const auto runs = RunsOf("verify");
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_THAT(runs[0].prompt, HasSubstr("lamp: Add a level"));
  EXPECT_THAT(runs[0].patch, HasSubstr(kMessage));
}

// --- The second pass ---

TEST_F(ModelEngineTest, WhatWasOnlyRefutedIsReadAgainByItsDiffAlone) {
  config_.review.second_pass = true;
  reports_["patch/1"] = {Unlocked()};
  reports_["patch/2"] = {Report("Nobody frees what first_lamp() gives",
                                "Its reference is never put, and each call "
                                "leaks one more of them.",
                                {"+\tlamp_on(lamp);"}, "main.c", 2)};
  reports_["again/1"] = {WrittenEarly()};
  verdicts_[TitleOf(Unlocked())] = Verdict("refuted");
  Review();
  ASSERT_THAT(Names("again"), ElementsAre("again/1"));
  const auto again = RunsOf("again").front();
  EXPECT_THAT(again.prompt, Not(HasSubstr("lamp: Add a level")));
  EXPECT_THAT(again.patch,
              AllOf(HasSubstr("+\tlamp->level = 1;"), Not(HasSubstr(kMessage)),
                    Not(HasSubstr("Add a level"))));
  // What it finds is verified as anything else.
  EXPECT_THAT(Verified(), Contains(TitleOf(WrittenEarly())));
  EXPECT_THAT(printed_, Contains(TitleOf(WrittenEarly())));
  EXPECT_THAT(printed_, Not(Contains(TitleOf(Unlocked()))));
}

TEST_F(ModelEngineTest, WhatWasLeftUndecidedIsReadAgainToo) {
  config_.review.second_pass = true;
  reports_["patch/1"] = {Unlocked()};
  reports_["patch/2"] = {};
  verdicts_[TitleOf(Unlocked())] = Verdict("undecided");
  Review();
  EXPECT_THAT(Names("again"), UnorderedElementsAre("again/1", "again/2"));
}

TEST_F(ModelEngineTest, WhatIsSaidAgainOfAnUndecidedClaimDoesNotPrintIt) {
  config_.review.second_pass = true;
  Json one = Unlocked();
  Json also = UnlockedAgain();
  one["consequence"] = also["consequence"] = "cosmetic";
  reports_["patch/1"] = {one};
  reports_["again/1"] = {also};
  verdicts_[TitleOf(one)] = Verdict("undecided");
  verdicts_[TitleOf(also)] = Verdict("undecided");
  Review();
  EXPECT_THAT(Names("again"), Contains("again/1"));
  EXPECT_THAT(printed_, IsEmpty());
}

TEST_F(ModelEngineTest, WhatSaysSomethingOfEachPatchIsReadOnce) {
  config_.review.second_pass = true;
  Json both = Unlocked();
  for (const char* name : {"patch", "file", "lines"}) both.erase(name);
  both["places"] = {
      {{"patch", 1}, {"file", "lamp.c"}, {"lines", {"+\tlamp->level = 1;"}}},
      {{"patch", 2}, {"file", "main.c"}, {"lines", {"+\tlamp_on(lamp);"}}}};
  reports_["patch/1"] = {both};
  Review();
  EXPECT_THAT(Names("again"), IsEmpty());
  EXPECT_THAT(printed_, ElementsAre(TitleOf(both)));
}

TEST_F(ModelEngineTest, ASecondPassIsForWhoWantsIt) {
  Review();
  EXPECT_THAT(Names("again"), IsEmpty());
  config_.review.second_pass = true;
  store_ = store::Store::Open(":memory:").value();
  Review();
  EXPECT_THAT(Names("again"), UnorderedElementsAre("again/1", "again/2"));
}

// --- Limits ---

TEST_F(ModelEngineTest, AnAgentIsNotAskedPastTheTokensOfAReview) {
  config_.models[0].parallel = 1;
  config_.budget.review_tokens = 3'000;
  usage_ = {1'500, 0, 0, 500};
  Review();
  // The series, and one patch; what an agent takes is known when it ends.
  EXPECT_THAT(Names("patch"), ElementsAre("patch/1"));
  EXPECT_THAT(result_.coverage.missed[2],
              HasSubstr("the limit of budget.review_tokens is reached"));
}

}  // namespace
}  // namespace patchmilter::review
