// What a parse worker may send that a hostile mail has taken over: it is
// refused, or it is sound.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "mime/patch_mail.h"

namespace {

void CheckSpans(const patchmilter::diff::Diff& diff) {
  CHECK(diff.begin() <= diff.end() && diff.end() <= diff.text().size());
  for (const auto& file : diff.files()) {
    for (const auto& hunk : file.hunks) {
      for (const auto& line : hunk.lines) {
        CHECK(line.span.begin <= diff.text().size() &&
              line.span.size <= diff.text().size() - line.span.begin);
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace patchmilter;
  const auto patch = mime::DecodePatchMail(
      std::string_view(reinterpret_cast<const char*>(data), size));
  if (!patch) return 0;
  CHECK(IsValidUtf8(patch->mail.text));
  CHECK(IsValidUtf8(patch->mail.subject.text));
  CHECK(patch->message_end <= patch->mail.text.size());
  CheckSpans(patch->diff);
  CheckSpans(patch->diff_to_apply());
  // Whatever was let in can be sent on.
  WireWriter out;
  mime::EncodePatchMail(*patch, &out);
  CHECK(mime::DecodePatchMail(out.bytes()).has_value());
  return 0;
}
