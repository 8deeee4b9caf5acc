#include "tree/apply/hunk_place.h"

#include <algorithm>

namespace patchmilter::tree {
namespace {

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

// Whether `wanted` stands as `line`. `cut`: it is the last line of a hunk, ends
// without LF, and need not be at the end of the file. git then takes a line
// that only goes on with blanks, and so must we.
bool LineMatches(const ImageLine& line, const ImageLine& wanted, bool cut) {
  if (line.patched) return false;
  if (!cut) return line.newline == wanted.newline && line.text == wanted.text;
  return line.text.substr(0, wanted.text.size()) == wanted.text &&
         IsBlank(
             line.text.substr(std::min(line.text.size(), wanted.text.size())));
}

class HunkFinder {
 public:
  HunkFinder(const LineImage& image, const Sides& sides, Work* work)
      : image_(image), before_(sides.before), work_(work) {}

  bool MatchesAt(std::size_t at, bool to_end) {
    if (!work_->Spend(1)) return false;
    if (at + before_.size() > image_.size()) return false;
    if (to_end && at + before_.size() != image_.size()) return false;
    for (std::size_t i = 0; i < before_.size(); ++i) {
      const bool cut =
          i + 1 == before_.size() && !before_[i].newline && !to_end;
      if (!LineMatches(image_[at + i], before_[i], cut)) {
        return work_->Spend(i) && false;
      }
    }
    return work_->Spend(before_.size());
  }

  // Outward from `start`: one further, one back, two further, ...
  std::optional<std::size_t> Search(std::size_t start) {
    const std::size_t last = image_.size();
    if (MatchesAt(start, false)) return start;
    std::size_t forwards = start;
    std::size_t backwards = start;
    for (bool back = false; forwards < last || backwards > 0; back = !back) {
      if (work_->exhausted()) return std::nullopt;
      if (back && backwards > 0) {
        if (MatchesAt(--backwards, false)) return backwards;
      } else if (!back && forwards < last) {
        if (MatchesAt(++forwards, false)) return forwards;
      }
    }
    return std::nullopt;
  }

 private:
  const LineImage& image_;
  const std::vector<ImageLine>& before_;
  Work* work_;
};

bool FromStart(const diff::Hunk& hunk) { return hunk.old_start <= 1; }
bool ToEnd(const Sides& sides) { return sides.trailing_context == 0; }

}  // namespace

Sides TakeSides(const diff::Diff& diff, const diff::Hunk& hunk) {
  Sides sides;
  for (std::size_t i = 0; i < hunk.lines.size(); ++i) {
    const diff::Line& line = hunk.lines[i];
    if (line.kind == diff::LineKind::kNoNewline) continue;
    const bool newline = i + 1 == hunk.lines.size() ||
                         hunk.lines[i + 1].kind != diff::LineKind::kNoNewline;
    const ImageLine image{diff.View(line.span), newline, /*patched=*/true};
    if (line.kind != diff::LineKind::kAdded) sides.before.push_back(image);
    if (line.kind != diff::LineKind::kRemoved) sides.after.push_back(image);
    sides.trailing_context =
        line.kind == diff::LineKind::kContext ? sides.trailing_context + 1 : 0;
  }
  return sides;
}

std::optional<std::size_t> FindPlace(const LineImage& image,
                                     const diff::Hunk& hunk, const Sides& sides,
                                     Work* work) {
  const bool to_end = ToEnd(sides);
  HunkFinder finder(image, sides, work);
  std::optional<std::size_t> place;
  if (FromStart(hunk)) {
    if (finder.MatchesAt(0, to_end)) place = 0;
  } else if (to_end) {
    if (image.size() >= sides.before.size()) {
      const std::size_t at = image.size() - sides.before.size();
      if (finder.MatchesAt(at, true)) place = at;
    }
  } else {
    const std::size_t said = hunk.new_start > 0 ? hunk.new_start - 1 : 0;
    place = finder.Search(std::min(said, image.size()));
  }
  return place;
}

std::string_view WhyNowhere(const diff::Hunk& hunk, const Sides& sides) {
  if (FromStart(hunk)) {
    return "the hunk does not match the beginning of the file";
  }
  if (ToEnd(sides)) return "the hunk does not match the end of the file";
  return "the hunk's lines stand nowhere in the file";
}

}  // namespace patchmilter::tree
