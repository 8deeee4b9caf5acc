// Any bytes as an mbox or a mail: places ascend, each mail's raw bytes are no
// more than the bytes from its place to the next, all is read, and the same
// comes out however the bytes come in.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "app/mbox_reader.h"
#include "base/check.h"

namespace {

using patchmilter::Result;
using patchmilter::app::MboxMail;
using patchmilter::app::MboxReader;

std::vector<MboxMail> ReadAll(std::string_view bytes, std::size_t block) {
  std::size_t given = 0;
  MboxReader reader(
      [&](char* buffer, std::size_t size) -> Result<std::size_t> {
        const std::size_t count = std::min({size, block, bytes.size() - given});
        std::memcpy(buffer, bytes.data() + given, count);
        given += count;
        return count;
      },
      "input");
  std::vector<MboxMail> mails;
  if (!reader.Begin().ok()) return mails;
  while (true) {
    auto mail = reader.Next();
    CHECK(mail.ok());
    if (!*mail) break;
    if (!mails.empty()) {
      CHECK((*mail)->index > mails.back().index);
      CHECK((*mail)->offset > mails.back().offset);
      CHECK(mails.back().raw.size() <= (*mail)->offset - mails.back().offset);
    }
    mails.push_back(**std::move(mail));
  }
  CHECK(reader.bytes_read() == bytes.size());
  if (!mails.empty()) {
    CHECK(mails.back().raw.size() <= bytes.size() - mails.back().offset);
  }
  return mails;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::vector<MboxMail> whole = ReadAll(bytes, bytes.size() + 1);
  const std::vector<MboxMail> pieces = ReadAll(bytes, 7);
  CHECK(whole.size() == pieces.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CHECK(whole[i].raw == pieces[i].raw && whole[i].offset == pieces[i].offset);
  }
  return 0;
}
