// sign-off: the author's and the sender's sign-off.
#include <algorithm>
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

std::string Named(const mime::Address& address) {
  return address.name.empty() ? "the author" : address.name;
}

void Run(const SeriesUnderReview& series, const Check& self,
         std::vector<Finding>* findings) {
  std::vector<std::int64_t> without;
  for (const auto& [number, patch] : series.patches) {
    std::vector<Person> signers;
    std::uint32_t last_line = 0;
    for (const mime::Trailer& trailer : patch->trailers) {
      if (!EqualsIgnoreCase(trailer.key, "Signed-off-by")) continue;
      signers.push_back(PersonOf(trailer.value));
      last_line = trailer.text_line;
    }
    if (signers.empty()) {
      // Below the "---" or in a mangled block it is not a trailer; say so
      // only where it stands nowhere.
      if (FindIgnoreCase(patch->mail.text.substr(0, patch->diff.begin()),
                         "signed-off-by:") == std::string_view::npos) {
        without.push_back(number);
      }
      continue;
    }
    auto has = [&signers](const mime::Address& who) {
      return std::any_of(
          signers.begin(), signers.end(),
          [&](const Person& signer) { return Same(signer, PersonOf(who)); });
    };
    const mime::Address& author = patch->mail.author;
    const mime::Address& from = patch->mail.from;
    if (!has(author) && !Relayed(author)) {
      findings->push_back(CheckFinding(
          self, "The author has not signed off",
          "The patch is from " + Named(author) +
              ", whose sign-off is not among those of the commit message. Is "
              "the From line right?",
          {AnchorMessage(number, *patch, last_line)}));
    } else if (!EqualsIgnoreCase(from.email, author.email) && !Relayed(from) &&
               !has(from)) {
      findings->push_back(CheckFinding(
          self, "The sender has not signed off",
          "The patch was sent by " + Named(from) +
              " on the author's behalf, but the sign-offs do not end with the "
              "sender's.",
          {AnchorMessage(number, *patch, last_line)}));
    }
  }
  if (without.empty()) return;
  // The same for many patches is one claim about the series.
  if (without.size() > 2) {
    findings->push_back(CheckFinding(self, "Patches without a sign-off",
                                     "The commit messages of " +
                                         PatchNumbers(without) +
                                         " bear no Signed-off-by line.",
                                     {AnchorSeries()}));
    return;
  }
  for (std::int64_t number : without) {
    findings->push_back(CheckFinding(
        self, "No sign-off", "The commit message bears no Signed-off-by line.",
        {AnchorMessageEnd(number, *series.patches.at(number))}));
  }
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
