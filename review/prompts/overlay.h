// Overlay: a site's own words, from a directory of its configuration.
//
// NAME.md replaces the built-in file of that name, NAME.append.md is added
// behind it. Read once. The directory and its files must belong to root or to
// us, and nobody else may write to them; links are not followed.
// Threads: any.  Tested in tests/review/prompts/overlay_test.cc.
#ifndef PATCHMILTER_REVIEW_PROMPTS_OVERLAY_H_
#define PATCHMILTER_REVIEW_PROMPTS_OVERLAY_H_

#include <map>
#include <string>

#include "base/result.h"

namespace patchmilter::review {

// The files whose names end in ".md", by name; others are passed over.
// kNotFound where there is no such directory; kInvalidInput for a path that is
// not absolute, an owner, a mode, a size (kMaxPromptFile, kMaxPromptFiles) or
// bytes that are no UTF-8.
Result<std::map<std::string, std::string>> ReadOverlay(
    const std::string& directory);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_PROMPTS_OVERLAY_H_
