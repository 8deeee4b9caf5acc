#include "app/parser.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>

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

// Waits until `fd` is ready for `events`; false when the time is over.
bool WaitFor(int fd, short events, SteadyClock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - SteadyClock::now());
    if (left.count() <= 0) return false;
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

using Io = ParseWorker::Io;

// MSG_NOSIGNAL: a worker that has died must not end us with SIGPIPE.
Io SendAll(int fd, std::string_view bytes, SteadyClock::time_point deadline) {
  while (!bytes.empty()) {
    if (!WaitFor(fd, POLLOUT, deadline)) return Io::kTimeout;
    const ssize_t count =
        ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return Io::kClosed;
    }
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return Io::kDone;
}

Io ReceiveAll(int fd, size_t size, SteadyClock::time_point deadline,
              std::string* bytes) {
  bytes->clear();
  std::array<char, 1 << 16> buffer;  // NOLINT: filled by recv.
  while (bytes->size() < size) {
    if (!WaitFor(fd, POLLIN, deadline)) return Io::kTimeout;
    const ssize_t count =
        ::recv(fd, buffer.data(), std::min(buffer.size(), size - bytes->size()),
               MSG_DONTWAIT);
    if (count < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return Io::kClosed;
    }
    if (count == 0) return Io::kClosed;
    bytes->append(buffer.data(), static_cast<size_t>(count));
  }
  return Io::kDone;
}

std::string Framed(std::string_view payload) {
  WireWriter frame;
  frame.String(payload);
  return frame.Take();
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

// Reads exactly `size` bytes in the worker; false at the end of file.
bool ReadExactly(size_t size, std::string* bytes) {
  bytes->resize(size);
  size_t done = 0;
  while (done < size) {
    const ssize_t count = ::read(0, bytes->data() + done, size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    done += static_cast<size_t>(count);
  }
  return true;
}

}  // namespace

DirectParser::DirectParser() { mime::InitMime(); }

Result<mime::PatchMail> DirectParser::Parse(std::string_view raw) {
  return mime::ParsePatchMail(raw);
}

ParseWorker::~ParseWorker() { Stop(false); }

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
  // The worker says that it stands in its sandbox: without that no mail goes
  // to it.
  std::string hello;
  const auto deadline =
      SteadyClock::now() + std::chrono::milliseconds(limits_.millis_per_mail);
  if (ReceiveAll(channel_.get(), 1, deadline, &hello) != Io::kDone ||
      hello != "+") {
    return Temporary("parse worker: did not start: " + Stop(true));
  }
  return {};
}

std::string ParseWorker::Stop(bool kill_first) {
  if (pid_ < 0) return "not running";
  if (kill_first) ::kill(pid_, SIGKILL);
  channel_.Reset();  // End of file: it ends.
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (WIFSIGNALED(status)) return fmt::format("signal {}", WTERMSIG(status));
  return fmt::format("exit status {}", WEXITSTATUS(status));
}

Result<mime::PatchMail> ParseWorker::Parse(std::string_view raw) {
  Result<mime::PatchMail> patch = ParseOnce(raw);
  // Something else may have killed the worker (the kernel, for want of
  // memory): the mail is to blame when a second one dies of it.
  if (!patch.ok() && patch.error().kind == ErrorKind::kPermanent) {
    patch = ParseOnce(raw);
  }
  if (!patch.ok() && patch.error().kind == ErrorKind::kPermanent) {
    return InvalidInput(patch.error().message);
  }
  return patch;
}

Result<mime::PatchMail> ParseWorker::ParseOnce(std::string_view raw) {
  if (mails_ >= limits_.mails_per_worker) Stop(false);
  if (pid_ < 0) PM_RETURN_IF_ERROR(Start());
  ++mails_;
  const auto deadline =
      SteadyClock::now() + std::chrono::milliseconds(limits_.millis_per_mail);
  std::string answer;
  switch (Exchange(raw, deadline, &answer)) {
    case Io::kDone:
      break;
    case Io::kTimeout:
      Stop(true);
      return InvalidInput(fmt::format("its parser took more than {} ms",
                                      limits_.millis_per_mail));
    case Io::kClosed:
      return Permanent("its parser died: " + Stop(true));
  }
  std::optional<mime::PatchMail> patch = mime::DecodePatchMail(answer);
  if (!patch.has_value()) {
    Stop(true);
    return InvalidInput("its parser answered nonsense");
  }
  return *std::move(patch);
}

ParseWorker::Io ParseWorker::Exchange(
    std::string_view raw, std::chrono::steady_clock::time_point deadline,
    std::string* answer) {
  WireWriter size;
  size.U64(raw.size());
  Io io = SendAll(channel_.get(), size.bytes(), deadline);
  if (io == Io::kDone) io = SendAll(channel_.get(), raw, deadline);
  if (io == Io::kDone) {
    io = ReceiveAll(channel_.get(), kHeaderSize, deadline, answer);
  }
  if (io != Io::kDone) return io;
  const std::uint64_t length = WireReader(*answer).U64();
  if (length > kMaxAnswer) {
    answer->clear();  // No answer at all: does not decode.
    return Io::kDone;
  }
  return ReceiveAll(channel_.get(), static_cast<size_t>(length), deadline,
                    answer);
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
  std::string bytes;
  while (ReadExactly(kHeaderSize, &bytes)) {
    const std::uint64_t size = WireReader(bytes).U64();
    if (size > *limit) return 5;
    if (!ReadExactly(static_cast<size_t>(size), &bytes)) return 5;
    WireWriter answer;
    mime::EncodePatchMail(mime::ParsePatchMail(bytes), &answer);
    if (!WriteAll(1, Framed(answer.bytes())).ok()) return 4;
  }
  // Not exit(): nothing that runs at exit may be trusted after hostile input.
  ::_exit(0);
}

}  // namespace patchmilter::app
