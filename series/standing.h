// Standing: a group of parts as the Series that it makes, with what Revisions
// needs to link it to others.
//
// What is told of a series' head (title, author, notes, keys, what it answers)
// comes of its first few parts by number, so that a part more costs no more in
// a long series than in a short one.
//
// Private to series/. Threads: one.  Tested in tests/series/grouper_test.cc,
// engine_test.cc.
#ifndef PATCHMILTER_SERIES_STANDING_H_
#define PATCHMILTER_SERIES_STANDING_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "series/part.h"
#include "series/partition.h"
#include "series/series.h"

namespace patchmilter::series {

// A series that stands, with what links it to others.
struct Standing {
  // The best copy for each number from 1.
  struct Slot {
    std::int64_t number = 0;
    const Part* part = nullptr;
  };
  // Links and notes are bounded: of each kind of note so many are written, …
  static constexpr std::size_t kMaxNotes = 16;
  // … the change-ids of so many patches are known, …
  static constexpr std::size_t kMaxChangeIds = 16;
  // … a series sent again is told by the patches of so many numbers, …
  static constexpr std::int64_t kMaxCompared = 16;
  // … and, where there is no cover, so many mails that so many patches answer.
  static constexpr std::size_t kMaxAbove = 64;

  Series series;
  const Part* cover = nullptr;
  std::vector<Slot> slots;
  // Sorted, each once:
  std::vector<std::uint32_t> nodes;  // The Message-IDs of its mails.
  std::vector<std::uint32_t> above;  // What its mails answer, and are not its.
  std::vector<std::uint64_t> keys;   // Poster and change-id; and title.
  std::vector<std::uint32_t> posters;
  // Numbers with several copies: how many.
  std::vector<std::pair<std::int64_t, std::size_t>> copies;
  // Numbers whose mails do not give the version.
  std::vector<std::int64_t> unversioned;
  bool one_author = true;

  // Filled by Revisions: whose `previous` it is, and who may yet follow it.
  std::vector<SeriesId> next;
  std::vector<SeriesId> followers;

  // The cover, else the first patch.
  const Part& head() const { return cover ? *cover : *slots.front().part; }
};

// REQUIRES: a part in `group`. Links are left empty.
Standing MakeStanding(const Group& group, Interner* texts);

// Takes in one part more: `number` is free, its Message-ID is new here.
void Grow(Standing* standing, const Part& part, Interner* texts);

// Whether Grow may change more than that: what the series is found by among
// others (its head, its keys, its place in the order of revisions).
bool GrowsAtTheHead(const Standing& standing, const Part& part);

}  // namespace patchmilter::series

#endif  // PATCHMILTER_SERIES_STANDING_H_
