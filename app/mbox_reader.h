// MboxReader: the mails of one open file, an mbox or a single mail.
// Private to app/mail_source.cc, where the rules stand. Threads: one.
#ifndef PATCHMILTER_APP_MBOX_READER_H_
#define PATCHMILTER_APP_MBOX_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/mail_source.h"
#include "base/handle.h"
#include "base/result.h"

namespace patchmilter::app {

class MboxReader {
 public:
  // `path` is for messages.
  MboxReader(UniqueFd fd, std::string path)
      : fd_(std::move(fd)), path_(std::move(path)) {}

  // Looks at the first bytes: kInvalidInput, with the remedy, where the file
  // is empty or holds no mail.
  Status Begin();
  Result<std::optional<SourceMail>> Next();
  bool mbox() const { return mbox_; }
  std::uint64_t bytes_read() const { return base_ + at_; }

 private:
  // Reads until `count` bytes lie ahead, or the end. False on an error.
  bool Fill(std::size_t count);
  std::string_view Ahead() const {
    return std::string_view(buffer_).substr(at_);
  }
  // The line ahead with its LF, not taken; "" at the end. A line longer than
  // the limit comes in pieces.
  std::string_view PeekLine();
  void Take(std::size_t count);
  bool AtSeparator();
  // Takes the body by its Content-Length, if that is true.
  bool TakeByLength(std::uint64_t length, std::string* body);
  Error ReadError() const;

  UniqueFd fd_;
  std::string path_;
  std::string buffer_;
  std::size_t at_ = 0;      // In buffer_.
  std::uint64_t base_ = 0;  // Offset in the file of buffer_'s first byte.
  bool end_ = false;
  int errno_ = 0;
  bool mbox_ = false;
  std::int64_t index_ = 0;
};

// As git mailsplit knows one: "From ", then somewhere a time and a year.
bool IsFromLine(std::string_view line);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_MBOX_READER_H_
