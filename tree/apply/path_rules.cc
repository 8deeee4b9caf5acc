#include "tree/apply/path_rules.h"

#include <utility>

#include "base/text.h"
#include "git/repository.h"

namespace patchmilter::tree {
namespace {

// The bytes of the code point at the front of `text` that HFS+ ignores in
// names; 0 where there is none. (U+200C-200F, U+202A-202E, U+206A-206F,
// U+FEFF.)
std::size_t IgnoredByHfs(std::string_view text) {
  if (text.size() < 3) return 0;
  const auto at = [&text](std::size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  if (at(0) == 0xef) return at(1) == 0xbb && at(2) == 0xbf ? 3 : 0;
  if (at(0) != 0xe2) return 0;
  const unsigned char last = at(2);
  if (at(1) == 0x80) {
    return (last >= 0x8c && last <= 0x8f) || (last >= 0xaa && last <= 0xae) ? 3
                                                                            : 0;
  }
  return at(1) == 0x81 && last >= 0xaa && last <= 0xaf ? 3 : 0;
}

std::string WithoutIgnored(std::string_view component) {
  std::string result;
  while (!component.empty()) {
    const std::size_t ignored = IgnoredByHfs(component);
    if (ignored == 0) result += component[0];
    component.remove_prefix(ignored == 0 ? 1 : ignored);
  }
  return result;
}

// As NTFS reads it: what follows a colon is a stream, blanks and dots at the
// end do not count.
std::string_view AsNtfs(std::string_view component) {
  component = component.substr(0, component.find(':'));
  while (!component.empty() &&
         (component.back() == '.' || component.back() == ' ')) {
    component.remove_suffix(1);
  }
  return component;
}

bool IsGitDirectory(std::string_view component) {
  const std::string_view ntfs = AsNtfs(component);
  return EqualsIgnoreCase(ntfs, ".git") || EqualsIgnoreCase(ntfs, "git~1") ||
         EqualsIgnoreCase(WithoutIgnored(component), ".git");
}

// The short names that NTFS gives ".gitmodules": the first are gitmod~1 to ~4,
// then those made from a hash (gi7eba~1; git allows shorter prefixes too).
bool IsGitModules(std::string_view component) {
  const std::string_view ntfs = AsNtfs(component);
  if (EqualsIgnoreCase(ntfs, ".gitmodules") ||
      EqualsIgnoreCase(WithoutIgnored(component), ".gitmodules")) {
    return true;
  }
  const std::size_t tilde = ntfs.find('~');
  if (tilde == std::string_view::npos || ntfs.size() != 8) return false;
  return StartsWithIgnoreCase("gitmod", ntfs.substr(0, tilde)) ||
         StartsWithIgnoreCase("gi7eba", ntfs.substr(0, tilde));
}

}  // namespace

std::optional<std::string> PathRefusal(std::string_view path,
                                       std::uint32_t mode) {
  if (path.empty()) return "the path is empty";
  if (path.size() > kMaxPathBytes) {
    return "the path is longer than " + std::to_string(kMaxPathBytes) +
           " bytes";
  }
  if (path.find('\0') != std::string_view::npos) {
    return "the path holds a NUL byte";
  }
  if (path.front() == '/') return "the path is absolute";
  const bool link = (mode & git::kModeTypeMask) == git::kModeSymlink;
  for (const std::string_view component : Split(path, '/')) {
    if (component.empty()) return "the path has an empty component";
    if (component == "." || component == "..") {
      return "the path has a component \"" + std::string(component) + "\"";
    }
    // A backslash parts components for NTFS.
    for (const std::string_view part : Split(component, '\\')) {
      if (IsGitDirectory(part)) return "the path leads into a .git directory";
      if (link && IsGitModules(part)) {
        return "a symbolic link may not be named .gitmodules";
      }
    }
  }
  return std::nullopt;
}

}  // namespace patchmilter::tree
