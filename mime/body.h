// The parts of a body, by their boundaries.
//
// GMime's parser recurses on multiparts; this walk keeps a list of the open
// boundaries instead: a mail of any depth takes the same stack. Each line is
// looked at once; only those that begin with "--" are compared, with at most
// kMaxDepth boundaries. Missing ends, missing headers and boundaries that never
// come are mended and said in `problems`.
// Input: hostile bytes. Threads: any.  Tested in tests/mime/text_test.cc.
#ifndef PATCHMILTER_MIME_BODY_H_
#define PATCHMILTER_MIME_BODY_H_

#include <string>
#include <string_view>
#include <vector>

#include "mime/content_type.h"

namespace patchmilter::mime {

struct Part {
  ContentType content;
  std::string_view bytes;  // As in the mail, still encoded.
};

// The leaves of the mail, in order; one, the whole body, where `content` is no
// multipart. At most kMaxParts.
std::vector<Part> SplitBody(const ContentType& content, std::string_view body,
                            std::vector<std::string>* problems);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_BODY_H_
