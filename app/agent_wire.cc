#include "app/agent_wire.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/log.h"
#include "base/wire.h"

namespace patchmilter::app {
namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeader = 5;
constexpr std::uint64_t kMostTokens = 1'000'000'000'000;
constexpr MicroDollars kMostCost = 1'000'000'000'000;
constexpr std::int64_t kMostTurns = 1'000'000;

Error Nonsense() {
  return Permanent("agent: the other side speaks another language");
}

template <typename T>
T Within(T value, T most) {
  return std::clamp<T>(value, 0, most);
}

bool IsToolName(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

}  // namespace

std::string EncodeRequest(const AgentRequest& request) {
  WireWriter writer;
  writer.U32(kVersion);
  writer.String(request.model);
  writer.String(request.name);
  writer.String(request.prompt);
  writer.Strings(request.wish.tools);
  writer.I64(request.wish.turns);
  writer.I64(request.wish.max_cost);
  writer.I64(request.time);
  return writer.Take();
}

Result<AgentRequest> DecodeRequest(std::string_view bytes) {
  WireReader reader(bytes);
  if (reader.U32() != kVersion) return Nonsense();
  AgentRequest request;
  request.model = reader.String();
  request.name = log::Clean(reader.String());
  request.prompt = reader.String();
  request.wish.tools = reader.Strings();
  request.wish.turns = Within(reader.I64(), kMostTurns);
  request.wish.max_cost = Within(reader.I64(), kMostCost);
  request.time = Within(reader.I64(), kMaxAgentTime);
  // Tools become part of a command line.
  const auto& tools = request.wish.tools;
  if (!reader.Done() || tools.size() > kMaxAgentTools ||
      !std::all_of(tools.begin(), tools.end(), IsToolName)) {
    return Nonsense();
  }
  return request;
}

std::string EncodeSaid(const AgentDesk::Said& said) {
  WireWriter writer;
  writer.U8(static_cast<std::uint8_t>(said.state));
  writer.Bool(said.line.has_value());
  writer.String(said.line.value_or(""));
  return writer.Take();
}

Result<AgentDesk::Said> DecodeSaid(std::string_view bytes) {
  WireReader reader(bytes);
  AgentDesk::Said said;
  said.state = static_cast<AgentTools::State>(
      reader.Enum(static_cast<std::uint8_t>(AgentTools::State::kExhausted)));
  const bool has = reader.Bool();
  std::string line = reader.String();
  if (has) said.line = std::move(line);
  if (!reader.Done()) return Nonsense();
  return said;
}

std::string EncodeOutcome(const AgentOutcome& outcome) {
  const AgentReport& report = outcome.report;
  WireWriter writer;
  writer.U8(static_cast<std::uint8_t>(outcome.how));
  writer.I64(outcome.value);
  writer.U8(static_cast<std::uint8_t>(report.verdict));
  writer.U8(static_cast<std::uint8_t>(report.fault));
  writer.I64(report.turns);
  writer.U64(report.usage.input);
  writer.U64(report.usage.cache_read);
  writer.U64(report.usage.cache_write);
  writer.U64(report.usage.output);
  writer.Bool(report.cost.has_value());
  writer.I64(report.cost.value_or(0));
  writer.String(report.model);
  return writer.Take();
}

Result<AgentOutcome> DecodeOutcome(std::string_view bytes) {
  WireReader reader(bytes);
  AgentOutcome outcome;
  AgentReport& report = outcome.report;
  outcome.how = static_cast<AgentOutcome::How>(
      reader.Enum(static_cast<std::uint8_t>(AgentOutcome::How::kOver)));
  outcome.value = reader.I64();
  report.verdict = static_cast<AgentReport::Verdict>(
      reader.Enum(static_cast<std::uint8_t>(AgentReport::Verdict::kFailed)));
  report.fault = static_cast<model::FaultKind>(
      reader.Enum(static_cast<std::uint8_t>(model::FaultKind::kProtocol)));
  report.turns = Within(reader.I64(), kMostTurns);
  report.usage.input = Within(reader.U64(), kMostTokens);
  report.usage.cache_read = Within(reader.U64(), report.usage.input);
  report.usage.cache_write =
      Within(reader.U64(), report.usage.input - report.usage.cache_read);
  report.usage.output = Within(reader.U64(), kMostTokens);
  const bool costs = reader.Bool();
  const MicroDollars cost = Within(reader.I64(), kMostCost);
  if (costs) report.cost = cost;
  report.model = log::Clean(reader.String(), 100);
  if (!reader.Done()) return Nonsense();
  return outcome;
}

std::string EncodeRefusal(const Error& error) {
  WireWriter writer;
  writer.U8(static_cast<std::uint8_t>(error.kind));
  writer.String(error.message);
  return writer.Take();
}

Error DecodeRefusal(std::string_view bytes) {
  WireReader reader(bytes);
  const auto kind = static_cast<ErrorKind>(
      reader.Enum(static_cast<std::uint8_t>(ErrorKind::kPermanent)));
  const std::string message = reader.String();
  if (!reader.Done()) return Nonsense();
  return Error{kind, "patchmilter-agentd: " + log::Clean(message)};
}

Status AgentLink::Send(AgentFrame::Type type, std::string_view bytes) {
  WireWriter header;
  header.U8(static_cast<std::uint8_t>(type));
  header.U32(static_cast<std::uint32_t>(bytes.size()));
  std::string whole = header.Take();
  whole += bytes;
  std::string_view rest = whole;
  while (!rest.empty()) {
    const ssize_t sent =
        ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return FromErrno("agent: the other side", errno);
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<AgentLink::Got> AgentLink::Next(AgentFrame* frame, int millis) {
  while (true) {
    if (inbox_.size() >= kHeader) {
      WireReader header(std::string_view(inbox_).substr(0, kHeader));
      const std::uint8_t type = header.U8();
      const std::size_t size = header.U32();
      if (type > static_cast<std::uint8_t>(AgentFrame::Type::kRefused) ||
          size > kMaxAgentFrame) {
        return Nonsense();
      }
      if (inbox_.size() - kHeader >= size) {
        frame->type = static_cast<AgentFrame::Type>(type);
        frame->bytes = inbox_.substr(kHeader, size);
        inbox_.erase(0, kHeader + size);
        return Got::kFrame;
      }
    }
    pollfd watched{socket_, POLLIN, 0};
    const int ready = ::poll(&watched, 1, millis);
    if (ready == 0 || (ready < 0 && errno == EINTR)) return Got::kNothing;
    std::array<char, 65536> block;
    const ssize_t got = ::recv(socket_, block.data(), block.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Got::kHangUp;
    inbox_.append(block.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace patchmilter::app
