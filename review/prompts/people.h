// People: who wrote what in a thread, told by roles and not by names.
//
// A model that knows a name trusts or distrusts it. The author is "author",
// others are "maintainer 1", "reviewer 1", "bot 1", numbered in the order in
// which they are met: deterministic, given the same calls.
//
// Input: addresses and texts of hostile mails. Bounded: the first kMaxPeople
// are told apart, later ones are "reviewer" all. Texts take time in proportion
// to their size. Threads: one (roles are given as they are asked for).
// Tested in tests/review/prompts/people_test.cc.
#ifndef PATCHMILTER_REVIEW_PROMPTS_PEOPLE_H_
#define PATCHMILTER_REVIEW_PROMPTS_PEOPLE_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mime/mail.h"

namespace patchmilter::review {

inline constexpr std::size_t kMaxPeople = 1'000;

class People {
 public:
  // Who is what beforehand; compared by address, ASCII letters of either case.
  struct Known {
    std::vector<mime::Address> authors;    // Posters and commit authors.
    std::vector<std::string> maintainers;  // Addresses.
    std::vector<std::string> bots;         // Addresses.
  };
  explicit People(const Known& known);

  // "author", "maintainer 1", "reviewer 2", "bot 1"; one who was not met yet
  // gets the next number. Some well-known robots are bots by their address. An
  // author or reviewer is known by the full name too, under another address.
  std::string RoleOf(const mime::Address& address);

  // `text` (a commit message, a cover, a reply) without names and addresses:
  //  - in trailers and in From:, To:, Cc: lines the person becomes the role;
  //    who was not met yet gets one ("Reported-by: reviewer 3");
  //  - an attribution line ("On …, NAME <…> wrote:"), also one of several
  //    lines, becomes "ROLE wrote:";
  //  - "NAME <address>" anywhere, and full names of all who have been met, as
  //    whole words, anywhere; first names only where one is greeted or signs
  //    ("Hi NAME,", "Thanks, NAME", NAME alone on a line);
  //  - any other address becomes <address>, in links too.
  // Lists stay what they are: "a list", "stable". Lines of diffs are not
  // spared: do not give it what is to be quoted verbatim.
  std::string Hidden(std::string_view text);

 private:
  friend class NameHider;
  struct Person {
    std::string role;
    std::string kind;  // "author", "reviewer", …
  };
  // A full name, as its words in lower case.
  struct Name {
    std::vector<std::string> words;
    std::size_t person = 0;
  };

  std::size_t Meet(std::string_view name, std::string_view email);
  std::size_t Add(std::string_view kind);
  void Remember(std::string_view name, std::size_t person);
  std::string KindOf(const std::string& email) const;

  std::vector<Person> people_;
  std::map<std::string, std::size_t, std::less<>> by_email_;
  std::map<std::string, std::size_t, std::less<>> by_name_;
  // By their first words, a few for each.
  std::map<std::string, std::vector<Name>, std::less<>> names_;
  std::map<std::string, std::size_t, std::less<>> first_names_;
  std::map<std::string, std::size_t, std::less<>> counts_;
  std::map<std::string, std::string, std::less<>> known_;  // Address to kind.
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_PROMPTS_PEOPLE_H_
