// Quotes of a patch mail, in the form that b4 reads back: "> diff --git" once
// a file, "> @@" once a hunk, at most kContextBefore lines above the lines that
// are meant, "[ ... ]" for what is left out of a hunk or of the message.
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
#include <vector>

#include "mime/patch_mail.h"
#include "review/finding.h"

namespace patchmilter::review {

// Lines above the anchor, inside its hunk or its paragraph.
inline constexpr std::uint32_t kContextBefore = 3;
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
  void Break();

  const mime::PatchMail& mail_;
  const diff::Diff& diff_;
  std::vector<std::string>* lines_;
  std::vector<std::string_view> text_;  // Filled when a message is quoted.
  std::optional<std::uint32_t> file_;
  std::optional<std::uint32_t> hunk_;
  std::uint32_t shown_ = 0;          // Lines of the hunk that stand there.
  std::uint32_t message_shown_ = 0;  // Of the message.
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_QUOTER_H_
