// Findings: what an engine reports, what is printed of it, and what became of
// each. The same values come from checks, from a model and from a file
// (review/findings_json.h).
//
// Input: hostile where an engine made it. Threads: values.
// Tested in tests/review/finding_test.cc.
#ifndef PATCHMILTER_REVIEW_FINDING_H_
#define PATCHMILTER_REVIEW_FINDING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchmilter::review {

enum class Severity : std::uint8_t { kLow, kMedium, kHigh, kCritical };
std::string_view SeverityName(Severity severity);  // "low", "medium", …
std::optional<Severity> ParseSeverity(std::string_view name);

// How often the faulty lines are reached with the fault in force.
enum class Reachability : std::uint8_t {
  kUnlikely,  // Only where several rare things meet.
  kRare,      // An error path, a race, an unusual setup.
  kCommon,    // Ordinary use.
  kAlways,    // Each run (or each build, each reader) of what is changed.
};
std::string_view ReachabilityName(Reachability value);  // "unlikely", …
std::optional<Reachability> ParseReachability(std::string_view name);

// What happens where they are.
enum class Consequence : std::uint8_t {
  kCosmetic,      // Nothing at run time: wording, naming, style.
  kMinor,         // A wrong message, a waste, a small leak.
  kMisbehaviour,  // What is asked for is not what is done.
  kCrash,         // It stops: crash, hang, dead lock, failed build.
  kCorruption,    // Memory or data is damaged, or a stranger gets in.
};
std::string_view ConsequenceName(Consequence value);  // "cosmetic", …
std::optional<Consequence> ParseConsequence(std::string_view name);

// Reachability and consequence give the severity (the table is in finding.cc);
// a confidence below kSure takes one step off, since a claim that may well be
// wrong must not shout. Never above `cap`. A NaN is no confidence.
inline constexpr double kSure = 0.5;
Severity ComputeSeverity(Reachability reachability, Consequence consequence,
                         double confidence, Severity cap = Severity::kCritical);

// What a finding is about. Of a patch mail or of the whole series.
enum class AnchorKind : std::uint8_t {
  kSeries,   // No quote: stands in the series mail.
  kLines,    // Lines of a hunk.
  kMessage,  // A line of the commit message or of the notes.
  kFile,     // A file's header (mode, binary): no hunk line.
};

enum class Side : std::uint8_t { kNew, kOld };

struct Anchor {
  AnchorKind kind = AnchorKind::kSeries;
  std::int64_t patch = 0;  // k of k/n; 0: the series or its cover.
  std::string path;
  // The run of lines as the engine quotes them, with or without marks; a gate
  // looks them up, and only what it finds in the mail is ever printed.
  std::vector<std::string> quoted;
  // Which side of the diff the engine means: decides between equal runs.
  std::optional<Side> side;
  // Where the run stands, set by the engine as a hint where it knows, and by
  // the anchor gate as truth: indices into the patch's diff. kLines with a
  // hunk and a line_count of 0 is the hunk's "@@" line itself.
  std::optional<std::uint32_t> file;
  std::optional<std::uint32_t> hunk;
  std::optional<std::uint32_t> first_line;  // Of the run, in the hunk.
  std::uint32_t line_count = 0;
  std::optional<std::uint32_t> text_line;  // In Mail::text, for kMessage.
};

struct Finding {
  std::string id;        // The engine's own name for it; "" where it has none.
  std::string category;  // A check's name, or the engine's class of fault.
  // As the engine recorded it. Where it gives reachability and consequence,
  // the gates compute it anew, and cap it either way.
  Severity severity = Severity::kLow;
  std::optional<Reachability> reachability;
  std::optional<Consequence> consequence;
  std::string title;        // One line.
  std::string explanation;  // Prose; snippets of code indented by 4.
  std::string suggestion;   // What to do about it, in the same form; or "".
  // The function that the engine says it is in; or "". A hint, never printed.
  std::string function;
  // Where it stands. At least one; more: further places of one claim, which is
  // rendered once, with the quote of the first.
  std::vector<Anchor> anchors;
  double confidence = 1.0;  // 0 to 1.
  bool pre_existing = false;
  std::optional<std::int64_t> fixed_by_patch;
  // Made by a deterministic check: its wording is a template, so that word
  // overlap with another finding says nothing.
  bool exact = false;
  std::string fingerprint;  // Set by the gates: identity across revisions.
  // Set by the gates where an earlier revision was told the same: the first
  // that was.
  std::int64_t since = 0;
  std::size_t input = 0;  // Set by the gates: its index among those given.
};

struct Dropped {
  Finding finding;
  std::string gate;    // Which gate it fell at.
  std::string reason;  // In words.
};

// What became of one finding. Whatever goes into the gates comes out with
// exactly one Fate.
struct Fate {
  enum class Kind : std::uint8_t {
    kKept,          // Printed at `place`, in the patch that the engine named.
    kRerouted,      // Printed at `place`, in another patch.
    kMerged,        // The same claim as `into`, which is printed.
    kPreExisting,   // Was there before the series: set apart.
    kStillPresent,  // Said of the previous revision already: one line.
    kDropped,       // At `gate`, for `reason`.
  };
  Kind kind = Kind::kDropped;
  std::string gate;    // The gate that decided; "" where none did (kKept).
  std::string reason;  // In words, for a person; "" where there is none.
  std::optional<std::size_t> into;  // Input index, of kMerged.
  // Its first place, as far as the gates have found it in a mail.
  std::optional<Anchor> place;
};
std::string_view FateName(Fate::Kind kind);  // "kept", "re-routed", …

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_FINDING_H_
