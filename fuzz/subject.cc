// Any text is a subject.
#include "mime/subject.h"

#include <cstdint>
#include <string_view>

#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const patchmilter::mime::Subject subject = patchmilter::mime::ParseSubject(
      std::string_view(reinterpret_cast<const char*>(data), size));
  CHECK(subject.text.size() <= size);
  CHECK(subject.title.size() <= subject.text.size());
  CHECK(subject.version >= 0);
  CHECK(subject.number.value_or(0) >= 0 && subject.total.value_or(0) >= 0);
  CHECK(subject.number.has_value() == subject.total.has_value());
  return 0;
}
