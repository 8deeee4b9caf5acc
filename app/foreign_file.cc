#include "app/foreign_file.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace patchmilter::app {
namespace {

using std::string_view_literals::operator""sv;

struct Mark {
  std::string_view bytes;
  const char* what;
};

// Compressed files and tars are read, and not here.
constexpr std::array<Mark, 11> kMarks = {{
    {"PK\x03\x04"sv, "is a zip archive: unpack it and give the directory"},
    {"7z\xbc\xaf\x27\x1c"sv,
     "is a 7z archive: unpack it and give the directory"},
    {"Rar!"sv, "is a rar archive: unpack it and give the directory"},
    {"LZIP"sv,
     "is compressed by lzip: unpack it, as with `lzip -dc FILE | patchmilter "
     "… -`"},
    {"\x89LZO"sv,
     "is compressed by lzop: unpack it, as with `lzop -dc FILE | patchmilter "
     "… -`"},
    {"\x04\x22\x4d\x18"sv,
     "is compressed by lz4: unpack it, as with `lz4 -dc FILE | patchmilter "
     "… -`"},
    {"%PDF-"sv, "is a PDF document, no mail"},
    {"# v2 git bundle"sv,
     "is a git bundle: give a bare clone of it (`git clone --mirror`)"},
    {"SQLite format 3"sv,
     "is an SQLite database, no mail: of a public-inbox give its directory"},
    {"diff --git "sv,
     "is a diff without mail headers: give what `git format-patch --stdout "
     "BASE..` prints"},
    {"--- "sv,
     "is a diff without mail headers: give what `git format-patch --stdout "
     "BASE..` prints"},
}};

}  // namespace

bool IsHeaderLine(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  if (line.substr(colon).starts_with("://")) return false;
  return std::all_of(
      line.begin(), line.begin() + static_cast<long>(colon), [](char c) {
        return IsAlnumAscii(c) || c == '-' || c == '_' || c == '.';
      });
}

std::string WhyNoMail(std::string_view head) {
  for (const Mark& mark : kMarks) {
    if (head.starts_with(mark.bytes)) return mark.what;
  }
  const std::string_view line = head.substr(0, head.find('\n'));
  if (line.starts_with("Index: ")) return kMarks.back().what;
  if (line.starts_with("commit ")) {
    return "is the output of `git log` or `git show`: give what `git "
           "format-patch --stdout BASE..` prints";
  }
  if (StartsWithIgnoreCase(line, "<!doctype html") ||
      StartsWithIgnoreCase(line, "<html")) {
    return "is a web page, no mail: a public-inbox gives the mbox of a thread "
           "at …/t.mbox.gz, and a mail at …/raw";
  }
  if (IsHeaderLine(line)) return "";
  // A single mail with the line of an mbox in front that was quoted.
  if (line.starts_with(">From ")) return "";
  return "is no mail and no mbox: its first line is neither a header nor "
         "\"From …\"; give an mbox, a mail, a directory of mails, or what "
         "`git format-patch --stdout BASE..` prints";
}

}  // namespace patchmilter::app
