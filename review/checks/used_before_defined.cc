// used-before-defined: a patch uses what only a later patch of the series
// defines. The tree does not build in between, and git bisect stops there.
//
// Precision comes before recall here: a name counts only where it is surely
// new (it stands on no unchanged or removed line of the series), where its
// definition can be seen by the use (a static one in the same file), and where
// the use is one that needs the definition.
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "review/anchor.h"
#include "review/checks/all.h"
#include "review/checks/c_lines.h"

namespace patchmilter::review {

namespace {

enum class SymbolKind { kFunction, kMacro, kFunctionMacro, kType };

struct Definition {
  SymbolKind kind = SymbolKind::kFunction;
  std::int64_t patch = 0;
  std::string path;
  bool this_file_only = false;
};

// One line of a patch, as code.
struct CodeLine {
  std::int64_t patch = 0;
  std::uint32_t file = 0;
  std::uint32_t hunk = 0;
  std::uint32_t line = 0;
  diff::LineKind kind = diff::LineKind::kContext;
  std::string code;
  bool in_macro = false;  // Continues a #define.
};

// Names that are too common to mean one thing are left alone.
bool Telling(std::string_view name) {
  return name.size() >= 6 && name.find('_') != std::string_view::npos;
}

std::vector<CodeLine> CodeOf(std::int64_t number, const diff::Diff& diff) {
  std::vector<CodeLine> all;
  for (std::uint32_t f = 0; f < diff.files().size(); ++f) {
    const diff::File& file = diff.files()[f];
    if (!IsCLike(file.path())) continue;
    for (std::uint32_t h = 0; h < file.hunks.size(); ++h) {
      CodeReader old_side;
      CodeReader new_side;
      bool macro = false;
      const diff::Hunk& hunk = file.hunks[h];
      for (std::uint32_t l = 0; l < hunk.lines.size(); ++l) {
        const diff::Line& line = hunk.lines[l];
        if (line.kind == diff::LineKind::kNoNewline) continue;
        std::string_view text = diff.View(line.span);
        CodeLine entry{number, f, h, l, line.kind, "", false};
        if (line.kind == diff::LineKind::kRemoved) {
          entry.code = old_side.Next(text);
        } else {
          entry.code = new_side.Next(text);
          if (line.kind == diff::LineKind::kContext) old_side.Next(text);
          entry.in_macro = macro;
          std::string_view trimmed = TrimRight(entry.code);
          std::string_view left = TrimLeft(trimmed);
          macro = !trimmed.empty() && trimmed.back() == '\\' &&
                  (macro || (!left.empty() && left[0] == '#'));
        }
        all.push_back(std::move(entry));
      }
    }
  }
  return all;
}

char NextByte(std::string_view code, const Word& word) {
  size_t i = word.begin + word.text.size();
  while (i < code.size() && IsSpaceAscii(code[i])) ++i;
  return i < code.size() ? code[i] : '\0';
}

char PreviousByte(std::string_view code, const Word& word) {
  size_t i = word.begin;
  while (i > 0 && IsSpaceAscii(code[i - 1])) --i;
  return i > 0 ? code[i - 1] : '\0';
}

class Series {
 public:
  explicit Series(const SeriesUnderReview& series) : series_(series) {
    for (const auto& [number, patch] : series.patches) {
      std::vector<CodeLine> lines = CodeOf(number, patch->diff);
      for (size_t i = 0; i < lines.size(); ++i) Learn(lines, i);
      lines_.insert(lines_.end(), std::make_move_iterator(lines.begin()),
                    std::make_move_iterator(lines.end()));
    }
  }

  // (using patch, defining patch) → the names, each with its first use.
  using Uses = std::map<std::pair<std::int64_t, std::int64_t>,
                        std::map<std::string, Anchor>>;

  Uses Find() const {
    Uses uses;
    for (const CodeLine& line : lines_) {
      if (line.kind != diff::LineKind::kAdded || line.in_macro) continue;
      std::string_view code = line.code;
      std::string_view left = TrimLeft(code);
      if (left.empty() || left[0] == '#') continue;
      std::vector<Word> words = WordsOf(code);
      for (size_t w = 0; w < words.size(); ++w) {
        std::string name(words[w].text);
        const Definition* definition = DefinedLater(name, line);
        if (definition == nullptr || !NeedsIt(*definition, code, words, w)) {
          continue;
        }
        auto& names = uses[{line.patch, definition->patch}];
        if (names.count(name) != 0 || InTree(*definition, name)) continue;
        names.emplace(name, AnchorLines(line.patch, DiffOf(line.patch),
                                        line.file, line.hunk, line.line));
      }
    }
    return uses;
  }

 private:
  const diff::Diff& DiffOf(std::int64_t number) const {
    return series_.patches.at(number)->diff;
  }
  const std::string& PathOf(const CodeLine& line) const {
    return DiffOf(line.patch).files()[line.file].path();
  }

  void Learn(const std::vector<CodeLine>& lines, size_t i) {
    const CodeLine& line = lines[i];
    std::string_view code = line.code;
    std::vector<Word> words = WordsOf(code);
    if (line.kind != diff::LineKind::kAdded) {
      for (const Word& word : words) {
        std::string name(word.text);
        if (line.kind == diff::LineKind::kRemoved) {
          removed_.insert(name);
        } else {
          context_.emplace(name, line.patch);  // Keeps the first.
        }
      }
      return;
    }
    if (words.empty() || line.in_macro) return;
    std::string_view left = TrimLeft(code);
    if (left[0] == '#') {
      LearnDirective(line, words);
      return;
    }
    if (IsSpaceAscii(code[0]) || code[0] == '{' || code[0] == '}') return;
    LearnTopLevel(lines, i, words);
  }

  void LearnDirective(const CodeLine& line, const std::vector<Word>& words) {
    if (words.size() < 2) return;
    std::string name(words[1].text);
    if (words[0].text != "define") {
      // #ifndef X … #define X: a fallback for what others define.
      for (size_t w = 1; w < words.size(); ++w) {
        removed_.insert(std::string(words[w].text));
      }
      return;
    }
    size_t after = words[1].begin + words[1].text.size();
    const std::string_view code = line.code;
    const bool with_arguments = after < code.size() && code[after] == '(';
    Define(name,
           with_arguments ? SymbolKind::kFunctionMacro : SymbolKind::kMacro,
           line, !IsHeader(PathOf(line)));
  }

  // A line at the left edge: the head of a function, a type, a declaration.
  void LearnTopLevel(const std::vector<CodeLine>& lines, size_t i,
                     const std::vector<Word>& words) {
    const CodeLine& line = lines[i];
    std::string_view code = line.code;
    const bool is_static = words[0].text == "static";
    const bool c_file = !IsHeader(PathOf(line));
    for (size_t w = 0; w + 1 < words.size(); ++w) {
      if ((words[w].text == "struct" || words[w].text == "union" ||
           words[w].text == "enum") &&
          NextByte(code, words[w + 1]) == '{') {
        Define(std::string(words[w + 1].text), SymbolKind::kType, line, c_file);
        return;
      }
    }
    for (const Word& word : words) {
      if (NextByte(code, word) != '(') continue;
      if (word.text == "__attribute__" || word.text == "__printf") continue;
      // A definition where "{" comes before ";" on this or the next lines.
      for (size_t j = i; j < lines.size() && j < i + 10; ++j) {
        if (j > i &&
            (lines[j].hunk != line.hunk || lines[j].file != line.file)) {
          break;
        }
        size_t end = lines[j].code.find_first_of("{;");
        if (end == std::string::npos) continue;
        std::string name(word.text);
        if (lines[j].code[end] == '{') {
          Define(name, SymbolKind::kFunction, line, is_static && c_file);
        } else {
          declared_.emplace(name, line.patch);
        }
        break;
      }
      return;
    }
  }

  void Define(const std::string& name, SymbolKind kind, const CodeLine& line,
              bool this_file_only) {
    if (!Telling(name)) return;
    definitions_[name].push_back(
        {kind, line.patch, PathOf(line), this_file_only});
  }

  // The one definition of `name`, where it comes in a later patch and nothing
  // says that the name was there before.
  const Definition* DefinedLater(const std::string& name,
                                 const CodeLine& use) const {
    auto found = definitions_.find(name);
    if (found == definitions_.end()) return nullptr;
    const Definition* definition = nullptr;
    for (const Definition& candidate : found->second) {
      if (candidate.patch <= use.patch) return nullptr;
      if (definition == nullptr) definition = &candidate;
    }
    if (definition == nullptr || removed_.count(name) != 0) return nullptr;
    auto context = context_.find(name);
    if (context != context_.end() && context->second <= definition->patch) {
      return nullptr;
    }
    auto declared = declared_.find(name);
    if (declared != declared_.end() && declared->second <= use.patch) {
      return nullptr;
    }
    const std::string& path = PathOf(use);
    if (definition->this_file_only && definition->path != path) return nullptr;
    // Copies of headers for tools/ do not serve the rest of the tree.
    const bool def_in_tools = StartsWithIgnoreCase(definition->path, "tools/");
    if (def_in_tools != StartsWithIgnoreCase(path, "tools/")) return nullptr;
    return definition;
  }

  static bool NeedsIt(const Definition& definition, std::string_view code,
                      const std::vector<Word>& words, size_t w) {
    const Word& word = words[w];
    const char next = NextByte(code, word);
    const char previous = PreviousByte(code, word);
    if (previous == '.' || previous == '>') return false;  // A member.
    const std::string_view before =
        w > 0 ? words[w - 1].text : std::string_view();
    switch (definition.kind) {
      case SymbolKind::kType:
        // A pointer does not need the type.
        return (before == "struct" || before == "union") &&
               (IsAlphaAscii(next) || next == '_' || next == ')') &&
               PreviousByte(code, words[w - 1]) != '*';
      case SymbolKind::kMacro:
        return next != '(' && next != ':' && before != "struct" &&
               before != "defined" && before != "enum";
      case SymbolKind::kFunctionMacro:
        return next == '(' && IsSpaceAscii(code[0]) && before != "defined";
      case SymbolKind::kFunction: {
        if (!IsSpaceAscii(code[0])) return false;
        if (next == '(') {
          // "int foo(" declares; "return foo(", "= foo(", "(foo(" call.
          return !(IsAlnumAscii(previous) || previous == '_' ||
                   previous == '*') ||
                 before == "return" || before == "else";
        }
        return (previous == '=' || previous == '&' || previous == ',' ||
                previous == '(') &&
               (next == ',' || next == ';' || next == ')') &&
               definition.this_file_only;
      }
    }
    return false;
  }

  // The name stands in the file as it is before the series.
  bool InTree(const Definition& definition, const std::string& name) const {
    if (series_.tree == nullptr ||
        series_.apply.status == tree::ApplyStatus::kNoTree) {
      return false;
    }
    Result<std::string> text = series_.tree->ReadFile(0, definition.path);
    if (!text.ok()) return false;
    for (const Word& word : WordsOf(*text)) {
      if (word.text == name) return true;
    }
    return false;
  }

  const SeriesUnderReview& series_;
  std::vector<CodeLine> lines_;
  std::map<std::string, std::vector<Definition>> definitions_;
  std::map<std::string, std::int64_t> context_;   // First patch that shows it.
  std::map<std::string, std::int64_t> declared_;  // First patch that does.
  std::set<std::string> removed_;
};

std::string Enumerate(const std::map<std::string, Anchor>& names) {
  std::string text;
  size_t said = 0;
  for (const auto& [name, anchor] : names) {
    if (said == 5) {
      text += " and " + std::to_string(names.size() - said) + " more";
      break;
    }
    if (said > 0) text += said + 1 == names.size() ? " and " : ", ";
    text += name;
    ++said;
  }
  return text;
}

void Run(const SeriesUnderReview& series, const Check& self,
         std::vector<Finding>* findings) {
  if (series.patches.size() < 2) return;
  for (const auto& [patches, names] : Series(series).Find()) {
    if (names.empty()) continue;
    std::vector<Anchor> anchors;
    for (const auto& [name, anchor] : names) anchors.push_back(anchor);
    findings->push_back(CheckFinding(
        self, "Used before it is defined",
        "This patch uses " + Enumerate(names) + ", which only patch " +
            std::to_string(patches.second) +
            " of the series defines. Does the tree build when only the patches "
            "up to this one are "
            "applied? If not, git bisect will stop here; the two patches may "
            "want to change places.",
        std::move(anchors)));
  }
}

}  // namespace

Check UsedBeforeDefinedCheck() {
  Check check;
  check.name = "used-before-defined";
  check.summary = "a symbol that only a later patch of the series defines";
  check.manual =
      "Follows functions, macros and struct types through the C code (and "
      "device tree sources) of a series: where an added line needs a name "
      "that an added line of a later patch defines for the first time, the "
      "tree does not build in between, and git bisect stops there.\n"
      "\n"
      "A name counts only where it is surely new: names that stand on any "
      "unchanged or removed line, names that are declared before, short names, "
      "members, pointers to a struct, macro bodies and preprocessor conditions "
      "are left alone. Static functions, and macros and types of a .c file, "
      "count in their own file only. Where a tree is at hand, names that the "
      "file has before the series are left alone too.";
  check.bad =
      "[PATCH 1/2] +\tret = foo_lookup(dev);\n"
      "[PATCH 2/2] +int foo_lookup(struct device *dev)\n";
  check.good =
      "[PATCH 1/2] +int foo_lookup(struct device *dev)\n"
      "[PATCH 2/2] +\tret = foo_lookup(dev);\n";
  check.severity = Severity::kMedium;
  check.run = &Run;
  return check;
}

}  // namespace patchmilter::review
