#include "tree/questions/question.h"

#include "git/repository.h"

namespace patchmilter::tree {

std::string_view KindOfMode(std::uint32_t mode) {
  switch (mode & git::kModeTypeMask) {
    case git::kModeDirectory:
      return "directory";
    case git::kModeSymlink:
      return "symbolic link";
    case git::kModeSubmodule:
      return "submodule";
    default:
      return git::CanonicalMode(mode) == git::kModeExecutable
                 ? "executable file"
                 : "file";
  }
}

}  // namespace patchmilter::tree
