// The subcommands of `patchmilter`. Each prints to standard output, says what
// is wrong on standard error, and returns the exit status:
//   0  done (review: no findings)   1  review: there are findings
//   2  it could not be done: the message names file, line and remedy
#ifndef PATCHMILTER_APP_COMMANDS_H_
#define PATCHMILTER_APP_COMMANDS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "app/code_desk.h"
#include "app/model_options.h"
#include "app/question_service.h"
#include "base/config.h"
#include "base/result.h"

namespace patchmilter::app {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFindings = 1;
inline constexpr int kExitFailed = 2;

// Prints `error` for a person and returns kExitFailed.
int Fail(const Error& error);

struct ReviewOptions {
  std::vector<std::string> sources;  // Files, directories; "-" is stdin.
  std::string tree;                  // A git repository; "" for none.
  std::string index;                 // Of `patchmilter index`; "" for none.
  std::string base;                  // A revision in it; "" lets us choose.
  std::vector<std::string> disable_checks;
  std::vector<std::string> enable_checks;
  std::string findings;  // In place of the checks; "-" is stdin, "" none.
  ModelOptions model;
  bool json = false;
};
int RunReview(const ReviewOptions& options);

struct ApplyOptions {
  std::vector<std::string> sources;  // See app/patch_files.h.
  std::string tree;                  // A git repository; required.
  std::string base;  // A revision in it; "" lets the mails decide.
  bool three_way = false;
  bool strip_quoted_cr = false;
  bool json = false;
};
// Returns 0 where they apply, 1 where they do not.
int RunApply(const ApplyOptions& options);

// patchmilter index.
struct IndexOptions {
  std::string tree;                   // A git repository; required.
  std::string index;                  // A directory; required.
  std::vector<std::string> branches;  // None: HEAD.
  std::uint64_t max_mib = 0;          // Of disk; 0: the default.
  bool no_symbols = false;
};
int RunIndex(const IndexOptions& options);

struct ReplayOptions {
  std::string source;
  std::string state;   // Directory of its own; made where it is not there.
  std::string config;  // "" reviews with defaults, for one list.
  std::string list;    // Of the configuration, for all mails of the source.
  bool deliver = false;
  bool no_review = false;
  bool progress = false;    // A line every ten seconds, also off a terminal.
  std::string series_json;  // Where to write the grouping; "" nowhere.
};
int RunReplay(const ReplayOptions& options);

// Where status, list, show and explain look: --state, else the state directory
// of the configuration.
struct StateOptions {
  std::string config{kDefaultConfigFile};
  std::string state;
  bool json = false;
};
int RunStatus(const StateOptions& options);

struct ListOptions {
  StateOptions where;
  std::string state;  // Only series in this state.
  bool failed = false;
  std::int64_t limit = 50;
};
int RunList(const ListOptions& options);

struct ShowOptions {
  StateOptions where;
  std::string series;  // A number, or the Message-ID of one of its mails.
  bool dropped = false;
  bool mails = false;
};
int RunShow(const ShowOptions& options);

int RunExplain(const StateOptions& where, const std::string& message_id);
int RunRetry(const StateOptions& where, const std::string& series);

// patchmilter remember. `source`: app/mail_source.h. With a configuration only
// mails of its identity are taken; a state directory that --state names is made
// where missing.
int RunRemember(const StateOptions& where, const std::string& source);

struct QueryOptions {
  CodeOptions code;
  std::string tool;  // A name of review/tools.
  // What was written for each of its parameters; "true" for a flag.
  std::map<std::string, std::string> arguments;
  std::int64_t lines = 0;  // At most so many; 0 leaves the tool's own bound.
  bool all = false;        // Goes on to the end of the answer.
  bool json = false;
};
// The status is 1 where nothing was found.
int RunQuery(const QueryOptions& options);

struct McpOptions {
  CodeOptions code;
  std::string connect;     // A socket to connect to; "" serves `code`.
  std::string token_file;  // What opens it, where it is a run's of an agent.
  Conversation conversation;
};
int RunMcp(const McpOptions& options);

int RunCheckConfig(const std::string& config, bool dump);
int RunSampleConfig();
int RunChecks(const std::string& name);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_COMMANDS_H_
