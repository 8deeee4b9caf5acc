// Guide: what a model is told before it sees anything of a series: how to work,
// what counts, what the code at hand is prone to, and its role.
//
// The words come from three places: our own (prompts/, compiled in), or, for
// what is said of the kernel's subsystems, a site's checkout of review-prompts
// at a pinned commit, and over both the site's overlay directory. Never from
// the tree under review.
//
// `system` is byte-stable: the same settings, set, role and touched files give
// the same bytes, whatever is under review otherwise, in which order and when.
// So all conversations of one series share it as their cached prefix.
// docs/prompts.md says what stands where.
#ifndef PATCHMILTER_REVIEW_PROMPTS_GUIDE_H_
#define PATCHMILTER_REVIEW_PROMPTS_GUIDE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "review/prompts/touched.h"

namespace patchmilter::review {

// Who is spoken to.
enum class Role : std::uint8_t {
  kSeries,      // Looks at the series as a whole.
  kPatch,       // Reviews one patch in depth.
  kVerifier,    // Tries to refute one finding.
  kSecondPass,  // Reviews one patch without its message and the replies.
};
inline constexpr Role kLastRole = Role::kSecondPass;
std::string_view RoleName(Role role);  // "series", "patch", …

// A set of our own, with the common parts and a role, has at most so many
// tokens by EstimateTokens; a test holds each to it.
inline constexpr std::size_t kMaxBuiltInTokens = 4'000;
// A whole system text has at most so many: the least telling guides of a
// checkout are left out, and named in the warnings.
inline constexpr std::size_t kMaxSystemTokens = 48'000;
// One file of a checkout or an overlay; a larger one is an error.
inline constexpr std::size_t kMaxPromptFile = 256UL << 10;
// Rows of a trigger table, and files of an overlay.
inline constexpr std::size_t kMaxPromptFiles = 500;

// How many tokens `text` may cost: a word one for eight letters, a number one
// for three digits, marks one for two, a run of line ends or of blanks one.
// Measured on whole prompts and guides: 2 to 15 % above what public tokenizers
// (o200k, cl100k) count, where four bytes a token lie up to 7 % below.
std::size_t EstimateTokens(std::string_view text);

// The site's choice, from its configuration.
struct PromptSettings {
  // A git repository with review-prompts, a work tree or bare; "": our own
  // words alone. What is read is the pinned commit's, never the work tree.
  std::string directory;
  std::string commit;   // 40 hexadecimal digits. REQUIRED with `directory`.
  std::string overlay;  // A directory with the site's own words; "": none.
};

// A file whose words stand in a system text.
struct GuideFile {
  std::string name;    // "kernel.md", "review-prompts/kernel/…", "site/…".
  std::string sha256;  // 64 hexadecimal digits, of the file as it was read.

  friend bool operator==(const GuideFile&, const GuideFile&) = default;
};

struct Guide {
  std::string set;  // "drm".
  // Which words they are, for the footer: a hash of all that is compiled in,
  // the checkout's commit, a hash of the overlay. At most 42 characters:
  // "0f1e2d3c4b5a+rp@4e9a9051bc42+site@89abcdef".
  std::string version;
  std::string system;  // The complete text for the role; valid UTF-8.
  // The first so many bytes of `system` are the same for every role of one
  // series: a place for a mark of the cache.
  std::size_t shared = 0;
  std::vector<GuideFile> files;  // In the order in which they stand there.
  // What the site should know, in words, a line each: a guide that the table
  // names and the commit lacks, what was left out for its length.
  std::vector<std::string> warnings;
};

// All words of one process. Everything is read when it is opened; nothing is
// read later. Threads: const use from any. Tested in tests/review/prompts/.
class Prompts {
 public:
  // kNotFound where the directory, the commit or the table is not there;
  // kInvalidInput where a setting, a file of the overlay (its owner, its mode,
  // its size, no UTF-8) or the table is wrong. Nothing is left out quietly.
  static Result<std::unique_ptr<Prompts>> Open(const PromptSettings& settings);
  ~Prompts();
  Prompts(const Prompts&) = delete;
  Prompts& operator=(const Prompts&) = delete;

  // The sets that there are: "kernel", "drm", "generic-c".
  static std::vector<std::string_view> SetNames();

  // kInvalidInput for a set that there is none of. `touched`: what the whole
  // series changes, so that all its conversations get the same text.
  Result<Guide> GuideFor(std::string_view set, Role role,
                         const Touched& touched) const;

  const std::string& version() const;  // As Guide::version.
  // What was noticed when they were opened, whatever is asked for later: rows
  // of the table without a file, names in the overlay that replace nothing.
  const std::vector<std::string>& warnings() const;

 private:
  struct State;
  explicit Prompts(std::unique_ptr<State> state);
  Status CheckLength() const;
  std::unique_ptr<State> state_;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_PROMPTS_GUIDE_H_
