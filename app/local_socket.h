// Unix sockets, and how a conversation on one begins.
//
// The client's first line is a greeting, a JSON object that says what is wanted
//   {"patchmilter": 1, …}
// and is answered by
//   {"ok": true}   or   {"error": "…"}
// and a hang-up. What follows is another protocol.
// Threads: any. Tested in tests/app/mcp_test.py and tests/app/agent_test.py.
#ifndef PATCHMILTER_APP_LOCAL_SOCKET_H_
#define PATCHMILTER_APP_LOCAL_SOCKET_H_

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/handle.h"
#include "base/result.h"

namespace patchmilter::app {

inline constexpr int kGreetingVersion = 1;
inline constexpr int kGreetingSeconds = 10;

// A stream socket that listens at `path`, with `mode`. The name is there only
// once somebody listens: whoever sees it can connect. A socket that is there
// already is replaced (its caller knows that nobody listens there any more);
// any other file is an error that names `setting`.
Result<UniqueFd> ListenLocal(const std::string& path, mode_t mode,
                             std::string_view setting);
// A stream socket that is connected to who listens at `path`.
Result<UniqueFd> ConnectLocal(const std::string& path);

// Sends `greeting` and reads the answer, byte by byte: what follows it belongs
// to the conversation. kNotFound with the other side's own words where it
// refuses; `who` is whom we expect to listen.
Status Greet(int socket, const nlohmann::json& greeting, std::string_view who);
// The two answers, without LF.
std::string GreetingAccepted();
std::string GreetingRefused(std::string_view why);

// A read that has to wait longer fails; 0 waits for ever.
Status SetReadTimeout(int socket, int seconds);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_LOCAL_SOCKET_H_
