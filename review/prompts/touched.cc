#include "review/prompts/touched.h"

#include <map>
#include <utility>

namespace patchmilter::review {
namespace {

class Collector {
 public:
  explicit Collector(Touched* touched) : touched_(touched) {}

  void Take(const diff::Diff& diff) {
    for (const diff::File& file : diff.files()) {
      TouchedFile* const into = FileOf(file);
      if (into == nullptr) return;
      for (const diff::Hunk& hunk : file.hunks) {
        if (!Add(diff.View(hunk.section), into)) return;
        for (const diff::Line& line : hunk.lines) {
          if (line.kind != diff::LineKind::kAdded &&
              line.kind != diff::LineKind::kRemoved) {
            continue;
          }
          if (!Add(diff.View(line.span), into)) return;
        }
      }
    }
  }

 private:
  TouchedFile* FileOf(const diff::File& file) {
    const auto known = places_.find(file.path());
    if (known != places_.end()) {
      TouchedFile& there = touched_->files[known->second];
      if (there.old_path.empty() && file.old_path != there.path) {
        there.old_path = file.old_path;
      }
      return &there;
    }
    if (touched_->files.size() == kMaxTouchedFiles) {
      touched_->cut = true;
      return nullptr;
    }
    places_.emplace(file.path(), touched_->files.size());
    touched_->files.push_back(
        {file.path(), file.old_path == file.path() ? "" : file.old_path, ""});
    return &touched_->files.back();
  }

  bool Add(std::string_view line, TouchedFile* into) {
    if (line.empty()) return true;
    if (bytes_ + line.size() > kMaxTouchedBytes) {
      touched_->cut = true;
      return false;
    }
    bytes_ += line.size();
    into->lines.append(line);
    into->lines += '\n';
    return true;
  }

  Touched* touched_;
  std::map<std::string, std::size_t> places_;
  std::size_t bytes_ = 0;
};

}  // namespace

Touched TouchedBy(const std::vector<const diff::Diff*>& diffs) {
  Touched touched;
  Collector collector(&touched);
  for (const diff::Diff* diff : diffs) {
    if (diff != nullptr) collector.Take(*diff);
  }
  return touched;
}

}  // namespace patchmilter::review
