// CleanProse: prose and snippets of code, line by line.
//
// Prose is taken up by paragraphs and wrapped anew. Snippets keep their lines:
// between fences, indented, or as reviewers write them, without any mark:
//     drivers/lamp/core.c:lamp_probe() {
//     ...
//     }
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "review/characters.h"
#include "review/hygiene.h"
#include "review/layout.h"
#include "review/markdown.h"
#include "review/words.h"

namespace patchmilter::review {

namespace {

using std::string_view;

// A snippet without a fence has at most so many lines.
constexpr std::size_t kMaxSnippet = 80;

bool Indented(string_view line) {
  return line.substr(0, 4) == "    " || line.substr(0, 1) == "\t";
}

// Words of letters alone, as sentences are made of.
bool ReadsAsProse(string_view line) {
  std::size_t words = 0;
  std::size_t plain = 0;
  for (string_view word : Split(line, ' ')) {
    if (word.empty()) continue;
    ++words;
    while (!word.empty() &&
           string_view(".,;:!?'\"()").find(word.back()) != string_view::npos) {
      word.remove_suffix(1);
    }
    bool letters = !word.empty();
    for (char c : word) letters = letters && (IsAlphaAscii(c) || c == '\'');
    if (letters) ++plain;
  }
  return plain >= 4 && plain * 2 >= words;
}

// A line of C, or of what looks like it, at the start of the line.
bool LooksLikeCode(string_view line) {
  const string_view text = TrimRight(line);
  if (text.empty() || text.find('`') != string_view::npos) return false;
  if (text[0] == '}' || text == "{" || text == "..." ||
      text.substr(0, 8) == "#include" || text.substr(0, 7) == "#define" ||
      text.substr(0, 3) == "#if" || text.substr(0, 6) == "#endif") {
    return true;
  }
  const char last = text.back();
  return (last == ';' || last == '{' || last == '}') && !ReadsAsProse(text);
}

// "path:function() {", "struct lamp {": a snippet that ends with its "}".
bool OpensBlock(string_view line) {
  const string_view text = TrimRight(line);
  return text.size() > 1 && text.back() == '{' && !Indented(line) &&
         !ReadsAsProse(text);
}

class ProseCleaner {
 public:
  explicit ProseCleaner(std::size_t columns) : columns_(columns) {}

  std::vector<std::string> Clean(string_view text) {
    LineReader reader(text);
    string_view line;
    while (reader.Next(&line)) in_.push_back(TrimRight(line));
    while (at_ < in_.size()) Step();
    Flush();
    while (!lines_.empty() && lines_.back().empty()) lines_.pop_back();
    std::vector<std::string> out;
    out.reserve(lines_.size());
    for (std::string& each : lines_) {
      if (!ForbiddenLine(each)) out.push_back(std::move(each));
    }
    return out;
  }

 private:
  void Step() {
    const string_view line = in_[at_];
    string_view left = TrimLeft(line);
    if (IsFence(left)) {
      Fence(left.substr(0, 3), line.size() - left.size());
      return;
    }
    if (IsSnippet(line)) {
      Snippet();
      return;
    }
    ++at_;
    // A quote of a model's own; in a paragraph, ">> 4" is a number's shift.
    if (!left.empty() && left[0] == '>') {
      if (text_.empty()) quoted_ = true;
      if (quoted_) {
        left = TrimLeft(
            left.substr(left.find_first_not_of("> \t") == string_view::npos
                            ? left.size()
                            : left.find_first_not_of("> \t")));
      }
    } else if (quoted_ && !text_.empty()) {
      Flush();
    }
    if (IsTableRow(left)) {
      Flush();
      first_ = "- ";
      rest_ = "  ";
      text_ = TableRow(left);
      Flush();
      return;
    }
    if (left.empty() || OnlyMarks(left) || left == "[ ... ]") {
      Flush();
      Blank();
      return;
    }
    if (const std::size_t mark = HeadingMark(left); mark > 0) {
      Flush();
      Blank();
      text_ = left.substr(mark);
      Flush();
      Blank();
      return;
    }
    if (const std::size_t mark = ListMark(left); mark > 0) {
      Flush();
      const std::size_t end = left.find(' ') + 1;
      first_ = IsDigitAscii(left[0]) ? std::string(left.substr(0, end)) : "- ";
      rest_ = std::string(first_.size(), ' ');
      left = TrimLeft(left.substr(mark));
    }
    if (!text_.empty()) text_ += ' ';
    text_ += left;
  }

  // Whether a snippet begins here.
  bool IsSnippet(string_view line) const {
    if (line.empty()) return false;
    const bool open = !text_.empty();
    if (Indented(line)) {
      // Behind a list's item it goes on with it, if it reads so.
      return !open || (first_.empty() && text_.back() == ':') ||
             LooksLikeCode(line);
    }
    if (open && text_.back() != ':') return false;
    if (ListMark(line) > 0 || line[0] == '>') return false;
    return LooksLikeCode(line) && (line != "..." || !open);
  }

  // Its lines: up to the "}" that closes it, else up to the next blank line or
  // to prose.
  void Snippet() {
    Flush();
    std::size_t end = at_ + 1;
    bool closed = false;
    if (OpensBlock(in_[at_])) {
      for (std::size_t i = end; i < in_.size() && i < at_ + kMaxSnippet; ++i) {
        if (in_[i].substr(0, 1) == "}") {
          end = i + 1;
          closed = true;
          break;
        }
      }
    }
    if (!closed) {
      while (end < in_.size() && !in_[end].empty() && !IsFence(in_[end]) &&
             (Indented(in_[end]) || LooksLikeCode(in_[end]))) {
        ++end;
      }
    }
    for (; at_ < end; ++at_) Code(in_[at_], "");
  }

  void Fence(string_view mark, std::size_t indent) {
    std::size_t end = at_ + 1;
    while (end < in_.size() && TrimLeft(in_[end]).substr(0, 3) != mark) ++end;
    Flush();
    Blank();
    ++at_;
    // One that nothing closes is a stray mark.
    if (end == in_.size()) return;
    bool all_indented = true;
    for (std::size_t i = at_; i < end; ++i) {
      all_indented = all_indented && (in_[i].empty() || Indented(in_[i]));
    }
    for (; at_ < end; ++at_) {
      string_view line = in_[at_];
      if (!all_indented) {
        std::size_t cut = 0;
        while (cut < indent && cut < line.size() && line[cut] == ' ') ++cut;
        line.remove_prefix(cut);
      }
      Code(line, all_indented ? "" : "    ");
    }
    ++at_;
    Blank();
  }

  void Code(string_view line, string_view indent) {
    if (line.empty()) {
      Blank();
      return;
    }
    if (TrimLeft(line) == "[ ... ]") line = "    ...";
    std::string whole = std::string(indent) + std::string(line);
    // Only what is indented is seen to be a snippet; elsewhere a tick is
    // markdown.
    if (!Indented(whole)) std::erase(whole, '`');
    // Room for the guard is kept.
    constexpr std::size_t kRoom = kMaxColumns - kGuard.size();
    std::vector<std::string> waiting = {
        std::move(whole)};  // The last one first.
    while (!waiting.empty()) {
      // Of a line too, each piece: a cut word may end as what it was not, and
      // what is put in its place may be longer.
      std::string text(TrimRight(DefuseLine(waiting.back(), TextKind::kCode)));
      waiting.pop_back();
      if (Columns(text) > kRoom) {
        std::vector<std::string> pieces = Chop(text, kRoom, "      ");
        std::move(pieces.rbegin(), pieces.rend(), std::back_inserter(waiting));
        continue;
      }
      MakeSafe(&text);
      lines_.push_back(std::move(text));
    }
  }

  void Flush() {
    if (!Trim(text_).empty()) {
      for (char& c : text_) {
        if (c == '\t') c = ' ';
      }
      const std::string plain = WithoutMarkdown(text_);
      for (std::string& line :
           WrapWords(DefuseLine(Trim(plain), TextKind::kProse), columns_,
                     first_, rest_)) {
        lines_.push_back(std::move(line));
      }
    }
    text_.clear();
    first_.clear();
    rest_.clear();
    quoted_ = false;
  }

  void Blank() {
    if (!lines_.empty() && !lines_.back().empty()) lines_.emplace_back();
  }

  std::size_t columns_;
  std::vector<string_view> in_;
  std::size_t at_ = 0;
  std::vector<std::string> lines_;
  // The paragraph that is open.
  std::string text_;
  std::string first_;  // In front of its first line.
  std::string rest_;   // In front of the others.
  bool quoted_ = false;
};

}  // namespace

std::vector<std::string> CleanProse(string_view text, std::size_t columns) {
  return ProseCleaner(columns).Clean(
      CleanCharacters(text.substr(0, kMaxProse)));
}

}  // namespace patchmilter::review
