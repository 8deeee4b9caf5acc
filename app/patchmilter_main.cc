// patchmilter: the command line. See app/commands.h and patchmilter(1).
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <functional>
#include <iostream>
#include <string>

#include "app/agent_keeper.h"
#include "app/commands.h"
#include "app/parser.h"
#include "app/program.h"
#include "base/config.h"
#include "base/log.h"
#include "base/version.h"
#include "mime/mail.h"
#include "review/tools/tool.h"

namespace patchmilter::app {
namespace {

// What each subcommand fills in, and what runs when it was the one.
struct CommandLine {
  ReviewOptions review;
  ApplyOptions apply;
  IndexOptions index;
  ReplayOptions replay;
  StateOptions status;
  ListOptions list;
  ShowOptions show;
  StateOptions explain;
  std::string explain_id;
  StateOptions retry;
  std::string retry_series;
  StateOptions remember;
  std::string remember_source;
  QueryOptions query;
  McpOptions mcp;
  std::string check_config{kDefaultConfigFile};
  bool dump_config = false;
  bool sample_config = false;
  std::string check_name;
  bool debug = false;
  std::function<int()> run;
};

void AddStateOptions(CLI::App* command, StateOptions* options) {
  command
      ->add_option("-c,--config", options->config,
                   "Configuration that names the state directory")
      ->capture_default_str();
  command->add_option("--state", options->state,
                      "State directory itself (no configuration is read)");
  command->add_flag("--json", options->json, "Print JSON");
}

void AddModel(CLI::App* command, ModelOptions* options) {
  constexpr char kGroup[] = "Review by a language model";
  const auto add = [&](const char* name, std::string* value, const char* help) {
    return command->add_option(name, *value, help)->group(kGroup);
  };
  add("--model", &options->model,
      "Name of a [[model]] in the configuration, or the URL of a server")
      ->type_name("NAME|URL");
  add("-c,--config", &options->config, "Configuration that has the [[model]]")
      ->capture_default_str();
  add("--api", &options->api, "With a URL: what is spoken there")
      ->check(CLI::IsMember({"anthropic", "responses", "chat", "gemini"}))
      ->default_str("chat");
  add("--dialect", &options->dialect, "With --api chat: which server it is")
      ->check(
          CLI::IsMember({"openai", "vllm", "llamacpp", "ollama", "openrouter"}))
      ->default_str("openai");
  add("--model-name", &options->model_name,
      "With a URL: the model, as the server names it");
  add("--key-file", &options->key_file, "With a URL: file with the API key");
  add("--effort", &options->effort,
      "With a URL: how hard it thinks, as the server has it (low, high, none)");
  add("--prompts", &options->prompts, "What the model is told to look for")
      ->check(CLI::IsMember({"kernel", "drm", "generic-c"}));
  add("--budget", &options->budget,
      "With a NAME: US dollars for each series, by its prices")
      ->type_name("USD");
  command
      ->add_flag("--once", options->once,
                 "Do not read a second time what nothing was said of")
      ->group(kGroup);
  add("--record", &options->record,
      "Directory to write all that is sent and answered to");
  add("--replay", &options->replay,
      "Directory of --record to answer from; nothing is sent");
}

void AddReview(CLI::App* cli, CommandLine* line) {
  CLI::App* command = cli->add_subcommand(
      "review", "Review patches before they are sent, and print the reviews");
  ReviewOptions* options = &line->review;
  command
      ->add_option("FILE", options->sources,
                   "mbox, directory of mails, or - for standard input (as in "
                   "'git format-patch --stdout main | patchmilter review -')")
      ->required();
  command->add_option("--tree", options->tree,
                      "git repository that the patches are applied to");
  command->add_option("--index", options->index,
                      "Its index (see 'patchmilter index'): makes a model's "
                      "searches fast");
  command->add_option("--base", options->base,
                      "Commit, branch or tag of the tree to apply them to");
  command->add_option("--disable", options->disable_checks,
                      "Check not to run (see 'patchmilter checks')");
  command->add_option("--enable", options->enable_checks,
                      "Check to run that is off by default");
  command
      ->add_option("--findings", options->findings,
                   "JSON of findings from elsewhere (docs/"
                   "findings.schema.json), or -: the mails that they would "
                   "become, in place of the checks'; with --json what became "
                   "of each")
      ->type_name("FILE");
  AddModel(command, &options->model);
  command->add_flag("--json", options->json, "Print findings as JSON");
  command->footer(
      "Exit status: 0 no findings, 1 findings, 2 not (wholly) reviewed.");
  command->callback(
      [line] { line->run = [line] { return RunReview(line->review); }; });
}

void AddApply(CLI::App* cli, CommandLine* line) {
  CLI::App* command = cli->add_subcommand(
      "apply", "Say whether patches apply to a git repository; change nothing");
  ApplyOptions* options = &line->apply;
  command
      ->add_option("FILE", options->sources,
                   "mboxes or directories of mails, patches, a directory with "
                   "a quilt series, or - for standard input")
      ->required();
  command
      ->add_option("--tree", options->tree,
                   "git repository that the patches are applied to")
      ->required();
  command->add_option("--base", options->base,
                      "Commit, branch or tag of the tree to apply them to");
  command->add_flag("--3way", options->three_way,
                    "Where a patch does not apply, merge it by the versions "
                    "that its index lines name, as 'git am -3' does");
  command
      ->add_option_function<std::string>(
          "--quoted-cr",
          [options](const std::string& action) {
            options->strip_quoted_cr = action == "strip";
          },
          "CRs at the ends of lines inside base64 or quoted-printable: keep "
          "(as 'git am' does unless told otherwise) or strip (as a review "
          "does)")
      ->check(CLI::IsMember({"keep", "strip"}));
  command->add_flag("--json", options->json, "Print JSON");
  command->footer("Exit status: 0 applies, 1 does not apply, 2 not tried.");
  command->callback(
      [line] { line->run = [line] { return RunApply(line->apply); }; });
}

void AddIndex(CLI::App* cli, CommandLine* line) {
  CLI::App* command = cli->add_subcommand(
      "index",
      "Make or update the index that makes searches of a git repository fast");
  IndexOptions* options = &line->index;
  command->add_option("--tree", options->tree, "git repository; only read")
      ->required();
  command
      ->add_option("--index", options->index,
                   "Directory of the index; made where missing, and may be "
                   "deleted at any time")
      ->required();
  command->add_option("--branch", options->branches,
                      "Branch whose files are indexed (default: HEAD)");
  command->add_option("--max-mib", options->max_mib,
                      "Most that it may take on disk, in MiB");
  command->add_flag("--no-symbols", options->no_symbols,
                    "Do not run ctags: no definitions are found");
  command->callback(
      [line] { line->run = [line] { return RunIndex(line->index); }; });
}

void AddReplay(CLI::App* cli, CommandLine* line) {
  CLI::App* command = cli->add_subcommand(
      "replay", "Feed old mails through the whole way, in a state of its own");
  ReplayOptions* options = &line->replay;
  command
      ->add_option("SOURCE", options->source,
                   "mbox, Maildir, directory or tar of mails (also packed), "
                   "public-inbox, or - for standard input")
      ->required();
  command
      ->add_option("--state", options->state,
                   "State directory of this replay; made where missing")
      ->required();
  command->add_option("-c,--config", options->config,
                      "Configuration (needed for --deliver)");
  command->add_option("--list", options->list,
                      "Name of the configured list that the mails belong to");
  command->add_flag("--deliver", options->deliver,
                    "Send the review mails; without it nothing ever leaves");
  command->add_flag("--no-review", options->no_review, "Group only");
  command->add_flag("--progress", options->progress,
                    "A line every ten seconds where there is no terminal");
  command->add_option("--series-json", options->series_json,
                      "Write the grouping to this file");
  command->callback(
      [line] { line->run = [line] { return RunReplay(line->replay); }; });
}

void AddStateCommands(CLI::App* cli, CommandLine* line) {
  CLI::App* status = cli->add_subcommand(
      "status", "How much has come in, is waiting, and has gone out");
  AddStateOptions(status, &line->status);
  status->callback(
      [line] { line->run = [line] { return RunStatus(line->status); }; });

  CLI::App* list = cli->add_subcommand("list", "The series, newest first");
  AddStateOptions(list, &line->list.where);
  list->add_option("--in", line->list.state,
                   "Only those in this state: waiting, queued, reviewed, "
                   "grouped, superseded, failed");
  list->add_flag("--failed", line->list.failed,
                 "What was set aside (reviews, mails), with the reason");
  list->add_option("-n,--limit", line->list.limit, "At most so many")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  list->callback(
      [line] { line->run = [line] { return RunList(line->list); }; });

  CLI::App* show = cli->add_subcommand(
      "show", "One series: its mails, reviews, findings, and what was sent");
  AddStateOptions(show, &line->show.where);
  show->add_option("SERIES", line->show.series,
                   "Its number, or the Message-ID of one of its mails")
      ->required();
  show->add_flag("--dropped", line->show.dropped,
                 "Also the findings that fell at a gate, and why");
  show->add_flag("--mails", line->show.mails, "Also the review mails whole");
  show->callback(
      [line] { line->run = [line] { return RunShow(line->show); }; });

  CLI::App* explain = cli->add_subcommand(
      "explain", "Why a mail stands in the series in which it stands");
  AddStateOptions(explain, &line->explain);
  explain->add_option("MESSAGE-ID", line->explain_id, "Of the mail")
      ->required();
  explain->callback([line] {
    line->run = [line] { return RunExplain(line->explain, line->explain_id); };
  });

  CLI::App* retry =
      cli->add_subcommand("retry", "Queue a review again that was set aside");
  AddStateOptions(retry, &line->retry);
  retry
      ->add_option("SERIES", line->retry_series,
                   "Its number, or the Message-ID of one of its mails")
      ->required();
  retry->callback([line] {
    line->run = [line] { return RunRetry(line->retry, line->retry_series); };
  });

  CLI::App* remember = cli->add_subcommand(
      "remember",
      "Take from an archive what its review mails told, so that the next "
      "revisions are not told it again");
  AddStateOptions(remember, &line->remember);
  remember
      ->add_option("SOURCE", line->remember_source,
                   "The review list's public-inbox, or any source of 'replay'")
      ->required();
  remember->callback([line] {
    line->run = [line] {
      return RunRemember(line->remember, line->remember_source);
    };
  });
}

void AddCodeOptions(CLI::App* command, CodeOptions* options) {
  command->add_option("--tree", options->tree, "git repository to ask");
  command
      ->add_option("--series", options->series,
                   "Mails of a series: it is applied in memory, and the code "
                   "can be asked for as it is after each patch")
      ->type_name("FILE");
  command->add_option("--base", options->base,
                      "Commit, branch or tag that is asked about");
  command->add_option("--index", options->index,
                      "Directory that 'patchmilter index' has made");
  command->add_flag("--history-limit", options->history_limit,
                    "See nothing that the base's history does not hold");
}

// "read_file" as a person writes it: "read-file".
std::string CommandName(std::string_view tool) {
  std::string name(tool);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

void AddToolParameters(CLI::App* command, const review::Tool& tool,
                       QueryOptions* options) {
  for (const review::Parameter& parameter : tool.parameters) {
    const std::string key(parameter.name);
    const std::string flag = "--" + CommandName(parameter.name);
    const std::string help(parameter.help);
    if (parameter.type == review::Parameter::Type::kBoolean) {
      command->add_flag_callback(
          flag, [options, key] { options->arguments[key] = "true"; }, help);
      continue;
    }
    std::string name = flag;
    if (parameter.name == tool.operand) name += "," + key;
    CLI::Option* option = command->add_option_function<std::string>(
        name,
        [options, key](const std::string& value) {
          options->arguments[key] = value;
        },
        help);
    option->type_name(
        parameter.type == review::Parameter::Type::kInteger ? "N" : "TEXT");
    if (parameter.required) option->required();
  }
}

void AddQuery(CLI::App* cli, CommandLine* line) {
  CLI::App* query = cli->add_subcommand(
      "query", "Ask a git repository about code, without a checkout");
  query->require_subcommand(1);
  query->fallthrough();
  QueryOptions* options = &line->query;
  AddCodeOptions(query, &options->code);
  query->add_option("-n,--lines", options->lines, "At most so many lines")
      ->check(CLI::Range(1, 1'000'000'000));
  query->add_flag("--all", options->all, "The whole answer, however long");
  query->add_flag("--json", options->json, "Print JSON");
  query->footer("Exit status: 0 found, 1 nothing found, 2 not asked.");
  for (const review::Tool& tool : review::AllTools()) {
    CLI::App* command = query->add_subcommand(CommandName(tool.name),
                                              std::string(tool.description));
    AddToolParameters(command, tool, options);
    command->callback([line, options, name = std::string(tool.name)] {
      options->tool = name;
      line->run = [options] { return RunQuery(*options); };
    });
  }
}

void AddMcp(CLI::App* cli, CommandLine* line) {
  CLI::App* command = cli->add_subcommand(
      "mcp",
      "Serve such questions to a model's tools (Model Context Protocol), on "
      "standard input and output");
  McpOptions* options = &line->mcp;
  AddCodeOptions(command, &options->code);
  CLI::Option* connect =
      command
          ->add_option("--connect", options->connect,
                       "Ask a running patchmilter-reviewd (questions.socket)")
          ->type_name("SOCKET");
  CLI::Option* number =
      command
          ->add_option("--series-id", options->conversation.series,
                       "With --connect: the number of the series, as "
                       "'patchmilter list' shows it")
          ->check(CLI::Range(std::int64_t{1}, INT64_MAX))
          ->needs(connect);
  command
      ->add_option("--tree-name", options->conversation.tree,
                   "With --connect: the name of a configured tree, in place of "
                   "a series")
      ->needs(connect)
      ->excludes(number);
  command
      ->add_option("--token-file", options->token_file,
                   "With --connect: the socket is that of an agent's run, "
                   "which this file opens (agents are started with it)")
      ->type_name("FILE")
      ->needs(connect)
      ->excludes(number);
  command->callback([line, options] {
    options->conversation.history_limit = options->code.history_limit;
    line->run = [options] { return RunMcp(*options); };
  });
}

void AddSiteCommands(CLI::App* cli, CommandLine* line) {
  CLI::App* check = cli->add_subcommand(
      "check-config", "Read the configuration and say all that is wrong");
  check->add_option("-c,--config,FILE", line->check_config, "Configuration")
      ->capture_default_str();
  check->add_flag("--dump", line->dump_config,
                  "Print it as it is in force, every setting with its value");
  check->add_flag("--sample", line->sample_config,
                  "Print a commented sample instead");
  check->callback([line] {
    line->run = [line] {
      return line->sample_config
                 ? RunSampleConfig()
                 : RunCheckConfig(line->check_config, line->dump_config);
    };
  });

  CLI::App* checks = cli->add_subcommand(
      "checks", "The checks of the checks engine, or the manual of one");
  checks->add_option("NAME", line->check_name, "Of a check");
  checks->callback(
      [line] { line->run = [line] { return RunChecks(line->check_name); }; });
}

int Main(int argc, char** argv) {
  CommandLine line;
  CLI::App cli("Reviews of patch series, made at a list mirror's mail server.",
               "patchmilter");
  cli.set_version_flag("--version", kVersion);
  cli.add_flag("--debug", line.debug, "Log more, to standard error");
  cli.require_subcommand(1);
  AddReview(&cli, &line);
  AddApply(&cli, &line);
  AddIndex(&cli, &line);
  AddReplay(&cli, &line);
  AddStateCommands(&cli, &line);
  AddQuery(&cli, &line);
  AddMcp(&cli, &line);
  AddSiteCommands(&cli, &line);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = cli.exit(error);
    return status == 0 ? kExitDone : kExitFailed;
  }
  // A reader that has seen enough ("| head") ends us quietly, whatever the
  // process that started us does with this signal.
  std::signal(SIGPIPE, SIG_DFL);
  // At a desk the log is noise: what matters is printed.
  log::WithoutPriorities();
  log::SetLevel(line.debug ? log::Level::kDebug : log::Level::kWarning);
  mime::InitMime();
  const int status = line.run();
  std::cout.flush();
  if (std::fflush(stdout) != 0 || !std::cout) {
    return Fail(Permanent("standard output could not be written"));
  }
  return status;
}

}  // namespace
}  // namespace patchmilter::app

int main(int argc, char** argv) {
  using patchmilter::app::kAgentKeeperArgument;
  using patchmilter::app::kParseWorkerArgument;
  if (argc == 2 && argv[1] == kAgentKeeperArgument) {
    return patchmilter::app::AgentKeeperMain();
  }
  if (argc == 3 && argv[1] == kParseWorkerArgument) {
    return patchmilter::app::ParseWorkerMain(argv[2]);
  }
  return patchmilter::app::RunMain(
      [&] { return patchmilter::app::Main(argc, argv); });
}
