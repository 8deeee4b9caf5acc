// ToolSession: one asker's calls of tools on one Code, counted and bounded.
//
// ToolUsage is what all who ask about one series share: how much has been
// asked, how much may be, and the coverage receipt. A call past a limit is
// answered "limit reached", and reads nothing.
// Foreign input: names and arguments; whatever they are, a call ends in a
// Reply.
#ifndef PATCHMILTER_REVIEW_TOOLS_SESSION_H_
#define PATCHMILTER_REVIEW_TOOLS_SESSION_H_

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "review/tools/receipt.h"
#include "review/tools/tool.h"

namespace patchmilter::review {

struct ToolLimits {
  std::uint64_t calls = 5'000;
  std::uint64_t bytes = 64ULL << 20;  // Of bodies, together.
  tree::Bounds answer;                // Of one answer.
};

// Threads: any. Tested in tests/review/tools/session_test.cc.
class ToolUsage {
 public:
  explicit ToolUsage(ToolLimits limits) : limits_(limits) {}

  // Counts a call. False where no more may be made.
  bool Begin();
  // Counts what a call has delivered.
  void Delivered(const AnswerText& answer);

  std::uint64_t calls() const;
  std::uint64_t bytes() const;
  CoverageReceipt receipt() const;
  const ToolLimits& limits() const { return limits_; }

 private:
  const ToolLimits limits_;
  mutable Mutex mutex_;
  std::uint64_t calls_ PM_GUARDED_BY(mutex_) = 0;
  std::uint64_t bytes_ PM_GUARDED_BY(mutex_) = 0;
  CoverageReceipt receipt_ PM_GUARDED_BY(mutex_);
};

// Threads: one, that of its Code. Tested in tests/review/tools/session_test.cc.
class ToolSession {
 public:
  struct Reply : AnswerText {
    bool error = false;  // Then `status` says what is wrong.
  };

  // `code` is borrowed.
  ToolSession(tree::Code* code, std::shared_ptr<ToolUsage> usage)
      : code_(code), usage_(std::move(usage)) {}

  // REQUIRES: `tool` is one of AllTools().
  Reply Call(const Tool& tool, const nlohmann::json& arguments);
  Reply Call(const Tool& tool, const Arguments& arguments);

 private:
  tree::Code* code_;
  std::shared_ptr<ToolUsage> usage_;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_TOOLS_SESSION_H_
