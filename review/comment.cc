// The text of one finding: its claim, what to do about it, its further places.
#include <set>
#include <string>
#include <utility>

#include "base/text.h"
#include "review/anchor.h"
#include "review/hygiene.h"
#include "review/render_parts.h"

namespace patchmilter::review {

namespace {

// How many further places of one claim are named.
constexpr std::size_t kMaxPlaces = 6;
// Of one comment; what is more is cut and said.
constexpr std::size_t kMaxCommentLines = 40;

}  // namespace

// A category as an engine gives it, as one word.
std::string CategoryWord(std::string_view category) {
  std::string word;
  for (char c : category.substr(0, 40)) {
    if (IsAlnumAscii(c) || c == '-' || c == '_') word += ToLowerAscii(c);
  }
  return word.empty() ? "finding" : word;
}

std::string PlaceInWords(const RenderInput& in, const Anchor& anchor,
                         std::int64_t patch_of_mail) {
  std::string text;
  auto patch = in.series.patches.find(anchor.patch);
  if (anchor.kind == AnchorKind::kMessage) {
    text = "the commit message";
  } else if (anchor.kind == AnchorKind::kSeries ||
             patch == in.series.patches.end()) {
    text = "the series";
  } else {
    text = CleanLine(anchor.path, 100);
    const std::uint32_t line = LineNumber(patch->second->diff, anchor);
    if (line != 0) text += ":" + std::to_string(line);
  }
  if (anchor.patch != patch_of_mail && anchor.patch != 0) {
    text += " in patch " + PatchLabel(in, anchor.patch);
  }
  return text;
}

namespace {

// "The same at: core.c:12, leds.c:7 in patch 3/5."
std::string FurtherPlaces(const RenderInput& in, const Finding& finding) {
  const std::int64_t patch = finding.anchors.front().patch;
  std::vector<std::string> places;
  std::set<std::string> known = {
      PlaceInWords(in, finding.anchors.front(), patch)};
  for (std::size_t i = 1; i < finding.anchors.size(); ++i) {
    std::string place = PlaceInWords(in, finding.anchors[i], patch);
    if (known.insert(place).second) places.push_back(std::move(place));
  }
  if (places.empty()) return "";
  std::string text = "The same at: ";
  for (std::size_t i = 0; i < places.size() && i < kMaxPlaces; ++i) {
    if (i > 0) text += ", ";
    text += places[i];
  }
  if (places.size() > kMaxPlaces) {
    text += ", and " + Plural(places.size() - kMaxPlaces, "more place");
  }
  return text + ".";
}

}  // namespace

Lines Comment(const RenderInput& in, const Finding& finding) {
  std::string text = finding.explanation;
  if (Trim(text).empty()) text = finding.title;
  std::string head = "[";
  head += SeverityName(finding.severity);
  head += "] " + CategoryWord(finding.category) + ":";
  if (finding.pre_existing) head += " (not new in this series)";
  // Neither a snippet nor a list can stand behind the head: the title does.
  bool apart = false;
  for (std::string_view start :
       {"    ", "\t", "```", "~~~", "- ", "* ", "1. ", "|", ">", "#"}) {
    apart = apart || text.compare(0, start.size(), start) == 0;
  }
  if (apart) head += " " + CleanTitle(finding.title) + ".\n\n" + text;
  Lines lines = CleanProse(apart ? head : head + " " + text);
  if (!Trim(finding.suggestion).empty()) {
    AddBlock(CleanProse(finding.suggestion), &lines);
  }
  if (finding.fixed_by_patch) {
    AddBlock(WrapWords("Patch " + PatchLabel(in, *finding.fixed_by_patch) +
                           " of this series puts it right.",
                       kMailColumns),
             &lines);
  }
  if (lines.size() > kMaxCommentLines) {
    const std::size_t cut = lines.size() - kMaxCommentLines;
    lines.resize(kMaxCommentLines);
    while (!lines.empty() && lines.back().empty()) lines.pop_back();
    lines.push_back("(" + Plural(cut, "more line") + " cut here)");
  }
  if (finding.anchors.size() > 1) {
    AddBlock(WrapWords(FurtherPlaces(in, finding), kMailColumns), &lines);
  }
  return lines;
}

}  // namespace patchmilter::review
