// What app/intake_feed.h promises, with a real writer and a real state.db.
#include "app/intake_feed.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/log.h"
#include "tests/intake/scratch.h"

namespace patchmilter::app {
namespace {

using intake::MakeRecord;
using intake::MustAppend;
using intake::OpenWriter;
using intake::SmallOptions;

class IntakeFeedTest : public testing::Test {
 protected:
  IntakeFeedTest() : store_(std::move(store::Store::Open(":memory:")).value()) {
    Restart();
  }

  // As a new process would start on the same state.
  void Restart() {
    feed_ = std::make_unique<IntakeFeed>(Directory(), store_.get());
  }
  std::string Directory() const { return scratch_.path() + "/intake"; }

  // Takes all there is; the queue ids of all mails in the store.
  std::vector<std::string> Take() {
    while (true) {
      const auto moved = feed_->TakeBatch();
      EXPECT_TRUE(moved.ok()) << (moved.ok() ? "" : moved.error().message);
      if (!moved.ok() || !*moved) break;
    }
    std::vector<std::string> ids;
    for (store::MailId id = 1;; ++id) {
      const auto mail = store_->LoadMail(id);
      if (!mail.ok()) return ids;
      ids.push_back(mail->queue_id);
    }
  }

  std::unique_ptr<intake::Writer> Writer() {
    std::filesystem::create_directories(Directory());
    return OpenWriter(SmallOptions(Directory()));
  }

  // Appends records first..last, 9,000 bytes each: some segments hold them.
  void Write(intake::Writer* writer, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t i = first; i <= last; ++i) {
      MustAppend(*writer, MakeRecord(i, 9'000));
    }
  }

  void Wipe() { std::filesystem::remove_all(Directory()); }

  intake::Scratch scratch_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<IntakeFeed> feed_;
};

TEST_F(IntakeFeedTest, TakesEachRecordOnceAcrossRestarts) {
  EXPECT_TRUE(Take().empty());  // Before patchmilterd has ever run.
  auto writer = Writer();
  Write(writer.get(), 1, 20);
  EXPECT_EQ(Take(), intake::Ids(1, 20));
  Restart();
  EXPECT_EQ(Take(), intake::Ids(1, 20));
  Write(writer.get(), 21, 30);
  Restart();
  EXPECT_EQ(Take(), intake::Ids(1, 30));
  writer.reset();
  writer = Writer();  // patchmilterd starts again.
  Write(writer.get(), 31, 31);
  EXPECT_EQ(Take(), intake::Ids(1, 31));
}

// The new intake ends before the cursor, reaches its segment, or is past it.
TEST_F(IntakeFeedTest, AnIntakeThatWasWipedIsReadFromItsStart) {
  for (const std::uint64_t count : {1U, 20U, 60U}) {
    for (const bool running : {true, false}) {
      Wipe();
      store_ = std::move(store::Store::Open(":memory:")).value();
      Restart();
      auto writer = Writer();
      Write(writer.get(), 1, 20);
      EXPECT_EQ(Take(), intake::Ids(1, 20));
      writer.reset();
      Wipe();
      if (running) {
        EXPECT_EQ(Take(), intake::Ids(1, 20));
      }
      writer = Writer();
      Write(writer.get(), 21, 20 + count);
      if (!running) Restart();
      EXPECT_EQ(Take(), intake::Ids(1, 20 + count)) << count << " " << running;
      // And from there on as ever.
      Write(writer.get(), 21 + count, 21 + count);
      Restart();
      EXPECT_EQ(Take(), intake::Ids(1, 21 + count));
    }
  }
}

TEST_F(IntakeFeedTest, ACursorOfAnOlderVersionIsUnderstood) {
  auto writer = Writer();
  Write(writer.get(), 1, 3);
  EXPECT_EQ(Take(), intake::Ids(1, 3));
  const std::string cursor = *store_->Cursor("intake");
  const std::string old = cursor.substr(0, cursor.rfind(':'));
  ASSERT_NE(old.find(':'), std::string::npos);
  ASSERT_TRUE(store_->Ingest({}, "intake", old).ok());
  Restart();
  EXPECT_EQ(Take(), intake::Ids(1, 3));
  Write(writer.get(), 4, 4);
  EXPECT_EQ(Take(), intake::Ids(1, 4));
}

TEST_F(IntakeFeedTest, ACursorThatIsNoneIsAnErrorThatWillNotPass) {
  Writer();
  for (const char* cursor : {"x", "1", "1:", "1:2:3:4", "1:2:x"}) {
    ASSERT_TRUE(store_->Ingest({}, "intake", cursor).ok());
    Restart();
    const auto taken = feed_->TakeBatch();
    ASSERT_FALSE(taken.ok()) << cursor;
    EXPECT_EQ(taken.error().kind, ErrorKind::kPermanent) << cursor;
  }
}

}  // namespace
}  // namespace patchmilter::app
