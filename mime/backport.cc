#include "mime/backport.h"

#include <string_view>

#include "base/text.h"

namespace patchmilter::mime {
namespace {

// "-stable review patch." stands in the first lines of each.
constexpr size_t kHeadLines = 5;

bool IsPosting(MailKind kind) {
  return kind == MailKind::kPatch || kind == MailKind::kCover ||
         kind == MailKind::kUntaggedDiff;
}

bool HasHint(const Subject& subject, std::string_view word) {
  for (const std::string& hint : subject.hints) {
    if (StartsWithIgnoreCase(hint, word)) return true;
  }
  return false;
}

// "[Stable-8.2.1 01/50] title": the tag names a stable release.
bool HasStableRelease(const Subject& subject) {
  constexpr std::string_view kTag = "stable-";
  for (const std::string& hint : subject.hints) {
    if (StartsWithIgnoreCase(hint, kTag) && hint.size() > kTag.size() &&
        IsDigitAscii(hint[kTag.size()])) {
      return true;
    }
  }
  return false;
}

bool HeadSays(std::string_view text, std::string_view words) {
  LineReader lines(text);
  std::string_view line;
  for (size_t i = 0; i < kHeadLines && lines.Next(&line); ++i) {
    if (line.find(words) != std::string_view::npos) return true;
  }
  return false;
}

void Set(Backport backport, std::string_view mark, Mail* mail) {
  mail->backport = backport;
  mail->kind_reason += "; it was merged already and is sent again for a stable";
  mail->kind_reason += " tree: ";
  mail->kind_reason += mark;
}

}  // namespace

std::string_view BackportName(Backport backport) {
  switch (backport) {
    case Backport::kNone:
      return "none";
    case Backport::kStableReview:
      return "stable-review";
    case Backport::kAutosel:
      return "autosel";
  }
  return "none";
}

void MarkBackport(const HeaderBlock& block, Mail* mail) {
  if (!IsPosting(mail->kind)) return;
  if (HasHint(mail->subject, "autosel")) {
    Set(Backport::kAutosel, "its subject says AUTOSEL", mail);
  } else if (block.Has(HeaderName::kXAutosel)) {
    Set(Backport::kAutosel, "it bears X-AUTOSEL", mail);
  } else if (block.Has(HeaderName::kXStable)) {
    Set(Backport::kStableReview, "it bears X-stable", mail);
  } else if (HeadSays(mail->text, "-stable review patch.")) {
    Set(Backport::kStableReview, "its text says \"stable review patch\"", mail);
  } else if (HeadSays(mail->text, "start of the stable review cycle")) {
    Set(Backport::kStableReview,
        "its text says \"start of the stable review cycle\"", mail);
  } else if (mail->subject.number && HasStableRelease(mail->subject)) {
    Set(Backport::kStableReview, "its subject names a stable release", mail);
  }
}

}  // namespace patchmilter::mime
