#include "mime/author.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/text.h"
#include "mime/address.h"
#include "mime/inbody.h"

namespace patchmilter::mime {
namespace {

constexpr auto kNone = std::string_view::npos;

bool SameEmail(const Address& a, const Address& b) {
  return EqualsIgnoreCase(a.email, b.email);
}

// A list's address is its List-Id with the first "@" for a dot.
bool IsList(const Mail& mail, const Address& address) {
  std::string as_id = ToLower(address.email);
  for (char& c : as_id) c = c == '@' ? '.' : c;
  return std::find(mail.list_ids.begin(), mail.list_ids.end(), as_id) !=
         mail.list_ids.end();
}

// Where in a name "via" begins, as a word with something on one side; npos.
size_t FindVia(std::string_view name) {
  if (StartsWithIgnoreCase(name, "via ")) return 0;
  for (const std::string_view via : {" via ", "(via "}) {
    if (const size_t at = FindIgnoreCase(name, via); at != kNone) return at;
  }
  constexpr std::string_view kEnd = " via";
  if (name.size() > kEnd.size() &&
      EqualsIgnoreCase(name.substr(name.size() - kEnd.size()), kEnd)) {
    return name.size() - kEnd.size();
  }
  return kNone;
}

// "ann=40example.org@dmarc.…", "ann=example.org@…": the address inside; ""
// where there is none.
std::string EncodedEmail(std::string_view email) {
  const std::string_view local = email.substr(0, email.find('@'));
  size_t at = local.find("=40");
  size_t length = 3;
  if (at == kNone) {
    at = local.rfind('=');
    length = 1;
  }
  if (at == kNone || at == 0) return "";
  const std::string_view domain = local.substr(at + length);
  if (domain.find('.') == kNone || domain.find('=') != kNone) return "";
  return std::string(local.substr(0, at)) + '@' + std::string(domain);
}

// The person's part of a munged name.
std::string NameBeforeVia(std::string_view name) {
  name = Trim(name.substr(0, FindVia(name)));
  // "Ann (ann@example.org via list)"
  const size_t open = name.rfind('(');
  if (open != kNone && name.find(')', open) == kNone) {
    name = Trim(name.substr(0, open));
  }
  if (name.size() > 1 && name.front() == '\'' && name.back() == '\'') {
    name = name.substr(1, name.size() - 2);
  }
  return std::string(name);
}

Address FirstOf(const std::vector<Address>& addresses, const Mail& mail,
                std::string_view name) {
  for (const Address& address : addresses) {
    if (address.email.empty() || SameEmail(address, mail.from) ||
        IsList(mail, address)) {
      continue;
    }
    if (name.empty() || EqualsIgnoreCase(address.name, name)) return address;
  }
  return {};
}

}  // namespace

Address FindPoster(const HeaderBlock& block, const Mail& mail) {
  const Address& from = mail.from;
  const bool via = FindVia(from.name) != kNone;
  if (!via && !IsList(mail, from) && from.email.find("=40") == kNone) {
    return from;
  }
  const std::string name = NameBeforeVia(from.name);
  Address poster;
  if (const auto raw = block.First(HeaderName::kXOriginalFrom); !raw.empty()) {
    poster = ParseFrom(Unfold(raw));
  }
  if (poster.email.empty()) poster = FirstOf(mail.reply_to, mail, "");
  if (poster.email.empty()) {
    const auto raw = block.First(HeaderName::kXOriginalSender);
    if (!raw.empty()) poster = ParseFrom(Unfold(raw));
  }
  if (poster.email.empty() && !name.empty()) {
    poster = FirstOf(mail.to, mail, name);
    if (poster.email.empty()) poster = FirstOf(mail.cc, mail, name);
  }
  if (poster.email.empty()) poster.email = EncodedEmail(from.email);
  if (poster.email.empty()) {
    const std::string inbody = ReadInBody(mail.text).from;
    if (!inbody.empty()) poster = ParseFrom(inbody);
  }
  if (poster.email.empty()) return from;
  if (poster.name.empty()) poster.name = name;
  return poster;
}

}  // namespace patchmilter::mime
