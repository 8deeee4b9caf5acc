// MailParser: bytes of a mail → PatchMail, in a process of its own.
//
// ParseWorker starts this same program again (/proc/self/exe --parse-worker)
// with an empty environment, no descriptor but one socket, resource limits, and
// a seccomp filter that leaves it neither network, nor files, nor new
// processes. It is asked one mail at a time and killed when it takes too long
// or answers nonsense; the next mail starts a new one. What it answers is
// decoded with checks on every byte.
//
// Threads: one caller at a time.  Tested in tests/app/parse_worker_test.cc.
#ifndef PATCHMILTER_APP_PARSER_H_
#define PATCHMILTER_APP_PARSER_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/handle.h"
#include "base/result.h"
#include "mime/patch_mail.h"

namespace patchmilter::app {

class MailParser {
 public:
  virtual ~MailParser() = default;
  // kInvalidInput: this mail cannot be read (it killed its reader, or took too
  // long): trying again would do the same. kTemporary: no worker could be
  // started; the mail is not to blame.
  virtual Result<mime::PatchMail> Parse(std::string_view raw) = 0;
};

// In this process: for tests.
class DirectParser : public MailParser {
 public:
  DirectParser();
  Result<mime::PatchMail> Parse(std::string_view raw) override;
};

class ParseWorker : public MailParser {
 public:
  struct Limits {
    int millis_per_mail = 30'000;
    std::uint64_t memory = 2ULL << 30;  // Address space of the worker.
    std::int64_t mails_per_worker = 5'000;
  };

  explicit ParseWorker(Limits limits) : limits_(limits) {}
  ParseWorker() : ParseWorker(Limits{}) {}
  ~ParseWorker() override;
  ParseWorker(const ParseWorker&) = delete;
  ParseWorker& operator=(const ParseWorker&) = delete;

  Result<mime::PatchMail> Parse(std::string_view raw) override;

  // How talking to the worker went.
  enum class Io : std::uint8_t { kDone, kTimeout, kClosed };

  // Of the worker that runs now; -1 where none does. For tests.
  pid_t pid() const { return pid_; }

 private:
  Status Start();
  // kPermanent where the worker died over it.
  Result<mime::PatchMail> ParseOnce(std::string_view raw);
  Io Exchange(std::string_view raw,
              std::chrono::steady_clock::time_point deadline,
              std::string* answer);
  // Ends the worker; says how it ended ("signal 9", "exit status 1").
  std::string Stop(bool kill_first);

  Limits limits_;
  pid_t pid_ = -1;
  UniqueFd channel_;
  std::int64_t mails_ = 0;
};

// The argument that makes a program of ours a worker.
inline constexpr std::string_view kParseWorkerArgument = "--parse-worker";

// The worker's main: reads mails on descriptor 0, answers on descriptor 1,
// until end of file. `memory`: bytes of address space, as text.
int ParseWorkerMain(const char* memory);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_PARSER_H_
