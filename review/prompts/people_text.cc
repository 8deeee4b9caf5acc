// Names and addresses in running text, and what is put in their place.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "review/prompts/attribution.h"
#include "review/prompts/name_words.h"
#include "review/prompts/people.h"

namespace patchmilter::review {
namespace {

constexpr std::array<std::string_view, 9> kHeaders = {
    "from",   "to",     "cc",        "bcc",       "reply-to",
    "sender", "author", "committer", "maintainer"};
constexpr std::array<std::string_view, 12> kGreetings = {
    "hi",     "hello", "hey",     "dear", "thanks", "thank",
    "cheers", "best",  "regards", "ok",   "@",      "morning"};
// Words of names that have no capital.
constexpr std::array<std::string_view, 14> kParticles = {
    "al", "bin", "da", "de", "del", "den", "der",
    "di", "dos", "el", "la", "le",  "van", "von"};
// A line with a greeting or a signature has no more bytes.
constexpr std::size_t kMaxGreeting = 80;
// Words of a name in front of "<address>".
constexpr std::size_t kMaxNameWords = 5;

// A name does not begin with what joins its parts: "-Jane" is a signature.
bool BeginsName(char c) {
  return IsNameByte(c) && c != '-' && c != '.' && c != '\'';
}

bool IsLocalByte(char c) {
  return IsAlnumAscii(c) || std::string_view("._%+-=/!#$&'*?^`{|}~").find(c) !=
                                std::string_view::npos;
}
bool IsDomainByte(char c) {
  return IsAlnumAscii(c) || c == '.' || c == '-' ||
         static_cast<unsigned char>(c) >= 0x80;
}

struct Place {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// An address around the '@' at `at`, not before `from`; nothing where that is
// none.
std::optional<Place> AddressAround(std::string_view text, std::size_t at,
                                   std::size_t from) {
  // In a link it may be written as %40.
  const std::size_t behind = at + (text[at] == '@' ? 1 : 3);
  Place place{at, behind};
  while (place.begin > from && IsLocalByte(text[place.begin - 1])) {
    // A link's path ends in front of a Message-ID.
    if (text[place.begin - 1] == '/') break;
    --place.begin;
  }
  while (place.end < text.size() && IsDomainByte(text[place.end])) ++place.end;
  while (place.end > behind && text[place.end - 1] == '.') --place.end;
  const std::string_view domain = text.substr(behind, place.end - behind);
  if (place.begin == at || domain.find('.') == std::string_view::npos) {
    return std::nullopt;
  }
  return place;
}

// What a mailing list is called; "" for a person's address.
std::string_view ListName(std::string_view email) {
  const std::string lower = ToLower(email);
  const std::size_t at = lower.find('@');
  if (at == std::string::npos) return "";
  const std::string_view local = std::string_view(lower).substr(0, at);
  const std::string_view domain = std::string_view(lower).substr(at + 1);
  if (local == "stable") return "stable";
  const bool list = domain.substr(0, 5) == "vger." ||
                    domain.substr(0, 6) == "lists." ||
                    local.substr(0, 6) == "linux-" || local == "dri-devel" ||
                    domain == "googlegroups.com";
  return list ? "a list" : "";
}

std::size_t QuotePrefix(std::string_view line) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '>') {
      end = i + 1;
    } else if (line[i] != ' ' && line[i] != '\t') {
      break;
    }
  }
  while (end < line.size() && (line[end] == ' ' || line[end] == '\t')) ++end;
  return end;
}

}  // namespace

// Replaces in one text; its people are met in the order of the text.
class NameHider {
 public:
  NameHider(People* people, std::string_view text) : people_(people) {
    LineReader reader(text);
    std::string_view line;
    while (reader.Next(&line)) lines_.push_back(line);
    ends_ = !text.empty() && text.back() == '\n';
  }

  std::string Run() {
    // Once to meet everybody, once to replace: a name may stand above the
    // trailer that gives it.
    Walk();
    out_.clear();
    Walk();
    if (!ends_ && !out_.empty()) out_.pop_back();
    return std::move(out_);
  }

 private:
  void Walk() {
    for (std::size_t i = 0; i < lines_.size();) {
      const std::size_t taken = Attribution(i);
      if (taken > 0) {
        i += taken;
        continue;
      }
      const std::string_view line = lines_[i++];
      const std::size_t prefix = QuotePrefix(line);
      out_ += line.substr(0, prefix);
      const std::string_view rest = line.substr(prefix);
      if (!Header(rest)) out_ += Greeting(Inline(rest));
      out_ += '\n';
    }
  }

  // How many lines from `i` on are an attribution: written in one line.
  std::size_t Attribution(std::size_t i) {
    const std::size_t prefix = QuotePrefix(lines_[i]);
    const std::string_view mark = lines_[i].substr(0, prefix);
    std::vector<std::string_view> rest;
    for (std::size_t k = i;
         k < lines_.size() && rest.size() < kAttributionLines; ++k) {
      const std::size_t own = QuotePrefix(lines_[k]);
      if (own != prefix && lines_[k].substr(0, own) != mark) break;
      rest.push_back(lines_[k].substr(own));
    }
    const AttributionLine found = FindAttribution(rest);
    if (found.lines == 0) return 0;
    out_ += mark;
    out_ += found.email.empty() ? RoleOfName(found.name)
                                : RoleOfPerson(found.name, found.email);
    out_ += " wrote:\n";
    return found.lines;
  }

  std::string RoleOfPerson(std::string_view name, std::string_view email) {
    const std::string_view list = ListName(email);
    if (!list.empty()) return std::string(list);
    return people_->people_[people_->Meet(name, email)].role;
  }
  std::string RoleOfName(std::string_view name) {
    const std::vector<std::string> words = NameWords(name);
    const auto known = people_->by_name_.find(Join(words, " "));
    if (known != people_->by_name_.end()) {
      return people_->people_[known->second].role;
    }
    if (words.size() == 1) {
      const auto first = people_->first_names_.find(words.front());
      if (first != people_->first_names_.end()) {
        return people_->people_[first->second].role;
      }
    }
    return "somebody";
  }

  // "Key: people # comment", where Key is one for people.
  bool Header(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    const std::string key = ToLower(line.substr(0, colon));
    if (key.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") !=
        std::string::npos) {
      return false;
    }
    const bool by = key.size() > 3 && key.substr(key.size() - 3) == "-by";
    if (!by &&
        std::find(kHeaders.begin(), kHeaders.end(), key) == kHeaders.end()) {
      return false;
    }
    const std::string_view value = line.substr(colon + 1);
    std::string said;
    std::size_t at = 0;
    while (at < value.size()) {
      const std::size_t next = OnePerson(value, at, &said);
      if (next == at) break;
      at = next;
    }
    if (said.empty()) {
      // A name alone: "Reported-by: Jane Roe".
      if (!by || NameWords(value).empty() ||
          NameWords(value).size() > kMaxNameWords) {
        return false;
      }
      said = RoleOfName(Trim(value));
      at = value.size();
    }
    out_ += line.substr(0, colon);
    out_ += ": ";
    out_ += said;
    out_ += Inline(value.substr(at));
    return true;
  }

  // One "Name <address>" or address of a list of them, from `at` on; where the
  // next begins, or `at`.
  std::size_t OnePerson(std::string_view value, std::size_t at,
                        std::string* said) {
    const std::size_t sign = value.find('@', at);
    if (sign == std::string_view::npos) return at;
    const auto address = AddressAround(value, sign, at);
    if (!address.has_value()) return at;
    std::string_view name = value.substr(at, address->begin - at);
    // Behind a '#' is a comment, behind another bracket no list any more.
    if (name.find_first_of("#()[]") != std::string_view::npos) return at;
    std::size_t end = address->end;
    if (end < value.size() && value[end] == '>') ++end;
    while (!name.empty() && (IsSpaceAscii(name.back()) || name.back() == '<')) {
      name.remove_suffix(1);
    }
    if (!said->empty()) *said += ", ";
    *said += RoleOfPerson(
        Trim(name),
        value.substr(address->begin, address->end - address->begin));
    std::size_t next = end;
    while (next < value.size() && IsSpaceAscii(value[next])) ++next;
    if (next < value.size() && value[next] == ',') return next + 1;
    return end;
  }

  // Names and addresses anywhere in `text`.
  std::string Inline(std::string_view text) {
    std::string out;
    std::size_t i = 0;
    std::size_t copied = 0;  // In `text`.
    bool inside = false;     // A word, in which no name begins.
    while (i < text.size()) {
      if (text[i] == '@' || text.substr(i, 3) == "%40") {
        const auto address = AddressAround(text, i, copied);
        if (address.has_value()) {
          out += text.substr(copied, address->begin - copied);
          i = address->end;
          copied = AddressInto(text, *address, &out);
          i = std::max(i, copied);
          inside = true;
          continue;
        }
      }
      if (!inside && BeginsName(text[i])) {
        std::size_t end = 0;
        const People::Name* name = NameAt(text, i, &end);
        if (name != nullptr && !IsLocalOfAddress(text, end)) {
          out += text.substr(copied, i - copied);
          out += people_->people_[name->person].role;
          i = copied = end;
          inside = true;
          continue;
        }
      }
      inside = IsNameByte(text[i]) || text[i] == '_';
      ++i;
    }
    out += text.substr(copied);
    return out;
  }

  // Whether what ends at `end` is in front of an '@': then the address tells.
  static bool IsLocalOfAddress(std::string_view text, std::size_t end) {
    while (end < text.size() && IsLocalByte(text[end])) ++end;
    return end < text.size() && text[end] == '@';
  }

  // What stands for the address at `place`, with the name in front of it that
  // is the end of `out` already. Where to go on.
  std::size_t AddressInto(std::string_view text, Place place,
                          std::string* out) {
    const std::string_view email =
        text.substr(place.begin, place.end - place.begin);
    const bool bracketed = !out->empty() && out->back() == '<' &&
                           place.end < text.size() && text[place.end] == '>';
    const std::string_view list = ListName(email);
    if (!bracketed) {
      const auto known = people_->by_email_.find(ToLower(email));
      if (!list.empty()) {
        *out += list;
      } else if (known != people_->by_email_.end()) {
        *out += people_->people_[known->second].role;
      } else {
        *out += "<address>";
      }
      return place.end;
    }
    out->pop_back();
    const std::size_t name = NameBefore(*out);
    const std::string spoken(Trim(std::string_view(*out).substr(name)));
    std::string role = RoleOfPerson(spoken, email);
    // A name that has become its role already is not said twice.
    if (out->size() >= role.size() + 1 &&
        std::string_view(*out).substr(out->size() - role.size() - 1) ==
            role + " ") {
      out->pop_back();
    } else {
      out->resize(name);
      *out += role;
    }
    return place.end + 1;
  }

  // Where the capitalised words at the end of `text` begin.
  static std::size_t NameBefore(std::string_view text) {
    std::size_t end = text.size();
    while (end > 0 && text[end - 1] == ' ') --end;
    if (end > 0 && text[end - 1] == '"') {
      const std::size_t open =
          end < 2 ? std::string_view::npos : text.rfind('"', end - 2);
      return open == std::string_view::npos ? text.size() : open;
    }
    std::size_t begin = text.size();
    for (std::size_t words = 0; words < kMaxNameWords; ++words) {
      std::size_t at = end;
      while (at > 0 && IsNameByte(text[at - 1])) --at;
      if (at == end) break;
      const char first = text[at];
      const bool capital = (first >= 'A' && first <= 'Z') ||
                           static_cast<unsigned char>(first) >= 0x80;
      const bool joins =
          words > 0 && std::find(kParticles.begin(), kParticles.end(),
                                 text.substr(at, end - at)) != kParticles.end();
      if (!capital && !joins) break;
      if (capital) begin = at;
      end = at;
      if (end == 0 || text[end - 1] != ' ') break;
      while (end > 0 && text[end - 1] == ' ') --end;
    }
    return begin;
  }

  // The longest known name that begins at `at`, and where it ends.
  const People::Name* NameAt(std::string_view text, std::size_t at,
                             std::size_t* end) const {
    std::size_t i = at;
    std::string first = NextWord(text, &i);
    const auto namesakes = people_->names_.find(first);
    if (namesakes == people_->names_.end()) return nullptr;
    for (const People::Name& name : namesakes->second) {
      std::size_t k = i;
      bool same = true;
      for (std::size_t w = 1; w < name.words.size() && same; ++w) {
        const std::size_t gap = k;
        while (k < text.size() && text[k] == ' ') ++k;
        same = k > gap;
        if (!same) break;
        std::size_t behind = k;
        std::string word = NextWord(text, &behind);
        if (w + 1 == name.words.size() && word != name.words[w]) {
          // A dot that ends the sentence, an 's.
          word = WithoutEnding(std::move(word), &behind);
        }
        same = word == name.words[w];
        k = behind;
      }
      if (same) {
        *end = k;
        return &name;
      }
    }
    return nullptr;
  }

  static std::string NextWord(std::string_view text, std::size_t* i) {
    std::string word;
    while (*i < text.size() && IsNameByte(text[*i])) {
      word += ToLowerAscii(text[(*i)++]);
    }
    return word;
  }
  static std::string WithoutEnding(std::string word, std::size_t* end) {
    while (!word.empty() &&
           (word.back() == '.' || word.back() == '-' || word.back() == '\'')) {
      word.pop_back();
      --*end;
    }
    if (word.size() > 2 && word.substr(word.size() - 2) == "'s") {
      word.resize(word.size() - 2);
      *end -= 2;
    }
    return word;
  }

  // First names in a line that greets or signs.
  std::string Greeting(std::string line) {
    const std::string_view text = Trim(line);
    if (text.empty() || text.size() > kMaxGreeting) return line;
    std::size_t at = 0;
    while (at < text.size() && !BeginsName(text[at]) && text[at] != '@') ++at;
    std::size_t end = at;
    const std::string first = NextWord(text, &end);
    const bool greets = std::find(kGreetings.begin(), kGreetings.end(),
                                  first) != kGreetings.end();
    std::size_t rest = end;
    while (rest < text.size() && !BeginsName(text[rest])) ++rest;
    const bool alone = rest == text.size();
    const bool called = at < text.size() && text[at] == '@';
    if (!greets && !alone && !called) return line;
    return WithoutFirstNames(line);
  }

  std::string WithoutFirstNames(std::string_view line) {
    std::string out;
    std::size_t i = 0;
    while (i < line.size()) {
      if (!BeginsName(line[i])) {
        out += line[i++];
        continue;
      }
      std::size_t end = i;
      std::string word = NextWord(line, &end);
      auto known = people_->first_names_.find(word);
      if (known == people_->first_names_.end()) {
        word = WithoutEnding(std::move(word), &end);
        known = people_->first_names_.find(word);
      }
      if (known != people_->first_names_.end() && end > i) {
        out += people_->people_[known->second].role;
      } else {
        out += line.substr(i, std::max(end, i + 1) - i);
      }
      i = std::max(end, i + 1);
    }
    return out;
  }

  People* people_;
  std::vector<std::string_view> lines_;
  bool ends_ = false;
  std::string out_;
};

std::string People::Hidden(std::string_view text) {
  return NameHider(this, text).Run();
}

}  // namespace patchmilter::review
