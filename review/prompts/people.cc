#include "review/prompts/people.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "review/prompts/name_words.h"

namespace patchmilter::review {
namespace {

constexpr std::string_view kAuthor = "author";
constexpr std::string_view kReviewer = "reviewer";
// As many people with one first word of their names are told apart.
constexpr std::size_t kMaxNamesakes = 8;

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() &&
         text.substr(text.size() - end.size()) == end;
}

// Robots of the kernel's lists, by their addresses in lower case.
bool IsRobot(std::string_view email) {
  const std::string_view local = email.substr(0, email.find('@'));
  return local == "lkp" || local == "bot" || local == "patchwork" ||
         local == "noreply" || local == "no-reply" || EndsWith(local, "-bot") ||
         EndsWith(local, "-bot+bpf") || local.substr(0, 6) == "syzbot" ||
         local.substr(0, 9) == "patchwork";
}

}  // namespace

std::vector<std::string> NameWords(std::string_view name) {
  std::string plain;
  const std::size_t comma = name.find(',');
  if (comma != std::string_view::npos) {  // "Roe, Jane"
    plain = name.substr(comma + 1);
    plain += ' ';
    plain += name.substr(0, comma);
  } else {
    plain = name;
  }
  std::vector<std::string> words;
  std::string word;
  for (std::size_t i = 0; i <= plain.size(); ++i) {
    if (i < plain.size() && IsNameByte(plain[i])) {
      word += ToLowerAscii(plain[i]);
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  return words;
}

People::People(const Known& known) {
  for (const std::string& email : known.bots) {
    known_.emplace(ToLower(email), "bot");
  }
  for (const std::string& email : known.maintainers) {
    known_.emplace(ToLower(email), "maintainer");
  }
  for (const mime::Address& author : known.authors) {
    if (people_.empty()) people_.push_back({std::string(kAuthor), "author"});
    by_email_.emplace(ToLower(author.email), 0);
    Remember(author.name, 0);
  }
}

std::string People::KindOf(const std::string& email) const {
  const auto known = known_.find(email);
  if (known != known_.end()) return known->second;
  return IsRobot(email) ? "bot" : std::string(kReviewer);
}

std::size_t People::Add(std::string_view kind) {
  const std::string name(kind);
  people_.push_back({name + " " + std::to_string(++counts_[name]), name});
  return people_.size() - 1;
}

void People::Remember(std::string_view name, std::size_t person) {
  std::vector<std::string> words = NameWords(name);
  if (words.empty() || people_.size() > kMaxPeople) return;
  if (words.front().size() > 2) {
    first_names_.emplace(words.front(), person);
  }
  if (words.size() < 2) return;
  if (!by_name_.emplace(Join(words, " "), person).second) return;
  // As links and branches have it: "Jane-Roe", "jane.roe".
  for (const char* joint : {"-", "."}) {
    std::string joined = Join(words, joint);
    std::vector<Name>& same = names_[joined];
    if (same.empty()) same.push_back({{std::move(joined)}, person});
  }
  std::vector<Name>& namesakes = names_[words.front()];
  if (namesakes.size() == kMaxNamesakes) return;
  namesakes.push_back({std::move(words), person});
  // The longest first, so that "Jane van Roe" is not left with a "Roe".
  std::stable_sort(namesakes.begin(), namesakes.end(),
                   [](const Name& a, const Name& b) {
                     return a.words.size() > b.words.size();
                   });
}

std::size_t People::Meet(std::string_view name, std::string_view address) {
  const std::string email = ToLower(address);
  const auto there = by_email_.find(email);
  if (!email.empty() && there != by_email_.end()) {
    Remember(name, there->second);
    return there->second;
  }
  const std::string kind = KindOf(email);
  std::size_t person = people_.size();
  // A maintainer is one by address alone: a name is soon put on.
  const auto namesake = by_name_.find(Join(NameWords(name), " "));
  if (kind == kReviewer && namesake != by_name_.end()) {
    const std::string& its = people_[namesake->second].kind;
    if (its == kAuthor || its == kReviewer) person = namesake->second;
  }
  if (person == people_.size()) {
    if (people_.size() >= kMaxPeople) {
      // All who come later are one.
      if (people_.size() == kMaxPeople) {
        people_.push_back({std::string(kReviewer), std::string(kReviewer)});
      }
      return kMaxPeople;
    }
    person = Add(kind);
  }
  if (!email.empty()) by_email_.emplace(email, person);
  Remember(name, person);
  return person;
}

std::string People::RoleOf(const mime::Address& address) {
  return people_[Meet(address.name, address.email)].role;
}

}  // namespace patchmilter::review
