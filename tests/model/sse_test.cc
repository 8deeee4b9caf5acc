#include "model/sse.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace patchmilter::model {
namespace {

using Seen = std::vector<std::string>;

// Events as "name|data".
Seen Parse(const std::vector<std::string_view>& pieces) {
  SseParser parser;
  Seen seen;
  for (const std::string_view piece : pieces) {
    EXPECT_EQ(parser.Take(piece,
                          [&](std::string_view name, std::string_view data) {
                            seen.push_back(std::string(name) + "|" +
                                           std::string(data));
                            return true;
                          }),
              SseParser::End::kNone);
  }
  return seen;
}

// The events of `text`, however it is cut.
Seen ParseEveryWay(std::string_view text) {
  const Seen whole = Parse({text});
  std::vector<std::string_view> bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    bytes.push_back(text.substr(i, 1));
    EXPECT_EQ(Parse({text.substr(0, i), text.substr(i)}), whole) << i;
  }
  EXPECT_EQ(Parse(bytes), whole);
  return whole;
}

TEST(Sse, AnEventIsItsNameAndItsData) {
  EXPECT_EQ(ParseEveryWay("event: a\ndata: 1\n\ndata: 2\n\n"),
            (Seen{"a|1", "|2"}));
}

TEST(Sse, LinesEndInAnyWay) {
  const Seen want = {"a|1\n2", "|3"};
  EXPECT_EQ(ParseEveryWay("event: a\ndata: 1\ndata: 2\n\ndata: 3\n\n"), want);
  EXPECT_EQ(
      ParseEveryWay("event: a\r\ndata: 1\r\ndata: 2\r\n\r\ndata: 3\r\n\r\n"),
      want);
  EXPECT_EQ(ParseEveryWay("event: a\rdata: 1\rdata: 2\r\rdata: 3\r\r"), want);
  EXPECT_EQ(ParseEveryWay("event: a\r\ndata: 1\rdata: 2\n\r\ndata: 3\n\r\n"),
            want);
}

TEST(Sse, CommentsAndOtherFieldsArePassedOver) {
  EXPECT_EQ(ParseEveryWay(": OPENROUTER PROCESSING\n\n:\nid: 7\nretry: 9\n"
                          "other\nDATA: x\ndata: 1\n: in it\n\n"),
            (Seen{"|1"}));
}

TEST(Sse, OneSpaceBehindTheColonIsNoData) {
  EXPECT_EQ(ParseEveryWay("data:1\n\ndata:  2 \n\ndata\n\ndata:\n\n"),
            (Seen{"|1", "| 2 ", "|", "|"}));
}

TEST(Sse, AByteOrderMarkAtTheStartIsPassedOver) {
  EXPECT_EQ(ParseEveryWay("\xef\xbb\xbf"
                          "data: 1\n\n\xef\xbb\xbf"
                          "data: 2\n\ndata: 3\n\n"),
            (Seen{"|1", "|3"}));
}

TEST(Sse, ANameWithoutDataIsNoEventAndDoesNotStay) {
  EXPECT_EQ(ParseEveryWay("event: a\n\ndata: 1\n\n"), (Seen{"|1"}));
}

TEST(Sse, WhatHasNoEndIsNoEvent) {
  EXPECT_EQ(ParseEveryWay("data: 1\n\ndata: 2\n"), (Seen{"|1"}));
}

TEST(Sse, TheOneWhoReadsMayStop) {
  SseParser parser;
  int events = 0;
  EXPECT_EQ(parser.Take("data: 1\n\ndata: 2\n\n",
                        [&](std::string_view, std::string_view) {
                          ++events;
                          return false;
                        }),
            SseParser::End::kStopped);
  EXPECT_EQ(events, 1);
}

TEST(Sse, LinesAndEventsAreBounded) {
  const auto ignore = [](std::string_view, std::string_view) { return true; };
  const std::string piece(1 << 20, 'x');
  SseParser line;
  SseParser::End end = SseParser::End::kNone;
  size_t pieces = 0;
  while (end == SseParser::End::kNone && pieces < 100) {
    end = line.Take(piece, ignore);
    ++pieces;
  }
  EXPECT_EQ(end, SseParser::End::kTooLong);
  EXPECT_EQ(pieces, (SseParser::kMaxEventBytes >> 20) + 1);

  SseParser event;
  end = SseParser::End::kNone;
  pieces = 0;
  while (end == SseParser::End::kNone && pieces < 100) {
    end = event.Take("data: " + piece + "\n", ignore);
    ++pieces;
  }
  EXPECT_EQ(end, SseParser::End::kTooLong);
  EXPECT_LE(pieces, (SseParser::kMaxEventBytes >> 20) + 1);
}

}  // namespace
}  // namespace patchmilter::model
