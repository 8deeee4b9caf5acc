// What a provider may send, or whoever stands between: it is refused, or it is
// a turn that can be kept, and sent back as JSON.
//
// The first byte chooses the API and the dialect, the second the pieces in
// which the rest is given.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/check.h"
#include "base/text.h"
#include "model/event_answer.h"
#include "model/protocol.h"
#include "model/wire_json.h"

namespace {

using namespace patchmilter;         // NOLINT
using namespace patchmilter::model;  // NOLINT

void CheckFault(const Fault& fault) {
  CHECK(fault.message.size() < 2000);
  CHECK(std::all_of(fault.message.begin(), fault.message.end(),
                    [](char c) { return c >= 0x20 && c < 0x7f; }));
}

void CheckTurn(const Protocol& protocol, const Turn& turn) {
  CHECK(IsValidUtf8(turn.text) && IsValidUtf8(turn.opaque));
  CHECK(turn.calls.size() <= kMaxCalls);
  CHECK(turn.calls.empty() || turn.stop == StopReason::kToolUse);
  const auto again = DecodeTurn(EncodeTurn(turn));
  CHECK(again.ok() && again->opaque == turn.opaque);
  Conversation talk({"s", {}, "shared", ""});
  talk.Append(turn);
  if (turn.stop != StopReason::kPause) {
    Input input;
    for (const ToolCall& call : turn.calls) {
      CHECK(!call.arguments.empty());
      input.results.push_back({call.id, call.name, "r", false});
    }
    if (turn.calls.empty()) input.text = "t";
    talk.Append(input);
  }
  CHECK(JsonSlice::Of(protocol.Request(talk).body).IsObject());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size < 2) return 0;
  Endpoint endpoint;
  endpoint.api = static_cast<Api>(data[0] % 4);
  endpoint.dialect = static_cast<Dialect>(data[0] / 4 % 5);
  endpoint.model = "m";
  const auto protocol = MakeProtocol(endpoint);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::size_t piece = data[1] == '0' ? rest.size() : data[1];
  rest.remove_prefix(2);
  CheckFault(
      protocol->FaultOf({static_cast<int>(400 + piece % 130), {}}, rest));
  const auto reader = protocol->NewReader();
  while (!rest.empty()) {
    const auto taken = reader->Take(rest.substr(0, piece));
    if (const auto* fault = std::get_if<Fault>(&taken)) {
      CheckFault(*fault);
      return 0;
    }
    rest.remove_prefix(std::min(piece, rest.size()));
    if (piece == 0) break;
  }
  const auto answer = reader->Finish();
  if (const auto* fault = std::get_if<Fault>(&answer)) {
    CheckFault(*fault);
  } else {
    CheckTurn(*protocol, std::get<Turn>(answer));
  }
  return 0;
}
