// Any bytes are a mail, and what comes of them crosses to the daemon whole.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "mime/patch_mail.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace patchmilter::mime;
  static const bool initialized = [] {
    InitMime();
    return true;
  }();
  CHECK(initialized);
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  const PatchMail patch = ParsePatchMail(raw);
  CHECK(patch.mail.content_hash.size() == 64);
  CHECK(!patch.mail.kind_reason.empty());
  CHECK(patchmilter::IsValidUtf8(patch.mail.text));
  CHECK(patch.message_end <= patch.mail.text.size());
  CHECK(patch.mail.auth.results.size() <= kMaxAuthResults);
  CHECK(patch.mail.references.size() <= kMaxReferences);
  CHECK(!patch.diff_as_sent || !patch.diff.empty());
  patchmilter::WireWriter out;
  EncodePatchMail(patch, &out);
  const auto decoded = DecodePatchMail(out.bytes());
  CHECK(decoded.has_value());
  patchmilter::WireWriter again;
  EncodePatchMail(*decoded, &again);
  CHECK(again.bytes() == out.bytes());
  return 0;
}
