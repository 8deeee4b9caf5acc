// AgentScratch: the directory of one run of an agent, and all that is in it.
//
//   home/       its HOME, empty but for the one credential file
//   home/work/  its working directory, empty; below HOME, since programs look
//               for their settings in the directories above, and above ours is
//               a /tmp in which others can write
//   tmp/        its TMPDIR
//   mcp.sock, token, mcp.json    how it reaches our tools
//
// Ours alone (mode 0700), made new for each run, removed at its end with
// whatever the agent has left in it, however deep and whatever its modes.
// Threads: one. Tested in tests/app/agent_parts_test.cc.
#ifndef PATCHMILTER_APP_AGENT_SCRATCH_H_
#define PATCHMILTER_APP_AGENT_SCRATCH_H_

#include <string>
#include <string_view>

#include "base/config.h"
#include "base/handle.h"
#include "base/result.h"

namespace patchmilter::app {

// A credential file is at most so long.
inline constexpr std::uint64_t kMaxCredential = 1 << 20;

class AgentScratch {
 public:
  // Below `parent`, or where that is "" below $TMPDIR, else /tmp. The
  // credential file of `model` is copied into HOME, and nothing else of the
  // configuration.
  static Result<AgentScratch> Make(const std::string& parent,
                                   const ModelConfig& model);
  // Removes it; what cannot be removed is logged.
  ~AgentScratch();
  AgentScratch(AgentScratch&& other) noexcept;
  AgentScratch& operator=(AgentScratch&&) = delete;
  AgentScratch(const AgentScratch&) = delete;
  AgentScratch& operator=(const AgentScratch&) = delete;

  std::string Path(std::string_view name) const;
  // A file of ours in it, mode 0600; its directories are made.
  Status Write(std::string_view name, std::string_view bytes) const;
  // `bytes` to be read from their start; no file bears their name any more.
  Result<UniqueFd> Unnamed(std::string_view bytes) const;
  const std::string& path() const { return path_; }
  // What the credential file says, for Hide().
  const std::string& credential() const { return credential_; }

 private:
  explicit AgentScratch(std::string path) : path_(std::move(path)) {}
  Status Fill(const ModelConfig& model);

  std::string path_;
  std::string credential_;
};

// Removes `path` and all below it; no link is followed, no depth is too deep.
// Fine where it is not there. REQUIRES: nobody writes there any more.
Status RemoveTree(const std::string& path);

// `text` with every word of `secret` (12 bytes or more without space or
// punctuation of JSON) replaced by "[hidden]": for logs.
std::string Hide(std::string_view text, std::string_view secret);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_AGENT_SCRATCH_H_
