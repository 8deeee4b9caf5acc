#include "mime/headers.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "mime/charset.h"
#include "mime/mail.h"

namespace patchmilter::mime {
namespace {

struct KnownName {
  std::string_view text;  // Lower case.
  HeaderName name;
};

// Few and short enough that looking through those of one length is as fast as
// any table.
constexpr KnownName kKnownNames[] = {
    {"cc", HeaderName::kCc},
    {"to", HeaderName::kTo},
    {"date", HeaderName::kDate},
    {"from", HeaderName::kFrom},
    {"x-spam", HeaderName::kXSpam},
    {"list-id", HeaderName::kListId},
    {"subject", HeaderName::kSubject},
    {"received", HeaderName::kReceived},
    {"reply-to", HeaderName::kReplyTo},
    {"x-stable", HeaderName::kXStable},
    {"x-autosel", HeaderName::kXAutosel},
    {"message-id", HeaderName::kMessageId},
    {"precedence", HeaderName::kPrecedence},
    {"references", HeaderName::kReferences},
    {"in-reply-to", HeaderName::kInReplyTo},
    {"return-path", HeaderName::kReturnPath},
    {"x-autoreply", HeaderName::kXAutoReply},
    {"x-spam-flag", HeaderName::kXSpam},
    {"content-type", HeaderName::kContentType},
    {"x-spam-status", HeaderName::kXSpam},
    {"x-stable-base", HeaderName::kXStable},
    {"x-autorespond", HeaderName::kXAutoReply},
    {"x-patchmilter", HeaderName::kXPatchmilter},
    {"auto-submitted", HeaderName::kAutoSubmitted},
    {"x-original-from", HeaderName::kXOriginalFrom},
    {"x-original-sender", HeaderName::kXOriginalSender},
    {"content-disposition", HeaderName::kContentDisposition},
    {"authentication-results", HeaderName::kAuthenticationResults},
    {"x-patchmilter-finding", HeaderName::kXPatchmilterFinding},
    {"content-transfer-encoding", HeaderName::kContentTransferEncoding},
};

std::optional<HeaderName> NameOf(std::string_view name) {
  for (const KnownName& known : kKnownNames) {
    if (known.text.size() == name.size() &&
        ToLowerAscii(name[0]) == known.text[0] &&
        EqualsIgnoreCase(name, known.text)) {
      return known.name;
    }
  }
  return std::nullopt;
}

// The length of the field name at the front of `line`; 0 where there is none.
// RFC 5322 2.2: printable bytes but the colon. White space in front of the
// colon is the obsolete form (4.5.8).
size_t NameLength(std::string_view line, size_t* colon) {
  size_t length = 0;
  while (length < line.size() && line[length] > ' ' && line[length] < '\x7f' &&
         line[length] != ':') {
    ++length;
  }
  *colon = length;
  while (*colon < line.size() && (line[*colon] == ' ' || line[*colon] == '\t'))
    ++*colon;
  return *colon < line.size() && line[*colon] == ':' ? length : 0;
}

}  // namespace

std::string_view HeaderBlock::First(HeaderName name) const {
  for (const HeaderField& field : fields) {
    if (field.name == name) return field.value;
  }
  return {};
}

bool HeaderBlock::Has(HeaderName name) const { return CountOf(name) > 0; }

std::size_t HeaderBlock::CountOf(HeaderName name) const {
  std::size_t count = 0;
  for (const HeaderField& field : fields) {
    if (field.name == name) ++count;
  }
  return count;
}

HeaderBlock ScanHeaders(std::string_view bytes, bool part) {
  HeaderBlock block;
  size_t next = 0;
  bool first = true;
  bool open = false;  // The last field is one of ours: folds belong to it.
  bool received = false;
  size_t kept = 0;   // Bytes of the values before the last.
  bool any = false;  // There is a field that a fold may belong to.
  while (next < bytes.size()) {
    const size_t begin = next;
    size_t end = bytes.find('\n', begin);
    if (end == std::string_view::npos) {
      end = next = bytes.size();
    } else {
      next = end + 1;
    }
    std::string_view line = bytes.substr(begin, end - begin);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) {
      block.body = next;
      block.ended = true;
      return block;
    }
    if (line[0] == ' ' || line[0] == '\t') {
      if (open) {
        std::string_view& value = block.fields.back().value;
        const auto from = static_cast<size_t>(value.data() - bytes.data());
        value = bytes.substr(from, begin + line.size() - from);
      } else if (!any) {
        ++block.bad_lines;
      }
      first = false;
      continue;
    }
    if (part && line.starts_with("--")) {
      block.body = begin;
      return block;
    }
    const bool mbox_line = first && !part && line.starts_with("From ");
    first = false;
    if (mbox_line) continue;
    size_t colon = 0;
    const size_t length = NameLength(line, &colon);
    open = false;
    if (length == 0) {
      any = false;
      ++block.bad_lines;
      continue;
    }
    any = true;
    const auto name = NameOf(line.substr(0, length));
    if (!name || block.fields.size() >= kMaxHeaderFields) continue;
    if (!block.fields.empty()) {
      kept += std::min(block.fields.back().value.size(), kMaxHeaderValue);
      if (kept > kMaxHeaderBytes) continue;
    }
    // Of the traces only the topmost counts.
    if (*name == HeaderName::kReceived) {
      if (received) continue;
      received = true;
    }
    open = true;
    block.fields.push_back({*name, line.substr(colon + 1)});
  }
  block.body = bytes.size();
  return block;
}

std::string Unfold(std::string_view value) {
  std::string line;
  const bool cut = value.size() > kMaxHeaderValue;
  value = Trim(value.substr(0, kMaxHeaderValue));
  line.reserve(value.size());
  // Control bytes (NUL among them) carry nothing that a header may say.
  const auto is_control = [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  };
  size_t at = 0;
  while (at < value.size()) {
    size_t end = at;
    while (end < value.size() && !is_control(value[end])) ++end;
    line += value.substr(at, end - at);
    at = end;
    if (at == value.size()) break;
    line += ' ';
    const bool fold = value[at] == '\n' || value[at] == '\r';
    ++at;
    constexpr std::string_view kBlanks = " \t\r\n";
    while (fold && at < value.size() &&
           kBlanks.find(value[at]) != std::string_view::npos) {
      ++at;
    }
  }
  return cut ? ToValidUtf8(line) : GuessUtf8(std::move(line));
}

}  // namespace patchmilter::mime
