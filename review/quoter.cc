#include "review/quoter.h"

#include <algorithm>

#include "base/text.h"
#include "review/anchor.h"
#include "review/hygiene.h"

namespace patchmilter::review {

namespace {

// b4 skips a line of exactly this form inside a comment, and no other.
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

std::string_view FirstHeaderLine(const diff::Diff& diff,
                                 const diff::File& file) {
  for (std::string_view line : LinesOf(diff.View(file.header))) {
    if (!line.empty()) return line;
  }
  return {};
}

}  // namespace

PlaceOrder OrderOf(const mime::PatchMail& mail, const Anchor& anchor) {
  if (anchor.kind == AnchorKind::kMessage) {
    return {1, anchor.text_line.value_or(0) + std::max(anchor.line_count, 1U),
            0, 0};
  }
  if (!anchor.file) return {0, 0, 0, 0};
  // b4 hangs a comment on the hunk line above it: of a file that has none, the
  // comment stands before any hunk, where it can be hung on no wrong one.
  if (mail.diff.files().at(*anchor.file).hunks.empty()) {
    return {2, *anchor.file, 0, 0};
  }
  if (anchor.kind == AnchorKind::kFile || !anchor.hunk) {
    return {3, *anchor.file, 0, 0};
  }
  return {3, *anchor.file, *anchor.hunk + 1,
          anchor.first_line ? *anchor.first_line + anchor.line_count : 0};
}

std::size_t QuoteHeight(const Anchor& anchor) {
  const std::size_t run =
      std::min<std::size_t>(std::max(anchor.line_count, 1U), kMaxRun + 1);
  // A blank line before and after, header, "@@" line, mark, context, run.
  return 2 + 3 + kContextBefore + run;
}

Quoter::Quoter(const mime::PatchMail& mail, std::vector<std::string>* lines)
    : mail_(mail), diff_(mail.diff), lines_(lines) {}

void Quoter::Break() {
  if (!lines_->empty() && !lines_->back().empty()) lines_->emplace_back();
}

void Quoter::Show(const Anchor& anchor) {
  if (anchor.kind == AnchorKind::kMessage) {
    ShowMessage(anchor);
  } else if (anchor.file) {
    ShowFile(anchor);
  }
}

void Quoter::ShowFile(const Anchor& anchor) {
  const diff::File& file = diff_.files().at(*anchor.file);
  const bool new_file = file_ != anchor.file;
  const std::string_view header = FirstHeaderLine(diff_, file);
  if (new_file) {
    Break();
    lines_->push_back(Quote(header));
    // A plain diff has its name in two lines.
    if (header.substr(0, 4) == "--- ") {
      for (std::string_view line : LinesOf(diff_.View(file.header))) {
        if (line.substr(0, 4) != "+++ ") continue;
        lines_->push_back(Quote(line));
        break;
      }
    }
    file_ = anchor.file;
    hunk_.reset();
    shown_ = 0;
  }
  if (anchor.kind == AnchorKind::kFile) {
    if (!anchor.quoted.empty() && anchor.quoted.front() != header) {
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

bool Quoter::BlankLine(const diff::Hunk& hunk, std::uint32_t line) const {
  return hunk.lines[line].kind == diff::LineKind::kContext &&
         Trim(diff_.View(hunk.lines[line].span)).empty();
}

// Lines [first, first + count) of a hunk, with context above; only what does
// not stand there yet.
void Quoter::ShowHunk(std::uint32_t index, std::uint32_t first,
                      std::uint32_t count) {
  const diff::Hunk& hunk = diff_.files().at(*file_).hunks.at(index);
  const auto size = static_cast<std::uint32_t>(hunk.lines.size());
  std::uint32_t end = std::min(size, first + count);
  // Readers drop a quoted line that is blank where a comment follows it.
  while (end > first + 1 && BlankLine(hunk, end - 1)) --end;
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

void Quoter::ShowMessage(const Anchor& anchor) {
  if (text_.empty()) text_ = LinesOf(mail_.mail.text);
  const std::uint32_t first = anchor.text_line.value_or(0);
  const auto end = std::min(static_cast<std::uint32_t>(text_.size()),
                            first + std::max(anchor.line_count, 1U));
  std::uint32_t begin = first;
  // One paragraph's lines before it, at most.
  while (begin > message_shown_ && first - begin < kContextBefore &&
         begin <= text_.size() && !Trim(text_[begin - 1]).empty()) {
    --begin;
  }
  if (begin < message_shown_) begin = message_shown_;
  if (begin >= end) return;
  Break();
  if (message_shown_ > 0 && begin > message_shown_) {
    // Blank lines between paragraphs are nothing that is left out.
    for (std::uint32_t i = message_shown_; i < begin; ++i) {
      if (Trim(text_[i]).empty()) continue;
      lines_->push_back(kLeftOut);
      break;
    }
  }
  for (std::uint32_t i = begin; i < end; ++i) {
    if (end - begin > kMaxRun + kContextBefore && i == begin + kMaxRun / 2) {
      lines_->push_back(kLeftOut);
      i = end - kMaxRun / 2;
    }
    lines_->push_back(Quote(text_[i]));
  }
  message_shown_ = end;
}

}  // namespace patchmilter::review
