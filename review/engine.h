// Engine: what reviews a series. The checks engine (review/checks_engine.h)
// needs no model and is the embedded default; the model engine stands behind
// the same face.
//
// Input: hostile mails, already taken apart. Output: findings and coverage,
// never mail text.
#ifndef PATCHMILTER_REVIEW_ENGINE_H_
#define PATCHMILTER_REVIEW_ENGINE_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "mime/patch_mail.h"
#include "review/finding.h"
#include "review/prompts/replies.h"
#include "series/series.h"
#include "tree/tree.h"

namespace patchmilter::review {

struct Memory;  // review/memory.h

// All that a review of one series may look at. Pointers are borrowed for the
// time of the call; mails of `patches` in order of their numbers.
struct SeriesUnderReview {
  const series::Series* series = nullptr;
  const mime::PatchMail* cover = nullptr;  // May be null.
  std::map<std::int64_t, const mime::PatchMail*> patches;
  const ListConfig* list = nullptr;  // Switches and thresholds.
  tree::Tree* tree = nullptr;        // May be null.
  // The list's others; null for one that cannot be opened.
  std::vector<tree::Tree*> other_trees;
  tree::ApplyReport apply;
  // Patches that are in the tree already: number to commit id.
  std::map<std::int64_t, std::string> already_there;
  std::string previous_title;  // Of the revision before; "" where none.
  std::int64_t previous_version = 0;
  const Memory* memory = nullptr;  // What was said before; may be null.
  // What was answered in the thread, oldest first.
  std::vector<ThreadReply> replies;
  std::int64_t round = 1;  // Of this review.
  // Patches that an earlier round has covered: not to be reviewed again.
  std::vector<std::int64_t> covered_before;
  // What the review's Message-IDs are made from: the same at each attempt.
  std::string key;
  // Whether to end early, because the process ends. May be null. From any
  // thread.
  std::function<bool()> stop;
  // Asked now and then by an engine that takes long, by one thread at a time
  // and while nothing else uses the store: keeps the job, and says whether its
  // review is wanted still (no newer revision has come). May be null.
  std::function<Result<bool>()> still_wanted;
  // The mails are at hand, not on a list: what is missing was not "seen on
  // this list", and no further round follows by itself.
  bool at_desk = false;
};

// Which parts of the diff the engine was given. Only a full receipt lets the
// series mail say "no issues found".
struct Coverage {
  std::map<std::int64_t, bool> whole;          // By patch number.
  std::map<std::int64_t, std::string> missed;  // What was not read, and why.
};

struct EngineResult {
  std::vector<Finding> findings;
  Coverage coverage;
  std::string engine;   // "checks"; for the footer.
  std::string version;  // Of the engine: of its checks or its prompts.
  std::string cost;     // For the footer; "" where there is none.
  // What is to be said of the series as a whole, a sentence each; no finding.
  // Our own words.
  std::vector<std::string> overview;
  // Findings that the engine has taken back, with the reason: for
  // `patchmilter show --dropped`.
  std::vector<Dropped> refuted;
  // The review could not be made now, for no fault of the series: it is to be
  // gone on with then. Everything else is void.
  std::optional<UnixSeconds> paused_until;
  std::string pause_reason;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual Result<EngineResult> Review(const SeriesUnderReview& series) = 0;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_H_
