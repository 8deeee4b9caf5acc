// What becomes of recorded reviews when we render them: rendered_reviews
// DIRECTORY [--check]. DIRECTORY as model_corpus.h says.
//
// Prints how many findings are printed and where a reader of inline comments
// finds them; with --check, fails on any forbidden line, any trailer, and any
// comment that is read at another place than the gates had found.
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "mime/mail.h"
#include "review/gates.h"
#include "review/hygiene.h"
#include "review/render.h"
#include "tests/review/mail_oracle.h"
#include "tests/review/model_corpus.h"
#include "tests/review/read_back.h"

namespace patchmilter::review {
namespace {

int Run(const std::string& directory, bool check) {
  auto corpus = ModelCorpus::Open(directory);
  if (!corpus.ok()) {
    std::fprintf(stderr, "%s\n", corpus.error().message.c_str());
    return 2;
  }
  std::size_t units = 0;
  std::size_t kept = 0;
  std::size_t written = 0;
  std::size_t faults = 0;
  std::size_t comments = 0;
  std::size_t at_place = 0;
  std::size_t nearest = 0;
  std::size_t forward = 0;
  std::size_t placeless = 0;
  std::size_t prose_faults = 0;
  for (const Posting& posting : (*corpus)->postings()) {
    const SeriesUnderReview under = posting.Under();
    GatePolicy policy;
    policy.max_per_patch = 1000;
    policy.pre_existing = PreExisting::kMail;
    EngineResult engine;
    engine.engine = "recorded";
    units += posting.units.size();
    for (const Unit& unit : posting.units) {
      for (const std::string& line : CleanProse(unit.finding.explanation)) {
        for (const std::string& fault : LineFaults(line)) {
          ++prose_faults;
          std::printf("comment: %s\n", fault.c_str());
        }
      }
    }
    GatedReview review = ApplyGates(under, posting.Findings(true), policy);
    kept += review.kept.size();
    RenderContext context;
    context.series_key = posting.root;
    const std::vector<ReviewMail> rendered =
        Render(under, engine, review, context);
    for (const ReviewMail& mail : rendered) {
      ++written;
      for (const std::string& fault : BodyFaults(mail.mail.body)) {
        ++faults;
        std::printf("%s: %s\n", mail.mail.message_id.c_str(), fault.c_str());
      }
    }
    const ReadBack run = ReadBackReview(under, review, rendered, Resolve::kRun);
    const ReadBack near =
        ReadBackReview(under, review, rendered, Resolve::kNearest);
    comments += run.comments;
    const ReadBack ahead =
        ReadBackReview(under, review, rendered, Resolve::kForward);
    at_place += run.at_place;
    nearest += near.at_place;
    forward += ahead.at_place;
    placeless += run.placeless;
    for (const std::string& wrong : run.wrong) {
      std::printf("%s: %s\n", posting.root.c_str(), wrong.c_str());
    }
  }
  std::printf(
      "%zu comments, %zu kept, %zu mails: %zu faults in mails, %zu in "
      "comments\n%zu comments with a place (%zu without), read back at it: by "
      "their run %zu, searching forward %zu, by b4's rule %zu\n",
      units, kept, written, faults, prose_faults, comments, placeless, at_place,
      forward, nearest);
  return check && (faults + prose_faults > 0 || at_place != comments ||
                   forward != comments || comments == 0)
             ? 1
             : 0;
}

}  // namespace
}  // namespace patchmilter::review

int main(int argc, char** argv) {
  bool check = false;
  std::string directory;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--check") == 0) {
      check = true;
    } else {
      directory = argv[i];
    }
  }
  if (directory.empty()) {
    std::fprintf(stderr, "usage: rendered_reviews DIRECTORY [--check]\n");
    return 2;
  }
  patchmilter::mime::InitMime();
  return patchmilter::review::Run(directory, check);
}
