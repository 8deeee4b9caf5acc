#include "review/sent_series.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "mime/date.h"
#include "mime/inbody.h"
#include "review/series_input.h"

namespace patchmilter::review {
namespace {

constexpr std::size_t kMinIdDigits = 7;
constexpr std::size_t kMaxIdDigits = 40;
// More commits than a mail has reason to name.
constexpr std::size_t kMaxNamed = 1'000;
// A shorter name may be anybody's.
constexpr std::size_t kMinName = 3;

bool IsHex(char c) {
  const char lower = ToLowerAscii(c);
  return IsDigitAscii(c) || (lower >= 'a' && lower <= 'f');
}

// The words of `line` that may be ids of commits. Whether there were any.
bool AddIds(std::string_view line, std::vector<std::string>* ids) {
  bool any = false;
  for (std::size_t i = 0; i < line.size();) {
    if (!IsAlnumAscii(line[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    bool hex = true;
    for (; end < line.size() && IsAlnumAscii(line[end]); ++end) {
      hex = hex && IsHex(line[end]);
    }
    if (hex && end - i >= kMinIdDigits && end - i <= kMaxIdDigits) {
      any = true;
      if (ids->size() < kMaxNamed)
        ids->push_back(ToLower(line.substr(i, end - i)));
    }
    i = end;
  }
  return any;
}

bool HasAny(std::string_view text, std::initializer_list<std::string_view> of) {
  return std::any_of(of.begin(), of.end(), [text](std::string_view word) {
    return FindIgnoreCase(text, word) != std::string_view::npos;
  });
}

// What `text` names; whether one of its lines says where the patch comes from
// ("commit … upstream", "(cherry picked from commit …)").
bool ReadNames(std::string_view text, std::vector<std::string>* named) {
  bool comes_from = false;
  LineReader lines(text);
  std::string_view line;
  while (lines.Next(&line)) {
    // What the series is made on is not what it is.
    if (StartsWithIgnoreCase(line, "base-commit:") ||
        StartsWithIgnoreCase(line, "prerequisite-patch-id:")) {
      continue;
    }
    if (AddIds(line, named) &&
        HasAny(line, {"upstream", "cherry pick", "cherry-pick", "backport",
                      "back-port", "(from "})) {
      comes_from = true;
    }
  }
  return comes_from;
}

// "6.12.y", "6.17", "linux-6.1", "stable-rc", "AUTOSEL".
bool NamesStable(std::string_view hint) {
  if (HasAny(hint, {"stable", "autosel", "backport", "lts"})) return true;
  if (StartsWithIgnoreCase(hint, "linux-")) hint.remove_prefix(6);
  if (StartsWithIgnoreCase(hint, "v")) hint.remove_prefix(1);
  std::size_t digits = 0;
  while (digits < hint.size() && IsDigitAscii(hint[digits])) ++digits;
  return digits > 0 && digits + 1 < hint.size() && hint[digits] == '.' &&
         IsDigitAscii(hint[digits + 1]);
}

bool SaysBackport(const mime::PatchMail& patch) {
  const std::vector<std::string>& hints = patch.mail.subject.hints;
  return patch.mail.backport != mime::Backport::kNone ||
         std::any_of(hints.begin(), hints.end(), NamesStable);
}

// A word in brackets, wherever they stand.
bool SaysCommitted(std::string_view subject) {
  int depth = 0;
  for (std::size_t i = 0; i < subject.size();) {
    if (subject[i] == '[') ++depth;
    if (subject[i] == ']') --depth;
    std::size_t end = i;
    while (end < subject.size() && IsAlphaAscii(subject[end])) ++end;
    const std::string_view word = subject.substr(i, end - i);
    for (const std::string_view done : {"committed", "commited", "pushed",
                                        "applied", "merged", "installed"}) {
      if (depth > 0 && EqualsIgnoreCase(word, done)) return true;
    }
    i = std::max(end, i + 1);
  }
  return false;
}

void AddPerson(const mime::Address& address, std::vector<std::string>* people) {
  if (!address.email.empty()) people->push_back(address.email);
  if (Trim(address.name).size() >= kMinName) people->push_back(address.name);
}

tree::SentPatch PatchOf(std::int64_t number, const mime::PatchMail& patch) {
  tree::SentPatch sent;
  sent.number = number;
  sent.diff = &patch.diff_to_apply();
  if (patch.mail.date) sent.dates.push_back(*patch.mail.date);
  const auto given =
      mime::ParseMailDate(mime::ReadInBody(patch.mail.text).date);
  if (given) sent.dates.push_back(*given);
  AddPerson(patch.commit_author, &sent.people);
  AddPerson(patch.mail.author, &sent.people);
  AddPerson(patch.mail.from, &sent.people);
  sent.backport = ReadNames(patch.message, &sent.named);
  ReadNames(patch.notes, &sent.named);
  return sent;
}

}  // namespace

tree::SentSeries SentSeriesOf(const SeriesUnderReview& series) {
  const tree::SeriesInput input = InputOf(series);
  tree::SentSeries sent;
  sent.date = input.date;
  sent.tree_hints = input.tree_hints;
  bool backport = false;
  std::vector<std::string> named;
  if (series.cover != nullptr) {
    if (SaysCommitted(series.cover->mail.subject.text)) return sent;
    backport = SaysBackport(*series.cover);
    ReadNames(series.cover->mail.text, &named);
  }
  for (const auto& [number, patch] : series.patches) {
    if (SaysCommitted(patch->mail.subject.text)) {
      sent.patches.clear();
      return sent;
    }
    backport = backport || SaysBackport(*patch);
    sent.patches.push_back(PatchOf(number, *patch));
  }
  for (tree::SentPatch& patch : sent.patches) {
    patch.backport = patch.backport || backport;
    patch.named.insert(patch.named.end(), named.begin(), named.end());
  }
  return sent;
}

}  // namespace patchmilter::review
