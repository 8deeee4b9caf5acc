#include "review/told_mail.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "mime/address.h"
#include "mime/headers.h"
#include "mime/message_id.h"
#include "review/finding_mark.h"

namespace patchmilter::review {

namespace {

using mime::HeaderName;

// Of a round and of a patch's number; more would be no mail of ours.
constexpr std::size_t kMaxDigits = 6;
// Behind every patch mail of its round.
constexpr std::int64_t kPreExistingPart = 1'000'000;
constexpr std::size_t kKeyDigits = 14;

// What ReviewMessageId writes.
struct OwnId {
  std::int64_t round = 0;
  std::int64_t part = 0;
  std::string domain;  // In lower case.
};

std::optional<std::int64_t> Number(std::string_view text) {
  if (text.empty() || text.size() > kMaxDigits) return std::nullopt;
  const auto number = ParseUnsigned(text);
  if (!number) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

std::optional<OwnId> ReadOwnId(std::string_view id) {
  if (!id.starts_with("pm-")) return std::nullopt;
  id.remove_prefix(3);
  const std::string_view key = id.substr(0, kKeyDigits);
  if (key.size() < kKeyDigits ||
      key.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
    return std::nullopt;
  }
  id.remove_prefix(kKeyDigits);
  if (!id.starts_with("-r")) return std::nullopt;
  id.remove_prefix(2);
  const std::size_t dash = id.find('-');
  const std::size_t at = id.find('@');
  if (dash == std::string_view::npos || at == std::string_view::npos ||
      at < dash) {
    return std::nullopt;
  }
  const auto round = Number(id.substr(0, dash));
  if (!round) return std::nullopt;
  OwnId own;
  own.round = *round;
  own.domain = ToLower(id.substr(at + 1));
  const std::string_view part = id.substr(dash + 1, at - dash - 1);
  if (part == "e") {
    own.part = kPreExistingPart;
  } else if (part.starts_with("p")) {
    const auto patch = Number(part.substr(1));
    if (!patch) return std::nullopt;
    own.part = *patch;
  } else if (part != "s") {
    return std::nullopt;
  }
  return own;
}

// The last that is no review mail itself: a later round's series mail answers
// that of the round before.
std::string AnsweredId(const mime::HeaderBlock& block) {
  for (const HeaderName name :
       {HeaderName::kInReplyTo, HeaderName::kReferences}) {
    std::vector<std::string> ids =
        mime::ParseMessageIds(mime::Unfold(block.First(name)));
    for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
      if (!id->empty() && !ReadOwnId(*id)) return std::move(*id);
    }
  }
  return "";
}

// "findings" where it cannot be told: such a mail was a review all the same.
std::string VerdictOf(std::string_view value) {
  constexpr std::array<std::string_view, 4> kVerdicts = {
      "findings", "clean", "partial", "not-reviewed"};
  for (std::string_view part : Split(value, ';')) {
    part = Trim(part);
    constexpr std::string_view kKey = "verdict=";
    if (!part.starts_with(kKey)) continue;
    part.remove_prefix(kKey.size());
    if (std::find(kVerdicts.begin(), kVerdicts.end(), part) !=
        kVerdicts.end()) {
      return std::string(part);
    }
  }
  return "findings";
}

bool IsFrom(const IdentityConfig& identity, const mime::HeaderBlock& block,
            const OwnId& id) {
  const std::string email =
      mime::ParseFrom(mime::Unfold(block.First(HeaderName::kFrom))).email;
  const std::string ours = mime::ParseFrom(identity.from).email;
  const std::string domain = identity.domain.empty() ? DomainOf(identity.from)
                                                     : ToLower(identity.domain);
  return ToLower(email) == ToLower(ours) && id.domain == domain;
}

}  // namespace

std::optional<store::ToldMail> ReadToldMail(std::string_view raw,
                                            const IdentityConfig* identity) {
  const mime::HeaderBlock block = mime::ScanHeaders(raw);
  if (!block.Has(HeaderName::kXPatchmilter)) return std::nullopt;
  store::ToldMail told;
  told.message_id =
      mime::ParseMessageId(mime::Unfold(block.First(HeaderName::kMessageId)));
  const std::optional<OwnId> id = ReadOwnId(told.message_id);
  if (!id || (identity != nullptr && !IsFrom(*identity, block, *id))) {
    return std::nullopt;
  }
  told.answers = AnsweredId(block);
  if (told.answers.empty()) return std::nullopt;
  told.round = id->round;
  told.part = id->part;
  told.verdict =
      VerdictOf(mime::Unfold(block.First(HeaderName::kXPatchmilter)));
  for (const FindingMark& mark : MarksOfMail(raw)) {
    told.marks.push_back(WriteFindingMark(mark));
  }
  return told;
}

}  // namespace patchmilter::review
