// binary-file: binary contents that a mail cannot bring, or should not.
// stray-file: files that editors, builds and patch(1) leave behind.
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "review/anchor.h"
#include "review/checks/all.h"

namespace patchmilter::review {

namespace {

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

bool IsBuilt(std::string_view path) {
  static constexpr std::array<std::string_view, 9> kEndings = {
      ".o", ".ko", ".so", ".a", ".exe", ".pyc", ".class", ".obj", ".elf"};
  return EndsInOneOf(path, kEndings);
}

bool IsLeftOver(std::string_view path) {
  static constexpr std::array<std::string_view, 6> kEndings = {
      ".orig", ".rej", ".swp", ".swo", "~", ".bak"};
  if (EndsInOneOf(path, kEndings)) return true;
  // What git format-patch writes: 0001-subject.patch.
  size_t slash = path.rfind('/');
  std::string_view name =
      slash == std::string_view::npos ? path : path.substr(slash + 1);
  static constexpr std::array<std::string_view, 1> kPatch = {".patch"};
  return slash == std::string_view::npos && name.size() > 11 &&
         IsDigitAscii(name[0]) && IsDigitAscii(name[1]) &&
         IsDigitAscii(name[2]) && IsDigitAscii(name[3]) && name[4] == '-' &&
         EndsInOneOf(name, kPatch);
}

std::string_view BinaryLine(const diff::Diff& diff, const diff::File& file) {
  for (std::string_view line : LinesOf(diff.View(file.header))) {
    if (StartsWithIgnoreCase(line, "Binary files ")) return line;
  }
  return {};
}

void RunBinary(const SeriesUnderReview& series, const Check& self,
               std::vector<Finding>* findings) {
  for (const auto& [number, patch] : series.patches) {
    const diff::Diff& diff = patch->diff;
    std::vector<Anchor> empty;
    std::vector<Anchor> built;
    for (std::uint32_t f = 0; f < diff.files().size(); ++f) {
      const diff::File& file = diff.files()[f];
      if (!file.binary) continue;
      if (file.change == diff::FileChange::kAdded && IsBuilt(file.path())) {
        built.push_back(AnchorFile(number, diff, f));
      } else if (file.binary_patch.size == 0 &&
                 file.change != diff::FileChange::kDeleted) {
        empty.push_back(AnchorFile(number, diff, f, BinaryLine(diff, file)));
      }
    }
    if (!empty.empty()) {
      findings->push_back(CheckFinding(
          self, "A binary change without its contents",
          "The mail says that a binary file differs, but does not bring its "
          "contents (git format-patch --binary does): git am will refuse the "
          "patch.",
          std::move(empty)));
    }
    if (!built.empty()) {
      Finding finding = CheckFinding(
          self, "A built file is added",
          "The name says that this file is made by a build. Was it committed "
          "by mistake?",
          std::move(built));
      finding.severity = Severity::kLow;
      findings->push_back(std::move(finding));
    }
  }
}

void RunStray(const SeriesUnderReview& series, const Check& self,
              std::vector<Finding>* findings) {
  for (const auto& [number, patch] : series.patches) {
    const diff::Diff& diff = patch->diff;
    std::vector<Anchor> anchors;
    for (std::uint32_t f = 0; f < diff.files().size(); ++f) {
      const diff::File& file = diff.files()[f];
      if (file.change == diff::FileChange::kAdded && IsLeftOver(file.path())) {
        anchors.push_back(AnchorFile(number, diff, f));
      }
    }
    if (anchors.empty()) continue;
    findings->push_back(CheckFinding(
        self, "A left-over file is added",
        "The name says that an editor, patch or git format-patch has left this "
        "file behind. Was it committed by mistake?",
        std::move(anchors)));
  }
}

}  // namespace

Check BinaryFileCheck() {
  Check check;
  check.name = "binary-file";
  check.summary = "binary changes without their contents, built files";
  check.manual =
      "A line \"Binary files a/x and b/x differ\" without a binary patch below "
      "it cannot be applied. A new binary file whose name says that a build "
      "has made it (.o, .so, .exe, .pyc and the like) is asked about.\n"
      "\n"
      "Other binary files that come with their contents are left alone.";
  check.bad =
      "diff --git a/logo.png b/logo.png\n"
      "Binary files a/logo.png and b/logo.png differ\n";
  check.good =
      "diff --git a/logo.png b/logo.png\n"
      "GIT binary patch\n"
      "literal 2401\n";
  check.severity = Severity::kMedium;
  check.run = &RunBinary;
  return check;
}

Check StrayFileCheck() {
  Check check;
  check.name = "stray-file";
  check.summary = "files that editors, patch and git format-patch leave behind";
  check.manual =
      "New files that end in .orig, .rej, .swp, .bak or ~, and 0001-....patch "
      "in the top directory.";
  check.bad =
      "diff --git a/drivers/foo.c.orig b/drivers/foo.c.orig\n"
      "new file mode 100644\n";
  check.good =
      "diff --git a/drivers/foo.c b/drivers/foo.c\n"
      "index 3b18e512dba7..7f1c3d2a9b41 100644\n";
  check.severity = Severity::kLow;
  check.run = &RunStray;
  return check;
}

}  // namespace patchmilter::review
