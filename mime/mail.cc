#include "mime/mail.h"

#include <gmime/gmime.h>

#include <utility>

#include "base/digest.h"
#include "base/text.h"
#include "mime/address.h"
#include "mime/author.h"
#include "mime/backport.h"
#include "mime/body.h"
#include "mime/charset.h"
#include "mime/classify.h"
#include "mime/date.h"
#include "mime/encoded_word.h"
#include "mime/headers.h"
#include "mime/mail_parts.h"
#include "mime/message_id.h"
#include "mime/text_part.h"
#include "mime/trust.h"

namespace patchmilter::mime {
namespace {

// Problems beyond that many say nothing more.
constexpr size_t kMaxProblems = 100;

void AppendIds(std::string_view raw, const char* name,
               std::vector<std::string>* ids,
               std::vector<std::string>* problems) {
  std::string value = Unfold(raw);
  if (value.find("=?") != std::string::npos) value = DecodeHeaderText(value);
  for (std::string& id : ParseMessageIds(value)) {
    if (ids->size() < kMaxReferences) {
      ids->push_back(std::move(id));
      continue;
    }
    // The newest tell more of the thread than the middle ones.
    if (ids->size() == kMaxReferences && problems->size() < kMaxProblems) {
      problems->push_back(std::string(name) + " holds more ids than are read");
    }
    ids->back() = std::move(id);
  }
}

void AppendAddresses(std::string_view raw, std::vector<Address>* addresses) {
  for (Address& address : ParseAddresses(Unfold(raw))) {
    if (addresses->size() >= kMaxAddresses) return;
    addresses->push_back(std::move(address));
  }
}

// RFC 2919: the last <> of the value; without one, its last word.
std::string ParseListId(std::string_view value) {
  const size_t begin = value.rfind('<');
  if (begin != std::string_view::npos) {
    value = value.substr(begin + 1);
    value = value.substr(0, value.find('>'));
  } else {
    value = Trim(value);
    const size_t blank = value.rfind(' ');
    if (blank != std::string_view::npos) value.remove_prefix(blank + 1);
  }
  return ToLower(Trim(value));
}

void ReadField(const HeaderField& field, Mail* mail) {
  const std::string_view raw = field.value;
  switch (field.name) {
    case HeaderName::kAutoSubmitted: {
      std::string value = ToLower(Unfold(raw));
      value.resize(std::min(value.find(';'), value.size()));
      if (mail->auto_submitted.empty()) mail->auto_submitted = Trim(value);
      break;
    }
    case HeaderName::kCc:
      AppendAddresses(raw, &mail->cc);
      break;
    case HeaderName::kTo:
      AppendAddresses(raw, &mail->to);
      break;
    case HeaderName::kReplyTo:
      AppendAddresses(raw, &mail->reply_to);
      break;
    case HeaderName::kInReplyTo:
      AppendIds(raw, "In-Reply-To", &mail->in_reply_to, &mail->problems);
      break;
    case HeaderName::kReferences:
      AppendIds(raw, "References", &mail->references, &mail->problems);
      break;
    case HeaderName::kListId: {
      std::string id = ParseListId(Unfold(raw));
      if (!id.empty() && mail->list_ids.size() < kMaxAddresses) {
        mail->list_ids.push_back(std::move(id));
      }
      break;
    }
    case HeaderName::kReturnPath:
      if (Unfold(raw) == "<>") mail->has_null_sender = true;
      break;
    case HeaderName::kXPatchmilter:
      if (mail->own_mark.empty())
        mail->own_mark = DecodeHeaderText(Unfold(raw));
      if (mail->own_mark.empty()) mail->own_mark = "?";
      break;
    case HeaderName::kXPatchmilterFinding:
      mail->own_findings.push_back(DecodeHeaderText(Unfold(raw)));
      break;
    case HeaderName::kXSpam:
      if (SaysSpam(raw)) mail->spam_flag = true;
      break;
    default:
      break;
  }
}

// The texts of the mail in the order of its parts.
class TextChooser {
 public:
  TextChooser(const std::vector<Part>& parts, Mail* mail)
      : parts_(parts), mail_(mail) {}

  // Sets mail->text; gives the diff in it, and `*as_sent` as in MailAndDiff.
  diff::Diff Choose(std::string* as_sent) {
    const size_t first = FirstText();
    if (first == parts_.size()) {
      ChooseHtml();
      return diff::Diff::Parse(mail_->text);
    }
    mail_->text = DecodeText(parts_[first], mail_, as_sent);
    if (parts_.size() == 1) return diff::Diff::Parse(mail_->text);
    // Patches in parts behind it: attachments, or a text part of its own. Parts
    // between that carry none (a list's footer) stay out.
    for (size_t i = first + 1; i < parts_.size(); ++i) {
      if (!MayHoldDiff(parts_[i])) continue;
      if (mail_->text.size() >= kMaxMailText) {
        mail_->cut = true;
        break;
      }
      std::string more_as_sent;
      std::string more = DecodeText(parts_[i], mail_, &more_as_sent);
      if (diff::Diff::Parse(more).empty()) continue;
      if (as_sent->empty() && !more_as_sent.empty()) *as_sent = mail_->text;
      if (!as_sent->empty() || !more_as_sent.empty()) {
        AppendPart(more_as_sent.empty() ? more : more_as_sent, as_sent);
      }
      AppendPart(more, &mail_->text);
    }
    return diff::Diff::Parse(mail_->text);
  }

 private:
  static void AppendPart(const std::string& part, std::string* text) {
    if (!text->empty() && text->back() != '\n') *text += '\n';
    *text += part;
  }

  size_t FirstText() const {
    size_t best = parts_.size();
    for (size_t i = 0; i < parts_.size(); ++i) {
      const ContentType& content = parts_[i].content;
      if (content.type == "text/plain" && !content.attachment) return i;
      if (best == parts_.size() && MayHoldDiff(parts_[i])) best = i;
    }
    return best;
  }

  static bool MayHoldDiff(const Part& part) {
    return part.content.type == "text/plain" || part.content.IsPatchFile();
  }

  void ChooseHtml() {
    for (const Part& part : parts_) {
      if (part.content.type != "text/html") continue;
      mail_->text = HtmlToText(DecodeText(part, mail_));
      mail_->problems.push_back("there is no text but HTML");
      return;
    }
    mail_->problems.push_back("there is no text in it");
  }

  const std::vector<Part>& parts_;
  Mail* mail_;
};

std::string_view TrimmedLines(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

void InitMime() { g_mime_init(); }

MailAndDiff ParseMailAndDiff(std::string_view raw) {
  MailAndDiff result;
  Mail& mail = result.mail;
  const HeaderBlock block = ScanHeaders(raw);
  for (const HeaderField& field : block.fields) ReadField(field, &mail);
  mail.message_id = ParseMessageId(Unfold(block.First(HeaderName::kMessageId)));
  const std::string from = Unfold(block.First(HeaderName::kFrom));
  mail.from = ParseFrom(from);
  mail.subject =
      ParseSubject(DecodeHeaderText(Unfold(block.First(HeaderName::kSubject))));
  const std::string date = Unfold(block.First(HeaderName::kDate));
  mail.date = ParseMailDate(date);
  mail.received = ParseReceivedDate(Unfold(block.First(HeaderName::kReceived)));
  mail.auth =
      ParseAuthResults(Unfold(block.First(HeaderName::kAuthenticationResults)));
  if (mail.message_id.empty()) mail.problems.push_back("no Message-ID");
  if (from.empty()) mail.problems.push_back("no From");
  if (!mail.date) mail.problems.push_back("no Date that can be read");
  if (!block.ended) mail.problems.push_back("cut off in the headers");
  if (block.bad_lines > 0) {
    mail.problems.push_back("lines in the headers that are no headers");
  }
  for (const HeaderName name : {HeaderName::kMessageId, HeaderName::kFrom,
                                HeaderName::kSubject, HeaderName::kDate}) {
    if (block.CountOf(name) > 1) {
      mail.problems.push_back("a header that must stand once stands twice");
      break;
    }
  }

  const ContentType content = ReadContentType(block);
  const std::vector<Part> parts =
      SplitBody(content, raw.substr(block.body), &mail.problems);
  result.diff = TextChooser(parts, &mail).Choose(&result.text_as_sent);

  mail.author = FindPoster(block, mail);
  KindHints hints;
  hints.has_diff = !result.diff.empty();
  hints.is_report = content.type == "multipart/report";
  hints.vacation_mark = block.Has(HeaderName::kXAutoReply);
  hints.precedence = block.First(HeaderName::kPrecedence);
  Classify(hints, &mail);
  MarkBackport(block, &mail);
  if (mail.problems.size() > kMaxProblems) mail.problems.resize(kMaxProblems);
  // A mirror may lose or add blank lines at the end.
  mail.content_hash =
      Sha256HexOf({DecodeHeaderText(from), mail.subject.text, date,
                   mail.message_id, TrimmedLines(mail.text)});
  return result;
}

Mail ParseMail(std::string_view raw) { return ParseMailAndDiff(raw).mail; }

}  // namespace patchmilter::mime
