#include "review/prompts/trigger.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "review/prompts/touched_words.h"

namespace patchmilter::review {
namespace {

// How telling a form is; the text's length is added, up to kMostLength.
constexpr int kMostLength = 60;
constexpr int kOfPath = 400;
constexpr int kOfPathPattern = 300;
constexpr int kOfFileName = 250;
constexpr int kOfIdentifier = 200;
constexpr int kOfIdentifierPattern = 120;
constexpr int kOfComponents = 50;
constexpr int kOfConjunction = 20;

// Names of files that have no ending.
constexpr std::array<std::string_view, 4> kFileNames = {
    "Kconfig", "Kbuild", "Makefile", "MAINTAINERS"};
constexpr std::array<std::string_view, 22> kEndings = {
    "S",    "awk", "c",    "cc",  "cocci", "cpp", "dts", "dtsi",
    "dtso", "h",   "json", "lds", "md",    "pl",  "py",  "rs",
    "rst",  "sh",  "tbl",  "txt", "yaml",  "yml"};
// Words of prose that name nothing.
constexpr std::array<std::string_view, 38> kFillers = {
    "a",          "all",  "an",       "and",       "any",  "change",
    "changes",    "code", "driver",   "drivers",   "file", "files",
    "for",        "from", "function", "functions", "in",   "into",
    "layer",      "like", "marked",   "of",        "on",   "operation",
    "operations", "or",   "related",  "subsystem", "such", "that",
    "the",        "to",   "touching", "use",       "uses", "using",
    "which",      "with"};
struct Language {
  std::string_view word;  // In lower case.
  std::string_view ending;
};
constexpr std::array<Language, 6> kLanguages = {{{"rust", ".rs"},
                                                 {"python", ".py"},
                                                 {"assembly", ".S"},
                                                 {"assembler", ".S"},
                                                 {"shell", ".sh"},
                                                 {"yaml", ".yaml"}}};

template <std::size_t N>
bool In(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool IsGlobByte(char c) { return c == '*' || c == '?' || c == '['; }

bool HasGlob(std::string_view text) {
  return std::any_of(text.begin(), text.end(), IsGlobByte);
}

// What stands in regular expressions and in no glob, path or identifier.
bool LooksLikeRegex(std::string_view text) {
  return text.find_first_of("\\^$|()+{") != std::string_view::npos ||
         text.find(".*") != std::string_view::npos ||
         text.find("]*") != std::string_view::npos;
}

bool IsIdentifier(std::string_view text) {
  return !text.empty() && !IsDigitAscii(text.front()) &&
         std::all_of(text.begin(), text.end(), IsWordByte);
}

bool IsIdentifierGlob(std::string_view text) {
  return HasGlob(text) && std::all_of(text.begin(), text.end(), [](char c) {
           return IsWordByte(c) || IsGlobByte(c) || c == ']' || c == '-';
         });
}

bool IsFileName(std::string_view text) {
  const std::size_t dot = text.rfind('.');
  if (dot != std::string_view::npos && In(text.substr(dot + 1), kEndings)) {
    return text.find_first_of("() ") == std::string_view::npos;
  }
  return std::any_of(
      kFileNames.begin(), kFileNames.end(), [&](std::string_view name) {
        if (text.substr(0, name.size()) != name) return false;
        const std::string_view rest = text.substr(name.size());
        return rest.empty() || rest.front() == '.' || rest.front() == '*';
      });
}

int Length(std::string_view text) {
  return static_cast<int>(std::min<std::size_t>(text.size(), kMostLength));
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// `path` is `name`, or below it.
bool IsOrBelow(std::string_view path, std::string_view name) {
  if (!name.empty() && name.back() == '/') name.remove_suffix(1);
  return StartsWith(path, name) &&
         (path.size() == name.size() || path[name.size()] == '/');
}

bool HasSorted(const std::vector<std::string_view>& words,
               std::string_view word) {
  return std::binary_search(words.begin(), words.end(), word);
}

// The name itself, or, of a macro in capitals, with a number behind it:
// SYSCALL_DEFINE stands for SYSCALL_DEFINE3.
bool HasIdentifier(const std::vector<std::string_view>& words,
                   std::string_view name) {
  if (HasSorted(words, name)) return true;
  if (std::any_of(name.begin(), name.end(),
                  [](char c) { return c >= 'a' && c <= 'z'; })) {
    return false;
  }
  for (auto at = std::lower_bound(words.begin(), words.end(), name);
       at != words.end() && StartsWith(*at, name); ++at) {
    const std::string_view rest = at->substr(name.size());
    if (std::all_of(rest.begin(), rest.end(), IsDigitAscii)) return true;
  }
  return false;
}

bool HasPrefix(const std::vector<std::string_view>& words,
               std::string_view prefix) {
  const auto at = std::lower_bound(words.begin(), words.end(), prefix);
  return at != words.end() && StartsWith(*at, prefix);
}

bool HasComponent(const FileWords& file, std::string_view name) {
  return std::find(file.components.begin(), file.components.end(), name) !=
         file.components.end();
}

bool MatchesRegex(const tree::Pattern& regex, std::string_view text) {
  tree::LineMatcher matcher(&regex);
  matcher.Start(text);
  return matcher.Next().has_value();
}

// `text` with nothing on either side that would make it part of a longer word.
bool HasText(std::string_view lines, std::string_view text) {
  const auto inside = [](char c) { return IsWordByte(c) || c == '-'; };
  for (std::size_t at = lines.find(text); at != std::string_view::npos;
       at = lines.find(text, at + 1)) {
    const std::size_t end = at + text.size();
    const bool starts = at == 0 || !inside(lines[at - 1]);
    const bool ends = end == lines.size() || !inside(lines[end]);
    if (starts && ends) return true;
  }
  return false;
}

// Prose: every word names a directory or file, or a language by its ending.
bool HasAllWords(const FileWords& file, const std::vector<std::string>& words) {
  return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
    for (const Language& language : kLanguages) {
      if (word != language.word) continue;
      for (std::string_view path : file.paths) {
        if (path.size() > language.ending.size() &&
            path.substr(path.size() - language.ending.size()) ==
                language.ending) {
          return true;
        }
      }
    }
    return std::any_of(file.components.begin(), file.components.end(),
                       [&](std::string_view component) {
                         return EqualsIgnoreCase(component, word);
                       });
  });
}

std::string WithoutTicks(std::string_view text) {
  std::string out(text);
  std::erase(out, '`');
  return out;
}

}  // namespace

Trigger Trigger::Parse(std::string_view text) {
  Trigger trigger;
  // " + " outside of code.
  bool code = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') code = !code;
    if (code || text[i] != '+' || i == 0 || i + 1 == text.size() ||
        text[i - 1] != ' ' || text[i + 1] != ' ') {
      continue;
    }
    trigger.AddConjunct(text.substr(begin, i - begin));
    begin = i + 1;
  }
  trigger.AddConjunct(text.substr(begin));
  return trigger;
}

void Trigger::AddConjunct(std::string_view text) {
  conjuncts_.emplace_back();
  text = Trim(text);
  // "GLOB in NAME": a file of that name in a directory of that name.
  const std::string plain = WithoutTicks(text);
  const std::size_t in = plain.find(" in ");
  if (in != std::string::npos && in != 0) {
    const std::string_view name = Trim(std::string_view(plain).substr(0, in));
    const std::string_view where = Trim(std::string_view(plain).substr(in + 4));
    if (name.find(' ') == std::string_view::npos && IsFileName(name) &&
        !where.empty() && where.find(' ') == std::string_view::npos) {
      AddToken(name);
      conjuncts_.emplace_back();
      if (where.find('/') != std::string_view::npos) {
        AddToken(where);
      } else {
        Add(Form::kComponents, where);
      }
      return;
    }
  }
  const std::size_t tick = text.find('`');
  if (tick == std::string_view::npos) {
    if (text.find(' ') == std::string_view::npos) {
      AddToken(text);
    } else {
      AddProse(text);
    }
    return;
  }
  // The code spans count; words around them explain them.
  std::size_t at = tick;
  while (at != std::string_view::npos) {
    const std::size_t end = text.find('`', at + 1);
    if (end == std::string_view::npos) {
      Never("a ` without its end");
      return;
    }
    AddAlternative(text.substr(at + 1, end - at - 1));
    at = text.find('`', end + 1);
  }
}

void Trigger::AddAlternative(std::string_view text) {
  if (Trim(text).empty()) {
    Never("it is empty");
  } else if (text.back() == ' ') {
    // The first word of a line in a language of its own ("bool " of Kconfig).
    // In C it may stand anywhere: the names of such files tell, not the word.
    Never("");
  } else if (text.find(' ') != std::string_view::npos) {
    Add(Form::kText, Trim(text));
  } else {
    AddToken(text);
  }
}

void Trigger::AddProse(std::string_view text) {
  Part part;
  part.form = Form::kComponents;
  part.text = text;
  for (std::string_view word : Split(text, ' ')) {
    while (!word.empty() && !IsWordByte(word.back())) word.remove_suffix(1);
    while (!word.empty() && !IsWordByte(word.front())) word.remove_prefix(1);
    std::string lower = ToLower(word);
    if (!lower.empty() && !In(lower, kFillers)) {
      part.words.push_back(std::move(lower));
    }
  }
  if (part.words.empty()) {
    Never("its words name nothing");
  } else {
    conjuncts_.back().push_back(std::move(part));
  }
}

void Trigger::AddToken(std::string_view text) {
  if (text.empty()) {
    Never("it is empty");
    return;
  }
  const bool path = text.find('/') != std::string_view::npos;
  std::string_view call = text;
  if (call.size() > 2 && call.substr(call.size() - 2) == "()") {
    call.remove_suffix(1);
  }
  if (call.back() == '(' && IsIdentifier(call.substr(0, call.size() - 1))) {
    Add(Form::kCall, call.substr(0, call.size() - 1));
  } else if (LooksLikeRegex(text)) {
    const bool file = text.find("\\.") != std::string_view::npos;
    AddRegex(path || file ? Form::kPathRegex : Form::kIdentifierRegex, text);
  } else if (path && HasGlob(text)) {
    AddGlob(Form::kPathGlob, text);
  } else if (path) {
    Add(Form::kPath, text.front() == '/' ? text.substr(1) : text);
  } else if (IsFileName(text)) {
    if (HasGlob(text)) {
      AddGlob(Form::kFileGlob, text);
    } else {
      Add(Form::kFileName, text);
    }
  } else if (IsIdentifierGlob(text)) {
    AddGlob(Form::kIdentifierGlob, text);
  } else if (IsIdentifier(text)) {
    Add(text.back() == '_' ? Form::kIdentifierPrefix : Form::kIdentifier, text);
  } else {
    Add(Form::kText, text);
  }
}

void Trigger::Add(Form form, std::string_view text) {
  Part part;
  part.form = form;
  part.text = text;
  if (form == Form::kComponents) part.words.push_back(ToLower(text));
  conjuncts_.back().push_back(std::move(part));
}

void Trigger::AddGlob(Form form, std::string_view text) {
  // "fs/nfsd/*" means all that is below, however deep.
  std::string pattern(text);
  if (form == Form::kPathGlob && pattern.size() > 2 &&
      pattern.substr(pattern.size() - 2) == "/*") {
    pattern += '*';
  }
  auto glob = tree::Glob::Compile(pattern);
  if (!glob.ok()) {
    Never(glob.error().message);
    return;
  }
  Part part;
  part.form = form;
  part.text = text;
  part.glob = std::make_shared<const tree::Glob>(std::move(glob).value());
  conjuncts_.back().push_back(std::move(part));
}

void Trigger::AddRegex(Form form, std::string_view text) {
  tree::PatternOptions options;
  // Whole: a path from its root, or its last name where the expression has no
  // slash; an identifier from end to end.
  const bool name =
      form == Form::kPathRegex && text.find('/') == std::string_view::npos;
  options.text = std::string(name ? "^(?:.*/)?(?:" : "^(?:");
  options.text += text;
  options.text += ")$";
  options.regex = true;
  auto regex = tree::Pattern::Compile(options);
  if (!regex.ok()) {
    Never(regex.error().message);
    return;
  }
  Part part;
  part.form = form;
  part.text = text;
  part.regex = std::make_shared<const tree::Pattern>(std::move(regex).value());
  conjuncts_.back().push_back(std::move(part));
}

void Trigger::Never(std::string why) {
  conjuncts_.back().emplace_back();
  if (problem_.empty()) problem_ = std::move(why);
}

int Trigger::MatchPart(const Part& part, const FileWords& file) {
  const auto path = [&](auto&& test) {
    return std::any_of(file.paths.begin(), file.paths.end(), test);
  };
  const auto identifier = [&](auto&& test) {
    return std::any_of(file.identifiers.begin(), file.identifiers.end(), test);
  };
  const auto given = [&](bool holds, int weight) {
    return holds ? weight + Length(part.text) : 0;
  };
  switch (part.form) {
    case Form::kNever:
      return 0;
    case Form::kPath:
      return given(path([&](std::string_view each) {
                     return IsOrBelow(each, part.text);
                   }),
                   kOfPath);
    case Form::kPathGlob:
      return given(
          path([&](std::string_view each) { return part.glob->Matches(each); }),
          kOfPathPattern);
    case Form::kFileGlob:
      return given(
          path([&](std::string_view each) { return part.glob->Matches(each); }),
          kOfFileName);
    case Form::kPathRegex:
      return given(path([&](std::string_view each) {
                     return MatchesRegex(*part.regex, each);
                   }),
                   kOfPathPattern);
    case Form::kFileName:
      return given(path([&](std::string_view each) {
                     const std::string_view name = LastName(each);
                     if (name == part.text) return true;
                     // "Kconfig.debug", "Makefile.perf".
                     return part.text.find('.') == std::string::npos &&
                            StartsWith(name, part.text + ".");
                   }),
                   kOfFileName);
    case Form::kIdentifier:
      if (HasIdentifier(file.identifiers, part.text)) {
        return kOfIdentifier + Length(part.text);
      }
      return given(HasComponent(file, part.text), kOfComponents);
    case Form::kCall:
      return given(HasIdentifier(file.called, part.text), kOfIdentifier);
    case Form::kIdentifierPrefix:
      return given(HasPrefix(file.identifiers, part.text),
                   kOfIdentifierPattern);
    case Form::kIdentifierGlob:
      return given(identifier([&](std::string_view each) {
                     return part.glob->Matches(each);
                   }),
                   kOfIdentifierPattern);
    case Form::kIdentifierRegex:
      return given(identifier([&](std::string_view each) {
                     return MatchesRegex(*part.regex, each);
                   }),
                   kOfIdentifierPattern);
    case Form::kText:
      if (HasText(file.lines, part.text)) {
        return kOfIdentifier + Length(part.text);
      }
      return given(HasComponent(file, part.text), kOfComponents);
    case Form::kComponents:
      return given(HasAllWords(file, part.words), kOfComponents);
  }
  return 0;
}

int Trigger::Match(const FileWords& file) const {
  int all = 0;
  for (const std::vector<Part>& alternatives : conjuncts_) {
    int best = 0;
    for (const Part& part : alternatives) {
      best = std::max(best, MatchPart(part, file));
    }
    if (best == 0) return 0;
    all = std::max(all, best);
  }
  return conjuncts_.size() > 1 ? all + kOfConjunction : all;
}

}  // namespace patchmilter::review
