// PatchMail: a Mail that carries a diff, taken apart as `git mailinfo` would.
//
// Input: the decoded text of a hostile mail. Any text gives some answer.
// Threads: values.  Tested in tests/mime/patch_mail_test.cc and
// as_sent_test.cc (diff_as_sent).
#ifndef PATCHMILTER_MIME_PATCH_MAIL_H_
#define PATCHMILTER_MIME_PATCH_MAIL_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/wire.h"
#include "diff/diff.h"
#include "mime/mail.h"

namespace patchmilter::mime {

struct Trailer {
  std::string key;              // "Signed-off-by", as written.
  std::string value;            // Unfolded.
  std::uint32_t text_line = 0;  // 0-based, in Mail::text.
};

struct PatchMail {
  Mail mail;
  // As git records them: the in-body From and Subject, else Mail::author and
  // the subject's title. Mail::author is who posted it, which may be another.
  Address commit_author;
  std::string commit_title;
  std::string message;          // The commit message, without in-body headers.
  std::size_t message_end = 0;  // Where in Mail::text the message ends.
  std::string notes;            // Between "---" and the diff: not committed.
  std::vector<Trailer> trailers;  // Of `message`.
  std::string base_commit;        // "base-commit:", lower-case hex, or "".
  std::string change_id;          // "change-id:", or "".
  std::vector<std::string> prerequisite_patch_ids;
  // The diff; its text() is Mail::text, so that a line's text_line is its
  // place in the mail. Empty for a cover or a reply.
  diff::Diff diff;
  // The diff with the bytes that the sender's files have, which git applies
  // and makes a patch-id of: git mailinfo turns the message into UTF-8 and
  // leaves the diff in the mail's charset. Its text() need not be UTF-8: for
  // applying, not for showing. Files, hunks and lines are those of `diff`,
  // unless the charset was one that hides them (or a hostile mail is meant to
  // differ): check indices from the one before use in the other. None where
  // its bytes are those of `diff`: any ASCII or UTF-8 mail.
  std::optional<diff::Diff> diff_as_sent;

  const diff::Diff& diff_to_apply() const {
    return diff_as_sent ? *diff_as_sent : diff;
  }
};

// Every mail can be taken apart: a cover has a message and no diff. A Mail is
// UTF-8 already: there is no diff_as_sent.
PatchMail ParsePatchMail(Mail mail);

// ParseMail and ParsePatchMail in one.
PatchMail ParsePatchMail(std::string_view raw);

// DecodePatchMail reads what older versions wrote, too.
void EncodePatchMail(const PatchMail& patch, WireWriter* out);
std::optional<PatchMail> DecodePatchMail(std::string_view bytes);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_PATCH_MAIL_H_
