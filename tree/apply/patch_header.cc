#include "tree/apply/patch_header.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "diff/paths.h"
#include "git/repository.h"
#include "tree/apply/path_rules.h"

namespace patchmilter::tree {
namespace {

constexpr std::string_view kNames =
    "corrupt patch: the names in the file's header do not agree";
constexpr std::string_view kNoNames =
    "corrupt patch: the file's header names no file when its first directory "
    "is stripped off";
constexpr std::string_view kMode = "corrupt patch: a file mode cannot be read";
constexpr std::string_view kTwoKinds =
    "corrupt patch: the file's header says two of new, deleted, renamed, "
    "copied";

using Name = std::optional<std::string>;

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// git's isspace: no vertical tab, no form feed.
bool IsSpace(char c) { return IsBlank(c) || c == '\n' || c == '\r'; }

bool IsDevNull(std::string_view text) {
  constexpr std::string_view kDevNull = "/dev/null";
  return text.starts_with(kDevNull) &&
         (text.size() == kDevNull.size() || IsSpace(text[kDevNull.size()]));
}

std::string WithSingleSlashes(std::string_view path) {
  std::string single;
  for (const char c : path) {
    if (c != '/' || single.empty() || single.back() != '/') single += c;
  }
  return single;
}

// Behind `strip` slashes; none where there are fewer.
std::optional<std::string_view> BehindSlashes(std::string_view path,
                                              int strip) {
  for (; strip > 0; --strip) {
    const std::size_t slash = path.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    path.remove_prefix(slash + 1);
  }
  return path;
}

// The same for a name of the first line, where an absolute path is none.
std::optional<std::string_view> BehindPrefix(std::string_view path, int strip) {
  if (path.starts_with('/')) return std::nullopt;
  return BehindSlashes(path, strip);
}

// Up to a byte that ends names: "\r", and where they say so a blank or a tab.
std::string_view UpToEnd(std::string_view text, bool tab_ends) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool ends = tab_ends ? text[i] == '\t' : false;
    if (ends || text[i] == '\r') return text.substr(0, i);
  }
  return text;
}

Name Stripped(std::string_view path, int strip) {
  const auto rest = BehindSlashes(path, strip);
  if (!rest || rest->empty()) return std::nullopt;
  return WithSingleSlashes(*rest);
}

// The name at the front of `text`, if it is quoted.
Name FindQuotedName(std::string_view text, int strip) {
  std::string_view rest;
  const auto quoted = diff::UnquotePath(text, &rest);
  if (!quoted) return std::nullopt;
  const auto path = BehindSlashes(*quoted, strip);
  if (!path) return std::nullopt;
  return WithSingleSlashes(*path);
}

Name FindName(std::string_view text, int strip, bool tab_ends) {
  if (Name quoted = FindQuotedName(text, strip)) return quoted;
  return Stripped(UpToEnd(text, tab_ends), strip);
}

// The same of a plain header's line, where a date may stand behind blanks. Of
// "x.c.orig" and `other` "x.c" it is the shorter.
Name FindPlainName(std::string_view text, int strip, const Name& other) {
  if (Name quoted = FindQuotedName(text, strip)) return quoted;
  static const RE2 kDate(
      R"((?:\t| +)(?:\d\d)?\d\d-\d\d-\d\d)"
      R"((?: \d\d:\d\d:\d\d(?:\.\d+)?)?(?: [-+]\d\d:?\d\d)?$)",
      RE2::Latin1);
  re2::StringPiece date;
  const bool dated = kDate.Match(re2::StringPiece(text.data(), text.size()), 0,
                                 text.size(), RE2::UNANCHORED, &date, 1);
  Name name = Stripped(dated ? text.substr(0, text.size() - date.size())
                             : UpToEnd(text, /*tab_ends=*/true),
                       strip);
  if (!name) return other;
  if (other && other->size() < name->size() && name->starts_with(*other)) {
    return other;
  }
  return name;
}

// diff -u dates a side that does not exist 1970-01-01 00:00:00 UTC.
bool HasEpochDate(std::string_view text) {
  static const RE2 kStamp(
      R"(\t(1969-12-31|1970-01-01) ([0-2]\d):([0-5]\d):00(?:\.0+)? )"
      R"(([-+])([0-2]\d):?([0-5]\d)$)",
      RE2::Latin1);
  std::string day;
  std::string sign;
  int hour = 0;
  int minute = 0;
  int zone_hour = 0;
  int zone_minute = 0;
  if (!RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), kStamp,
                         &day, &hour, &minute, &sign, &zone_hour,
                         &zone_minute)) {
    return false;
  }
  int zone = zone_hour * 60 + zone_minute;
  if (sign == "-") zone = -zone;
  return hour * 60 + minute - zone == (day == "1969-12-31" ? 24 * 60 : 0);
}

// Octal digits, then a blank or the end.
std::optional<std::uint32_t> ReadMode(std::string_view text) {
  text = TrimLeft(text);
  std::uint32_t mode = 0;
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '7') {
    if (digits == 10) return std::nullopt;
    mode = mode * 8 + static_cast<std::uint32_t>(text[digits++] - '0');
  }
  if (digits == 0) return std::nullopt;
  if (digits < text.size() && !IsSpace(text[digits])) return std::nullopt;
  // A file that is a directory makes a tree that cannot be read.
  if ((mode & git::kModeTypeMask) == git::kModeDirectory) return std::nullopt;
  return mode;
}

// The one name of "diff --git NAME NAME", if it is one behind the prefixes; a
// rename's names stand in lines of their own.
Name NameOfFirstLine(std::string_view line, int strip) {
  std::string_view rest;
  if (line.starts_with('"')) {
    const auto first = diff::UnquotePath(line, &rest);
    if (!first) return std::nullopt;
    const auto name = BehindPrefix(*first, strip);
    if (!name) return std::nullopt;
    while (!rest.empty() && IsSpace(rest.front())) rest.remove_prefix(1);
    std::optional<std::string> second(rest);
    if (rest.starts_with('"')) second = diff::UnquotePath(rest, &rest);
    if (!second || BehindPrefix(*second, strip) != name) return std::nullopt;
    return std::string(*name);
  }
  const auto behind = BehindPrefix(line, strip);
  if (!behind) return std::nullopt;
  const std::string_view name = *behind;
  if (const std::size_t quote = name.find('"');
      quote != std::string_view::npos) {
    const auto second = diff::UnquotePath(name.substr(quote), &rest);
    if (!second) return std::nullopt;
    const auto path = BehindPrefix(*second, strip);
    if (!path || path->size() >= quote || !name.starts_with(*path) ||
        !IsSpace(name[path->size()])) {
      return std::nullopt;
    }
    return std::string(*path);
  }
  for (std::size_t size = 0; size < name.size(); ++size) {
    if (!IsBlank(name[size])) continue;
    if (size > kMaxPathBytes) return std::nullopt;
    const auto second = BehindPrefix(name.substr(size + 1), strip);
    if (!second) return std::nullopt;
    if (second->size() == size && name.starts_with(*second)) {
      return std::string(*second);
    }
  }
  return std::nullopt;
}

std::string_view FirstLine(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

bool IsUnprefixed(std::string_view names) {
  const std::size_t middle = names.size() / 2;
  return names.size() % 2 == 1 && middle > 0 && names[middle] == ' ' &&
         names.substr(0, middle) == names.substr(middle + 1);
}

// One "diff --git" header, line by line.
class GitHeader {
 public:
  GitHeader(int strip, const Name& left_over) : strip_(strip) {
    found_.old_name = found_.new_name = left_over;
  }

  PatchHeader Read(std::string_view text) {
    std::string_view line = FirstLine(text);
    found_.size = line.size() + 1;
    line.remove_prefix(std::string_view("diff --git ").size());
    first_line_name_ = NameOfFirstLine(line, strip_);
    found_.unprefixed = IsUnprefixed(line);
    while (found_.size < text.size()) {
      const std::string_view rest = text.substr(found_.size);
      line = FirstLine(rest);
      if (line.size() == rest.size()) break;  // It does not end.
      const Handler handler = FindHandler(&line);
      if (handler == nullptr) break;
      found_.size += FirstLine(rest).size() + 1;
      const std::string_view refusal = (this->*handler)(line);
      if (!refusal.empty()) return Refused(refusal);
      if (found_.creates + found_.deletes + found_.renames + found_.copies >
          1) {
        return Refused(kTwoKinds);
      }
    }
    if (!found_.old_name && !found_.new_name) {
      found_.old_name = found_.new_name = first_line_name_;
    }
    if ((!found_.new_name && !found_.deletes) ||
        (!found_.old_name && !found_.creates)) {
      return Refused(kNoNames);
    }
    if (found_.creates) found_.old_name.reset();
    if (found_.deletes) found_.new_name.reset();
    return std::move(found_);
  }

 private:
  using Handler = std::string_view (GitHeader::*)(std::string_view);

  static PatchHeader Refused(std::string_view why) {
    PatchHeader header;
    header.refusal = why;
    return header;
  }

  // What is to be done with it; its first words go. Null for a line that is
  // none of git's.
  static Handler FindHandler(std::string_view* line) {
    struct Known {
      std::string_view word;
      Handler handler;
    };
    static constexpr std::array<Known, 15> kKnown = {{
        {"--- ", &GitHeader::TakeOldName},
        {"+++ ", &GitHeader::TakeNewName},
        {"old mode ", &GitHeader::TakeOldMode},
        {"new mode ", &GitHeader::TakeNewMode},
        {"deleted file mode ", &GitHeader::TakeDeletion},
        {"new file mode ", &GitHeader::TakeCreation},
        {"copy from ", &GitHeader::TakeCopySource},
        {"copy to ", &GitHeader::TakeCopyTarget},
        {"rename old ", &GitHeader::TakeRenameSource},
        {"rename new ", &GitHeader::TakeRenameTarget},
        {"rename from ", &GitHeader::TakeRenameSource},
        {"rename to ", &GitHeader::TakeRenameTarget},
        {"similarity index ", &GitHeader::TakeNothing},
        {"dissimilarity index ", &GitHeader::TakeNothing},
        {"index ", &GitHeader::TakeIndex},
    }};
    for (const Known& known : kKnown) {
      if (line->starts_with(known.word)) {
        line->remove_prefix(known.word.size());
        return known.handler;
      }
    }
    return nullptr;
  }

  std::string_view TakeName(std::string_view text, bool is_none, Name* name) {
    if (!*name) {
      if (!is_none) {
        *name = FindName(text, strip_, /*tab_ends=*/true);
        return "";
      }
      return IsDevNull(text) ? "" : kNames;
    }
    if (is_none || FindName(text, strip_, /*tab_ends=*/true) != *name) {
      return kNames;
    }
    return "";
  }
  std::string_view TakeOldName(std::string_view text) {
    return TakeName(text, found_.creates, &found_.old_name);
  }
  std::string_view TakeNewName(std::string_view text) {
    return TakeName(text, found_.deletes, &found_.new_name);
  }

  std::string_view TakeMode(std::string_view text, std::uint32_t* mode) {
    const auto read = ReadMode(text);
    if (!read) return kMode;
    *mode = *read;
    return "";
  }
  std::string_view TakeOldMode(std::string_view text) {
    return TakeMode(text, &found_.old_mode);
  }
  std::string_view TakeNewMode(std::string_view text) {
    return TakeMode(text, &found_.new_mode);
  }
  std::string_view TakeDeletion(std::string_view text) {
    found_.deletes = true;
    found_.old_name = first_line_name_;
    return TakeOldMode(text);
  }
  std::string_view TakeCreation(std::string_view text) {
    found_.creates = true;
    found_.new_name = first_line_name_;
    return TakeNewMode(text);
  }

  // Behind "rename from " and the like stands no prefix.
  Name WholeName(std::string_view text) const {
    return FindName(text, strip_ > 0 ? strip_ - 1 : 0, /*tab_ends=*/false);
  }
  std::string_view TakeMove(std::string_view text, bool* kind, Name* name) {
    *kind = true;
    *name = WholeName(text);
    return "";
  }
  std::string_view TakeCopySource(std::string_view text) {
    return TakeMove(text, &found_.copies, &found_.old_name);
  }
  std::string_view TakeCopyTarget(std::string_view text) {
    return TakeMove(text, &found_.copies, &found_.new_name);
  }
  std::string_view TakeRenameSource(std::string_view text) {
    return TakeMove(text, &found_.renames, &found_.old_name);
  }
  std::string_view TakeRenameTarget(std::string_view text) {
    return TakeMove(text, &found_.renames, &found_.new_name);
  }

  std::string_view TakeNothing(std::string_view /*text*/) { return ""; }

  // "abc..def 100644"; anything else is passed over.
  std::string_view TakeIndex(std::string_view text) {
    const std::size_t dots = text.find('.');
    if (dots > git::kHexIdLength || !text.substr(dots).starts_with("..")) {
      return "";
    }
    const std::size_t end = std::min(text.find(' ', dots), text.size());
    const std::string_view new_blob = text.substr(dots + 2, end - dots - 2);
    if (new_blob.size() > git::kHexIdLength) return "";
    found_.old_blob = ToLower(text.substr(0, dots));
    found_.new_blob = ToLower(new_blob);
    return end == text.size() ? "" : TakeOldMode(text.substr(end + 1));
  }

  const int strip_;
  Name first_line_name_;
  PatchHeader found_;
};

}  // namespace

PatchHeader HeaderReader::Read(std::string_view text) {
  if (text.starts_with("diff --git ")) {
    PatchHeader found = GitHeader(strip_, left_over_).Read(text);
    const bool is_alone = found.size == FirstLine(text).size() + 1;
    left_over_ = is_alone ? found.old_name : std::nullopt;
    return found;
  }
  PatchHeader found;
  found.plain = true;
  left_over_.reset();
  std::string_view first = FirstLine(text);
  std::string_view second =
      FirstLine(text.substr(std::min(first.size() + 1, text.size())));
  found.size = std::min(first.size() + second.size() + 2, text.size());
  if (!first.starts_with("--- ") || !second.starts_with("+++ ")) {
    found.refusal = kNoNames;
    return found;
  }
  first.remove_prefix(4);
  second.remove_prefix(4);
  if (!strip_is_known_ && !IsDevNull(second)) {
    const Name whole = FindPlainName(second, 0, std::nullopt);
    if (whole && whole->find('/') == std::string::npos) {
      strip_ = 0;
      strip_is_known_ = true;
    }
  }
  Name name;
  if (IsDevNull(first)) {
    found.creates = true;
    name = FindPlainName(second, strip_, std::nullopt);
  } else if (IsDevNull(second)) {
    found.deletes = true;
    name = FindPlainName(first, strip_, std::nullopt);
  } else {
    name = FindPlainName(second, strip_,
                         FindPlainName(first, strip_, std::nullopt));
    found.creates = HasEpochDate(first);
    found.deletes = !found.creates && HasEpochDate(second);
  }
  if (!name) {
    found.refusal = kNoNames;
    return found;
  }
  if (!found.creates) found.old_name = name;
  if (!found.deletes) found.new_name = name;
  return found;
}

}  // namespace patchmilter::tree
