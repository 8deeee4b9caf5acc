// LineChannel: lines in from one descriptor and out to another (standard input
// and output, or a socket that is both).
//
// A line that is longer than its bound is passed over whole and reported, so
// that what follows is read as it was meant. No byte is taken beyond what is
// needed to end the line asked for, other than into the channel's own buffer.
// Threads: one. Tested in tests/app/mcp_test.py.
#ifndef PATCHMILTER_APP_LINE_CHANNEL_H_
#define PATCHMILTER_APP_LINE_CHANNEL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace patchmilter::app {

class LineChannel {
 public:
  // Descriptors are borrowed.
  LineChannel(int in, int out, std::size_t max_line)
      : in_(in), out_(out), max_line_(max_line) {}

  enum class Kind : std::uint8_t { kLine, kTooLong, kEnd };
  // The next line, without LF and CR; a last one without LF counts. After
  // kTooLong the line is gone. Errors: reading failed.
  Result<Kind> Next(std::string* line);
  // `line` and LF.
  Status Send(std::string_view line);
  // What was read and not given out; taken over by whoever asks.
  std::string TakeRest();

 private:
  int in_;
  int out_;
  std::size_t max_line_;
  std::string buffer_;
  std::size_t begin_ = 0;  // Of what is not given out.
  bool end_ = false;
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_LINE_CHANNEL_H_
