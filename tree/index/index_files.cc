#include "tree/index/index_files.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "base/handle.h"
#include "base/log.h"

namespace patchmilter::tree {
namespace {

constexpr std::string_view kUnfinishedSuffix = ".new";
constexpr std::string_view kUnfinishedSegment = "segment.new";
constexpr std::size_t kSegmentDigits = 16;
constexpr std::size_t kIdDigits = 40;
constexpr std::size_t kNamesShown = 3;

std::vector<std::string> NamesIn(const std::string& directory) {
  std::vector<std::string> names;
  const CHandle<DIR, ::closedir> handle(::opendir(directory.c_str()));
  if (handle == nullptr) return names;
  while (const dirent* entry = ::readdir(handle.get())) {
    names.emplace_back(entry->d_name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool IsPrefixAndDigits(std::string_view name, std::string_view prefix,
                       std::size_t digits) {
  return name.starts_with(prefix) && name.size() == prefix.size() + digits &&
         name.find_first_not_of("0123456789abcdef", prefix.size()) ==
             std::string_view::npos;
}

}  // namespace

IndexFileKind KindOfIndexFile(std::string_view name) {
  if (IsPrefixAndDigits(name, kSegmentPrefix, kSegmentDigits)) {
    return IndexFileKind::kSegment;
  }
  if (IsPrefixAndDigits(name, kTreePrefix, kIdDigits)) {
    return IndexFileKind::kTree;
  }
  if (name == kUnfinishedSegment) return IndexFileKind::kUnfinished;
  if (!name.ends_with(kUnfinishedSuffix)) return IndexFileKind::kOther;
  name.remove_suffix(kUnfinishedSuffix.size());
  return IsPrefixAndDigits(name, kSegmentPrefix, kSegmentDigits) ||
                 IsPrefixAndDigits(name, kTreePrefix, kIdDigits)
             ? IndexFileKind::kUnfinished
             : IndexFileKind::kOther;
}

std::vector<IndexFile> IndexFilesIn(const std::string& directory) {
  std::vector<IndexFile> files;
  const std::string prefix = directory + "/";
  for (std::string& name : NamesIn(directory)) {
    const IndexFileKind kind = KindOfIndexFile(name);
    struct stat info {};
    if (kind == IndexFileKind::kOther ||
        ::lstat((prefix + name).c_str(), &info) != 0 || S_ISDIR(info.st_mode)) {
      continue;
    }
    files.push_back({std::move(name), kind,
                     static_cast<std::uint64_t>(info.st_size),
                     info.st_mtim.tv_sec});
  }
  return files;
}

Status CheckIndexDirectory(const std::string& directory) {
  std::string others;
  std::size_t count = 0;
  for (const std::string& name : NamesIn(directory)) {
    if (KindOfIndexFile(name) != IndexFileKind::kOther) return {};
    if (name.starts_with('.') || name == kIndexLock || name == "lost+found") {
      continue;
    }
    if (++count > kNamesShown) continue;
    others += (others.empty() ? "" : ", ") + log::Clean(name);
  }
  if (count == 0) return {};
  if (count > kNamesShown) others += ", …";
  return InvalidInput("\"" + directory + "\" holds other things (" + others +
                      ") and no index: give the index a directory of its own");
}

}  // namespace patchmilter::tree
