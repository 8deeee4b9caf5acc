#include "review/prompts/attribution.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace patchmilter::review {
namespace {

// Longer ones are prose.
constexpr std::size_t kMaxBytes = 400;

// How it ends; and, for those that begin with a date, how it begins.
constexpr std::array<std::string_view, 9> kEnds = {"wrote:",
                                                   "writes:",
                                                   "said:",
                                                   "a \xC3\xA9"
                                                   "crit :",
                                                   "a \xC3\xA9"
                                                   "crit:",
                                                   "schrieb:",
                                                   "skrev:",
                                                   "ha scritto:",
                                                   "escribi\xC3\xB3:"};
constexpr std::array<std::string_view, 7> kBegins = {
    "on ", "am ", "le ", "il ", "el ", "den ", "at "};

bool EndsIt(std::string_view line) {
  line = TrimRight(line);
  return std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) {
    return line.size() >= end.size() &&
           EqualsIgnoreCase(line.substr(line.size() - end.size()), end);
  });
}

// "Am 20.11.26 um 21:01 schrieb Jane Roe:": the verb in front of the name.
std::size_t VerbInside(std::string_view line) {
  line = TrimRight(line);
  if (line.empty() || line.back() != ':') return std::string_view::npos;
  return line.find(" schrieb ");
}

bool BeginsIt(std::string_view line) {
  line = TrimLeft(line);
  const bool date =
      std::any_of(kBegins.begin(), kBegins.end(), [&](std::string_view begin) {
        return StartsWithIgnoreCase(line, begin);
      });
  return date && std::any_of(line.begin(), line.end(), IsDigitAscii);
}

// What stands between the date and the verb, roughly: behind the last comma or
// the last group with a digit.
std::string_view WithoutDate(std::string_view text) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (IsDigitAscii(text[i]) || text[i] == ',') begin = i + 1;
  }
  std::string_view rest = Trim(text.substr(begin));
  for (std::string_view mark : {"AM", "PM", "UTC", "CET", "GMT", "+", "-"}) {
    if (StartsWithIgnoreCase(rest, mark)) {
      rest = TrimLeft(rest.substr(mark.size()));
    }
  }
  return rest;
}

AttributionLine Read(const std::string& text, std::size_t lines) {
  AttributionLine found;
  found.lines = lines;
  std::string_view rest = TrimRight(text);
  const std::size_t verb = VerbInside(rest);
  if (verb != std::string_view::npos) {
    rest.remove_suffix(1);
    rest = Trim(rest.substr(verb + 9));
  }
  for (std::string_view end : kEnds) {
    if (rest.size() >= end.size() &&
        EqualsIgnoreCase(rest.substr(rest.size() - end.size()), end)) {
      rest = TrimRight(rest.substr(0, rest.size() - end.size()));
      break;
    }
  }
  const std::size_t close = rest.rfind('>');
  const std::size_t open = rest.rfind('<');
  if (open != std::string_view::npos && close != std::string_view::npos &&
      open < close && rest.find('@', open) != std::string_view::npos) {
    found.email = Trim(rest.substr(open + 1, close - open - 1));
    rest = Trim(rest.substr(0, open));
  }
  std::string name(BeginsIt(rest) ? WithoutDate(rest) : rest);
  std::erase(name, '"');
  found.name = Trim(name);
  return found;
}

}  // namespace

AttributionLine FindAttribution(const std::vector<std::string_view>& lines) {
  if (lines.empty() || lines.front().size() > kMaxBytes) return {};
  const bool dated = BeginsIt(lines.front());
  if (EndsIt(lines.front()) ||
      (dated && VerbInside(lines.front()) != std::string_view::npos)) {
    // Prose ends in "said:" too: a date or an address must be there.
    const bool address = lines.front().find('@') != std::string_view::npos;
    if (!dated && !address) return {};
    return Read(std::string(lines.front()), 1);
  }
  if (!dated) return {};
  std::string text(lines.front());
  for (std::size_t i = 1; i < std::min(lines.size(), kAttributionLines); ++i) {
    if (Trim(lines[i]).empty() || text.size() + lines[i].size() > kMaxBytes) {
      return {};
    }
    text += ' ';
    text += lines[i];
    if (EndsIt(lines[i])) return Read(text, i + 1);
  }
  return {};
}

}  // namespace patchmilter::review
