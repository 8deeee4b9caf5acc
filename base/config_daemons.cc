// The sections of the daemons: see config_table.h.
#include "base/config_sections.h"

namespace patchmilter::config {

Section MilterSection() {
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

Section IntakeSection() {
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

Section StateSection() {
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

Section IdentitySection() {
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

Section SmtpSection() {
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

}  // namespace patchmilter::config
