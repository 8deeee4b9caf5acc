#include "app/line_channel.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/files.h"

namespace patchmilter::app {

Result<LineChannel::Kind> LineChannel::Next(std::string* line) {
  bool too_long = false;
  std::size_t looked = 0;  // Bytes of the buffer that hold no LF.
  while (true) {
    const std::size_t end = buffer_.find('\n', begin_ + looked);
    if (end != std::string::npos || (end_ && begin_ < buffer_.size())) {
      const std::size_t stop = end == std::string::npos ? buffer_.size() : end;
      const bool fits = stop - begin_ <= max_line_ && !too_long;
      if (fits) {
        line->assign(buffer_, begin_, stop - begin_);
        if (!line->empty() && line->back() == '\r') line->pop_back();
      }
      begin_ = end == std::string::npos ? stop : stop + 1;
      return fits ? Kind::kLine : Kind::kTooLong;
    }
    if (end_) return too_long ? Kind::kTooLong : Kind::kEnd;
    buffer_.erase(0, begin_);
    begin_ = 0;
    if (buffer_.size() > max_line_) {
      too_long = true;
      buffer_.clear();
    }
    looked = buffer_.size();
    std::array<char, 65536> block;
    ssize_t got = 0;
    do {
      got = ::read(in_, block.data(), block.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) return FromErrno("reading a line", errno);
    if (got == 0) {
      end_ = true;
    } else {
      buffer_.append(block.data(), static_cast<std::size_t>(got));
    }
  }
}

Status LineChannel::Send(std::string_view line) {
  std::string whole(line);
  whole += '\n';
  return WriteAll(out_, whole);
}

std::string LineChannel::TakeRest() {
  std::string rest = buffer_.substr(begin_);
  buffer_.clear();
  begin_ = 0;
  return rest;
}

}  // namespace patchmilter::app
