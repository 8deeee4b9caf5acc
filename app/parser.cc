#include "app/parser.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <utility>

#include "app/sandbox.h"
#include "base/files.h"
#include "base/text.h"
#include "base/wire.h"
#include "mime/preload_charsets.h"

namespace patchmilter::app {
namespace {

using SteadyClock = std::chrono::steady_clock;

// An answer larger than this is nonsense: a PatchMail holds its text, and
// positions for each line of it.
constexpr std::uint64_t kMaxAnswer = 2ULL << 30;
constexpr size_t kHeaderSize = sizeof(std::uint64_t);
// Read at once; and what the inbox may keep after a large answer.
constexpr size_t kReadSize = 256UL << 10;

// Waits until `fd` is ready for one of `events`; gives those that are, 0 when
// the time is over.
short WaitFor(int fd, short events, SteadyClock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - SteadyClock::now());
    if (left.count() <= 0) return 0;
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(left.count()));
    if (ready > 0) return entry.revents;
    if (ready < 0 && errno != EINTR) return 0;
  }
}

ParserAnswer Unreadable(std::string reason) {
  ParserAnswer answer;
  answer.unreadable = std::move(reason);
  return answer;
}

std::string Header(std::uint64_t size) {
  WireWriter header;
  header.U64(size);
  return header.Take();
}

// Between fork and exec: only what POSIX allows there.
[[noreturn]] void BecomeWorker(int channel, const char* memory,
                               pid_t parent) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(126);
  if (::dup2(channel, 0) != 0 || ::dup2(channel, 1) != 1) ::_exit(126);
  const int null = ::open("/dev/null", O_WRONLY);
  if (null < 0 || ::dup2(null, 2) != 2) ::_exit(126);
  ::close_range(3, ~0U, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::chdir("/") != 0) ::_exit(126);
  std::string_view argument = kParseWorkerArgument;
  const std::array<const char*, 4> arguments = {
      "patchmilter-parse", argument.data(), memory, nullptr};
  const std::array<const char*, 2> environment = {"LC_ALL=C", nullptr};
  // execve's own type wants char* const*, and changes nothing.
  ::execve("/proc/self/exe", const_cast<char* const*>(arguments.data()),
           const_cast<char* const*>(environment.data()));
  ::_exit(127);
}

// Frames on descriptor 0, in the worker: read in large pieces.
class FrameReader {
 public:
  // Nothing at the end of file. Valid until the next call.
  std::optional<std::string_view> Next(std::uint64_t max) {
    if (!Have(kHeaderSize)) return std::nullopt;
    const std::uint64_t size =
        WireReader(std::string_view(bytes_).substr(at_, kHeaderSize)).U64();
    if (size > max) return std::nullopt;
    at_ += kHeaderSize;
    if (!Have(static_cast<size_t>(size))) return std::nullopt;
    const std::string_view frame =
        std::string_view(bytes_).substr(at_, static_cast<size_t>(size));
    at_ += frame.size();
    return frame;
  }

 private:
  bool Have(size_t size) {
    while (bytes_.size() - at_ < size) {
      bytes_.erase(0, at_);
      at_ = 0;
      const ssize_t count = ::read(0, buffer_.data(), buffer_.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      bytes_.append(buffer_.data(), static_cast<size_t>(count));
    }
    return true;
  }

  std::vector<char> buffer_ = std::vector<char>(kReadSize);
  std::string bytes_;
  size_t at_ = 0;
};

}  // namespace

Result<mime::PatchMail> MailParser::Parse(std::string_view raw) {
  ParserAnswer parsed;
  PM_RETURN_IF_ERROR(
      ParseAll({raw}, [&parsed](size_t /*index*/, ParserAnswer answer) {
        parsed = std::move(answer);
        return Status();
      }));
  if (!parsed.unreadable.empty()) return InvalidInput(parsed.unreadable);
  return std::move(parsed.patch);
}

DirectParser::DirectParser() { mime::InitMime(); }

Status DirectParser::ParseAll(const std::vector<std::string_view>& mails,
                              const Take& take) {
  for (size_t i = 0; i < mails.size(); ++i) {
    mime::PatchMail patch = mime::ParsePatchMail(mails[i]);
    WireWriter encoded;
    mime::EncodePatchMail(patch, &encoded);
    PM_RETURN_IF_ERROR(take(i, {"", std::move(patch), encoded.bytes()}));
  }
  return {};
}

ParseWorker::~ParseWorker() { Stop(); }

Status ParseWorker::Start() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return FromErrno("parse worker: socketpair", errno);
  }
  UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  const std::string memory = std::to_string(limits_.memory);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return Temporary("parse worker: fork failed");
  if (pid == 0) BecomeWorker(theirs.get(), memory.c_str(), parent);
  pid_ = pid;
  mails_ = 0;
  channel_ = std::move(ours);
  inbox_.clear();
  // The worker says that it stands in its sandbox: without that no mail goes
  // to it.
  Questions none{.mails = nullptr};
  Io io = Exchange(&none, NewDeadline());
  if (io == Io::kDone && inbox_ != "+") io = Io::kNonsense;
  if (io != Io::kDone) {
    return Temporary("parse worker: did not start: " + Stop());
  }
  inbox_.clear();
  return {};
}

std::string ParseWorker::Stop() {
  if (pid_ < 0) return "not running";
  // It holds nothing that it could lose, and may not be itself any more.
  ::kill(pid_, SIGKILL);
  channel_.Reset();
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFSIGNALED(status)) return fmt::format("signal {}", WTERMSIG(status));
  return fmt::format("exit status {}", WEXITSTATUS(status));
}

ParseWorker::Deadline ParseWorker::NewDeadline() const {
  return SteadyClock::now() +
         std::chrono::milliseconds(limits_.millis_per_mail);
}

Status ParseWorker::ParseAll(const std::vector<std::string_view>& mails,
                             const Take& take) {
  size_t next = 0;
  // Something else may have killed the worker (the kernel, for want of
  // memory): the mail is to blame when a second one dies of it, asked alone.
  bool suspected = false;
  while (next < mails.size()) {
    if (mails_ >= limits_.mails_per_worker) Stop();
    if (pid_ < 0) PM_RETURN_IF_ERROR(Start());
    const auto left = static_cast<size_t>(
        std::max<std::int64_t>(limits_.mails_per_worker - mails_, 1));
    Questions questions{.mails = &mails, .answered = next, .sending = next};
    questions.end = suspected ? next + 1 : std::min(mails.size(), next + left);
    Status fault;
    const Io io = Ask(&questions, take, &fault);
    mails_ += static_cast<std::int64_t>(questions.answered - next);
    if (questions.answered > next) suspected = false;
    next = questions.answered;
    if (!fault.ok()) {
      Stop();  // It has been asked what nobody waits for now.
      return fault;
    }
    switch (io) {
      case Io::kDone:
        break;
      case Io::kTimeout:
        Stop();
        PM_RETURN_IF_ERROR(take(
            next++, Unreadable(fmt::format("its parser took more than {} ms",
                                           limits_.millis_per_mail))));
        suspected = false;
        break;
      case Io::kNonsense:
        Stop();
        PM_RETURN_IF_ERROR(
            take(next++, Unreadable("its parser answered nonsense")));
        suspected = false;
        break;
      case Io::kClosed: {
        const std::string how = Stop();
        if (suspected) {
          PM_RETURN_IF_ERROR(
              take(next++, Unreadable("its parser died: " + how)));
        }
        suspected = !suspected;
        break;
      }
    }
  }
  // Told without being asked: it is not ours any more.
  if (!inbox_.empty()) Stop();
  return {};
}

ParseWorker::Io ParseWorker::Ask(Questions* questions, const Take& take,
                                 Status* fault) {
  Deadline deadline = NewDeadline();
  size_t used = 0;
  while (questions->answered < questions->end) {
    const std::string_view inbox = std::string_view(inbox_).substr(used);
    const std::uint64_t size =
        inbox.size() < kHeaderSize ? 0 : WireReader(inbox).U64();
    if (inbox.size() < kHeaderSize || inbox.size() - kHeaderSize < size) {
      inbox_.erase(0, used);
      used = 0;
      if (size > kMaxAnswer) return Io::kNonsense;
      const Io io = Exchange(questions, deadline);
      if (io != Io::kDone) return io;
      continue;
    }
    // An answer to what it has not been asked is none.
    if (questions->answered >= questions->sending) return Io::kNonsense;
    const std::string_view encoded = inbox.substr(kHeaderSize, size);
    std::optional<mime::PatchMail> patch = mime::DecodePatchMail(encoded);
    if (!patch.has_value()) return Io::kNonsense;
    used += kHeaderSize + encoded.size();
    *fault = take(questions->answered++, {"", *std::move(patch), encoded});
    if (!fault->ok()) return Io::kDone;
    deadline = NewDeadline();
  }
  inbox_.erase(0, used);
  if (inbox_.capacity() > 4 * kReadSize) inbox_.shrink_to_fit();
  return Io::kDone;
}

ParseWorker::Io ParseWorker::Exchange(Questions* questions, Deadline deadline) {
  const bool sending = questions->sending < questions->end;
  const short ready =
      WaitFor(channel_.get(), sending ? POLLIN | POLLOUT : POLLIN, deadline);
  if (ready == 0) return Io::kTimeout;
  Io io = Io::kDone;
  if ((ready & POLLOUT) != 0) io = SendSome(questions);
  // What it has answered before it died counts.
  if ((ready & ~POLLOUT) != 0) io = ReceiveSome();
  return io;
}

// MSG_NOSIGNAL: a worker that has died must not end us with SIGPIPE.
ParseWorker::Io ParseWorker::SendSome(Questions* questions) {
  while (questions->sending < questions->end) {
    const std::string_view mail = (*questions->mails)[questions->sending];
    std::string header = Header(mail.size());
    const size_t from_header = std::min(questions->sent, kHeaderSize);
    const size_t from_mail = questions->sent - from_header;
    // sendmsg's own type wants pointers to what it does not change.
    std::array<iovec, 2> parts = {
        iovec{header.data() + from_header, kHeaderSize - from_header},
        iovec{const_cast<char*>(mail.data()) + from_mail,
              mail.size() - from_mail}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t count =
        ::sendmsg(channel_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN ? Io::kDone : Io::kClosed;
    }
    questions->sent += static_cast<size_t>(count);
    if (questions->sent == kHeaderSize + mail.size()) {
      ++questions->sending;
      questions->sent = 0;
    }
  }
  return Io::kDone;
}

ParseWorker::Io ParseWorker::ReceiveSome() {
  buffer_.resize(kReadSize);
  const ssize_t count =
      ::recv(channel_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return Io::kDone;
  if (count <= 0) return Io::kClosed;
  inbox_.append(buffer_.data(), static_cast<size_t>(count));
  return Io::kDone;
}

int ParseWorkerMain(const char* memory) {
  const std::optional<std::uint64_t> limit = ParseUnsigned(memory);
  if (!limit.has_value()) return 2;
  // Before the sandbox: GMime and the character set tables need files.
  mime::InitMime();
  mime::PreloadCharsets();
  if (const Status status = EnterComputeOnlySandbox(*limit); !status.ok()) {
    return 3;
  }
  if (!WriteAll(1, "+").ok()) return 4;
  FrameReader questions;
  while (const auto mail = questions.Next(*limit)) {
    WireWriter answer;
    mime::EncodePatchMail(mime::ParsePatchMail(*mail), &answer);
    if (!WriteAll(1, Header(answer.bytes().size()) + answer.bytes()).ok()) {
      return 4;
    }
  }
  // Not exit(): nothing that runs at exit may be trusted after hostile input.
  ::_exit(0);
}

}  // namespace patchmilter::app
