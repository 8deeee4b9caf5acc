// Findings as JSON, schema version 1 (docs/findings.schema.json): the one way
// in for findings of a model and of external agents, and the way in which
// checks' findings can be written out.
//
// Input: hostile. Everything is checked on the way in; what the schema does not
// name, or names with another type, is refused, with the place of the fault as
// a JSON Pointer (RFC 6901): "/findings/3/lines/0: must be a string".
// The verdict of this code is that of the schema file:
// tests/review/findings_schema_test.py compares them.
// Threads: any.  Tested in tests/review/findings_json_test.cc.
#ifndef PATCHMILTER_REVIEW_FINDINGS_JSON_H_
#define PATCHMILTER_REVIEW_FINDINGS_JSON_H_

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "review/finding.h"

namespace patchmilter::review {

inline constexpr int kFindingsVersion = 1;

// Bounds, in characters of text as JSON Schema counts them.
inline constexpr std::size_t kMaxFindings = 1000;
inline constexpr std::size_t kMaxPlacesOfFinding = 100;
inline constexpr std::size_t kMaxQuotedLines = 200;  // Of one place.
inline constexpr std::size_t kMaxQuotedLine = 4000;
inline constexpr std::size_t kMaxName = 200;  // id, category, function, engine
inline constexpr std::size_t kMaxPath = 4096;
inline constexpr std::size_t kMaxTitle = 1000;
inline constexpr std::size_t kMaxExplanation = 16384;  // And suggestion.
inline constexpr std::int64_t kMaxPatchNumber = 100'000;
inline constexpr std::int64_t kMaxHunkNumber = 1'000'000;
// Of the whole document, in bytes; the schema cannot say this one.
inline constexpr std::size_t kMaxFindingsText = 16UL << 20;

struct FindingsFile {
  // Who made them; "" where it is not said.
  std::string engine;
  std::string engine_version;
  std::string model;
  std::vector<Finding> findings;
};

// kInvalidInput names the place of the first fault, or line and column where
// the text is no JSON at all.
Result<FindingsFile> ParseFindings(std::string_view json);

// One finding by itself, as the schema's $defs/finding has it.
Result<Finding> ParseFinding(const nlohmann::ordered_json& json);

// The other way: ParseFindings of it gives the same findings, but for what only
// gates and checks set (indices, fingerprint, `exact`). Bytes that are not
// UTF-8 become U+FFFD; two spaces of indentation.
std::string WriteFindings(const FindingsFile& file);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_FINDINGS_JSON_H_
