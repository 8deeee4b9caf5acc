#include "review/recall.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace patchmilter::review {

namespace {

bool WasSaid(const store::FindingRow& row) {
  if (row.fate.empty()) return row.dropped_by.empty();
  return row.fate == PreviousFateName(PreviousFate::Kind::kStillPresent) ||
         row.fate == PreviousFateName(PreviousFate::Kind::kNotTouched);
}

// Of a ReviewRow and of a ToldMail.
constexpr auto kWasRead = [](const auto& review) {
  return review.verdict != store::kNotReviewed;
};

store::FindingRow RowOf(const FindingMark& mark) {
  store::FindingRow row;
  row.patch = mark.patch;
  row.path = mark.path;
  row.new_line = mark.line;
  row.severity = SeverityName(mark.severity);
  row.category = mark.category;
  row.title = mark.title;
  row.fingerprint = mark.fingerprint;
  row.since = mark.since;
  row.mark = WriteFindingMark(mark);
  return row;
}

}  // namespace

store::FindingRow ToRow(const Finding& finding, const SeriesUnderReview& series,
                        std::string_view gate, std::string_view reason) {
  store::FindingRow row;
  // Only what was said is remembered; and what fell may name places that no
  // gate has looked at.
  if (gate.empty()) {
    row = RowOf(MarkOf(series, finding));
  } else {
    row.severity = SeverityName(finding.severity);
    row.fingerprint = finding.fingerprint;
    if (!finding.anchors.empty()) {
      row.patch = finding.anchors.front().patch;
      row.path = finding.anchors.front().path;
    }
  }
  row.category = finding.category;
  row.title = finding.title;
  row.dropped_by = gate;
  row.drop_reason = reason;
  return row;
}

store::FindingRow StillPresentRow(const Finding& finding,
                                  const SeriesUnderReview& series) {
  store::FindingRow row = ToRow(finding, series, "", "");
  row.fate = PreviousFateName(PreviousFate::Kind::kStillPresent);
  return row;
}

store::FindingRow FateRow(const PreviousFate& fate) {
  FindingMark mark;
  if (fate.carried) {
    mark = *fate.carried;
  } else {
    mark.fingerprint = fate.fingerprint;
    mark.patch = fate.patch;
    mark.path = fate.path;
    mark.line = fate.line;
    mark.severity = fate.severity;
    mark.title = fate.title;
    mark.since = fate.since;
  }
  store::FindingRow row = RowOf(mark);
  row.title = fate.title;
  row.fate = PreviousFateName(fate.kind);
  return row;
}

void RememberRows(const std::vector<store::FindingRow>& rows,
                  std::vector<Remembered>* memory) {
  for (const store::FindingRow& row : rows) {
    if (!WasSaid(row)) continue;
    std::optional<FindingMark> mark = ReadFindingMark(row.mark);
    if (mark) Remember(*std::move(mark), memory);
  }
}

void RememberTold(const std::vector<store::ToldMail>& mails,
                  std::vector<Remembered>* memory) {
  std::set<std::string_view> seen;
  for (const store::ToldMail& mail : mails) {
    for (const std::string& text : mail.marks) {
      if (!seen.insert(text).second) continue;
      std::optional<FindingMark> mark = ReadFindingMark(text);
      if (mark) Remember(*std::move(mark), memory);
    }
  }
}

Result<Memory> Recall(store::Store* store, const series::Series& series,
                      std::int64_t round) {
  Memory memory;
  std::optional<series::SeriesId> id = series.previous;
  for (int i = 0; i < kMaxLookBack && id.has_value(); ++i) {
    const Result<store::SeriesRow> row = store->LoadSeries(*id);
    if (!row.ok()) {
      if (row.error().kind == ErrorKind::kNotFound) break;
      return row.error();
    }
    PM_ASSIGN_OR_RETURN(const std::vector<store::ReviewRow> reviews,
                        store->Reviews(*id));
    if (std::any_of(reviews.begin(), reviews.end(), kWasRead)) {
      memory.version = row->series.version;
      for (const store::ReviewRow& review : reviews) {
        RememberRows(review.findings, &memory.previous);
      }
      break;
    }
    PM_ASSIGN_OR_RETURN(const std::vector<store::ToldMail> told,
                        store->ToldOf(*id));
    if (std::any_of(told.begin(), told.end(), kWasRead)) {
      memory.version = row->series.version;
      RememberTold(told, &memory.previous);
      break;
    }
    id = row->series.previous;
  }
  if (round <= 1) return memory;
  PM_ASSIGN_OR_RETURN(const std::vector<store::ReviewRow> own,
                      store->Reviews(series.id));
  std::vector<std::string> told;  // Fingerprints.
  for (const store::ReviewRow& review : own) {
    if (review.round >= round) continue;
    RememberRows(review.findings, &memory.earlier_rounds);
    for (const store::FindingRow& row : review.findings) {
      if (!row.fate.empty()) told.push_back(row.fingerprint);
    }
  }
  std::erase_if(memory.previous, [&](const Remembered& said) {
    return std::find(told.begin(), told.end(), said.mark.fingerprint) !=
               told.end() ||
           FindRepeat(said.claim, memory.earlier_rounds).has_value();
  });
  return memory;
}

}  // namespace patchmilter::review
