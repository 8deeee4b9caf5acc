#include "mime/classify.h"

#include <optional>
#include <string>

#include "base/log.h"
#include "base/text.h"

namespace patchmilter::mime {
namespace {

constexpr auto kNone = std::string_view::npos;

// Why the mail was sent by a machine that nobody may answer; "" where not.
std::string AutomaticReason(const KindHints& hints, const Mail& mail) {
  if (!mail.auto_submitted.empty() && mail.auto_submitted != "no") {
    return "Auto-Submitted: " + log::Clean(mail.auto_submitted, 60);
  }
  if (hints.is_report) return "it is a delivery report (multipart/report)";
  if (mail.has_null_sender) return "its Return-Path is empty: a bounce";
  if (hints.vacation_mark) return "a vacation program has marked it";
  const std::string precedence = ToLower(Trim(hints.precedence));
  if (precedence == "auto_reply" || precedence == "auto-reply") {
    return "Precedence: " + precedence;
  }
  const std::string local =
      ToLower(mail.from.email.substr(0, mail.from.email.find('@')));
  if (local == "mailer-daemon" || local == "postmaster") {
    return "it is from " + local;
  }
  for (const std::string_view start :
       {"automatic reply:", "out of office",
        "auto-reply:", "autoreply:", "undelivered mail returned",
        "undeliverable:", "delivery status notification"}) {
    if (StartsWithIgnoreCase(mail.subject.text, start)) {
      return "its subject is an automatic answer's";
    }
  }
  return "";
}

// `Patch "x" has been added to the 6.1-stable tree`, `patch 'x' has been queued
// to stable release 1.2`. `title` in lower case.
bool TellsOfAPatch(std::string_view title) {
  if (!title.starts_with("patch \"") && !title.starts_with("patch '")) {
    return false;
  }
  constexpr std::string_view kHasBeen = " has been ";
  const size_t at = title.rfind(kHasBeen);
  if (at == kNone || (title[at - 1] != '"' && title[at - 1] != '\'')) {
    return false;
  }
  const std::string_view rest = title.substr(at + kHasBeen.size());
  for (const std::string_view fate :
       {"added", "applied", "dropped", "merged", "queued", "removed"}) {
    if (rest.starts_with(fate)) return true;
  }
  return false;
}

// The letters with which maintainers' scripts tell of a patch's fate: they
// answer a series and carry its diff, but are no patches.
std::string NoticeReason(const Subject& subject) {
  const std::string title = ToLower(subject.title);
  if (TellsOfAPatch(title)) {
    return "it tells that a patch was added to a tree";
  }
  if (title.starts_with("failed: patch")) {
    return "it tells that a patch did not apply";
  }
  if (title.starts_with("patch \"") && title.find("failed to apply") != kNone) {
    return "it tells that a patch did not apply";
  }
  if ((title.starts_with("+ ") || title.starts_with("- ")) &&
      title.find(".patch ") != kNone &&
      (title.find(" added to ") != kNone ||
       title.find(" removed from ") != kNone)) {
    return "it tells that a patch was added to a tree";
  }
  if (subject.patch) return "";
  for (const std::string& hint : subject.hints) {
    // "[merged mm-stable] x.patch removed from -mm tree", and why else.
    if (title.find(".patch removed from ") != kNone ||
        (StartsWithIgnoreCase(hint, "merged") &&
         title.find(".patch ") != kNone)) {
      return "it tells that a patch was merged";
    }
    // "[tip: sched/core] x", "[git:media/master] x".
    if (StartsWithIgnoreCase(hint, "tip:") ||
        StartsWithIgnoreCase(hint, "git:")) {
      return "it tells that a patch was merged into a tree";
    }
  }
  return "";
}

// `git request-pull`, or a subject that says so.
std::string PullReason(const Mail& mail) {
  for (const std::string& hint : mail.subject.hints) {
    if (EqualsIgnoreCase(hint, "pull") ||
        EqualsIgnoreCase(hint, "pull-request")) {
      return "its subject says PULL";
    }
  }
  if (StartsWithIgnoreCase(mail.subject.text, "git pull") ||
      StartsWithIgnoreCase(mail.subject.text, "pull request")) {
    return "its subject says pull";
  }
  const size_t since = mail.text.find("The following changes since commit ");
  if (since != kNone && (since == 0 || mail.text[since - 1] == '\n') &&
      mail.text.find("re available in the", since) != kNone) {
    return "it holds a git request-pull";
  }
  return "";
}

void Set(MailKind kind, std::string reason, Mail* mail) {
  mail->kind = kind;
  mail->kind_reason = std::move(reason);
}

}  // namespace

std::string_view MailKindName(MailKind kind) {
  switch (kind) {
    case MailKind::kPatch:
      return "patch";
    case MailKind::kCover:
      return "cover";
    case MailKind::kReply:
      return "reply";
    case MailKind::kReplyWithDiff:
      return "reply-with-diff";
    case MailKind::kUntaggedDiff:
      return "untagged-diff";
    case MailKind::kNotice:
      return "notice";
    case MailKind::kPullRequest:
      return "pull-request";
    case MailKind::kOwn:
      return "own";
    case MailKind::kAutomatic:
      return "automatic";
    case MailKind::kOther:
      return "other";
    case MailKind::kSpam:
      return "spam";
  }
  return "other";
}

void Classify(const KindHints& hints, Mail* mail) {
  const Subject& subject = mail->subject;
  const bool zero = subject.number == 0;
  const bool cover = zero && (subject.total || subject.patch);
  if (!mail->own_mark.empty()) {
    return Set(MailKind::kOwn, "it bears X-Patchmilter: our own mail", mail);
  }
  if (std::string reason = AutomaticReason(hints, *mail); !reason.empty()) {
    return Set(MailKind::kAutomatic, std::move(reason), mail);
  }
  // Filters err, on patches and on the answers to them.
  if (mail->spam_flag && !subject.patch) {
    return Set(MailKind::kSpam, "a spam filter has flagged it", mail);
  }
  if (subject.reply) {
    if (hints.has_diff) {
      return Set(MailKind::kReplyWithDiff,
                 "its subject is a reply's, and a diff stands in its text",
                 mail);
    }
    return Set(MailKind::kReply, "its subject is a reply's", mail);
  }
  if (std::string reason = NoticeReason(subject); !reason.empty()) {
    return Set(MailKind::kNotice, std::move(reason), mail);
  }
  if (cover) {
    return Set(MailKind::kCover, "it is number 0 of a series", mail);
  }
  if (std::string reason = PullReason(*mail); !reason.empty()) {
    return Set(MailKind::kPullRequest, std::move(reason), mail);
  }
  if (hints.has_diff) {
    if (subject.patch) {
      return Set(MailKind::kPatch, "its subject says PATCH and it has a diff",
                 mail);
    }
    // "[RFC] x", "[v2] x", "[RESEND] x": nobody says so of a mere diff.
    if (subject.rfc || subject.resend || subject.version_given) {
      return Set(MailKind::kPatch,
                 "its subject says RFC, RESEND or a version, and it has a diff",
                 mail);
    }
    return Set(MailKind::kUntaggedDiff,
               "it has a diff, but its subject does not say PATCH", mail);
  }
  const std::string tagged =
      subject.patch ? "its subject says PATCH but it has no diff" : "";
  if (!mail->in_reply_to.empty() || !mail->references.empty()) {
    return Set(MailKind::kReply,
               tagged.empty() ? "it answers another mail" : tagged, mail);
  }
  Set(MailKind::kOther,
      tagged.empty() ? "it has neither a diff nor a parent" : tagged, mail);
}

}  // namespace patchmilter::mime
