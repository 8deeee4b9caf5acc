// InboxEpoch: the mails of one git repository of a public-inbox, oldest first,
// read out of its objects without a checkout.
//
// public-inbox keeps one mail a commit (public-inbox-v2-format(5)): in the file
// `m` of the commit's tree; a commit with the file `d` notes that a mail was
// removed later, and brings none. A repository of the first format
// (public-inbox-v1-format(5)) has a tree of files XX/YYY… (2 and 38 hexadecimal
// digits), and the mails of a commit are those that its parent has not. Both
// are known by what a commit holds.
//
// History is followed by first parents from HEAD, to its root or to where a
// shallow clone ends. A purge rewrites history, so a mail is named by its
// blob, which stays.
//
// Memory: 20 bytes a commit, and libgit2's caches, which are dropped every
// kCommitsKept commits. Input: objects are hostile, see repository.h.
// Errors: those of Repository, with how to mend them; kInvalidInput where the
// commits are no public-inbox's.
// Threads: one.  Tested in tests/git/inbox_test.cc.
#ifndef PATCHMILTER_GIT_INBOX_H_
#define PATCHMILTER_GIT_INBOX_H_

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "git/repository.h"

namespace patchmilter::git {

inline constexpr std::size_t kCommitsKept = 20'000;

class InboxEpoch {
 public:
  // Walks the whole history, commits alone. One without any is no error.
  static Result<std::unique_ptr<InboxEpoch>> Open(const std::string& path);

  struct Entry {
    ObjectId blob;
    UnixSeconds committed = 0;  // public-inbox: when the mail was received.
  };
  // The next mail, not read yet; nothing at the end.
  Result<std::optional<Entry>> Next();
  // kInvalidInput where it is longer than `max_bytes`.
  Result<std::string> Read(const ObjectId& blob,
                           std::uint64_t max_bytes = kMaxBlobBytes);

  std::size_t commits() const { return commits_; }
  std::size_t commits_passed() const { return commits_ - left_.size(); }

 private:
  explicit InboxEpoch(std::string path) : path_(std::move(path)) {}
  Status OpenRepository();
  Status Walk();
  // Puts the mails of one commit into found_.
  Status Look(const ObjectId& commit);
  Status LookInDirectories(const ObjectId& commit,
                           const std::vector<TreeEntry>& entries,
                           UnixSeconds committed);
  Error NoInbox(const ObjectId& commit) const;

  std::string path_;
  std::unique_ptr<Repository> repository_;
  std::size_t read_ = 0;        // Commits since the repository was opened.
  std::vector<ObjectId> left_;  // The newest first: taken from the back.
  std::size_t commits_ = 0;
  std::deque<Entry> found_;
  ObjectId last_tree_;
  std::vector<TreeEntry> last_directories_;  // Of the first format.
};

}  // namespace patchmilter::git

#endif  // PATCHMILTER_GIT_INBOX_H_
