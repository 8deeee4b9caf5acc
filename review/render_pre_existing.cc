// The mail of what was there before the series. It answers the series' first
// mail, which holds none of the code: so it quotes nothing, and shows the lines
// that are meant as a snippet.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "review/anchor.h"
#include "review/hygiene.h"
#include "review/render_parts.h"

namespace patchmilter::review {

namespace {

// Lines of code that are shown of one finding: the last of the run, which it
// hangs on.
constexpr std::size_t kMaxShownLines = 3;

Lines OneFinding(const RenderInput& in, const Finding& finding) {
  const Anchor none;
  const Anchor& anchor =
      finding.anchors.empty() ? none : finding.anchors.front();
  std::string place = "In ";
  auto patch = in.series.patches.find(anchor.patch);
  if (patch == in.series.patches.end() || anchor.path.empty()) {
    place += anchor.path.empty() ? "the series" : CleanLine(anchor.path, 200);
  } else {
    place += PlaceInWords(in, anchor, 0);
    const std::string function = FunctionAt(patch->second->diff, anchor);
    if (!function.empty()) place += ", " + CleanLine(function, 80) + "()";
  }
  Lines lines = WrapWords(place + ":", kMailColumns);
  std::string code;
  const std::size_t count = anchor.quoted.size();
  for (std::size_t i = count - std::min(count, kMaxShownLines); i < count;
       ++i) {
    if (!Trim(anchor.quoted[i]).empty())
      code += "    " + anchor.quoted[i] + "\n";
  }
  if (anchor.kind == AnchorKind::kLines && anchor.file) {
    AddBlock(CleanProse(code), &lines);
  }
  AddBlock(Comment(in, finding), &lines);
  return lines;
}

}  // namespace

Rendered RenderPreExistingBody(const RenderInput& in,
                               const mime::PatchMail& answered,
                               const std::string& own_message_id) {
  FindingList findings;
  for (const Finding& finding : in.review.pre_existing) {
    findings.push_back(&finding);
  }
  findings = BySeverity(std::move(findings));
  FooterFacts facts;
  facts.answered = &answered;
  facts.own_message_id = own_message_id;
  facts.findings = findings;
  const Lines footer = Footer(in, facts);
  const std::size_t budget = LineBudget(in);
  std::size_t room = budget - std::min(budget, footer.size() + 1);

  Rendered rendered;
  Lines body = Opening(in);
  AddWrapped(
      "What follows was in the code before this series, which only stands "
      "next to it. It is no reason to hold the series up.",
      &body);
  const std::size_t last = 4;  // For the line that counts what is cut.
  for (const Finding* finding : findings) {
    const Lines lines = OneFinding(in, *finding);
    if (body.size() + 1 + lines.size() + last > room &&
        !rendered.printed.empty()) {
      continue;
    }
    AddBlock(lines, &body);
    rendered.printed.push_back(finding);
  }
  rendered.left_out = findings.size() - rendered.printed.size();
  if (rendered.left_out > 0) {
    AddWrapped(FindingsInWords(rendered.left_out) +
                   (rendered.left_out == 1 ? " is" : " are") +
                   " left out here, for the length of this mail; the worst are "
                   "kept.",
               &body);
  }
  if (body.size() > room) {
    body.resize(room > 1 ? room - 1 : 0);
    body.emplace_back("(cut here, for the length of this mail)");
  }
  rendered.body = BodyOf(body, footer);
  return rendered;
}

}  // namespace patchmilter::review
