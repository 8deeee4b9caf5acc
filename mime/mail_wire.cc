// The form in which a Mail crosses from the parse worker into the daemon. The
// daemon trusts none of it: lengths, counts, enums and texts are checked here.
#include <utility>

#include "base/text.h"
#include "mime/mail.h"

namespace patchmilter::mime {
namespace {

constexpr size_t kAddressBytes = size_t{2} * 8;
constexpr size_t kAuthResultBytes = size_t{3} * 8;

void WriteAddresses(const std::vector<Address>& addresses, WireWriter* out) {
  out->Count(addresses.size());
  for (const Address& address : addresses) EncodeAddress(address, out);
}

void WriteOptional(const std::optional<std::int64_t>& value, WireWriter* out) {
  out->Bool(value.has_value());
  out->I64(value.value_or(0));
}

void WriteAuthResults(const AuthResults& auth, WireWriter* out) {
  out->String(auth.authserv_id);
  out->Count(auth.results.size());
  for (const AuthResult& result : auth.results) {
    out->String(result.method);
    out->String(result.result);
    out->String(result.domain);
  }
}

class MailReader {
 public:
  explicit MailReader(WireReader* in) : in_(in) {}

  // Texts of a Mail are UTF-8: what prints or stores them relies on it.
  std::string Text() {
    std::string text = in_->String();
    if (!IsValidUtf8(text)) in_->Fail();
    return text;
  }
  // One line: no byte in it may begin another header or log line.
  std::string OneLine() {
    std::string text = Text();
    CheckLine(text);
    return text;
  }
  std::vector<std::string> Lines(size_t max) {
    std::vector<std::string> lines = in_->Strings();
    if (lines.size() > max) in_->Fail();
    for (const std::string& line : lines) {
      if (!IsValidUtf8(line)) in_->Fail();
      CheckLine(line);
    }
    return lines;
  }
  std::optional<std::int64_t> Optional() {
    const bool there = in_->Bool();
    const std::int64_t value = in_->I64();
    if (!there) return std::nullopt;
    return value;
  }
  Address ReadAddress() {
    Address address;
    address.name = OneLine();
    address.email = OneLine();
    return address;
  }
  std::vector<Address> Addresses() {
    const size_t count = in_->Count(kAddressBytes);
    if (count > kMaxAddresses) in_->Fail();
    std::vector<Address> addresses;
    for (size_t i = 0; i < count && in_->ok(); ++i) {
      addresses.push_back(ReadAddress());
    }
    return addresses;
  }
  AuthResults ReadAuthResults() {
    AuthResults auth;
    auth.authserv_id = OneLine();
    const size_t count = in_->Count(kAuthResultBytes);
    if (count > kMaxAuthResults) in_->Fail();
    for (size_t i = 0; i < count && in_->ok(); ++i) {
      AuthResult result;
      result.method = OneLine();
      result.result = OneLine();
      result.domain = OneLine();
      auth.results.push_back(std::move(result));
    }
    return auth;
  }
  Subject ReadSubject() {
    Subject subject;
    subject.text = OneLine();
    subject.title = OneLine();
    subject.reply = in_->Bool();
    subject.patch = in_->Bool();
    subject.rfc = in_->Bool();
    subject.resend = in_->Bool();
    subject.number = Optional();
    subject.total = Optional();
    subject.version = in_->I64();
    subject.version_given = in_->Bool();
    subject.hints = Lines(kMaxHeaderValue);
    if (subject.version < 0 || subject.number.value_or(0) < 0 ||
        subject.total.value_or(0) < 0) {
      in_->Fail();
    }
    return subject;
  }

 private:
  void CheckLine(std::string_view text) {
    if (text.find_first_of(std::string_view("\n\r\0", 3)) !=
        std::string_view::npos) {
      in_->Fail();
    }
  }

  WireReader* in_;
};

}  // namespace

void EncodeAddress(const Address& address, WireWriter* out) {
  out->String(address.name);
  out->String(address.email);
}

Address DecodeAddress(WireReader* in) { return MailReader(in).ReadAddress(); }

void EncodeSubject(const Subject& subject, WireWriter* out) {
  out->String(subject.text);
  out->String(subject.title);
  out->Bool(subject.reply);
  out->Bool(subject.patch);
  out->Bool(subject.rfc);
  out->Bool(subject.resend);
  WriteOptional(subject.number, out);
  WriteOptional(subject.total, out);
  out->I64(subject.version);
  out->Bool(subject.version_given);
  out->Strings(subject.hints);
}

Subject DecodeSubject(WireReader* in) { return MailReader(in).ReadSubject(); }

void EncodeMail(const Mail& mail, WireWriter* out) {
  out->String(mail.message_id);
  out->String(mail.content_hash);
  EncodeSubject(mail.subject, out);
  EncodeAddress(mail.from, out);
  EncodeAddress(mail.author, out);
  WriteAddresses(mail.reply_to, out);
  WriteAddresses(mail.to, out);
  WriteAddresses(mail.cc, out);
  WriteOptional(mail.date, out);
  WriteOptional(mail.received, out);
  out->Strings(mail.in_reply_to);
  out->Strings(mail.references);
  out->Strings(mail.list_ids);
  out->String(mail.auto_submitted);
  out->String(mail.own_mark);
  out->Strings(mail.own_findings);
  out->Bool(mail.has_null_sender);
  out->Bool(mail.spam_flag);
  WriteAuthResults(mail.auth, out);
  out->U8(static_cast<std::uint8_t>(mail.kind));
  out->U8(static_cast<std::uint8_t>(mail.backport));
  out->String(mail.kind_reason);
  out->String(mail.text);
  out->Bool(mail.cut);
  out->Strings(mail.problems);
}

std::optional<Mail> DecodeMail(WireReader* in, MailLayout layout) {
  const bool first = layout == MailLayout::kFirst;
  MailReader reader(in);
  Mail mail;
  mail.message_id = reader.OneLine();
  mail.content_hash = reader.OneLine();
  mail.subject = reader.ReadSubject();
  mail.from = reader.ReadAddress();
  mail.author = reader.ReadAddress();
  mail.reply_to = reader.Addresses();
  mail.to = reader.Addresses();
  mail.cc = reader.Addresses();
  mail.date = reader.Optional();
  mail.received = reader.Optional();
  mail.in_reply_to = reader.Lines(kMaxReferences);
  mail.references = reader.Lines(kMaxReferences);
  mail.list_ids = reader.Lines(kMaxAddresses);
  mail.auto_submitted = reader.OneLine();
  mail.own_mark = reader.OneLine();
  mail.own_findings = reader.Lines(kMaxHeaderValue);
  mail.has_null_sender = in->Bool();
  mail.spam_flag = in->Bool();
  if (!first) mail.auth = reader.ReadAuthResults();
  mail.kind =
      static_cast<MailKind>(in->Enum(static_cast<std::uint8_t>(kLastMailKind)));
  if (!first) {
    mail.backport = static_cast<Backport>(
        in->Enum(static_cast<std::uint8_t>(kLastBackport)));
  }
  mail.kind_reason = reader.OneLine();
  mail.text = reader.Text();
  mail.cut = in->Bool();
  mail.problems = reader.Lines(kMaxHeaderValue);
  if (!in->ok()) return std::nullopt;
  return mail;
}

}  // namespace patchmilter::mime
