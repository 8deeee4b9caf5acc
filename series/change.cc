#include "series/change.h"

#include <string_view>

namespace patchmilter::series {

std::string ChangeText(const Change& change) {
  static constexpr struct {
    Change::Kind kind;
    std::string_view name;
  } kNames[] = {
      {Change::kCreated, "created"},       {Change::kJoined, "joined"},
      {Change::kCompleted, "completed"},   {Change::kRevised, "revised"},
      {Change::kSuperseded, "superseded"}, {Change::kSplit, "split from "},
      {Change::kMerged, "merged into "},   {Change::kChanged, "changed"},
  };
  std::string text = std::to_string(change.id) + ":";
  std::string_view blank = " ";
  for (const auto& [kind, name] : kNames) {
    if (!change.Is(kind)) continue;
    text += blank;
    text += name;
    if (kind == Change::kSplit || kind == Change::kMerged) {
      text += std::to_string(change.other);
    }
    blank = ", ";
  }
  return text;
}

}  // namespace patchmilter::series
