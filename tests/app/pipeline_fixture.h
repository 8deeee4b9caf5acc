// PipelineTest: the way from the intake to the outbox with the clock in hand,
// over a store in memory, for the tests of app/pipeline.h.
// Threads: one.
#ifndef PATCHMILTER_TESTS_APP_PIPELINE_FIXTURE_H_
#define PATCHMILTER_TESTS_APP_PIPELINE_FIXTURE_H_

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/pipeline.h"
#include "base/clock.h"
#include "review/review_job.h"

namespace patchmilter::app {

inline constexpr UnixSeconds kNow = 1'790'000'000;

struct MailText {
  std::string id = "one";
  std::string subject = "[PATCH] lib: say hello";
  std::string author = "A U Thor <author@example.org>";
  std::string parent = {};
  UnixSeconds date = kNow;
  std::string extra_headers = {};
  bool diff = true;
  bool signed_off = true;

  std::string Text() const {
    std::string text = fmt::format(
        "From: {}\r\nSubject: {}\r\nMessage-ID: <{}@example.org>\r\n"
        "Date: {}\r\n",
        author, subject, id, FormatMailDate(date));
    if (!parent.empty()) {
      text += fmt::format(
          "In-Reply-To: <{0}@example.org>\r\nReferences: <{0}@example.org>\r\n",
          parent);
    }
    text += extra_headers + "\r\nWhy this is so.\r\n\r\n";
    if (signed_off) text += fmt::format("Signed-off-by: {}\r\n", author);
    if (diff) {
      text += fmt::format(
          "---\r\n a.c | 2 +-\r\n\r\ndiff --git a/{0}.c b/{0}.c\r\n"
          "index 1111111..2222222 100644\r\n--- a/{0}.c\r\n+++ b/{0}.c\r\n"
          "@@ -1,3 +1,3 @@ int f(void)\r\n int x;\r\n-int a;\r\n+int b;\r\n"
          " int y;\r\n-- \r\n2.39.5\r\n",
          id);
    }
    return text;
  }
};

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() {
    config_.identity.from = "Reviews <reviews@example.net>";
    config_.identity.bounce = "bounce@example.net";
    config_.review.settle = 60;
    config_.review.wait = 7200;
    DestinationConfig archive;
    archive.name = "archive";
    archive.kind = DestinationConfig::Kind::kArchive;
    archive.address = "archive@example.net";
    DestinationConfig list;
    list.name = "list";
    list.kind = DestinationConfig::Kind::kList;
    list.address = "list@example.net";
    config_.destinations = {archive, list};
    ListConfig watched;
    watched.name = "dri-devel";
    watched.destinations = {"archive", "list"};
    config_.lists = {watched};
    store_ = std::move(store::Store::Open(":memory:")).value();
    engine_ = review::MakeEngine(&config_, nullptr, store_.get());
    Restart();
  }

  // As a new process would start on the same state.
  void Restart() {
    pipeline_ = std::make_unique<Pipeline>(&config_, store_.get(), &parser_,
                                           PipelineOptions{});
    ASSERT_TRUE(pipeline_->Load().ok());
    runner_ = std::make_unique<review::ReviewRunner>(&config_, store_.get(),
                                                     engine_.get());
  }

  void Feed(const MailText& mail, UnixSeconds arrival = kNow) {
    store::NewMail stored;
    stored.list = "dri-devel";
    stored.arrival = arrival;
    stored.raw = mail.Text();
    ASSERT_TRUE(store_->Ingest({stored}, "", "").ok());
    const auto parsed = pipeline_->ParsePending(10);
    ASSERT_TRUE(parsed.ok());
    ASSERT_EQ(*parsed, 1);
  }

  // All that is due at `now`.
  void Work(UnixSeconds now) {
    const auto decided = pipeline_->Schedule(now);
    ASSERT_TRUE(decided.ok()) << decided.error().message;
    while (true) {
      const auto ran = runner_->RunNext(now);
      ASSERT_TRUE(ran.ok()) << ran.error().message;
      if (!*ran) return;
    }
  }

  store::SeriesRow Series(series::SeriesId id) {
    auto row = store_->LoadSeries(id);
    EXPECT_TRUE(row.ok());
    return row.ok() ? *row : store::SeriesRow{};
  }
  store::SeriesState StateOf(series::SeriesId id) { return Series(id).state; }

  // "archive original", "archive series", …: what stands in the outbox.
  std::vector<std::string> Outbox(series::SeriesId id) {
    std::vector<std::string> rows;
    const auto outbox = store_->Outbox(id);
    for (const store::OutboxRow& row : *outbox) {
      rows.push_back(row.mail.destination + " " + row.mail.kind);
    }
    return rows;
  }

  Config config_;
  DirectParser parser_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<review::Engine> engine_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<review::ReviewRunner> runner_;
};

using Rows = std::vector<std::string>;

}  // namespace patchmilter::app

#endif  // PATCHMILTER_TESTS_APP_PIPELINE_FIXTURE_H_
