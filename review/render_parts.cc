#include "review/render_parts.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/version.h"
#include "review/anchor.h"
#include "review/hygiene.h"

namespace patchmilter::review {

namespace {

// How many further places of one claim are named.
constexpr std::size_t kMaxPlaces = 6;
// Of one comment; what is more is cut and said.
constexpr std::size_t kMaxCommentLines = 40;
// Patch-File and Patch-Id lines in one footer.
constexpr std::size_t kMaxFooterFiles = 10;

// A category as an engine gives it, as one word.
std::string CategoryWord(std::string_view category) {
  std::string word;
  for (char c : category.substr(0, 40)) {
    if (IsAlnumAscii(c) || c == '-' || c == '_') word += ToLowerAscii(c);
  }
  return word.empty() ? "finding" : word;
}

std::string PlaceInWords(const RenderInput& in, const Anchor& anchor,
                         const Anchor& main) {
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
  if (anchor.patch != main.patch && anchor.patch != 0) {
    text += " in patch " + PatchLabel(in, anchor.patch);
  }
  return text;
}

std::string HowApplied(const RenderInput& in) {
  const tree::ApplyReport& apply = in.series.apply;
  if (apply.status == tree::ApplyStatus::kNoTree || apply.base.empty()) {
    return "none (no tree was at hand)";
  }
  std::string text = CleanMessageId(apply.base.substr(0, 12));
  text += " (" + CleanLine(apply.base_reason, 60) + "), ";
  switch (apply.status) {
    case tree::ApplyStatus::kApplied:
      text += "applied";
      break;
    case tree::ApplyStatus::kPartial:
      text += "applied in part";
      break;
    case tree::ApplyStatus::kReference:
    case tree::ApplyStatus::kNoTree:
      text += "not applied";
      break;
  }
  return text;
}

void AddFooter(std::string_view key, std::string_view value, Lines* lines) {
  if (value.empty()) return;
  for (std::string& line : FoldFooter(key, value)) {
    lines->push_back(std::move(line));
  }
}

// A name and address for a footer, where both may stand: one line, no "<>"
// but ours.
// An id or address that can stand in the footer: nothing in it that could be
// read as a link or as a bot's command. "" for any other: the headers have it.
std::string PlainAddress(std::string_view text) {
  std::string id = CleanMessageId(text);
  if (id.find_first_of(":#\"\\") != std::string::npos) id.clear();
  return id;
}

std::string AuthorInFooter(const mime::Address& author) {
  // First without its brackets: they could hide a word from the cleaning.
  std::string name = author.name;
  std::erase_if(name, [](char c) { return c == '<' || c == '>'; });
  name = CleanLine(name, 80);
  const std::string email = PlainAddress(author.email);
  if (email.empty()) return name;
  return name.empty() ? "<" + email + ">" : name + " <" + email + ">";
}

}  // namespace

SeverityCounts Count(const FindingList& findings) {
  SeverityCounts counts;
  for (const Finding* finding : findings) {
    ++counts.of[static_cast<std::size_t>(finding->severity)];
  }
  return counts;
}

std::string CountsInWords(const SeverityCounts& counts) {
  std::string text;
  for (std::size_t i = counts.of.size(); i-- > 0;) {
    if (counts.of[i] == 0) continue;
    if (!text.empty()) text += ", ";
    text += std::to_string(counts.of[i]) + " ";
    text += SeverityName(static_cast<Severity>(i));
  }
  return text;
}

std::string FindingsInWords(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " finding" : " findings");
}

std::string PatchLabel(const RenderInput& in, std::int64_t patch) {
  std::int64_t total = static_cast<std::int64_t>(in.series.patches.size());
  if (in.series.series != nullptr) total = in.series.series->expected;
  return std::to_string(patch) + "/" + std::to_string(total);
}

bool CoveredBefore(const RenderInput& in, std::int64_t patch) {
  const std::vector<std::int64_t>& before = in.context.covered_before;
  return std::find(before.begin(), before.end(), patch) != before.end();
}

FindingList FindingsOf(const RenderInput& in, std::int64_t patch) {
  FindingList list;
  for (const Finding& finding : in.review.kept) {
    const std::int64_t of =
        finding.anchors.empty() ||
                finding.anchors.front().kind == AnchorKind::kSeries
            ? 0
            : finding.anchors.front().patch;
    if (of == patch && !CoveredBefore(in, patch)) list.push_back(&finding);
  }
  return list;
}

std::vector<std::int64_t> MissingPatches(const RenderInput& in) {
  if (in.series.series == nullptr || in.series.series->partial_reroll) {
    return {};
  }
  return in.series.series->Missing();
}

bool WholeCoverage(const RenderInput& in) {
  if (in.series.patches.empty() || !MissingPatches(in).empty()) return false;
  if (!in.engine.coverage.missed.empty()) return false;
  for (const auto& [number, patch] : in.series.patches) {
    if (CoveredBefore(in, number)) continue;
    auto whole = in.engine.coverage.whole.find(number);
    if (whole == in.engine.coverage.whole.end() || !whole->second) return false;
  }
  return true;
}

bool NothingRead(const RenderInput& in) {
  for (const auto& [number, whole] : in.engine.coverage.whole) {
    if (whole) return false;
  }
  // A patch that was read in part is named in `missed` as one that was.
  for (const auto& [number, patch] : in.series.patches) {
    if (in.engine.coverage.whole.count(number) != 0 && !patch->diff.empty()) {
      return false;
    }
  }
  return true;
}

Lines Opening(const RenderInput& in) {
  std::string text = "This is an automatic review by patchmilter, engine \"" +
                     CleanLine(in.engine.engine, 40) +
                     "\". No person has checked it.";
  return WrapWords(text, kMailColumns);
}

Lines Comment(const RenderInput& in, const Finding& finding) {
  std::string text = finding.explanation;
  if (Trim(text).empty()) text = finding.title;
  std::string head = "[";
  head += SeverityName(finding.severity);
  head += "] " + CategoryWord(finding.category) + ":";
  if (finding.pre_existing) head += " (not new in this patch)";
  // Neither a snippet nor a list can stand behind the head: the title does.
  bool apart = false;
  for (std::string_view start : {"    ", "\t", "```", "- ", "* ", "1. ", ">"}) {
    apart = apart || text.compare(0, start.size(), start) == 0;
  }
  if (apart) head += " " + CleanLine(finding.title, 200) + "\n";
  Lines lines = CleanProse(head + (apart ? "\n" : " ") + text);
  if (lines.size() > kMaxCommentLines) {
    const std::size_t cut = lines.size() - kMaxCommentLines;
    lines.resize(kMaxCommentLines);
    lines.push_back("(cut here: " + std::to_string(cut) + " more lines)");
  }
  if (finding.anchors.size() > 1) {
    std::string more = "The same at: ";
    const std::size_t others = finding.anchors.size() - 1;
    std::string last;
    std::size_t said = 0;
    for (std::size_t i = 1; i < finding.anchors.size(); ++i) {
      if (said == kMaxPlaces) {
        more += " and " + std::to_string(others - said) + " more places";
        break;
      }
      std::string place =
          PlaceInWords(in, finding.anchors[i], finding.anchors.front());
      if (place == last) continue;
      if (said > 0) more += ", ";
      more += place;
      last = std::move(place);
      ++said;
    }
    for (std::string& line : WrapWords(more + ".", kMailColumns)) {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

Lines Footer(const RenderInput& in, const FooterFacts& facts) {
  Lines lines = {"-- "};
  AddFooter("Engine",
            CleanLine(in.engine.engine, 40) + " " +
                CleanLine(in.engine.version, 60) + ", patchmilter " + kVersion,
            &lines);
  AddFooter("Base", HowApplied(in), &lines);
  AddFooter("Cost", CleanLine(in.engine.cost, 200), &lines);
  if (facts.answered != nullptr) {
    const std::string id = PlainAddress(facts.answered->mail.message_id);
    if (!id.empty()) AddFooter("Review-Of", "<" + id + ">", &lines);
    AddFooter("Patch-Author", AuthorInFooter(facts.answered->mail.author),
              &lines);
  }
  std::size_t said = 0;
  for (const std::string& file : facts.files) {
    if (said == kMaxFooterFiles) {
      lines.push_back("Patch-Files-Left-Out: " +
                      std::to_string(facts.files.size() - said));
      break;
    }
    AddFooter("Patch-File", CleanLine(file, 300), &lines);
    ++said;
  }
  said = 0;
  for (const std::string& id : facts.patch_ids) {
    if (++said > kMaxFooterFiles) break;
    AddFooter("Patch-Id", id, &lines);
  }
  SeverityCounts counts = Count(facts.findings);
  std::string tokens;
  for (std::size_t i = counts.of.size(); i-- > 0;) {
    if (counts.of[i] == 0) continue;
    if (!tokens.empty()) tokens += ' ';
    tokens += "[severity_";
    tokens += SeverityName(static_cast<Severity>(i));
    tokens += "]";
  }
  AddFooter("Severity", tokens, &lines);
  if (in.context.identity != nullptr) {
    AddFooter("Opt-Out", in.context.identity->opt_out_hint, &lines);
  }
  if (in.context.destination != nullptr &&
      !in.context.destination->archive_url.empty()) {
    std::string url = in.context.destination->archive_url;
    while (!url.empty() && url.back() == '/') url.pop_back();
    // Ours, never folded: a link that is broken up is none. Where the own mail
    // does not fit, the archive as a whole does.
    std::string own = url + "/" + facts.own_message_id + "/";
    url += "/";
    if (Columns("Archive: " + own) <= kMaxColumns) {
      lines.push_back("Archive: " + own);
    } else if (Columns(own) <= kMaxColumns) {
      lines.emplace_back("Archive:");
      lines.push_back(std::move(own));
    } else {
      lines.push_back("Archive: " + url);
    }
  }
  return lines;
}

std::string BodyOf(const Lines& body, const Lines& footer) {
  std::string text;
  for (const std::string& line : body) {
    // Quotes are the mail's own lines; all else passes the last net.
    if (line.substr(0, 1) != ">" && ForbiddenLine(line)) continue;
    text += line;
    text += '\n';
  }
  text += '\n';
  for (const std::string& line : footer) {
    text += line;
    text += '\n';
  }
  return text;
}

void AddBlock(const Lines& more, Lines* lines) {
  if (more.empty()) return;
  if (!lines->empty() && !lines->back().empty()) lines->emplace_back();
  lines->insert(lines->end(), more.begin(), more.end());
}

}  // namespace patchmilter::review
