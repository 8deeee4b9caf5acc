// The figures of the gates and the renderer, measured on recorded reviews of a
// model (tests/review/model_corpus.h).
//
//   model_reviews [DIR] [--half even|odd] [--list] [--check]
//
// DIR (or the environment's PATCHMILTER_CORPUS) holds reviews.json, pairs.json,
// replies.json and mails/ or mails.tar.xz. --half takes the groups of series
// with an even or an odd number, to tune on the one and test on the other;
// --list prints each comment that went wrong; --check fails where a figure is
// missed.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "base/text.h"
#include "review/fingerprint.h"
#include "review/gates.h"
#include "review/hygiene.h"
#include "review/render.h"
#include "tests/review/model_corpus.h"

namespace patchmilter::review {
namespace {

struct Options {
  std::string directory;
  std::string half;
  bool list = false;
  bool check = false;
};

// What --check asks for.
constexpr double kLeastKept = 0.98;
constexpr double kMostNewLost = 0.02;

// Figures that were missed, by name.
using Missed = std::vector<std::string>;

void Expect(bool reached, const std::string& figure, Missed* missed) {
  if (!reached) missed->push_back(figure);
}

bool AtLeast(std::size_t part, std::size_t whole, double share) {
  return static_cast<double>(part) >= share * static_cast<double>(whole);
}

std::string Share(std::size_t part, std::size_t whole) {
  return fmt::format("{} of {} ({:.1f} %)", part, whole,
                     whole == 0 ? 0.0
                                : 100.0 * static_cast<double>(part) /
                                      static_cast<double>(whole));
}

// Nothing is held back but by what is measured: anchor, patch and novelty.
GatePolicy Open() {
  GatePolicy policy;
  policy.min_confidence = 0;
  policy.max_per_patch = policy.max_per_series = 1'000'000;
  policy.pre_existing = PreExisting::kMail;
  return policy;
}

bool Printed(const Fate& fate) {
  return fate.kind == Fate::Kind::kKept || fate.kind == Fate::Kind::kRerouted ||
         fate.kind == Fate::Kind::kMerged;
}

bool Stopped(const Fate& fate) {
  return fate.kind == Fate::Kind::kDropped ||
         fate.kind == Fate::Kind::kPreExisting;
}

// Whether the gates put it where it is true.
bool AtTruePlace(const Posting& posting, const Unit& unit, const Anchor& at) {
  const std::string& kind = unit.truth.kind;
  if (at.patch != unit.patch) return false;
  if (kind == "ok-message" || kind == "ok-notes") {
    return at.kind == AnchorKind::kMessage;
  }
  if (kind == "ok-header") {
    return at.kind == AnchorKind::kFile &&
           at.path == unit.finding.anchors[0].path;
  }
  if (at.kind != AnchorKind::kLines || !at.file || !at.hunk) return false;
  if (kind == "ok-hunkline") return at.line_count == 0;
  if (!at.first_line || at.line_count == 0) return false;
  const diff::Diff& diff = posting.patches.at(at.patch)->diff;
  const diff::Line& last =
      diff.files().at(*at.file).hunks.at(*at.hunk).lines.at(*at.first_line +
                                                            at.line_count - 1);
  const bool numbered = unit.truth.old_line != 0 || unit.truth.new_line != 0;
  if (numbered) {
    return last.old_line == unit.truth.old_line &&
           last.new_line == unit.truth.new_line;
  }
  return TrimRight(diff.View(last.span)) == TrimRight(unit.truth.text);
}

struct Figures {
  Options options;
  std::size_t units = 0;
  // Gates 1 and 2.
  std::size_t new_anchorable = 0;
  std::size_t kept = 0;
  std::size_t elsewhere = 0;
  std::size_t wrong_patch = 0;
  std::size_t wrong_patch_right = 0;
  std::size_t absent = 0;
  std::size_t absent_right = 0;
  // Gate 3, with and without the model's own mark.
  struct Novelty {
    std::size_t called = 0;  // By the gate.
    std::size_t both = 0;    // And by the record.
    std::size_t lost_new = 0;
  };
  Novelty by_text;
  Novelty by_all;
  std::size_t recorded_pre = 0;
  std::size_t recorded_new = 0;
  std::size_t human_new_lost = 0;

  void List(const Unit& unit, const Fate& fate, std::string_view what) const {
    if (!options.list) return;
    std::printf("%s: %s patch %lld %s -> %s %s (%s) %s\n",
                std::string(what).c_str(), unit.finding.id.c_str(),
                static_cast<long long>(unit.patch), unit.truth.kind.c_str(),
                std::string(FateName(fate.kind)).c_str(), fate.gate.c_str(),
                fate.reason.c_str(), unit.finding.title.substr(0, 100).c_str());
  }

  void Add(const Posting& posting, const Unit& unit, const Fate& fate) {
    ++units;
    const std::string& kind = unit.truth.kind;
    if (!unit.said_pre_existing && unit.truth.anchorable) {
      ++new_anchorable;
      if (Printed(fate) && fate.place &&
          AtTruePlace(posting, unit, *fate.place)) {
        ++kept;
      } else if (Printed(fate)) {
        ++elsewhere;
        List(unit, fate, "at another place");
      } else {
        List(unit, fate, "not kept");
      }
    }
    if (kind == "wrong-patch") {
      ++wrong_patch;
      const bool right =
          Stopped(fate) ||
          (fate.place && unit.truth.right_patches.count(fate.place->patch) > 0);
      wrong_patch_right += right ? 1U : 0U;
      if (!right) List(unit, fate, "wrong patch");
    }
    if (kind == "absent" || kind == "absent-tree-code") {
      ++absent;
      absent_right += Stopped(fate) ? 1U : 0U;
      if (!Stopped(fate)) List(unit, fate, "absent, kept");
    }
  }

  void AddNovelty(const Unit& unit, const Fate& fate, Novelty* novelty) {
    const bool called = fate.kind == Fate::Kind::kPreExisting;
    if (called) ++novelty->called;
    if (called && unit.said_pre_existing) ++novelty->both;
    if (called && !unit.said_pre_existing) {
      ++novelty->lost_new;
      if (novelty == &by_text) List(unit, fate, "called pre-existing");
    }
    if (!called && unit.said_pre_existing && novelty == &by_text) {
      List(unit, fate, "not called pre-existing");
    }
  }
};

bool Taken(const Options& options, const Unit& unit) {
  return options.half.empty() ||
         (unit.group % 2 == 0) == (options.half == "even");
}

void PrintGates(const ModelCorpus& corpus, const Options& options,
                Missed* missed) {
  Figures all;
  all.options = options;
  std::map<std::pair<const Posting*, std::size_t>, bool> called;
  for (const Posting& posting : corpus.postings()) {
    const SeriesUnderReview under = posting.Under();
    const GatedReview with = ApplyGates(under, posting.Findings(true), Open());
    const GatedReview without =
        ApplyGates(under, posting.Findings(false), Open());
    for (std::size_t i = 0; i < posting.units.size(); ++i) {
      const Unit& unit = posting.units[i];
      called[{&posting, i}] = with.fates[i].kind == Fate::Kind::kPreExisting;
      if (!Taken(options, unit)) continue;
      all.Add(posting, unit, with.fates[i]);
      (unit.said_pre_existing ? all.recorded_pre : all.recorded_new) += 1;
      all.AddNovelty(unit, with.fates[i], &all.by_all);
      all.AddNovelty(unit, without.fates[i], &all.by_text);
    }
  }
  std::printf("comments %zu\n", all.units);
  std::printf(
      "new and anchorable, kept at the true place: %s; kept elsewhere %zu\n",
      Share(all.kept, all.new_anchorable).c_str(), all.elsewhere);
  std::printf("wrong patch: re-routed to the right one, or dropped: %s\n",
              Share(all.wrong_patch_right, all.wrong_patch).c_str());
  std::printf("absent: pre-existing or dropped: %s\n",
              Share(all.absent_right, all.absent).c_str());
  const auto novelty = [&](const char* name, const Figures::Novelty& figures) {
    std::printf(
        "pre-existing against the recorded word, %s: precision %s, "
        "recall %s; of the recorded new %s\n",
        name, Share(figures.both, figures.called).c_str(),
        Share(figures.both, all.recorded_pre).c_str(),
        Share(figures.lost_new, all.recorded_new).c_str());
  };
  novelty("by text and place alone", all.by_text);
  novelty("with the model's mark", all.by_all);

  Expect(AtLeast(all.kept, all.new_anchorable, kLeastKept), "kept", missed);
  Expect(all.wrong_patch_right == all.wrong_patch, "wrong patch", missed);
  Expect(all.absent_right == all.absent, "absent", missed);
  Expect(!AtLeast(all.by_all.lost_new, all.recorded_new, kMostNewLost) ||
             all.by_all.lost_new == 0,
         "new ones called pre-existing", missed);

  // People's word: a point is called pre-existing where each of its comments
  // is.
  struct Caller {
    std::size_t called = 0;
    std::size_t right = 0;
  };
  Caller model;
  Caller gate;
  std::size_t people = 0;
  std::size_t points = 0;
  for (const HumanPoint& point : corpus.points()) {
    bool taken = !point.units.empty();
    bool gate_calls = !point.units.empty();
    for (const auto& unit : point.units) {
      taken = taken && Taken(options, unit.first->units[unit.second]);
      gate_calls = gate_calls && called.at(unit);
    }
    if (!taken && !options.half.empty()) continue;
    const bool is = point.label.substr(0, 3) == "pre";
    ++points;
    people += is ? 1U : 0U;
    model.called += point.model_said_pre_existing ? 1U : 0U;
    model.right += point.model_said_pre_existing && is ? 1U : 0U;
    gate.called += gate_calls ? 1U : 0U;
    gate.right += gate_calls && is ? 1U : 0U;
  }
  std::printf("points of people's answers: %zu, called pre-existing: %zu\n",
              points, people);
  for (const auto& [name, caller] : {std::pair("the recorded reviewer", model),
                                     std::pair("the gates", gate)}) {
    std::printf("  marked by %s: %s; precision %s\n", name,
                Share(caller.right, people).c_str(),
                Share(caller.right, caller.called).c_str());
  }
  Expect(gate.right >= model.right, "people's pre-existing points", missed);
}

// Every line of a mail body that quotes must stand in the mail it answers.
bool Stands(std::string_view quoted, const std::set<std::string>& lines) {
  quoted.remove_prefix(1);
  if (!quoted.empty()) quoted.remove_prefix(1);
  return lines.count(std::string(TrimRight(quoted))) != 0;
}

void PrintMails(const ModelCorpus& corpus, const Options& options,
                Missed* missed) {
  std::size_t mails = 0;
  std::size_t invented = 0;
  std::size_t wide = 0;
  std::size_t long_mails = 0;
  std::size_t longest = 0;
  IdentityConfig identity;
  identity.from = "Review <review@example.org>";
  identity.domain = "example.org";
  DestinationConfig destination;
  destination.name = "archive";
  destination.address = "archive@example.org";
  destination.list_id = "reviews.example.org";
  for (const Posting& posting : corpus.postings()) {
    if (!Taken(options, posting.units.front())) continue;
    const SeriesUnderReview under = posting.Under();
    EngineResult engine;
    engine.engine = "recorded";
    engine.version = "1";
    for (const auto& [number, patch] : posting.patches) {
      engine.coverage.whole[number] = true;
    }
    for (const bool all : {false, true}) {
      const GatedReview review = ApplyGates(under, posting.Findings(true),
                                            all ? Open() : GatePolicy());
      RenderContext context;
      context.identity = &identity;
      context.destination = &destination;
      context.series_key = posting.root;
      for (const ReviewMail& mail : Render(under, engine, review, context)) {
        std::set<std::string> lines;
        if (mail.kind == ReviewMail::Kind::kPatch) {
          const std::string& text = posting.patches.at(mail.patch)->mail.text;
          for (const std::string_view line : Split(text, '\n')) {
            lines.insert(std::string(TrimRight(line)));
            lines.insert(std::string(TrimRight(CleanQuote(line))));
          }
        }
        ++mails;
        bool bad = false;
        std::size_t count = 0;
        std::string_view line;
        LineReader reader(mail.mail.body);
        while (reader.Next(&line)) {
          ++count;
          if (line.substr(0, 1) == ">") {
            bad = bad || !Stands(line, lines);
          } else if (Columns(line) > kMaxColumns) {
            ++wide;
          }
        }
        invented += bad ? 1U : 0U;
        longest = std::max(longest, count);
        long_mails += count > 150 ? 1U : 0U;
      }
    }
  }
  std::printf(
      "mails that quote a line which is not in the mail they answer: "
      "%s\n",
      Share(invented, mails).c_str());
  std::printf(
      "lines over 78 columns outside quotes: %zu; mails over 150 "
      "lines: %zu (the longest has %zu)\n",
      wide, long_mails, longest);
  Expect(invented == 0, "quotes", missed);
  Expect(wide == 0, "columns", missed);
  Expect(long_mails == 0, "lines", missed);
}

void PrintFingerprints(const ModelCorpus& corpus) {
  std::map<std::pair<std::string, std::int64_t>, std::string> prints;
  for (const Posting& posting : corpus.postings()) {
    const GatedReview review =
        ApplyGates(posting.Under(), posting.Findings(true), Open());
    const auto add = [&](const Finding& finding) {
      const Unit& unit = posting.units.at(finding.input);
      prints[{unit.review, unit.number}] = finding.fingerprint;
    };
    for (const Finding& finding : review.kept) add(finding);
    for (const Finding& finding : review.pre_existing) add(finding);
    for (const Dropped& drop : review.dropped) add(drop.finding);
  }
  struct Count {
    std::size_t all = 0;
    std::size_t equal = 0;
  };
  std::map<std::string, Count> counts;
  for (const Pair& pair : corpus.pairs()) {
    const std::string& now = prints[{pair.review, pair.number}];
    const std::string& before =
        prints[{pair.previous_review, pair.previous_number}];
    if (now.empty() || before.empty()) continue;
    const bool equal = now == before;
    const auto add = [&](const std::string& name) {
      ++counts[name].all;
      counts[name].equal += equal ? 1U : 0U;
    };
    if (!pair.label.empty()) {
      add("labelled " + pair.label);
      if (pair.same_anchor) add("labelled " + pair.label + ", same anchor");
    }
    if (pair.dice >= 0.5 && pair.same_anchor) {
      add("word overlap 0.5, same anchor");
    }
  }
  for (const auto& [name, count] : counts) {
    std::printf("equal fingerprints in two revisions, %s: %s\n", name.c_str(),
                Share(count.equal, count.all).c_str());
  }
}

int Main(const Options& options) {
  mime::InitMime();
  auto corpus = ModelCorpus::Open(options.directory);
  if (!corpus.ok()) {
    std::fprintf(stderr, "model_reviews: %s\n", corpus.error().message.c_str());
    return 2;
  }
  Missed missed;
  PrintGates(**corpus, options, &missed);
  PrintMails(**corpus, options, &missed);
  PrintFingerprints(**corpus);
  if (options.check && !missed.empty()) {
    std::printf("MISSED: %s\n", Join(missed, ", ").c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace patchmilter::review

int main(int argc, char** argv) {
  patchmilter::review::Options options;
  const char* directory = std::getenv("PATCHMILTER_CORPUS");
  if (directory != nullptr) options.directory = directory;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--half" && i + 1 < argc) {
      options.half = argv[++i];
    } else if (word == "--list") {
      options.list = true;
    } else if (word == "--check") {
      options.check = true;
    } else {
      options.directory = word;
    }
  }
  if (options.directory.empty()) {
    std::fprintf(stderr,
                 "usage: model_reviews DIR [--half even|odd] [--list] "
                 "[--check]\n");
    return 2;
  }
  return patchmilter::review::Main(options);
}
