// The body of a patch mail: quotes with comments between them, in the order of
// the mail, in the form that b4 reads (quoted "diff --git", "@@", lines,
// "[ ... ]" for what is left out; the commit message before any diff).
#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "review/anchor.h"
#include "review/hygiene.h"
#include "review/render_parts.h"

namespace patchmilter::review {

namespace {

// Unchanged or changed lines above the anchor, inside its hunk.
constexpr std::uint32_t kContextBefore = 3;
// A longer run keeps its first and last lines.
constexpr std::uint32_t kMaxRun = 12;
constexpr char kLeftOut[] = "[ ... ]";

std::string Quote(std::string_view line) {
  std::string clean = CleanQuote(line);
  return clean.empty() ? ">" : "> " + clean;
}

// A line of a hunk with its mark, as it stands in the mail.
std::string HunkLine(const diff::Diff& diff, const diff::Line& line) {
  std::string text(diff.View(line.span));
  switch (line.kind) {
    case diff::LineKind::kAdded:
      return "+" + text;
    case diff::LineKind::kRemoved:
      return "-" + text;
    case diff::LineKind::kNoNewline:
      return "\\" + text;
    case diff::LineKind::kContext:
      break;
  }
  // A mailer may have taken the blank of an empty line away.
  return text.empty() ? "" : " " + text;
}

// Writes quotes one after the other and remembers what stands there already.
class Quoter {
 public:
  Quoter(const diff::Diff& diff, Lines* lines) : diff_(diff), lines_(lines) {}

  void Show(const Anchor& anchor) {
    if (!anchor.file) return;
    const diff::File& file = diff_.files().at(*anchor.file);
    const bool new_file = file_ != anchor.file;
    if (new_file) {
      Break();
      lines_->push_back(Quote(FirstHeaderLine(file)));
      file_ = anchor.file;
      hunk_.reset();
      shown_ = 0;
    }
    if (anchor.kind == AnchorKind::kFile) {
      if (!anchor.quoted.empty() &&
          anchor.quoted.front() != FirstHeaderLine(file)) {
        if (!new_file) Break();
        lines_->push_back(Quote(anchor.quoted.front()));
      }
      // The first line of the file's diff gives b4 a place to hang it on.
      if (new_file && !file.hunks.empty()) ShowHunk(0, 0, 1);
      return;
    }
    if (!anchor.hunk) return;
    if (!anchor.first_line || anchor.line_count == 0) {
      ShowHunk(*anchor.hunk, 0, 1);
      return;
    }
    ShowHunk(*anchor.hunk, *anchor.first_line, anchor.line_count);
  }

 private:
  void Break() {
    if (!lines_->empty() && !lines_->back().empty()) lines_->emplace_back();
  }

  std::string_view FirstHeaderLine(const diff::File& file) const {
    for (std::string_view line : LinesOf(diff_.View(file.header))) {
      if (!line.empty()) return line;
    }
    return {};
  }

  // Lines [first, first + count) of a hunk, with context above; only what does
  // not stand there yet.
  void ShowHunk(std::uint32_t index, std::uint32_t first, std::uint32_t count) {
    const diff::Hunk& hunk = diff_.files().at(*file_).hunks.at(index);
    const auto size = static_cast<std::uint32_t>(hunk.lines.size());
    const std::uint32_t end = std::min(size, first + count);
    std::uint32_t begin = first > kContextBefore ? first - kContextBefore : 0;
    if (hunk_ != index) {
      if (!lines_->empty() && lines_->back().substr(0, 1) != ">") Break();
      lines_->push_back(Quote(diff_.View(hunk.header)));
      hunk_ = index;
      shown_ = 0;
    } else if (end > shown_) {
      Break();
    }
    // A gap of one line is not worth a mark.
    if (begin <= shown_ + 1) {
      begin = shown_;
    } else if (begin < end) {
      lines_->push_back(kLeftOut);
    }
    for (std::uint32_t i = begin; i < end; ++i) {
      if (end - first > kMaxRun && i == first + kMaxRun / 2) {
        lines_->push_back(kLeftOut);
        i = end - kMaxRun / 2;
      }
      lines_->push_back(Quote(HunkLine(diff_, hunk.lines[i])));
    }
    shown_ = std::max(shown_, end);
  }

  const diff::Diff& diff_;
  Lines* lines_;
  std::optional<std::uint32_t> file_;
  std::optional<std::uint32_t> hunk_;
  std::uint32_t shown_ = 0;  // Lines of the hunk that stand there.
};

void QuoteMessage(const mime::PatchMail& mail, const Anchor& anchor,
                  std::uint32_t* shown, Lines* lines) {
  std::vector<std::string_view> text = LinesOf(mail.mail.text);
  const std::uint32_t first = anchor.text_line.value_or(0);
  const auto end = std::min(static_cast<std::uint32_t>(text.size()),
                            first + std::max(anchor.line_count, 1U));
  std::uint32_t begin = first;
  // One paragraph's lines before it, at most.
  while (begin > *shown && first - begin < kContextBefore &&
         !Trim(text[begin - 1]).empty()) {
    --begin;
  }
  begin = std::max(begin, *shown);
  if (begin >= end) return;
  if (!lines->empty() && !lines->back().empty()) lines->emplace_back();
  for (std::uint32_t i = begin; i < end; ++i) {
    lines->push_back(Quote(text[i]));
  }
  *shown = end;
}

Lines Body(const RenderInput& in, const mime::PatchMail& mail,
           const FindingList& findings, std::size_t left_out) {
  Lines lines = Opening(in);
  std::uint32_t message_shown = 0;
  Quoter quoter(mail.diff, &lines);
  for (const Finding* finding : findings) {
    const Anchor& anchor = finding->anchors.front();
    // What Show adds starts behind a blank line of its own.
    if (!lines.empty() && !lines.back().empty()) lines.emplace_back();
    if (anchor.kind == AnchorKind::kMessage) {
      QuoteMessage(mail, anchor, &message_shown, &lines);
    } else {
      quoter.Show(anchor);
    }
    AddBlock(Comment(in, *finding), &lines);
  }
  if (left_out > 0) {
    AddBlock(
        WrapWords(FindingsInWords(left_out) + (left_out == 1 ? " is" : " are") +
                      " left out here, for the length of this mail.",
                  kMailColumns),
        &lines);
  }
  return lines;
}

}  // namespace

Rendered RenderPatchBody(const RenderInput& in, std::int64_t patch,
                         const std::string& own_message_id) {
  const mime::PatchMail& mail = *in.series.patches.at(patch);
  FindingList findings = FindingsOf(in, patch);
  FooterFacts facts;
  facts.answered = &mail;
  for (const diff::File& file : mail.diff.files()) {
    if (std::find(facts.files.begin(), facts.files.end(), file.path()) ==
        facts.files.end()) {
      facts.files.push_back(file.path());
    }
  }
  std::string id = mail.diff.StablePatchId();
  if (!id.empty()) facts.patch_ids.push_back(id);
  facts.findings = findings;
  facts.own_message_id = own_message_id;
  const Lines footer = Footer(in, facts);
  // What gates cut for this patch counts as left out, too.
  std::size_t cut = 0;
  for (const Dropped& drop : in.review.dropped) {
    if (drop.gate == kCapGate && !drop.finding.anchors.empty() &&
        drop.finding.anchors.front().patch == patch) {
      ++cut;
    }
  }
  const auto budget = static_cast<std::size_t>(
      std::max<std::int64_t>(in.context.max_mail_lines, 40));
  Rendered rendered;
  rendered.left_out = cut;
  Lines body = Body(in, mail, findings, rendered.left_out);
  while (body.size() + 1 + footer.size() > budget && findings.size() > 1) {
    // The least severe goes first, of equals the last.
    auto worst = findings.begin();
    for (auto it = findings.begin(); it != findings.end(); ++it) {
      if ((*it)->severity <= (*worst)->severity) worst = it;
    }
    findings.erase(worst);
    ++rendered.left_out;
    body = Body(in, mail, findings, rendered.left_out);
  }
  if (body.size() + 1 + footer.size() > budget) {
    // The footer of many long paths may be longer than a small budget.
    const std::size_t taken = footer.size() + 2;
    body.resize(std::min(body.size(), budget > taken ? budget - taken : 0));
    body.emplace_back("(cut here, for the length of this mail)");
  }
  rendered.printed = findings.size();
  rendered.body = BodyOf(body, footer);
  return rendered;
}

}  // namespace patchmilter::review
