#include "tree/apply/header_check.h"

#include <string_view>

#include "base/text.h"

namespace patchmilter::tree {
namespace {

constexpr std::string_view kNoPrefix =
    "the diff was made without a/ and b/ in front of its paths, which git am "
    "strips";
constexpr std::string_view kNames =
    "corrupt patch: the names in the file's header do not agree";

constexpr std::string_view kKnownLines[] = {
    "old mode ",           "new mode ",   "deleted file mode ",
    "new file mode ",      "copy from ",  "copy to ",
    "rename old ",         "rename new ", "rename from ",
    "rename to ",          "index ",      "similarity index ",
    "dissimilarity index "};

bool IsKnown(std::string_view line) {
  for (const std::string_view known : kKnownLines) {
    if (line.starts_with(known)) return true;
  }
  return false;
}

// "rename from a/b", "copy to c".
bool IsNameLine(std::string_view line, std::string_view word,
                std::string_view old_word) {
  for (const std::string_view kind : {"rename", "copy"}) {
    if (!line.starts_with(kind)) continue;
    const std::string_view rest = line.substr(kind.size());
    return rest.starts_with(word) ||
           (kind == "rename" && rest.starts_with(old_word));
  }
  return false;
}

// Whether `text` names `path` and nothing is stripped off: "path" or "path",
// tab, date.
bool NamesUnstripped(std::string_view text, std::string_view path) {
  return text.starts_with(path) &&
         (text.size() == path.size() || IsSpaceAscii(text[path.size()]));
}

std::optional<std::string> CheckPlain(const diff::File& file,
                                      std::string_view header) {
  LineReader lines(header);
  for (std::string_view line; lines.Next(&line);) {
    // A name without a slash tells git that nothing is to be stripped.
    const std::string& path =
        line.starts_with("--- ") ? file.old_path : file.new_path;
    if (path.find('/') != std::string::npos && line.size() > 4 &&
        NamesUnstripped(line.substr(4), path)) {
      return std::string(kNoPrefix);
    }
  }
  return std::nullopt;
}

std::optional<std::string> CheckGit(const diff::File& file,
                                    std::string_view header) {
  LineReader lines(header);
  std::string_view line;
  if (!lines.Next(&line)) return std::nullopt;
  const bool quoted = line.find('"') != std::string_view::npos;
  if (!file.old_path.empty() &&
      line == "diff --git " + file.old_path + " " + file.new_path) {
    return std::string(kNoPrefix);
  }
  // Without a rename, the first line ends in the one name.
  const bool one_name = file.change != diff::FileChange::kRenamed &&
                        file.change != diff::FileChange::kCopied;
  const bool first_line_agrees =
      quoted || TrimRight(line).ends_with("/" + file.path());
  bool old_seen = false;
  bool new_seen = false;
  bool from_seen = false;
  bool to_seen = false;
  bool created = false;
  bool deleted = false;
  while (lines.Next(&line)) {
    if (line.starts_with("--- ")) {
      old_seen = true;
      if (created != (line.substr(4).starts_with("/dev/null"))) {
        return std::string(kNames);
      }
    } else if (line.starts_with("+++ ")) {
      new_seen = true;
      if (deleted != (line.substr(4).starts_with("/dev/null"))) {
        return std::string(kNames);
      }
    } else if (line.starts_with("GIT binary patch") ||
               line.starts_with("Binary files ")) {
      break;
    } else if (!IsKnown(line)) {
      if (file.hunks.empty()) break;
      return "corrupt patch: a line that is none of git's stands in the "
             "file's header";
    }
    const bool mode_lost = (line.starts_with("new ") && file.new_mode == 0) ||
                           (line.starts_with("old ") && file.old_mode == 0) ||
                           (line.starts_with("deleted ") && file.old_mode == 0);
    if (mode_lost) return "corrupt patch: a file mode cannot be read";
    from_seen = from_seen || IsNameLine(line, " from ", " old ");
    to_seen = to_seen || IsNameLine(line, " to ", " new ");
    created = created || line.starts_with("new file mode ");
    deleted = deleted || line.starts_with("deleted file mode ");
  }
  if ((created || deleted) && (old_seen || new_seen) && !first_line_agrees) {
    return std::string(kNames);
  }
  if (!one_name && !(from_seen && to_seen)) return std::string(kNames);
  if (one_name && !created && !deleted && old_seen != new_seen) {
    return std::string(kNames);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> HeaderRefusal(const diff::Diff& diff,
                                         const diff::File& file) {
  const std::string_view header = diff.View(file.header);
  if (header.empty()) {
    // diff/ found no way from the header's first line to the first hunk.
    return "corrupt patch: a line that is none of git's stands in the file's "
           "header";
  }
  return header.starts_with("diff --git ") ? CheckGit(file, header)
                                           : CheckPlain(file, header);
}

}  // namespace patchmilter::tree
