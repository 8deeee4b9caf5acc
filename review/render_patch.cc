// The body of a patch mail: quotes with comments between them, in the order of
// the mail, in the form that b4 reads (review/quoter.h).
#include <algorithm>
#include <numeric>
#include <utility>

#include "base/text.h"
#include "review/anchor.h"
#include "review/hygiene.h"
#include "review/quoter.h"
#include "review/render_parts.h"

namespace patchmilter::review {

namespace {

// Further places of one claim that are quoted too; more are only named.
constexpr std::size_t kMaxQuotedPlaces = 5;

// One quote with what is said below it.
struct Entry {
  const Finding* finding = nullptr;
  const Anchor* anchor = nullptr;
  bool main = true;  // Else: a further place of a claim.
  PlaceOrder order{};
  Lines comment;
  std::size_t height = 0;  // At most, in lines.
};

// "[low] whitespace: as at drivers/lamp/core.c:12."
Lines Pointer(const RenderInput& in, const Finding& finding) {
  std::string text = "[";
  text += SeverityName(finding.severity);
  text +=
      "] " + CategoryWord(finding.category) + ": as at " +
      PlaceInWords(in, finding.anchors.front(), finding.anchors.front().patch) +
      ".";
  return CleanProse(text);
}

std::vector<Entry> EntriesOf(const RenderInput& in, const mime::PatchMail& mail,
                             const FindingList& findings) {
  std::vector<Entry> entries;
  for (const Finding* finding : findings) {
    const Anchor& first = finding->anchors.front();
    std::size_t quoted = 0;
    for (const Anchor& anchor : finding->anchors) {
      const bool main = &anchor == &first;
      if (!main &&
          (anchor.patch != first.patch || anchor.kind == AnchorKind::kSeries ||
           OrderOf(mail, anchor) == OrderOf(mail, first) ||
           ++quoted > kMaxQuotedPlaces)) {
        continue;
      }
      Entry entry;
      entry.finding = finding;
      entry.anchor = &anchor;
      entry.main = main;
      entry.order = OrderOf(mail, anchor);
      entry.comment = main ? Comment(in, *finding) : Pointer(in, *finding);
      entry.height = QuoteHeight(anchor) + entry.comment.size() + 1;
      entries.push_back(std::move(entry));
    }
  }
  // In the order of the mail; at one place the worst first.
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) {
                     if (a.order != b.order) return a.order < b.order;
                     return a.finding->severity > b.finding->severity;
                   });
  return entries;
}

Lines LeftOutLine(std::size_t left_out) {
  if (left_out == 0) return {};
  return WrapWords(
      FindingsInWords(left_out) + (left_out == 1 ? " is" : " are") +
          " left out here, for the length of this mail; the worst are kept.",
      kMailColumns);
}

// The body with those entries that are `shown`.
Lines Body(const RenderInput& in, const mime::PatchMail& mail,
           const std::vector<Entry>& entries, const std::vector<bool>& shown,
           std::size_t left_out) {
  Lines lines = Opening(in);
  Quoter quoter(mail, &lines);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!shown[i]) continue;
    // What Show adds stands behind a blank line.
    if (!lines.back().empty()) lines.emplace_back();
    quoter.Show(*entries[i].anchor);
    AddBlock(entries[i].comment, &lines);
  }
  AddBlock(LeftOutLine(left_out), &lines);
  return lines;
}

// Those that fit into `room` lines, by their greatest heights: the worst
// first, of equals the first ones; claims before further places of claims.
// Linear: heights are known, and nothing is rendered to find out.
void Choose(const std::vector<Entry>& entries,
            const std::vector<std::size_t>& by_weight, std::size_t room,
            std::vector<bool>* shown) {
  for (std::size_t i : by_weight) {
    if ((*shown)[i] || entries[i].height > room) continue;
    room -= entries[i].height;
    (*shown)[i] = true;
  }
}

}  // namespace

Rendered RenderPatchBody(const RenderInput& in, std::int64_t patch,
                         const std::string& own_message_id) {
  const mime::PatchMail& mail = *in.series.patches.at(patch);
  const FindingList& findings = FindingsOf(in, patch);
  FooterFacts facts;
  facts.answered = &mail;
  facts.findings = findings;
  facts.own_message_id = own_message_id;
  AddPatchFacts(in, patch, &facts);
  const Lines footer = Footer(in, facts);
  const std::size_t budget = LineBudget(in);
  const std::size_t room = budget - std::min(budget, footer.size() + 1);

  const std::vector<Entry> entries = EntriesOf(in, mail, findings);
  std::vector<bool> shown(entries.size(), true);
  Lines body = Body(in, mail, entries, shown, 0);
  if (body.size() > room) {
    std::vector<std::size_t> by_weight(entries.size());
    std::iota(by_weight.begin(), by_weight.end(), std::size_t{0});
    std::stable_sort(
        by_weight.begin(), by_weight.end(), [&](std::size_t a, std::size_t b) {
          if (entries[a].main != entries[b].main) {
            return entries[a].main;
          }
          return entries[a].finding->severity > entries[b].finding->severity;
        });
    shown.assign(entries.size(), false);
    auto left_out = [&] {
      std::size_t count = findings.size();
      for (std::size_t i = 0; i < entries.size(); ++i) {
        if (shown[i] && entries[i].main) --count;
      }
      return count;
    };
    // Two rounds: quotes that share a hunk take less than their heights say,
    // and what that leaves is filled.
    shown[by_weight.front()] = true;
    std::size_t used = Body(in, mail, entries, shown, findings.size()).size();
    for (int round = 0; round < 2 && used < room; ++round) {
      Choose(entries, by_weight, room - used, &shown);
      used = Body(in, mail, entries, shown, findings.size()).size();
    }
    // A place is pointed at only where its claim stands.
    std::set<const Finding*> claims;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (shown[i] && entries[i].main) claims.insert(entries[i].finding);
    }
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (!entries[i].main && claims.count(entries[i].finding) == 0) {
        shown[i] = false;
      }
    }
    body = Body(in, mail, entries, shown, left_out());
  }
  if (body.size() > room) {
    // One long comment and the footer of many long paths.
    body.resize(room > 1 ? room - 1 : 0);
    body.emplace_back("(cut here, for the length of this mail)");
  }
  Rendered rendered;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (shown[i] && entries[i].main) {
      rendered.printed.push_back(entries[i].finding);
    }
  }
  rendered.left_out = findings.size() - rendered.printed.size();
  rendered.body = BodyOf(body, footer);
  return rendered;
}

}  // namespace patchmilter::review
