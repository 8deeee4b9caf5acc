// patchmilter-agentd: runs agents as a user of its own. See app/agentd.h and
// patchmilter-agentd(8).
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <string>
#include <thread>

#include "app/agent_keeper.h"
#include "app/agentd.h"
#include "app/program.h"
#include "base/config.h"
#include "base/log.h"
#include "base/version.h"

namespace patchmilter::app {
namespace {

constexpr char kAgentdConfigFile[] = "/etc/patchmilter/agentd.toml";

struct Options {
  std::string config{kAgentdConfigFile};
  bool check = false;
  std::string log_level = "info";
};

int RunUntilSignal(AgentDaemon* daemon) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR2}) {
    sigaddset(&signals, signal);
  }
  // Before any thread starts, so that all inherit it.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread waiter([daemon, signals] {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0 || signal == SIGUSR2) return;
    log::Info("agentd", "stopping signal={}", signal);
    daemon->Stop();
  });
  const Status status = daemon->Run();
  // It has ended by itself: USR2 wakes the waiter.
  ::pthread_kill(waiter.native_handle(), SIGUSR2);
  waiter.join();
  if (!status.ok()) {
    log::Err("agentd", "{}", status.error().message);
    return 1;
  }
  log::Info("agentd", "stopped");
  return 0;
}

int Main(const Options& options) {
  // What we run is of our user: it must not look into us.
  ::prctl(PR_SET_DUMPABLE, 0);
  std::signal(SIGPIPE, SIG_IGN);
  if (options.log_level == "debug") log::SetLevel(log::Level::kDebug);
  if (options.log_level == "warning") log::SetLevel(log::Level::kWarning);
  const Result<Config> config = LoadConfig(options.config, ConfigUse::kAgent);
  if (!config.ok()) {
    std::cerr << config.error().message << '\n';
    return kExitBadConfig;
  }
  if (options.check) {
    const std::vector<std::string> missing = AgentDaemon::Missing(*config);
    for (const std::string& fault : missing) {
      std::cerr << options.config << ": " << fault << '\n';
    }
    return missing.empty() ? 0 : kExitBadConfig;
  }
  auto daemon = AgentDaemon::Open(*config);
  if (!daemon.ok()) {
    std::cerr << "patchmilter-agentd: " << daemon.error().message << '\n';
    return 1;
  }
  log::Info("agentd", "started version={} socket={}", kVersion,
            config->agent.socket);
  return RunUntilSignal(daemon->get());
}

int ParseAndRun(int argc, char** argv) {
  Options options;
  CLI::App cli(
      "Runs the agents of the configuration for patchmilter-reviewd, as a user "
      "of its\nown. Runs in the foreground.",
      "patchmilter-agentd");
  cli.set_version_flag("--version", kVersion);
  cli.add_option("-c,--config", options.config, "Configuration file")
      ->capture_default_str();
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
  using patchmilter::app::kAgentKeeperArgument;
  if (argc == 2 && argv[1] == kAgentKeeperArgument) {
    return patchmilter::app::AgentKeeperMain();
  }
  return patchmilter::app::RunMain(
      [&] { return patchmilter::app::ParseAndRun(argc, argv); });
}
