#include "tree/questions/diff_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "tree/questions/read_file.h"
#include "tree/questions/view.h"

namespace patchmilter::tree {
namespace {

// Digits of the blobs' ids. The kernel's own choice.
constexpr std::size_t kAbbreviation = 12;
// Of the function's line in a hunk's header (xdiff's func_line).
constexpr std::size_t kMaxHeading = 80;

constexpr std::string_view kNoFinalNewline = "\\ No newline at end of file\n";

// git's rule where no driver is set for a file: a letter, '_' or '$' at the
// line's begin (def_ff() in xemit.c).
std::optional<std::string_view> AsHeading(std::string_view line) {
  if (line.empty()) return std::nullopt;
  if (!IsAlphaAscii(line[0]) && line[0] != '_' && line[0] != '$') {
    return std::nullopt;
  }
  return TrimRight(line.substr(0, kMaxHeading));
}

std::string Range(std::uint32_t first, std::uint32_t count) {
  // Where there is no line, the one before is named.
  if (count == 0) return fmt::format("{},0", first - 1);
  return count == 1 ? std::to_string(first)
                    : fmt::format("{},{}", first, count);
}

void AppendLine(char mark, const FileLines& lines, std::uint32_t number,
                std::string* out) {
  const std::string_view line = lines.Lines(number, number);
  *out += mark;
  *out += line;
  if (line.back() != '\n') {
    *out += '\n';
    *out += kNoFinalNewline;
  }
}

// Writes hunks one after the other.
class HunkWriter {
 public:
  HunkWriter(const FileLines& old_lines, const FileLines& new_lines,
             std::uint32_t context, std::uint32_t first_old,
             std::uint32_t first_new)
      : old_(old_lines),
        new_(new_lines),
        context_(context),
        first_old_(first_old),
        first_new_(first_new) {}

  // `begin` to `end`: changes so near to each other that they are one hunk.
  void Write(const git::LineChange* begin, const git::LineChange* end) {
    const git::LineChange& last = end[-1];
    const std::uint32_t before = std::min(context_, begin->old_first - 1);
    const std::uint32_t old_end = last.old_first + last.old_count;  // Behind.
    const std::uint32_t after = std::min(context_, old_.size() + 1 - old_end);
    const std::uint32_t old_first = begin->old_first - before;
    const std::uint32_t new_first = begin->new_first - before;
    const std::uint32_t old_count = old_end + after - old_first;
    const std::uint32_t new_count =
        last.new_first + last.new_count + after - new_first;
    FindHeading(old_first);
    text_ += fmt::format("@@ -{} +{} @@",
                         Range(old_first + first_old_ - 1, old_count),
                         Range(new_first + first_new_ - 1, new_count));
    if (!heading_.empty()) {
      text_ += ' ';
      text_ += heading_;
    }
    text_ += '\n';
    std::uint32_t at = old_first;
    for (const git::LineChange* change = begin; change != end; ++change) {
      for (; at < change->old_first; ++at) AppendLine(' ', old_, at, &text_);
      for (std::uint32_t i = 0; i < change->old_count; ++i, ++at) {
        AppendLine('-', old_, at, &text_);
      }
      for (std::uint32_t i = 0; i < change->new_count; ++i) {
        AppendLine('+', new_, change->new_first + i, &text_);
      }
    }
    for (; at < old_end + after; ++at) AppendLine(' ', old_, at, &text_);
  }

  std::string Take() { return std::move(text_); }

 private:
  // The nearest above the hunk; where there is none since the last hunk, that
  // one's stays.
  void FindHeading(std::uint32_t old_first) {
    for (std::uint32_t at = old_first - 1; at > looked_; --at) {
      if (const auto heading = AsHeading(old_.Line(at))) {
        heading_ = *heading;
        break;
      }
    }
    looked_ = std::max(looked_, old_first - 1);
  }

  const FileLines& old_;
  const FileLines& new_;
  std::uint32_t context_;
  std::uint32_t first_old_;
  std::uint32_t first_new_;
  std::uint32_t looked_ = 0;  // Lines of old_ that were looked at.
  std::string heading_;
  std::string text_;
};

std::string Abbreviated(const git::ObjectId& id) {
  return id.Hex().substr(0, kAbbreviation);
}

Result<std::string> Content(git::Repository* repository, std::uint32_t mode,
                            const git::ObjectId& id) {
  if (mode == 0) return std::string();
  if (mode == git::kModeSubmodule) {
    return "Subproject commit " + id.Hex() + "\n";
  }
  return repository->ReadBlob(id, kMaxReadBytes);
}

// All lines above the first hunk but "---" and "+++".
std::string Header(const FilePair& file) {
  const bool renamed = file.similarity >= 0;
  std::string text =
      fmt::format("diff --git {} {}\n", QuotedPath("a/", file.old_path),
                  QuotedPath("b/", file.new_path));
  if (file.old_mode == 0) {
    text += fmt::format("new file mode {:06o}\n", file.new_mode);
  } else if (file.new_mode == 0) {
    text += fmt::format("deleted file mode {:06o}\n", file.old_mode);
  } else if (file.old_mode != file.new_mode) {
    text += fmt::format("old mode {:06o}\nnew mode {:06o}\n", file.old_mode,
                        file.new_mode);
  }
  if (renamed) {
    text += fmt::format("similarity index {}%\nrename from {}\nrename to {}\n",
                        file.similarity, QuotedPath("", file.old_path),
                        QuotedPath("", file.new_path));
  }
  if (file.old_id != file.new_id) {
    text += fmt::format("index {}..{}", Abbreviated(file.old_id),
                        Abbreviated(file.new_id));
    if (file.old_mode == file.new_mode) {
      text += fmt::format(" {:06o}", file.new_mode);
    }
    text += '\n';
  }
  return text;
}

// "a/path", or where there is no file what git writes then.
std::string Side(std::string_view prefix, std::string_view path,
                 std::uint32_t mode) {
  return mode == 0 ? "/dev/null" : QuotedPath(prefix, path);
}

// A name with a blank in it is ended by a tab, for patch(1).
std::string_view NameEnd(std::string_view name) {
  return name.find(' ') == std::string_view::npos ? "\n" : "\t\n";
}

class TreesDiff final : public TextPieces {
 public:
  TreesDiff(git::Repository* repository, std::vector<FilePair> files,
            std::string head, std::vector<std::string> notes)
      : repository_(repository),
        files_(std::move(files)),
        head_(std::move(head)),
        notes_(std::move(notes)) {}

  std::size_t count() const override {
    return files_.size() + (head_.empty() ? 0 : 1);
  }
  Result<std::string> Make(std::size_t index) override {
    if (!head_.empty()) {
      if (index == 0) return head_;
      --index;
    }
    return FormatFileDiff(repository_, files_[index]);
  }
  std::vector<std::string> notes() const override { return notes_; }

 private:
  git::Repository* repository_;
  std::vector<FilePair> files_;
  std::string head_;
  std::vector<std::string> notes_;
};

Result<bool> Stands(git::Repository* repository, const git::ObjectId& tree,
                    std::string_view path) {
  if (tree.IsZero()) return false;
  PM_ASSIGN_OR_RETURN(const auto entry, repository->Lookup(tree, path));
  return entry.has_value();
}

// What changes its kind is removed and made anew.
std::vector<FilePair> SplitTypeChanges(std::vector<FilePair> files) {
  std::vector<FilePair> result;
  result.reserve(files.size());
  for (FilePair& file : files) {
    const std::uint32_t old_type = file.old_mode & git::kModeTypeMask;
    const std::uint32_t new_type = file.new_mode & git::kModeTypeMask;
    if (old_type != 0 && new_type != 0 && old_type != new_type) {
      FilePair made = file;
      made.old_mode = 0;
      made.old_id = {};
      file.new_mode = 0;
      file.new_id = {};
      result.push_back(std::move(file));
      result.push_back(std::move(made));
    } else {
      result.push_back(std::move(file));
    }
  }
  return result;
}

}  // namespace

std::string QuotedPath(std::string_view prefix, std::string_view path) {
  std::string text;
  bool quoted = false;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    constexpr std::string_view kSpecial = "\a\b\t\n\v\f\r\"\\";
    constexpr std::string_view kLetters = "abtnvfr\"\\";
    const std::size_t special = kSpecial.find(c);
    if (c != '\0' && special != std::string_view::npos) {
      text += '\\';
      text += kLetters[special];
    } else if (byte < 0x20 || byte >= 0x7f) {
      text += fmt::format("\\{:03o}", byte);
    } else {
      text += c;
      continue;
    }
    quoted = true;
  }
  if (!quoted) return std::string(prefix) + text;
  return "\"" + std::string(prefix) + text + "\"";
}

std::string FormatHunks(const FileLines& old_lines, const FileLines& new_lines,
                        const std::vector<git::LineChange>& changes,
                        std::uint32_t context, std::uint32_t first_old,
                        std::uint32_t first_new) {
  HunkWriter writer(old_lines, new_lines, context, first_old, first_new);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const std::uint32_t end = changes[i].old_first + changes[i].old_count;
    if (i + 1 < changes.size() &&
        changes[i + 1].old_first - end <= std::uint64_t{context} * 2) {
      continue;
    }
    writer.Write(changes.data() + begin, changes.data() + i + 1);
    begin = i + 1;
  }
  return writer.Take();
}

Result<std::string> FormatFileDiff(git::Repository* repository,
                                   const FilePair& file) {
  std::string text = Header(file);
  if (file.old_id == file.new_id) return text;
  const std::string old_name = Side("a/", file.old_path, file.old_mode);
  const std::string new_name = Side("b/", file.new_path, file.new_mode);
  const auto differ = [&](std::string_view why) {
    return text + fmt::format("{} {} and {} differ\n", why, old_name, new_name);
  };
  auto before = Content(repository, file.old_mode, file.old_id);
  auto after = Content(repository, file.new_mode, file.new_id);
  for (const auto* side : {&before, &after}) {
    if (side->ok()) continue;
    if (side->error().kind == ErrorKind::kInvalidInput) {
      return differ("Files (too large to be compared)");
    }
    return side->error();
  }
  if (LooksBinary(*before) || LooksBinary(*after))
    return differ("Binary files");
  const auto changes = git::DiffLines(*before, *after);
  if (!changes.ok() && changes.error().kind == ErrorKind::kInvalidInput) {
    return differ("Files (too large to be compared)");
  }
  if (!changes.ok()) return changes.error();
  if (changes->empty()) return text;
  text += "--- " + old_name;
  text += NameEnd(old_name);
  text += "+++ " + new_name;
  text += NameEnd(new_name);
  text += FormatHunks(FileLines(*before), FileLines(*after), *changes,
                      kDiffContext);
  return text;
}

Result<std::unique_ptr<TextPieces>> DiffPieces(git::Repository* repository,
                                               const git::ObjectId& old_tree,
                                               const git::ObjectId& new_tree,
                                               std::string_view path,
                                               std::string head) {
  PM_ASSIGN_OR_RETURN(const auto changes,
                      git::DiffTrees(repository, old_tree, new_tree, path));
  PM_ASSIGN_OR_RETURN(auto files, FindRenames(repository, changes));
  std::vector<std::string> notes;
  if (files.empty() && !path.empty()) {
    PM_ASSIGN_OR_RETURN(const bool before, Stands(repository, old_tree, path));
    PM_ASSIGN_OR_RETURN(const bool after, Stands(repository, new_tree, path));
    if (!before && !after) {
      notes.push_back("there is no " + Quoted(path) +
                      " in either of the two trees");
    }
  }
  return std::unique_ptr<TextPieces>(std::make_unique<TreesDiff>(
      repository, SplitTypeChanges(std::move(files)), std::move(head),
      std::move(notes)));
}

}  // namespace patchmilter::tree
