#include "tests/model/line_protocol.h"

#include <array>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace patchmilter::model {
namespace {

FaultKind KindOf(std::string_view name) {
  for (const FaultKind kind :
       {FaultKind::kNetwork, FaultKind::kOverloaded, FaultKind::kQuota,
        FaultKind::kAuth, FaultKind::kRequest, FaultKind::kTooLong}) {
    if (FaultKindName(kind) == name) return kind;
  }
  return FaultKind::kProtocol;
}

Fault FaultOfKind(FaultKind kind, std::string_view text) {
  Fault fault;
  fault.kind = kind;
  fault.message = log::Clean(text);
  return fault;
}

class LineAnswer : public AnswerReader {
 public:
  std::variant<std::monostate, Fault> Take(std::string_view bytes) override {
    rest_ += bytes;
    for (std::size_t end = rest_.find('\n'); end != std::string::npos;
         end = rest_.find('\n')) {
      const std::string line = rest_.substr(0, end);
      rest_.erase(0, end + 1);
      if (line.starts_with("say ")) {
        turn_.text += line.substr(4);
      } else if (line == "refuse") {
        turn_.stop = StopReason::kRefusal;
      } else if (line == "end") {
        ended_ = true;
      } else if (line.starts_with("error ")) {
        const auto words = Split(line, ' ');
        return FaultOfKind(KindOf(words[1]), line);
      } else if (!line.empty()) {
        return FaultOfKind(FaultKind::kProtocol, "not a line: " + line);
      }
    }
    return std::monostate();
  }
  std::variant<Turn, Fault> Finish() override {
    if (!ended_) return FaultOfKind(FaultKind::kNetwork, "cut short");
    turn_.opaque = "\"" + turn_.text + "\"";
    return turn_;
  }

 private:
  std::string rest_;
  Turn turn_;
  bool ended_ = false;
};

}  // namespace

WireRequest LineProtocol::Request(const Conversation& conversation) const {
  WireRequest request;
  request.path = "/v1/lines";
  request.headers = {"content-type: text/plain", "line-version: 1"};
  request.body =
      conversation.opening().shared + "\n" + conversation.opening().task + "\n";
  for (const Conversation::Entry& entry : conversation.entries()) {
    if (const auto* turn = std::get_if<Turn>(&entry)) {
      request.body += turn->opaque + "\n";
    } else {
      request.body += std::get<Input>(entry).text + "\n";
    }
  }
  return request;
}

std::string LineProtocol::KeyHeader(const ApiKey& key) const {
  return key.HeaderWith("x-line-key: ");
}

std::unique_ptr<AnswerReader> LineProtocol::NewReader() const {
  return std::make_unique<LineAnswer>();
}

Fault LineProtocol::FaultOf(const WireHead& head, std::string_view body) const {
  FaultKind kind = FaultKind::kRequest;
  if (head.status == 429 || head.status >= 500 || head.status == 408 ||
      head.status == 409) {
    kind = FaultKind::kOverloaded;
  } else if (head.status == 401 || head.status == 403) {
    kind = FaultKind::kAuth;
  } else if (head.status == 413) {
    kind = FaultKind::kTooLong;
  }
  if (body.starts_with("quota")) kind = FaultKind::kQuota;
  Fault fault = FaultOfKind(kind, body);
  if (const auto wait = head.headers.find("retry-after-ms");
      wait != head.headers.end()) {
    fault.retry_after_ms =
        static_cast<std::int64_t>(ParseUnsigned(wait->second).value_or(0));
  }
  if (const auto retry = head.headers.find("x-should-retry");
      retry != head.headers.end()) {
    fault.should_retry = retry->second == "true";
  }
  return fault;
}

Conversation Opened(const std::string& task) {
  Conversation::Opening opening;
  opening.shared = "shared";
  opening.task = task;
  return Conversation(std::move(opening));
}

}  // namespace patchmilter::model
