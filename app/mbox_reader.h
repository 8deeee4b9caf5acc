// MboxReader: the mails of one stream of bytes, an mbox or a single mail.
// Private to app/*_source.cc. Where one mail of an mbox ends is told in
// docs/mail-sources.md.
//
// Memory: the mail, up to kMaxSourceMail, and a block; where a Content-Length
// is followed, twice its value, which is looked at up to 64 MiB.
// Threads: one. Tested in tests/app/mbox_reader_test.cc; fuzz/mbox.cc.
#ifndef PATCHMILTER_APP_MBOX_READER_H_
#define PATCHMILTER_APP_MBOX_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_source.h"
#include "base/clock.h"
#include "base/result.h"

namespace patchmilter::app {

struct MboxMail {
  std::string raw;                  // Without the "From " line and quoting.
  std::int64_t index = 1;           // From 1; empty ones count.
  std::uint64_t offset = 0;         // Of the "From " line or the mail.
  bool cut = false;                 // It is longer than kMaxSourceMail.
  std::optional<UnixSeconds> time;  // Of the "From " line.
};

class MboxReader {
 public:
  // `name` is for messages.
  MboxReader(ByteSource bytes, std::string name)
      : bytes_(std::move(bytes)), name_(std::move(name)) {}

  // Looks at the first bytes: kInvalidInput, with the remedy, where they are
  // none, or no mail.
  Status Begin();
  // The next mail that is not empty; nothing at the end.
  Result<std::optional<MboxMail>> Next();
  bool mbox() const { return mbox_; }
  std::uint64_t bytes_read() const { return base_ + at_; }
  // An error came from the bytes, not from what they hold.
  bool failed() const { return error_.has_value(); }

 private:
  // Reads until `count` bytes lie ahead, or the end.
  void Fill(std::size_t count);
  std::string_view Ahead() const {
    return std::string_view(buffer_).substr(at_);
  }
  // The line ahead with its LF, not taken; "" at the end. A line longer than
  // the limit comes in pieces.
  std::string_view PeekLine();
  void Take(std::size_t count);
  // The line ahead is a "From " line, and a header stands behind it.
  bool AtHeadedSeparator();
  // Takes the body by its Content-Length, if that is true.
  bool TakeByLength(std::uint64_t length, std::string* body);
  MboxMail ReadMail();

  ByteSource bytes_;
  std::string name_;
  std::string buffer_;
  std::size_t at_ = 0;      // In buffer_.
  std::uint64_t base_ = 0;  // Offset in the stream of buffer_'s first byte.
  bool end_ = false;
  std::optional<Error> error_;
  bool mbox_ = false;
  std::int64_t index_ = 0;
  int wrong_lengths_ = 0;
};

// As git mailsplit knows one: "From ", then somewhere a time and a year.
bool IsFromLine(std::string_view line);

// The time of a "From " line, UTC where it names no zone (RFC 4155). Nothing
// for the fixed times that stand for none: those of git format-patch and
// public-inbox.
std::optional<UnixSeconds> FromLineTime(std::string_view line);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_MBOX_READER_H_
