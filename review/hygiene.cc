#include "review/hygiene.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/text.h"
#include "review/characters.h"

namespace patchmilter::review {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// ---- Words -------------------------------------------------------------

bool IsWordByte(char c) { return IsAlnumAscii(c) || c == '_' || c == '-'; }

// Keys that git, b4 or a bot read at the start of a line, "…-by" apart.
bool IsTrailerKey(std::string_view key) {
  static constexpr std::array<std::string_view, 31> kKeys = {
      "fixes",
      "link",
      "links",
      "closes",
      "cc",
      "bcc",
      "to",
      "from",
      "subject",
      "date",
      "buglink",
      "bug",
      "bugzilla",
      "reported",
      "change-id",
      "base-commit",
      "obsoleted-by",
      "message-id",
      "in-reply-to",
      "references",
      "reply-to",
      "sender",
      "resolves",
      "based-on",
      "depends-on",
      "pw-bot",
      "x-patchwork-hint",
      "prerequisite-patch-id",
      "prerequisite-message-id",
      "prerequisite-change-id",
      "patch-id"};
  std::string lower = ToLower(key);
  if (lower.size() > 3 && lower.compare(lower.size() - 3, 3, "-by") == 0) {
    return true;
  }
  if (lower.size() > 3 && lower.compare(lower.size() - 3, 3, "_by") == 0) {
    return true;
  }
  return std::find(kKeys.begin(), kKeys.end(), lower) != kKeys.end();
}

bool IsBotCommand(std::string_view word) {
  static constexpr std::array<std::string_view, 21> kCommands = {
      "test",  "retest",  "ok-to-test", "lgtm",  "approve", "assign", "hold",
      "close", "reopen",  "merge",      "cc",    "retitle", "label",  "kind",
      "land",  "rebuild", "recheck",    "rerun", "skip",    "lock",   "cancel"};
  std::string lower = ToLower(word);
  return std::find(kCommands.begin(), kCommands.end(), lower) !=
         kCommands.end();
}

// A run of 48 or more base64 letters with large and small letters and digits.
bool HoldsData(std::string_view word) {
  std::size_t run = 0;
  std::size_t segment = 0;  // Since the last "/": paths are no data.
  std::size_t longest = 0;
  bool upper = false;
  bool lower = false;
  bool digit = false;
  for (char c : word) {
    if (IsAlnumAscii(c) || c == '+' || c == '/' || c == '=') {
      ++run;
      segment = c == '/' ? 0 : segment + 1;
      longest = std::max(longest, segment);
      upper = upper || (c >= 'A' && c <= 'Z');
      lower = lower || (c >= 'a' && c <= 'z');
      digit = digit || IsDigitAscii(c);
      if (run >= 48 && upper && lower && digit && longest >= 20) return true;
    } else {
      run = segment = longest = 0;
      upper = lower = digit = false;
    }
  }
  // Any other word without a break that is this long is no word.
  return word.size() > 200;
}

bool HoldsLink(std::string_view word) {
  return word.find("://") != std::string_view::npos ||
         FindIgnoreCase(word, "www.") != std::string_view::npos ||
         FindIgnoreCase(word, "mailto:") != std::string_view::npos ||
         FindIgnoreCase(word, "javascript:") != std::string_view::npos;
}

bool HoldsAddress(std::string_view word) {
  for (std::size_t at = word.find('@'); at != std::string_view::npos;
       at = word.find('@', at + 1)) {
    if (at == 0 || at + 1 == word.size()) continue;
    std::string_view domain = word.substr(at + 1);
    std::size_t dot = domain.find('.');
    if (dot != std::string_view::npos && dot > 0 && dot + 1 < domain.size()) {
      return true;
    }
    if (word.find('<') < at && word.find('>', at) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

// `word` with `what` in its place; closing punctuation stays.
std::string InPlaceOf(std::string_view word, std::string_view what) {
  std::string out(what);
  std::size_t end = word.size();
  while (end > 0 && std::string_view(".,;:!?)").find(word[end - 1]) !=
                        std::string_view::npos) {
    --end;
  }
  for (char c : word.substr(end)) {
    if (c != ':') out += c;
  }
  return out;
}

bool Scissors(std::string_view word) {
  static constexpr std::array<std::string_view, 5> kMarks = {
      ">8", "8<", ">%", "%<", "\xE2\x9C\x82"};
  for (std::string_view mark : kMarks) {
    std::size_t at = word.find(mark);
    if (at == std::string_view::npos) continue;
    // ">8" alone or among dashes, not "x>8" or "1<<8<<y" of code.
    bool only = true;
    for (char c : word) {
      only = only &&
             (std::string_view("-><8%= ").find(c) != std::string_view::npos ||
              static_cast<unsigned char>(c) > 127);
    }
    if (only) return true;
  }
  return false;
}

// One word of foreign text. `code`: keep what can be kept.
std::string DefuseOnce(std::string_view word, bool code) {
  if (HoldsLink(word)) return InPlaceOf(word, "[link removed]");
  if (HoldsAddress(word)) return InPlaceOf(word, "[address removed]");
  if (HoldsData(word)) return "[data removed]";
  if (Scissors(word)) return "[cut mark]";
  std::size_t begin = 0;
  while (begin < word.size() && !IsWordByte(word[begin]) &&
         static_cast<unsigned char>(word[begin]) < 128) {
    ++begin;
  }
  std::size_t end = begin;
  while (end < word.size() && IsWordByte(word[end])) ++end;
  std::string_view key = word.substr(begin, end - begin);
  std::string_view rest = word.substr(end);
  // "Fixes:", "(Fixes:abc", "Acked-by::".
  if (!rest.empty() && rest[0] == ':' && IsTrailerKey(key)) {
    std::size_t colons = 0;
    while (colons < rest.size() && rest[colons] == ':') ++colons;
    std::string out(word.substr(0, end));
    if (code && key.find('-') == std::string_view::npos &&
        colons == rest.size()) {
      return out + " :";  // A key of YAML keeps its look.
    }
    if (colons < rest.size()) {
      out += ' ';
      out += rest.substr(colons);
    }
    return out;
  }
  // A trailer's key deeper in the word: "x,Acked-by:".
  for (std::size_t at = word.find(':', end); at != std::string_view::npos;
       at = word.find(':', at + 1)) {
    std::size_t from = at;
    while (from > 0 && IsWordByte(word[from - 1])) --from;
    if (!IsTrailerKey(word.substr(from, at - from))) continue;
    if (code &&
        word.substr(from, at - from).find('-') == std::string_view::npos) {
      continue;  // "a ? to:…": not at the start of the line.
    }
    std::string out(word.substr(0, at));
    out += ' ';
    out += word.substr(at + 1);
    return out;
  }
  // Patchwork's bot takes its command anywhere.
  if (std::size_t at = FindIgnoreCase(word, "pw-bot:");
      at != std::string_view::npos) {
    std::string out(word);
    out.erase(at + 6, 1);
    return out;
  }
  // "#syz", "#regzbot": a "#" that touches a word of a bot.
  for (std::string_view bot : {"syz", "regz", "bugspray", "b4", "pw-bot"}) {
    for (std::size_t at = FindIgnoreCase(word, bot);
         at != std::string_view::npos; at = FindIgnoreCase(word, bot, at + 1)) {
      if (at > 0 && word[at - 1] == '#') {
        std::string out(word);
        out.erase(at - 1, 1);
        return out;
      }
    }
  }
  if (begin == 1 && word[0] == '/' && IsBotCommand(key) &&
      (rest.empty() || rest[0] != '/')) {
    return std::string(word.substr(1));
  }
  if (!code && begin == 1 && word[0] == '@') return std::string(word.substr(1));
  return std::string(word);
}

std::string Defuse(std::string_view word, bool code) {
  std::string now(word);
  for (int round = 0; round < 16; ++round) {
    std::string next = DefuseOnce(now, code);
    if (next == now) return now;
    // What was put in may hold blanks: its parts are looked at by the caller's
    // next pass, which sees single words.
    now = std::move(next);
    if (now.find(' ') != std::string::npos) return now;
  }
  return "[removed]";
}

// All words of a line; blanks between them stay. Twice: the first pass may
// split a word.
std::string DefuseLine(std::string_view line, bool code) {
  std::string now(line);
  for (int pass = 0; pass < 8; ++pass) {
    std::string out;
    std::string_view last_word;
    std::size_t i = 0;
    while (i < now.size()) {
      std::size_t j = i;
      while (j < now.size() && (now[j] == ' ' || now[j] == '\t')) ++j;
      out.append(now, i, j - i);
      i = j;
      while (j < now.size() && now[j] != ' ' && now[j] != '\t') ++j;
      if (j == i) break;
      std::string_view word = std::string_view(now).substr(i, j - i);
      // "Signed-off-by : x": git takes the blank before the colon too.
      if (word[0] == ':' && !last_word.empty() && IsTrailerKey(last_word) &&
          (!code || last_word.find('-') != std::string_view::npos)) {
        std::size_t colons = 0;
        while (colons < word.size() && word[colons] == ':') ++colons;
        out += word.substr(colons);
      } else {
        out += Defuse(word, code);
      }
      last_word = word;
      i = j;
    }
    if (out == now) break;
    now = std::move(out);
  }
  return now;
}

// ---- Lines -------------------------------------------------------------

// A word that may not begin a line of ours.
bool DangerousStart(std::string_view word) {
  if (word.empty()) return false;
  return word[0] == '>' || word == "From" || word == "diff" ||
         word == "Index:" || StartsWithIgnoreCase(word, "--") ||
         StartsWithIgnoreCase(word, "++") || StartsWithIgnoreCase(word, "@@") ||
         word == "-" || word == "[" ||
         // "files: 3" at the start of a line has the shape of a trailer.
         (word.size() > 1 && word.back() == ':');
}

// Nothing but marks: "---", "***", "====", "-- ".
bool OnlyMarks(std::string_view line) {
  line = Trim(line);
  if (line.size() < 2) return line == "-" || line == "*" || line == ">";
  for (char c : line) {
    if (std::string_view("-=*_~#+>|").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool DangerousLine(std::string_view line) {
  std::string_view text = TrimLeft(line);
  if (text.empty()) return false;
  return text[0] == '>' || text.substr(0, 5) == "From " ||
         text.substr(0, 8) == "diff -- " || text.substr(0, 6) == "diff -" ||
         text.substr(0, 6) == "Index:" || text.substr(0, 3) == "---" ||
         text.substr(0, 4) == "+++ " || text.substr(0, 3) == "@@ " ||
         TrimRight(text) == "--";
}

// `*emphasis*`, `**strong**`, `code`, [text](link), <b>: their text.
std::string WithoutMarkdown(std::string_view line) {
  std::string out;
  out.reserve(line.size());
  for (std::size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    if (c == '`') continue;
    if (c == '*' && i + 1 < line.size() && line[i + 1] == '*') {
      ++i;
      continue;
    }
    if (c == ']' && i + 1 < line.size() && line[i + 1] == '(') {
      std::size_t close = line.find(')', i);
      std::size_t link = line.find("://", i);
      if (close != std::string_view::npos && link < close) {
        out += ']';
        i = close;
        continue;
      }
    }
    if (c == '<') {
      static constexpr std::array<std::string_view, 22> kTags = {
          "b",  "i",   "p",   "a",     "br",    "em",     "ul",     "ol",
          "li", "div", "pre", "code",  "span",  "strong", "script", "img",
          "h1", "h2",  "h3",  "style", "table", "iframe"};
      std::size_t close = line.find('>', i);
      if (close != std::string_view::npos) {
        std::size_t from = i + 1 + (line[i + 1] == '/' ? 1 : 0);
        std::size_t to = from;
        while (to < close && IsAlnumAscii(line[to])) ++to;
        std::string tag = ToLower(line.substr(from, to - from));
        if (std::find(kTags.begin(), kTags.end(), tag) != kTags.end() &&
            (to == close || line[to] == ' ' || line[to] == '/')) {
          i = close;
          continue;
        }
      }
    }
    out += c;
  }
  return out;
}

std::string CutColumns(std::string_view text, std::size_t max_columns) {
  if (Columns(text) <= max_columns) return std::string(text);
  std::string out;
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size();) {
    Decoded c = DecodeAt(text, i);
    std::size_t width = Wide(c.code) ? 2 : 1;
    if (columns + width + 4 > max_columns) break;
    out.append(text.substr(i, c.size));
    columns += width;
    i += c.size;
  }
  // Behind a blank: "a@b..." would look like an address.
  return std::string(TrimRight(out)) + " ...";
}

// `line` in pieces of at most `columns`.
std::vector<std::string> Chop(std::string_view line, std::size_t columns,
                              std::string_view rest_indent) {
  std::vector<std::string> pieces;
  std::string piece;
  for (std::size_t i = 0; i < line.size();) {
    Decoded c = DecodeAt(line, i);
    std::string next = piece + std::string(line.substr(i, c.size));
    if (Columns(next) > columns && !piece.empty()) {
      pieces.push_back(piece);
      next = std::string(rest_indent) + std::string(line.substr(i, c.size));
    }
    piece = std::move(next);
    i += c.size;
  }
  if (!piece.empty()) pieces.push_back(piece);
  return pieces;
}

void AddCode(std::string_view line, std::vector<std::string>* lines) {
  // Two columns are kept for the mark below.
  for (const std::string& piece :
       Chop(TrimRight(DefuseLine(line, true)), kMaxColumns - 2, "      ")) {
    // A cut word may end as what it was not.
    std::string text(TrimRight(DefuseLine(piece, true)));
    if (DangerousLine(text)) {
      const std::size_t indent = text.size() - TrimLeft(text).size();
      text.insert(indent, "| ");
      // Behind the mark a tab may reach further than it did.
      std::replace(text.begin() + static_cast<std::ptrdiff_t>(indent),
                   text.end(), '\t', ' ');
    }
    lines->push_back(std::move(text));
  }
}

struct Paragraph {
  std::string text;
  std::string first;  // In front of its first line.
  std::string rest;   // In front of the others.
};

void Flush(Paragraph* paragraph, std::size_t columns,
           std::vector<std::string>* lines) {
  if (!Trim(paragraph->text).empty()) {
    std::string text = DefuseLine(Trim(paragraph->text), false);
    for (std::string& line :
         WrapWords(text, columns, paragraph->first, paragraph->rest)) {
      lines->push_back(std::move(line));
    }
  }
  *paragraph = Paragraph();
}

// How long the list mark in front of `line` is: "- ", "* ", "12. "; 0: none.
std::size_t ListMark(std::string_view line) {
  if (line.size() > 2 && (line[0] == '-' || line[0] == '*' || line[0] == '+') &&
      line[1] == ' ') {
    return 2;
  }
  std::size_t i = 0;
  while (i < line.size() && i < 3 && IsDigitAscii(line[i])) ++i;
  if (i > 0 && i + 1 < line.size() && (line[i] == '.' || line[i] == ')') &&
      line[i + 1] == ' ') {
    return i + 2;
  }
  return 0;
}

}  // namespace

std::string CleanLine(std::string_view text, std::size_t max_columns) {
  std::string clean = CleanCharacters(text.substr(0, kMaxProse));
  std::string line;
  for (char c : clean) {
    const char byte = c == '\n' || c == '\t' ? ' ' : c;
    if (byte == ' ' && (line.empty() || line.back() == ' ')) continue;
    line += byte;
  }
  std::string now(TrimRight(DefuseLine(TrimRight(line), false)));
  // A cut word may end as what it was not, and a mark put in its place may be
  // longer: again, with less room each time.
  for (std::size_t room = max_columns; Columns(now) > max_columns; room -= 4) {
    if (room < 8) return "";
    now = DefuseLine(CutColumns(now, room), false);
  }
  return now;
}

std::vector<std::string> CleanProse(std::string_view text,
                                    std::size_t columns) {
  std::string clean = CleanCharacters(text.substr(0, kMaxProse));
  std::vector<std::string> lines;
  Paragraph paragraph;
  bool fenced = false;
  auto blank = [&lines] {
    if (!lines.empty() && !lines.back().empty()) lines.emplace_back();
  };
  LineReader reader(clean);
  std::string_view raw;
  while (reader.Next(&raw)) {
    std::string_view line = TrimRight(raw);
    std::string_view left = TrimLeft(line);
    if (left.substr(0, 3) == "```" || left.substr(0, 3) == "~~~") {
      Flush(&paragraph, columns, &lines);
      blank();
      fenced = !fenced;
      continue;
    }
    const bool indented =
        line.substr(0, 4) == "    " || (!line.empty() && line[0] == '\t');
    if (fenced || (indented && paragraph.text.empty())) {
      if (left.empty()) {
        blank();
      } else if (indented) {
        AddCode(line, &lines);
      } else {
        AddCode("    " + std::string(line), &lines);
      }
      continue;
    }
    while (!left.empty() && left[0] == '>') left = TrimLeft(left.substr(1));
    if (left.empty() || OnlyMarks(left)) {
      Flush(&paragraph, columns, &lines);
      blank();
      continue;
    }
    std::size_t heading = left.find_first_not_of('#');
    if (heading != 0 && heading != std::string_view::npos &&
        left[heading] == ' ') {
      Flush(&paragraph, columns, &lines);
      left = TrimLeft(left.substr(heading));
    }
    std::string plain = WithoutMarkdown(left);
    std::replace(plain.begin(), plain.end(), '\t', ' ');
    left = Trim(plain);
    while (!left.empty() && left[0] == '>') left = TrimLeft(left.substr(1));
    if (left.empty() || OnlyMarks(left)) continue;
    if (std::size_t mark = ListMark(left); mark > 0) {
      Flush(&paragraph, columns, &lines);
      paragraph.first = IsDigitAscii(left[0])
                            ? std::string(left.substr(0, mark))
                            : std::string("- ");
      paragraph.rest = std::string(paragraph.first.size(), ' ');
      left = TrimLeft(left.substr(mark));
    }
    if (!paragraph.text.empty()) paragraph.text += ' ';
    paragraph.text += left;
  }
  Flush(&paragraph, columns, &lines);
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  std::vector<std::string> out;
  for (std::string& line : lines) {
    if (!ForbiddenLine(line)) out.push_back(std::move(line));
  }
  return out;
}

std::string CleanQuote(std::string_view line) {
  std::string text = ToValidUtf8(line);
  while (!text.empty() && (text.back() == '\r' || text.back() == '\n')) {
    text.pop_back();
  }
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    Decoded c = DecodeAt(text, i);
    if (c.code == '\t') {
      out += '\t';
    } else if (Invisible(c.code) || c.code == '\n' || c.code == 0x2028 ||
               c.code == 0x2029) {
      out += kReplacement;
    } else {
      out.append(text, i, c.size);
    }
    i += c.size;
    if (out.size() > kMaxQuotedLine) {
      out += "...";
      break;
    }
  }
  return out;
}

std::string CleanMessageId(std::string_view id) {
  std::string out;
  for (char c : id) {
    if (c > ' ' && c < '\x7F' && c != '<' && c != '>') out += c;
  }
  return out.size() > 250 ? "" : out;
}

std::vector<std::string> WrapWords(std::string_view text, std::size_t columns,
                                   std::string_view first,
                                   std::string_view rest) {
  std::vector<std::string> words;
  for (std::string_view part : Split(text, ' ')) {
    if (part.empty()) continue;
    const std::size_t room = columns - Columns(rest);
    if (Columns(part) <= room) {
      words.emplace_back(part);
    } else {
      for (std::string& piece : Chop(part, room, "")) {
        words.push_back(std::move(piece));
      }
    }
  }
  std::vector<std::string> lines;
  std::string line(first);
  bool empty = true;
  auto end_line = [&] {
    std::string_view body = std::string_view(line).substr(
        lines.empty() ? first.size() : rest.size());
    if (DangerousLine(body) || DangerousLine(line)) {
      line.insert(lines.empty() ? first.size() : rest.size(), "| ");
    }
    lines.push_back(line);
    line = std::string(rest);
    empty = true;
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    // A word that may not begin a line is kept on the line of the one before.
    std::string unit = words[i];
    while (i + 1 < words.size() && DangerousStart(words[i + 1]) &&
           Columns(unit) + 1 + Columns(words[i + 1]) + Columns(rest) + 2 <=
               columns) {
      unit += " " + words[++i];
    }
    if (!empty && Columns(line) + 1 + Columns(unit) > columns) end_line();
    if (!empty) line += ' ';
    line += unit;
    empty = false;
  }
  if (!empty) end_line();
  return lines;
}

std::vector<std::string> FoldFooter(std::string_view key,
                                    std::string_view value) {
  std::vector<std::string> lines;
  std::string line = std::string(key) + ":";
  bool first = true;
  for (std::size_t i = 0; i < value.size();) {
    std::size_t end = i;
    while (end < value.size() && value[end] != ' ' && value[end] != '/') ++end;
    if (end < value.size()) ++end;
    std::string piece(value.substr(i, end - i));
    const std::size_t extra = first ? 1 : 0;
    if (Columns(line) + extra + Columns(TrimRight(piece)) > kMaxColumns &&
        !first) {
      lines.emplace_back(TrimRight(line));
      line = " ";
    }
    if (first) line += ' ';
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

bool ForbiddenLine(std::string_view line) {
  if (line.empty()) return false;
  if (line[0] == '>' || line.substr(0, 5) == "From ") return true;
  std::string_view text = TrimLeft(line);
  if (text.substr(0, 10) == "diff --git" || text.substr(0, 3) == "---" ||
      text.substr(0, 4) == "+++ " || TrimRight(text) == "--") {
    return true;
  }
  while (!text.empty() && (text[0] == '>' || text[0] == '|')) {
    text = TrimLeft(text.substr(1));
  }
  std::size_t end = 0;
  while (end < text.size() && IsWordByte(text[end])) ++end;
  std::string_view after = TrimLeft(text.substr(end));
  if (end > 0 && !after.empty() && after[0] == ':') {
    // "date : x" in a snippet is none: b4 and git read no such key so.
    if (after.data() == text.data() + end ||
        text.substr(0, end).find('-') != std::string_view::npos) {
      if (IsTrailerKey(text.substr(0, end))) return true;
    }
  }
  for (std::string_view bad : {"#syz", "#regz", "#bugspray", "pw-bot:"}) {
    if (FindIgnoreCase(line, bad) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace patchmilter::review
