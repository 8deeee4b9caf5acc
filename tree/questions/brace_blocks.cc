#include "tree/questions/brace_blocks.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace patchmilter::tree {
namespace {

// Of a heading, that is looked at for names.
constexpr std::size_t kMaxHeading = 1'000;
// Of what is said right above a block.
constexpr std::uint32_t kMaxLinesAbove = 300;
// Blocks open at once; deeper ones are not told apart.
constexpr std::size_t kMaxDepth = 1'000;

bool IsWord(char c) { return IsAlnumAscii(c) || c == '_'; }

// Takes comments and literals out of a file, line by line.
class Stripper {
 public:
  explicit Stripper(bool lifetimes) : lifetimes_(lifetimes) {}

  struct Stripped {
    std::string code;      // Blanks in place of comments; "" of literals.
    bool comment = false;  // There is a comment, and nothing else.
  };

  Stripped Next(std::string_view line) {
    Stripped result;
    bool any_comment = in_comment_;
    std::size_t at = 0;
    while (at < line.size()) {
      if (in_comment_) {
        const std::size_t end = line.find("*/", at);
        if (end == std::string_view::npos) break;
        in_comment_ = false;
        at = end + 2;
        result.code += ' ';
        continue;
      }
      const std::string_view two = line.substr(at, 2);
      if (two == "//") {
        any_comment = true;
        break;
      }
      if (two == "/*") {
        any_comment = true;
        in_comment_ = true;
        at += 2;
        continue;
      }
      const char c = line[at];
      if (c == '"' || (c == '\'' && IsCharacter(line, at))) {
        at = EndOfLiteral(line, at);
        result.code += "\"\"";
        continue;
      }
      result.code += c;
      ++at;
    }
    result.comment = any_comment && Trim(result.code).empty();
    return result;
  }

 private:
  // 'a' and '\n', not the 'a of a lifetime.
  bool IsCharacter(std::string_view line, std::size_t at) const {
    if (!lifetimes_) return true;
    return (at + 2 < line.size() && line[at + 2] == '\'') ||
           (at + 1 < line.size() && line[at + 1] == '\\');
  }

  // A literal ends with its line at the latest.
  static std::size_t EndOfLiteral(std::string_view line, std::size_t at) {
    const char quote = line[at];
    for (++at; at < line.size() && line[at] != quote; ++at) {
      if (line[at] == '\\') ++at;
    }
    return std::min(at + 1, line.size());
  }

  bool lifetimes_;
  bool in_comment_ = false;
};

void AppendHeading(std::string_view code, std::string* heading) {
  const std::string_view text = Trim(code);
  if (text.empty() || heading->size() >= kMaxHeading) return;
  if (!heading->empty()) *heading += ' ';
  *heading += text.substr(0, kMaxHeading - heading->size());
}

// Where what stands right above line `first` begins, as far as `belongs`.
template <typename Belongs>
std::uint32_t WithLinesAbove(std::uint32_t first, Belongs belongs) {
  const std::uint32_t block = first;
  while (first > 1 && block - first < kMaxLinesAbove && belongs(first - 1)) {
    --first;
  }
  return first;
}

bool StartsWithWord(std::string_view text, std::string_view word) {
  return text.substr(0, word.size()) == word &&
         (text.size() == word.size() || !IsWord(text[word.size()]));
}

// C, from one item outside of braces to the next.
class CScanner {
 public:
  explicit CScanner(const FileLines& lines)
      : lines_(lines), comments_(lines.size() + 2, false) {}

  std::vector<CodeBlock> Run() {
    Stripper stripper(false);
    for (number_ = 1; number_ <= lines_.size(); ++number_) {
      const std::string_view line = lines_.Line(number_);
      const Stripper::Stripped stripped = stripper.Next(line);
      comments_[number_] = stripped.comment;
      const std::string_view code = TrimRight(stripped.code);
      const bool continues = !code.empty() && code.back() == '\\';
      if (directive_first_ != 0) {
        if (!continues) EndDirective();
        continue;
      }
      if (!code.empty() && TrimLeft(code).substr(0, 1) == "#") {
        directive_first_ = number_;
        directive_ = std::string(Trim(TrimLeft(code).substr(1)));
        if (!continues) EndDirective();
        continue;
      }
      if (!Trim(line).empty() || (item_first_ != 0 && depth_ > 0)) {
        Code(code);
      } else if (parens_ == 0) {
        EndItem(number_ - 1);  // A macro's line without a semicolon.
      }
    }
    EndItem(lines_.size());
    return std::move(blocks_);
  }

 private:
  void EndDirective() {
    if (StartsWithWord(directive_, "define")) {
      if (item_first_ == 0 && number_ > directive_first_) {
        Add(directive_first_, number_,
            Trim(std::string_view(directive_).substr(6)));
      }
    } else if (StartsWithWord(directive_, "else") ||
               StartsWithWord(directive_, "elif")) {
      // Each branch begins where the first did.
      if (!branches_.empty()) {
        depth_ = branches_.back().first;
        parens_ = branches_.back().second;
      }
    } else if (StartsWithWord(directive_, "endif")) {
      if (!branches_.empty()) branches_.pop_back();
    } else if (directive_.substr(0, 2) == "if" &&
               branches_.size() < kMaxDepth) {
      branches_.emplace_back(depth_, parens_);
    }
    directive_first_ = 0;
  }

  void Code(std::string_view code) {
    if (!code.empty() && code[0] == '}' && item_first_ != 0) {
      depth_ = std::min(depth_, 1);
      parens_ = 0;
    }
    std::size_t heading_from = 0;
    for (std::size_t i = 0; i < code.size(); ++i) {
      const char c = code[i];
      if (IsSpaceAscii(c)) continue;
      if (item_first_ == 0) {
        if (c == '}' || c == ';') {
          heading_from = i + 1;
          continue;
        }
        item_first_ = number_;
        heading_from = i;
      }
      if (c == '(' || c == '[') {
        ++parens_;
      } else if (c == ')' || c == ']') {
        parens_ = std::max(parens_ - 1, 0);
      } else if (c == '{') {
        if (depth_ == 0 && !has_body_) {
          AppendHeading(code.substr(heading_from, i - heading_from), &heading_);
          if (OpensNothing()) {
            Forget();
            heading_from = i + 1;
            continue;
          }
        }
        has_body_ = true;
        ++depth_;
      } else if (c == '}') {
        depth_ = std::max(depth_ - 1, 0);
        if (depth_ == 0 && Trim(code.substr(i + 1)).empty()) {
          EndItem(number_);
          heading_from = i + 1;
        }
      } else if (c == ';' && depth_ == 0 && parens_ == 0) {
        if (!has_body_) {
          AppendHeading(code.substr(heading_from, i - heading_from), &heading_);
        }
        EndItem(number_);
        heading_from = i + 1;
      }
    }
    if (item_first_ != 0 && !has_body_) {
      AppendHeading(code.substr(std::min(heading_from, code.size())),
                    &heading_);
    }
  }

  // What is within stands outside all the same.
  bool OpensNothing() const {
    return StartsWithWord(heading_, "namespace") ||
           StartsWithWord(heading_, "inline namespace") ||
           (StartsWithWord(heading_, "extern") &&
            heading_.find('(') == std::string::npos &&
            heading_.find('"') != std::string::npos);
  }

  void Forget() {
    item_first_ = 0;
    has_body_ = false;
    depth_ = 0;
    parens_ = 0;
    heading_.clear();
  }

  void EndItem(std::uint32_t last) {
    if (item_first_ != 0 && (has_body_ || last > item_first_)) {
      Add(item_first_, last, heading_);
    }
    Forget();
  }

  void Add(std::uint32_t first, std::uint32_t last, std::string_view heading) {
    if (blocks_.size() >= kMaxBlocks) return;
    CodeBlock block;
    block.lines.first = WithLinesAbove(
        first, [this](std::uint32_t number) { return comments_[number]; });
    block.lines.last = last;
    block.heading = heading.substr(0, kMaxHeading);
    blocks_.push_back(std::move(block));
  }

  const FileLines& lines_;
  std::vector<bool> comments_;  // By line.
  std::vector<CodeBlock> blocks_;
  std::uint32_t number_ = 0;

  std::uint32_t directive_first_ = 0;  // 0: not in one.
  std::string directive_;
  std::vector<std::pair<int, int>> branches_;  // Depths at each #if.

  std::uint32_t item_first_ = 0;  // 0: not in one.
  std::string heading_;
  bool has_body_ = false;
  int depth_ = 0;
  int parens_ = 0;
};

// All blocks of a language without a preprocessor, at any depth.
template <typename Wanted, typename Above>
std::vector<CodeBlock> FindNested(const FileLines& lines, bool lifetimes,
                                  Wanted wanted, Above above) {
  struct Open {
    std::uint32_t first = 0;
    std::string heading;
  };
  std::vector<CodeBlock> blocks;
  std::vector<Open> open;
  std::vector<bool> comments(lines.size() + 2, false);
  Open next;
  Stripper stripper(lifetimes);
  for (std::uint32_t number = 1; number <= lines.size(); ++number) {
    const std::string_view line = lines.Line(number);
    const Stripper::Stripped stripped = stripper.Next(line);
    comments[number] = stripped.comment || above(Trim(line));
    if (comments[number] && !stripped.comment) continue;
    const std::string_view code = stripped.code;
    std::size_t from = 0;
    for (std::size_t i = 0; i < code.size(); ++i) {
      const char c = code[i];
      if (!IsSpaceAscii(c) && next.first == 0) next.first = number;
      if (c != '{' && c != '}' && c != ';') continue;
      AppendHeading(code.substr(from, i - from), &next.heading);
      from = i + 1;
      if (c == '{' && open.size() < kMaxDepth) open.push_back(next);
      if (c == '}' && !open.empty()) {
        if (blocks.size() < kMaxBlocks && wanted(open.back().heading)) {
          CodeBlock block;
          block.lines.first = WithLinesAbove(
              open.back().first, [&comments](std::uint32_t above_it) {
                return comments[above_it];
              });
          block.lines.last = number;
          block.heading = open.back().heading;
          blocks.push_back(std::move(block));
        }
        open.pop_back();
      }
      next = {};
    }
    AppendHeading(code.substr(from), &next.heading);
    if (next.heading.empty()) next.first = 0;
  }
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const CodeBlock& a, const CodeBlock& b) {
                     return a.lines.first < b.lines.first;
                   });
  return blocks;
}

bool HasWord(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    if ((at == 0 || !IsWord(text[at - 1])) &&
        StartsWithWord(text.substr(at), word)) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::vector<CodeBlock> FindCBlocks(const FileLines& lines) {
  return CScanner(lines).Run();
}

std::vector<CodeBlock> FindRustBlocks(const FileLines& lines) {
  const auto wanted = [](std::string_view heading) {
    for (const std::string_view word :
         {"fn", "impl", "struct", "enum", "union", "trait", "macro_rules"}) {
      if (HasWord(heading, word)) return true;
    }
    return false;
  };
  const auto attribute = [](std::string_view line) {
    return line.substr(0, 2) == "#[";
  };
  return FindNested(lines, true, wanted, attribute);
}

std::vector<CodeBlock> FindDevicetreeBlocks(const FileLines& lines) {
  return FindNested(
      lines, false, [](std::string_view heading) { return !heading.empty(); },
      [](std::string_view line) {
        return line.substr(0, 1) == "#" &&
               line.find(" = ") == std::string_view::npos;
      });
}

}  // namespace patchmilter::tree
