// What stands below "-- ": how the review was made, and the lines by which an
// archive's search finds it. They are fixed: archived mail is never rewritten.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/version.h"
#include "review/hygiene.h"
#include "review/render_parts.h"

namespace patchmilter::review {

namespace {

std::string HowApplied(const RenderInput& in) {
  const tree::ApplyReport& apply = in.series.apply;
  if (apply.status == tree::ApplyStatus::kNoTree || apply.base.empty()) {
    return "none (no tree was at hand)";
  }
  std::string text = CleanMessageId(apply.base.substr(0, 12));
  text += " (" + CleanLine(apply.base_reason, kMaxBaseReason) + "), ";
  const std::string_view merged =
      apply.plain_failure.has_value() ? " by three-way merge" : "";
  switch (apply.status) {
    case tree::ApplyStatus::kApplied:
      text += "applied";
      text += merged;
      break;
    case tree::ApplyStatus::kPartial:
      text += "applied in part";
      text += merged;
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

void AddPatchFacts(const RenderInput& in, std::int64_t patch,
                   FooterFacts* facts) {
  for (const diff::File& file : in.series.patches.at(patch)->diff.files()) {
    if (facts->known_files.insert(file.path()).second) {
      facts->files.push_back(file.path());
    }
  }
  auto id = in.patch_ids.find(patch);
  if (id != in.patch_ids.end() && !id->second.empty()) {
    facts->patch_ids.push_back(id->second);
  }
}

Lines Footer(const RenderInput& in, const FooterFacts& facts) {
  Lines lines = {"-- "};
  AddFooter("Engine",
            CleanLine(in.engine.engine, 40) +
                (in.engine.version.empty() ? "" : " ") +
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
  for (std::string_view file : facts.files) {
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

}  // namespace patchmilter::review
