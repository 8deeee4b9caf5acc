// The sections of lists and their reviews: see config_table.h.
#include "base/config_sections.h"

namespace patchmilter::config {
namespace {

const std::vector<std::string_view> kSeverities = {"low", "medium", "high",
                                                   "critical"};
const std::vector<std::string_view> kPreExisting = {"drop", "mail"};

const std::vector<std::string_view> kEngines = {"checks", "model"};
const std::vector<std::string_view> kPromptSets = {"kernel", "drm",
                                                   "generic-c"};

}  // namespace

Section ReviewSection() {
  return {
      "review",
      false,
      "What is reviewed, and when.",
      {
          Of<&ReviewConfig::enabled>({
              .name = "enabled",
              .form = Form::kBool,
              .help = "The kill switch: false groups series and reviews "
                      "none.",
          }),
          Of<&ReviewConfig::engine>({
              .name = "engine",
              .form = Form::kChoice,
              .help = "Who reviews: \"checks\" are deterministic tests that "
                      "need no model; \"model\" makes them too, and asks the "
                      "[[model]] that review.model names.",
              .choices = kEngines,
          }),
          Of<&ReviewConfig::model>({
              .name = "model",
              .form = Form::kModel,
              .help = "The [[model]] that reviews.",
          }),
          Of<&ReviewConfig::verifier>({
              .name = "verifier",
              .form = Form::kModel,
              .help = "The [[model]] that tries to refute each finding; "
                      "empty takes the one that reviews.",
          }),
          Of<&ReviewConfig::prompts>({
              .name = "prompts",
              .form = Form::kChoice,
              .help = "What the model is told to look for. With "
                      "prompts.directory, what is said of the kernel's "
                      "subsystems comes from there.",
              .choices = kPromptSets,
          }),
          Of<&ReviewConfig::second_pass>({
              .name = "second_pass",
              .form = Form::kBool,
              .help = "A patch of which a model said nothing is read once "
                      "more without its message and what was answered to it, "
                      "so that no words in them can ask for silence.",
          }),
          Of<&ReviewConfig::hide_authors>({
              .name = "hide_authors",
              .form = Form::kBool,
              .help = "A model is told who wrote what by role (author, "
                      "reviewer 1), never by name or address.",
          }),
          Of<&ReviewConfig::parallel>({
              .name = "parallel",
              .form = Form::kInteger,
              .help = "How many series are reviewed at once.",
              .min = 1,
              .max = 64,
          }),
          Of<&ReviewConfig::stable>({
              .name = "stable",
              .form = Form::kBool,
              .help = "Review what was merged already and is sent again for "
                      "a stable tree (stable review, AUTOSEL); else it is "
                      "grouped alone.",
          }),
          Of<&ReviewConfig::max_age>({
              .name = "max_age",
              .form = Form::kDuration,
              .help = "Older mail, by its Date or by its arrival, is "
                      "grouped and never reviewed.",
              .min = 0,
              .max = 3660 * kDay,
          }),
          Of<&ReviewConfig::settle>({
              .name = "settle",
              .form = Form::kDuration,
              .help = "How long a complete series rests after its last part, "
                      "before it is reviewed.",
              .min = 0,
              .max = 7 * kDay,
          }),
          Of<&ReviewConfig::wait>({
              .name = "wait",
              .form = Form::kDuration,
              .help = "How long missing parts are waited for, from the "
                      "newest mail of the series.",
              .min = 0,
              .max = 30 * kDay,
          }),
          Of<&ReviewConfig::max_attempts>({
              .name = "max_attempts",
              .form = Form::kInteger,
              .help = "How often a job is tried before it is set aside.",
              .min = 1,
              .max = 100,
          }),
          Of<&ReviewConfig::max_findings_per_patch>({
              .name = "max_findings_per_patch",
              .form = Form::kInteger,
              .help = "More are counted, not printed.",
              .min = 0,
              .max = 1000,
          }),
          Of<&ReviewConfig::max_mail_lines>({
              .name = "max_mail_lines",
              .form = Form::kInteger,
              .help = "The length of one review mail, in lines.",
              .min = 20,
              .max = 10000,
          }),
          Of<&ReviewConfig::max_patches>({
              .name = "max_patches",
              .form = Form::kInteger,
              .help = "A series of more patches is grouped and not reviewed.",
              .min = 1,
              .max = 10000,
          }),
          Of<&ReviewConfig::max_reviews_per_day>({
              .name = "max_reviews_per_day",
              .form = Form::kInteger,
              .help = "Of all lists together, in any 24 hours.",
              .min = 0,
              .max = 1000000,
          }),
          Of<&ReviewConfig::min_severity>({
              .name = "min_severity",
              .form = Form::kChoice,
              .help = "Findings below it are counted, not printed.",
              .choices = kSeverities,
          }),
          Of<&ReviewConfig::min_confidence>({
              .name = "min_confidence",
              .form = Form::kInteger,
              .help = "In percent. Findings of which their engine is less "
                      "sure are counted, not printed.",
              .min = 0,
              .max = 100,
          }),
          Of<&ReviewConfig::pre_existing>({
              .name = "pre_existing",
              .form = Form::kChoice,
              .help = "What to do with findings whose fault was there before "
                      "the series: count them, or collect them in a mail of "
                      "their own.",
              .choices = kPreExisting,
          }),
          Of<&ReviewConfig::opt_out>({
              .name = "opt_out",
              .form = Form::kAddress,
              .help = "Authors who are never reviewed, by address.",
          }),
      },
      One<&Config::review>,
      OpenOne<&Config::review>,
  };
}

Section QuestionsSection() {
  return {
      "questions",
      false,
      "Questions about code that the review daemon answers.",
      {
          Of<&QuestionsConfig::socket>({
              .name = "socket",
              .form = Form::kPath,
              .help = "A unix socket for patchmilter mcp --connect; who may "
                      "open it may read the configured trees and the patches "
                      "of every list. Empty: none.",
              .example = R"("/run/patchmilter-reviewd/questions.sock")",
          }),
          Of<&QuestionsConfig::max_calls>({
              .name = "max_calls",
              .form = Form::kInteger,
              .help = "Questions about one series (or one tree) that are "
                      "answered while the daemon runs.",
              .min = 1,
              .max = 1'000'000'000,
          }),
          Of<&QuestionsConfig::max_bytes>({
              .name = "max_bytes",
              .form = Form::kSize,
              .help = "Of the answers to them, together.",
              .min = kMiB,
              .max = kTiB,
          }),
      },
      One<&Config::questions>,
      OpenOne<&Config::questions>,
  };
}

Section DestinationSection() {
  return {
      "destination",
      true,
      "Where reviews go. Recipients come from here and from nowhere else.",
      {
          Of<&DestinationConfig::name>({
              .name = "name",
              .form = Form::kName,
              .help = "How a [[list]] refers to it.",
              .example = R"("archive")",
              .required = true,
          }),
          Of<&DestinationConfig::kind>({
              .name = "kind",
              .form = Form::kChoice,
              .help = "\"archive\" receives the originals and the reviews, "
                      "\"list\" the reviews alone.",
              .choices = {"archive", "list"},
          }),
          Of<&DestinationConfig::address>({
              .name = "address",
              .form = Form::kAddress,
              .help = "The one recipient. Never the address of a watched "
                      "list.",
              .example = R"("archive@reviews.example.org")",
              .required = true,
          }),
          Of<&DestinationConfig::list_id>({
              .name = "list_id",
              .form = Form::kListId,
              .help = "The List-Id that review mails bear there, without "
                      "<>, by which l: tells reviews from originals.",
              .example = R"("reviews.example.org")",
          }),
          Of<&DestinationConfig::archive_url>({
              .name = "archive_url",
              .form = Form::kWebUrl,
              .help = "The base of links to it; empty for no links.",
          }),
      },
      Each<&Config::destinations>,
      OpenNext<&Config::destinations>,
  };
}

Section TreeSection() {
  return {
      "tree",
      true,
      "A git repository that reviews may look into; it is never written.",
      {
          Of<&TreeConfig::name>({
              .name = "name",
              .form = Form::kName,
              .help = "How a [[list]] refers to it.",
              .example = R"("main")",
              .required = true,
          }),
          Of<&TreeConfig::path>({
              .name = "path",
              .form = Form::kPath,
              .help = "The bare repository, opened exactly there (for a "
                      "work tree: its .git). It may belong to another user.",
              .example = R"("/srv/git/project.git")",
              .required = true,
          }),
          Of<&TreeConfig::branches>({
              .name = "branches",
              .form = Form::kBranch,
              .help = "Bases for series that name none: those that the "
                      "subject says first, then the newest (see "
                      "docs/tree.md); \"\" is HEAD, and so is an empty list.",
          }),
          Of<&TreeConfig::index>({
              .name = "index",
              .form = Form::kPath,
              .help = "Directory for an index of what its files hold, which "
                      "makes searches of it fast (see docs/tree.md); made "
                      "where it is not there, and may be deleted at any time. "
                      "It takes up to 40 % of the size of the text. Without "
                      "it questions are answered all the same.",
              .example = R"("/var/cache/patchmilter/main")",
          }),
      },
      Each<&Config::trees>,
      OpenNext<&Config::trees>,
  };
}

Section ListSection() {
  return {
      "list",
      true,
      "A watched list. The first one that matches a mail has it.",
      {
          Of<&ListConfig::name>({
              .name = "name",
              .form = Form::kName,
              .help = "Stands in logs and in what the commands print.",
              .example = R"("project-devel")",
              .required = true,
          }),
          Of<&ListConfig::list_id>({
              .name = "list_id",
              .form = Form::kListId,
              .help = "A mail with any of these List-Ids matches; without "
                      "<>.",
              .example = R"(["project-devel.lists.example.org"])",
          }),
          Of<&ListConfig::recipients>({
              .name = "recipients",
              .form = Form::kAddress,
              .help = "A mail with any of these envelope recipients matches.",
          }),
          Of<&ListConfig::addresses>({
              .name = "addresses",
              .form = Form::kAddress,
              .help = "A mail with any of these in To or Cc matches.",
          }),
          Of<&ListConfig::destinations>({
              .name = "destinations",
              .form = Form::kDestination,
              .help = "Names of [[destination]] sections. Required by "
                      "patchmilter-reviewd.",
              .example = R"(["archive"])",
          }),
          Of<&ListConfig::trees>({
              .name = "trees",
              .form = Form::kTree,
              .help = "Names of [[tree]] sections. A series is tried on the "
                      "one that has its base-commit, that its subject says or "
                      "that its index lines fit (see docs/tree.md), else in "
                      "this order.",
              .example = R"(["main"])",
          }),
          Of<&ListConfig::disable_checks>({
              .name = "disable_checks",
              .form = Form::kName,
              .help = "Checks to leave out for this list.",
          }),
          Of<&ListConfig::enable_checks>({
              .name = "enable_checks",
              .form = Form::kName,
              .help = "Checks that are off by default, to be run for this "
                      "list.",
          }),
          Of<&ListConfig::min_severity>({
              .name = "min_severity",
              .form = Form::kChoice,
              .help = "Empty takes review.min_severity.",
              .choices = kSeverities,
          }),
          Of<&ListConfig::min_confidence>({
              .name = "min_confidence",
              .form = Form::kInteger,
              .help = "In percent; -1 takes review.min_confidence.",
              .min = -1,
              .max = 100,
          }),
          Of<&ListConfig::max_findings_per_patch>({
              .name = "max_findings_per_patch",
              .form = Form::kInteger,
              .help = "-1 takes review.max_findings_per_patch.",
              .min = -1,
              .max = 1000,
          }),
          Of<&ListConfig::pre_existing>({
              .name = "pre_existing",
              .form = Form::kChoice,
              .help = "Empty takes review.pre_existing.",
              .choices = kPreExisting,
          }),
          Of<&ListConfig::engine>({
              .name = "engine",
              .form = Form::kChoice,
              .help = "Empty takes review.engine.",
              .choices = kEngines,
          }),
          Of<&ListConfig::model>({
              .name = "model",
              .form = Form::kModel,
              .help = "Empty takes review.model.",
          }),
          Of<&ListConfig::prompts>({
              .name = "prompts",
              .form = Form::kChoice,
              .help = "Empty takes review.prompts.",
              .choices = kPromptSets,
          }),
      },
      Each<&Config::lists>,
      OpenNext<&Config::lists>,
  };
}

}  // namespace patchmilter::config
