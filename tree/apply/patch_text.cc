#include "tree/apply/patch_text.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "tree/apply/patch_header.h"
#include "tree/apply/work.h"

namespace patchmilter::tree {
namespace {

constexpr std::string_view kNoDiff = "the mail carries no diff";
constexpr std::string_view kGitHeader = "diff --git ";
constexpr std::string_view kHunkMark = "@@ -";

// A line of the text, without its LF; `size` counts it.
struct TextLine {
  std::string_view text;
  std::size_t size = 0;
  bool ends = false;  // With LF.
};

TextLine LineAt(std::string_view text, std::size_t at) {
  text.remove_prefix(std::min(at, text.size()));
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return {text, text.size(), false};
  return {text.substr(0, end), end + 1, true};
}

// Whether `line` ends the commit message (mailinfo.c, patchbreak).
bool EndsMessage(std::string_view line) {
  if (line.starts_with("diff -") || line.starts_with("Index: ")) return true;
  if (!line.starts_with("---")) return false;
  if (line.size() > 4 && line[3] == ' ' && !IsSpaceAscii(line[4])) return true;
  return Trim(line.substr(3)).empty();
}

// "N" or "N,M" at the front of `*text`.
bool TakeRange(std::string_view* text, std::uint32_t* start,
               std::uint32_t* count) {
  const auto take = [text](std::uint32_t* number) {
    std::size_t digits = 0;
    while (digits < text->size() && IsDigitAscii((*text)[digits])) ++digits;
    const auto value = ParseUnsigned(text->substr(0, digits));
    if (!value || *value > UINT32_MAX) return false;
    *number = static_cast<std::uint32_t>(*value);
    text->remove_prefix(digits);
    return true;
  };
  if (!take(start)) return false;
  *count = 1;
  if (!text->starts_with(',')) return true;
  text->remove_prefix(1);
  return take(count);
}

bool TakeWord(std::string_view* text, std::string_view word) {
  if (!text->starts_with(word)) return false;
  text->remove_prefix(word.size());
  return true;
}

// "@@ -1,2 +3,4 @@".
bool ReadHunkHeader(std::string_view line, diff::Hunk* hunk) {
  return TakeWord(&line, kHunkMark) &&
         TakeRange(&line, &hunk->old_start, &hunk->old_count) &&
         TakeWord(&line, " +") &&
         TakeRange(&line, &hunk->new_start, &hunk->new_count) &&
         TakeWord(&line, " @@");
}

bool IsNoNewline(std::string_view line) {
  // In any language it is at least that long.
  return line.size() >= 11 && line.starts_with("\\ ");
}

}  // namespace

class PatchReader {
 public:
  explicit PatchReader(PatchText* out)
      : out_(out), diff_(out->diff_), text_(diff_.text()) {}

  void Read() {
    if (diff_.empty()) {
      Refuse(kNoDiff);
      return;
    }
    for (const diff::Problem& problem : diff_.problems()) {
      if (problem.kind == diff::ProblemKind::kTooLarge) {
        Refuse("the patch is too large to be read whole");
        return;
      }
    }
    FindBegin();
    while (FindFile() && ReadFile()) {
    }
    if (!out_->refusal_ && out_->parsed_.empty()) Refuse(kNoDiff);
    // Now that none of them moves any more.
    for (std::size_t i = 0; i < out_->files_.size(); ++i) {
      out_->files_[i].file = &out_->parsed_[i];
    }
  }

 private:
  bool Refuse(std::string_view reason,
              std::optional<std::uint32_t> hunk = std::nullopt) {
    out_->refusal_ = TextRefusal{"", hunk, std::string(reason)};
    if (in_file_) {
      out_->refusal_->path = file().path();
      return false;
    }
    // As a person reads it.
    for (const diff::File& read : diff_.files()) {
      if (read.text_line == number_) out_->refusal_->path = read.path();
    }
    return false;
  }

  diff::File& file() { return out_->parsed_.back(); }

  TextLine Here() const { return LineAt(text_, at_); }
  void Pass(const TextLine& line) {
    at_ += line.size;
    ++number_;
  }
  diff::Span SpanOf(std::string_view part) const {
    return {static_cast<std::uint32_t>(part.data() - text_.data()),
            static_cast<std::uint32_t>(part.size())};
  }

  void FindBegin() {
    while (at_ < text_.size()) {
      const TextLine line = Here();
      if (EndsMessage(line.text)) return;
      Pass(line);
    }
  }

  // Goes to behind the next file's header; false where there is none, or
  // something is in front of it that makes the patch corrupt.
  bool FindFile() {
    in_file_ = false;
    for (; at_ < text_.size(); Pass(Here())) {
      const TextLine line = Here();
      const std::size_t left = text_.size() - at_;
      if (line.size < 6) continue;
      diff::Hunk stray;
      if (ReadHunkHeader(line.text, &stray)) {
        return Refuse(
            "corrupt patch: a hunk stands behind no file's header (or in the "
            "words in front of the diff)");
      }
      if (left < line.size + 6) return false;
      if (line.text.starts_with(kGitHeader)) {
        const PatchHeader header = headers_.Read(text_.substr(at_));
        if (header.refusal) return Refuse(*header.refusal);
        if (header.size <= line.size) continue;  // Nothing that git knows.
        BeginFile(header);
        return true;
      }
      if (!BeginsPlainFile(line, left)) continue;
      const PatchHeader header = headers_.Read(text_.substr(at_));
      if (header.refusal) return Refuse(*header.refusal);
      BeginFile(header);
      return true;
    }
    return false;
  }

  // "--- OLD" with "+++ NEW" behind it, and a hunk behind that.
  bool BeginsPlainFile(const TextLine& line, std::size_t left) const {
    if (!line.text.starts_with("--- ")) return false;
    const TextLine second = LineAt(text_, at_ + line.size);
    if (!second.text.starts_with("+++ ") || left < second.size + 14) {
      return false;
    }
    return LineAt(text_, at_ + line.size + second.size)
        .text.starts_with(kHunkMark);
  }

  void BeginFile(const PatchHeader& header) {
    in_file_ = true;
    out_->parsed_.emplace_back();
    file().old_path = header.old_name.value_or("");
    file().new_path = header.new_name.value_or("");
    file().old_blob = header.old_blob;
    file().new_blob = header.new_blob;
    file().header = SpanOf(text_.substr(at_, header.size));
    file().text_line = number_;
    FilePatch patch;
    patch.old_name = header.old_name;
    patch.new_name = header.new_name;
    patch.creates = header.creates;
    patch.deletes = header.deletes;
    patch.renames = header.renames;
    patch.copies = header.copies;
    patch.old_mode = header.old_mode;
    patch.new_mode = header.new_mode;
    patch.unprefixed = header.unprefixed;
    out_->files_.push_back(std::move(patch));
    plain_ = header.plain;
    const std::size_t end = at_ + header.size;
    while (at_ < end) Pass(Here());
  }

  // What follows the header.
  bool ReadFile() {
    if (out_->parsed_.size() > kMaxPatchFiles) {
      in_file_ = false;
      return Refuse("the patch touches more than " +
                    std::to_string(kMaxPatchFiles) + " files");
    }
    std::uint64_t old_lines = 0;
    std::uint64_t new_lines = 0;
    // git looks no further where only a few bytes are left.
    while (text_.size() - at_ > 4 && Here().text.starts_with(kHunkMark)) {
      if (!ReadHunk()) return false;
      old_lines += file().hunks.back().old_count;
      new_lines += file().hunks.back().new_count;
    }
    FilePatch& patch = out_->files_.back();
    if (patch.creates && old_lines > 0) {
      return Refuse("the new file depends on old content");
    }
    if (patch.deletes && new_lines > 0) {
      return Refuse("the deleted file still has content");
    }
    patch.may_create = plain_ && !patch.creates && !patch.deletes &&
                       file().hunks.size() == 1 && old_lines == 0;
    if (!file().hunks.empty()) return true;
    TakeBinary();
    const bool says_something = file().binary || patch.creates ||
                                patch.deletes || patch.renames ||
                                patch.copies ||
                                (patch.old_mode != 0 && patch.new_mode != 0 &&
                                 patch.old_mode != patch.new_mode);
    return says_something ||
           Refuse("the file's header is followed by no change");
  }

  bool ReadHunk() {
    const auto index = static_cast<std::uint32_t>(file().hunks.size());
    file().hunks.emplace_back();
    diff::Hunk& hunk = file().hunks.back();
    TextLine line = Here();
    if (!line.ends || !ReadHunkHeader(line.text, &hunk)) {
      return Refuse("corrupt patch: a hunk header cannot be read", index);
    }
    hunk.header = SpanOf(line.text);
    hunk.text_line = number_;
    const bool crlf = line.text.ends_with('\r');
    Pass(line);
    std::uint32_t old_left = hunk.old_count;
    std::uint32_t new_left = hunk.new_count;
    bool changes = false;
    while (old_left > 0 || new_left > 0) {
      line = Here();
      if (line.size == 0) return Refuse(kCutHunk, index);
      if (!line.ends) {
        return Refuse("corrupt patch: the text ends inside a line of the hunk",
                      index);
      }
      std::string_view text = line.text;
      if (crlf && text.ends_with('\r')) text.remove_suffix(1);
      const char mark = text.empty() ? ' ' : text[0];
      diff::Line one;
      switch (mark) {
        case ' ':
          one.kind = diff::LineKind::kContext;
          break;
        case '-':
          one.kind = diff::LineKind::kRemoved;
          break;
        case '+':
          one.kind = diff::LineKind::kAdded;
          break;
        case '\\':
          one.kind = diff::LineKind::kNoNewline;
          if (IsNoNewline(text)) break;
          [[fallthrough]];
        default:
          return Refuse(
              "corrupt patch: a line without a mark stands in the hunk "
              "(wrapped by a mailer)",
              index);
      }
      const bool is_old = one.kind == diff::LineKind::kContext ||
                          one.kind == diff::LineKind::kRemoved;
      const bool is_new = one.kind == diff::LineKind::kContext ||
                          one.kind == diff::LineKind::kAdded;
      if ((is_old && old_left == 0) || (is_new && new_left == 0)) {
        return Refuse(kCutHunk, index);
      }
      if (is_old) one.old_line = hunk.old_start + (hunk.old_count - old_left--);
      if (is_new) one.new_line = hunk.new_start + (hunk.new_count - new_left--);
      changes = changes || is_old != is_new;
      AddLine(line, text, one, &hunk);
    }
    if (!changes) {
      return Refuse("corrupt patch: the hunk changes nothing", index);
    }
    line = Here();
    if (text_.size() - at_ > 12 && line.text.starts_with("\\ ")) {
      AddLine(line, line.text, {diff::LineKind::kNoNewline, 0, 0, 0, {}},
              &hunk);
    }
    return true;
  }

  void AddLine(const TextLine& line, std::string_view text, diff::Line one,
               diff::Hunk* hunk) {
    one.text_line = number_;
    one.span = SpanOf(text.empty() ? text : text.substr(1));
    hunk->lines.push_back(one);
    ++out_->lines_;
    Pass(line);
  }

  // "Binary files differ", or "GIT binary patch" and its blocks: "literal SIZE"
  // or "delta SIZE", lines of base85, an empty line.
  void TakeBinary() {
    TextLine line = Here();
    if (line.text.ends_with(" differ") &&
        (line.text.starts_with("Binary files ") ||
         line.text.starts_with("Files "))) {
      file().binary = true;
      Pass(line);
      return;
    }
    if (line.text != "GIT binary patch" || !line.ends) return;
    file().binary = true;
    Pass(line);
    const std::size_t body = at_;
    std::size_t end = at_;
    while (true) {
      line = Here();
      if (!line.text.starts_with("literal ") &&
          !line.text.starts_with("delta ")) {
        break;
      }
      do {
        Pass(line);
        if (!line.text.empty()) end = at_;
        line = Here();
      } while (line.size > 0 && !line.text.empty() &&
               IsAlphaAscii(line.text[0]));
      if (line.size == 0 || !line.text.empty()) break;
      Pass(line);
    }
    file().binary_patch = {static_cast<std::uint32_t>(body),
                           static_cast<std::uint32_t>(end - body)};
  }

  static constexpr std::string_view kCutHunk =
      "corrupt patch: the hunk's lines do not add up to its header (cut or "
      "mangled mail)";

  PatchText* out_;
  const diff::Diff& diff_;
  const std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t number_ = 0;  // Of the line at at_, from 0.
  HeaderReader headers_;
  bool in_file_ = false;
  bool plain_ = false;
};

PatchText::PatchText(const diff::Diff& diff) : diff_(diff) {
  PatchReader(this).Read();
}

}  // namespace patchmilter::tree
