// The site's configuration: one TOML file, read whole, checked whole.
//
// One table (base/config_table.cc) holds each setting's name, type, default,
// range and help; the parser, `--dump-config`, `check-config`, the sample file
// and the man page are all made from it. An unknown name is an error with file,
// line and the nearest known name; a value of the wrong type or out of range is
// an error with file, line and what would be right. Secrets never stand in the
// file: it names files that hold them.
//
// Durations are written "2s", "15min", "12h", "3d" (or a bare number of
// seconds), sizes "64MiB", "10kB" (or a bare number of bytes).
//
// Threads: a Config is a value; loading it touches nothing else.
// Tested in tests/base/config_test.cc.
#ifndef PATCHMILTER_BASE_CONFIG_H_
#define PATCHMILTER_BASE_CONFIG_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace patchmilter {

// [milter]: how the MTA reaches patchmilterd.
struct MilterConfig {
  std::string socket = "unix:/run/patchmilter/milter.sock";
  std::string socket_mode = "0660";  // Of a unix: socket.
  std::string socket_group;          // Of a unix: socket; "" leaves it.
  Seconds deadline = 2;              // From end of message to the answer.

  bool operator==(const MilterConfig&) const = default;
};

// [intake]: the durable hand-over from patchmilterd to patchmilter-reviewd.
struct IntakeConfig {
  std::string directory = "/var/lib/patchmilter/intake";
  std::uint64_t segment_size = 64ULL << 20;
  std::uint64_t max_size = 8ULL << 30;       // Of all segments together.
  std::uint64_t max_message = 128ULL << 20;  // A larger mail is cut, marked.

  bool operator==(const IntakeConfig&) const = default;
};

// [state]: where patchmilter-reviewd keeps state.db.
struct StateConfig {
  std::string directory = "/var/lib/patchmilter/state";

  bool operator==(const StateConfig&) const = default;
};

// [identity]: who the review mails are from.
struct IdentityConfig {
  std::string from;          // "Name <addr>": required where mail is sent.
  std::string bounce;        // Envelope sender: required where mail is sent.
  std::string reply_to;      // "" leaves the header out.
  std::string domain;        // Of our Message-IDs; "" takes that of `from`.
  std::string opt_out_hint;  // One line for the footer: how to opt out.

  bool operator==(const IdentityConfig&) const = default;
};

// [smtp]: where review mails go.
struct SmtpConfig {
  std::string url = "smtp://127.0.0.1:25";  // smtp:// or smtps://
  std::string user;
  std::string password_file;
  Seconds timeout = 60;        // For one mail.
  Seconds retry_for = 432000;  // After that a mail is set aside.

  bool operator==(const SmtpConfig&) const = default;
};

// [review]: what is reviewed, and when.
struct ReviewConfig {
  std::string engine = "checks";   // checks, model
  std::string model;               // The [[model]] that reviews.
  std::string verifier;            // That checks its findings; "": the same.
  std::string prompts = "kernel";  // kernel, drm, generic-c
  bool second_pass = true;    // Again without messages, where all was silence.
  bool hide_authors = true;   // Models are told roles, no names.
  std::int64_t parallel = 2;  // Reviews at once.
  Seconds max_age = 259200;   // Older mail is grouped, never reviewed.
  Seconds settle = 60;        // After the last part of a complete series.
  Seconds wait = 7200;        // For missing parts, after the newest mail.
  std::int64_t max_attempts = 3;  // Then a job is set aside.
  std::int64_t max_findings_per_patch = 5;
  std::int64_t max_mail_lines = 150;
  std::int64_t max_patches = 200;  // A larger series is grouped only.
  std::int64_t max_reviews_per_day = 500;
  std::string min_severity = "low";   // low, medium, high, critical
  std::int64_t min_confidence = 50;   // Percent, of what an engine gives.
  std::string pre_existing = "drop";  // drop, mail
  std::vector<std::string> opt_out;   // Authors never reviewed.
  bool stable = false;                // Stable review and AUTOSEL series, too.
  bool enabled = true;                // The kill switch.

  bool operator==(const ReviewConfig&) const = default;
};

// An amount of money in millionths of a US dollar.
using MicroDollars = std::int64_t;

// [[model]]: a language model, or a program that reviews with one.
struct ModelConfig {
  std::string name = {};
  std::string api = "anthropic";  // anthropic, responses, chat, gemini, command
  std::string dialect = "openai";  // Of chat: whose peculiarities it has.
  std::string url = {};            // "" is the provider's own.
  std::string model = {};          // As the provider names it.
  std::string key_file = {};       // Path, or "credential:NAME"; "" for no key.
  std::string effort = {};         // "" leaves it to the provider.
  std::string service_tier = {};   // Likewise.
  bool long_cache = false;
  std::int64_t window = 200'000;     // Tokens: prompt and answer.
  std::int64_t max_output = 32'000;  // Tokens of one answer.
  std::int64_t parallel = 8;         // Conversations at once, of all reviews.
  Seconds stall_timeout = 180;
  Seconds timeout = 1200;    // Of one answer.
  Seconds retry_for = 7200;  // Then a request is given up.
  // The price table: of a million tokens.
  MicroDollars price_input = 0;
  MicroDollars price_cache_read = 0;
  MicroDollars price_cache_write = 0;
  MicroDollars price_output = 0;
  // A prompt of more tokens costs more; 0 for none. No conversation is planned
  // beyond it.
  std::int64_t price_cliff = 0;
  std::int64_t price_cliff_percent = 200;
  // Of api "command":
  std::vector<std::string> command = {};      // The program and its arguments.
  std::vector<std::string> environment = {};  // "NAME=value", for it alone.
  std::string agent_socket = {};     // Of the patchmilter-agentd that runs it.
  std::string credential_file = {};  // All that it gets of secrets.
  std::string credential_name = {};  // Where, below its HOME.

  bool operator==(const ModelConfig&) const = default;
};

// [agent]: patchmilter-agentd, which runs the commands of models.
struct AgentConfig {
  std::string socket = "/run/patchmilter-agent/agent.sock";
  std::string client;         // The user who may ask; "" is its own.
  std::int64_t parallel = 8;  // Runs at once.

  bool operator==(const AgentConfig&) const = default;
};

// [budget]: what models may cost. 0 money: nothing that costs may be asked.
struct BudgetConfig {
  std::int64_t turns = 60;          // Of one conversation.
  Seconds time = 3600;              // Of one conversation.
  std::int64_t tokens = 3'000'000;  // Of one conversation, cached included.
  Seconds review_time = 14400;      // Of one review.
  std::int64_t review_tokens = 40'000'000;
  MicroDollars review = 10'000'000;
  MicroDollars author_day = 20'000'000;
  MicroDollars list_day = 50'000'000;
  MicroDollars day = 100'000'000;
  MicroDollars month = 1'000'000'000;
  std::int64_t soft_percent = 80;  // Then a model is told to finish.
  std::string stop_file;  // While it is there nothing is asked; see help.

  bool operator==(const BudgetConfig&) const = default;
};

// [prompts]: what models are told, where it is not what is built in.
struct PromptsConfig {
  std::string directory;  // A checkout of review prompts; "" for none.
  std::string commit;     // Of it, whole.
  std::string overlay;    // A site's own words; "" for none.

  bool operator==(const PromptsConfig&) const = default;
};

// [questions]: what may ask the review daemon about code.
struct QuestionsConfig {
  std::string socket;                     // "" for none.
  std::int64_t max_calls = 5'000;         // About one series, or one tree.
  std::uint64_t max_bytes = 64ULL << 20;  // Of answers, likewise.

  bool operator==(const QuestionsConfig&) const = default;
};

// [[destination]]: where a list's reviews go.
struct DestinationConfig {
  enum class Kind { kArchive, kList };
  std::string name;
  Kind kind = Kind::kArchive;  // "archive": originals and reviews; "list".
  std::string address;         // The one recipient.
  std::string list_id;         // Of the review list: "reviews.example.org".
  std::string archive_url;     // Base of links to it; "" for none.

  bool operator==(const DestinationConfig&) const = default;
};

// [[tree]]: a git repository that reviews may look into.
struct TreeConfig {
  std::string name;
  std::string path;                   // Opened exactly there, as bare.
  std::vector<std::string> branches;  // "" is HEAD; in any order.
  std::string index = {};             // Directory of its index; "" for none.

  bool operator==(const TreeConfig&) const = default;
};

// [[list]]: a watched list, in order: the first that matches has the mail.
struct ListConfig {
  std::string name;
  std::vector<std::string> list_id;     // Any of them, without <>.
  std::vector<std::string> recipients;  // Envelope recipients.
  std::vector<std::string> addresses;   // In To or Cc.
  std::vector<std::string> destinations;
  std::vector<std::string> trees;
  std::vector<std::string> disable_checks;
  std::vector<std::string> enable_checks;
  // What is "" or -1 takes the setting of that name in [review].
  std::string min_severity;
  std::int64_t min_confidence = -1;
  std::int64_t max_findings_per_patch = -1;
  std::string pre_existing;
  std::string engine = {};
  std::string model = {};
  std::string prompts = {};

  bool operator==(const ListConfig&) const = default;
};

struct Config {
  std::string file;  // Where it came from; "" for defaults.
  MilterConfig milter;
  IntakeConfig intake;
  StateConfig state;
  IdentityConfig identity;
  SmtpConfig smtp;
  ReviewConfig review;
  AgentConfig agent;
  BudgetConfig budget;
  PromptsConfig prompts;
  QuestionsConfig questions;
  std::vector<ModelConfig> models;
  std::vector<DestinationConfig> destinations;
  std::vector<TreeConfig> trees;
  std::vector<ListConfig> lists;

  const DestinationConfig* FindDestination(std::string_view name) const;
  const TreeConfig* FindTree(std::string_view name) const;
  const ModelConfig* FindModel(std::string_view name) const;
  const ListConfig* FindList(std::string_view name) const;

  bool operator==(const Config&) const = default;
};

// Whoever starts says what it needs: a milter needs no identity, what runs
// agents no lists.
enum class ConfigUse { kMilter, kReview, kBoth, kAgent };

// Reads and checks `path`. The error's message holds every fault found, one
// a line, "file:line:column: what is wrong; what would be right".
Result<Config> LoadConfig(const std::string& path, ConfigUse use);
// The same from a text; `name` stands for the file's in messages.
Result<Config> ParseConfig(std::string_view toml, const std::string& name,
                           ConfigUse use);

// The configuration in force as TOML, every setting with its value; parsing
// it again gives the same Config.
std::string DumpConfig(const Config& config);
// A commented sample with every setting, its help, range and default.
std::string SampleConfig();
// The settings as the body of a man page's section (mdoc .It entries).
std::string ConfigManual();

// What stands after the last @ of an address, in lower case; "" for none.
std::string DomainOf(std::string_view address);

// "2s", "15min", "3d", "90". kInvalidInput says what is accepted.
Result<Seconds> ParseDuration(std::string_view text);
// "64MiB", "10kB", "4096".
Result<std::uint64_t> ParseSize(std::string_view text);
// "2.50", "10": dollars, with six digits behind the point at most.
Result<MicroDollars> ParseMoney(std::string_view text);

inline constexpr std::string_view kDefaultConfigFile =
    "/etc/patchmilter/patchmilter.toml";

}  // namespace patchmilter

#endif  // PATCHMILTER_BASE_CONFIG_H_
