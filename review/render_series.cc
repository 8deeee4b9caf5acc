// The body of the series mail: the series as a whole, how it was read, one
// line for each patch, what belongs to no single patch.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "review/hygiene.h"
#include "review/render_parts.h"

namespace patchmilter::review {

namespace {

// A longer table puts neighbours of one status on one line.
constexpr std::size_t kMaxRows = 40;

std::string Plural(std::size_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

void AddWrapped(const std::string& text, Lines* lines) {
  AddBlock(WrapWords(text, kMailColumns), lines);
}

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
  for (const std::string& sentence : in.engine.overview) {
    std::string clean = CleanLine(sentence, 400);
    if (!clean.empty()) text += " " + clean;
  }
  return text;
}

std::string Labels(const RenderInput& in,
                   const std::vector<std::int64_t>& patches) {
  std::string text;
  for (std::size_t i = 0; i < patches.size(); ++i) {
    if (i == 12) {
      text += " and " + std::to_string(patches.size() - i) + " more";
      break;
    }
    if (i > 0) text += i + 1 == patches.size() ? " and " : ", ";
    text += PatchLabel(in, patches[i]);
  }
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
  const std::string fresh = in.context.round > 1 ? " new" : "";
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
    text += Labels(in, with);
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

// Which patches were read, and on what.
std::string HowRead(const RenderInput& in) {
  const tree::ApplyReport& apply = in.series.apply;
  if (apply.status == tree::ApplyStatus::kNoTree || apply.base.empty()) {
    return in.series.patches.size() == 1
               ? "No tree was at hand: the patch was read as it stands in the "
                 "mail, and it was not tried whether it applies."
               : "No tree was at hand: the patches were read as they stand in "
                 "the mails, and it was not tried whether they apply.";
  }
  const std::string base = CleanMessageId(apply.base.substr(0, 12)) + " (" +
                           CleanLine(apply.base_reason, 80) + ", tree \"" +
                           CleanLine(apply.tree, 40) + "\")";
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
      return text;
    }
    case tree::ApplyStatus::kPartial:
      return (apply.applied == 1
                  ? "Only the first patch applies to "
                  : "Only the first " + std::to_string(apply.applied) + " of " +
                        std::to_string(apply.total) + " patches apply to ") +
             base + (why.empty() ? "" : "; " + why) +
             ". The others were read as they stand in the mails.";
    case tree::ApplyStatus::kReference:
    case tree::ApplyStatus::kNoTree:
      break;
  }
  return "The series does not apply to " + base +
         (why.empty() ? "" : ": " + why) +
         ". It was read as it stands in the mails, beside that tree.";
}

struct Row {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::string status;
  std::string title;
};

std::string StatusOf(const RenderInput& in, std::int64_t number) {
  if (CoveredBefore(in, number)) return "reviewed before";
  auto missed = in.engine.coverage.missed.find(number);
  const FindingList findings = FindingsOf(in, number);
  if (missed != in.engine.coverage.missed.end()) {
    return findings.empty() ? "not read whole"
                            : CountsInWords(Count(findings)) + ", in part";
  }
  auto whole = in.engine.coverage.whole.find(number);
  if (whole == in.engine.coverage.whole.end() || !whole->second) {
    return "not read";
  }
  return findings.empty() ? "no findings" : CountsInWords(Count(findings));
}

Lines Table(const RenderInput& in) {
  std::vector<Row> rows;
  std::vector<std::int64_t> missing = MissingPatches(in);
  std::map<std::int64_t, Row> by_number;
  for (const auto& [number, patch] : in.series.patches) {
    by_number[number] = {number, number, StatusOf(in, number),
                         CleanLine(patch->mail.subject.title, 120)};
  }
  for (std::int64_t number : missing) {
    by_number.try_emplace(number, Row{number, number, "not seen here", ""});
  }
  const bool grouped = by_number.size() > kMaxRows;
  for (auto& [number, row] : by_number) {
    if (grouped && !rows.empty() && rows.back().status == row.status &&
        rows.back().last + 1 == row.first) {
      rows.back().last = row.last;
      rows.back().title.clear();
      continue;
    }
    rows.push_back(std::move(row));
  }
  std::size_t label_width = 0;
  std::size_t status_width = 0;
  std::vector<std::string> labels;
  for (const Row& row : rows) {
    std::string label = PatchLabel(in, row.first);
    if (row.last != row.first) {
      label = std::to_string(row.first) + "-" + PatchLabel(in, row.last);
    }
    label_width = std::max(label_width, label.size());
    status_width = std::max(status_width, row.status.size());
    labels.push_back(std::move(label));
  }
  Lines lines;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == 2 * kMaxRows) {
      lines.push_back("  and " + Plural(rows.size() - i, "more line") +
                      " of this table");
      break;
    }
    std::string line = "  " + std::string(label_width - labels[i].size(), ' ') +
                       labels[i] + "  " + rows[i].status;
    if (!rows[i].title.empty()) {
      line += std::string(status_width - rows[i].status.size(), ' ') + "  ";
      line += CleanLine(rows[i].title, kMaxColumns - Columns(line));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

Lines NotRead(const RenderInput& in) {
  Lines lines;
  // The same reason for many patches is said once.
  std::map<std::string, std::vector<std::int64_t>> by_reason;
  for (const auto& [number, reason] : in.engine.coverage.missed) {
    by_reason[CleanLine(reason, 300)].push_back(number);
  }
  for (const auto& [reason, numbers] : by_reason) {
    AddWrapped("Not read whole, " + Labels(in, numbers) + ": " +
                   (reason.empty() ? "no reason is known" : reason) + ".",
               &lines);
  }
  std::vector<std::int64_t> missing = MissingPatches(in);
  if (!missing.empty()) {
    AddWrapped(std::string("Not seen on this list: ") + Labels(in, missing) +
                   ". Should more of the series arrive, a further round of "
                   "this review will follow.",
               &lines);
  }
  return lines;
}

}  // namespace

Rendered RenderSeriesBody(const RenderInput& in,
                          const mime::PatchMail& answered,
                          const std::string& own_message_id) {
  FindingList findings = FindingsOf(in, 0);
  FooterFacts facts;
  facts.answered = &answered;
  facts.own_message_id = own_message_id;
  facts.findings = findings;
  for (const auto& [number, patch] : in.series.patches) {
    for (const diff::File& file : patch->diff.files()) {
      if (std::find(facts.files.begin(), facts.files.end(), file.path()) ==
          facts.files.end()) {
        facts.files.push_back(file.path());
      }
    }
    std::string id = patch->diff.StablePatchId();
    if (!id.empty()) facts.patch_ids.push_back(std::move(id));
    FindingList of_patch = FindingsOf(in, number);
    facts.findings.insert(facts.findings.end(), of_patch.begin(),
                          of_patch.end());
  }
  const Lines footer = Footer(in, facts);

  Lines head = Opening(in);
  if (in.context.round > 1) {
    AddWrapped("This is round " + std::to_string(in.context.round) +
                   " of the review: it says only what is new.",
               &head);
  }
  AddWrapped(About(in), &head);
  AddWrapped(Result(in), &head);
  AddWrapped(HowRead(in), &head);
  Lines table = Table(in);
  Lines tail = NotRead(in);
  for (const std::string& remark : in.context.remarks) {
    AddWrapped(CleanLine(remark, 500), &tail);
  }
  std::size_t capped = 0;
  for (const Dropped& drop : in.review.dropped) {
    if (drop.gate == kCapGate) ++capped;
  }
  const auto budget = static_cast<std::size_t>(
      std::max<std::int64_t>(in.context.max_mail_lines, 40));
  Rendered rendered;
  std::size_t shown = findings.size();
  while (true) {
    Lines body = head;
    if (in.series.patches.size() + MissingPatches(in).size() > 1) {
      AddBlock(table, &body);
    }
    AddBlock(tail, &body);
    for (std::size_t i = 0; i < shown; ++i) {
      AddBlock(Comment(in, *findings[i]), &body);
    }
    rendered.left_out = findings.size() - shown;
    if (rendered.left_out + capped > 0) {
      AddWrapped(FindingsInWords(rendered.left_out + capped) +
                     " more were left out, for the length of the mails.",
                 &body);
    }
    const std::size_t total = body.size() + 1 + footer.size();
    if (total <= budget) {
      rendered.body = BodyOf(body, footer);
      break;
    }
    if (shown > 0) {
      --shown;
      continue;
    }
    // The table is what can grow: its rows give way, and that is said.
    const std::size_t over = total - budget + 1;
    if (table.size() > over + 1) {
      table.resize(table.size() - over);
      table.push_back("  (the table is cut here, for the length of the mail)");
      continue;
    }
    body.resize(budget - std::min(budget, footer.size() + 2));
    body.emplace_back("(cut here, for the length of this mail)");
    rendered.body = BodyOf(body, footer);
    break;
  }
  rendered.printed = shown;
  return rendered;
}

}  // namespace patchmilter::review
