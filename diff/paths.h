// Paths as they stand in a diff's header lines: quoted, prefixed, dated.
// Input: lines of hostile mails; any text gives some answer. Linear.
// Threads: any.  Tested in tests/diff/paths_test.cc.
#ifndef PATCHMILTER_DIFF_PATHS_H_
#define PATCHMILTER_DIFF_PATHS_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace patchmilter::diff {

// Undoes git's C quoting (quote.c): `"a\tb\303\244"` at the front of `text`.
// The text behind the closing quote goes to `*rest`. Nothing where `text` does
// not begin with a whole quoted string.
std::optional<std::string> UnquotePath(std::string_view text,
                                       std::string_view* rest);

// A path that ends the line, quoted or not: "rename from PATH".
std::string WholePath(std::string_view text);

// A path of a "--- " or "+++ " line: up to the tab in front of a date.
std::string DatedPath(std::string_view text);

// The two names of "diff --git OLD NEW" (`text` is what follows "--git "), with
// their prefixes. Names with blanks are unquoted there: they are told apart by
// both halves being one name under two prefixes. Nothing where that fails.
std::optional<std::pair<std::string, std::string>> GitHeaderPaths(
    std::string_view text);

// Takes the prefixes off ("a/" and "b/", "linux.orig/" and "linux/"); a name
// without prefix stays whole; "/dev/null" becomes "".
void StripPrefixes(std::string* old_path, std::string* new_path);

}  // namespace patchmilter::diff

#endif  // PATCHMILTER_DIFF_PATHS_H_
