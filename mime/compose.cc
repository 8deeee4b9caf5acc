#include "mime/compose.h"

#include <algorithm>

#include "base/text.h"
#include "mime/address.h"
#include "mime/encoded_word.h"
#include "mime/message_id.h"

namespace patchmilter::mime {
namespace {

constexpr size_t kLineColumns = 78;
// RFC 5322 2.1.1 counts 998 without the line end; a body line longer than this
// is sent as quoted-printable.
constexpr size_t kMaxPlainLine = 990;
constexpr size_t kQuotedColumns = 76;  // RFC 2045 6.7 (5), with the "=".

bool IsToken(std::string_view name) {
  return !name.empty() && name.size() <= 60 &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return IsAlnumAscii(c) || c == '-' || c == '_';
         });
}

// An addr-spec that needs no quoting: ours come from the configuration.
bool IsPlainAddress(std::string_view email) {
  const size_t at = email.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == email.size() ||
      email.size() > 320 || email.find('@', at + 1) != std::string_view::npos) {
    return false;
  }
  return std::all_of(email.begin(), email.end(), [](char c) {
    return IsAlnumAscii(c) ||
           std::string_view("@.!#$%&'*+-/=?^_`{|}~").find(c) !=
               std::string_view::npos;
  });
}

bool HasControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
}

// A phrase (RFC 5322 3.2.5): atoms as they are, other ASCII quoted, the rest
// in encoded words.
std::string EncodePhrase(std::string_view name, size_t used) {
  bool atoms = true;
  bool ascii = true;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) >= 0x80) ascii = false;
    if (!IsAlnumAscii(c) && std::string_view(" !#$%&'*+-/=?^_`{|}~").find(c) ==
                                std::string_view::npos) {
      atoms = false;
    }
  }
  if (!ascii || name.find("=?") != std::string_view::npos ||
      name.find("  ") != std::string_view::npos || name.size() > 200) {
    // "=?" and over-long names are encoded by force: a lone non-ASCII trigger
    // is not needed, EncodeHeaderText() sees "=?" and length itself.
    return EncodeHeaderText(name, used);
  }
  if (atoms) return EncodeHeaderText(name, used);
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

class Composer {
 public:
  void Header(std::string_view name, std::string_view encoded_value) {
    out_ += name;
    out_ += ": ";
    out_ += encoded_value;
    out_ += '\n';
  }
  void Text(std::string_view name, std::string_view value) {
    Header(name, EncodeHeaderText(value, name.size() + 2));
  }

  Status AddressHeader(std::string_view name, std::string_view value) {
    if (HasControls(value)) {
      return InvalidInput(std::string(name) + ": control bytes in an address");
    }
    const std::vector<Address> addresses = ParseAddresses(value);
    if (addresses.empty()) {
      return InvalidInput(std::string(name) + ": no address");
    }
    std::string line;
    for (const Address& address : addresses) {
      if (!IsPlainAddress(address.email)) {
        return InvalidInput(std::string(name) +
                            ": not an address that can stand in a header");
      }
      if (!line.empty()) line += ",\n ";
      if (address.name.empty()) {
        line += address.email;
        continue;
      }
      const std::string phrase = EncodePhrase(address.name, name.size() + 2);
      const size_t last = phrase.size() - (phrase.rfind('\n') + 1);
      line += phrase;
      line += last + address.email.size() + name.size() + 5 > kLineColumns
                  ? "\n <"
                  : " <";
      line += address.email;
      line += '>';
    }
    Header(name, line);
    return {};
  }

  Status Ids(std::string_view name, const std::vector<std::string>& ids) {
    std::string line;
    size_t column = name.size() + 2;
    for (const std::string& id : ids) {
      if (!IsSafeMessageId(id)) {
        return InvalidInput(std::string(name) + ": not a Message-ID");
      }
      if (!line.empty()) {
        const bool fits = column + id.size() + 3 <= kLineColumns;
        line += fits ? " " : "\n ";
        column = fits ? column + 1 : 1;
      }
      line += '<' + id + '>';
      column += id.size() + 2;
    }
    Header(name, line);
    return {};
  }

  std::string& out() { return out_; }

 private:
  std::string out_;
};

// 7bit: ASCII without NUL and bare CR, in lines that may travel; "From " at a
// line's start would be quoted by mbox writers.
bool Is7Bit(std::string_view body) {
  LineReader reader(body);
  std::string_view line;
  while (reader.Next(&line)) {
    if (line.size() > kMaxPlainLine || line.starts_with("From ")) return false;
    for (const char c : line) {
      if (static_cast<unsigned char>(c) >= 0x7f ||
          (static_cast<unsigned char>(c) < ' ' && c != '\t')) {
        return false;
      }
    }
  }
  return true;
}

void AppendQuotedLine(std::string_view line, std::string* out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  size_t column = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool last = i + 1 == line.size();
    const bool white = c == ' ' || c == '\t';
    const bool from = i == 0 && line.starts_with("From ");
    const bool dot = column == 0 && c == '.';
    std::string piece;
    if ((c > ' ' && c < '\x7f' && c != '=' && !from && !dot) ||
        (white && !last)) {
      piece += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      piece += '=';
      piece += kDigits[byte >> 4];
      piece += kDigits[byte & 15];
    }
    if (column + piece.size() + (last ? 0 : 1) > kQuotedColumns) {
      *out += "=\n";
      column = 0;
    }
    *out += piece;
    column += piece.size();
  }
  *out += '\n';
}

std::string QuotedPrintable(std::string_view body) {
  std::string out;
  LineReader reader(body);
  std::string_view line;
  while (reader.Next(&line)) AppendQuotedLine(line, &out);
  return out;
}

}  // namespace

Result<std::string> Compose(const OutgoingMail& mail) {
  Composer composer;
  PM_RETURN_IF_ERROR(composer.AddressHeader("From", mail.from));
  PM_RETURN_IF_ERROR(composer.AddressHeader("To", mail.to));
  if (!mail.reply_to.empty()) {
    PM_RETURN_IF_ERROR(composer.AddressHeader("Reply-To", mail.reply_to));
  }
  composer.Text("Subject", mail.subject);
  composer.Header("Date", FormatMailDate(mail.date));
  PM_RETURN_IF_ERROR(composer.Ids("Message-ID", {mail.message_id}));
  if (!mail.in_reply_to.empty()) {
    PM_RETURN_IF_ERROR(composer.Ids("In-Reply-To", {mail.in_reply_to}));
  }
  std::vector<std::string> references = mail.references;
  if (references.size() > kMaxOutgoingReferences) {
    // The root of the thread and the newest.
    references.erase(references.begin() + 1,
                     references.end() - static_cast<std::ptrdiff_t>(
                                            kMaxOutgoingReferences - 1));
  }
  if (!references.empty()) {
    PM_RETURN_IF_ERROR(composer.Ids("References", references));
  }
  if (!mail.list_id.empty()) {
    if (!IsSafeMessageId(mail.list_id)) {
      return InvalidInput("List-Id: not a list id");
    }
    composer.Header("List-Id", '<' + mail.list_id + '>');
  }
  for (const auto& [name, value] : mail.extra_headers) {
    if (!IsToken(name)) return InvalidInput("a header's name is no token");
    composer.Text(name, value);
  }
  const std::string body = ToValidUtf8(mail.body);
  const bool plain = Is7Bit(body);
  composer.Header("MIME-Version", "1.0");
  composer.Header("Content-Type", "text/plain; charset=utf-8");
  composer.Header("Content-Transfer-Encoding",
                  plain ? "7bit" : "quoted-printable");
  std::string& out = composer.out();
  out += '\n';
  if (plain) {
    out += body;
    if (!body.empty() && body.back() != '\n') out += '\n';
  } else {
    out += QuotedPrintable(body);
  }
  return std::move(out);
}

}  // namespace patchmilter::mime
