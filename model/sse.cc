#include "model/sse.h"

namespace patchmilter::model {

SseParser::End SseParser::Take(std::string_view bytes,
                               const OnEvent& on_event) {
  while (!bytes.empty()) {
    if (after_cr_) {
      after_cr_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const size_t end = bytes.find_first_of("\r\n");
    const std::string_view piece = bytes.substr(0, end);
    if (line_.size() + piece.size() > kMaxEventBytes) return End::kTooLong;
    if (end == std::string_view::npos) {
      line_ += piece;
      break;
    }
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    End result = End::kNone;
    if (line_.empty()) {
      result = TakeLine(piece, on_event);
    } else {
      line_ += piece;
      result = TakeLine(line_, on_event);
      line_.clear();
    }
    if (result != End::kNone) return result;
  }
  return End::kNone;
}

SseParser::End SseParser::TakeLine(std::string_view line,
                                   const OnEvent& on_event) {
  if (first_line_) {
    first_line_ = false;
    if (line.substr(0, 3) == "\xef\xbb\xbf") line.remove_prefix(3);
  }
  if (line.empty()) {
    bool go_on = true;
    if (has_data_) go_on = on_event(name_, data_);
    name_.clear();
    data_.clear();
    has_data_ = false;
    return go_on ? End::kNone : End::kStopped;
  }
  const size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value;
  if (colon != std::string_view::npos) {
    value = line.substr(colon + 1);
    if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  }
  if (field == "event") {
    name_ = value;
  } else if (field == "data") {
    if (data_.size() + value.size() + 1 > kMaxEventBytes) return End::kTooLong;
    if (has_data_) data_ += '\n';
    has_data_ = true;
    data_ += value;
  }
  return End::kNone;
}

}  // namespace patchmilter::model
