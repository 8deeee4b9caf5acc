#include "review/checks/fixes_lines.h"

#include <utility>

#include "base/text.h"

namespace patchmilter::review {
namespace {

constexpr std::string_view kKey = "Fixes";
constexpr std::string_view kCommit = "commit ";
constexpr std::size_t kMinDigits = 7;
constexpr std::size_t kMaxDigits = 40;
// Lines that one subject may be wrapped into behind its first.
constexpr std::size_t kMaxWrapped = 3;

bool IsHex(char c) {
  const char lower = ToLowerAscii(c);
  return IsDigitAscii(c) || (lower >= 'a' && lower <= 'f');
}

std::string_view WithoutCommit(std::string_view text) {
  text = TrimLeft(text);
  if (!StartsWithIgnoreCase(text, kCommit)) return text;
  return TrimLeft(text.substr(kCommit.size()));
}

// What stands behind "Fixes:" where `line` begins so and an id may follow; ""
// where it does not.
std::string_view ValueOf(std::string_view line) {
  if (!StartsWithIgnoreCase(line, kKey)) return {};
  line = TrimLeft(line.substr(kKey.size()));
  if (!line.starts_with(':')) return {};
  const std::string_view value = Trim(line.substr(1));
  const std::string_view id = WithoutCommit(value);
  if (id.size() < kMinDigits) return {};
  for (std::size_t i = 0; i < kMinDigits; ++i) {
    if (!IsHex(id[i])) return {};
  }
  return value;
}

bool HasSubject(std::string_view value) {
  const std::size_t begin = value.find("(\"");
  return begin != std::string_view::npos &&
         value.find("\")", begin + 2) != std::string_view::npos;
}

// `value` with the lines from `next` on that end its subject; itself where none
// do.
std::string Unwrapped(const std::string& value,
                      const std::vector<std::string_view>& lines,
                      std::size_t next) {
  if (HasSubject(value)) return value;
  bool open = value.find("(\"") != std::string::npos;
  std::string whole = value;
  for (std::size_t i = next; i < lines.size() && i < next + kMaxWrapped; ++i) {
    const std::string_view line = Trim(lines[i]);
    if (line.empty() || !ValueOf(line).empty() ||
        StartsWithIgnoreCase(line, "Signed-off-by:")) {
      break;
    }
    if (!open && !line.starts_with("(\"")) break;
    open = true;
    whole += ' ';
    whole += line;
    if (HasSubject(whole)) return whole;
  }
  return value;
}

std::string_view WithoutSeparator(std::string_view text) {
  while (!text.empty()) {
    if (IsSpaceAscii(text[0]) || text[0] == ',' || text[0] == ';' ||
        text[0] == '&') {
      text.remove_prefix(1);
    } else if (StartsWithIgnoreCase(text, "and ")) {
      text.remove_prefix(4);
    } else {
      break;
    }
  }
  return text;
}

// Whether another target with a subject begins `text`.
bool BeginsTarget(std::string_view text) {
  text = WithoutCommit(text);
  const std::size_t id = IdLength(text, kMinDigits);
  return id > 0 && TrimLeft(text.substr(id)).starts_with("(\"");
}

}  // namespace

std::size_t IdLength(std::string_view text, std::size_t least) {
  std::size_t digits = 0;
  bool letter = false;
  while (digits < text.size() && IsHex(text[digits])) {
    letter = letter || !IsDigitAscii(text[digits]);
    ++digits;
  }
  if (!letter || digits < least || digits > kMaxDigits) return 0;
  if (digits == text.size()) return digits;
  return IsSpaceAscii(text[digits]) || text[digits] == '(' ? digits : 0;
}

std::vector<FixesLine> FixesLinesOf(const mime::PatchMail& patch) {
  std::vector<FixesLine> found;
  if (patch.message.empty() || patch.message_end < patch.message.size()) {
    return found;
  }
  std::uint32_t number = 0;
  const std::size_t begin = patch.message_end - patch.message.size();
  for (std::size_t i = 0; i < begin; ++i) {
    if (patch.mail.text[i] == '\n') ++number;
  }
  std::vector<std::string_view> lines;
  LineReader reader(patch.message);
  std::string_view line;
  while (reader.Next(&line)) lines.push_back(line);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    FixesLine fixes;
    fixes.value = ValueOf(lines[i]);
    if (fixes.value.empty()) continue;
    fixes.text_line = number + static_cast<std::uint32_t>(i);
    std::size_t next = i + 1;
    while (next < lines.size() && !Trim(lines[next]).empty() &&
           IsSpaceAscii(lines[next][0])) {
      fixes.value += ' ';
      fixes.value += Trim(lines[next++]);
    }
    fixes.whole = Unwrapped(fixes.value, lines, next);
    found.push_back(std::move(fixes));
  }
  return found;
}

std::vector<FixesTarget> FixesTargets(std::string_view whole) {
  std::vector<FixesTarget> targets;
  std::string_view rest = whole;
  while (!rest.empty()) {
    rest = WithoutCommit(rest);
    const std::size_t digits = IdLength(rest, kMinDigits);
    if (digits == 0) break;
    FixesTarget target;
    target.id = ToLower(rest.substr(0, digits));
    const std::string_view behind = TrimLeft(rest.substr(digits));
    target.quoted = behind.starts_with("(\"");
    rest = {};
    for (std::size_t end = 1; target.quoted;) {
      end = behind.find("\")", end + 1);
      if (end == std::string_view::npos) break;
      if (target.subjects.size() < kMaxSubjects) {
        target.subjects.emplace_back(behind.substr(2, end - 2));
      }
      const std::string_view next = WithoutSeparator(behind.substr(end + 2));
      if (BeginsTarget(next)) {
        rest = next;
        break;
      }
    }
    targets.push_back(std::move(target));
  }
  return targets;
}

}  // namespace patchmilter::review
