// What the tests of the four wire formats share.
#ifndef PATCHMILTER_TESTS_MODEL_WIRE_TESTING_H_
#define PATCHMILTER_TESTS_MODEL_WIRE_TESTING_H_

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/chat.h"
#include "model/endpoint.h"
#include "model/fault.h"
#include "model/protocol.h"

namespace patchmilter::model {

inline Endpoint EndpointOf(Api api, Dialect dialect = Dialect::kOpenAi) {
  Endpoint endpoint;
  endpoint.api = api;
  endpoint.dialect = dialect;
  endpoint.model = "m-1";
  endpoint.window = 200'000;
  endpoint.max_output = 4096;
  return endpoint;
}

inline Conversation::Opening PlainOpening() {
  Conversation::Opening opening;
  opening.system = "You review.";
  opening.tools = {
      {"read_file", "Reads \"a\" file.",
       R"({"type":"object","properties":{"path":{"type":"string"}}})"},
      {"finish", "Ends.", R"({"type":"object"})"}};
  opening.shared = "The series\n";
  opening.task = "Patch 1";
  return opening;
}

// One event of a stream.
inline std::string Event(std::string_view name, std::string_view data) {
  std::string event;
  if (!name.empty()) event = "event: " + std::string(name) + "\n";
  return event + "data: " + std::string(data) + "\n\n";
}
// Events named by their own type, as Anthropic and OpenAI Responses send them.
inline std::string Events(std::initializer_list<std::string_view> all) {
  std::string stream;
  for (const std::string_view data : all) {
    const size_t at = data.find(R"("type":")") + 8;
    stream += Event(data.substr(at, data.find('"', at) - at), data);
  }
  return stream;
}
// Events without names.
inline std::string Chunks(std::initializer_list<std::string_view> all) {
  std::string stream;
  for (const std::string_view data : all) stream += Event("", data);
  return stream;
}

using Answer = std::variant<Turn, Fault>;

inline Answer Finished(AnswerReader* reader,
                       std::initializer_list<std::string_view> pieces) {
  for (const std::string_view piece : pieces) {
    auto taken = reader->Take(piece);
    if (auto* fault = std::get_if<Fault>(&taken)) return *fault;
  }
  return reader->Finish();
}

// A line that tells two answers apart.
inline std::string Told(const Answer& answer) {
  if (const auto* turn = std::get_if<Turn>(&answer)) return EncodeTurn(*turn);
  const auto& fault = std::get<Fault>(answer);
  return std::string(FaultKindName(fault.kind)) + ": " + fault.message;
}

// The answer of `stream`, which must be the same in one piece, in two pieces
// cut anywhere, and byte by byte.
inline Answer Read(const Protocol& protocol, std::string_view stream) {
  const auto reader = protocol.NewReader();
  Answer whole = Finished(reader.get(), {stream});
  const std::string want = Told(whole);
  const size_t step = stream.size() > 20'000  ? 9973
                      : stream.size() > 4'000 ? 37
                                              : 1;
  for (size_t cut = 0; cut <= stream.size(); cut += step) {
    const auto again = protocol.NewReader();
    const Answer got =
        Finished(again.get(), {stream.substr(0, cut), stream.substr(cut)});
    EXPECT_EQ(Told(got), want) << "cut at " << cut;
    if (Told(got) != want) break;
  }
  const auto slow = protocol.NewReader();
  std::variant<std::monostate, Fault> taken;
  for (const char& c : stream) {
    taken = slow->Take(std::string_view(&c, 1));
    if (std::holds_alternative<Fault>(taken)) break;
  }
  const auto* fault = std::get_if<Fault>(&taken);
  EXPECT_EQ(Told(fault != nullptr ? Answer(*fault) : slow->Finish()), want);
  return whole;
}

inline Turn TurnOf(const Answer& answer) {
  if (const auto* turn = std::get_if<Turn>(&answer)) return *turn;
  ADD_FAILURE() << Told(answer);
  return {};
}
inline Fault FaultIn(const Answer& answer) {
  if (const auto* fault = std::get_if<Fault>(&answer)) return *fault;
  ADD_FAILURE() << Told(answer);
  return {};
}

// Every beginning of `stream` that is not all of it must be kNetwork.
inline void ExpectCutsAreFaults(const Protocol& protocol,
                                std::string_view stream, size_t last) {
  for (size_t size = 0; size < last; ++size) {
    const auto reader = protocol.NewReader();
    const Answer got = Finished(reader.get(), {stream.substr(0, size)});
    const auto* fault = std::get_if<Fault>(&got);
    ASSERT_NE(fault, nullptr) << "cut at " << size << ": " << Told(got);
    EXPECT_EQ(fault->kind, FaultKind::kNetwork) << "cut at " << size;
  }
}

inline Fault FaultOf(const Protocol& protocol, int status,
                     std::string_view body,
                     std::map<std::string, std::string> headers = {}) {
  return protocol.FaultOf({status, std::move(headers)}, body);
}

// One error and what it must be taken for.
struct ErrorCase {
  int status;
  std::string_view body;
  FaultKind kind;
};
inline void ExpectKinds(const Protocol& protocol,
                        const std::vector<ErrorCase>& cases) {
  for (const ErrorCase& each : cases) {
    const Fault fault = FaultOf(protocol, each.status, each.body);
    EXPECT_EQ(FaultKindName(fault.kind), FaultKindName(each.kind))
        << each.status << " " << each.body;
    EXPECT_EQ(fault.status, each.status);
    EXPECT_FALSE(fault.message.empty()) << each.body;
  }
}

}  // namespace patchmilter::model

#endif  // PATCHMILTER_TESTS_MODEL_WIRE_TESTING_H_
