// MailSource: mails one at a time, from what a person names on the command line
// of `patchmilter review` and `patchmilter replay`:
//
//   -            standard input: an mbox, or one mail
//   a file       an mbox (mboxrd, mboxo, mboxcl, mboxcl2, what `git
//                format-patch --stdout` writes), or one mail
//   a directory  of such files, by path name, in sub-directories too; or a
//                Maildir (new/ and cur/ together, by file name)
//
// Where one mail of an mbox ends: at an empty line and a "From " line that
// gives a time and a year (as git mailsplit wants it), or where a
// Content-Length says so and such a line, or the end, does follow. Quoted
// "From " lines lose one '>' (mboxrd(5); mboxo cannot be told from it), but in
// a mail that holds an unquoted one (mboxcl2 quotes none).
//
// Reads one file at a time in blocks: memory is that of the longest mail and of
// the file names. Dot files, links to directories and what is no regular file
// are passed over; so is a file of a directory that is no mail (`skipped`).
//
// Errors name the file and the remedy. kNotFound: not there. kInvalidInput: it
// is empty, or nothing that holds mail. kPermanent, kTemporary: reading failed.
// Threads: one.  Tested in tests/app/mail_source_test.cc.
#ifndef PATCHMILTER_APP_MAIL_SOURCE_H_
#define PATCHMILTER_APP_MAIL_SOURCE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace patchmilter::app {

// A longer mail is given up to here, and said to be cut.
inline constexpr std::uint64_t kMaxSourceMail = 256ULL << 20;

struct SourceMail {
  std::string raw;           // Without the mbox's "From " line and quoting.
  std::string path;          // "-" for standard input.
  std::int64_t index = 1;    // In its file, from 1.
  std::uint64_t offset = 0;  // In its file, of the "From " line or the mail.
  bool cut = false;          // It is longer than kMaxSourceMail.
  // When the file was changed last; not for an mbox, which has one time for
  // all.
  std::optional<UnixSeconds> file_time;

  // "mails.mbox, mail 3 (byte 12345)" or "dir/0001.eml".
  std::string Where() const;
  bool in_mbox = false;
};

class MailSource {
 public:
  // `source` as above. An empty file, or one that is no mail, is an error
  // here already; for a directory, where there is no file in it.
  static Result<std::unique_ptr<MailSource>> Open(const std::string& source);
  virtual ~MailSource() = default;

  // The next mail; nothing at the end. After an error: the same error again.
  // A directory without a single mail is an error in place of its end.
  virtual Result<std::optional<SourceMail>> Next() = 0;

  // For a progress line: bytes read so far, and all there are where that is
  // known (not for standard input).
  virtual std::uint64_t bytes_read() const = 0;
  virtual std::optional<std::uint64_t> bytes_total() const = 0;

  // Files of a directory that were passed over as no mail, in words; at most
  // 100 are named.
  const std::vector<std::string>& skipped() const { return skipped_; }
  std::int64_t skipped_count() const { return skipped_count_; }

 protected:
  void Skip(std::string what);

 private:
  std::vector<std::string> skipped_;
  std::int64_t skipped_count_ = 0;
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_MAIL_SOURCE_H_
