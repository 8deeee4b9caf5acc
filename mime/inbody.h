// The headers in front of a commit message in a mail's text, as git mailinfo
// reads them (mailinfo.c): "From:", "Subject:", "Date:", each once.
// Input: Mail::text. Threads: any.  Tested in tests/mime/text_test.cc.
#ifndef PATCHMILTER_MIME_INBODY_H_
#define PATCHMILTER_MIME_INBODY_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace patchmilter::mime {

struct InBody {
  std::string from;  // Unfolded, still encoded; "" where not there.
  std::string subject;
  std::string date;
  // Where the commit message begins (blank lines are skipped), and where it
  // ends: at the line "---" or at the diff, whichever comes first.
  std::size_t message_begin = 0;
  std::size_t message_end = 0;
  std::uint32_t message_line = 0;  // Of message_begin, 0-based.
};

InBody ReadInBody(std::string_view text);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_INBODY_H_
