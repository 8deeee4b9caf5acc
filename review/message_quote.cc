#include "review/message_quote.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "diff/find_run.h"
#include "review/anchor.h"

namespace patchmilter::review {

namespace {

// Words with one blank between them, and the line that each byte is of.
struct Words {
  std::string text;
  std::vector<std::uint32_t> line_of;

  void Add(std::string_view line, std::uint32_t number) {
    bool space = true;
    for (const char c : line) {
      if (IsSpaceAscii(c)) {
        space = true;
        continue;
      }
      if (space && !text.empty()) Push(' ', number);
      space = false;
      Push(c, number);
    }
  }

 private:
  void Push(char c, std::uint32_t number) {
    text += c;
    line_of.push_back(number);
  }
};

// Neither side of a match may be in the middle of a word.
bool WholeWords(std::string_view text, std::size_t begin, std::size_t size) {
  const auto word = [&](std::size_t i) {
    return IsAlnumAscii(text[i]) || text[i] == '_';
  };
  const std::size_t end = begin + size;
  return (begin == 0 || !word(begin) || !word(begin - 1)) &&
         (end == text.size() || !word(end) || !word(end - 1));
}

Anchor MessageLinesAt(std::int64_t patch, const mime::PatchMail& mail,
                      const std::vector<std::string_view>& lines,
                      std::uint32_t first, std::uint32_t last) {
  Anchor anchor = AnchorMessage(patch, mail, first);
  anchor.line_count = last - first + 1;
  anchor.quoted.clear();
  for (std::uint32_t i = first; i <= last; ++i) {
    anchor.quoted.emplace_back(lines[i]);
  }
  return anchor;
}

}  // namespace

std::optional<Anchor> FindInMessage(std::int64_t patch,
                                    const mime::PatchMail& mail,
                                    const std::vector<std::string_view>& quote,
                                    std::optional<std::uint32_t> text_line) {
  std::vector<std::string_view> lines = LinesOf(mail.mail.text);
  lines.resize(std::min(lines.size(), MessageLines(mail)));
  Words words;
  for (std::uint32_t i = 0; i < lines.size(); ++i) words.Add(lines[i], i);

  // The whole quote, else its end: an engine leaves paragraphs out.
  std::size_t begin = 0;
  for (std::size_t i = 0; i < quote.size(); ++i) {
    if (diff::KindOfQuoted(quote[i]) == diff::QuotedKind::kGap) begin = i + 1;
  }
  for (; begin < quote.size(); ++begin) {
    Words wanted;
    for (std::size_t i = begin; i < quote.size(); ++i) wanted.Add(quote[i], 0);
    if (wanted.text.empty()) return std::nullopt;
    const bool telling = diff::IsTelling(wanted.text);
    std::optional<Anchor> found;
    for (std::size_t at = words.text.find(wanted.text); at != std::string::npos;
         at = words.text.find(wanted.text, at + 1)) {
      const std::uint32_t first = words.line_of[at];
      const std::uint32_t last = words.line_of[at + wanted.text.size() - 1];
      const bool whole_line =
          Trim(lines[first]).size() == wanted.text.size() && first == last;
      if (!whole_line &&
          !(telling && WholeWords(words.text, at, wanted.text.size()))) {
        continue;
      }
      if (!found || text_line == first) {
        found = MessageLinesAt(patch, mail, lines, first, last);
      }
      if (!text_line || text_line == first) break;
    }
    if (found) return found;
  }
  // The title: in the Subject, not in the text.
  Words title;
  title.Add(mail.mail.subject.text, 0);
  Words last;
  last.Add(quote.empty() ? std::string_view() : quote.back(), 0);
  if (!diff::IsTelling(last.text) ||
      title.text.find(last.text) == std::string::npos) {
    return std::nullopt;
  }
  for (std::uint32_t i = 0; i < lines.size(); ++i) {
    if (!Trim(lines[i]).empty() && Trim(lines[i]) != "---") {
      return MessageLinesAt(patch, mail, lines, i, i);
    }
  }
  return std::nullopt;
}

}  // namespace patchmilter::review
