// What the text of a setting may look like, one function for all forms.
// Private to base/ and its tests.  Tested in tests/base/config_forms_test.cc.
#ifndef PATCHMILTER_BASE_CONFIG_FORMS_H_
#define PATCHMILTER_BASE_CONFIG_FORMS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/config_table.h"

namespace patchmilter::config {

// "" where `text` is of the form; else what is wrong with it and what would be
// right, to stand behind the setting's name: `is not an address; …`. Text on
// more than one line, or with control characters, is of no form.
// REQUIRES: a form of text (not kInteger to kBool).
std::string CheckForm(const Setting& setting, std::string_view text);

// local-part@domain of RFC 5322 3.4.1, without quoted local parts, comments,
// and domain literals; at most 254 bytes (RFC 5321 4.5.3.1). Any script in
// neither half: addresses go into ASCII protocol lines.
bool IsAddrSpec(std::string_view text);
// Letters, digits and inner hyphens between dots (RFC 1123 2.1); one label is
// enough ("localhost").
bool IsDomain(std::string_view text);
// The address in "Name <address>" or in "address"; "" where it is neither.
std::string_view AddressOf(std::string_view mailbox);

// The candidate nearest to `name`, "" where none is near enough to be meant.
std::string NearestName(std::string_view name,
                        const std::vector<std::string>& candidates);

// The shortest text that ParseDuration reads as exactly `duration`: "3d", "90s"
// (FormatDuration, for people, rounds). REQUIRES: duration >= 0.
std::string ExactDuration(Seconds duration);
// The same for ParseSize: "64MiB".
std::string ExactSize(std::uint64_t size);

// The same for ParseMoney: "2.50". REQUIRES: money >= 0.
std::string ExactMoney(MicroDollars money);

// A number as the file has it: `7`, `15min`, `64MiB`, by the setting's form.
std::string FormatNumber(const Setting& setting, std::int64_t number);

}  // namespace patchmilter::config

#endif  // PATCHMILTER_BASE_CONFIG_FORMS_H_
