#include "mime/quoted_cr.h"

#include <algorithm>
#include <string>

namespace patchmilter::mime {

bool HadQuotedCrs(const Mail& mail) {
  return std::any_of(mail.problems.begin(), mail.problems.end(),
                     [](const std::string& problem) {
                       return problem == kCrsInBase64 ||
                              problem == kCrsInQuotedPrintable;
                     });
}

diff::Diff WithQuotedCrs(const PatchMail& patch) {
  const diff::Diff& mended = patch.diff_to_apply();
  const std::string_view text = mended.text();
  std::string with_crs;
  std::size_t begin = 0;
  for (const diff::File& file : mended.files()) {
    for (const diff::Hunk& hunk : file.hunks) {
      for (const diff::Line& line : hunk.lines) {
        if (line.kind == diff::LineKind::kNoNewline) continue;
        const std::size_t end = line.span.begin + line.span.size;
        with_crs += text.substr(begin, end - begin);
        with_crs += '\r';
        begin = end;
      }
    }
  }
  with_crs += text.substr(begin);
  return diff::Diff::Parse(std::move(with_crs));
}

}  // namespace patchmilter::mime
