// sign-off: the author's and the sender's sign-off.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "review/anchor.h"
#include "review/checks/all.h"

namespace patchmilter::review {

namespace {

struct Person {
  std::string name;   // Letters and digits, lower case.
  std::string email;  // Lower case, without "+tag".
};

std::string Plain(std::string_view text) {
  std::string plain;
  for (char c : text) {
    // Bytes over 127 (a name in another script) count as they are.
    if (IsAlnumAscii(c) || static_cast<unsigned char>(c) > 127) {
      plain += ToLowerAscii(c);
    }
  }
  return plain;
}

std::string PlainEmail(std::string_view email) {
  std::string plain = ToLower(Trim(email));
  size_t at = plain.find('@');
  size_t plus = plain.find('+');
  if (at != std::string::npos && plus < at) plain.erase(plus, at - plus);
  return plain;
}

Person PersonOf(const mime::Address& address) {
  return {Plain(address.name), PlainEmail(address.email)};
}

// "Name <addr> (note)" of a trailer.
Person PersonOf(std::string_view value) {
  size_t open = value.find('<');
  if (open == std::string_view::npos) {
    return value.find('@') == std::string_view::npos
               ? Person{Plain(value), ""}
               : Person{"", PlainEmail(value)};
  }
  size_t close = value.find('>', open);
  return {Plain(value.substr(0, open)),
          PlainEmail(value.substr(open + 1, close == std::string_view::npos
                                                ? close
                                                : close - open - 1))};
}

// "Roe, Jane" and "Jane Roe" are one name: the same letters.
bool SameLetters(std::string a, std::string b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

bool Same(const Person& a, const Person& b) {
  if (!a.email.empty() && a.email == b.email) return true;
  if (a.name.size() >= 4 && b.name.size() >= 4) {
    if (SameLetters(a.name, b.name)) return true;
    // "Jane" and "Jane Roe", "J. Roe (ACME)" and "J. Roe".
    if (a.name.find(b.name) != std::string::npos ||
        b.name.find(a.name) != std::string::npos) {
      return true;
    }
  }
  // jroe@example.org and jroe@acme.example: one person's two addresses.
  std::string left = a.email.substr(0, a.email.find('@'));
  std::string right = b.email.substr(0, b.email.find('@'));
  return left.size() >= 4 && left == right;
}

// The address is a list's or a relay's, not the sender's.
bool Relayed(const mime::Address& from) {
  return FindIgnoreCase(from.name, " via ") != std::string_view::npos ||
         StartsWithIgnoreCase(from.email, "devnull") ||
         StartsWithIgnoreCase(from.email, "noreply") ||
         StartsWithIgnoreCase(from.email, "no-reply");
}

// The same for many patches is one claim about the series.
constexpr std::size_t kManyPatches = 2;

struct Claim {
  std::int64_t patch = 0;
  std::string who;
  Anchor anchor;
};

void Report(const Check& self, const std::vector<Claim>& claims,
            const std::string& title, std::string_view before,
            std::string_view after, std::vector<Finding>* findings) {
  // By person: a maintainer may send many people's patches.
  std::map<std::string, std::vector<const Claim*>> by_person;
  for (const Claim& claim : claims) by_person[claim.who].push_back(&claim);
  for (const auto& [who, of_person] : by_person) {
    const std::string text = std::string(before) + who + std::string(after);
    if (of_person.size() <= kManyPatches) {
      for (const Claim* claim : of_person) {
        findings->push_back(
            CheckFinding(self, title, "This patch" + text, {claim->anchor}));
      }
      continue;
    }
    std::vector<std::int64_t> numbers;
    for (const Claim* claim : of_person) numbers.push_back(claim->patch);
    findings->push_back(CheckFinding(self, title,
                                     "Each of " + PatchNumbers(numbers) + text,
                                     {AnchorSeries()}));
  }
}

void Run(const SeriesUnderReview& series, const Check& self,
         std::vector<Finding>* findings) {
  std::vector<Claim> without;
  std::vector<Claim> author_missing;
  std::vector<Claim> sender_missing;
  for (const auto& [number, patch] : series.patches) {
    std::vector<Person> signers;
    std::uint32_t last_line = 0;
    // All lines of the message: remarks between sign-offs (of a backport) part
    // them into blocks, of which git counts the last only.
    const std::vector<std::string_view> lines = LinesOf(patch->mail.text);
    for (std::size_t i = 0; i < lines.size() && i < MessageLines(*patch); ++i) {
      if (lines[i] == "---") break;
      constexpr std::string_view kKey = "signed-off-by:";
      std::string_view line = TrimLeft(lines[i]);
      if (!StartsWithIgnoreCase(line, kKey)) continue;
      signers.push_back(PersonOf(line.substr(kKey.size())));
      last_line = static_cast<std::uint32_t>(i);
    }
    if (signers.empty()) {
      // Below the "---" or in a mangled block it is not a trailer; say so
      // only where it stands nowhere.
      if (FindIgnoreCase(patch->mail.text.substr(0, patch->diff.begin()),
                         "signed-off-by:") == std::string_view::npos) {
        without.push_back({number, "", AnchorMessageEnd(number, *patch)});
      }
      continue;
    }
    auto has = [&signers](const mime::Address& who) {
      return std::any_of(
          signers.begin(), signers.end(),
          [&](const Person& signer) { return Same(signer, PersonOf(who)); });
    };
    const mime::Address& author = patch->commit_author;
    const mime::Address& sender = patch->mail.author;
    if (!has(author)) {
      if (Relayed(author)) continue;
      author_missing.push_back(
          {number, author.name.empty() ? "its author" : author.name,
           AnchorMessage(number, *patch, last_line)});
    } else if (!EqualsIgnoreCase(sender.email, author.email) &&
               !Relayed(sender) && !has(sender) && !sender.name.empty()) {
      // A bare address may be the author's second one: nothing to go by.
      sender_missing.push_back(
          {number, sender.name, AnchorMessage(number, *patch, last_line)});
    }
  }
  Report(self, without, "No sign-off", " bears no Signed-off-by line.", "",
         findings);
  Report(self, author_missing, "The author has not signed off", " is from ",
         ", whose sign-off is not in the commit message. Is the From line "
         "right?",
         findings);
  Report(self, sender_missing, "The sender has not signed off", " was sent by ",
         " for its author, but the sender's sign-off is not in the commit "
         "message.",
         findings);
}

}  // namespace

Check SignOffCheck() {
  Check check;
  check.name = "sign-off";
  check.summary = "sign-offs that are missing or not the author's";
  check.manual =
      "Looks for a Signed-off-by trailer in each commit message, for the "
      "author's among them, and, where somebody else has sent the patch, for "
      "the sender's. People are compared by address, by name and by the part "
      "of the address before the @, so that two addresses of one person are "
      "one. Addresses of lists and relays are left alone.\n"
      "\n"
      "Not every project asks for a sign-off. Where it does not, switch the "
      "check off for its list: disable_checks = [\"sign-off\"].";
  check.bad =
      "From: Jane Roe <jane@example.org>\n"
      "\n"
      "The lock is taken twice.\n"
      "\n"
      "Signed-off-by: John Doe <john@example.org>\n";
  check.good =
      "From: Jane Roe <jane@example.org>\n"
      "\n"
      "The lock is taken twice.\n"
      "\n"
      "Signed-off-by: Jane Roe <jane@example.org>\n"
      "Signed-off-by: John Doe <john@example.org>\n";
  check.severity = Severity::kLow;
  check.run = &Run;
  return check;
}

}  // namespace patchmilter::review
