// Reviews at once: that there are as many as are asked for, that none runs
// twice, and that none begins once the daemon is told to stop.
#include "app/reviewd.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/pipeline.h"
#include "app/state_files.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "store/store.h"

namespace patchmilter::app {
namespace {

// A daemon that hangs fails its test after so long; none of them waits for it.
constexpr std::chrono::seconds kHang(60);

// What the engines of all threads do: they come in, and wait to be let out.
class Gate {
 public:
  // Waits until `count` reviews have begun, all told.
  bool WaitForBegun(std::size_t count) {
    const auto until = std::chrono::steady_clock::now() + kHang;
    MutexLock lock(mutex_);
    while (begun_.size() < count) {
      if (!changed_.WaitUntil(mutex_, until)) return begun_.size() >= count;
    }
    return true;
  }
  void Open() {
    MutexLock lock(mutex_);
    open_ = true;
    changed_.NotifyAll();
  }
  void Pass(series::SeriesId id) {
    const auto until = std::chrono::steady_clock::now() + kHang;
    MutexLock lock(mutex_);
    begun_.push_back(id);
    changed_.NotifyAll();
    while (!open_) {
      if (!changed_.WaitUntil(mutex_, until)) return;
    }
  }
  std::vector<series::SeriesId> Begun() {
    MutexLock lock(mutex_);
    std::vector<series::SeriesId> begun = begun_;
    std::sort(begun.begin(), begun.end());
    return begun;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool open_ PM_GUARDED_BY(mutex_) = false;
  std::vector<series::SeriesId> begun_ PM_GUARDED_BY(mutex_);
};

class GateEngine : public review::Engine {
 public:
  explicit GateEngine(Gate* gate) : gate_(gate) {}
  Result<review::EngineResult> Review(
      const review::SeriesUnderReview& series) override {
    gate_->Pass(series.series->id);
    review::EngineResult result;
    result.engine = "gate";
    for (const auto& [number, patch] : series.patches) {
      result.coverage.whole[number] = true;
    }
    return result;
  }

 private:
  Gate* gate_;
};

class ReviewdTest : public testing::Test {
 protected:
  ReviewdTest() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "pm-reviewd-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    config_.state.directory = directory_ + "/state";
    config_.intake.directory = directory_ + "/intake";
    config_.identity.from = "Reviews <reviews@example.net>";
    std::filesystem::create_directories(config_.state.directory);
    std::filesystem::create_directories(config_.intake.directory);
    ListConfig list;  // Without destinations: nothing is ever sent.
    list.name = "dri-devel";
    config_.lists = {list};
  }
  ~ReviewdTest() override { std::filesystem::remove_all(directory_); }

  // Series 1..count, of one patch each, queued.
  void Queue(int count) {
    const auto store = Open();
    DirectParser parser;
    Pipeline pipeline(&config_, store.get(), &parser, PipelineOptions{});
    ASSERT_TRUE(pipeline.Load().ok());
    const UnixSeconds now = SystemClock().Now();
    for (int i = 1; i <= count; ++i) {
      store::NewMail mail;
      mail.list = "dri-devel";
      mail.arrival = now - 1000;
      mail.raw = fmt::format(
          "From: A U Thor <a{0}@example.org>\r\nSubject: [PATCH] a{0}: b\r\n"
          "Message-ID: <{0}@example.org>\r\nDate: {1}\r\n\r\nWhy.\r\n\r\n"
          "Signed-off-by: A U Thor <a{0}@example.org>\r\n---\r\n"
          "diff --git a/{0}.c b/{0}.c\r\n--- a/{0}.c\r\n+++ b/{0}.c\r\n"
          "@@ -1 +1 @@\r\n-int a;\r\n+int b;\r\n",
          i, FormatMailDate(now - 1000));
      ASSERT_TRUE(store->Ingest({mail}, "", "").ok());
    }
    ASSERT_TRUE(pipeline.ParsePending(count).ok());
    const auto decided = pipeline.Schedule(now);
    ASSERT_TRUE(decided.ok()) << decided.error().message;
    ASSERT_EQ(*decided, count);
  }

  std::unique_ptr<store::Store> Open() {
    auto store = store::Store::Open(StateFile(config_.state.directory));
    EXPECT_TRUE(store.ok()) << (store.ok() ? "" : store.error().message);
    return std::move(store).value();
  }

  // A daemon at work, whose engines wait at gate_.
  void Start() {
    auto daemon = Reviewd::Open(
        config_, [this] { return std::make_unique<GateEngine>(&gate_); });
    ASSERT_TRUE(daemon.ok()) << daemon.error().message;
    daemon_ = *std::move(daemon);
    running_ = std::thread([this] { ended_ = daemon_->Run(); });
  }
  // The gate must be open, or be opened soon.
  void Join() {
    running_.join();
    EXPECT_TRUE(ended_.ok()) << (ended_.ok() ? "" : ended_.error().message);
    daemon_.reset();
  }

  std::string directory_;
  Config config_;
  Gate gate_;
  std::unique_ptr<Reviewd> daemon_;
  std::thread running_;
  Status ended_;
};

TEST_F(ReviewdTest, AsManyReviewsRunAtOnceAsAreAskedForAndEachOnce) {
  constexpr int kSeries = 12;
  config_.review.parallel = 4;
  Queue(kSeries);
  Start();
  // Four are inside at once, and nobody has come out.
  EXPECT_TRUE(gate_.WaitForBegun(4));
  gate_.Open();
  EXPECT_TRUE(gate_.WaitForBegun(kSeries));
  daemon_->Stop();
  Join();
  const auto store = Open();
  std::vector<series::SeriesId> all;
  for (int i = 1; i <= kSeries; ++i) {
    all.push_back(i);
    const auto reviews = store->Reviews(i);
    ASSERT_TRUE(reviews.ok());
    ASSERT_EQ(reviews->size(), 1U) << i;
    EXPECT_EQ(reviews->at(0).engine, "gate");
    EXPECT_EQ(store->LoadSeries(i)->state, store::SeriesState::kReviewed);
  }
  EXPECT_EQ(gate_.Begun(), all);
}

TEST_F(ReviewdTest, NoMoreThanAreAskedFor) {
  config_.review.parallel = 1;
  Queue(2);
  Start();
  EXPECT_TRUE(gate_.WaitForBegun(1));
  const auto store = Open();
  EXPECT_EQ(store->Count()->jobs.at("running"), 1);
  EXPECT_EQ(store->Count()->jobs.at("queued"), 1);
  daemon_->Stop();
  gate_.Open();
  Join();
}

TEST_F(ReviewdTest, WhoIsToldToStopBeginsNothingElse) {
  config_.review.parallel = 2;
  Queue(5);
  Start();
  EXPECT_TRUE(gate_.WaitForBegun(2));
  daemon_->Stop();
  gate_.Open();
  Join();
  EXPECT_EQ(gate_.Begun().size(), 2U);
  const auto store = Open();
  const auto counts = store->Count();
  EXPECT_EQ(counts->jobs.at("done"), 2);
  EXPECT_EQ(counts->jobs.at("queued"), 3);
}

TEST_F(ReviewdTest, WithoutWorkItStopsAtOnce) {
  config_.review.parallel = 32;
  Queue(0);
  gate_.Open();
  Start();
  daemon_->Stop();
  Join();
  EXPECT_TRUE(gate_.Begun().empty());
}

}  // namespace
}  // namespace patchmilter::app
