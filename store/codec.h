// Facts as bytes, for state.db. Included by store/*.cc only.
#ifndef PATCHMILTER_STORE_CODEC_H_
#define PATCHMILTER_STORE_CODEC_H_

#include <optional>
#include <string>
#include <string_view>

#include "series/series.h"

namespace patchmilter::store {

std::string EncodeFacts(const series::MailFacts& facts);
// Nothing where the bytes are not what EncodeFacts writes.
std::optional<series::MailFacts> DecodeFacts(std::string_view bytes);

// One a line; a line feed inside a value becomes a blank.
std::string JoinLines(const std::vector<std::string>& values);
std::vector<std::string> SplitLines(std::string_view text);

}  // namespace patchmilter::store

#endif  // PATCHMILTER_STORE_CODEC_H_
