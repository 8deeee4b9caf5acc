// How well repeats across revisions are known (review/claim.h), measured on the
// labelled pairs of recorded reviews (tests/review/model_corpus.h).
//
//   repeats [DIR] [--list] [--check]
//
// DIR (or the environment's PATCHMILTER_CORPUS) holds reviews.json, pairs.json
// and mails/ or mails.tar.xz. Only pairs labelled "same" are repeats; related
// ones count as mistakes when they are taken for one. The rule is measured as
// it stands; then its numbers are chosen anew on all groups of series but one
// and tested on that one, for each in turn, which tells how much of the figure
// is owed to the choice; and a control: two comments of one review are two
// claims. --list prints each pair with what it scores; --check fails where the
// figures fall below what they were when the rule was chosen.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "review/anchor_gate.h"
#include "review/claim.h"
#include "review/fingerprint.h"
#include "tests/review/model_corpus.h"

namespace patchmilter::review {
namespace {

// Word overlap alone, as the baseline takes it.
constexpr double kBaseline = 0.35;
// What --check asks for.
constexpr double kLeastPrecision = 0.9;
constexpr double kLeastRecall = 0.8;
constexpr double kMostControl = 0.03;

struct Said {
  Claim claim;
  std::string comment;
  std::int64_t group = 0;
};

// What a rule may weigh.
struct Scored {
  std::string label;
  std::int64_t group = 0;
  double likeness = 0;
  double words = 0;
  double titles = 0;
  bool same_function = false;
  double plain = 0;  // The baseline's.
  bool same = false;
  std::string names;
};

using Key = std::pair<std::string, std::int64_t>;

std::map<Key, Said> AllSaid(const ModelCorpus& corpus) {
  std::map<Key, Said> said;
  for (const Posting& posting : corpus.postings()) {
    const SeriesUnderReview under = posting.Under();
    for (const Unit& unit : posting.units) {
      Finding finding = unit.finding;
      for (Anchor& anchor : finding.anchors) {
        anchor = PlaceAnchor(under, anchor).anchor;
      }
      Said& one = said[{unit.review, unit.number}];
      one.claim = ClaimOf(under, finding);
      one.comment = finding.explanation;
      one.group = unit.group;
    }
  }
  return said;
}

std::vector<Scored> Score(const ModelCorpus& corpus,
                          const std::map<Key, Said>& said) {
  std::vector<Scored> scored;
  for (const Pair& pair : corpus.pairs()) {
    const auto now = said.find({pair.review, pair.number});
    const auto before = said.find({pair.previous_review, pair.previous_number});
    if (now == said.end() || before == said.end()) continue;
    const Claim& a = now->second.claim;
    const Claim& b = before->second.claim;
    Scored one;
    one.label = pair.label;
    one.group = now->second.group;
    one.likeness = Likeness(a, b);
    one.words = OverlapOf(a.words, b.words);
    one.titles = OverlapOf(a.title_words, b.title_words);
    one.same_function = a.function == b.function && !a.function.empty();
    one.same = SameClaim(a, b);
    one.plain = WordOverlap(now->second.comment, before->second.comment);
    one.names =
        fmt::format("{} | {}", a.title.substr(0, 60), b.title.substr(0, 60));
    scored.push_back(std::move(one));
  }
  return scored;
}

struct Tally {
  std::size_t same = 0;
  std::size_t taken = 0;
  std::size_t right = 0;
  std::map<std::string, std::size_t> wrong;  // By label.

  void Add(const Scored& pair, bool take) {
    same += pair.label == "same" ? 1U : 0U;
    if (!take) return;
    ++taken;
    if (pair.label == "same") {
      ++right;
    } else {
      ++wrong[pair.label];
    }
  }
  double precision() const {
    return taken == 0 ? 0
                      : static_cast<double>(right) / static_cast<double>(taken);
  }
  double recall() const {
    return same == 0 ? 0
                     : static_cast<double>(right) / static_cast<double>(same);
  }
  double f1() const {
    const double sum = precision() + recall();
    return sum == 0 ? 0 : 2 * precision() * recall() / sum;
  }
  std::string Text() const {
    std::string text = fmt::format(
        "precision {:.1f} % ({} of {}), recall {:.1f} % ({} of {})",
        100 * precision(), right, taken, 100 * recall(), right, same);
    for (const auto& [label, count] : wrong) {
      text += fmt::format(", {} {}", count, label);
    }
    return text;
  }
};

// A rule of the form that claim.cc has, with numbers of its own.
struct Rule {
  double title = 0;
  double function = 0;
  double threshold = 0;

  bool Takes(const Scored& pair) const {
    return pair.words + title * pair.titles +
               (pair.same_function ? function : 0) >=
           threshold;
  }
};

// The one that does best on labelled pairs of other groups than `apart`; of
// equals the middle one.
Rule Choose(const std::vector<Scored>& pairs, std::int64_t apart) {
  std::vector<Rule> best;
  double best_f1 = -1;
  for (const double title : {0.0, 0.1, 0.2, 0.3, 0.4}) {
    for (const double function : {0.0, 0.03, 0.06, 0.09}) {
      for (int step = 30; step <= 70; ++step) {
        const Rule rule{title, function, step / 100.0};
        Tally tally;
        for (const Scored& pair : pairs) {
          if (!pair.label.empty() && pair.group != apart) {
            tally.Add(pair, rule.Takes(pair));
          }
        }
        if (tally.f1() > best_f1) best.clear();
        if (tally.f1() >= best_f1) best.push_back(rule);
        best_f1 = std::max(best_f1, tally.f1());
      }
    }
  }
  return best[best.size() / 2];
}

void PrintLeaveOneOut(const std::vector<Scored>& pairs) {
  std::set<std::int64_t> groups;
  for (const Scored& pair : pairs) {
    if (!pair.label.empty()) groups.insert(pair.group);
  }
  Tally tally;
  for (const std::int64_t apart : groups) {
    const Rule rule = Choose(pairs, apart);
    for (const Scored& pair : pairs) {
      if (pair.label.empty() || pair.group != apart) continue;
      tally.Add(pair, rule.Takes(pair));
    }
  }
  std::printf("chosen on all groups but one, tested on that one (%zu): %s\n",
              groups.size(), tally.Text().c_str());
}

// Comments of one review with different titles, taken for one claim.
double PrintControl(const std::map<Key, Said>& said) {
  std::size_t pairs = 0;
  std::size_t taken = 0;
  for (auto a = said.begin(); a != said.end(); ++a) {
    for (auto b = std::next(a);
         b != said.end() && b->first.first == a->first.first; ++b) {
      if (a->second.claim.title == b->second.claim.title) continue;
      ++pairs;
      taken += SameClaim(a->second.claim, b->second.claim) ? 1U : 0U;
    }
  }
  const double share = static_cast<double>(taken) /
                       static_cast<double>(std::max<std::size_t>(pairs, 1));
  std::printf(
      "two comments of one review taken for one: %zu of %zu (%.1f %%)\n", taken,
      pairs, 100 * share);
  return share;
}

template <typename Take>
Tally Count(const std::vector<Scored>& pairs, Take take) {
  Tally tally;
  for (const Scored& pair : pairs) {
    if (!pair.label.empty()) tally.Add(pair, take(pair));
  }
  return tally;
}

int Main(const std::string& directory, bool list, bool check) {
  mime::InitMime();
  auto corpus = ModelCorpus::Open(directory);
  if (!corpus.ok()) {
    std::fprintf(stderr, "repeats: %s\n", corpus.error().message.c_str());
    return 2;
  }
  const std::map<Key, Said> said = AllSaid(**corpus);
  std::vector<Scored> pairs = Score(**corpus, said);
  std::printf("pairs %zu\n", pairs.size());
  std::printf(
      "word overlap of the comments alone (%.2f): %s\n", kBaseline,
      Count(pairs, [](const Scored& pair) { return pair.plain >= kBaseline; })
          .Text()
          .c_str());
  const Tally ours = Count(pairs, [](const Scored& pair) { return pair.same; });
  std::printf("words, titles, function (%.2f): %s\n", kSameClaim,
              ours.Text().c_str());
  PrintLeaveOneOut(pairs);
  const double control = PrintControl(said);
  if (list) {
    std::sort(pairs.begin(), pairs.end(), [](const Scored& a, const Scored& b) {
      return a.likeness > b.likeness;
    });
    for (const Scored& pair : pairs) {
      std::printf("%.3f = %.3f, titles %.3f%s; plain %.3f %-9s %s\n",
                  pair.likeness, pair.words, pair.titles,
                  pair.same_function ? ", one function" : "", pair.plain,
                  pair.label.empty() ? "-" : pair.label.c_str(),
                  pair.names.c_str());
    }
  }
  const bool missed = ours.precision() < kLeastPrecision ||
                      ours.recall() < kLeastRecall || control > kMostControl;
  if (check && missed) std::printf("MISSED\n");
  return check && missed ? 1 : 0;
}

}  // namespace
}  // namespace patchmilter::review

int main(int argc, char** argv) {
  const char* set = std::getenv("PATCHMILTER_CORPUS");
  std::string directory = set != nullptr ? set : "";
  bool list = false;
  bool check = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--list") {
      list = true;
    } else if (word == "--check") {
      check = true;
    } else {
      directory = word;
    }
  }
  if (directory.empty()) {
    std::fprintf(stderr, "usage: repeats DIR [--list] [--check]\n");
    return 2;
  }
  return patchmilter::review::Main(directory, list, check);
}
