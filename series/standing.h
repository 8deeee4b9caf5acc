// Standing: a group of parts as the Series that it makes, with what Revisions
// needs to link it to others.
//
// Private to series/. Threads: one.  Tested in tests/series/grouper_test.cc.
#ifndef PATCHMILTER_SERIES_STANDING_H_
#define PATCHMILTER_SERIES_STANDING_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "series/part.h"
#include "series/partition.h"
#include "series/series.h"

namespace patchmilter::series {

// A series that stands, with what links it to others.
struct Standing {
  struct Slot {
    std::uint32_t node = 0;
    std::uint32_t title = 0;
    std::vector<std::uint32_t> parents;
  };
  Series series;
  std::string root_id;  // The root's Message-ID.
  // Sorted, each once:
  std::vector<std::uint32_t> nodes;  // The Message-IDs of its mails.
  std::vector<std::uint32_t> above;  // What its mails answer, and are not its.
  std::vector<std::uint32_t> keys;   // Its change-ids; its posters and titles.
  std::vector<std::uint32_t> posters;
  std::string hints;  // What else stood in the brackets.
  std::map<std::int64_t, Slot> slots;
};

// REQUIRES: a part in `group`. Links are left empty. Linear in the group.
Standing MakeStanding(const Group& group, Interner* texts);

}  // namespace patchmilter::series

#endif  // PATCHMILTER_SERIES_STANDING_H_
