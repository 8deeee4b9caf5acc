// Part: what the grouping sees of one patch or cover, and what can be told of
// it by itself: its place (k of n), who posted it, the stem of its Message-ID.
//
// Input: facts of hostile mails. Private to series/. Threads: one.
// Tested in tests/series/part_test.cc.
#ifndef PATCHMILTER_SERIES_PART_H_
#define PATCHMILTER_SERIES_PART_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "series/interner.h"
#include "series/series.h"

namespace patchmilter::series {

// Larger counts are no numbers of ours: such a mail stands alone. The longest
// real series (reviews of a stable tree) have about 1,500 patches.
inline constexpr std::int64_t kMaxPatches = 2000;
// Of a mail's References, so many from either end are looked at.
inline constexpr std::size_t kReferencesAtEnd = 4;
inline constexpr std::size_t kMaxParents = 8;

struct Part {
  enum class Role : std::uint8_t {
    kSingle,     // No k/n: a series by itself.
    kNumbered,   // k/n, k from 1.
    kCover,      // 0/n.
    kFreeCover,  // A cover that gives no count.
  };

  // in_reply_to and references are emptied; subject.version is also taken from
  // a "(v2)" at the end of the title, where the brackets give none.
  MailFacts facts;
  Role role = Role::kSingle;
  std::int64_t number = 1;  // 0 for covers.
  std::int64_t total = 1;   // 0 for kFreeCover.
  UnixSeconds date = 0;     // The Date, or the arrival where the Date lies.
  std::uint32_t node = 0;   // Of its Message-ID.
  std::uint32_t stem = 0;   // Of its Message-ID's stem; 0 for none.
  // What its Message-ID counts, for mails of one stem: in one run of git
  // send-email, the mails of one series are `number` plus a constant.
  std::optional<std::int64_t> counter;
  // Who posted it: two parts with one key in common have one poster.
  std::array<std::uint32_t, 3> posters{};
  std::uint32_t title = 0;               // Lower case, blanks folded.
  std::vector<std::uint32_t> parents;    // It answers these.
  std::vector<std::uint32_t> ancestors;  // Its parents, and more above them.

  bool cover() const {
    return role == Role::kCover || role == Role::kFreeCover;
  }
};

// True where mails of this kind are parts of series at all.
bool IsPart(const MailFacts& facts);

Part MakePart(MailFacts facts, Interner* ids, Interner* texts);

// What the Message-IDs of one posting have in common: the id with its counting
// tokens taken out, where the rest names the posting. As the field's senders
// write them: git send-email ("20250102030405.123-2-a@b": the 2 counts), b4
// ("20250102-topic-v1-2-0123456789ab@b"), git format-patch --thread
// ("cover.1735787045.git.a@b", "<40 hex>.1735787045.git.a@b").
// "" where the id shows no such form.
std::string MessageIdStem(std::string_view message_id);

// The last of the counting tokens. Nothing where none is a number.
std::optional<std::int64_t> MessageIdCounter(std::string_view message_id);

// `title` in lower case, runs of blanks folded.
std::string NormalTitle(std::string_view title);

// Whether two parts are one posted mail that came twice in other clothes (a
// list's footer, a munged From): the same id, place, title and patch.
bool IsCopy(const Part& a, const Part& b);

// Order by what the mails say, not by when they were fed: Date, arrival,
// Message-ID, content.
bool PostedBefore(const Part& a, const Part& b);

}  // namespace patchmilter::series

#endif  // PATCHMILTER_SERIES_PART_H_
