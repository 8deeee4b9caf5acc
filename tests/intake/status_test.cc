#include "intake/status.h"

#include <gtest/gtest.h>

#include "tests/intake/scratch.h"

namespace patchmilter::intake {
namespace {

TEST(StatusTest, RoundTripOfEveryField) {
  DaemonStatus status;
  status.pid = 1;
  status.version = "1.2.3";
  status.started = 2;
  status.updated = 3;
  status.stopped = 4;
  status.messages = 5;
  status.stored = 6;
  status.let_go = 7;
  status.failed = 8;
  status.late = 9;
  status.late_stored = 10;
  status.truncated = 11;
  status.aborted = 12;
  status.missed = 13;
  status.segments = 14;
  status.bytes = 15;
  status.end = {16, 17};
  status.cursor = {18, 19};
  status.last_error = "no \"room\"";
  const Scratch scratch;
  ASSERT_TRUE(WriteStatus(scratch.path(), status).ok());
  const auto read = ReadStatus(scratch.path());
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(StatusToJson(*read), StatusToJson(status));
  EXPECT_EQ(read->missed, 13U);
  EXPECT_EQ(read->cursor, (Position{18, 19}));
  EXPECT_EQ(read->last_error, "no \"room\"");
}

TEST(StatusTest, UnknownNamesArePassedOverAndMissingOnesAreZero) {
  const auto status =
      StatusFromJson(R"({"stored": 3, "new": "x", "newer": 9})");
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->stored, 3U);
  EXPECT_EQ(status->failed, 0U);
}

TEST(StatusTest, WhatIsNoStatusFileIsRefused) {
  for (const char* text :
       {"", "{", "{}x", "[1]", R"({"a")", R"({"a":})", R"({"a": 1)",
        R"({"a": "b)", R"({"a": -1})", R"({"a": 1,})", R"({"a": "\)"}) {
    const auto status = StatusFromJson(text);
    ASSERT_FALSE(status.ok()) << text;
    EXPECT_EQ(status.error().kind, ErrorKind::kInvalidInput);
  }
  EXPECT_EQ(ReadStatus("/nonexistent").error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace patchmilter::intake
