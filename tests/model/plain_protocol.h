// A Protocol for tests of conversations whose turns are made by hand, calls and
// costs and all.
#ifndef PATCHMILTER_TESTS_MODEL_PLAIN_PROTOCOL_H_
#define PATCHMILTER_TESTS_MODEL_PLAIN_PROTOCOL_H_

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "model/chat.h"
#include "model/protocol.h"

namespace patchmilter::model {

// What is sent is the conversation in plain words; what comes back is
// EncodeTurn's line.
class PlainProtocol : public Protocol {
 public:
  WireRequest Request(const Conversation& conversation) const override {
    WireRequest request;
    request.path = "/plain";
    request.body = conversation.opening().shared + "\n";
    for (const auto& entry : conversation.entries()) {
      if (const auto* turn = std::get_if<Turn>(&entry)) {
        request.body += turn->opaque + "\n";
      } else {
        request.body += EncodeInput(std::get<Input>(entry)) + "\n";
      }
    }
    return request;
  }
  std::string KeyHeader(const ApiKey&) const override { return ""; }
  std::unique_ptr<AnswerReader> NewReader() const override {
    class Reader : public AnswerReader {
     public:
      std::variant<std::monostate, Fault> Take(
          std::string_view bytes) override {
        text_ += bytes;
        return std::monostate{};
      }
      std::variant<Turn, Fault> Finish() override {
        Result<Turn> turn = DecodeTurn(text_);
        if (turn.ok()) return *std::move(turn);
        return Fault{FaultKind::kNetwork, "cut", 200, {}, {}};
      }

     private:
      std::string text_;
    };
    return std::make_unique<Reader>();
  }
  Fault FaultOf(const WireHead& head, std::string_view body) const override {
    return {FaultKind::kRequest, std::string(body), head.status, {}, {}};
  }
};

}  // namespace patchmilter::model

#endif  // PATCHMILTER_TESTS_MODEL_PLAIN_PROTOCOL_H_
