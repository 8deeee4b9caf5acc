#include "tree/questions/function_range.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "tree/questions/brace_blocks.h"

namespace patchmilter::tree {
namespace {

constexpr std::size_t kMaxHeading = 1'000;

enum class Language { kOther, kC, kPython, kRust, kDevicetree, kShell };

bool IsWord(char c) { return IsAlnumAscii(c) || c == '_'; }

Language LanguageOf(std::string_view path, const FileLines& lines) {
  constexpr std::pair<std::string_view, Language> kSuffixes[] = {
      {"c", Language::kC},
      {"h", Language::kC},
      {"cc", Language::kC},
      {"hh", Language::kC},
      {"cpp", Language::kC},
      {"hpp", Language::kC},
      {"cxx", Language::kC},
      {"hxx", Language::kC},
      {"c++", Language::kC},
      {"m", Language::kC},
      {"y", Language::kC},
      {"l", Language::kC},
      {"inc", Language::kC},
      {"py", Language::kPython},
      {"rs", Language::kRust},
      {"dts", Language::kDevicetree},
      {"dtsi", Language::kDevicetree},
      {"dtso", Language::kDevicetree},
      {"sh", Language::kShell},
      {"bash", Language::kShell}};
  const std::size_t slash = path.rfind('/');
  const std::string_view name =
      slash == std::string_view::npos ? path : path.substr(slash + 1);
  const std::size_t dot = name.rfind('.');
  if (dot != std::string_view::npos) {
    for (const auto& [suffix, language] : kSuffixes) {
      if (name.substr(dot + 1) == suffix) return language;
    }
    return Language::kOther;
  }
  if (lines.empty()) return Language::kOther;
  const std::string_view first = lines.Line(1);
  if (first.substr(0, 2) != "#!") return Language::kOther;
  if (first.find("python") != std::string_view::npos) return Language::kPython;
  return first.find("sh") != std::string_view::npos ? Language::kShell
                                                    : Language::kOther;
}

std::size_t Indent(std::string_view line) {
  std::size_t columns = 0;
  for (const char c : line) {
    if (c == ' ') {
      ++columns;
    } else if (c == '\t') {
      columns += 8 - columns % 8;
    } else {
      break;
    }
  }
  return columns;
}

bool TakeWord(std::string_view* text, std::string_view word) {
  if (text->substr(0, word.size()) != word) return false;
  if (text->size() == word.size() || IsWord((*text)[word.size()])) return false;
  *text = TrimLeft(text->substr(word.size()));
  return true;
}

// A block that ends with the first line that is indented no more.
class PythonScanner {
 public:
  explicit PythonScanner(const FileLines& lines) : lines_(lines) {}

  std::vector<CodeBlock> Run() {
    for (number_ = 1; number_ <= lines_.size(); ++number_) {
      const std::string_view line = lines_.Line(number_);
      const bool inside = in_string_ || parens_ > 0;
      Follow(line);
      const std::string_view text = Trim(line);
      if (text.empty()) continue;
      if (inside) {
        last_code_ = number_;
        continue;
      }
      if (text[0] == '#') continue;
      const std::size_t indent = Indent(line);
      while (!open_.empty() && indent <= open_.back().indent) Close();
      last_code_ = number_;
      std::string_view rest = text;
      TakeWord(&rest, "async");
      const bool room = blocks_.size() + open_.size() < kMaxBlocks;
      if (room && (TakeWord(&rest, "def") || TakeWord(&rest, "class"))) {
        open_.push_back({indent, decorated_ != 0 ? decorated_ : number_,
                         std::string(rest.substr(0, kMaxHeading))});
        decorated_ = 0;
      } else if (text[0] == '@') {
        if (decorated_ == 0) decorated_ = number_;
      } else {
        decorated_ = 0;
      }
    }
    while (!open_.empty()) Close();
    std::stable_sort(blocks_.begin(), blocks_.end(),
                     [](const CodeBlock& a, const CodeBlock& b) {
                       return a.lines.first < b.lines.first;
                     });
    return std::move(blocks_);
  }

 private:
  struct Open {
    std::size_t indent = 0;
    std::uint32_t first = 0;
    std::string heading;
  };

  void Close() {
    blocks_.push_back(
        {{open_.back().first, last_code_}, std::move(open_.back().heading)});
    open_.pop_back();
  }

  // Strings of several lines, and parentheses, in which indentation is free.
  void Follow(std::string_view line) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const char c = line[i];
      if (c == '\\') {
        ++i;
      } else if (in_string_) {
        if (line.substr(i, 3) == std::string(3, quote_)) {
          in_string_ = false;
          i += 2;
        }
      } else if (c == '#') {
        return;
      } else if (c == '"' || c == '\'') {
        if (line.substr(i, 3) == std::string(3, c)) {
          in_string_ = true;
          quote_ = c;
          i += 2;
          continue;
        }
        for (++i; i < line.size() && line[i] != c; ++i) {
          if (line[i] == '\\') ++i;
        }
      } else if (c == '(' || c == '[' || c == '{') {
        ++parens_;
      } else if ((c == ')' || c == ']' || c == '}') && parens_ > 0) {
        --parens_;
      }
    }
  }

  const FileLines& lines_;
  std::vector<CodeBlock> blocks_;
  std::vector<Open> open_;
  std::uint32_t number_ = 0;
  std::uint32_t last_code_ = 0;
  std::uint32_t decorated_ = 0;  // Where the decorators above begin.
  bool in_string_ = false;
  char quote_ = '"';
  std::size_t parens_ = 0;
};

// "name() {" or "function name {" up to a '}' that is indented as much.
std::vector<CodeBlock> FindShellBlocks(const FileLines& lines) {
  std::vector<CodeBlock> blocks;
  std::optional<CodeBlock> open;
  std::size_t indent = 0;
  for (std::uint32_t number = 1;
       number <= lines.size() && blocks.size() < kMaxBlocks; ++number) {
    const std::string_view line = lines.Line(number);
    const std::string_view text = Trim(line);
    if (open) {
      if (text.substr(0, 1) == "}" && Indent(line) <= indent) {
        open->lines.last = number;
        blocks.push_back(std::move(*open));
        open.reset();
      }
      continue;
    }
    std::string_view rest = text;
    const bool keyword = TakeWord(&rest, "function");
    std::size_t name = 0;
    while (name < rest.size() && (IsWord(rest[name]) || rest[name] == '-')) {
      ++name;
    }
    const std::string_view behind = TrimLeft(rest.substr(name));
    if (name == 0 || (behind.substr(0, 2) != "()" &&
                      !(keyword && (behind.empty() || behind[0] == '{')))) {
      continue;
    }
    std::uint32_t first = number;
    while (first > 1 && Trim(lines.Line(first - 1)).substr(0, 1) == "#" &&
           lines.Line(first - 1).substr(0, 2) != "#!") {
      --first;
    }
    indent = Indent(line);
    open = CodeBlock{{first, number}, std::string(rest.substr(0, name))};
    if (text.size() > 1 && text.back() == '}') {
      blocks.push_back(std::move(*open));
      open.reset();
    }
  }
  return blocks;
}

// git's own rule where it knows nothing of a file.
std::vector<CodeBlock> FindHeadedBlocks(const FileLines& lines) {
  std::vector<CodeBlock> blocks;
  std::uint32_t last_text = 0;
  for (std::uint32_t number = 1;
       number <= lines.size() && blocks.size() < kMaxBlocks; ++number) {
    const std::string_view line = lines.Line(number);
    if (!line.empty() &&
        (IsAlphaAscii(line[0]) || line[0] == '_' || line[0] == '$')) {
      if (!blocks.empty()) blocks.back().lines.last = last_text;
      blocks.push_back({{number, number},
                        std::string(TrimRight(line.substr(0, kMaxHeading)))});
    }
    if (!Trim(line).empty()) last_text = number;
  }
  if (!blocks.empty()) blocks.back().lines.last = last_text;
  return blocks;
}

// Whether `name` stands at `at` as a whole word.
bool IsWholeWord(std::string_view text, std::size_t at, std::size_t size) {
  return (at == 0 || !IsWord(text[at - 1])) &&
         (at + size == text.size() || !IsWord(text[at + size]));
}

bool Defines(std::string_view heading, std::string_view name) {
  const std::size_t first_paren = heading.find('(');
  int depth = 0;
  for (std::size_t i = 0; i < heading.size(); ++i) {
    const char c = heading[i];
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (heading.substr(i, name.size()) != name ||
        !IsWholeWord(heading, i, name.size())) {
      continue;
    }
    if (depth <= 0) return true;
    // The first argument of what stands alone in front: a macro.
    const std::string_view front = heading.substr(0, first_paren);
    if (depth == 1 &&
        Trim(heading.substr(first_paren + 1, i - first_paren - 1)).empty() &&
        std::all_of(front.begin(), front.end(), IsWord)) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::vector<CodeBlock> FindBlocks(std::string_view path,
                                  const FileLines& lines) {
  switch (LanguageOf(path, lines)) {
    case Language::kC:
      return FindCBlocks(lines);
    case Language::kPython:
      return PythonScanner(lines).Run();
    case Language::kRust:
      return FindRustBlocks(lines);
    case Language::kDevicetree:
      return FindDevicetreeBlocks(lines);
    case Language::kShell:
      return FindShellBlocks(lines);
    case Language::kOther:
      break;
  }
  return FindHeadedBlocks(lines);
}

const CodeBlock* BlockAround(const std::vector<CodeBlock>& blocks,
                             std::uint32_t line) {
  const CodeBlock* best = nullptr;
  for (const CodeBlock& block : blocks) {
    if (line < block.lines.first || line > block.lines.last) continue;
    if (best == nullptr || block.lines.last - block.lines.first <
                               best->lines.last - best->lines.first) {
      best = &block;
    }
  }
  return best;
}

const CodeBlock* BlockNamed(const std::vector<CodeBlock>& blocks,
                            std::string_view name) {
  if (name.empty()) return nullptr;
  for (const CodeBlock& block : blocks) {
    if (Defines(block.heading, name)) return &block;
  }
  return nullptr;
}

}  // namespace patchmilter::tree
