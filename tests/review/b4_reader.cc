#include "tests/review/b4_reader.h"

#include <cstdlib>
#include <map>
#include <regex>
#include <utility>

#include "tests/review/mail_oracle.h"

namespace patchmilter::review {

namespace {

const std::regex& HunkLine() {
  static const std::regex regex(R"(^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@)");
  return regex;
}

// "diff --git a/x b/x": both paths; git quotes those with odd bytes.
bool FileLine(const std::string& raw, std::string* old_path,
              std::string* new_path) {
  // Of a plain diff, or of one whose first line was cut.
  static const std::regex name(R"(^(---|\+\+\+) ((a|b)/)?([^\t]*).*$)");
  std::smatch match;
  const std::string head = raw.substr(0, 400);
  if (raw.rfind("--- a/", 0) == 0 || raw.rfind("--- /dev/null", 0) == 0 ||
      raw.rfind("+++ b/", 0) == 0 || raw.rfind("+++ /dev/null", 0) == 0) {
    if (!std::regex_match(head, match, name)) return false;
    *(raw[0] == '-' ? old_path : new_path) = match[4];
    return true;
  }
  if (raw.rfind("diff --git ", 0) != 0) return false;
  const std::string rest = raw.substr(11);
  const std::size_t half = rest.find(" b/");
  if (rest.rfind("a/", 0) == 0 && half != std::string::npos) {
    // Both names are one, but for a rename.
    const std::size_t middle = rest.size() / 2;
    const bool same = rest.size() % 2 == 1 && rest[middle] == ' ' &&
                      rest.substr(2, middle - 2) == rest.substr(middle + 3);
    const std::size_t at = same ? middle : half;
    *old_path = rest.substr(2, at - 2);
    *new_path = rest.substr(at + 3);
  } else {
    *old_path = *new_path = rest;
  }
  return true;
}

std::string WithoutMark(const std::string& line) {
  const bool marked =
      !line.empty() && (line[0] == '+' || line[0] == '-' || line[0] == ' ');
  return marked ? line.substr(1) : line;
}

bool BlankText(const std::string& text) {
  return text.find_first_not_of(" \t") == std::string::npos;
}

struct DiffLine {
  std::string path;
  long line = 0;
  std::string text;    // Without its mark.
  std::string raw;     // With it.
  std::string hunk;    // Its "@@" line.
  bool first = false;  // Of its hunk.
};

// Every line of every hunk, as counted from the "@@" lines.
std::vector<DiffLine> DiffLines(std::string_view patch) {
  std::vector<DiffLine> lines;
  std::string old_path;
  std::string new_path;
  long old_line = 0;
  long new_line = 0;
  long old_left = 0;
  long new_left = 0;
  bool first = false;
  std::string hunk;
  static const std::regex counts(
      R"(^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@)");
  for (const std::string& line : BodyLines(patch)) {
    std::smatch match;
    const std::string head = line.substr(0, 200);
    if (old_left <= 0 && new_left <= 0) {
      if (FileLine(line, &old_path, &new_path)) continue;
      if (std::regex_search(head, match, counts)) {
        old_line = std::stol(match[1]);
        new_line = std::stol(match[3]);
        old_left = match[2].matched ? std::stol(match[2]) : 1;
        new_left = match[4].matched ? std::stol(match[4]) : 1;
        first = true;
        hunk = line;
      }
      continue;
    }
    if (!line.empty() && line[0] == '\\') continue;
    const char mark = line.empty() ? ' ' : line[0];
    DiffLine here;
    here.text = WithoutMark(line);
    here.raw = line;
    here.hunk = hunk;
    here.path = mark == '-' ? old_path : new_path;
    here.line = mark == '-' ? old_line : new_line;
    here.first = std::exchange(first, false);
    lines.push_back(std::move(here));
    if (mark != '+') {
      ++old_line;
      --old_left;
    }
    if (mark != '-') {
      ++new_line;
      --new_left;
    }
  }
  return lines;
}

// A comment with the quoted lines that stand together above it.
struct Raw {
  InlineComment comment;
  std::vector<std::string> run;       // Without marks; the last is `quoted`.
  const DiffLine* forward = nullptr;  // Found line by line.
};

// Without what a mail may show as another character.
std::string Plain(const std::string& text) {
  std::string plain;
  for (const char c : text) {
    if (c == '\t' || (c >= ' ' && c <= '~')) plain += c;
  }
  return plain;
}

// Goes through one hunk, line by line, as its quoted lines are found.
class Forward {
 public:
  explicit Forward(const std::vector<DiffLine>& lines) : lines_(lines) {}

  void Hunk(const std::string& path, const std::string& header) {
    at_ = nullptr;
    for (next_ = 0; next_ < lines_.size(); ++next_) {
      const DiffLine& line = lines_[next_];
      if (line.first && Plain(line.hunk) == Plain(header) &&
          Plain(line.path) == Plain(path)) {
        break;
      }
    }
    first_ = next_;
  }

  void Line(const std::string& raw) {
    for (std::size_t i = next_; i < lines_.size(); ++i) {
      if (i > first_ && lines_[i].first) break;
      if (Plain(lines_[i].raw) != Plain(raw)) continue;
      at_ = &lines_[i];
      next_ = i + 1;
      return;
    }
  }

  const DiffLine* at() const { return at_; }

 private:
  const std::vector<DiffLine>& lines_;
  std::size_t first_ = 0;
  std::size_t next_ = 0;
  const DiffLine* at_ = nullptr;
};

std::vector<Raw> ReadRaw(std::string_view body,
                         const std::vector<DiffLine>& diff) {
  Forward forward(diff);
  std::vector<Raw> comments;
  std::string old_path;
  std::string new_path;
  long old_line = 0;
  long new_line = 0;
  bool in_diff = false;
  bool in_hunk = false;
  bool open = false;  // A comment is being read.
  InlineComment at;
  std::vector<std::string> run;
  std::vector<std::string> lines = BodyLines(body);
  // Blank quoted lines at either end of a quote are dropped.
  std::vector<bool> dropped(lines.size(), false);
  auto is_quote = [&](std::size_t i) { return lines[i].rfind('>', 0) == 0; };
  auto is_blank_quote = [&](std::size_t i) {
    return is_quote(i) && BlankText(lines[i].substr(1));
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!is_blank_quote(i)) continue;
    if (i == 0 || !is_quote(i - 1) || dropped[i - 1]) dropped[i] = true;
  }
  for (std::size_t i = lines.size(); i-- > 0;) {
    if (!is_blank_quote(i)) continue;
    if (i + 1 == lines.size() || !is_quote(i + 1) || dropped[i + 1]) {
      dropped[i] = true;
    }
  }
  static const std::regex nested(R"(^>\s*>)");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (line == "-- ") break;
    if (dropped[i]) {
      // It is one of the lines of its hunk all the same, but nobody counts it.
      continue;
    }
    if (!is_quote(i)) {
      if (line == "[ ... ]") {
        run.clear();
        continue;
      }
      if (BlankText(line) && !open) continue;
      if (!open) {
        comments.push_back({at, run, forward.at()});
        open = true;
      }
      comments.back().comment.text += line + "\n";
      continue;
    }
    if (std::regex_search(line.substr(0, 50), nested)) continue;
    if (std::exchange(open, false)) run.clear();
    const std::string raw = line.substr(line.rfind("> ", 0) == 0 ? 2 : 1);
    std::smatch match;
    const std::string head = raw.substr(0, 200);
    if (FileLine(raw, &old_path, &new_path)) {
      in_diff = true;
      in_hunk = false;
      run.clear();
    } else if (std::regex_search(head, match, HunkLine())) {
      old_line = std::stol(match[1]);
      new_line = std::stol(match[2]);
      in_diff = in_hunk = true;
      run.clear();
      forward.Hunk(new_path == "/dev/null" ? old_path : new_path, raw);
    } else if (!in_diff) {
      at = {InlineComment::At::kMessage, "", 0, raw, ""};
      run.push_back(raw);
    } else if (in_hunk && (raw.empty() || raw[0] == '+' || raw[0] == '-' ||
                           raw[0] == ' ')) {
      const bool removed = !raw.empty() && raw[0] == '-';
      const bool added = !raw.empty() && raw[0] == '+';
      at = {InlineComment::At::kDiff, removed ? old_path : new_path,
            removed ? old_line : new_line, raw, ""};
      run.push_back(WithoutMark(raw));
      forward.Line(raw);
      if (!added) ++old_line;
      if (!removed) ++new_line;
    }
  }
  return comments;
}

// How many lines of `run` stand above (and at) line `at` of the patch.
std::size_t Together(const std::vector<DiffLine>& lines, std::size_t at,
                     const std::vector<std::string>& run) {
  std::size_t count = 0;
  for (std::size_t back = 0; back < run.size() && back <= at; ++back) {
    if (lines[at - back].text != run[run.size() - 1 - back]) break;
    ++count;
    if (lines[at - back].first) break;
  }
  return count;
}

}  // namespace

std::vector<InlineComment> ReadInlineComments(std::string_view body,
                                              std::string_view patch,
                                              Resolve resolve) {
  const std::vector<DiffLine> lines = DiffLines(patch);
  std::vector<InlineComment> comments;
  for (Raw& raw : ReadRaw(body, lines)) {
    InlineComment comment = std::move(raw.comment);
    const bool in_diff = comment.at == InlineComment::At::kDiff;
    if (in_diff && resolve == Resolve::kForward) {
      comment.path = raw.forward != nullptr ? raw.forward->path : "";
      comment.line = raw.forward != nullptr ? raw.forward->line : 0;
    } else if (in_diff) {
      const std::string text = WithoutMark(comment.quoted);
      const DiffLine* best = nullptr;
      std::size_t best_together = 0;
      for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].text != text) continue;
        const std::size_t together =
            resolve == Resolve::kRun ? Together(lines, i, raw.run) : 0;
        auto worse = [&](const DiffLine& line) {
          return std::make_pair(line.path != comment.path,
                                std::labs(line.line - comment.line));
        };
        if (best == nullptr || together > best_together ||
            (together == best_together && worse(lines[i]) < worse(*best))) {
          best = &lines[i];
          best_together = together;
        }
      }
      if (best != nullptr) {
        comment.path = best->path;
        comment.line = best->line;
      }
    }
    while (!comment.text.empty() && comment.text.back() == '\n') {
      comment.text.pop_back();
    }
    comments.push_back(std::move(comment));
  }
  return comments;
}

std::vector<std::string> SplitByTag(const std::string& text) {
  static const std::regex tag(R"(^\[(low|medium|high|critical)\] )");
  std::vector<std::string> parts;
  for (const std::string& line : BodyLines(text)) {
    if (std::regex_search(line, tag) || parts.empty()) parts.emplace_back();
    parts.back() += line + "\n";
  }
  return parts;
}

}  // namespace patchmilter::review
