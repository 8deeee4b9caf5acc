// MailParser: bytes of mails → PatchMails, in a process of its own.
//
// ParseWorker starts this same program again (/proc/self/exe --parse-worker)
// with an empty environment, no descriptor but one socket, resource limits, and
// a seccomp filter that leaves it neither network, nor files, nor new
// processes. It is asked ahead, as many mails as the socket holds, so that it
// works while its answers are used; it is killed when one mail takes too long
// or it answers nonsense, and a new one goes on where it stopped. What it
// answers is decoded with checks on every byte.
//
// Memory here: one answer at a time, and 256 KiB.
// Threads: one caller at a time.  Tested in tests/app/parse_worker_test.cc.
#ifndef PATCHMILTER_APP_PARSER_H_
#define PATCHMILTER_APP_PARSER_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/handle.h"
#include "base/result.h"
#include "mime/patch_mail.h"

namespace patchmilter::app {

// What a parser gives for one mail.
struct ParserAnswer {
  // "" where it was read. Else why not (it killed its reader twice, or took
  // too long; trying again would do the same), and the rest is empty.
  std::string unreadable;
  mime::PatchMail patch;
  // mime::EncodePatchMail's bytes, which decode to `patch`; valid during the
  // call that hands them over.
  std::string_view encoded;
};

class MailParser {
 public:
  // An error that it returns ends ParseAll, which returns it.
  using Take = std::function<Status(size_t index, ParserAnswer answer)>;

  virtual ~MailParser() = default;
  // Reads the mails, and hands over each one's answer once, in their order.
  // The bytes must stay until it returns. kTemporary: no worker could be
  // started; the mails without an answer are not to blame.
  virtual Status ParseAll(const std::vector<std::string_view>& mails,
                          const Take& take) = 0;
  // One mail. kInvalidInput where it is unreadable; errors as above.
  Result<mime::PatchMail> Parse(std::string_view raw);
};

// In this process: for tests.
class DirectParser : public MailParser {
 public:
  DirectParser();
  Status ParseAll(const std::vector<std::string_view>& mails,
                  const Take& take) override;
};

class ParseWorker : public MailParser {
 public:
  struct Limits {
    // While we wait for the mail's answer, and for no other's.
    int millis_per_mail = 30'000;
    std::uint64_t memory = 2ULL << 30;  // Address space of the worker.
    std::int64_t mails_per_worker = 5'000;
  };

  explicit ParseWorker(Limits limits) : limits_(limits) {}
  ParseWorker() : ParseWorker(Limits{}) {}
  ~ParseWorker() override;
  ParseWorker(const ParseWorker&) = delete;
  ParseWorker& operator=(const ParseWorker&) = delete;

  Status ParseAll(const std::vector<std::string_view>& mails,
                  const Take& take) override;

  // Of the worker that runs now; -1 where none does. For tests.
  pid_t pid() const { return pid_; }

 private:
  // How talking to the worker went.
  enum class Io : std::uint8_t { kDone, kTimeout, kClosed, kNonsense };
  using Deadline = std::chrono::steady_clock::time_point;

  // Mails that are asked of one worker.
  struct Questions {
    const std::vector<std::string_view>* mails;
    size_t answered = 0;  // So many have been handed over.
    size_t sending = 0;   // This one is on its way,
    size_t sent = 0;      // so many bytes of it, its header included, are.
    size_t end = 0;
  };

  Status Start();
  Deadline NewDeadline() const;
  // Until all are answered, or it goes wrong. `fault`: of `take`.
  Io Ask(Questions* questions, const Take& take, Status* fault);
  // What the socket takes now.
  Io SendSome(Questions* questions);
  // What the socket gives now, into inbox_.
  Io ReceiveSome();
  // Waits until it can do either.
  Io Exchange(Questions* questions, Deadline deadline);
  // Ends the worker; says how it ended ("signal 9", "exit status 1").
  std::string Stop();

  Limits limits_;
  pid_t pid_ = -1;
  UniqueFd channel_;
  std::string inbox_;         // Received, and not yet used.
  std::vector<char> buffer_;  // For one recv.
  std::int64_t mails_ = 0;
};

// The argument that makes a program of ours a worker.
inline constexpr std::string_view kParseWorkerArgument = "--parse-worker";

// The worker's main: reads mails on descriptor 0, answers on descriptor 1,
// until end of file. `memory`: bytes of address space, as text.
int ParseWorkerMain(const char* memory);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_PARSER_H_
