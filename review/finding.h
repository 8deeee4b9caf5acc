// Findings: what an engine reports, and what is printed of it.
// Threads: values.
#ifndef PATCHMILTER_REVIEW_FINDING_H_
#define PATCHMILTER_REVIEW_FINDING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchmilter::review {

enum class Severity : std::uint8_t { kLow, kMedium, kHigh, kCritical };
std::string_view SeverityName(Severity severity);  // "low", "medium", …
std::optional<Severity> ParseSeverity(std::string_view name);

// What a finding is about. Of a patch mail or of the whole series.
enum class AnchorKind : std::uint8_t {
  kSeries,   // No quote: stands in the series mail.
  kLines,    // Lines of a hunk.
  kMessage,  // A line of the commit message or of the notes.
  kFile,     // A file's header (mode, binary): no hunk line.
};

struct Anchor {
  AnchorKind kind = AnchorKind::kSeries;
  std::int64_t patch = 0;  // k of k/n; 0: the series or its cover.
  std::string path;
  // The run of lines as the engine quotes them, without marks; a gate looks
  // them up, and only what it finds in the mail is ever printed.
  std::vector<std::string> quoted;
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
  std::string category;  // A check's name, or the engine's class of fault.
  Severity severity = Severity::kLow;
  std::string title;            // One line.
  std::string explanation;      // Prose; snippets of code indented by 4.
  std::vector<Anchor> anchors;  // At least one; more: places of one claim.
  double confidence = 1.0;      // 0 to 1.
  bool pre_existing = false;
  std::optional<std::int64_t> fixed_by_patch;
  // Made by a deterministic check: its wording is a template, so that word
  // overlap with another finding says nothing.
  bool exact = false;
  std::string fingerprint;  // Set by the gates: identity across revisions.
};

struct Dropped {
  Finding finding;
  std::string gate;    // Which gate it fell at.
  std::string reason;  // In words.
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_FINDING_H_
