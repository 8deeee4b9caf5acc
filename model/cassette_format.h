// One recorded exchange, and the text that it is kept as (docs/model.md).
//
// A recording may come from anywhere (a person's editor, a colleague): parsed
// strictly, within kMaxRecordingBytes.
// Threads: values. Tested in tests/model/cassette_test.cc.
#ifndef PATCHMILTER_MODEL_CASSETTE_FORMAT_H_
#define PATCHMILTER_MODEL_CASSETTE_FORMAT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/fault.h"
#include "model/protocol.h"

namespace patchmilter::model {

inline constexpr std::uint64_t kMaxRecordingBytes = 256UL << 20;

struct Recording {
  WireRequest sent;
  WireHead head;  // status 0: none came.
  std::string body;
  std::optional<Fault> fault;  // Of the transport's, behind what came.
};

// 64 hexadecimal digits: of all that was sent.
std::string HashOf(const WireRequest& sent);

// Headers of `sent` that could hold a key make it kInvalidInput. Of the
// answer's, those are kept that a protocol asks for.
Result<std::string> EncodeRecording(const Recording& recording);
// kInvalidInput, with the line, where it is none, or its request is not the
// one that its hash says.
Result<Recording> DecodeRecording(std::string_view text);

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_CASSETTE_FORMAT_H_
