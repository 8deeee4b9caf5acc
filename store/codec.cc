#include "store/codec.h"

#include "base/text.h"
#include "base/wire.h"

namespace patchmilter::store {
namespace {

// Written in front of the facts; a change of the layout gets a new number.
// Older ones are read too.
constexpr std::uint8_t kFactsLayout = 2;
constexpr std::uint8_t kFirstLayout = 1;  // No backport, no text_size.

}  // namespace

std::string EncodeFacts(const series::MailFacts& facts) {
  WireWriter out;
  out.U8(kFactsLayout);
  out.I64(facts.id);
  out.String(facts.message_id);
  out.String(facts.content_hash);
  out.String(facts.list);
  out.U8(static_cast<std::uint8_t>(facts.kind));
  mime::EncodeSubject(facts.subject, &out);
  mime::EncodeAddress(facts.author, &out);
  mime::EncodeAddress(facts.from, &out);
  out.I64(facts.date);
  out.I64(facts.arrival);
  out.Strings(facts.in_reply_to);
  out.Strings(facts.references);
  out.String(facts.change_id);
  out.String(facts.patch_id);
  out.Bool(facts.has_diff);
  out.U8(static_cast<std::uint8_t>(facts.backport));
  out.U32(facts.text_size);
  return out.Take();
}

std::optional<series::MailFacts> DecodeFacts(std::string_view bytes) {
  WireReader in(bytes);
  const std::uint8_t layout = in.U8();
  if (layout != kFactsLayout && layout != kFirstLayout) {
    return std::nullopt;
  }
  series::MailFacts facts;
  facts.id = in.I64();
  facts.message_id = in.String();
  facts.content_hash = in.String();
  facts.list = in.String();
  facts.kind = static_cast<mime::MailKind>(
      in.Enum(static_cast<std::uint8_t>(mime::kLastMailKind)));
  facts.subject = mime::DecodeSubject(&in);
  facts.author = mime::DecodeAddress(&in);
  facts.from = mime::DecodeAddress(&in);
  facts.date = in.I64();
  facts.arrival = in.I64();
  facts.in_reply_to = in.Strings();
  facts.references = in.Strings();
  facts.change_id = in.String();
  facts.patch_id = in.String();
  facts.has_diff = in.Bool();
  if (layout != kFirstLayout) {
    facts.backport = static_cast<mime::Backport>(
        in.Enum(static_cast<std::uint8_t>(mime::kLastBackport)));
    facts.text_size = in.U32();
  }
  if (!in.Done()) return std::nullopt;
  return facts;
}

std::string JoinLines(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) {
    for (const char c : value) text += c == '\n' ? ' ' : c;
    text += '\n';
  }
  return text;
}

std::vector<std::string> SplitLines(std::string_view text) {
  std::vector<std::string> values;
  LineReader lines(text);
  std::string_view line;
  while (lines.Next(&line)) values.emplace_back(line);
  return values;
}

}  // namespace patchmilter::store
