#include "base/config_forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "base/text.h"

namespace patchmilter {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t length;
};

constexpr std::size_t kMoneyDigits = 6;
constexpr std::uint64_t kMicro = 1'000'000;
constexpr std::uint64_t kMostDollars = 1'000'000'000;

constexpr std::array<Unit, 4> kTimeUnits = {
    {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}}};
constexpr std::array<Unit, 8> kSizeUnits = {{{"TiB", 1ULL << 40},
                                             {"GiB", 1ULL << 30},
                                             {"MiB", 1ULL << 20},
                                             {"KiB", 1ULL << 10},
                                             {"GB", 1000000000},
                                             {"MB", 1000000},
                                             {"kB", 1000},
                                             {"B", 1}}};

// "12unit", "12 unit" or "12". Nothing where it is neither or does not fit.
template <size_t kCount>
std::optional<std::uint64_t> ParseQuantity(
    std::string_view text, const std::array<Unit, kCount>& units,
    std::uint64_t max) {
  size_t digits = 0;
  while (digits < text.size() && IsDigitAscii(text[digits])) ++digits;
  const std::optional<std::uint64_t> count =
      ParseUnsigned(text.substr(0, digits));
  if (!count) return std::nullopt;
  std::string_view name = text.substr(digits);
  if (name.size() > 1 && name.front() == ' ') name.remove_prefix(1);
  std::uint64_t length = name.empty() ? 1 : 0;
  for (const Unit& unit : units) {
    if (name == unit.name) length = unit.length;
  }
  if (length == 0 || *count > max / length) return std::nullopt;
  return *count * length;
}

template <size_t kCount>
std::string ExactQuantity(std::uint64_t value,
                          const std::array<Unit, kCount>& units) {
  if (value != 0) {
    for (const Unit& unit : units) {
      if (value % unit.length == 0) {
        return fmt::format("{}{}", value / unit.length, unit.name);
      }
    }
  }
  return fmt::format("{}{}", value, units.back().name);
}

}  // namespace

Result<Seconds> ParseDuration(std::string_view text) {
  const std::optional<std::uint64_t> seconds =
      ParseQuantity(text, kTimeUnits, std::numeric_limits<Seconds>::max());
  if (!seconds) {
    return InvalidInput(
        "not a duration; write a number and s, min, h or d, like \"15min\"");
  }
  return static_cast<Seconds>(*seconds);
}

Result<std::uint64_t> ParseSize(std::string_view text) {
  const std::optional<std::uint64_t> size = ParseQuantity(
      text, kSizeUnits, std::numeric_limits<std::uint64_t>::max());
  if (!size) {
    return InvalidInput(
        "not a size; write a number and B, kB, MB, GB, KiB, MiB, GiB or TiB, "
        "like \"64MiB\"");
  }
  return *size;
}

Result<MicroDollars> ParseMoney(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string part(point == std::string_view::npos ? std::string_view()
                                                   : text.substr(point + 1));
  const bool formed = point == std::string_view::npos ||
                      (!part.empty() && part.size() <= kMoneyDigits);
  part.resize(kMoneyDigits, '0');
  const std::optional<std::uint64_t> dollars = ParseUnsigned(whole);
  const std::optional<std::uint64_t> micro = ParseUnsigned(part);
  if (!formed || !dollars || !micro || *dollars > kMostDollars) {
    return InvalidInput(
        "not an amount; write dollars, like \"2.50\", with six digits behind "
        "the point at most");
  }
  return static_cast<MicroDollars>(*dollars * kMicro + *micro);
}

std::string DomainOf(std::string_view address) {
  const size_t at = address.rfind('@');
  if (at == std::string_view::npos) return "";
  std::string_view domain = address.substr(at + 1);
  domain = domain.substr(0, domain.find('>'));
  return ToLower(Trim(domain));
}

namespace config {
namespace {

constexpr size_t kLongestName = 64;
// sockaddr_un's sun_path, with its NUL (unix(7)).
constexpr size_t kLongestSocketPath = 107;

bool All(std::string_view text, bool (*allowed)(char)) {
  return std::all_of(text.begin(), text.end(), allowed);
}

bool IsAtomChar(char c) {  // RFC 5322 3.2.3: atext.
  return IsAlnumAscii(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) !=
                                std::string_view::npos;
}

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName &&
         IsAlnumAscii(text.front()) && All(text, [](char c) {
           return IsAlnumAscii(c) || c == '-' || c == '_' || c == '.';
         });
}

constexpr std::string_view kCredential = "credential:";

bool IsHexDigit(char c) {
  return IsDigitAscii(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool IsPort(std::string_view text, std::uint64_t lowest) {
  const std::optional<std::uint64_t> port = ParseUnsigned(text);
  return port && *port >= lowest && *port <= 65535;
}

bool IsIpv6(std::string_view text) {
  return text.find(':') != std::string_view::npos && All(text, [](char c) {
           return IsDigitAscii(c) || c == ':' || c == '.' ||
                  (ToLowerAscii(c) >= 'a' && ToLowerAscii(c) <= 'f');
         });
}

bool IsHost(std::string_view text) { return IsDomain(text) || IsIpv6(text); }

// host, host:port, [ipv6], [ipv6]:port
bool IsHostAndPort(std::string_view text) {
  std::string_view host = text;
  std::string_view port;
  if (!text.empty() && text.front() == '[') {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!IsIpv6(host)) return false;
  } else {
    const size_t colon = text.find(':');
    host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon);
    if (!IsDomain(host)) return false;
  }
  return port.empty() || (port.front() == ':' && IsPort(port.substr(1), 1));
}

std::string CheckPath(std::string_view text) {
  if (text.empty() || text.front() != '/') {
    return "must be an absolute path; write it from / on";
  }
  return "";
}

std::string CheckSocket(std::string_view text) {
  static constexpr std::string_view kForms =
      "unix:/path, inet:port@host, inet6:port@host or fd:N";
  const size_t colon = text.find(':');
  const std::string_view family = text.substr(0, colon);
  const std::string_view rest =
      colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (family == "unix") {
    if (rest.empty() || rest.front() != '/') {
      return "must name an absolute path; write unix:/path";
    }
    if (rest.size() > kLongestSocketPath) {
      return fmt::format("is longer than a socket's path may be ({} bytes)",
                         kLongestSocketPath);
    }
    return "";
  }
  if (family == "inet" || family == "inet6") {
    const size_t at = rest.find('@');
    if (at != std::string_view::npos && IsPort(rest.substr(0, at), 0) &&
        IsHost(rest.substr(at + 1))) {
      return "";
    }
    return fmt::format("must be {}:port@host, like {}:8895@localhost", family,
                       family);
  }
  if (family == "fd" && ParseUnsigned(rest).value_or(1 << 20) < 1 << 20) {
    return "";
  }
  return fmt::format("is not a socket; write {}", kForms);
}

bool IsMode(std::string_view text) {
  if (text.size() < 3 || text.size() > 4) return false;
  if (text.size() == 4 && text.front() != '0') return false;
  return All(text, [](char c) { return c >= '0' && c <= '7'; });
}

std::string CheckSmtpUrl(std::string_view text) {
  for (const std::string_view scheme : {"smtp://", "smtps://"}) {
    if (!text.starts_with(scheme)) continue;
    if (IsHostAndPort(text.substr(scheme.size()))) return "";
    return fmt::format("must be {}host:port, and nothing behind it", scheme);
  }
  return "is not a server; write smtp://host:port or smtps://host:port";
}

bool IsWebUrl(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    const std::string_view rest = text.substr(scheme.size());
    // It is printed in mails, between <> or at a line's end.
    return IsHostAndPort(rest.substr(0, rest.find('/'))) &&
           All(rest, [](char c) {
             return c > ' ' && c < 0x7f && c != '<' && c != '>' && c != '"';
           });
  }
  return false;
}

// What git-check-ref-format(1) refuses, as far as a branch's name can have it.
bool IsBranch(std::string_view text) {
  if (text.empty()) return true;
  if (text.front() == '-' || text.front() == '/' || text.front() == '.' ||
      text.back() == '/' || text.back() == '.' || text.ends_with(".lock")) {
    return false;
  }
  for (const std::string_view bad : {"..", "//", "@{", "/."}) {
    if (text.find(bad) != std::string_view::npos) return false;
  }
  return All(text, [](char c) {
    return c != ' ' &&
           std::string_view("~^:?*[\\").find(c) == std::string_view::npos;
  });
}

std::string CheckChoice(const Setting& setting, std::string_view text) {
  std::string choices;
  for (const std::string_view choice : setting.choices) {
    if (choice == text) return "";
    if (!choices.empty()) choices += ", ";
    choices += fmt::format("\"{}\"", choice);
  }
  return fmt::format("must be {}{}",
                     setting.choices.size() > 1 ? "one of " : "", choices);
}

}  // namespace

bool IsDomain(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  for (const std::string_view label : Split(text, '.')) {
    if (label.empty() || label.size() > 63 || label.front() == '-' ||
        label.back() == '-') {
      return false;
    }
    if (!All(label, [](char c) { return IsAlnumAscii(c) || c == '-'; })) {
      return false;
    }
  }
  return true;
}

bool IsAddrSpec(std::string_view text) {
  const size_t at = text.rfind('@');
  if (at == std::string_view::npos || text.size() > 254 || at > 64) {
    return false;
  }
  for (const std::string_view atom : Split(text.substr(0, at), '.')) {
    if (atom.empty() || !All(atom, IsAtomChar)) return false;
  }
  return IsDomain(text.substr(at + 1));
}

std::string_view AddressOf(std::string_view mailbox) {
  if (IsAddrSpec(mailbox)) return mailbox;
  const size_t open = mailbox.rfind('<');
  if (open == std::string_view::npos || mailbox.back() != '>') return {};
  const std::string_view address =
      mailbox.substr(open + 1, mailbox.size() - open - 2);
  if (!IsAddrSpec(address)) return {};
  std::string_view name = Trim(mailbox.substr(0, open));
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
    name = name.substr(1, name.size() - 2);
    if (name.find_first_of("\"\\") != std::string_view::npos) return {};
  } else if (name.find_first_of("()<>[]:;@\\,\"") != std::string_view::npos) {
    return {};  // RFC 5322 3.2.3: specials stand in quotes.
  }
  return address;
}

std::string CheckForm(const Setting& setting, std::string_view text) {
  if (!All(text, [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
      })) {
    return "must be one line without control characters";
  }
  switch (setting.form) {
    case Form::kLine:
      return "";
    case Form::kName:
    case Form::kDestination:
    case Form::kTree:
    case Form::kModel:
      if (IsName(text)) return "";
      return fmt::format(
          "must be a name: a letter or digit, then letters, digits, - _ and ., "
          "{} at most",
          kLongestName);
    case Form::kChoice:
      return CheckChoice(setting, text);
    case Form::kPath:
      return CheckPath(text);
    case Form::kSocket:
      return CheckSocket(text);
    case Form::kMode:
      if (IsMode(text)) return "";
      return "must be octal permissions, like \"0660\"";
    case Form::kMailbox:
      if (!AddressOf(text).empty()) return "";
      return "must be \"Name <local@domain>\" or \"local@domain\"";
    case Form::kAddress:
      if (IsAddrSpec(text)) return "";
      return "must be an address alone, like \"local@domain\"";
    case Form::kDomain:
      if (IsDomain(text)) return "";
      return "must be a domain name, like \"example.org\"";
    case Form::kListId:
      // RFC 2919 2: dot-atoms; no folding, no comments.
      if (text.find('.') != std::string_view::npos &&
          All(text, [](char c) { return IsAtomChar(c) || c == '.'; })) {
        return "";
      }
      return "must be the inside of a List-Id's <>, like "
             "\"list.example.org\"";
    case Form::kSmtpUrl:
      return CheckSmtpUrl(text);
    case Form::kWebUrl:
      if (IsWebUrl(text)) return "";
      return "must be http:// or https:// and a host, with no blanks, user or "
             "password, like \"https://example.org/reviews/\"";
    case Form::kBranch:
      if (IsBranch(text)) return "";
      return "must be a branch's name, or \"\" for HEAD";
    case Form::kSecretFile:
      if (text.starts_with(kCredential)) {
        if (IsName(text.substr(kCredential.size()))) return "";
        return "must name a credential, like \"credential:model-key\"";
      }
      return CheckPath(text);
    case Form::kCommit:
      if (text.size() == 40 && All(text, IsHexDigit)) return "";
      return "must be a commit's whole id, 40 hexadecimal digits";
    case Form::kInteger:
    case Form::kDuration:
    case Form::kSize:
    case Form::kMoney:
    case Form::kBool:
      break;
  }
  CHECK(false);
}

std::string NearestName(std::string_view name,
                        const std::vector<std::string>& candidates) {
  std::string nearest;
  size_t best = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(name, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string ExactDuration(Seconds duration) {
  CHECK(duration >= 0);
  return ExactQuantity(static_cast<std::uint64_t>(duration), kTimeUnits);
}

std::string ExactSize(std::uint64_t size) {
  // Binary units only: "1000000kB" would be right too, and worse to read.
  for (const Unit& unit : kSizeUnits) {
    if (unit.name.size() == 3 && size != 0 && size % unit.length == 0) {
      return fmt::format("{}{}", size / unit.length, unit.name);
    }
  }
  return fmt::format("{}B", size);
}

std::string ExactMoney(MicroDollars money) {
  CHECK(money >= 0);
  const auto micro = static_cast<std::uint64_t>(money);
  std::string text = fmt::format("{}.{:06}", micro / kMicro, micro % kMicro);
  // Two digits are how money is written; more only where they say something.
  while (text.back() == '0' && text[text.size() - 3] != '.') text.pop_back();
  return text;
}

std::string FormatNumber(const Setting& setting, std::int64_t number) {
  if (setting.form == Form::kDuration) return ExactDuration(number);
  if (setting.form == Form::kSize) {
    return ExactSize(static_cast<std::uint64_t>(number));
  }
  if (setting.form == Form::kMoney) return ExactMoney(number);
  return fmt::format("{}", number);
}

}  // namespace config
}  // namespace patchmilter
