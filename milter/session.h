// One connection of the MTA: what is done with its mails. Knows no wire
// protocol and no libmilter; the callbacks (milter/server.cc) only translate.
//
// Watched mail is collected to the bytes that the MTA shows and given to the
// intake at end of message; all else is let go as early as it can be known.
// Nothing here can reject, defer, discard or modify: a Verdict has no such
// value. All input is hostile. Memory: at most max_message bytes a connection,
// and Environment::max_buffered of all together; what is beyond is cut and the
// record marked as truncated.
//
// Threads: a Session one call at a time, on any thread; an Environment is
// shared by all sessions.  Tested in tests/milter/session_test.cc.
#ifndef PATCHMILTER_MILTER_SESSION_H_
#define PATCHMILTER_MILTER_SESSION_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"
#include "intake/writer.h"
#include "milter/watch.h"

namespace patchmilter::milter {

// Since the start; intake/status.h says what each means.
struct Counters {
  std::atomic<std::uint64_t> messages{0};
  std::atomic<std::uint64_t> stored{0};
  std::atomic<std::uint64_t> let_go{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> late{0};
  std::atomic<std::uint64_t> truncated{0};
  std::atomic<std::uint64_t> aborted{0};
  std::atomic<std::uint64_t> missed{0};
};

// What all sessions share.
class Environment {
 public:
  // `to` and `time` must outlive it.
  Environment(intake::Appender& to, const Clock& time,
              std::shared_ptr<const Watch> watch)
      : appender(to), clock(time), watch_(std::move(watch)) {}

  intake::Appender& appender;
  const Clock& clock;
  std::uint64_t max_message = 128ULL << 20;   // Bytes kept of one mail.
  std::uint64_t max_buffered = 512ULL << 20;  // Of all connections together.
  std::chrono::milliseconds deadline{2000};   // End of message to answer.
  Counters counters;
  // Mails begun and neither answered, let go nor taken back.
  std::atomic<std::int64_t> in_flight{0};
  std::atomic<std::uint64_t> buffered{0};
  // The daemon is stopping: mails that begin now are let go, and counted.
  std::atomic<bool> draining{false};

  std::shared_ptr<const Watch> watch() const PM_EXCLUDES(mutex_);
  // Holds for mails that begin after it.
  void SetWatch(std::shared_ptr<const Watch> watch) PM_EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const Watch> watch_ PM_GUARDED_BY(mutex_);
};

enum class Verdict {
  kContinue,  // Show me more of this mail.
  kLetGo,     // Deliver it; I need no more of it.
};

class Session {
 public:
  explicit Session(Environment& environment) : environment_(environment) {}
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // In the order of SMTP. Strings are the MTA's, as it showed them; queue_id
  // may be "" where the MTA has not told it yet.
  void Connect(std::string_view name, std::string_view address);
  void Helo(std::string_view name);
  void MailFrom(std::string_view sender);
  void Recipient(std::string_view recipient);
  Verdict Data(std::string_view queue_id);
  // `value` as shown under SMFIP_HDR_LEADSPC (folds as LF, the space after the
  // colon included); without that flag `leading_space` is false, and one space
  // is put back.
  void Header(std::string_view name, std::string_view value,
              bool leading_space = true);
  Verdict EndOfHeaders(std::string_view queue_id);
  void Body(std::string_view bytes);
  // Waits for the intake, at most Environment::deadline.
  void EndOfMessage(std::string_view queue_id);
  // The MTA or its client took the mail back.
  void Abort();
  // Something failed that is no fault of the mail (no memory): drops what was
  // collected, counts it. The mail is delivered all the same.
  void Fail(std::string_view why) noexcept;

 private:
  struct Message {
    Message();  // Not here: clang 14 would call the class incomplete.
    std::shared_ptr<const Watch> watch;
    intake::Record record;
    size_t list = kNoList;  // The first that matched so far.
    bool all_destinations = true;
    bool any_recipient = false;
    bool let_go = false;
    std::uint64_t reserved = 0;  // Of Environment::buffered.
  };

  void Begin();
  // Ends the message, whatever became of it.
  void End();
  Verdict LetGo(const char* why);
  void Collect(std::string_view bytes);
  void NoteQueueId(std::string_view queue_id);
  std::string Subject() const;

  Environment& environment_;
  std::string client_name_;
  std::string client_address_;
  std::string helo_;
  std::optional<Message> message_;
};

}  // namespace patchmilter::milter

#endif  // PATCHMILTER_MILTER_SESSION_H_
