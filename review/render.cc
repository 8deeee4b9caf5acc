#include "review/render.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/text.h"
#include "base/version.h"
#include "review/anchor.h"
#include "review/characters.h"
#include "review/finding_mark.h"
#include "review/hygiene.h"
#include "review/render_parts.h"

namespace patchmilter::review {

namespace {

// Mail servers take so many bytes of headers and no more (Postfix: 100 KiB).
constexpr std::size_t kMaxRememberedMarks = 50;

std::string Domain(const RenderContext& context) {
  if (context.identity == nullptr) return "patchmilter.invalid";
  if (!context.identity->domain.empty()) return context.identity->domain;
  std::string domain = DomainOf(context.identity->from);
  while (!domain.empty() && (domain.back() == '>' || domain.back() == ' ')) {
    domain.pop_back();
  }
  return domain.empty() ? "patchmilter.invalid" : domain;
}

std::string Verdict(const RenderInput& in, const FindingList& findings) {
  if (NothingRead(in)) return "not-reviewed";
  if (!findings.empty() || !in.review.still_present.empty()) return "findings";
  return WholeCoverage(in) ? "clean" : "partial";
}

std::string Mark(const RenderInput& in, const FindingList& findings) {
  const SeverityCounts counts = Count(findings);
  std::string base = EscapedParameter(in.series.apply.base.substr(0, 12));
  std::string mark = "v=" + std::string(kVersion) +
                     "; engine=" + EscapedParameter(in.engine.engine) +
                     "; round=" + std::to_string(in.context.round) +
                     "; base=" + (base.empty() ? "none" : base) +
                     "; verdict=" + Verdict(in, findings) + ";";
  for (std::size_t i = 0; i < counts.of.size(); ++i) {
    mark += ' ';
    mark += SeverityName(static_cast<Severity>(i));
    mark += '=' + std::to_string(counts.of[i]);
  }
  return mark;
}

// What an earlier revision was told and still stands: the next one must be able
// to learn it from this one's mails alone.
std::vector<std::string> RememberedMarks(const RenderInput& in) {
  std::vector<std::string> values;
  for (const Finding& finding : in.review.still_present) {
    if (values.size() == kMaxRememberedMarks) return values;
    values.push_back(WriteFindingMark(MarkOf(in.series, finding)));
  }
  for (const PreviousFate& fate : in.context.previous_fates) {
    if (!fate.carried) continue;
    if (values.size() == kMaxRememberedMarks) return values;
    values.push_back(WriteFindingMark(*fate.carried));
  }
  return values;
}

mime::OutgoingMail Headers(const RenderInput& in,
                           const mime::PatchMail& answered,
                           const FindingList& counted,
                           const FindingList& listed) {
  mime::OutgoingMail mail;
  if (in.context.identity != nullptr) {
    mail.from = in.context.identity->from;
    mail.reply_to = in.context.identity->reply_to;
  }
  if (in.context.destination != nullptr) {
    mail.to = in.context.destination->address;
    mail.list_id = in.context.destination->list_id;
  }
  // A header is encoded, but a reader's terminal shows it decoded.
  const std::string subject = VisibleCharacters(answered.mail.subject.text);
  mail.subject = "Re: " + (subject.empty() ? "(no subject)" : subject);
  const std::string id = CleanMessageId(answered.mail.message_id);
  for (const std::string& reference : answered.mail.references) {
    std::string clean = CleanMessageId(reference);
    if (!clean.empty() && clean != id) mail.references.push_back(clean);
  }
  if (mail.references.empty() && !answered.mail.in_reply_to.empty()) {
    std::string parent = CleanMessageId(answered.mail.in_reply_to.front());
    if (!parent.empty() && parent != id) mail.references.push_back(parent);
  }
  if (!id.empty()) mail.references.push_back(id);
  mail.in_reply_to = id;
  mail.date = in.context.now;
  mail.extra_headers.emplace_back("Auto-Submitted", "auto-generated");
  mail.extra_headers.emplace_back("X-Patchmilter", Mark(in, counted));
  for (const Finding* finding : listed) {
    mail.extra_headers.emplace_back(
        std::string(kFindingHeader),
        WriteFindingMark(MarkOf(in.series, *finding)));
  }
  return mail;
}

}  // namespace

std::vector<ReviewMail> Render(const SeriesUnderReview& series,
                               const EngineResult& engine,
                               const GatedReview& review,
                               const RenderContext& context) {
  const RenderInput in(series, engine, review, context);
  std::vector<ReviewMail> mails;
  const mime::PatchMail* root = series.cover;
  if (root == nullptr && !series.patches.empty()) {
    root = series.patches.begin()->second;
  }
  if (root == nullptr) return mails;
  const std::string domain = Domain(context);
  const std::string destination =
      context.destination != nullptr ? context.destination->name : "";
  auto add = [&](ReviewMail::Kind kind, std::int64_t patch,
                 const mime::PatchMail& answered, const FindingList& counted,
                 const std::string& id, Rendered rendered) {
    ReviewMail mail;
    mail.kind = kind;
    mail.patch = patch;
    mail.mail = Headers(in, answered, counted, rendered.printed);
    mail.mail.message_id = id;
    mail.mail.body = std::move(rendered.body);
    mail.findings = rendered.printed.size();
    mail.left_out = rendered.left_out;
    mails.push_back(std::move(mail));
  };
  auto id_of = [&](ReviewMail::Kind kind, std::int64_t patch) {
    return ReviewMessageId(context.series_key, destination, context.round, kind,
                           patch, domain);
  };

  FindingList all = FindingsOf(in, 0);
  for (const auto& [number, patch] : series.patches) {
    const FindingList& findings = FindingsOf(in, number);
    all.insert(all.end(), findings.begin(), findings.end());
  }
  std::string id = id_of(ReviewMail::Kind::kSeries, 0);
  add(ReviewMail::Kind::kSeries, 0, *root, all, id,
      RenderSeriesBody(in, *root, id));
  for (std::string& value : RememberedMarks(in)) {
    mails.back().mail.extra_headers.emplace_back(std::string(kFindingHeader),
                                                 std::move(value));
  }
  if (!context.previous_series_mail.empty()) {
    const std::string previous = CleanMessageId(context.previous_series_mail);
    mails.back().mail.in_reply_to = previous;
    mails.back().mail.references.push_back(previous);
  }
  for (const auto& [number, patch] : series.patches) {
    const FindingList& findings = FindingsOf(in, number);
    if (findings.empty()) continue;
    id = id_of(ReviewMail::Kind::kPatch, number);
    add(ReviewMail::Kind::kPatch, number, *patch, findings, id,
        RenderPatchBody(in, number, id));
  }
  if (!review.pre_existing.empty()) {
    FindingList findings;
    for (const Finding& finding : review.pre_existing) {
      findings.push_back(&finding);
    }
    id = id_of(ReviewMail::Kind::kPreExisting, 0);
    add(ReviewMail::Kind::kPreExisting, 0, *root, findings, id,
        RenderPreExistingBody(in, *root, id));
  }
  return mails;
}

std::string_view ReviewMailKindName(ReviewMail::Kind kind) {
  switch (kind) {
    case ReviewMail::Kind::kSeries:
      return "series";
    case ReviewMail::Kind::kPatch:
      return "patch";
    case ReviewMail::Kind::kPreExisting:
      return "pre-existing";
  }
  return "patch";
}

std::string ReviewMessageId(const std::string& series_key,
                            const std::string& destination, std::int64_t round,
                            ReviewMail::Kind kind, std::int64_t patch,
                            const std::string& domain) {
  std::string tail = "r" + std::to_string(round);
  switch (kind) {
    case ReviewMail::Kind::kSeries:
      tail += "-s";
      break;
    case ReviewMail::Kind::kPatch:
      tail += "-p" + std::to_string(patch);
      break;
    case ReviewMail::Kind::kPreExisting:
      tail += "-e";
      break;
  }
  return "pm-" + Sha256HexOf({series_key, destination, tail}).substr(0, 14) +
         "-" + tail + "@" + domain;
}

}  // namespace patchmilter::review
