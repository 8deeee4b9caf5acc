#include "app/line_channel.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/files.h"

namespace patchmilter::app {

void LineBuffer::Add(std::string_view bytes) {
  buffer_.erase(0, begin_);
  begin_ = 0;
  if (buffer_.size() > max_line_ && looked_ == buffer_.size()) {
    too_long_ = true;
    buffer_.clear();
    looked_ = 0;
  }
  buffer_.append(bytes);
}

std::optional<LineBuffer::Kind> LineBuffer::Next(std::string* line) {
  const std::size_t end = buffer_.find('\n', begin_ + looked_);
  if (end == std::string::npos && !(end_ && begin_ < buffer_.size())) {
    looked_ = buffer_.size() - begin_;
    if (!end_) return std::nullopt;
    return std::exchange(too_long_, false) ? Kind::kTooLong : Kind::kEnd;
  }
  const std::size_t stop = end == std::string::npos ? buffer_.size() : end;
  const bool fits = stop - begin_ <= max_line_ && !too_long_;
  if (fits) {
    line->assign(buffer_, begin_, stop - begin_);
    if (!line->empty() && line->back() == '\r') line->pop_back();
  }
  begin_ = end == std::string::npos ? stop : stop + 1;
  looked_ = 0;
  too_long_ = false;
  return fits ? Kind::kLine : Kind::kTooLong;
}

std::string LineBuffer::TakeRest() {
  std::string rest = buffer_.substr(begin_);
  buffer_.clear();
  begin_ = 0;
  looked_ = 0;
  return rest;
}

Result<LineChannel::Kind> LineChannel::Next(std::string* line) {
  while (true) {
    if (const std::optional<Kind> kind = buffer_.Next(line)) return *kind;
    std::array<char, 65536> block;
    ssize_t got = 0;
    do {
      got = ::read(in_, block.data(), block.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) return FromErrno("reading a line", errno);
    if (got == 0) {
      buffer_.End();
    } else {
      buffer_.Add({block.data(), static_cast<std::size_t>(got)});
    }
  }
}

Status LineChannel::Send(std::string_view line) {
  std::string whole(line);
  whole += '\n';
  return WriteAll(out_, whole);
}

}  // namespace patchmilter::app
