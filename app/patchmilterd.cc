// patchmilterd: the milter that appends mails of watched lists to the intake.
//
// Signals: TERM and INT end it within six seconds (mails that began before are
// finished, for at most three seconds; new ones are let go); USR1 reads the
// configuration again (lists and destinations; all or nothing); HUP is
// ignored, because libmilter would take it as stop.
//
// Threads: the main thread handles signals and nothing else; one runs
// libmilter, whose workers call the sessions; one writes the status file; two
// are the intake writer's. All but the main thread have signals blocked.
//
// PATCHMILTER_TEST_INTAKE_DELAY_MS (tests only): every write to the intake is
// delayed by so many milliseconds, as on a disk that hangs.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "app/program.h"
#include "base/config.h"
#include "base/handle.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/text.h"
#include "base/version.h"
#include "intake/reader.h"
#include "intake/status.h"
#include "intake/writer.h"
#include "milter/listener.h"
#include "milter/server.h"
#include "milter/session.h"

namespace patchmilter {
namespace {

using std::chrono::steady_clock;

constexpr std::string_view kSubject = "patchmilterd";
constexpr auto kDrain = std::chrono::seconds(3);
constexpr auto kDrainStep = std::chrono::milliseconds(20);
constexpr auto kIntakeClose = std::chrono::seconds(2);
constexpr auto kStatusEvery = std::chrono::seconds(10);
constexpr auto kCountersEvery = std::chrono::minutes(10);

// Bytes in the pipe to the main thread.
constexpr char kStop = 's';
constexpr char kReload = 'r';
constexpr char kServerEnded = 'e';
// libmilter has a thread that waits for signals, too: on a busy machine it may
// be the one that takes a TERM. It ends without a fault then, and only then.
constexpr char kServerStopped = 't';

// Written by signal handlers.
int g_wake_fd = -1;

void Wake(char what) noexcept {
  const int saved = errno;
  // The pipe can only be full where the main thread has enough to do.
  if (::write(g_wake_fd, &what, 1) != 1) errno = 0;
  errno = saved;
}

extern "C" void OnSignal(int signal) {
  Wake(signal == SIGUSR1 ? kReload : kStop);
}

Status SetUpSignals(UniqueFd* read_end) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    return FromErrno("pipe", errno);
  }
  read_end->Reset(ends[0]);
  g_wake_fd = ends[1];
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGTERM, SIGINT, SIGUSR1}) {
    if (::sigaction(number, &action, nullptr) != 0) {
      return FromErrno("sigaction", errno);
    }
  }
  action.sa_handler = SIG_IGN;
  // HUP is ignored at its source as long as the main thread does not block
  // it; blocked, it would wait for libmilter's sigwait. XFSZ must be an error
  // of write(2), PIPE one of send(2).
  for (const int number : {SIGHUP, SIGPIPE, SIGXFSZ}) {
    if (::sigaction(number, &action, nullptr) != 0) {
      return FromErrno("sigaction", errno);
    }
  }
  return {};
}

// New threads inherit the mask: all signals are the main thread's.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

// sd_notify(3) without libsystemd: one datagram.
void NotifySystemd(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (path == nullptr || (path[0] != '/' && path[0] != '@') ||
      std::strlen(path) >= sizeof(address.sun_path)) {
    return;
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path, std::strlen(path));
  if (path[0] == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) +
                                           std::strlen(path));
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return;
  if (::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), size) < 0) {
    log::Warning(kSubject, "NOTIFY_SOCKET: {}", std::strerror(errno));
  }
}

class DelayedFiles : public intake::FileCalls {
 public:
  explicit DelayedFiles(std::uint64_t milliseconds) : delay_(milliseconds) {}
  ssize_t Pwrite(int fd, const void* bytes, size_t size,
                 off_t offset) override {
    if (armed_) std::this_thread::sleep_for(delay_);
    return FileCalls::Pwrite(fd, bytes, size, offset);
  }
  // Making the first segment is not delayed.
  void Arm() { armed_ = true; }

 private:
  std::chrono::milliseconds delay_;
  std::atomic<bool> armed_{false};
};

// The daemon's parts. Never destroyed: libmilter's threads use them to the end.
struct Daemon {
  std::string config_file;
  Config config;
  SystemClock clock;
  std::unique_ptr<DelayedFiles> delayed;
  std::unique_ptr<intake::Writer> writer;
  std::unique_ptr<milter::Environment> environment;
  milter::Listener listener;
  UnixSeconds started = 0;
  Mutex status_mutex;

  intake::DaemonStatus Snapshot(UnixSeconds stopped);
  void WriteStatusFile(UnixSeconds stopped) PM_EXCLUDES(status_mutex);
  void LogCounters(const intake::DaemonStatus& status);
  void StatusLoop();
  void Reload();
  // `serving` false: libmilter has ended, nothing in flight goes on.
  void Stop(bool serving);
};

intake::DaemonStatus Daemon::Snapshot(UnixSeconds stopped) {
  const milter::Counters& counters = environment->counters;
  const intake::WriterStats stats = writer->stats();
  intake::DaemonStatus status;
  status.pid = static_cast<std::uint64_t>(::getpid());
  status.version = kVersion;
  status.started = started;
  status.updated = clock.Now();
  status.stopped = stopped;
  status.messages = counters.messages;
  status.stored = counters.stored;
  status.let_go = counters.let_go;
  status.failed = counters.failed;
  status.late = counters.late;
  status.late_stored = stats.late_stored;
  status.truncated = counters.truncated;
  status.aborted = counters.aborted;
  status.missed = counters.missed;
  status.segments = stats.segments;
  status.bytes = stats.bytes;
  status.end = stats.end;
  status.cursor = stats.cursor;
  status.last_error = stats.last_error;
  return status;
}

void Daemon::WriteStatusFile(UnixSeconds stopped) {
  const MutexLock lock(status_mutex);
  const Status written =
      intake::WriteStatus(config.intake.directory, Snapshot(stopped));
  if (!written.ok()) {
    log::Warning(kSubject, "status: {}", written.error().message);
  }
}

void Daemon::LogCounters(const intake::DaemonStatus& status) {
  log::Info(kSubject,
            "counters messages={} stored={} let_go={} failed={} late={} "
            "late_stored={} truncated={} aborted={} missed={}",
            status.messages, status.stored, status.let_go, status.failed,
            status.late, status.late_stored, status.truncated, status.aborted,
            status.missed);
}

void Daemon::StatusLoop() {
  auto next_log = steady_clock::now() + kCountersEvery;
  while (true) {
    WriteStatusFile(0);
    if (steady_clock::now() >= next_log) {
      LogCounters(Snapshot(0));
      next_log += kCountersEvery;
    }
    std::this_thread::sleep_for(kStatusEvery);
  }
}

void Daemon::Reload() {
  Result<Config> loaded = LoadConfig(config_file, ConfigUse::kMilter);
  if (!loaded.ok()) {
    log::Err(kSubject, "reload: nothing was changed: {}",
             loaded.error().message);
    return;
  }
  environment->SetWatch(std::make_shared<milter::Watch>(*loaded));
  log::Info(kSubject, "reload: lists={} destinations={}", loaded->lists.size(),
            loaded->destinations.size());
  if (!(loaded->milter == config.milter) ||
      !(loaded->intake == config.intake)) {
    log::Warning(kSubject,
                 "reload: [milter] and [intake] settings take effect at the "
                 "next start");
  }
}

void Daemon::Stop(bool serving) {
  NotifySystemd("STOPPING=1");
  environment->draining = true;
  // New connections find no socket: at once, and the MTA goes on without us.
  if (!listener.path.empty()) ::unlink(listener.path.c_str());
  const auto end = steady_clock::now() + kDrain;
  while (serving && environment->in_flight > 0 && steady_clock::now() < end) {
    std::this_thread::sleep_for(kDrainStep);
  }
  const bool closed = writer->Close(steady_clock::now() + kIntakeClose);
  const std::int64_t cut = environment->in_flight;
  if (cut > 0) log::Warning(kSubject, "stopping with mails={} unfinished", cut);
  if (!closed) {
    log::Err(kSubject, "stopping with records that the disk did not take");
  }
  LogCounters(Snapshot(0));
  // On a disk that hangs this would, too.
  if (closed) WriteStatusFile(clock.Now());
  log::Info(kSubject, "stopped");
}

Status Start(Daemon& daemon) {
  const IntakeConfig& intake_config = daemon.config.intake;
  intake::WriterOptions options;
  options.directory = intake_config.directory;
  options.segment_size = intake_config.segment_size;
  options.max_size = intake_config.max_size;
  const char* delay = std::getenv("PATCHMILTER_TEST_INTAKE_DELAY_MS");
  if (delay != nullptr) {
    daemon.delayed =
        std::make_unique<DelayedFiles>(ParseUnsigned(delay).value_or(0));
    options.files = daemon.delayed.get();
  }
  PM_ASSIGN_OR_RETURN(daemon.writer, intake::Writer::Open(options));
  if (daemon.delayed) daemon.delayed->Arm();
  daemon.environment = std::make_unique<milter::Environment>(
      *daemon.writer, daemon.clock,
      std::make_shared<milter::Watch>(daemon.config));
  daemon.environment->max_message = intake_config.max_message;
  daemon.environment->max_buffered =
      std::max(daemon.environment->max_buffered, intake_config.max_message);
  daemon.environment->deadline =
      std::chrono::seconds(daemon.config.milter.deadline);
  PM_ASSIGN_OR_RETURN(daemon.listener,
                      milter::OpenListener(daemon.config.milter));
  daemon.started = daemon.clock.Now();
  return {};
}

int Run(Daemon& daemon) {
  UniqueFd wake;
  Status status = SetUpSignals(&wake);
  if (status.ok()) {
    const SignalsBlocked blocked;
    status = Start(daemon);
    if (status.ok()) {
      std::thread([&daemon] { daemon.StatusLoop(); }).detach();
      std::thread([&daemon] {
        const Status served =
            milter::Serve(daemon.listener, *daemon.environment);
        if (!served.ok()) {
          log::Err(kSubject, "{}", served.error().message);
        }
        Wake(served.ok() ? kServerStopped : kServerEnded);
      }).detach();
    }
  }
  if (!status.ok()) {
    log::Err(kSubject, "{}", status.error().message);
    return EXIT_FAILURE;
  }
  log::Info(kSubject, "listening on {} version={} lists={} intake={}",
            daemon.listener.name, kVersion, daemon.config.lists.size(),
            daemon.config.intake.directory);
  NotifySystemd("READY=1");
  while (true) {
    pollfd waiting{wake.get(), POLLIN, 0};
    if (::poll(&waiting, 1, -1) < 0 && errno != EINTR) return EXIT_FAILURE;
    char what = 0;
    while (::read(wake.get(), &what, 1) == 1) {
      if (what == kReload) {
        daemon.Reload();
        continue;
      }
      const bool ended = what == kServerEnded;
      if (ended) log::Err(kSubject, "libmilter ended by itself");
      daemon.Stop(what == kStop);
      return ended ? EXIT_FAILURE : EXIT_SUCCESS;
    }
  }
}

int Main(int argc, char** argv) {
  CLI::App options(
      "The milter of patchmilter: stores mails of watched lists in the "
      "intake.\nRuns in the foreground; SIGUSR1 reads the configuration again.",
      "patchmilterd");
  std::string config_file(kDefaultConfigFile);
  std::string level = "info";
  bool check = false;
  options.add_option("-c,--config", config_file, "The configuration file")
      ->capture_default_str();
  options
      .add_option("--log-level", level, "What is logged: debug, info, warning")
      ->check(CLI::IsMember({"debug", "info", "warning"}))
      ->capture_default_str();
  options.add_flag("--check", check,
                   "Check the configuration, say what is wrong, and exit");
  options.set_version_flag("--version",
                           fmt::format("patchmilterd {}", kVersion));
  try {
    options.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return options.exit(error) == 0 ? EXIT_SUCCESS : app::kExitBadConfig;
  }
  if (level == "debug") log::SetLevel(log::Level::kDebug);
  if (level == "warning") log::SetLevel(log::Level::kWarning);

  Daemon& daemon = *new Daemon;  // See Daemon.
  daemon.config_file = config_file;
  Result<Config> loaded = LoadConfig(config_file, ConfigUse::kMilter);
  if (!loaded.ok()) {
    fmt::print(stderr, "{}\n", loaded.error().message);
    return app::kExitBadConfig;
  }
  daemon.config = std::move(loaded).value();
  if (check) {
    fmt::print("{}: ok, lists={}\n", config_file, daemon.config.lists.size());
    return EXIT_SUCCESS;
  }
  const int status = Run(daemon);
  std::fflush(nullptr);
  // No destructors: libmilter's threads may still be at work.
  ::_exit(status);
}

}  // namespace
}  // namespace patchmilter

int main(int argc, char** argv) {
  return patchmilter::app::RunMain(
      [&] { return patchmilter::Main(argc, argv); });
}
