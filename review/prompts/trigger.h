// Trigger: one entry of a trigger table, as people write it, and whether a
// series fires it. docs/prompts.md has the forms in a table.
//
// Everything is matched whole: a path from its root by components, a name as a
// whole identifier, never a part of a word.
//
// Input: the table is the site's; what is touched is hostile. Time in
// proportion to what is touched, for each trigger. Threads: const use from any.
// Tested in tests/review/prompts/trigger_test.cc.
#ifndef PATCHMILTER_REVIEW_PROMPTS_TRIGGER_H_
#define PATCHMILTER_REVIEW_PROMPTS_TRIGGER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "review/prompts/touched_words.h"
#include "tree/questions/glob.h"
#include "tree/questions/pattern.h"

namespace patchmilter::review {

class Trigger {
 public:
  // Any text is some trigger; one that can never fire says why in problem().
  static Trigger Parse(std::string_view text);

  // How telling it is that `file` fires it: 0 where it does not; a path tells
  // more than an identifier, a longer one more than a shorter one.
  int Match(const FileWords& file) const;

  const std::string& problem() const { return problem_; }

 private:
  enum class Form : std::uint8_t {
    kNever,             // Nothing that could be matched.
    kPath,              // "net/", "mm/slub.c": it, and all below it.
    kPathGlob,          // "fs/*.c", "include/linux/kvm*"
    kPathRegex,         // "arch/arm64/include/asm/kvm.*\.h"
    kFileName,          // "Kconfig", "decode.c": in any directory.
    kFileGlob,          // "*.yaml"
    kIdentifier,        // "net_device_ops"
    kCall,              // "call_rcu("
    kIdentifierPrefix,  // "skb_"
    kIdentifierGlob,    // "*seqcount*", "SNMP_*_STATS"
    kIdentifierRegex,   // "kvm_(get|put)_.+"
    kText,              // "YNL-GEN", "-funsigned-char": as whole words.
    kComponents,        // Prose: words that name directories or files.
  };
  // Parts that must all hold for one file.
  struct Part {
    Form form = Form::kNever;
    std::string text;
    std::shared_ptr<const tree::Glob> glob;
    std::shared_ptr<const tree::Pattern> regex;
    std::vector<std::string> words;  // Of kComponents.
  };

  void AddConjunct(std::string_view text);
  void AddAlternative(std::string_view text);
  void AddProse(std::string_view text);
  void AddToken(std::string_view text);
  void Add(Form form, std::string_view text);
  void AddGlob(Form form, std::string_view text);
  void AddRegex(Form form, std::string_view text);
  void Never(std::string why);
  static int MatchPart(const Part& part, const FileWords& file);

  // Each conjunct: alternatives, one of which must hold.
  std::vector<std::vector<Part>> conjuncts_;
  std::string problem_;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_PROMPTS_TRIGGER_H_
