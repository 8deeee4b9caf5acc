#include "review/quoter.h"

#include <algorithm>
#include <cstdlib>

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

// Whether line `i` is the first that is left out of a run [first, end) which
// is too long to be quoted whole.
bool CutAt(std::uint32_t i, std::uint32_t first, std::uint32_t end) {
  return end - first > kMaxRun && i == first + kMaxRun / 2;
}

// Whether a reader counts such a line on the old (or the new) side.
bool OnSide(diff::LineKind kind, bool old_side) {
  switch (kind) {
    case diff::LineKind::kAdded:
      return !old_side;
    case diff::LineKind::kRemoved:
      return old_side;
    case diff::LineKind::kNoNewline:
      return false;
    case diff::LineKind::kContext:
      break;
  }
  return true;
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
  return 2 + 3 + kMaxContext + run;
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
    standing_.clear();
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
  if (hunk_ != index) {
    if (!lines_->empty() && lines_->back().substr(0, 1) != ">") Break();
    lines_->push_back(Quote(diff_.View(hunk.header)));
    hunk_ = index;
    shown_ = 0;
    counted_old_ = hunk.old_start;
    counted_new_ = hunk.new_start;
  } else if (end > shown_) {
    Break();
  }
  if (end <= shown_) return;
  const std::uint32_t begin = BestBegin(hunk, first, end);
  if (begin > shown_) lines_->push_back(kLeftOut);
  for (std::uint32_t i = begin; i < end; ++i) {
    if (CutAt(i, first, end)) {
      lines_->push_back(kLeftOut);
      i = end - kMaxRun / 2;
    }
    AddHunkLine(hunk.lines[i]);
  }
  shown_ = end;
}

std::uint32_t Quoter::BestBegin(const diff::Hunk& hunk, std::uint32_t first,
                                std::uint32_t end) {
  // A gap of one line is not worth a mark.
  if (first <= shown_ + kContextBefore + 1) return shown_;
  // The usual length first, then longer ones, then shorter ones.
  static constexpr std::array<std::uint32_t, 6> kLengths = {
      kContextBefore, kContextBefore + 1, kMaxContext, 2, 1, 0};
  std::uint32_t best = first - kContextBefore;
  int best_score = -1;
  for (const std::uint32_t length : kLengths) {
    const std::uint32_t begin =
        first <= shown_ + length ? shown_ : first - length;
    const int score = (CountedRight(hunk, begin, first, end) ? 2 : 0) +
                      (FoundForward(hunk, begin) ? 1 : 0);
    if (score > best_score) {
      best = begin;
      best_score = score;
    }
    if (score == 3) break;
  }
  return best;
}

bool Quoter::CountedRight(const diff::Hunk& hunk, std::uint32_t begin,
                          std::uint32_t first, std::uint32_t end) {
  if (standing_.empty()) {
    for (const diff::Hunk& each : diff_.files().at(*file_).hunks) {
      for (const diff::Line& line : each.lines) {
        if (line.kind == diff::LineKind::kNoNewline) continue;
        const bool removed = line.kind == diff::LineKind::kRemoved;
        standing_[diff_.View(line.span)].push_back(
            {removed, removed ? line.old_line : line.new_line});
      }
    }
  }
  const diff::Line& meant = hunk.lines[end - 1];
  const bool removed = meant.kind == diff::LineKind::kRemoved;
  const auto same = standing_.find(diff_.View(meant.span));
  if (same == standing_.end()) return false;
  std::int64_t counted = removed ? counted_old_ : counted_new_;
  for (std::uint32_t i = begin; i + 1 < end; ++i) {
    if (CutAt(i, first, end)) i = end - kMaxRun / 2;
    if (i + 1 < end && OnSide(hunk.lines[i].kind, removed)) ++counted;
  }
  const std::int64_t number = removed ? meant.old_line : meant.new_line;
  std::int64_t least = std::abs(number - counted);
  // Of equally near ones the first is taken; and the side that the comment's
  // line stands on comes before the other one.
  for (const Standing& other : same->second) {
    if (other.removed != removed) continue;
    const std::int64_t far = std::abs(other.number - counted);
    if (far < least || (far == least && other.number < number)) return false;
  }
  return true;
}

bool Quoter::FoundForward(const diff::Hunk& hunk, std::uint32_t begin) const {
  const std::string_view text = diff_.View(hunk.lines[begin].span);
  for (std::uint32_t i = shown_; i < begin; ++i) {
    if (hunk.lines[i].kind == hunk.lines[begin].kind &&
        diff_.View(hunk.lines[i].span) == text) {
      return false;
    }
  }
  return true;
}

void Quoter::AddHunkLine(const diff::Line& line) {
  lines_->push_back(Quote(HunkLine(diff_, line)));
  if (OnSide(line.kind, true)) ++counted_old_;
  if (OnSide(line.kind, false)) ++counted_new_;
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
