#include "app/fates_json.h"

#include <map>
#include <string>

#include "base/check.h"

namespace patchmilter::app {

namespace {

using review::Anchor;
using review::AnchorKind;

// The line that the finding hangs on: the last of its quote.
void AddLine(const diff::Diff& diff, const Anchor& anchor, Json* json) {
  const diff::Hunk& hunk = diff.files().at(*anchor.file).hunks.at(*anchor.hunk);
  (*json)["hunk"] = *anchor.hunk + 1;
  if (!anchor.first_line || anchor.line_count == 0) {
    (*json)["at"] = "hunk";
    return;
  }
  (*json)["at"] = "line";
  const diff::Line& line =
      hunk.lines.at(*anchor.first_line + anchor.line_count - 1);
  const bool old_side = line.kind == diff::LineKind::kRemoved;
  (*json)["line"] = old_side ? line.old_line : line.new_line;
  (*json)["side"] = old_side ? "old" : "new";
  (*json)["text"] = diff.View(line.span);
}

void AddPlace(const review::SeriesUnderReview& series, const Anchor& anchor,
              Json* json) {
  (*json)["patch"] = anchor.patch;
  if (!anchor.path.empty()) (*json)["file"] = anchor.path;
  switch (anchor.kind) {
    case AnchorKind::kSeries:
      (*json)["at"] = "series";
      return;
    case AnchorKind::kMessage:
      (*json)["at"] = "message";
      if (anchor.text_line) {
        (*json)["line"] = *anchor.text_line + anchor.line_count;
      }
      if (!anchor.quoted.empty()) (*json)["text"] = anchor.quoted.back();
      return;
    case AnchorKind::kFile:
      (*json)["at"] = "header";
      return;
    case AnchorKind::kLines:
      break;
  }
  const auto patch = series.patches.find(anchor.patch);
  if (patch != series.patches.end() && anchor.file && anchor.hunk) {
    AddLine(patch->second->diff, anchor, json);
  }
}

std::string NameOf(const review::Finding& finding, std::size_t index) {
  return finding.id.empty() ? "#" + std::to_string(index) : finding.id;
}

}  // namespace

Json FatesJson(const review::SeriesUnderReview& series,
               const std::vector<review::Finding>& findings,
               const review::GatedReview& review) {
  CHECK(review.fates.size() == findings.size());
  // Severities as the gates have settled them.
  std::map<std::size_t, review::Severity> settled;
  const auto settle = [&](const review::Finding& finding) {
    settled[finding.input] = finding.severity;
  };
  for (const review::Finding& finding : review.kept) settle(finding);
  for (const review::Finding& finding : review.pre_existing) settle(finding);
  for (const review::Finding& finding : review.still_present) settle(finding);
  for (const review::Dropped& drop : review.dropped) settle(drop.finding);

  Json all = Json::array();
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const review::Fate& fate = review.fates[i];
    Json json;
    json["index"] = i;
    json["id"] = NameOf(findings[i], i);
    json["title"] = findings[i].title;
    json["fate"] = review::FateName(fate.kind);
    if (!fate.gate.empty()) json["gate"] = fate.gate;
    if (!fate.reason.empty()) json["reason"] = fate.reason;
    if (fate.into) json["into"] = NameOf(findings.at(*fate.into), *fate.into);
    json["severity"] = review::SeverityName(settled[i]);
    if (fate.place) AddPlace(series, *fate.place, &json);
    all.push_back(std::move(json));
  }
  return all;
}

}  // namespace patchmilter::app
