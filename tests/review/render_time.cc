// How long rendering takes: render_time [FINDINGS…], 100 and 1,000 by default.
// For each number: the median of many rounds of Render(), and, as a peer, of
// parsing the mails that come out (GMime, through mime::ParseMail).
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "mime/compose.h"
#include "mime/mail.h"
#include "review/anchor.h"
#include "review/render.h"
#include "tests/review/fixture.h"

namespace patchmilter::review {
namespace {

using Clock = std::chrono::steady_clock;

template <typename Work>
double MedianMs(int rounds, const Work& work) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const Clock::time_point begin = Clock::now();
    work();
    times.push_back(
        std::chrono::duration<double, std::milli>(Clock::now() - begin)
            .count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

// Ten patches; the findings spread over them, five places of each hundred a
// claim with two.
int Run(std::size_t findings) {
  SeriesFixture fixture;
  fixture.Cover("lamp: many steps", "Step by step.\n");
  const std::size_t patches = 10;
  const std::size_t each = findings / patches + 1;
  for (std::size_t k = 0; k < patches; ++k) {
    std::string text;
    for (std::size_t i = 0; i < each; ++i) {
      text += "\tret = step_" + std::to_string(i) +
              "(lamp);\n\tif (ret)\n\t\treturn ret;\n\n";
    }
    fixture.Patch(
        {"lamp: part " + std::to_string(k + 1), "",
         NewFile("drivers/lamp/part" + std::to_string(k) + ".c", text)});
  }
  fixture.Build();
  const SeriesUnderReview under = fixture.Under();
  GatedReview review;
  for (std::size_t i = 0; i < findings; ++i) {
    const auto patch = static_cast<std::int64_t>(i % patches) + 1;
    const auto line = static_cast<std::uint32_t>(i / patches * 4);
    Finding finding;
    finding.category = "error-handling";
    finding.severity = static_cast<Severity>(i % 4);
    finding.title =
        "The reference is kept where step " + std::to_string(i) + " fails";
    finding.explanation =
        "Does this leak the reference that `lamp_get()` has taken? On the "
        "error path\nof step " +
        std::to_string(i) +
        ", nothing calls lamp_put():\n\n    ret = step(lamp);\n    if (ret)\n"
        "            return ret;\n\nso that the module can not be removed "
        "any more once the step has failed,\nwhich a user can bring about by "
        "writing a level of -1 to the attribute.";
    finding.fingerprint = "0123456789abcdef";
    finding.anchors = {
        AnchorLines(patch, under.patches.at(patch)->diff, 0, 0, line, 3)};
    review.kept.push_back(std::move(finding));
  }
  EngineResult engine;
  engine.engine = "model";
  for (const auto& [number, patch] : under.patches) {
    engine.coverage.whole[number] = true;
  }
  const RenderContext context = TestContext();
  std::vector<ReviewMail> mails = Render(under, engine, review, context);
  std::vector<std::string> raw;
  std::size_t bytes = 0;
  std::size_t printed = 0;
  for (const ReviewMail& mail : mails) {
    Result<std::string> composed = mime::Compose(mail.mail);
    if (!composed.ok()) return 1;
    bytes += composed->size();
    printed += mail.findings;
    raw.push_back(std::move(*composed));
  }
  const int rounds = static_cast<int>(
      std::max<std::size_t>(11, 20'000 / std::max<std::size_t>(findings, 1)));
  const double render = MedianMs(rounds, [&] {
    if (Render(under, engine, review, context).size() != mails.size()) {
      std::abort();
    }
  });
  const double parse = MedianMs(rounds, [&] {
    for (const std::string& mail : raw) {
      if (mime::ParseMail(mail).text.empty()) std::abort();
    }
  });
  std::printf(
      "%zu findings (%zu printed, %zu mails, %zu bytes): render %.2f ms, "
      "parsing the mails %.2f ms (median of %d)\n",
      findings, printed, raw.size(), bytes, render, parse, rounds);
  return 0;
}

}  // namespace
}  // namespace patchmilter::review

int main(int argc, char** argv) {
  patchmilter::mime::InitMime();
  std::vector<std::size_t> sizes;
  for (int i = 1; i < argc; ++i) {
    sizes.push_back(std::strtoul(argv[i], nullptr, 10));
  }
  if (sizes.empty()) sizes = {100, 1000};
  for (std::size_t size : sizes) {
    if (const int failed = patchmilter::review::Run(size); failed != 0) {
      return failed;
    }
  }
  return 0;
}
