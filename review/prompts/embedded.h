// The files of prompts/, as they were when the program was built: no file is
// needed at run time. The source is made by cmake/embed_prompts.cmake.
// Threads: any.  Tested in tests/review/prompts/built_in_test.cc.
#ifndef PATCHMILTER_REVIEW_PROMPTS_EMBEDDED_H_
#define PATCHMILTER_REVIEW_PROMPTS_EMBEDDED_H_

#include <span>
#include <string_view>

namespace patchmilter::review {

struct EmbeddedFile {
  std::string_view name;  // "kernel.md".
  std::string_view text;
};

// By name.
std::span<const EmbeddedFile> EmbeddedPrompts();

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_PROMPTS_EMBEDDED_H_
