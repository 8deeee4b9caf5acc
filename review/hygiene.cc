#include "review/hygiene.h"

#include <utility>

#include "base/text.h"
#include "review/characters.h"
#include "review/layout.h"
#include "review/markdown.h"
#include "review/words.h"

namespace patchmilter::review {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// What is harmless word by word and as a line.
std::string Defused(std::string_view line) {
  std::string now(TrimRight(DefuseLine(TrimRight(line), TextKind::kProse)));
  BreakScissors(&now);
  // "a@b." is no address, but would be one in front of a mark of ours.
  while (!now.empty() && now.back() == '.' &&
         now.find('@', now.rfind(' ') + 1) != std::string::npos) {
    now.pop_back();
  }
  return now;
}

}  // namespace

std::string CleanLine(std::string_view text, std::size_t max_columns) {
  const std::string clean = CleanCharacters(text.substr(0, kMaxProse));
  std::string line;
  for (char c : clean) {
    const char byte = c == '\n' || c == '\t' ? ' ' : c;
    if (byte == '`') continue;
    if (byte == ' ' && (line.empty() || line.back() == ' ')) continue;
    line += byte;
  }
  std::string now = Defused(line);
  // A cut word may end as what it was not, and a mark put in its place may be
  // longer: again, with less room each time.
  for (std::size_t room = max_columns; Columns(now) > max_columns; room -= 4) {
    if (room < 8) return "";
    now = Defused(CutColumns(now, room));
  }
  return now;
}

std::string CleanTitle(std::string_view text, std::size_t max_columns) {
  std::string title =
      CleanLine(WithoutMarkdown(CleanCharacters(text)), max_columns);
  while (!title.empty() && (title.back() == '.' || title.back() == ' ')) {
    title.pop_back();
  }
  return title;
}

std::string CleanQuote(std::string_view line) {
  std::string text = ToValidUtf8(line);
  while (!text.empty() && (text.back() == '\r' || text.back() == '\n')) {
    text.pop_back();
  }
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const Decoded c = DecodeAt(text, i);
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

}  // namespace patchmilter::review
