// Checkout: guides from a site's clone of review-prompts, as they stand in one
// commit. The objects are read, never the work tree: what somebody edits or
// pulls there changes nothing until the configuration names another commit.
//
// Read once, whole. Threads: const use from any.
// Tested in tests/review/prompts/guide_test.cc.
#ifndef PATCHMILTER_REVIEW_PROMPTS_CHECKOUT_H_
#define PATCHMILTER_REVIEW_PROMPTS_CHECKOUT_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "review/prompts/trigger_table.h"

namespace patchmilter::review {

// Where things stand in it.
inline constexpr std::string_view kGuideDirectory = "kernel/subsystem/";
inline constexpr std::string_view kGuideTable = "kernel/subsystem/subsystem.md";
// For all code: what the collection itself says is always to be read.
inline constexpr std::string_view kGeneralGuide =
    "kernel/technical-patterns.md";

class Checkout {
 public:
  // `commit`: 40 hexadecimal digits. kNotFound where the repository, the
  // commit or the table is not there; kInvalidInput where the commit is named
  // in another way, the table is none, or a file is larger than
  // kMaxPromptFile.
  static Result<Checkout> Open(const std::string& directory,
                               const std::string& commit);

  const std::string& commit() const { return commit_; }
  const TriggerTable& table() const { return table_; }
  // The text at `path` from the root, where the commit has it and the table
  // names it (or it is kGeneralGuide); nullptr else.
  const std::string* Find(std::string_view path) const;
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  std::string commit_;
  TriggerTable table_;
  std::map<std::string, std::string, std::less<>> files_;
  std::vector<std::string> warnings_;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_PROMPTS_CHECKOUT_H_
