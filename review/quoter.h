// Quotes of a patch mail, in the form that b4 reads back: "> diff --git" once
// a file, "> @@" once a hunk, a few lines above the lines that are meant,
// "[ ... ]" for what is left out of a hunk or of the message.
//
// A reader that has passed "[ ... ]" must find out where the next line stands.
// b4 counts on as if nothing were left out, and then takes, of the lines that
// say the same, the nearest to what it has counted; others search forward for
// the next line that is equal. So the context begins, of the few lines that it
// may begin at, where both come to the place that is meant, if there is one.
//
// What is shown must come in the order of OrderOf: message, files without
// hunks, then hunk by hunk. Internal to review/. Threads: one.
// Tested in tests/review/rendered_test.cc and through the golden mails.
#ifndef PATCHMILTER_REVIEW_QUOTER_H_
#define PATCHMILTER_REVIEW_QUOTER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mime/patch_mail.h"
#include "review/finding.h"

namespace patchmilter::review {

// Lines above the anchor, inside its hunk or its paragraph: as many where
// nothing speaks against it, and at most.
inline constexpr std::uint32_t kContextBefore = 3;
inline constexpr std::uint32_t kMaxContext = 5;
// A longer run keeps its first and last lines.
inline constexpr std::uint32_t kMaxRun = 12;

// Where a comment stands in its mail. A comment hangs on the last line that is
// quoted above it, so the end of a run counts, not its start.
using PlaceOrder = std::array<std::uint32_t, 4>;
PlaceOrder OrderOf(const mime::PatchMail& mail, const Anchor& anchor);

// How many lines the quote of `anchor` takes at most, blank ones with it.
std::size_t QuoteHeight(const Anchor& anchor);

class Quoter {
 public:
  // Both borrowed. Quotes are added to `lines`.
  Quoter(const mime::PatchMail& mail, std::vector<std::string>* lines);

  // What of the anchor does not stand there yet.
  void Show(const Anchor& anchor);

 private:
  void ShowFile(const Anchor& anchor);
  void ShowMessage(const Anchor& anchor);
  void ShowHunk(std::uint32_t index, std::uint32_t first, std::uint32_t count);
  bool BlankLine(const diff::Hunk& hunk, std::uint32_t line) const;
  // The line of a hunk at which the quote of [first, end) had best begin.
  std::uint32_t BestBegin(const diff::Hunk& hunk, std::uint32_t first,
                          std::uint32_t end);
  // Whether b4 comes to line end - 1 where the quote begins at `begin`.
  bool CountedRight(const diff::Hunk& hunk, std::uint32_t begin,
                    std::uint32_t first, std::uint32_t end);
  // Whether the first line from shown_ on that equals line `begin` is that.
  bool FoundForward(const diff::Hunk& hunk, std::uint32_t begin) const;
  // Adds a line of a hunk, and counts it as b4 does.
  void AddHunkLine(const diff::Line& line);
  void Break();

  const mime::PatchMail& mail_;
  const diff::Diff& diff_;
  std::vector<std::string>* lines_;
  std::vector<std::string_view> text_;  // Filled when a message is quoted.
  std::optional<std::uint32_t> file_;
  std::optional<std::uint32_t> hunk_;
  std::uint32_t shown_ = 0;          // Lines of the hunk that stand there.
  std::uint32_t message_shown_ = 0;  // Of the message.
  // Numbers that a reader who counts gives to the next line of either side.
  std::int64_t counted_old_ = 0;
  std::int64_t counted_new_ = 0;
  // Lines of the current file by what they say: old or new line number.
  struct Standing {
    bool removed = false;
    std::int64_t number = 0;
  };
  std::unordered_map<std::string_view, std::vector<Standing>> standing_;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_QUOTER_H_
