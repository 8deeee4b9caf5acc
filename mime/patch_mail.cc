#include "mime/patch_mail.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/text.h"
#include "mime/address.h"
#include "mime/encoded_word.h"
#include "mime/inbody.h"
#include "mime/mail_parts.h"
#include "mime/trailers.h"

namespace patchmilter::mime {
namespace {

constexpr size_t kMaxPrerequisites = 1000;
constexpr size_t kMaxChangeId = 200;

// In front of a record of the second layout. One of the first begins with the
// length of a Message-ID, which is never as large.
constexpr std::uint64_t kSecondLayout = 0xffff'ffff'ffff'ff02ULL;
// With diff_as_sent at the end.
constexpr std::uint64_t kThirdLayout = 0xffff'ffff'ffff'ff03ULL;

bool IsHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") ==
         std::string_view::npos;
}

// "base-commit:" and its like, as format-patch --base and b4 write them; they
// stand outside the hunks.
void ReadLinks(std::string_view text, PatchMail* patch) {
  LineReader reader(text);
  std::string_view line;
  while (reader.Next(&line)) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, colon);
    const std::string_view value = Trim(line.substr(colon + 1));
    if (key == "base-commit") {
      if (value.size() >= 7 && value.size() <= 64 && IsHex(value)) {
        patch->base_commit = ToLower(value);
      }
    } else if (key == "change-id") {
      if (!value.empty() && value.size() <= kMaxChangeId &&
          value.find(' ') == std::string_view::npos) {
        patch->change_id = std::string(value);
      }
    } else if (key == "prerequisite-patch-id") {
      if (value.size() >= 40 && value.size() <= 64 && IsHex(value) &&
          patch->prerequisite_patch_ids.size() < kMaxPrerequisites) {
        patch->prerequisite_patch_ids.push_back(ToLower(value));
      }
    }
  }
}

bool KeepsDiff(MailKind kind) {
  return kind == MailKind::kPatch || kind == MailKind::kUntaggedDiff;
}

// The diff of `text_as_sent`, where it has other bytes than `diff`.
std::optional<diff::Diff> DiffAsSent(const diff::Diff& diff,
                                     std::string text_as_sent) {
  const auto bytes_of = [](const diff::Diff& of) {
    return std::string_view(of.text()).substr(of.begin(),
                                              of.end() - of.begin());
  };
  // In most of these mails it is a name in the message.
  if (diff.empty() || text_as_sent.empty() ||
      text_as_sent.ends_with(
          std::string_view(diff.text()).substr(diff.begin()))) {
    return std::nullopt;
  }
  diff::Diff sent = diff::Diff::Parse(std::move(text_as_sent));
  // A charset of which not even ASCII is ASCII: git finds no diff either.
  if (sent.empty() || bytes_of(sent) == bytes_of(diff)) return std::nullopt;
  return sent;
}

PatchMail TakeApart(Mail mail, diff::Diff diff, std::string text_as_sent) {
  PatchMail patch;
  patch.mail = std::move(mail);
  if (KeepsDiff(patch.mail.kind)) patch.diff = std::move(diff);
  patch.diff_as_sent = DiffAsSent(patch.diff, std::move(text_as_sent));
  const std::string_view text = patch.mail.text;
  const InBody inbody = ReadInBody(text);
  const size_t diff_begin =
      patch.diff.empty() ? text.size() : patch.diff.begin();
  const size_t diff_end = patch.diff.empty() ? text.size() : patch.diff.end();

  patch.commit_author = patch.mail.author;
  if (!inbody.from.empty() && patch.mail.kind != MailKind::kReply) {
    const Address author = ParseFrom(inbody.from);
    if (!author.email.empty()) patch.commit_author = author;
  }
  patch.commit_title = patch.mail.subject.title;
  if (!inbody.subject.empty()) {
    patch.commit_title = ParseSubject(DecodeHeaderText(inbody.subject)).title;
  }
  const size_t message_end = std::min(inbody.message_end, diff_begin);
  if (message_end > inbody.message_begin) {
    patch.message =
        text.substr(inbody.message_begin, message_end - inbody.message_begin);
  }
  if (diff_begin > message_end && !patch.diff.empty()) {
    std::string_view notes = text.substr(message_end, diff_begin - message_end);
    // The "---" itself is no note.
    const size_t line_end = notes.find('\n');
    if (Trim(notes.substr(0, line_end)) == "---") {
      notes.remove_prefix(std::min(line_end, notes.size() - 1) + 1);
    }
    patch.notes = notes;
  }
  patch.message_end = message_end;
  patch.trailers = ReadTrailers(patch.message, inbody.message_line);
  ReadLinks(text.substr(0, diff_begin), &patch);
  if (diff_end < text.size()) ReadLinks(text.substr(diff_end), &patch);
  return patch;
}

}  // namespace

PatchMail ParsePatchMail(Mail mail) {
  diff::Diff diff;
  if (KeepsDiff(mail.kind)) diff = diff::Diff::Parse(mail.text);
  return TakeApart(std::move(mail), std::move(diff), "");
}

PatchMail ParsePatchMail(std::string_view raw) {
  MailAndDiff parsed = ParseMailAndDiff(raw);
  return TakeApart(std::move(parsed.mail), std::move(parsed.diff),
                   std::move(parsed.text_as_sent));
}

void EncodePatchMail(const PatchMail& patch, WireWriter* out) {
  out->U64(kThirdLayout);
  EncodeMail(patch.mail, out);
  out->String(patch.commit_author.name);
  out->String(patch.commit_author.email);
  out->String(patch.commit_title);
  out->String(patch.message);
  out->U64(patch.message_end);
  out->String(patch.notes);
  out->Count(patch.trailers.size());
  for (const Trailer& trailer : patch.trailers) {
    out->String(trailer.key);
    out->String(trailer.value);
    out->U32(trailer.text_line);
  }
  out->String(patch.base_commit);
  out->String(patch.change_id);
  out->Strings(patch.prerequisite_patch_ids);
  // The diff's text is the mail's, which is there already.
  out->Bool(!patch.diff.empty());
  if (!patch.diff.empty()) patch.diff.EncodeParts(out);
  out->Bool(patch.diff_as_sent.has_value());
  if (patch.diff_as_sent) patch.diff_as_sent->Encode(out);
}

std::optional<PatchMail> DecodePatchMail(std::string_view bytes) {
  WireReader in(bytes);
  const std::uint64_t layout = in.U64();
  const bool third = layout == kThirdLayout;
  const bool first = !third && layout != kSecondLayout;
  if (first) in = WireReader(bytes);
  auto mail = DecodeMail(&in, first ? MailLayout::kFirst : MailLayout::kSecond);
  if (!mail) return std::nullopt;
  PatchMail patch;
  patch.mail = *std::move(mail);
  patch.commit_author.name = in.String();
  patch.commit_author.email = in.String();
  patch.commit_title = in.String();
  patch.message = in.String();
  patch.message_end = in.U64();
  patch.notes = in.String();
  constexpr size_t kTrailerBytes = 2 * 8 + 4;
  const size_t trailers = in.Count(kTrailerBytes);
  for (size_t i = 0; i < trailers && in.ok(); ++i) {
    Trailer trailer;
    trailer.key = in.String();
    trailer.value = in.String();
    trailer.text_line = in.U32();
    if (trailer.text_line > patch.mail.text.size() ||
        !IsValidUtf8(trailer.key) || !IsValidUtf8(trailer.value)) {
      in.Fail();
    }
    patch.trailers.push_back(std::move(trailer));
  }
  patch.base_commit = in.String();
  patch.change_id = in.String();
  patch.prerequisite_patch_ids = in.Strings();
  for (const std::string& id : patch.prerequisite_patch_ids) {
    if (!IsHex(id)) in.Fail();
  }
  for (const std::string* text :
       {&patch.commit_author.name, &patch.commit_author.email,
        &patch.commit_title, &patch.message, &patch.notes, &patch.change_id}) {
    if (!IsValidUtf8(*text)) in.Fail();
  }
  if (!IsHex(patch.base_commit) || patch.message_end > patch.mail.text.size()) {
    in.Fail();
  }
  if (in.Bool()) {
    auto diff = diff::Diff::DecodeParts(
        std::make_shared<const std::string>(patch.mail.text), &in);
    if (!diff || diff->empty()) return std::nullopt;
    patch.diff = *std::move(diff);
  }
  if (third && in.Bool()) {
    auto diff = diff::Diff::Decode(&in);
    if (!diff || diff->empty() || patch.diff.empty()) return std::nullopt;
    patch.diff_as_sent = *std::move(diff);
  }
  if (!in.Done()) return std::nullopt;
  return patch;
}

}  // namespace patchmilter::mime
