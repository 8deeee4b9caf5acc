// file-mode: an executable bit where none belongs, or one that is lost.
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "review/anchor.h"
#include "review/checks/all.h"

namespace patchmilter::review {

namespace {

constexpr std::uint32_t kExecutable = 0100755;
constexpr std::uint32_t kPlain = 0100644;
constexpr std::uint32_t kGitlink = 0160000;

template <std::size_t N>
bool EndsInOneOf(std::string_view path,
                 const std::array<std::string_view, N>& endings) {
  for (std::string_view ending : endings) {
    if (path.size() > ending.size() &&
        path.substr(path.size() - ending.size()) == ending) {
      return true;
    }
  }
  return false;
}

std::string_view BaseName(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// Text that nobody runs.
bool IsSource(std::string_view path) {
  static constexpr std::array<std::string_view, 24> kEndings = {
      ".c",    ".h",   ".cc",   ".cpp", ".hpp",  ".cxx",  ".S",    ".dts",
      ".dtsi", ".rst", ".md",   ".txt", ".yaml", ".yml",  ".json", ".xml",
      ".toml", ".ld",  ".adoc", ".in",  ".cfg",  ".conf", ".java", ".rs"};
  std::string_view name = BaseName(path);
  return EndsInOneOf(path, kEndings) || name == "Makefile" ||
         name == "Kconfig" || name == "Kbuild" || name == "MAINTAINERS";
}

bool IsScript(std::string_view path) {
  static constexpr std::array<std::string_view, 4> kEndings = {".sh", ".py",
                                                               ".pl", ".awk"};
  return EndsInOneOf(path, kEndings);
}

// The line of a file's header that begins with `start`.
std::string_view HeaderLine(const diff::Diff& diff, const diff::File& file,
                            std::string_view start) {
  for (std::string_view line : LinesOf(diff.View(file.header))) {
    if (line.substr(0, start.size()) == start) return line;
  }
  return {};
}

void Run(const SeriesUnderReview& series, const Check& self,
         std::vector<Finding>* findings) {
  for (const auto& [number, patch] : series.patches) {
    const diff::Diff& diff = patch->diff;
    std::vector<Anchor> born;
    std::vector<Anchor> made;
    for (std::uint32_t f = 0; f < diff.files().size(); ++f) {
      const diff::File& file = diff.files()[f];
      if (file.new_mode == kGitlink && file.old_mode != kGitlink) {
        findings->push_back(CheckFinding(
            self, "A submodule is added",
            "This adds a reference to a commit of another repository (a "
            "submodule), not a file. Is a nested checkout committed by "
            "mistake?",
            {AnchorFile(number, diff, f,
                        HeaderLine(diff, file, "new file mode"))}));
        continue;
      }
      if (file.new_mode == kExecutable && IsSource(file.path())) {
        if (file.change == diff::FileChange::kAdded) {
          born.push_back(AnchorFile(number, diff, f,
                                    HeaderLine(diff, file, "new file mode")));
        } else if (file.old_mode == kPlain) {
          made.push_back(
              AnchorFile(number, diff, f, HeaderLine(diff, file, "new mode")));
        }
      } else if (file.new_mode == kPlain && file.old_mode == kExecutable &&
                 IsScript(file.path())) {
        findings->push_back(CheckFinding(
            self, "A script loses its executable bit",
            "The script can no longer be run by its name after this. Is that "
            "meant? The commit message should say so.",
            {AnchorFile(number, diff, f, HeaderLine(diff, file, "new mode"))}));
      }
    }
    if (!born.empty()) {
      findings->push_back(
          CheckFinding(self, "A new source file is executable",
                       "A file that nobody runs is added with mode 100755.",
                       std::move(born)));
    }
    if (!made.empty()) {
      findings->push_back(CheckFinding(
          self, "A source file becomes executable",
          "The mode of a file that nobody runs changes from 100644 to 100755. "
          "Some editors and file systems do that by themselves.",
          std::move(made)));
    }
  }
}

}  // namespace

Check FileModeCheck() {
  Check check;
  check.name = "file-mode";
  check.summary = "executable bits on source files, lost ones on scripts";
  check.manual =
      "A source or text file (.c, .h, .rst, .yaml, Makefile and the like) that "
      "is added with, or changed to, mode 100755; a script (.sh, .py, .pl) "
      "that loses it; a submodule that is added.";
  check.bad =
      "diff --git a/foo.c b/foo.c\n"
      "new file mode 100755\n";
  check.good =
      "diff --git a/foo.c b/foo.c\n"
      "new file mode 100644\n";
  check.severity = Severity::kLow;
  check.run = &Run;
  return check;
}

}  // namespace patchmilter::review
