#include "review/words.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "base/text.h"
#include "review/characters.h"
#include "review/links.h"

namespace patchmilter::review {

namespace {

using std::string_view;

// Part of a key: also any letter beyond ASCII, which may look like one of it.
bool IsKeyByte(char c) {
  return IsAlnumAscii(c) || c == '_' || c == '-' ||
         static_cast<unsigned char>(c) >= 0x80;
}

template <std::size_t N>
bool Among(string_view word, const std::array<string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool EndsWith(string_view text, string_view end) {
  return text.size() >= end.size() &&
         text.substr(text.size() - end.size()) == end;
}

// Keys with a dash or "by" are read by tools wherever a line begins; the plain
// ones are also words of YAML and C labels.
bool IsPlainKey(string_view lower) {
  static constexpr std::array<string_view, 18> kKeys = {
      "fixes",    "link",     "links",   "closes",   "cc",         "bcc",
      "to",       "from",     "subject", "date",     "buglink",    "bug",
      "bugzilla", "reported", "sender",  "resolves", "references", "by"};
  return Among(lower, kKeys);
}

bool IsDashedKey(string_view lower) {
  static constexpr std::array<string_view, 15> kKeys = {
      "change-id",
      "base-commit",
      "obsoleted-by",
      "message-id",
      "in-reply-to",
      "reply-to",
      "based-on",
      "depends-on",
      "x-patchwork-hint",
      "prerequisite-patch-id",
      "prerequisite-message-id",
      "prerequisite-change-id",
      "patch-id",
      "review-of",
      "list-id"};
  if (lower.size() >= 3 && (EndsWith(lower, "-by") || EndsWith(lower, "_by"))) {
    return true;
  }
  // "pw-bot:", "tip-bot2:", "somebot:": who listens to such a line is a bot.
  std::size_t end = lower.size();
  while (end > 0 && IsDigitAscii(lower[end - 1])) --end;
  return EndsWith(lower.substr(0, end), "bot") || Among(lower, kKeys);
}

// "Side-effect": the shape of a trailer's key, and no name of one.
bool ShapedLikeAKey(string_view key) {
  return key.size() > 2 && key[0] >= 'A' && key[0] <= 'Z' &&
         key.find('-') != string_view::npos && key.back() != '-';
}

// ">8" alone or among dashes, not "x>8" or "1<<8<<y" of code.
bool ScissorsWord(string_view word) {
  static constexpr std::array<string_view, 4> kMarks = {">8", "8<", ">%", "%<"};
  if (word.find_first_not_of("-><8%=") != string_view::npos) return false;
  return std::any_of(kMarks.begin(), kMarks.end(), [&](string_view mark) {
    return word.find(mark) != string_view::npos;
  });
}

// What the rules of DefuseWord look for; most words hold nothing of it.
bool NeedsALook(string_view word) {
  return word.size() >= 40 ||
         word.find_first_of(":#/@<>%.[({") != string_view::npos ||
         FindIgnoreCase(word, "hxxp") != string_view::npos;
}

// Where a word stands.
struct Around {
  string_view before;  // The word before it on the line; "" for the first.
  bool first = true;   // Nothing but marks ("/*", "-") stands before it.
  bool before_first = false;  // `before` was the first.
};

// Colons behind a key: "Fixes:", "(Acked-by::x", "x,Tested-by:".
std::string WithoutKeyColon(string_view word, TextKind kind,
                            const Around& around) {
  for (std::size_t at = word.find(':'); at != string_view::npos;
       at = word.find(':', at + 1)) {
    std::size_t from = at;
    while (from > 0 && IsKeyByte(word[from - 1])) --from;
    // "-by" is a key with its dash, "-Fixes" one without.
    const std::string whole =
        ToLower(LatinSkeleton(word.substr(from, at - from)));
    while (from < at && word[from] == '-') ++from;
    const string_view key = word.substr(from, at - from);
    if (key.empty()) continue;
    std::size_t end = at;
    while (end < word.size() && word[end] == ':') ++end;
    const std::string lower = ToLower(LatinSkeleton(key));
    const bool starts =
        around.first && std::none_of(word.begin(), word.begin() + from,
                                     [](char c) { return IsAlnumAscii(c); });
    std::string_view join;
    if (IsDashedKey(whole) || IsDashedKey(lower) ||
        (IsPlainKey(lower) && (kind == TextKind::kProse || starts))) {
      join = end < word.size() && !ClosingMark(word[end]) ? " " : "";
    } else if (kind == TextKind::kProse && end == word.size() &&
               ShapedLikeAKey(key)) {
      join = " -";
    } else {
      continue;
    }
    return std::string(word.substr(0, at)) + std::string(join) +
           std::string(word.substr(end));
  }
  return std::string(word);
}

bool CloseWord(string_view word) {
  static constexpr std::array<string_view, 9> kWords = {
      "close", "closes",  "closed",   "fix",     "fixes",
      "fixed", "resolve", "resolves", "resolved"};
  return Among(ToLower(word), kWords);
}

// "#" in front of a bot's name or command.
std::string WithoutHash(string_view word, TextKind kind, const Around& around) {
  static constexpr std::array<string_view, 5> kBots = {
      "syz", "regz", "bugspray", "b4", "pw-bot"};
  for (std::size_t at = word.find('#'); at != string_view::npos;
       at = word.find('#', at + 1)) {
    const string_view rest = word.substr(at + 1);
    const bool named = std::any_of(
        kBots.begin(), kBots.end(),
        [&](string_view bot) { return StartsWithIgnoreCase(rest, bot); });
    const bool closes = at == 0 && !rest.empty() && IsDigitAscii(rest[0]) &&
                        CloseWord(around.before);
    const bool shaped = at == 0 && HashCommand(word) &&
                        (kind == TextKind::kProse || around.first);
    if (named || closes || shaped) {
      return std::string(word.substr(0, at)) + std::string(rest);
    }
  }
  return std::string(word);
}

// Commands that bots take anywhere in a line, or at its start.
bool IsSlashWord(string_view word) {
  static constexpr std::array<string_view, 24> kCommands = {
      "test",  "retest", "ok-to-test", "lgtm",     "approve",  "assign",
      "hold",  "close",  "reopen",     "merge",    "cc",       "retitle",
      "label", "kind",   "land",       "rebuild",  "recheck",  "rerun",
      "skip",  "lock",   "cancel",     "override", "backport", "unassign"};
  return Among(ToLower(word), kCommands);
}

std::string DefuseWord(string_view word, TextKind kind, const Around& around) {
  if (!NeedsALook(word)) return std::string(word);
  if (HoldsLink(word)) return InPlaceOf(word, "[link removed]");
  if (HoldsAddress(word)) return InPlaceOf(word, "[address removed]");
  if (HoldsData(word)) return "[data removed]";
  // Git cuts at no line below eight bytes: "x>8" alone is a comparison.
  if (kind == TextKind::kProse &&
      (ScissorsWord(word) || (word.size() >= 8 && ScissorsLine(word)))) {
    return "[cut mark]";
  }
  std::string out = WithoutKeyColon(word, kind, around);
  if (out != word) return out;
  out = WithoutHash(word, kind, around);
  if (out != word) return out;
  if (SlashCommand(word)) {
    string_view name = word.substr(1);
    while (!name.empty() && !IsAlnumAscii(name.back())) name.remove_suffix(1);
    if (IsSlashWord(name)) return std::string(word.substr(1));
  }
  // Also "@/x.y": a quotation mark of ours in front makes an address of it.
  if (kind == TextKind::kProse && word.size() > 1 && word[0] == '@' &&
      (IsKeyByte(word[1]) || HoldsAddress("\"" + std::string(word)))) {
    return std::string(word.substr(1));
  }
  return std::string(word);
}

// One pass over the words of a line.
std::string DefuseOnce(string_view line, TextKind kind) {
  std::string out;
  out.reserve(line.size());
  Around around;
  for (std::size_t i = 0; i < line.size();) {
    std::size_t j = i;
    while (j < line.size() && (line[j] == ' ' || line[j] == '\t')) ++j;
    out.append(line, i, j - i);
    i = j;
    while (j < line.size() && line[j] != ' ' && line[j] != '\t') ++j;
    if (j == i) break;
    const string_view word = line.substr(i, j - i);
    // "Signed-off-by : x": git takes the blank before the colon too.
    string_view key = around.before;
    while (!key.empty() && !IsKeyByte(key.front())) key.remove_prefix(1);
    const std::string lower = ToLower(LatinSkeleton(key));
    if (word[0] == ':' && !key.empty() &&
        (IsDashedKey(lower) ||
         (IsPlainKey(lower) &&
          (kind == TextKind::kProse || around.before_first)))) {
      out += word.substr(std::min(word.find_first_not_of(':'), word.size()));
    } else {
      out += DefuseWord(word, kind, around);
    }
    around.before_first = around.first;
    around.first =
        around.first && std::none_of(word.begin(), word.end(), [](char c) {
          return c != '-' && IsKeyByte(c);
        });
    around.before = word;
    i = j;
  }
  return out;
}

}  // namespace

bool IsTrailerKey(string_view key) {
  const std::string lower = ToLower(LatinSkeleton(key));
  return IsPlainKey(lower) || IsDashedKey(lower);
}

bool HashCommand(string_view word) {
  static constexpr std::array<string_view, 16> kDirectives = {
      "include", "define",       "undef", "if",    "ifdef", "ifndef",
      "else",    "elif",         "endif", "error", "line",  "warning",
      "pragma",  "include_next", "ident", "import"};
  std::size_t begin = 0;
  while (begin < word.size() && word[begin] == '#') ++begin;
  if (begin == 0 || begin == word.size() || !IsAlphaAscii(word[begin])) {
    return false;
  }
  std::size_t end = begin;
  while (end < word.size() &&
         (IsAlnumAscii(word[end]) || word[end] == '-' || word[end] == '_')) {
    ++end;
  }
  const string_view name = word.substr(begin, end - begin);
  return !Among(name, kDirectives) && !EndsWith(name, "-cells");
}

bool SlashCommand(string_view word) {
  if (word.size() < 2 || word[0] != '/' || !IsAlphaAscii(word[1])) return false;
  std::size_t end = 1;
  while (end < word.size() && (IsAlnumAscii(word[end]) || word[end] == '-')) {
    ++end;
  }
  while (end < word.size() && ClosingMark(word[end])) ++end;
  return end == word.size();
}

bool ScissorsLine(string_view line) {
  std::size_t perforation = 0;
  std::size_t gap = 0;
  bool scissors = false;
  bool inside = false;
  const string_view text = Trim(line);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const string_view two = text.substr(i, 2);
    if (text[i] == ' ' || text[i] == '\t') {
      if (inside) {
        ++perforation;
        ++gap;
      }
    } else if (text[i] == '-') {
      inside = true;
      ++perforation;
    } else if (two == ">8" || two == "8<" || two == ">%" || two == "%<") {
      inside = true;
      scissors = true;
      perforation += 2;
      ++i;
    } else {
      inside = false;
    }
  }
  return scissors && text.size() < perforation * 3 && gap * 2 <= perforation;
}

bool BreakScissors(std::string* line) {
  if (!ScissorsLine(*line)) return false;
  for (std::size_t i = 0; i + 1 < line->size(); ++i) {
    const string_view two = string_view(*line).substr(i, 2);
    if (two == ">8" || two == "8<" || two == ">%" || two == "%<") {
      line->insert(i + 1, 1, ' ');
    }
  }
  return true;
}

std::string DefuseLine(string_view line, TextKind kind) {
  std::string now(line);
  for (int pass = 0; pass < 16; ++pass) {
    std::string out = DefuseOnce(now, kind);
    if (out == now) return now;
    now = std::move(out);
  }
  return "[removed]";
}

}  // namespace patchmilter::review
