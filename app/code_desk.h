// CodeDesk: a tree, a series applied to it in memory, and a session of
// questions about both.
//
// What `patchmilter query` and `patchmilter mcp` ask, and what the review
// daemon answers on its socket (app/question_service.h).
// Errors name the tree, the base or the mails. Threads: one.
// Tested in tests/app/command_test.py and tests/app/mcp_test.py.
#ifndef PATCHMILTER_APP_CODE_DESK_H_
#define PATCHMILTER_APP_CODE_DESK_H_

#include <memory>
#include <string>

#include "app/local_mails.h"
#include "base/config.h"
#include "base/result.h"
#include "review/tools/session.h"
#include "tree/tree.h"

namespace patchmilter::app {

// What a person names on the command line.
struct CodeOptions {
  std::string tree;    // A directory; required.
  std::string series;  // Mails of one series; "" for none.
  std::string index;   // Directory of `patchmilter index`; "" for none.
  std::string base;    // A revision; "" lets the mails, else HEAD, decide.
  // Nothing that the base's history does not hold can be asked for.
  bool history_limit = false;
};

class CodeDesk {
 public:
  static Result<std::unique_ptr<CodeDesk>> Open(const CodeOptions& options,
                                                review::ToolLimits limits);
  // The same for a series that is at hand; null for none.
  static Result<std::unique_ptr<CodeDesk>> Open(
      const TreeConfig& tree, std::unique_ptr<LocalSeries> series,
      bool ignore_stated_base, bool history_limit,
      std::shared_ptr<review::ToolUsage> usage);

  review::ToolSession* session() { return session_.get(); }
  const tree::ApplyReport& report() const { return report_; }
  // What a model should know before it asks; our own words alone.
  std::string Instructions() const;

 private:
  CodeDesk() = default;
  Status Prepare(const TreeConfig& tree, std::unique_ptr<LocalSeries> series,
                 bool ignore_stated_base, tree::QuestionScope scope,
                 std::shared_ptr<review::ToolUsage> usage);

  std::unique_ptr<LocalSeries> series_;
  std::unique_ptr<tree::Tree> tree_;
  tree::ApplyReport report_;
  bool history_limit_ = false;
  std::unique_ptr<tree::Code> code_;
  std::unique_ptr<review::ToolSession> session_;
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_CODE_DESK_H_
