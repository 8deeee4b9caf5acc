// QuestionService: the questions of a running review daemon, on a unix socket.
//
// Whoever may open the socket (its directory and mode say who) gets a
// conversation of its own about a series of state.db or a configured tree; all
// conversations about one series share its limits and its coverage receipt.
//
// A conversation begins with a greeting (app/local_socket.h),
//   {"patchmilter": 1, "series": 12}   or   {"patchmilter": 1, "tree": "main"}
// (and "history_limit": true, if wanted). What follows is the Model Context
// Protocol, as app/mcp_server.h speaks it. `patchmilter mcp --connect SOCKET`
// is the client.
//
// Bounds: kMaxConversations at once, the greeting within kGreetingSeconds,
// lines as McpServer's, questions as questions.max_calls and max_bytes say.
// Threads: one that accepts and one a conversation, each with a store and a
// tree of its own. Tested in tests/app/mcp_test.py.
#ifndef PATCHMILTER_APP_QUESTION_SERVICE_H_
#define PATCHMILTER_APP_QUESTION_SERVICE_H_

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "app/code_desk.h"
#include "base/config.h"
#include "base/handle.h"
#include "base/mutex.h"
#include "base/result.h"
#include "review/tools/session.h"

namespace patchmilter::app {

inline constexpr std::size_t kMaxConversations = 16;
// Series whose limits and receipts are remembered; the oldest go first.
inline constexpr std::size_t kMaxUsages = 1'000;

// What a conversation is about: a series, or a tree alone.
struct Conversation {
  std::int64_t series = 0;
  std::string tree;
  bool history_limit = false;
};

// A conversation with the daemon behind `socket`, its handshake done. Errors
// are the daemon's own words, or say that nobody listens there.
Result<UniqueFd> ConnectQuestions(const std::string& socket,
                                  const Conversation& conversation);

class QuestionService {
 public:
  // Listens on config.questions.socket. A socket that an earlier daemon left is
  // replaced; any other file there is an error.
  static Result<std::unique_ptr<QuestionService>> Start(const Config& config);
  // Hangs up all conversations and waits for their threads: at most the time
  // of one answer.
  ~QuestionService();
  QuestionService(const QuestionService&) = delete;
  QuestionService& operator=(const QuestionService&) = delete;

 private:
  struct Client {
    UniqueFd socket;
    std::thread thread;
    bool done = false;
  };

  explicit QuestionService(const Config& config) : config_(config) {}
  void Accept();
  void Serve(int socket);
  Result<std::unique_ptr<CodeDesk>> OpenDesk(const Conversation& about);
  std::shared_ptr<review::ToolUsage> UsageOf(const Conversation& about);
  // Joins the threads that have ended.
  void Reap();

  const Config config_;
  UniqueFd listener_;
  UniqueFd wake_read_;
  UniqueFd wake_write_;
  std::thread accepting_;
  Mutex mutex_;
  std::list<Client> clients_ PM_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<review::ToolUsage>> usages_
      PM_GUARDED_BY(mutex_);
  std::deque<std::string> usage_order_ PM_GUARDED_BY(mutex_);
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_QUESTION_SERVICE_H_
