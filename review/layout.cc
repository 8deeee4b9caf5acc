#include "review/layout.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "review/characters.h"
#include "review/hygiene.h"
#include "review/markdown.h"
#include "review/words.h"

namespace patchmilter::review {

namespace {

using std::string_view;

// "3 files changed, …": b4 takes a mail with such a line for a cover letter.
bool DiffStat(string_view text) {
  std::size_t i = 0;
  while (i < text.size() && IsDigitAscii(text[i])) ++i;
  return i > 0 &&
         (text.substr(i, 6) == " file " || text.substr(i, 7) == " files ");
}

bool NumberMark(string_view word) {
  std::size_t i = 0;
  while (i < word.size() && i < 3 && IsDigitAscii(word[i])) ++i;
  return i > 0 && i + 1 == word.size() && (word[i] == '.' || word[i] == ')');
}

// Puts kGuard behind the indentation, and behind `start`.
void Guard(std::string* line, std::size_t start) {
  const std::size_t indent =
      std::max(start, line->size() - TrimLeft(*line).size());
  line->insert(indent, kGuard);
  // Behind the mark a tab may reach further than it did.
  std::replace(line->begin() + static_cast<std::ptrdiff_t>(indent), line->end(),
               '\t', ' ');
}

}  // namespace

bool DangerousStart(string_view word) {
  if (word.empty()) return false;
  return word[0] == '>' || word == "From" || word == "diff" || word == "GIT" ||
         word == "Index:" || word == "(cherry" || word.substr(0, 2) == "--" ||
         word.substr(0, 2) == "++" || word.substr(0, 2) == "@@" ||
         word.substr(0, 3) == "***" || word == "-" || word == "+" ||
         word == "*" || word[0] == '|' || word == "[" || NumberMark(word) ||
         SlashCommand(word) || HashCommand(word) ||
         // "files: 3" at the start of a line has the shape of a trailer.
         (word.size() > 1 && word.back() == ':');
}

bool OnlyMarks(string_view line) {
  line = Trim(line);
  if (line.size() < 2) return line == "-" || line == "*" || line == ">";
  return line.find_first_not_of("-=*_~#+>|") == string_view::npos;
}

bool DangerousLine(string_view line) {
  const string_view text = TrimLeft(line);
  if (text.empty()) return false;
  // Most lines begin with a letter that begins none of these.
  if (IsAlphaAscii(text[0]) &&
      string_view("FDIGfdig").find(text[0]) == string_view::npos) {
    return false;
  }
  const string_view word = text.substr(0, text.find_first_of(" \t"));
  return text[0] == '>' || text.substr(0, 5) == "From " ||
         text.substr(0, 6) == "diff -" || text.substr(0, 6) == "Index:" ||
         StartsWithIgnoreCase(text, "GIT binary patch") ||
         StartsWithIgnoreCase(text, "diff --git") ||
         text.substr(0, 3) == "---" || text.substr(0, 4) == "+++ " ||
         text.substr(0, 4) == "*** " || text.substr(0, 3) == "@@ " ||
         text.substr(0, 3) == "~~~" || text.substr(0, 3) == "```" ||
         HeadingMark(text) > 0 ||
         StartsWithIgnoreCase(text, "(cherry picked from") ||
         TrimRight(text) == "--" || SlashCommand(word) || DiffStat(text);
}

std::vector<std::string> Chop(string_view line, std::size_t columns,
                              string_view rest_indent) {
  if (Columns(line) <= columns) {
    if (line.empty()) return {};
    return {std::string(line)};
  }
  std::vector<std::string> pieces;
  std::string piece;
  std::size_t width = 0;
  for (std::size_t i = 0; i < line.size();) {
    const Decoded c = DecodeAt(line, i);
    std::size_t next =
        c.code == '\t' ? (width / 8 + 1) * 8 : width + (Wide(c.code) ? 2U : 1U);
    if (next > columns && !piece.empty()) {
      pieces.push_back(std::move(piece));
      piece = rest_indent;
      width = Columns(rest_indent);
      next = c.code == '\t' ? (width / 8 + 1) * 8
                            : width + (Wide(c.code) ? 2U : 1U);
    }
    piece.append(line.substr(i, c.size));
    width = next;
    i += c.size;
  }
  if (!piece.empty()) pieces.push_back(std::move(piece));
  return pieces;
}

std::string CutColumns(string_view text, std::size_t max_columns) {
  if (Columns(text) <= max_columns) return std::string(text);
  std::string out;
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size();) {
    const Decoded c = DecodeAt(text, i);
    const std::size_t width = Wide(c.code) ? 2 : 1;
    if (columns + width + 4 > max_columns) break;
    out.append(text.substr(i, c.size));
    columns += width;
    i += c.size;
  }
  // Behind a blank: "a@b..." would look like an address.
  return std::string(TrimRight(out)) + " ...";
}

void MakeSafe(std::string* line, std::size_t start) {
  // No guard in front would help. What has so many marks that the blanks in
  // them make it too wide says nothing.
  if (BreakScissors(line) && Columns(*line) + kGuard.size() > kMaxColumns) {
    line->replace(start, std::string::npos, "[cut mark]");
  }
  if (DangerousLine(string_view(*line).substr(start)) || DangerousLine(*line)) {
    Guard(line, start);
  }
}

std::vector<std::string> WrapWords(string_view text, std::size_t columns,
                                   string_view first, string_view rest) {
  struct Word {
    std::string_view text;
    std::size_t width = 0;
  };
  const std::size_t rest_width = Columns(rest);
  const std::size_t room =
      columns > rest_width + 8 ? columns - rest_width : std::size_t{8};
  std::vector<Word> words;
  std::vector<std::vector<std::string>> pieces;  // Of words that are too long.
  for (string_view part : Split(text, ' ')) {
    if (part.empty()) continue;
    const std::size_t width = Columns(part);
    if (width <= room) {
      words.push_back({part, width});
      continue;
    }
    pieces.push_back(Chop(part, room, ""));
    for (const std::string& piece : pieces.back()) {
      words.push_back({piece, Columns(piece)});
    }
  }
  std::vector<std::string> lines;
  std::string line(first);
  std::size_t start = first.size();  // Where the line's words begin.
  std::size_t width = Columns(first);
  bool empty = true;
  auto end_line = [&] {
    MakeSafe(&line, start);
    lines.push_back(std::move(line));
    line = std::string(rest);
    start = rest.size();
    width = rest_width;
    empty = true;
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    // A word that may not begin a line is kept on the line of the one before.
    std::size_t end = i + 1;
    std::size_t unit = words[i].width;
    while (end < words.size() && DangerousStart(words[end].text) &&
           unit + 1 + words[end].width + 2 <= room) {
      unit += 1 + words[end++].width;
    }
    if (!empty && width + 1 + unit > columns) end_line();
    for (; i < end; ++i) {
      if (!empty) line += ' ';
      if (!empty) ++width;
      line += words[i].text;
      width += words[i].width;
      empty = false;
    }
    --i;
  }
  if (!empty) end_line();
  return lines;
}

std::vector<std::string> FoldFooter(string_view key, string_view value) {
  std::vector<std::string> lines;
  std::string line = std::string(key) + ":";
  bool first = true;
  for (std::size_t i = 0; i < value.size();) {
    std::size_t end = i;
    while (end < value.size() && value[end] != ' ' && value[end] != '/') ++end;
    if (end < value.size()) ++end;
    const string_view piece = value.substr(i, end - i);
    const std::size_t width = Columns(TrimRight(piece));
    const std::size_t extra = first ? 1 : 0;
    // A first piece goes below its key where it stands whole there: an id that
    // is cut in two is found by nobody.
    if (Columns(line) + extra + width > kMaxColumns &&
        (!first || width + 1 <= kMaxColumns)) {
      lines.emplace_back(TrimRight(line));
      line = " ";
    } else if (first) {
      line += ' ';
    }
    first = false;
    line += piece;
    i = end;
  }
  lines.emplace_back(TrimRight(line));
  std::vector<std::string> out;
  for (const std::string& whole : lines) {
    for (std::string& piece : Chop(whole, kMaxColumns, " ")) {
      out.push_back(std::move(piece));
    }
  }
  return out;
}

bool ForbiddenLine(string_view line) {
  if (line.empty()) return false;
  if (line[0] == '>' || line.substr(0, 5) == "From ") return true;
  string_view text = TrimLeft(line);
  if (DangerousLine(text) || ScissorsLine(text)) return true;
  // Behind a quote's mark or a comment's: "* Fixes: x", "| Acked-by: x".
  const std::size_t word = text.find_first_not_of(" \t>|*/#;!(\"'-");
  text = word == string_view::npos ? string_view() : text.substr(word);
  std::size_t end = 0;
  while (end < text.size() &&
         (IsAlnumAscii(text[end]) || text[end] == '_' || text[end] == '-' ||
          static_cast<unsigned char>(text[end]) >= 0x80)) {
    ++end;
  }
  const string_view after = TrimLeft(text.substr(end));
  if (end > 0 && !after.empty() && after[0] == ':' &&
      IsTrailerKey(text.substr(0, end))) {
    return true;
  }
  if (line.find_first_of("#:") == string_view::npos) return false;
  // "…-by:" also further in: a reader may unwrap, or cut in front of it.
  for (std::size_t at = line.find(':'); at != string_view::npos;
       at = line.find(':', at + 1)) {
    const string_view before = TrimRight(line.substr(0, at));
    if (before.size() >= 3 &&
        StartsWithIgnoreCase(before.substr(before.size() - 3), "-by")) {
      return true;
    }
  }
  for (string_view bad :
       {"#syz", "#regz", "#bugspray", "pw-bot:", "://", "mailto:"}) {
    if (FindIgnoreCase(line, bad) != string_view::npos) return true;
  }
  return false;
}

}  // namespace patchmilter::review
