// Threads made up for the tests of series/, each with what must come out.
#ifndef PATCHMILTER_TESTS_SERIES_CASES_H_
#define PATCHMILTER_TESTS_SERIES_CASES_H_

#include <string>
#include <utility>
#include <vector>

#include "series/grouper.h"

namespace patchmilter::series {

// Facts of one made-up mail. The Date is 2025-01-02 plus the minutes given, the
// arrival a little later; `author` "ann" is "Ann Example <ann@a.example>".
class Post {
 public:
  // "[PATCH k/n] …", or a cover where k is 0, or "[PATCH] …" where n is 0.
  Post(std::string id, int k, int n);

  Post Version(int version) const;
  Post By(const std::string& author) const;  // From and author.
  Post From(const std::string& name) const;  // From alone: sends for others.
  Post Address(const std::string& email) const;  // Of both, alone.
  Post Minute(double minutes) const;
  Post Arrives(double minutes) const;  // Else half a minute after the Date.
  Post Answers(std::vector<std::string> ids) const;  // The parent last.
  Post Title(std::string title) const;
  Post Kind(mime::MailKind kind) const;
  Post Content(std::string hash) const;
  Post PatchId(std::string patch_id) const;
  Post ChangeId(std::string change_id) const;
  Post Hint(std::string hint) const;
  Post Resend() const;
  Post Named(std::string message_id) const;

  const MailFacts& facts() const { return facts_; }

 private:
  MailFacts facts_;
};

struct Case {
  std::string name;
  std::vector<Post> posts;  // In order of arrival.
  // As Describe() writes it, sorted.
  std::vector<std::string> want;
};

const std::vector<Case>& Cases();

// The facts of a case, with ids from 1 in the order in which it has them.
std::vector<MailFacts> FactsOf(const Case& a_case);

// Each series in a line, by Message-ID (not by id, which the order of feeding
// may tell), sorted:
//   "v2 of 3: cover=c0 1=a 3=b; missing 2; after <root>; re-rolls"
std::vector<std::string> Describe(const Grouper& grouper,
                                  const std::vector<MailFacts>& facts);

}  // namespace patchmilter::series

#endif  // PATCHMILTER_TESTS_SERIES_CASES_H_
