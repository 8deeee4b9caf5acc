// patchmilter-reviewd: everything after the intake. See app/reviewd.h and
// patchmilter-reviewd(8).
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "app/agent_keeper.h"
#include "app/parser.h"
#include "app/program.h"
#include "app/reviewd.h"
#include "app/site_check.h"
#include "base/config.h"
#include "base/log.h"
#include "base/version.h"

namespace patchmilter::app {
namespace {

constexpr int kLargeBlock = 128 << 10;

struct Options {
  std::string config{kDefaultConfigFile};
  bool once = false;
  bool check = false;
  std::string log_level = "info";
};

// TERM and INT stop the daemon; HUP does nothing (a changed configuration
// needs a restart, which loses nothing).
int RunUntilSignal(Reviewd* daemon) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR2}) {
    sigaddset(&signals, signal);
  }
  // Before any thread starts, so that all inherit it.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread waiter([daemon, signals] {
    int signal = 0;
    while (sigwait(&signals, &signal) == 0) {
      if (signal == SIGHUP) {
        log::Info("reviewd", "HUP: restart to read a changed configuration");
        continue;
      }
      if (signal != SIGUSR2) log::Info("reviewd", "stopping signal={}", signal);
      daemon->Stop();
      return;
    }
  });
  const Status status = daemon->Run();
  // The daemon has ended by itself: USR2 wakes the waiter.
  ::pthread_kill(waiter.native_handle(), SIGUSR2);
  waiter.join();
  if (!status.ok()) {
    log::Err("reviewd", "{}", status.error().message);
    return 1;
  }
  log::Info("reviewd", "stopped");
  return 0;
}

int Main(const Options& options) {
  if (options.log_level == "debug") log::SetLevel(log::Level::kDebug);
  if (options.log_level == "warning") log::SetLevel(log::Level::kWarning);
  const Result<Config> config = LoadConfig(options.config, ConfigUse::kReview);
  if (!config.ok()) {
    std::cerr << config.error().message << '\n';
    return kExitBadConfig;
  }
  // A tree that is not there now may come back: it stops the check alone.
  const std::vector<std::string> faults =
      options.check ? SiteFaults(*config) : NameFaults(*config);
  for (const std::string& fault : faults) {
    std::cerr << options.config << ": " << fault << '\n';
  }
  if (!faults.empty()) return kExitBadConfig;
  if (options.check) return 0;
  // What a search or a large mail took goes back to the system: else each of
  // many threads keeps the most that it ever had.
  ::mallopt(M_MMAP_THRESHOLD, kLargeBlock);
  auto daemon = Reviewd::Open(*config);
  if (!daemon.ok()) {
    std::cerr << "patchmilter-reviewd: " << daemon.error().message << '\n';
    return 1;
  }
  log::Info("reviewd", "started version={} engine={} lists={}", kVersion,
            config->review.engine, config->lists.size());
  if (!options.once) return RunUntilSignal(daemon->get());
  const Status status = (*daemon)->RunUntilIdle();
  if (!status.ok()) {
    log::Err("reviewd", "{}", status.error().message);
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace patchmilter::app

namespace patchmilter::app {
namespace {

int ParseAndRun(int argc, char** argv) {
  if (argc == 3 && argv[1] == kParseWorkerArgument) {
    return ParseWorkerMain(argv[2]);
  }
  if (argc == 2 && argv[1] == kAgentKeeperArgument) return AgentKeeperMain();
  Options options;
  CLI::App cli(
      "Groups the mails that patchmilterd has taken in, reviews each patch "
      "series,\nand mails the reviews to the configured review list. Runs in "
      "the foreground.",
      "patchmilter-reviewd");
  cli.set_version_flag("--version", kVersion);
  cli.add_option("-c,--config", options.config, "Configuration file")
      ->capture_default_str();
  cli.add_flag("--once", options.once, "Work until nothing is due, then exit");
  cli.add_flag("--check", options.check,
               "Check the configuration and exit (status 2: it has faults)");
  cli.add_option("--log-level", options.log_level,
                 "What is logged: debug, info, warning")
      ->check(CLI::IsMember({"debug", "info", "warning"}))
      ->capture_default_str();
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : kExitBadConfig;
  }
  return Main(options);
}

}  // namespace
}  // namespace patchmilter::app

int main(int argc, char** argv) {
  return patchmilter::app::RunMain(
      [&] { return patchmilter::app::ParseAndRun(argc, argv); });
}
