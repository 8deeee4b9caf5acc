// The sections of models, what they may cost and what they are told: see
// config_table.h.
#include "base/config_sections.h"

namespace patchmilter::config {
namespace {

constexpr std::int64_t kDollar = 1'000'000;
constexpr std::int64_t kMostMoney = 1'000'000 * kDollar;
constexpr std::int64_t kMostTokens = 1'000'000'000'000;

}  // namespace

Section ModelSection() {
  return {
      "model",
      true,
      "A language model that reviews, or a program that reviews with one. Its "
      "prices are what budgets are counted with.",
      {
          Of<&ModelConfig::name>({
              .name = "name",
              .form = Form::kName,
              .help = "How review.model and a [[list]] refer to it.",
              .example = R"("main")",
              .required = true,
          }),
          Of<&ModelConfig::api>({
              .name = "api",
              .form = Form::kChoice,
              .help = "How it is spoken to: Anthropic's Messages, OpenAI's "
                      "Responses, chat completions as many servers speak them "
                      "(vLLM, llama.cpp, Ollama, OpenRouter), Google's Gemini; "
                      "or \"command\", a program.",
              .choices = {"anthropic", "responses", "chat", "gemini",
                          "command"},
          }),
          Of<&ModelConfig::dialect>({
              .name = "dialect",
              .form = Form::kChoice,
              .help = "Of api \"chat\": which server it is.",
              .choices = {"openai", "vllm", "llamacpp", "ollama", "openrouter"},
          }),
          Of<&ModelConfig::url>({
              .name = "url",
              .form = Form::kWebUrl,
              .help = "Where it is, without the path of the API (/v1/…). "
                      "Empty is the provider's own; \"chat\" has none.",
              .example = R"("http://127.0.0.1:8080")",
          }),
          Of<&ModelConfig::model>({
              .name = "model",
              .form = Form::kLine,
              .help = "As its provider names it.",
              .example = R"("reviewer-large")",
          }),
          Of<&ModelConfig::key_file>({
              .name = "key_file",
              .form = Form::kSecretFile,
              .help = "A file that holds the API key and that others cannot "
                      "read; or \"credential:NAME\", a credential of the "
                      "unit. Empty: no key is sent.",
          }),
          Of<&ModelConfig::effort>({
              .name = "effort",
              .form = Form::kLine,
              .help = "How hard it thinks (\"low\", \"medium\", \"high\"), "
                      "where its API has that. Empty leaves it.",
          }),
          Of<&ModelConfig::service_tier>({
              .name = "service_tier",
              .form = Form::kLine,
              .help = "As its API has it (\"flex\"). Empty leaves it.",
          }),
          Of<&ModelConfig::long_cache>({
              .name = "long_cache",
              .form = Form::kBool,
              .help = "Anthropic: caches that last for an hour, where turns "
                      "take long.",
          }),
          Of<&ModelConfig::window>({
              .name = "window",
              .form = Form::kInteger,
              .help = "Tokens that it holds, prompt and answer.",
              .min = 8'000,
              .max = 100'000'000,
          }),
          Of<&ModelConfig::max_output>({
              .name = "max_output",
              .form = Form::kInteger,
              .help = "Tokens of one answer, thinking included.",
              .min = 1'000,
              .max = 10'000'000,
          }),
          Of<&ModelConfig::parallel>({
              .name = "parallel",
              .form = Form::kInteger,
              .help = "Conversations at once, of all reviews together.",
              .min = 1,
              .max = 1'000,
          }),
          Of<&ModelConfig::stall_timeout>({
              .name = "stall_timeout",
              .form = Form::kDuration,
              .help = "An answer that has sent nothing for so long is broken "
                      "off.",
              .min = 1,
              .max = 3'600,
          }),
          Of<&ModelConfig::timeout>({
              .name = "timeout",
              .form = Form::kDuration,
              .help = "Of one answer.",
              .min = 1,
              .max = kDay,
          }),
          Of<&ModelConfig::retry_for>({
              .name = "retry_for",
              .form = Form::kDuration,
              .help = "How long a request is tried again where the fault may "
                      "pass.",
              .min = 0,
              .max = 7 * kDay,
          }),
          Of<&ModelConfig::price_input>({
              .name = "price_input",
              .form = Form::kMoney,
              .help = "Of a million tokens of prompt that are not cached.",
              .max = kMostMoney,
              .example = R"("3.00")",
          }),
          Of<&ModelConfig::price_cache_read>({
              .name = "price_cache_read",
              .form = Form::kMoney,
              .help = "Of a million tokens of prompt that its cache has.",
              .max = kMostMoney,
              .example = R"("0.30")",
          }),
          Of<&ModelConfig::price_cache_write>({
              .name = "price_cache_write",
              .form = Form::kMoney,
              .help = "Of a million tokens of prompt that are put into its "
                      "cache, where that costs more; 0 is price_input.",
              .max = kMostMoney,
          }),
          Of<&ModelConfig::price_output>({
              .name = "price_output",
              .form = Form::kMoney,
              .help = "Of a million tokens of its answers.",
              .max = kMostMoney,
              .example = R"("15.00")",
          }),
          Of<&ModelConfig::price_cliff>({
              .name = "price_cliff",
              .form = Form::kInteger,
              .help = "Prompts of more tokens cost more; conversations are "
                      "planned to stay below. 0: there is no such limit.",
              .max = 100'000'000,
          }),
          Of<&ModelConfig::price_cliff_percent>({
              .name = "price_cliff_percent",
              .form = Form::kInteger,
              .help = "What a request beyond price_cliff costs, in percent.",
              .min = 100,
              .max = 10'000,
          }),
          Of<&ModelConfig::command>({
              .name = "command",
              .form = Form::kLine,
              .help = "Of api \"command\": the program, by its absolute path, "
                      "and its arguments; docs/model.md says what stands for "
                      "what in them.",
          }),
          Of<&ModelConfig::environment>({
              .name = "environment",
              .form = Form::kLine,
              .help = "Variables that it gets besides HOME, TMPDIR, PATH, "
                      "LANG and TERM, as \"NAME=value\" (a proxy, say): no "
                      "secrets. None of ours are passed on.",
              .example = R"(["HTTPS_PROXY=http://proxy.example.org:3128"])",
          }),
          Of<&ModelConfig::agent_socket>({
              .name = "agent_socket",
              .form = Form::kPath,
              .help = "The socket of a patchmilter-agentd, which runs the "
                      "command that its own configuration has for this name, "
                      "as a user of its own. Empty: the review daemon runs it "
                      "itself.",
          }),
          Of<&ModelConfig::credential_file>({
              .name = "credential_file",
              .form = Form::kPath,
              .help = "The one file of secrets that it is given.",
          }),
          Of<&ModelConfig::credential_name>({
              .name = "credential_name",
              .form = Form::kLine,
              .help = "Where it finds that, as a path below its HOME.",
          }),
      },
      Each<&Config::models>,
      OpenNext<&Config::models>,
  };
}

Section AgentSection() {
  return {
      "agent",
      false,
      "patchmilter-agentd, which runs the commands of models for the review "
      "daemon. It has a configuration of its own, with this section and a "
      "[[model]] for each command.",
      {
          Of<&AgentConfig::socket>({
              .name = "socket",
              .form = Form::kPath,
              .help = "Where it listens; a review daemon names it in "
                      "agent_socket.",
          }),
          Of<&AgentConfig::client>({
              .name = "client",
              .form = Form::kName,
              .help = "The user who may ask for runs: who the review daemon "
                      "is. Empty: only the user that patchmilter-agentd is.",
              .example = R"("patchmilter-review")",
          }),
          Of<&AgentConfig::parallel>({
              .name = "parallel",
              .form = Form::kInteger,
              .help = "Runs at once; more are refused for the time being.",
              .min = 1,
              .max = 100,
          }),
      },
      One<&Config::agent>,
      OpenOne<&Config::agent>,
  };
}

Section BudgetSection() {
  return {
      "budget",
      false,
      "What models may cost, in tokens, time and US dollars. At a share of a "
      "limit the model is told to finish, at the limit its conversation ends, "
      "and the mail says what was not reviewed.",
      {
          Of<&BudgetConfig::turns>({
              .name = "turns",
              .form = Form::kInteger,
              .help = "Answers of the model in one conversation.",
              .min = 1,
              .max = 10'000,
          }),
          Of<&BudgetConfig::time>({
              .name = "time",
              .form = Form::kDuration,
              .help = "Of one conversation.",
              .min = 1,
              .max = 7 * kDay,
          }),
          Of<&BudgetConfig::tokens>({
              .name = "tokens",
              .form = Form::kInteger,
              .help = "Of one conversation, all prompts and answers; what is "
                      "cached counts.",
              .min = 1'000,
              .max = kMostTokens,
          }),
          Of<&BudgetConfig::review_time>({
              .name = "review_time",
              .form = Form::kDuration,
              .help = "Of one review.",
              .min = 1,
              .max = 30 * kDay,
          }),
          Of<&BudgetConfig::review_tokens>({
              .name = "review_tokens",
              .form = Form::kInteger,
              .help = "Of one review, counted as tokens.",
              .min = 1'000,
              .max = kMostTokens,
          }),
          Of<&BudgetConfig::review>({
              .name = "review",
              .form = Form::kMoney,
              .help = "Of one review.",
              .max = kMostMoney,
          }),
          Of<&BudgetConfig::author_day>({
              .name = "author_day",
              .form = Form::kMoney,
              .help = "Of one author's series in 24 hours.",
              .max = kMostMoney,
          }),
          Of<&BudgetConfig::list_day>({
              .name = "list_day",
              .form = Form::kMoney,
              .help = "Of one list in 24 hours.",
              .max = kMostMoney,
          }),
          Of<&BudgetConfig::day>({
              .name = "day",
              .form = Form::kMoney,
              .help = "Of all reviews in 24 hours.",
              .max = kMostMoney,
          }),
          Of<&BudgetConfig::month>({
              .name = "month",
              .form = Form::kMoney,
              .help = "Of all reviews in 30 days.",
              .max = kMostMoney,
          }),
          Of<&BudgetConfig::soft_percent>({
              .name = "soft_percent",
              .form = Form::kInteger,
              .help = "At so much of a limit the model is told to finish.",
              .min = 10,
              .max = 100,
          }),
          Of<&BudgetConfig::stop_file>({
              .name = "stop_file",
              .form = Form::kPath,
              .help = "The kill switch of models: while a file of this name "
                      "is there, no request is sent, and reviews by models "
                      "wait. Empty: stop-models in state.directory.",
          }),
      },
      One<&Config::budget>,
      OpenOne<&Config::budget>,
  };
}

Section PromptsSection() {
  return {
      "prompts",
      false,
      "What models are told, besides what is built in.",
      {
          Of<&PromptsConfig::directory>({
              .name = "directory",
              .form = Form::kPath,
              .help = "A git repository with review prompts "
                      "(masoncl/review-prompts), from which the sets "
                      "\"kernel\" and \"drm\" take what they say of "
                      "subsystems. Nothing but `commit` of it is read.",
          }),
          Of<&PromptsConfig::commit>({
              .name = "commit",
              .form = Form::kCommit,
              .help = "The commit of it that is used.",
          }),
          Of<&PromptsConfig::overlay>({
              .name = "overlay",
              .form = Form::kPath,
              .help = "A directory of the site's own words, which replace or "
                      "follow those that are built in (docs/prompts.md). It "
                      "must be writable to nobody but root or the daemon's "
                      "user.",
          }),
      },
      One<&Config::prompts>,
      OpenOne<&Config::prompts>,
  };
}

}  // namespace patchmilter::config
