// McpServer: tools (app/mcp_tools.h) as a server of the Model Context Protocol:
// one JSON-RPC 2.0 object a line in, at most one a line out.
//
// Both generations of the protocol are spoken, without being told which:
// clients that begin with `initialize` (2024-11-05 to 2025-11-25), and those
// that name the version in each request's `_meta` and may ask
// `server/discover` (2026-07-28). Nothing is kept between requests, so that
// whatever order they come in is fine. Tools are all that there is.
//
// Every line is hostile: what is no request gets an error of JSON-RPC's
// (-32700, -32600, -32601, -32602, -32022 for a version), bad arguments a
// result with `isError`, and the next line is answered as if nothing had been.
// Notifications and answers are passed over.
// Threads: that of its tools. Tested in tests/app/mcp_test.py and, with the
// official clients, in tests/clients/.
#ifndef PATCHMILTER_APP_MCP_SERVER_H_
#define PATCHMILTER_APP_MCP_SERVER_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "app/line_channel.h"
#include "app/mcp_tools.h"

namespace patchmilter::app {

// A longer line is refused; the arguments of a tool are far shorter.
inline constexpr std::size_t kMaxMcpLine = 1 << 20;
// Requests in one array (a batch, which 2025-03-26 has alone).
inline constexpr std::size_t kMaxMcpBatch = 50;
// Objects and arrays within one another; copies of JSON recurse.
inline constexpr int kMaxMcpDepth = 64;

class McpServer {
 public:
  // `tools` is borrowed. `instructions`: what a model should know first.
  McpServer(McpTools* tools, std::string instructions)
      : tools_(tools), instructions_(std::move(instructions)) {}

  // The answer to `line`, without LF; nothing where none is due.
  std::optional<std::string> Answer(std::string_view line);
  // The answer to a line that was longer than kMaxMcpLine.
  static std::string RefusedLine();

 private:
  using Json = nlohmann::ordered_json;
  struct Request;
  // A result or an error.
  struct Outcome;

  std::optional<Json> AnswerOne(const nlohmann::json& message);
  Outcome Run(const Request& request);
  Outcome Initialize(const Request& request) const;
  Outcome Discover() const;
  Outcome ListTools(const Request& request) const;
  Outcome CallTool(const Request& request);

  McpTools* tools_;
  std::string instructions_;
};

// Answers `channel`'s lines in their order, to its end. Errors: reading or
// writing failed.
Status ServeMcp(McpServer* server, LineChannel* channel);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_MCP_SERVER_H_
