// How well repeats across revisions are known (review/claim.h), measured on the
// labelled pairs of recorded reviews (tests/review/model_corpus.h).
//
//   repeats DIR [--list]
//
// DIR (or the environment's PATCHMILTER_CORPUS) holds reviews.json, pairs.json
// and mails/ or mails.tar.xz. Only pairs labelled "same" are repeats; related
// ones count as mistakes when they are taken for one. --list prints each pair
// with what it scores.
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
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

struct Said {
  Claim claim;
  std::string comment;
  std::int64_t group = 0;
};

struct Scored {
  std::string label;
  std::int64_t group = 0;
  double likeness = 0;
  double words = 0;  // The baseline's.
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

std::vector<Scored> Score(const ModelCorpus& corpus) {
  const std::map<Key, Said> said = AllSaid(corpus);
  std::vector<Scored> scored;
  for (const Pair& pair : corpus.pairs()) {
    const auto now = said.find({pair.review, pair.number});
    const auto before = said.find({pair.previous_review, pair.previous_number});
    if (now == said.end() || before == said.end()) continue;
    Scored one;
    one.label = pair.label;
    one.group = now->second.group;
    one.likeness = Likeness(now->second.claim, before->second.claim);
    one.same = SameClaim(now->second.claim, before->second.claim);
    one.words = WordOverlap(now->second.comment, before->second.comment);
    one.names = fmt::format("{} | {}", now->second.claim.title.substr(0, 60),
                            before->second.claim.title.substr(0, 60));
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

template <typename Take>
Tally Count(const std::vector<Scored>& pairs, Take take) {
  Tally tally;
  for (const Scored& pair : pairs) {
    if (!pair.label.empty()) tally.Add(pair, take(pair));
  }
  return tally;
}

// The groups of one half, dealt out by turns.
std::set<std::int64_t> HalfOf(const std::vector<Scored>& pairs, bool second) {
  std::set<std::int64_t> groups;
  for (const Scored& pair : pairs) {
    if (!pair.label.empty()) groups.insert(pair.group);
  }
  std::set<std::int64_t> half;
  bool take = second;
  for (const std::int64_t group : groups) {
    if (take) half.insert(group);
    take = !take;
  }
  return half;
}

void PrintHalves(const std::vector<Scored>& pairs) {
  for (const bool second : {false, true}) {
    const std::set<std::int64_t> groups = HalfOf(pairs, second);
    std::vector<Scored> chosen_on;
    std::vector<Scored> tested_on;
    for (const Scored& pair : pairs) {
      (groups.count(pair.group) != 0 ? chosen_on : tested_on).push_back(pair);
    }
    double best = 0;
    double threshold = 0;
    for (int step = 20; step <= 70; ++step) {
      const double at = step / 100.0;
      const double f1 = Count(chosen_on, [&](const Scored& pair) {
                          return pair.likeness >= at;
                        }).f1();
      if (f1 > best) {
        best = f1;
        threshold = at;
      }
    }
    const auto take = [&](const Scored& pair) {
      return pair.likeness >= threshold;
    };
    std::printf("threshold %.2f, chosen on the %s half: %s\n", threshold,
                second ? "second" : "first",
                Count(chosen_on, take).Text().c_str());
    std::printf("  tested on the other: %s\n",
                Count(tested_on, take).Text().c_str());
    std::printf("  ours on the other: %s\n",
                Count(tested_on, [](const Scored& pair) { return pair.same; })
                    .Text()
                    .c_str());
  }
}

// mails/ beside the JSON; else unpacked from mails.tar.xz into `scratch`.
std::string MailsOf(const std::string& directory, const std::string& scratch) {
  std::error_code error;
  if (std::filesystem::exists(directory + "/mails/index.json", error)) {
    return directory + "/mails";
  }
  const std::string archive = directory + "/mails.tar.xz";
  const pid_t child = fork();
  if (child == 0) {
    execlp("tar", "tar", "-xJf", archive.c_str(), "-C", scratch.c_str(),
           static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
    return "";
  return scratch + "/mails";
}

int Main(const std::string& directory, bool list) {
  mime::InitMime();
  std::string scratch =
      std::filesystem::temp_directory_path().string() + "/repeats-XXXXXX";
  if (mkdtemp(scratch.data()) == nullptr) return 2;
  const std::string mails = MailsOf(directory, scratch);
  auto corpus = ModelCorpus::Load(directory, mails);
  std::error_code error;
  std::filesystem::remove_all(scratch, error);
  if (!corpus.ok()) {
    std::fprintf(stderr, "repeats: %s\n", corpus.error().message.c_str());
    return 2;
  }
  std::vector<Scored> pairs = Score(**corpus);
  std::printf("pairs %zu\n", pairs.size());
  std::printf(
      "word overlap alone (%.2f): %s\n", kBaseline,
      Count(pairs, [](const Scored& pair) { return pair.words >= kBaseline; })
          .Text()
          .c_str());
  std::printf("words and anchor (%.2f): %s\n", kSameClaim,
              Count(pairs, [](const Scored& pair) { return pair.same; })
                  .Text()
                  .c_str());
  PrintHalves(pairs);
  if (list) {
    std::sort(pairs.begin(), pairs.end(), [](const Scored& a, const Scored& b) {
      return a.likeness > b.likeness;
    });
    for (const Scored& pair : pairs) {
      std::printf("%.3f %.3f %-9s %s\n", pair.likeness, pair.words,
                  pair.label.empty() ? "-" : pair.label.c_str(),
                  pair.names.c_str());
    }
  }
  return 0;
}

}  // namespace
}  // namespace patchmilter::review

int main(int argc, char** argv) {
  const char* set = std::getenv("PATCHMILTER_CORPUS");
  std::string directory = set != nullptr ? set : "";
  bool list = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--list") {
      list = true;
    } else {
      directory = word;
    }
  }
  if (directory.empty()) {
    std::fprintf(stderr, "usage: repeats DIR [--list]\n");
    return 2;
  }
  return patchmilter::review::Main(directory, list);
}
