// The body of the series mail: the series as a whole, how it was read, one
// line for each patch, what belongs to no single patch.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "review/hygiene.h"
#include "review/render_parts.h"

namespace patchmilter::review {

namespace {

// Of an engine's overview, in columns.
constexpr std::size_t kMaxSentence = 400;

// What the series is.
std::string About(const RenderInput& in) {
  const series::Series* series = in.series.series;
  std::string title = series != nullptr ? CleanLine(series->title, 120) : "";
  std::string text =
      title.empty() ? "The series" : "The series \"" + title + "\"";
  std::string inside;
  if (series != nullptr) {
    if (series->version > 1) inside = "v" + std::to_string(series->version);
    if (series->expected == 1 && in.series.cover == nullptr) {
      text = title.empty() ? "The patch" : "The patch \"" + title + "\"";
    } else {
      if (!inside.empty()) inside += ", ";
      inside += Plural(
          static_cast<std::size_t>(std::max<std::int64_t>(series->expected, 0)),
          "patch");
      if (series->expected != 1) inside.insert(inside.size() - 1, "e");
      if (in.series.cover != nullptr) inside += " and a cover letter";
    }
    std::string name = CleanLine(series->author.name, 60);
    if (!name.empty()) inside += (inside.empty() ? "by " : ", by ") + name;
  }
  if (!inside.empty()) text += " (" + inside + ")";
  std::vector<std::string> files;
  std::size_t added = 0;
  std::size_t removed = 0;
  for (const auto& [number, patch] : in.series.patches) {
    for (const diff::File& file : patch->diff.files()) {
      files.push_back(file.path());
    }
    added += patch->diff.added_lines();
    removed += patch->diff.removed_lines();
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  text += " changes " + Plural(files.size(), "file") + " (" +
          Plural(added, "line") + " added, " + std::to_string(removed) +
          " removed).";
  if (!in.series.previous_title.empty() || in.series.previous_version > 0) {
    text += " It follows v" + std::to_string(in.series.previous_version);
    std::string previous = CleanLine(in.series.previous_title, 120);
    if (!previous.empty() && previous != title)
      text += ", \"" + previous + "\"";
    text += ".";
  }
  // Joined, then cleaned: the end of one sentence and the start of the next
  // may be a trailer together.
  std::string overview;
  for (const std::string& sentence : in.engine.overview) {
    const std::string clean = CleanLine(sentence, kMaxSentence);
    if (!clean.empty()) overview += (overview.empty() ? "" : " ") + clean;
  }
  overview = CleanLine(overview, kMaxSentence * in.engine.overview.size());
  if (!overview.empty()) text += " " + overview;
  return text;
}

// "low" for one finding, "all low", else the counts.
std::string SeveritiesInWords(const SeverityCounts& counts) {
  for (std::size_t i = 0; i < counts.of.size(); ++i) {
    if (counts.of[i] != counts.total()) continue;
    return (counts.total() == 1 ? "" : "all ") +
           std::string(SeverityName(static_cast<Severity>(i)));
  }
  return CountsInWords(counts);
}

// Something that was said of an earlier revision still stands.
bool ToldBefore(const RenderInput& in) {
  return std::any_of(in.context.previous_fates.begin(),
                     in.context.previous_fates.end(),
                     [](const PreviousFate& fate) {
                       return fate.kind == PreviousFate::Kind::kStillPresent ||
                              fate.kind == PreviousFate::Kind::kNotTouched;
                     });
}

// What was found, in one sentence or two.
std::string Result(const RenderInput& in) {
  const FindingList of_series = FindingsOf(in, 0);
  FindingList all = of_series;
  std::vector<std::int64_t> with;
  for (const auto& [number, patch] : in.series.patches) {
    FindingList findings = FindingsOf(in, number);
    if (!findings.empty()) with.push_back(number);
    all.insert(all.end(), findings.begin(), findings.end());
  }
  const std::string fresh =
      in.context.round > 1 || ToldBefore(in) ? " new" : "";
  if (all.empty()) {
    if (NothingRead(in)) {
      return "This series could not be reviewed; the reason is given below.";
    }
    if (!WholeCoverage(in)) {
      return "Nothing" + fresh +
             " was found in what was read, which is not all of the series: "
             "see below.";
    }
    return fresh.empty() ? "No issues found." : "No new issues found.";
  }
  std::string text = std::to_string(all.size()) + fresh +
                     (all.size() == 1 ? " finding (" : " findings (") +
                     SeveritiesInWords(Count(all)) + ")";
  if (in.series.series != nullptr && in.series.series->expected == 1 &&
      !with.empty()) {
    text += ", in a reply to the patch";
    if (!of_series.empty()) text += " and below";
  } else if (!with.empty()) {
    text += with.size() == 1 ? ", in the reply to patch "
                             : ", in the replies to patches ";
    text += PatchLabels(in, with);
    if (!of_series.empty()) text += " and below";
  } else {
    text += ", below";
  }
  text += ".";
  if (!WholeCoverage(in)) {
    text += " What was read is not all of the series: see below.";
  }
  return text;
}

// Which patches took more than their lines: " Patch 2/3 applies by a three-way
// merge only."
std::string HowMerged(const RenderInput& in) {
  const tree::ApplyReport& apply = in.series.apply;
  std::vector<std::int64_t> merged;
  std::vector<std::int64_t> there;
  std::size_t place = 0;
  for (const auto& [number, patch] : in.series.patches) {
    if (place == apply.how.size()) break;
    const tree::HowApplied how = apply.how[place++];
    if (how == tree::HowApplied::kThreeWay) merged.push_back(number);
    if (how == tree::HowApplied::kAlreadyThere) there.push_back(number);
  }
  const auto say = [&](const std::vector<std::int64_t>& numbers,
                       std::string_view one, std::string_view many) {
    if (numbers.empty()) return std::string();
    return (numbers.size() == 1 ? " Patch " : " Patches ") +
           PatchLabels(in, numbers) +
           std::string(numbers.size() == 1 ? one : many);
  };
  return say(merged, " applies by a three-way merge only.",
             " apply by a three-way merge only.") +
         say(there, " changes nothing: the tree has it already.",
             " change nothing: the tree has them already.");
}

// Of the patches that the series needs besides its base, those that were looked
// for in vain: " 1 of the 2 patches …".
std::string NotFound(const tree::ApplyReport& apply) {
  std::size_t missing = 0;
  for (const tree::Prerequisite& one : apply.prerequisites) {
    if (one.commit.empty() && one.elsewhere.empty()) ++missing;
  }
  if (missing == 0 || !apply.stated_base_known) return "";
  const std::size_t named = apply.prerequisites.size();
  return " " + std::to_string(missing) + " of the " + std::to_string(named) +
         (named == 1 ? " patch" : " patches") +
         " that it says it needs (prerequisite-patch-id) " +
         (missing == 1 ? "was" : "were") + " not found in that tree.";
}

// Which patches were read, and on what.
std::string HowRead(const RenderInput& in) {
  const tree::ApplyReport& apply = in.series.apply;
  if (apply.status == tree::ApplyStatus::kNoTree || apply.base.empty()) {
    if (NothingRead(in)) {
      return "No tree was at hand: it was not tried whether the " +
             std::string(in.series.patches.size() == 1 ? "patch applies."
                                                       : "patches apply.");
    }
    return in.series.patches.size() == 1
               ? "No tree was at hand: the patch was read as it stands in the "
                 "mail, and it was not tried whether it applies."
               : "No tree was at hand: the patches were read as they stand in "
                 "the mails, and it was not tried whether they apply.";
  }
  const std::string base = CleanMessageId(apply.base.substr(0, 12)) + " (" +
                           CleanLine(apply.base_reason, kMaxBaseReason) +
                           ", tree \"" + CleanLine(apply.tree, 40) + "\")";
  std::string why;
  if (apply.failure) {
    why = "patch " + PatchLabel(in, apply.failure->patch) + " does not";
    std::string path = CleanLine(apply.failure->path, 200);
    std::string reason = CleanLine(apply.failure->reason, 200);
    if (!path.empty() || !reason.empty()) {
      why += " (" + path + (path.empty() || reason.empty() ? "" : ": ") +
             reason + ")";
    }
  }
  switch (apply.status) {
    case tree::ApplyStatus::kApplied: {
      std::string text =
          apply.total == 1 ? "The patch applies" : "All patches apply";
      text += " to " + base + ".";
      if (apply.with_offset) {
        text += " Some hunks apply at other lines than they say.";
      }
      return text + HowMerged(in);
    }
    case tree::ApplyStatus::kPartial:
      return (apply.applied == 1
                  ? "Only the first patch applies to "
                  : "Only the first " + std::to_string(apply.applied) + " of " +
                        std::to_string(apply.total) + " patches apply to ") +
             base + (why.empty() ? "" : "; " + why) + "." + NotFound(apply) +
             HowMerged(in) +
             " The others were read as they stand in the mails.";
    case tree::ApplyStatus::kReference:
    case tree::ApplyStatus::kNoTree:
      break;
  }
  return "The series does not apply to " + base +
         (why.empty() ? "" : ": " + why) + "." + NotFound(apply) +
         " It was read as it stands in the mails, beside that tree.";
}

Lines NotRead(const RenderInput& in) {
  Lines lines;
  // The same reason for many patches is said once, with the first of them.
  struct Group {
    std::string reason;
    std::vector<std::int64_t> numbers;
  };
  std::vector<Group> groups;
  std::map<std::string, std::size_t> by_reason;
  for (const auto& [number, reason] : in.engine.coverage.missed) {
    std::string clean = CleanLine(reason, 300);
    const auto [at, added] = by_reason.try_emplace(clean, groups.size());
    if (added) groups.push_back({std::move(clean), {}});
    groups[at->second].numbers.push_back(number);
  }
  for (const Group& group : groups) {
    AddWrapped(
        "Not read whole, " + PatchLabels(in, group.numbers) + ": " +
            (group.reason.empty() ? "no reason is known" : group.reason) + ".",
        &lines);
  }
  std::vector<std::int64_t> missing = MissingPatches(in);
  if (!missing.empty()) {
    AddWrapped(in.series.at_desk
                   ? "Not here: " + PatchLabels(in, missing) + "."
                   : "Not seen on this list: " + PatchLabels(in, missing) +
                         ". Should more of the series arrive, a further "
                         "round of this review will follow.",
               &lines);
  }
  return lines;
}

// How many lines of the series mail's findings fit.
struct Shown {
  std::size_t count = 0;
  Lines lines;
};
Shown FindingsThatFit(const std::vector<Lines>& comments, std::size_t room) {
  Shown shown;
  for (const Lines& comment : comments) {
    if (shown.lines.size() + comment.size() + 1 > room) break;
    AddBlock(comment, &shown.lines);
    ++shown.count;
  }
  return shown;
}

std::size_t CountDropped(const RenderInput& in, std::string_view gate) {
  return static_cast<std::size_t>(
      std::count_if(in.review.dropped.begin(), in.review.dropped.end(),
                    [&](const Dropped& drop) { return drop.gate == gate; }));
}

}  // namespace

Rendered RenderSeriesBody(const RenderInput& in,
                          const mime::PatchMail& answered,
                          const std::string& own_message_id) {
  const FindingList findings = BySeverity(FindingsOf(in, 0));
  FooterFacts facts;
  facts.answered = &answered;
  facts.own_message_id = own_message_id;
  facts.findings = findings;
  for (const auto& [number, patch] : in.series.patches) {
    AddPatchFacts(in, number, &facts);
    const FindingList& of_patch = FindingsOf(in, number);
    facts.findings.insert(facts.findings.end(), of_patch.begin(),
                          of_patch.end());
  }
  const Lines footer = Footer(in, facts);
  const std::size_t budget = LineBudget(in);
  const std::size_t room = budget - std::min(budget, footer.size() + 1);

  Lines head = Opening(in);
  if (in.context.round > 1) {
    AddWrapped("This is round " + std::to_string(in.context.round) +
                   " of the review: it says only what is new.",
               &head);
  }
  AddWrapped(About(in), &head);
  AddWrapped(Result(in), &head);
  AddWrapped(HowRead(in), &head);
  Lines table;
  if (in.series.patches.size() + MissingPatches(in).size() > 1) {
    table = PatchTable(in);
  }
  Lines tail = NotRead(in);
  for (const std::string& remark : in.context.remarks) {
    AddWrapped(CleanLine(remark, 500), &tail);
  }
  AddBlock(PreviousFates(in), &tail);
  const std::size_t capped = CountDropped(in, kCapGate);
  std::vector<Lines> comments;
  comments.reserve(findings.size());
  std::size_t wanted = 0;
  for (const Finding* finding : findings) {
    comments.push_back(Comment(in, *finding));
    wanted += comments.back().size() + 1;
  }

  // What gives way first: the index of findings, whose mails hold them all;
  // then findings of the series; then rows of the table.
  Lines index = FindingIndex(in);
  auto used = [&] {
    std::size_t lines = head.size() + 4;
    for (const Lines* part : {&table, &index, &tail}) {
      if (!part->empty()) lines += part->size() + 1;
    }
    return lines;
  };
  if (used() + wanted > room) index.clear();
  const std::size_t least = comments.empty() ? 0 : comments[0].size() + 1;
  if (used() + least > room && !table.empty()) {
    const std::size_t over = used() + least - room + 1;
    table.resize(table.size() > over ? table.size() - over : 0);
    table.emplace_back("  (the table is cut here, for the length of the mail)");
  }
  const Shown shown = FindingsThatFit(comments, room - std::min(room, used()));

  Lines body = std::move(head);
  AddBlock(table, &body);
  AddBlock(index, &body);
  AddBlock(tail, &body);
  AddBlock(shown.lines, &body);
  Rendered rendered;
  rendered.left_out = findings.size() - shown.count;
  if (const std::size_t more = rendered.left_out + capped; more > 0) {
    AddWrapped(FindingsInWords(more) + (more == 1 ? " is" : " are") +
                   " left out, for the length of the mails; the worst are "
                   "kept.",
               &body);
  }
  if (body.size() > room) {
    body.resize(room > 1 ? room - 1 : 0);
    body.emplace_back("(cut here, for the length of this mail)");
  }
  rendered.printed.assign(
      findings.begin(),
      findings.begin() + static_cast<std::ptrdiff_t>(shown.count));
  rendered.body = BodyOf(body, footer);
  return rendered;
}

}  // namespace patchmilter::review
