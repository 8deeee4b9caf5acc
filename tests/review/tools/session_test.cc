#include "review/tools/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace patchmilter::review {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

// A Code that holds one patch of ten bytes, and no file.
class OnePatch : public tree::Code {
 public:
  Result<tree::FileAnswer> ReadFile(const tree::ReadFileQuestion& question,
                                    const tree::Bounds&) override {
    return NotFound(question.path + " is not there");
  }
  Result<tree::ListAnswer> ListDirectory(const tree::ListDirectoryQuestion&,
                                         const tree::Bounds&) override {
    return tree::ListAnswer{};
  }
  Result<tree::ListAnswer> FindFiles(const tree::FindFilesQuestion&,
                                     const tree::Bounds&) override {
    return tree::ListAnswer{};
  }
  Result<tree::SearchAnswer> Search(const tree::SearchQuestion&,
                                    const tree::Bounds&) override {
    return tree::SearchAnswer{};
  }
  Result<tree::DefinitionAnswer> Definitions(const tree::SymbolQuestion&,
                                             const tree::Bounds&) override {
    return tree::DefinitionAnswer{};
  }
  Result<tree::SearchAnswer> References(const tree::SymbolQuestion&,
                                        const tree::Bounds&) override {
    return tree::SearchAnswer{};
  }
  Result<tree::LogAnswer> Log(const tree::LogQuestion&,
                              const tree::Bounds&) override {
    return tree::LogAnswer{};
  }
  Result<tree::TextAnswer> ShowCommit(const tree::ShowCommitQuestion&,
                                      const tree::Bounds&) override {
    return tree::TextAnswer{};
  }
  Result<tree::BlameAnswer> Blame(const tree::BlameQuestion&,
                                  const tree::Bounds&) override {
    return tree::BlameAnswer{};
  }
  Result<tree::TextAnswer> Diff(const tree::DiffQuestion&,
                                const tree::Bounds&) override {
    return tree::TextAnswer{};
  }
  Result<tree::TextAnswer> Patch(const tree::PatchQuestion& question,
                                 const tree::Bounds& bounds) override {
    asked = bounds;
    tree::TextAnswer answer;
    const bool second = question.cursor == "5";
    answer.lines = {second ? "fghi" : "abcd"};
    answer.offset = second ? 5 : 0;
    answer.bytes = 5;
    answer.total = 10;
    if (!second) answer.end = {tree::Stop::kLines, "5", {}, {}};
    return answer;
  }
  Result<tree::TextAnswer> FunctionChange(const tree::FunctionChangeQuestion&,
                                          const tree::Bounds&) override {
    return tree::TextAnswer{};
  }

  tree::Bounds asked;
};

class ToolSessionTest : public ::testing::Test {
 protected:
  std::shared_ptr<ToolUsage> Limit(std::uint64_t calls, std::uint64_t bytes) {
    ToolLimits limits;
    limits.calls = calls;
    limits.bytes = bytes;
    limits.answer.lines = 7;
    return std::make_shared<ToolUsage>(limits);
  }
  ToolSession::Reply Ask(ToolSession* session, const char* tool, json in) {
    return session->Call(*FindTool(tool), in);
  }

  OnePatch code_;
};

TEST_F(ToolSessionTest, TheReceiptSaysWhatWasGivenOut) {
  const auto usage = Limit(10, 1000);
  ToolSession session(&code_, usage);
  const auto first = Ask(&session, "show_patch", {{"number", 1}});
  EXPECT_FALSE(first.error);
  EXPECT_EQ(first.body, "abcd\n");
  EXPECT_EQ(first.cursor, "5");
  EXPECT_EQ(code_.asked.lines, 7u);
  EXPECT_FALSE(usage->receipt().Whole(1));
  const auto second =
      Ask(&session, "show_patch", {{"number", 1}, {"cursor", first.cursor}});
  EXPECT_EQ(second.cursor, "");
  EXPECT_TRUE(usage->receipt().Whole(1));
  EXPECT_EQ(usage->bytes(), 10u);
}

TEST_F(ToolSessionTest, AFaultIsSaidAndDeliversNothing) {
  const auto usage = Limit(10, 1000);
  ToolSession session(&code_, usage);
  const auto missing = Ask(&session, "read_file", {{"path", "a.c"}});
  EXPECT_TRUE(missing.error);
  EXPECT_EQ(missing.status, "a.c is not there");
  EXPECT_EQ(usage->calls(), 1u);
  // Arguments that cannot be one cost nothing.
  EXPECT_TRUE(Ask(&session, "read_file", json::object()).error);
  EXPECT_EQ(usage->calls(), 1u);
  EXPECT_EQ(usage->bytes(), 0u);
}

TEST_F(ToolSessionTest, AllSessionsOfOneUsageShareItsCalls) {
  const auto usage = Limit(3, 1000);
  ToolSession one(&code_, usage);
  ToolSession other(&code_, usage);
  EXPECT_FALSE(Ask(&one, "log", nullptr).error);
  EXPECT_FALSE(Ask(&other, "log", nullptr).error);
  EXPECT_FALSE(Ask(&one, "log", nullptr).error);
  for (ToolSession* session : {&one, &other}) {
    const auto refused = Ask(session, "show_patch", {{"number", 1}});
    EXPECT_TRUE(refused.error);
    EXPECT_THAT(refused.status, HasSubstr("limit reached"));
    EXPECT_EQ(refused.body, "");
  }
  EXPECT_EQ(usage->receipt().Delivered(1), 0u);
}

TEST_F(ToolSessionTest, BytesHaveALimitToo) {
  const auto usage = Limit(100, 8);
  ToolSession session(&code_, usage);
  EXPECT_FALSE(Ask(&session, "show_patch", {{"number", 1}}).error);
  EXPECT_FALSE(Ask(&session, "show_patch", {{"number", 2}}).error);
  EXPECT_TRUE(Ask(&session, "show_patch", {{"number", 3}}).error);
}

}  // namespace
}  // namespace patchmilter::review
