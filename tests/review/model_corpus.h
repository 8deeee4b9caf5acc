// Recorded reviews of a model, with ground truth, as input for the gates: reads
// the directory that PATCHMILTER_CORPUS names (reviews.json, pairs.json,
// replies.json, mails/ with index.json).
//
// A recorded comment becomes a finding as the model would have reported it: the
// lines that it quoted with the marks that it gave them, its own patch number,
// its own file, its own word on what is new. The truth stays beside it.
#ifndef PATCHMILTER_TESTS_REVIEW_MODEL_CORPUS_H_
#define PATCHMILTER_TESTS_REVIEW_MODEL_CORPUS_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "mime/patch_mail.h"
#include "review/engine.h"

namespace patchmilter::review {

// What is known of one comment.
struct UnitTruth {
  std::string kind;  // "ok-added", "wrong-patch", "absent-tree-code", …
  bool anchorable = false;
  std::string text;  // Of the last quoted line.
  std::string file;
  // Where it stands, when its run fits one place: on either side.
  std::int64_t old_line = 0;
  std::int64_t new_line = 0;
  std::set<std::int64_t> right_patches;  // Of "wrong-patch".
};

struct Unit {
  std::string review;  // Message-ID of the mail that it stands in.
  std::int64_t number = 0;
  std::int64_t patch = 0;
  std::int64_t group = 0;
  bool said_pre_existing = false;
  Finding finding;
  UnitTruth truth;
  // What people said of it: "agree", "pre-existing-or-out-of-scope", …
  std::set<std::string> human;
};

// One posting of a series, with all its recorded comments.
struct Posting {
  std::string root;
  series::Series series;
  std::map<std::int64_t, const mime::PatchMail*> patches;
  const mime::PatchMail* cover = nullptr;
  std::vector<Unit> units;

  SeriesUnderReview Under() const;
  std::vector<Finding> Findings(bool with_own_word) const;
};

struct HumanPoint {
  std::string review;
  std::int64_t bullet = 0;
  std::string label;
  bool model_said_pre_existing = false;
  std::vector<std::pair<const Posting*, std::size_t>> units;
};

struct Pair {
  std::string review;
  std::int64_t number = 0;
  std::string previous_review;
  std::int64_t previous_number = 0;
  std::string label;  // "same", "related", "different", or "".
  bool same_anchor = false;
  double dice = 0;
};

class ModelCorpus {
 public:
  // `directory` holds the JSON files, and mails/ or mails.tar.xz, which is
  // unpacked into a scratch directory. REQUIRES: mime::InitMime.
  static Result<std::unique_ptr<ModelCorpus>> Open(
      const std::string& directory);

  // `mails` holds the mails and their index.json.  REQUIRES: mime::InitMime.
  static Result<std::unique_ptr<ModelCorpus>> Load(const std::string& directory,
                                                   const std::string& mails);

  const std::vector<Posting>& postings() const { return postings_; }
  const std::vector<HumanPoint>& points() const { return points_; }
  const std::vector<Pair>& pairs() const { return pairs_; }

 private:
  ModelCorpus() = default;
  class Reader;

  std::deque<mime::PatchMail> mails_;
  std::vector<Posting> postings_;
  std::vector<HumanPoint> points_;
  std::vector<Pair> pairs_;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_TESTS_REVIEW_MODEL_CORPUS_H_
