// PatchFiles: the patches that a person names for `patchmilter apply`, in the
// order in which they are applied.
//
//   mails       whatever app/mail_source.h reads. One series goes in the order
//               of its numbers, covers and answers left out; mails that are no
//               one series go in their own order, as `git am` takes them
//   a patch     a file that is no mail: what `diff -u` or `git diff` writes,
//               with any text before it
//   a directory with a file "series", as quilt keeps it: the patches named in
//               it, in that order (options behind a name and "#" comments are
//               not read)
//
// Errors name the file. Threads: one. Tested in tests/app/apply_test.py.
#ifndef PATCHMILTER_APP_PATCH_FILES_H_
#define PATCHMILTER_APP_PATCH_FILES_H_

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "diff/diff.h"
#include "mime/patch_mail.h"
#include "tree/tree.h"

namespace patchmilter::app {

struct PatchFiles {
  struct Patch {
    std::int64_t number = 1;
    std::string title;  // Foreign text.
    std::unique_ptr<const mime::PatchMail> mail;
    // Where it came in no mail, or is not to be applied as the mail is read.
    std::unique_ptr<const diff::Diff> plain;

    // With the bytes that are applied.
    const diff::Diff& diff() const {
      return plain ? *plain : mail->diff_to_apply();
    }
  };
  std::vector<Patch> patches;
  // What the mails say of the series; it borrows from `patches`.
  tree::SeriesInput input;
  // For a person: "2 series: their patches one after the other".
  std::vector<std::string> remarks;
};

// As git am's --quoted-cr: whether CRs inside an encoding, that a mail server
// has made of LF (mime/quoted_cr.h), stay at the ends of lines.
enum class QuotedCr { kKeep, kStrip };

// Several sources are all of mails, or all patches by themselves.
Result<std::unique_ptr<PatchFiles>> ReadPatchFiles(
    const std::vector<std::string>& sources, QuotedCr quoted_cr);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_PATCH_FILES_H_
