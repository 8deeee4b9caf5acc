#include "base/config_table.h"

#include <type_traits>
#include <utility>

namespace patchmilter::config {
namespace {

template <typename T>
struct MemberPointer;
template <typename S, typename T>
struct MemberPointer<T S::*> {
  using SectionType = S;
  using ValueType = T;
};

template <typename T>
constexpr Storage StorageOf() {
  if constexpr (std::is_same_v<T, std::string>) {
    return Storage::kText;
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    return Storage::kTexts;
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return Storage::kInteger;
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    return Storage::kUnsigned;
  } else if constexpr (std::is_same_v<T, bool>) {
    return Storage::kBool;
  } else {
    static_assert(std::is_same_v<T, DestinationConfig::Kind>);
    return Storage::kKind;
  }
}

template <auto kMember>
void* At(void* section) {
  using S = typename MemberPointer<decltype(kMember)>::SectionType;
  return &(static_cast<S*>(section)->*kMember);
}

// The storage comes from the member itself: it cannot be given wrongly.
template <auto kMember>
Setting Of(Setting setting) {
  using T = typename MemberPointer<decltype(kMember)>::ValueType;
  setting.storage = StorageOf<T>();
  setting.at = At<kMember>;
  return setting;
}

template <auto kMember>
std::vector<void*> One(Config* config) {
  return {&(config->*kMember)};
}

template <auto kMember>
void* OpenOne(Config* config) {
  return &(config->*kMember);
}

template <auto kMember>
std::vector<void*> Each(Config* config) {
  std::vector<void*> all;
  for (auto& section : config->*kMember) all.push_back(&section);
  return all;
}

template <auto kMember>
void* OpenNext(Config* config) {
  (config->*kMember).emplace_back();
  return &(config->*kMember).back();
}

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kKiB = 1 << 10;
constexpr std::int64_t kMiB = 1 << 20;
constexpr std::int64_t kTiB = 1LL << 40;

const std::vector<std::string_view> kSeverities = {"low", "medium", "high",
                                                   "critical"};
const std::vector<std::string_view> kPreExisting = {"drop", "mail"};

Section Milter() {
  return {
      "milter",
      false,
      "How the mail server reaches patchmilterd.",
      {
          Of<&MilterConfig::socket>({
              .name = "socket",
              .form = Form::kSocket,
              .help = "Where patchmilterd listens: unix:/path, "
                      "inet:port@host, inet6:port@host, or fd:N for a "
                      "descriptor that the service manager has opened.",
          }),
          Of<&MilterConfig::socket_mode>({
              .name = "socket_mode",
              .form = Form::kMode,
              .help = "Permissions of a unix: socket. The mail server must "
                      "be able to write to it.",
          }),
          Of<&MilterConfig::socket_group>({
              .name = "socket_group",
              .form = Form::kName,
              .help = "Group of a unix: socket; empty leaves it as it is.",
          }),
          Of<&MilterConfig::deadline>({
              .name = "deadline",
              .form = Form::kDuration,
              .help = "From a message's end to the answer, at most. Past it "
                      "the message is let go, whatever has happened.",
              .min = 1,
              .max = 10,
          }),
      },
      One<&Config::milter>,
      OpenOne<&Config::milter>,
  };
}

Section Intake() {
  return {
      "intake",
      false,
      "The durable hand-over from patchmilterd to patchmilter-reviewd.",
      {
          Of<&IntakeConfig::directory>({
              .name = "directory",
              .form = Form::kPath,
              .help = "Written by patchmilterd alone.",
          }),
          Of<&IntakeConfig::segment_size>({
              .name = "segment_size",
              .form = Form::kSize,
              .help = "Size of one segment of the log, preallocated.",
              .min = 64 * kKiB,
              .max = 4096 * kMiB,
          }),
          Of<&IntakeConfig::max_size>({
              .name = "max_size",
              .form = Form::kSize,
              .help = "Of all segments together. Past it mail is let go "
                      "without being stored, counted, and logged.",
              .min = 128 * kKiB,
              .max = 16 * kTiB,
          }),
          Of<&IntakeConfig::max_message>({
              .name = "max_message",
              .form = Form::kSize,
              .help = "A larger mail is stored cut, and marked as cut.",
              .min = kKiB,
              .max = 2048 * kMiB,
          }),
      },
      One<&Config::intake>,
      OpenOne<&Config::intake>,
  };
}

Section State() {
  return {
      "state",
      false,
      "Where patchmilter-reviewd keeps what it knows.",
      {
          Of<&StateConfig::directory>({
              .name = "directory",
              .form = Form::kPath,
              .help = "Holds state.db. Written by patchmilter-reviewd alone.",
          }),
      },
      One<&Config::state>,
      OpenOne<&Config::state>,
  };
}

Section Identity() {
  return {
      "identity",
      false,
      "Who the review mails are from.",
      {
          Of<&IdentityConfig::from>({
              .name = "from",
              .form = Form::kMailbox,
              .help = "The From of every review mail: \"Name <address>\". "
                      "Required by patchmilter-reviewd.",
              .example = R"("Patch Review <review@reviews.example.org>")",
          }),
          Of<&IdentityConfig::bounce>({
              .name = "bounce",
              .form = Form::kAddress,
              .help = "The envelope sender: where bounces go. Required by "
                      "patchmilter-reviewd; never a list's address.",
              .example = R"("review-bounces@reviews.example.org")",
          }),
          Of<&IdentityConfig::reply_to>({
              .name = "reply_to",
              .form = Form::kMailbox,
              .help = "A monitored address for answers; empty leaves the "
                      "header out.",
          }),
          Of<&IdentityConfig::domain>({
              .name = "domain",
              .form = Form::kDomain,
              .help = "The domain of our Message-IDs; empty takes that of "
                      "identity.from. Not to be changed later: Message-IDs "
                      "are what keeps a review from being archived twice.",
          }),
          Of<&IdentityConfig::opt_out_hint>({
              .name = "opt_out_hint",
              .form = Form::kLine,
              .help = "One line for the footer that says how an author opts "
                      "out.",
          }),
      },
      One<&Config::identity>,
      OpenOne<&Config::identity>,
  };
}

Section Smtp() {
  return {
      "smtp",
      false,
      "Where review mails are handed in.",
      {
          Of<&SmtpConfig::url>({
              .name = "url",
              .form = Form::kSmtpUrl,
              .help = "smtp://host:port, with TLS where the server offers "
                      "it, or smtps://host:port.",
          }),
          Of<&SmtpConfig::user>({
              .name = "user",
              .form = Form::kLine,
              .help = "For authentication; needs smtp.password_file.",
          }),
          Of<&SmtpConfig::password_file>({
              .name = "password_file",
              .form = Form::kPath,
              .help = "A file whose first line is the password. The password "
                      "itself never stands in the configuration.",
          }),
          Of<&SmtpConfig::timeout>({
              .name = "timeout",
              .form = Form::kDuration,
              .help = "For handing in one mail, connecting included.",
              .min = 1,
              .max = kHour,
          }),
          Of<&SmtpConfig::retry_for>({
              .name = "retry_for",
              .form = Form::kDuration,
              .help = "How long a mail that the server defers is tried "
                      "again; then it is set aside and shown by "
                      "patchmilter list --failed.",
              .min = 0,
              .max = 60 * kDay,
          }),
      },
      One<&Config::smtp>,
      OpenOne<&Config::smtp>,
  };
}

Section Review() {
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
                      "need no model.",
              .choices = {"checks"},
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

Section Questions() {
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

Section Destination() {
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

Section Tree() {
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
              .help = "Bases for series that name none, tried in this "
                      "order; \"\" is HEAD, and so is an empty list.",
          }),
      },
      Each<&Config::trees>,
      OpenNext<&Config::trees>,
  };
}

Section List() {
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
              .help = "Names of [[tree]] sections, tried in this order.",
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
      },
      Each<&Config::lists>,
      OpenNext<&Config::lists>,
  };
}

}  // namespace

const std::vector<Section>& Sections() {
  static const std::vector<Section>& sections = *new std::vector<Section>{
      Milter(), Intake(),    State(),       Identity(), Smtp(),
      Review(), Questions(), Destination(), Tree(),     List(),
  };
  return sections;
}

std::string_view KindName(DestinationConfig::Kind kind) {
  return kind == DestinationConfig::Kind::kArchive ? "archive" : "list";
}

}  // namespace patchmilter::config
