// Server-sent events (WHATWG HTML, 9.2), from bytes in any pieces.
//
// Lines end in LF, CR or CRLF; a BOM at the start, comments, and the fields id
// and retry are passed over; the data lines of one event are joined by LF. An
// event whose empty line has not come is none. From a hostile server: an event
// holds at most kMaxEventBytes, and no more is kept.
// Threads: one. Tested in tests/model/sse_test.cc.
#ifndef PATCHMILTER_MODEL_SSE_H_
#define PATCHMILTER_MODEL_SSE_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace patchmilter::model {

class SseParser {
 public:
  static constexpr std::size_t kMaxEventBytes = 16UL << 20;

  // `name` is "" where the event has none. False ends the stream.
  using OnEvent =
      std::function<bool(std::string_view name, std::string_view data)>;

  enum class End { kNone, kTooLong, kStopped };
  // Calls `on_event` for each event that ends in `bytes`. After anything but
  // kNone nothing more may be given.
  End Take(std::string_view bytes, const OnEvent& on_event);

 private:
  End TakeLine(std::string_view line, const OnEvent& on_event);

  std::string line_;  // Begun, its end not seen.
  std::string name_;
  std::string data_;
  bool has_data_ = false;
  bool first_line_ = true;
  bool after_cr_ = false;  // A LF now belongs to the CR before it.
};

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_SSE_H_
