// The parser: one pass over the lines of a text, each looked at once (and the
// one behind it, to tell a wrapped line from the end of a diff). State is in
// Parser; nothing recurses.
//
// Where git apply and a person would differ (a hunk that ends early, a line
// that a mailer has wrapped), the hunk keeps the lines that stand there and a
// Problem says so.
//
// Longer than other files because it is one state machine: its states and the
// lines that move it are read together, and a part of it in another file could
// only be told by sharing Parser's members.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "diff/diff.h"
#include "diff/paths.h"

namespace patchmilter::diff {
namespace {

// How far back in a hunk that ended early a signature is looked for: git sends
// "-- ", its version, and an empty line.
constexpr size_t kSignatureReach = 24;

std::string_view WithoutCr(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

bool TakePrefix(std::string_view* text, std::string_view prefix) {
  if (!text->starts_with(prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}

// Decimal digits at the front; nothing where there are none or too many.
std::optional<std::uint32_t> TakeUint32(std::string_view* text) {
  size_t digits = 0;
  while (digits < text->size() && IsDigitAscii((*text)[digits])) ++digits;
  if (digits > 9) return std::nullopt;  // 999,999,999 lines are enough.
  const auto value = ParseUnsigned(text->substr(0, digits));
  if (!value) return std::nullopt;
  text->remove_prefix(digits);
  return static_cast<std::uint32_t>(*value);
}

std::uint32_t ParseMode(std::string_view text) {
  std::uint32_t mode = 0;
  if (text.empty() || text.size() > 7) return 0;
  for (const char c : text) {
    if (c < '0' || c > '7') return 0;
    mode = mode * 8 + static_cast<std::uint32_t>(c - '0');
  }
  return mode;
}

bool IsHexText(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("0123456789abcdefABCDEF") ==
             std::string_view::npos;
}

// "START[,COUNT]"; a count left out is 1.
bool TakeRange(std::string_view* text, std::uint32_t* start,
               std::uint32_t* count) {
  const auto first = TakeUint32(text);
  if (!first) return false;
  *start = *first;
  *count = 1;
  if (!TakePrefix(text, ",")) return true;
  const auto second = TakeUint32(text);
  if (!second) return false;
  *count = *second;
  return true;
}

bool HasMark(std::string_view line) {
  return !line.empty() &&
         std::string_view(" +-\\").find(line[0]) != std::string_view::npos;
}

// "--", "---", "------------": what stands in front of a signature or a footer.
bool IsRule(std::string_view line) {
  return line.size() >= 2 &&
         line.find_first_not_of('-') == std::string_view::npos;
}

}  // namespace

class Parser {
 public:
  explicit Parser(Diff* diff) : diff_(diff), text_(*diff->text_) {}

  void Run() {
    if (text_.size() > kMaxText) {
      text_ = text_.substr(0, kMaxText);
      AddProblem(ProblemKind::kTooLarge);
    }
    while (!full_ && ReadLine()) HandleLine();
    if (!full_) EndHunk(/*at_end=*/true);
    DropEmptyFile();
    diff_->end_ = std::max(diff_->begin_, last_end_);
    if (diff_->files_.empty()) diff_->begin_ = diff_->end_ = text_.size();
  }

 private:
  // --- Lines ---

  // Steps to the next line: line_ (without LF), begin_ and number_.
  bool ReadLine() {
    if (next_ >= text_.size()) return false;
    begin_ = next_;
    const size_t end = text_.find('\n', next_);
    if (end == std::string_view::npos) {
      line_ = text_.substr(next_);
      next_ = text_.size();
    } else {
      line_ = text_.substr(next_, end - next_);
      next_ = end + 1;
    }
    number_ = lines_++;
    return true;
  }

  // The line behind the current one, which stays the current one.
  std::optional<std::string_view> Peek(size_t from) const {
    if (from >= text_.size()) return std::nullopt;
    const size_t end = text_.find('\n', from);
    return text_.substr(from, end == std::string_view::npos ? end : end - from);
  }

  Span SpanOf(std::string_view part) const {
    return {static_cast<std::uint32_t>(part.data() - text_.data()),
            static_cast<std::uint32_t>(part.size())};
  }

  void AddProblem(ProblemKind kind) { AddProblem(kind, number_); }
  void AddProblem(ProblemKind kind, std::uint32_t line) {
    if (diff_->problems_.size() >= kMaxProblems) return;
    const size_t files = diff_->files_.size();
    diff_->problems_.push_back(
        {kind, line,
         static_cast<std::uint32_t>(files > 0 ? files - 1 : files)});
  }

  // Takes the rest of the text for what it is not: too large.
  void Stop() {
    AddProblem(ProblemKind::kTooLarge);
    full_ = true;
    hunk_ = nullptr;
  }

  // --- The parts of a diff ---

  void HandleLine() {
    if (hunk_ != nullptr && HandleHunkLine()) return;
    const std::string_view line = WithoutCr(line_);
    if (line.starts_with("diff --git ")) {
      BeginFile();
      if (full_) return;
      git_names_ = GitHeaderPaths(line.substr(11));
      in_header_ = true;
      git_header_ = true;
      return;
    }
    if (BeginsPlainFile(line)) {
      // The "---" of a git header, or a file of its own.
      if (!in_header_ || !git_header_) {
        if (plain_next_ == begin_ && begin_ > 0) {
          begin_ = plain_begin_;
          --number_;
        }
        BeginFile();
        if (full_) return;
      }
      TakePlainNames(line);
      return;
    }
    if (line.starts_with("diff -")) {
      // Of a plain diff -u; its "---" must follow at once.
      plain_begin_ = begin_;
      plain_next_ = next_;
      return;
    }
    if (line.starts_with("@@ -")) {
      if (file_ != nullptr && !after_signature_) BeginHunk(line);
      return;
    }
    if (in_header_ && HandleExtendedHeader(line)) {
      last_end_ = next_;
      return;
    }
    in_header_ = false;
    if (line == "-- ") after_signature_ = true;
  }

  // "--- OLD" with "+++ NEW" behind it, and a hunk behind that.
  bool BeginsPlainFile(std::string_view line) const {
    if (!line.starts_with("--- ") || line.size() < 5 || line[4] == ' ') {
      return false;
    }
    const auto second = Peek(next_);
    if (!second || !second->starts_with("+++ ")) return false;
    const auto third = Peek(next_ + second->size() + 1);
    return third && third->starts_with("@@ -");
  }

  void TakePlainNames(std::string_view line) {
    std::string old_path = DatedPath(line.substr(4));
    CHECK(ReadLine());
    std::string new_path = DatedPath(WithoutCr(line_).substr(4));
    const bool added = old_path == "/dev/null";
    const bool deleted = new_path == "/dev/null";
    StripPrefixes(&old_path, &new_path);
    if (!renamed_) {
      file_->old_path = std::move(old_path);
      file_->new_path = std::move(new_path);
      git_names_.reset();
    }
    if (added && !deleted) file_->change = FileChange::kAdded;
    if (deleted && !added) file_->change = FileChange::kDeleted;
    in_header_ = true;
    git_header_ = false;
    last_end_ = next_;
  }

  void BeginFile() {
    EndHunk(/*at_end=*/false);
    DropEmptyFile();
    if (diff_->files_.size() >= kMaxFiles) {
      Stop();
      return;
    }
    if (diff_->files_.empty()) diff_->begin_ = begin_;
    file_ = &diff_->files_.emplace_back();
    file_->text_line = number_;
    file_begin_ = begin_;
    file_->header = {static_cast<std::uint32_t>(begin_), 0};
    known_ = false;
    renamed_ = false;
    after_signature_ = false;
    git_names_.reset();
    git_header_ = false;
    previous_end_ = last_end_;
    last_end_ = next_;
  }

  // "diff --git" in the words of a commit message, with nothing behind it, is
  // no file. Called where the next file begins, and at the end.
  void DropEmptyFile() {
    if (file_ == nullptr) return;
    FinishFile();
    if (!known_) {
      last_end_ = previous_end_;
      diff_->files_.pop_back();
    }
    file_ = nullptr;
  }

  void FinishFile() {
    if (git_names_) {
      StripPrefixes(&git_names_->first, &git_names_->second);
      file_->old_path = std::move(git_names_->first);
      file_->new_path = std::move(git_names_->second);
      git_names_.reset();
    }
    if (file_->change == FileChange::kAdded) file_->old_path.clear();
    if (file_->change == FileChange::kDeleted) file_->new_path.clear();
    if (file_->change == FileChange::kModified && file_->hunks.empty() &&
        !file_->binary && file_->old_mode != file_->new_mode) {
      file_->change = FileChange::kModeOnly;
    }
    if (file_->hunks.empty()) {
      file_->header.size = static_cast<std::uint32_t>(last_end_ - file_begin_);
    }
  }

  bool HandleExtendedHeader(std::string_view line) {
    std::string_view rest = line;
    if (TakePrefix(&rest, "old mode ")) {
      file_->old_mode = ParseMode(rest);
    } else if (TakePrefix(&rest, "new mode ")) {
      file_->new_mode = ParseMode(rest);
    } else if (TakePrefix(&rest, "new file mode ")) {
      file_->new_mode = ParseMode(rest);
      file_->change = FileChange::kAdded;
    } else if (TakePrefix(&rest, "deleted file mode ")) {
      file_->old_mode = ParseMode(rest);
      file_->change = FileChange::kDeleted;
    } else if (TakePrefix(&rest, "rename from ") ||
               TakePrefix(&rest, "rename old ")) {
      TakeOldName(rest, FileChange::kRenamed);
    } else if (TakePrefix(&rest, "copy from ")) {
      TakeOldName(rest, FileChange::kCopied);
    } else if (TakePrefix(&rest, "rename to ") ||
               TakePrefix(&rest, "rename new ")) {
      TakeNewName(rest, FileChange::kRenamed);
    } else if (TakePrefix(&rest, "copy to ")) {
      TakeNewName(rest, FileChange::kCopied);
    } else if (TakePrefix(&rest, "similarity index ")) {
      const auto percent = TakeUint32(&rest);
      if (percent && *percent <= 100) {
        file_->similarity = static_cast<int>(*percent);
      }
    } else if (TakePrefix(&rest, "dissimilarity index ")) {
      const auto percent = TakeUint32(&rest);
      if (percent && *percent <= 100) {
        file_->similarity = 100 - static_cast<int>(*percent);
      }
    } else if (TakePrefix(&rest, "index ")) {
      return TakeIndex(rest);
    } else if (line == "GIT binary patch") {
      file_->binary = true;
      TakeBinaryPatch();
      in_header_ = false;
    } else if (line.starts_with("Binary files ") && line.ends_with(" differ")) {
      file_->binary = true;
    } else {
      return false;
    }
    known_ = true;
    return true;
  }

  void TakeOldName(std::string_view text, FileChange change) {
    UseGitNames();
    file_->old_path = WholePath(text);
    file_->change = change;
    renamed_ = true;
  }
  void TakeNewName(std::string_view text, FileChange change) {
    UseGitNames();
    file_->new_path = WholePath(text);
    file_->change = change;
    renamed_ = true;
  }
  // A cut-off header may have one of the two names only.
  void UseGitNames() {
    if (!git_names_) return;
    StripPrefixes(&git_names_->first, &git_names_->second);
    file_->old_path = std::move(git_names_->first);
    file_->new_path = std::move(git_names_->second);
    git_names_.reset();
  }

  bool TakeIndex(std::string_view rest) {
    const size_t dots = rest.find("..");
    if (dots == std::string_view::npos) return false;
    const std::string_view old_blob = rest.substr(0, dots);
    std::string_view new_blob = rest.substr(dots + 2);
    std::string_view mode;
    if (const size_t blank = new_blob.find(' ');
        blank != std::string_view::npos) {
      mode = new_blob.substr(blank + 1);
      new_blob = new_blob.substr(0, blank);
    }
    if (!IsHexText(old_blob) || !IsHexText(new_blob)) return false;
    file_->old_blob = ToLower(old_blob);
    file_->new_blob = ToLower(new_blob);
    if (const std::uint32_t value = ParseMode(mode); value != 0) {
      file_->old_mode = file_->new_mode = value;
    }
    known_ = true;
    return true;
  }

  // One or two blocks: "literal SIZE" or "delta SIZE", lines of base85, an
  // empty line.
  void TakeBinaryPatch() {
    const size_t body = next_;
    size_t end = next_;
    while (true) {
      const auto block = Peek(next_);
      if (!block ||
          (!block->starts_with("literal ") && !block->starts_with("delta "))) {
        break;
      }
      CHECK(ReadLine());
      end = next_;
      while (const auto data = Peek(next_)) {
        const std::string_view line = WithoutCr(*data);
        if (!line.empty() && !IsAlphaAscii(line[0])) break;
        CHECK(ReadLine());
        if (line.empty()) break;
        end = next_;
      }
    }
    file_->binary_patch = {static_cast<std::uint32_t>(body),
                           static_cast<std::uint32_t>(end - body)};
  }

  void BeginHunk(std::string_view line) {
    EndHunk(/*at_end=*/false);
    std::string_view rest = line.substr(4);
    Hunk hunk;
    if (!TakeRange(&rest, &hunk.old_start, &hunk.old_count) ||
        !TakePrefix(&rest, " +") ||
        !TakeRange(&rest, &hunk.new_start, &hunk.new_count) ||
        !TakePrefix(&rest, " @@")) {
      AddProblem(ProblemKind::kBadHunkHeader);
      known_ = known_ || in_header_;
      last_end_ = next_;
      in_header_ = false;
      return;
    }
    if (++hunks_ > kMaxHunks) {
      Stop();
      return;
    }
    if (in_header_ && file_->hunks.empty()) {
      file_->header.size = static_cast<std::uint32_t>(begin_ - file_begin_);
    }
    in_header_ = false;
    known_ = true;
    hunk.header = SpanOf(line);
    TakePrefix(&rest, " ");
    hunk.section = SpanOf(rest);
    hunk.text_line = number_;
    crlf_ = line.size() != line_.size();
    // A hunk of the smallest kind that its header promises, so that a lying
    // header cannot make us allocate.
    old_left_ = hunk.old_count;
    new_left_ = hunk.new_count;
    old_next_ = hunk.old_start;
    new_next_ = hunk.new_start;
    overlong_ = false;
    last_end_ = next_;
    hunk_ = &file_->hunks.emplace_back(std::move(hunk));
  }

  // True where the line belongs to the hunk.
  bool HandleHunkLine() {
    if (old_left_ == 0 && new_left_ == 0) return HandleLineBehindHunk();
    const std::string_view line = WithoutCr(line_);
    if (line.empty()) {
      // Mailers eat the blank of an empty context line. At the very end of a
      // text it is no line at all.
      if (old_left_ == 0 || new_left_ == 0) return EndHunkBefore();
      AddLine(LineKind::kContext, /*mark=*/0);
      return true;
    }
    switch (line[0]) {
      case ' ':
        if (old_left_ == 0 || new_left_ == 0) break;
        AddLine(LineKind::kContext, 1);
        return true;
      case '+':
        if (new_left_ == 0) break;
        AddLine(LineKind::kAdded, 1);
        return true;
      case '-':
        if (old_left_ == 0 || BeginsPlainFile(line)) break;
        AddLine(LineKind::kRemoved, 1);
        return true;
      case '\\':
        AddLine(LineKind::kNoNewline, 1);
        return true;
      default:
        break;
    }
    if (HasMark(line) && line != "-- " && !BeginsPlainFile(line)) {
      // More of one side than was said.
      overlong_ = true;
      AddLine(line[0] == '+'   ? LineKind::kAdded
              : line[0] == '-' ? LineKind::kRemoved
                               : LineKind::kContext,
              1);
      return true;
    }
    if (line.starts_with("diff --git ") || line.starts_with("@@ -") ||
        line == "-- " || BeginsPlainFile(line)) {
      return EndHunkBefore();
    }
    // No mark: the rest of a line that a mailer has wrapped, if the hunk goes
    // on behind it.
    const auto behind = Peek(next_);
    if (behind && HasMark(*behind) && WithoutCr(*behind) != "-- ") {
      AddProblem(ProblemKind::kWrappedLine);
      hunk_->counts_match = false;
      return true;
    }
    return EndHunkBefore();
  }

  // All lines that the header promised are there.
  bool HandleLineBehindHunk() {
    const std::string_view line = WithoutCr(line_);
    if (line.starts_with("\\ ")) {
      AddLine(LineKind::kNoNewline, 1);
      return true;
    }
    const bool changed = !line.empty() && (line[0] == '+' || line[0] == '-') &&
                         line != "-- " && !IsRule(line) &&
                         !BeginsPlainFile(line);
    if (changed || (overlong_ && !line.empty() && line[0] == ' ')) {
      overlong_ = true;
      AddLine(line[0] == '+'   ? LineKind::kAdded
              : line[0] == '-' ? LineKind::kRemoved
                               : LineKind::kContext,
              1);
      return true;
    }
    EndHunk(/*at_end=*/false);
    return false;
  }

  bool EndHunkBefore() {
    EndHunk(/*at_end=*/false);
    return false;
  }

  void AddLine(LineKind kind, size_t mark) {
    if (++hunk_lines_ > kMaxLines) {
      hunk_->counts_match = false;
      Stop();
      return;
    }
    std::string_view text = crlf_ ? WithoutCr(line_) : line_;
    if (line_ == "\r") text = {line_.data(), crlf_ ? size_t{0} : size_t{1}};
    Line line;
    line.kind = kind;
    line.text_line = number_;
    line.span = SpanOf(text.substr(std::min(mark, text.size())));
    if (kind == LineKind::kContext || kind == LineKind::kRemoved) {
      line.old_line = old_next_++;
      if (old_left_ > 0) --old_left_;
    }
    if (kind == LineKind::kContext || kind == LineKind::kAdded) {
      line.new_line = new_next_++;
      if (new_left_ > 0) --new_left_;
    }
    if (kind == LineKind::kAdded) ++diff_->added_;
    if (kind == LineKind::kRemoved) ++diff_->removed_;
    hunk_->lines.push_back(line);
    last_end_ = next_;
  }

  void EndHunk(bool at_end) {
    if (hunk_ == nullptr) return;
    const bool missing = old_left_ > 0 || new_left_ > 0;
    if (missing && !overlong_) {
      const bool signature = DropSignature();
      AddProblem(at_end && !signature ? ProblemKind::kTruncated
                                      : ProblemKind::kHunkCounts,
                 hunk_->text_line);
    } else if (missing || overlong_) {
      AddProblem(ProblemKind::kHunkCounts, hunk_->text_line);
    }
    if (missing || overlong_) hunk_->counts_match = false;
    hunk_ = nullptr;
  }

  // A hunk whose header promises too much swallows the mail's signature as
  // removed and context lines.
  bool DropSignature() {
    std::vector<Line>& lines = hunk_->lines;
    const size_t reach = std::min(lines.size(), kSignatureReach);
    for (size_t i = lines.size(); i > lines.size() - reach; --i) {
      const Line& line = lines[i - 1];
      if (line.kind != LineKind::kRemoved || diff_->View(line.span) != "- ") {
        continue;
      }
      last_end_ = line.span.begin - 1;
      for (size_t j = i - 1; j < lines.size(); ++j) {
        if (lines[j].kind == LineKind::kAdded) --diff_->added_;
        if (lines[j].kind == LineKind::kRemoved) --diff_->removed_;
      }
      lines.resize(i - 1);
      after_signature_ = true;
      return true;
    }
    return false;
  }

  Diff* diff_;
  std::string_view text_;
  std::string_view line_;
  size_t begin_ = 0;  // Of line_.
  size_t next_ = 0;   // Of the line behind it.
  std::uint32_t number_ = 0;
  std::uint32_t lines_ = 0;

  File* file_ = nullptr;  // The last of files_; no other is added meanwhile.
  size_t file_begin_ = 0;
  std::optional<std::pair<std::string, std::string>> git_names_;
  bool in_header_ = false;   // Behind "diff --git" or "+++", before a hunk.
  bool git_header_ = false;  // Behind "diff --git", before "---".
  bool known_ = false;       // The file has a hunk or an extended header.
  bool renamed_ = false;     // Its names come from "rename" or "copy" lines.
  bool after_signature_ = false;

  Hunk* hunk_ = nullptr;  // The last of file_->hunks.
  std::uint32_t old_left_ = 0;
  std::uint32_t new_left_ = 0;
  std::uint32_t old_next_ = 0;
  std::uint32_t new_next_ = 0;
  bool crlf_ = false;
  bool overlong_ = false;

  size_t plain_begin_ = 0;  // Of the last "diff -" line that is not git's,
  size_t plain_next_ = 0;   // and of the line behind it.

  size_t hunks_ = 0;
  size_t hunk_lines_ = 0;
  size_t last_end_ = 0;      // End of the last line that belongs to the diff.
  size_t previous_end_ = 0;  // The same before the current file.
  bool full_ = false;
};

Diff Diff::Parse(std::string text) {
  Diff diff;
  diff.text_ = std::make_shared<const std::string>(std::move(text));
  Parser(&diff).Run();
  return diff;
}

}  // namespace patchmilter::diff
