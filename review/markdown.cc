#include "review/markdown.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace patchmilter::review {

namespace {

using std::string_view;

bool Blank(char c) { return c == ' ' || c == '\t'; }

// Whether an emphasis may open behind `c`, or close in front of it.
bool Outside(char c) {
  return Blank(c) ||
         string_view("()[]{}.,;:!?\"'/-`").find(c) != string_view::npos;
}

// Where the emphasis that `mark` opens at `at` closes; npos: it opens none.
std::size_t ClosingOf(string_view text, std::size_t at, string_view mark) {
  if (at > 0 && !Outside(text[at - 1])) return string_view::npos;
  const std::size_t begin = at + mark.size();
  if (begin >= text.size() || Blank(text[begin]) || text[begin] == mark[0]) {
    return string_view::npos;
  }
  for (std::size_t end = text.find(mark, begin + 1);
       end != string_view::npos && end - begin <= 400;
       end = text.find(mark, end + 1)) {
    const std::size_t behind = end + mark.size();
    if (Blank(text[end - 1])) continue;
    if (behind < text.size() && !Outside(text[behind])) continue;
    // "*p, *q" of C: what closes would open as well.
    if (mark.size() == 1 && Outside(text[end - 1]) && text[end - 1] != '.' &&
        text[end - 1] != ')') {
      continue;
    }
    return end;
  }
  return string_view::npos;
}

// "<b>", "</code>", "<!-- … -->": its length; 0 for what is none.
std::size_t TagLength(string_view text) {
  static constexpr std::array<string_view, 28> kTags = {
      "b",   "i",      "p",   "a",     "br",   "em",   "ul",
      "ol",  "li",     "div", "pre",   "code", "span", "strong",
      "img", "script", "h1",  "h2",    "h3",   "h4",   "style",
      "td",  "tr",     "th",  "table", "sub",  "sup",  "iframe"};
  if (text.substr(0, 4) == "<!--") {
    const std::size_t end = text.find("-->");
    return end == string_view::npos ? 4 : end + 3;
  }
  const std::size_t close = text.substr(0, 300).find('>');
  if (close == string_view::npos) return 0;
  std::size_t from = text.size() > 1 && text[1] == '/' ? 2 : 1;
  std::size_t to = from;
  while (to < close && IsAlnumAscii(text[to])) ++to;
  const std::string tag = ToLower(text.substr(from, to - from));
  if (std::find(kTags.begin(), kTags.end(), tag) == kTags.end()) return 0;
  // "<a>", "<br/>", "<a href=…>", no "<i < b>".
  if (to != close && text[to] != '/' && !Blank(text[to])) return 0;
  if (to != close && Blank(text[to]) &&
      text.substr(to, close - to).find('=') == string_view::npos &&
      text[close - 1] != '/') {
    return 0;
  }
  return close + 1;
}

// "[text](target)": where ")" is; npos for none. `at` is that of "]".
std::size_t LinkEnd(string_view text, std::size_t at) {
  if (at + 1 >= text.size() || text[at + 1] != '(') return string_view::npos;
  const std::size_t close = text.find(')', at);
  if (close == string_view::npos || close - at > 600) return string_view::npos;
  const string_view target = text.substr(at + 2, close - at - 2);
  const bool link = target.find("://") != string_view::npos ||
                    target.substr(0, 1) == "#" ||
                    FindIgnoreCase(target, "mailto:") != string_view::npos;
  return link ? close : string_view::npos;
}

constexpr std::array<std::pair<string_view, char>, 6> kEntities = {{
    {"&lt;", '<'},
    {"&gt;", '>'},
    {"&amp;", '&'},
    {"&quot;", '"'},
    {"&#39;", '\''},
    {"&nbsp;", ' '},
}};

// One pass; what it leaves may be markdown again ("****a****").
std::string Once(string_view text) {
  std::string out;
  out.reserve(text.size());
  std::array<std::size_t, 2> skip_at = {string_view::npos, string_view::npos};
  std::array<std::size_t, 2> skip = {0, 0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    bool skipped = false;
    for (std::size_t k = 0; k < skip.size(); ++k) {
      if (i == skip_at[k]) {
        i += skip[k] - 1;
        skip_at[k] = string_view::npos;
        skipped = true;
        break;
      }
    }
    if (skipped) continue;
    if (c == '`') {
      // What stands between ticks is taken as it is.
      std::size_t ticks = 1;
      while (i + ticks < text.size() && text[i + ticks] == '`') ++ticks;
      const std::size_t close = text.find(text.substr(i, ticks), i + ticks);
      if (close != string_view::npos) {
        out += text.substr(i + ticks, close - i - ticks);
        i = close + ticks - 1;
      } else {
        i += ticks - 1;
      }
      continue;
    }
    if (c == '*' || c == '~') {
      const bool two = text.substr(i, 2) == (c == '*' ? "**" : "~~");
      const string_view mark = text.substr(i, two ? 2 : 1);
      if (c == '*' || two) {
        const std::size_t slot = two ? 0 : 1;
        const std::size_t close = skip_at[slot] == string_view::npos
                                      ? ClosingOf(text, i, mark)
                                      : string_view::npos;
        if (close != string_view::npos) {
          skip_at[slot] = close;
          skip[slot] = mark.size();
          i += mark.size() - 1;
          continue;
        }
        out += mark;
        i += mark.size() - 1;
        continue;
      }
    }
    if (c == '!' && i + 1 < text.size() && text[i + 1] == '[') {
      const std::size_t end = text.find(']', i);
      if (end != string_view::npos && LinkEnd(text, end) != string_view::npos) {
        continue;  // Of a picture, what stands for it.
      }
    }
    if (c == '[') {
      const std::size_t end = text.find(']', i);
      if (end != string_view::npos && end - i <= 400) {
        const std::size_t close = LinkEnd(text, end);
        if (close != string_view::npos) {
          out += text.substr(i + 1, end - i - 1);
          i = close;
          continue;
        }
      }
    }
    if (c == '<') {
      if (const std::size_t length = TagLength(text.substr(i)); length > 0) {
        i += length - 1;
        continue;
      }
    }
    if (c == '&') {
      bool found = false;
      for (const auto& [entity, plain] : kEntities) {
        if (text.substr(i, entity.size()) != entity) continue;
        out += plain;
        i += entity.size() - 1;
        found = true;
        break;
      }
      if (found) continue;
    }
    out += c;
  }
  return out;
}

}  // namespace

std::string WithoutMarkdown(string_view paragraph) {
  std::string now(paragraph);
  if (now.find_first_of("`*~[<&!") == std::string::npos) return now;
  // Ticks are gone after one pass: what stood between them is C from then on,
  // and a second pass could only hurt it.
  now = Once(now);
  now.erase(std::remove(now.begin(), now.end(), '`'), now.end());
  return now;
}

std::size_t ListMark(string_view line) {
  std::size_t mark = 0;
  if (line.size() > 2 && (line[0] == '-' || line[0] == '*' || line[0] == '+') &&
      line[1] == ' ') {
    mark = 2;
  } else {
    std::size_t i = 0;
    while (i < line.size() && i < 3 && IsDigitAscii(line[i])) ++i;
    if (i > 0 && i + 1 < line.size() && (line[i] == '.' || line[i] == ')') &&
        line[i + 1] == ' ') {
      mark = i + 2;
    }
  }
  if (mark == 0) return 0;
  for (string_view box : {"[ ] ", "[x] ", "[X] "}) {
    if (line.substr(mark, 4) == box) return mark + 4;
  }
  return mark;
}

std::size_t HeadingMark(string_view line) {
  const std::size_t mark = line.find_first_not_of('#');
  if (mark == 0 || mark == string_view::npos || mark > 6) return 0;
  return line[mark] == ' ' ? mark + 1 : 0;
}

bool IsFence(string_view line) {
  return line.substr(0, 3) == "```" || line.substr(0, 3) == "~~~";
}

bool IsTableRow(string_view line) {
  line = Trim(line);
  return line.size() > 2 && line[0] == '|' && line[1] != '|' &&
         line.back() == '|';
}

std::string TableRow(string_view line) {
  line = Trim(line);
  std::string row;
  if (line.find_first_not_of("|-: \t") == string_view::npos) return row;
  for (string_view cell : Split(line.substr(1, line.size() - 2), '|')) {
    cell = Trim(cell);
    if (cell.empty()) continue;
    if (!row.empty()) row += "; ";
    row += cell;
  }
  return row;
}

}  // namespace patchmilter::review
