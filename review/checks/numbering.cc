// numbering: what the numbers in the subjects say of each other.
#include <map>
#include <string>
#include <vector>

#include "review/anchor.h"
#include "review/checks/all.h"

namespace patchmilter::review {

namespace {

std::string NofM(std::int64_t number, std::int64_t total) {
  return std::to_string(number) + "/" + std::to_string(total);
}

void Run(const SeriesUnderReview& series, const Check& self,
         std::vector<Finding>* findings) {
  std::map<std::int64_t, std::vector<std::int64_t>> by_total;
  std::map<std::int64_t, std::vector<std::int64_t>> by_version;
  std::string beyond;
  for (const auto& [number, patch] : series.patches) {
    const mime::Subject& subject = patch->mail.subject;
    if (subject.total) by_total[*subject.total].push_back(number);
    by_version[subject.version].push_back(number);
    if (subject.total && subject.number && *subject.number > *subject.total) {
      if (!beyond.empty()) beyond += ", ";
      beyond += NofM(*subject.number, *subject.total);
    }
  }
  if (!beyond.empty()) {
    findings->push_back(CheckFinding(
        self, "A patch is numbered beyond the length of the series",
        "The series holds a patch numbered " + beyond +
            ". Is the length of the series wrong, or does the patch belong to "
            "another one? Tools that collect a series by its numbers will "
            "leave it out.",
        {AnchorSeries()}));
  }
  if (by_total.size() > 1 && beyond.empty()) {
    std::string text;
    for (const auto& [total, numbers] : by_total) {
      if (!text.empty()) text += "; ";
      text += PatchNumbers(numbers) + " say";
      if (numbers.size() == 1) text += "s";
      text += " that there are " + std::to_string(total);
    }
    findings->push_back(CheckFinding(
        self, "The subjects do not agree on the series' length",
        "The subjects differ in how many patches the series has: " + text +
            ". Tools will take them for different series.",
        {AnchorSeries()}));
  }
  if (by_version.size() > 1) {
    std::string text;
    for (const auto& [version, numbers] : by_version) {
      if (!text.empty()) text += "; ";
      text += PatchNumbers(numbers) + (numbers.size() == 1 ? " is" : " are") +
              " v" + std::to_string(version);
    }
    findings->push_back(CheckFinding(
        self, "Patches of several versions in one series",
        "The patches of this series bear different version numbers: " + text +
            ". Which of them belong together? Tools will split them up.",
        {AnchorSeries()}));
  } else if (series.cover != nullptr && !by_version.empty() &&
             series.cover->mail.subject.version != by_version.begin()->first) {
    findings->push_back(CheckFinding(
        self, "Cover and patches differ in their version",
        "The cover letter says v" +
            std::to_string(series.cover->mail.subject.version) +
            ", the patches say v" + std::to_string(by_version.begin()->first) +
            ". Tools will not put them together.",
        {AnchorSeries()}));
  }
  // Holes. A re-roll of some patches only has them on purpose.
  if (series.series == nullptr || series.series->partial_reroll) return;
  if (!beyond.empty()) return;  // A 4/3 in place of 3/3 leaves a hole, too.
  std::vector<std::int64_t> missing = series.series->Missing();
  // Where most of a series is missing it was sent to several lists, each part
  // to its own: the series mail names the missing patches, that is enough.
  if (missing.empty() || missing.size() >= series.patches.size()) return;
  const bool one = missing.size() == 1;
  std::string text = "The series is said to have " +
                     std::to_string(series.series->expected) +
                     " patches, but " + PatchNumbers(missing);
  if (series.at_desk) {
    text += one ? " is not here. Without it" : " are not here. Without them";
    text += " nobody can apply or judge the series as a whole.";
  } else {
    text += one ? " has not been seen on this list. If it was"
                : " have not been seen on this list. If they were";
    text +=
        " sent elsewhere only, readers of this list can neither apply nor "
        "judge the series as a whole.";
  }
  findings->push_back(CheckFinding(
      self, "Patches of the series are missing here", text, {AnchorSeries()}));
}

}  // namespace

Check NumberingCheck() {
  Check check;
  check.name = "numbering";
  check.summary = "numbers and versions in the subjects that do not agree";
  check.manual =
      "Looks at k/n and vN in the subjects of the patches and the cover: a "
      "number beyond the length (13/12), patches that name different lengths, "
      "patches of several versions in one series, a cover of another version, "
      "and numbers that have not been seen on the list when the waiting time "
      "is over, where those are less than half of the series.\n"
      "\n"
      "A series of which a list gets a few patches only was sent to several "
      "lists on purpose. A re-roll of single patches (a v2 2/3 that is sent as "
      "a reply to the "
      "first 2/3) has holes on purpose. Both are left alone.";
  check.bad =
      "Subject: [PATCH v2 1/3] fs: split the lookup\n"
      "Subject: [PATCH v2 2/3] fs: use the new lookup\n"
      "Subject: [PATCH v3 3/3] fs: drop the old lookup\n";
  check.good =
      "Subject: [PATCH v3 1/3] fs: split the lookup\n"
      "Subject: [PATCH v3 2/3] fs: use the new lookup\n"
      "Subject: [PATCH v3 3/3] fs: drop the old lookup\n";
  check.severity = Severity::kLow;
  check.run = &Run;
  return check;
}

}  // namespace patchmilter::review
