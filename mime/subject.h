// What a Subject says of a patch: prefixes, number, version, title.
//
// Input: a decoded, unfolded Subject of a hostile mail. Any text gives some
// answer; linear. The rules are the field's habits (git-send-email, b4, list
// software), not one list's: see docs/architecture.md, "Subjects".
// Threads: any.  Tested in tests/mime/subject_test.cc.
#ifndef PATCHMILTER_MIME_SUBJECT_H_
#define PATCHMILTER_MIME_SUBJECT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace patchmilter::mime {

struct Subject {
  std::string text;    // As given, white space folded to one blank.
  std::string title;   // Without reply marks and bracketed prefixes.
  bool reply = false;  // Re:, AW:, Fwd:, … in front (also behind a list tag)
  bool patch = false;  // A bracket says PATCH (or the like: RFC n/m).
  bool rfc = false;
  bool resend = false;
  std::optional<std::int64_t> number;  // k of k/n
  std::optional<std::int64_t> total;   // n of k/n
  std::int64_t version = 1;
  bool version_given = false;
  // Words in the brackets that are none of the above, as written: a tree hint
  // ("net-next"), another project's name, a list tag.
  std::vector<std::string> hints;
};

Subject ParseSubject(std::string_view subject);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_SUBJECT_H_
