// Lines of bytes: LineBuffer takes them apart, LineChannel reads them from one
// descriptor and writes them to another (standard input and output, or a socket
// that is both).
//
// A line that is longer than its bound is passed over whole and reported, so
// that what follows is read as it was meant. No byte is taken beyond what is
// needed to end the line asked for, other than into the buffer.
// Threads: one. Tested in tests/app/mcp_test.py.
#ifndef PATCHMILTER_APP_LINE_CHANNEL_H_
#define PATCHMILTER_APP_LINE_CHANNEL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace patchmilter::app {

class LineBuffer {
 public:
  explicit LineBuffer(std::size_t max_line) : max_line_(max_line) {}

  enum class Kind : std::uint8_t { kLine, kTooLong, kEnd };
  void Add(std::string_view bytes);
  // No more bytes will come.
  void End() { end_ = true; }
  // The next line, without LF and CR; a last one without LF counts. Nothing
  // where more bytes are needed first. After kTooLong the line is gone.
  std::optional<Kind> Next(std::string* line);
  // What was added and not given out; taken over by whoever asks.
  std::string TakeRest();

 private:
  std::size_t max_line_;
  std::string buffer_;
  std::size_t begin_ = 0;   // Of what is not given out.
  std::size_t looked_ = 0;  // Bytes behind it that hold no LF.
  bool too_long_ = false;   // The line at begin_ has lost its start.
  bool end_ = false;
};

class LineChannel {
 public:
  // Descriptors are borrowed.
  LineChannel(int in, int out, std::size_t max_line)
      : in_(in), out_(out), buffer_(max_line) {}

  using Kind = LineBuffer::Kind;
  // LineBuffer::Next, which is given what it needs. Errors: reading failed.
  Result<Kind> Next(std::string* line);
  // `line` and LF.
  Status Send(std::string_view line);
  // What was read and not given out; taken over by whoever asks.
  std::string TakeRest() { return buffer_.TakeRest(); }

 private:
  int in_;
  int out_;
  LineBuffer buffer_;
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_LINE_CHANNEL_H_
