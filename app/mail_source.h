// MailSource: mails one at a time, in the source's order, from what a person
// names on the command line of `patchmilter review` and `patchmilter replay`:
//
//   -              standard input: any of the files below
//   a file         an mbox (mboxrd, mboxo, mboxcl, mboxcl2, what `git
//                  format-patch --stdout` writes), one mail, or a tar of such
//                  files in the tar's order; as it is, or packed by gzip,
//                  bzip2, xz or zstd
//   a directory    of such files, by path name, in sub-directories too; of a
//                  Maildir new/ and cur/ together, by file name, without tmp/
//   a public-inbox DIR with its epochs DIR/git/N.git in numeric order; or one
//                  bare repository, of either format (git/inbox.h)
//
// The rules for each stand in docs/mail-sources.md.
//
// One file, member or blob at a time, in blocks: memory is that of the longest
// mail, of the file names of a directory, and 20 bytes a commit. Links to
// directories and what is no regular file are passed over, and so are files
// whose name begins with a dot; files of a directory or a tar that are no mail
// are passed over and named (`skipped`).
//
// Errors name the file and the remedy. kNotFound: not there. kInvalidInput: it
// is empty, damaged, or nothing that holds mail. kPermanent, kTemporary:
// reading failed.
// Threads: one.  Tested in tests/app/mail_source_test.cc.
#ifndef PATCHMILTER_APP_MAIL_SOURCE_H_
#define PATCHMILTER_APP_MAIL_SOURCE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace patchmilter::app {

// A longer mail is given up to here, and said to be cut. As many as the milter
// takes of one (intake.max_message).
inline constexpr std::uint64_t kMaxSourceMail = 128ULL << 20;

struct SourceMail {
  std::string raw;    // Without the mbox's "From " line and quoting.
  std::string where;  // "mails.mbox, mail 3 (byte 12345)", "dir/0001.eml".
  // `where` and what tells another mail at the same place from it: a file's
  // size and time, or a hash of the mail. Only where SourceOptions::known is
  // set.
  std::string place;
  // SourceOptions::known knew the place; `raw` is empty, most often unread.
  bool known = false;
  bool cut = false;  // It is longer than kMaxSourceMail.
  // The source's own time for it: when the file or the tar's member was changed
  // last, the time of the "From " line, of the commit. Nothing where that says
  // nothing: standard input, the fixed times that git and public-inbox write
  // into "From " lines.
  std::optional<UnixSeconds> time;

  const std::string& Where() const { return where; }
};

struct SourceOptions {
  // Whether an earlier run had the mail of that place.
  std::function<Result<bool>(const std::string& place)> known;
};

class MailSource {
 public:
  // `source` as above. An empty file, or one that is no mail, is an error
  // here already; for a directory, where there is no file in it.
  static Result<std::unique_ptr<MailSource>> Open(const std::string& source,
                                                  SourceOptions options = {});
  virtual ~MailSource() = default;

  // The next mail; nothing at the end. After an error: the same error again.
  // A source without a single mail is an error in place of its end.
  virtual Result<std::optional<SourceMail>> Next() = 0;

  // For a progress bar: how much of `work_total` has been gone over, in bytes
  // as they lie on disk; no total for standard input.
  virtual std::uint64_t work_done() const = 0;
  virtual std::optional<std::uint64_t> work_total() const = 0;

  // What was passed over as no mail, in words; at most 100 are named.
  const std::vector<std::string>& skipped() const { return skipped_; }
  std::int64_t skipped_count() const { return skipped_count_; }

 protected:
  void Skip(std::string what);
  // Takes over what another source has skipped since it was asked last.
  void SkipAll(MailSource* other);

 private:
  std::vector<std::string> skipped_;
  std::int64_t skipped_count_ = 0;
};

// What opening and reading a named file met; kNotFound and kPermanent say what
// to do.
Error SourceError(const std::string& path, int error);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_MAIL_SOURCE_H_
