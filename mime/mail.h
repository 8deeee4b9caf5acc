// Mail: one message, from its bytes.
//
// Input: hostile bytes. Nothing is refused: what cannot be read is left empty
// and named in `problems`. GMime does the MIME; it runs in the parse worker
// only. Bounded by the kMax… limits below; no recursion of ours on input.
// Threads: values; ParseMail from any thread after InitMime().
// Tested in tests/mime/mail_test.cc.
#ifndef PATCHMILTER_MIME_MAIL_H_
#define PATCHMILTER_MIME_MAIL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/wire.h"
#include "mime/subject.h"

namespace patchmilter::mime {

struct Address {
  std::string name;   // Decoded, UTF-8; may be empty.
  std::string email;  // As written; compare with EqualsIgnoreCase.
};

// What a mail is, by itself (its place in a thread is series/'s business).
enum class MailKind : std::uint8_t {
  kPatch,          // Carries a diff, and is posted as a patch.
  kCover,          // 0/n.
  kReply,          // Anything else in a thread.
  kReplyWithDiff,  // Re: …, with a diff in it: not a patch of the series.
  kUntaggedDiff,   // A diff without a [PATCH] tag, not a reply.
  kNotice,         // "has been added to the …-stable tree", "FAILED: Patch"
  kPullRequest,
  kOwn,        // Bears our X-Patchmilter: our own mail, coming back.
  kAutomatic,  // Auto-Submitted, a bounce, a vacation notice.
  kOther,
  // Flagged by the site's spam filter, and its subject does not say PATCH: what
  // does keeps its kind, because filters err and no patch, cover or answer to
  // one may be lost by it.
  kSpam,
};
inline constexpr MailKind kLastMailKind = MailKind::kSpam;
std::string_view MailKindName(MailKind kind);

// Patches that are in the main tree already and are sent once more, often by
// the hundred, before they go into a stable tree. Their kind is what it would
// be else; kind_reason tells by which mark they were known.
enum class Backport : std::uint8_t {
  kNone,
  kStableReview,  // "This is the start of the stable review cycle"
  kAutosel,       // Picked by a script: "[PATCH AUTOSEL 6.1 1/9]".
};
inline constexpr Backport kLastBackport = Backport::kAutosel;
std::string_view BackportName(Backport backport);

// One result of an Authentication-Results header (RFC 8601).
struct AuthResult {
  std::string method;  // dkim, spf, dmarc or arc.
  std::string result;  // Lower case: "pass", "fail", "softfail", …
  std::string domain;  // Lower case; header.d, smtp.mailfrom, header.from.
};

// The topmost Authentication-Results header. Whether it can be believed, the
// site must know: see mime/trust.h.
struct AuthResults {
  std::string authserv_id;  // Lower case; "" where there is no such header.
  std::vector<AuthResult> results;  // In its order.
};

struct Mail {
  std::string message_id;  // Without <>; "" where the mail has none.
  // SHA-256 over what makes the mail the same mail when it is delivered again
  // (From, Subject, Date, Message-ID, decoded text), not over trace headers.
  std::string content_hash;
  Subject subject;
  Address from;  // As in the From header (the list may have munged it).
  // Who posted it: `from`; where the list has munged that ("X via list
  // <list>"), the X-Original-From, the Reply-To, or the in-body From. Who wrote
  // the patch, often somebody else, is PatchMail::commit_author.
  Address author;
  std::vector<Address> reply_to;
  std::vector<Address> to;
  std::vector<Address> cc;
  std::optional<UnixSeconds> date;        // From the Date header; may lie.
  std::optional<UnixSeconds> received;    // From the topmost Received header.
  std::vector<std::string> in_reply_to;   // Without <>; most are one.
  std::vector<std::string> references;    // Oldest first, without <>.
  std::vector<std::string> list_ids;      // Without <>, lower case.
  std::string auto_submitted;             // Lower case; "" where not said.
  std::string own_mark;                   // X-Patchmilter's value.
  std::vector<std::string> own_findings;  // X-Patchmilter-Finding, unfolded.
  bool has_null_sender = false;           // Return-Path: <>
  bool spam_flag = false;                 // X-Spam-Flag, -Status, X-Spam: yes
  AuthResults auth;

  MailKind kind = MailKind::kOther;
  Backport backport = Backport::kNone;  // Of patches and covers.
  std::string kind_reason;              // In words: why `kind`, `backport`.

  // The text as UTF-8 with LF line ends: the part that holds the diff, else
  // the first text/plain part. Decoded (qp, base64, charset, format=flowed).
  std::string text;
  // `text` is not all that the sender wrote: we have cut it (kMaxMailText; or
  // the milter has, at intake.max_message). What is wrong with its end is no
  // fault of the sender's.
  bool cut = false;
  std::vector<std::string> problems;  // What could not be read, in words.
};

// Named limits; what lies beyond is cut, and said in `problems`.
inline constexpr std::size_t kMaxReferences = 1000;
inline constexpr std::size_t kMaxHeaderValue = 64UL << 10;
inline constexpr std::size_t kMaxAddresses = 1000;
inline constexpr std::size_t kMaxAuthResults = 50;
inline constexpr std::size_t kMaxParts = 1000;
inline constexpr std::size_t kMaxDepth = 50;
inline constexpr std::size_t kMaxMailText = 64UL << 20;

// Once, before the first ParseMail or Compose, on one thread.
void InitMime();

// `raw` with LF or CRLF line ends, with or without a leading mbox "From " line.
Mail ParseMail(std::string_view raw);

// The parts of a Mail, for records that hold them alone. The decoders fail
// `in` where the bytes are not what the encoders write.
void EncodeAddress(const Address& address, WireWriter* out);
Address DecodeAddress(WireReader* in);
void EncodeSubject(const Subject& subject, WireWriter* out);
Subject DecodeSubject(WireReader* in);

// Which fields a record holds: old databases hold what older versions wrote.
enum class MailLayout : std::uint8_t {
  kFirst,   // Without `auth` and `backport`.
  kSecond,  // What EncodeMail writes.
};
void EncodeMail(const Mail& mail, WireWriter* out);
std::optional<Mail> DecodeMail(WireReader* in,
                               MailLayout layout = MailLayout::kSecond);

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_MAIL_H_
