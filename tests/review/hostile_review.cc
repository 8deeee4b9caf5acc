#include "tests/review/hostile_review.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include "review/anchor.h"
#include "tests/review/mail_oracle.h"

namespace patchmilter::review {

namespace {

// Hostile, but a header's or a diff's one line.
std::string OneLine(std::mt19937* random, int pieces) {
  std::string line = HostileText(random, pieces);
  std::erase_if(line, [](char c) { return c == '\n' || c == '\r' || c == 0; });
  return line;
}

std::string Hunk(std::mt19937* random) {
  std::string lines;
  const std::size_t count = 4 + (*random)() % 30;
  for (std::size_t i = 0; i < count; ++i) {
    const char mark = " +-+ "[(*random)() % 5];
    std::string text;
    switch ((*random)() % 5) {
      case 0:
        text = OneLine(random, 6);
        break;
      case 1:
        text = "}";
        break;
      case 2:
        break;
      default:
        text = "\tcall_" + std::to_string(i) + "();";
    }
    lines += mark + text + "\n";
  }
  return lines;
}

Anchor SomeAnchor(std::mt19937* random, const SeriesUnderReview& under) {
  auto patch = under.patches.begin();
  std::advance(patch, (*random)() % under.patches.size());
  const diff::Diff& diff = patch->second->diff;
  const std::size_t choice = (*random)() % 10;
  if (choice == 0 || diff.files().empty()) return AnchorSeries();
  if (choice == 1) {
    const std::size_t lines = MessageLines(*patch->second);
    if (lines == 0) return AnchorSeries();
    return AnchorMessage(patch->first, *patch->second,
                         static_cast<std::uint32_t>((*random)() % lines));
  }
  const auto file =
      static_cast<std::uint32_t>((*random)() % diff.files().size());
  const std::vector<diff::Hunk>& hunks = diff.files()[file].hunks;
  if (choice == 2 || hunks.empty()) {
    return AnchorFile(patch->first, diff, file);
  }
  const auto hunk = static_cast<std::uint32_t>((*random)() % hunks.size());
  const auto size = static_cast<std::uint32_t>(hunks[hunk].lines.size());
  if (choice == 3 || size == 0) {
    return AnchorHunk(patch->first, diff, file, hunk);
  }
  const auto first = static_cast<std::uint32_t>((*random)() % size);
  const auto count = static_cast<std::uint32_t>(
      std::min<std::size_t>(1 + (*random)() % 16, size - first));
  return AnchorLines(patch->first, diff, file, hunk, first, count);
}

Finding SomeFinding(std::mt19937* random, const SeriesUnderReview& under) {
  Finding finding;
  finding.category = OneLine(random, 3);
  finding.severity = static_cast<Severity>((*random)() % 4);
  finding.title = HostileText(random, 10);
  finding.explanation = HostileText(random, 60);
  if ((*random)() % 3 == 0) finding.suggestion = HostileText(random, 20);
  if ((*random)() % 6 == 0) finding.fixed_by_patch = (*random)() % 4;
  finding.pre_existing = (*random)() % 7 == 0;
  finding.fingerprint = "0123456789abcdef";
  const std::size_t places = (*random)() % 4 == 0 ? 1 + (*random)() % 9 : 1;
  for (std::size_t i = 0; i < places; ++i) {
    finding.anchors.push_back(SomeAnchor(random, under));
  }
  return finding;
}

}  // namespace

HostileReview MakeHostileReview(unsigned seed) {
  std::mt19937 random(seed);
  HostileReview hostile;
  hostile.fixture = std::make_shared<SeriesFixture>();
  SeriesFixture& fixture = *hostile.fixture;
  const std::size_t patches = 1 + random() % 5;
  if (random() % 2 == 0) fixture.Cover(OneLine(&random, 8), "Text.\n");
  for (std::size_t i = 0; i < patches; ++i) {
    PatchText text;
    text.title = OneLine(&random, 8);
    // Hostile, but above any line that would begin a diff.
    text.message = "A message.\n" + OneLine(&random, 12) +
                   "\n\nSigned-off-by: Jane Roe <jane@example.org>\n";
    if (text.message.find("diff") != std::string::npos ||
        text.message.find("---") != std::string::npos ||
        text.message.find("+++") != std::string::npos ||
        text.message.find("Index:") != std::string::npos) {
      text.message = "A message.\n\n#syz fix: x\nFixes: 0123456789ab (\"x\")\n";
    }
    for (std::size_t file = 0; file <= random() % 3; ++file) {
      std::string path = "drivers/d" + std::to_string(file) + "/";
      for (char c : OneLine(&random, 2)) {
        if (c != ' ' && c != '/' && c != '\t' && c != '"' && c != '\\') {
          path += c;
        }
      }
      text.diff +=
          EditFile(path + ".c", static_cast<std::uint32_t>(10 + 100 * file),
                   OneLine(&random, 4), Hunk(&random));
    }
    text.from =
        "\"" + std::string("J. Roe #syz Fixes: x") + "\" <jane@example.org>";
    fixture.Patch(std::move(text));
  }
  fixture.Build();
  hostile.under = fixture.Under();
  hostile.under.previous_title = OneLine(&random, 8);
  hostile.under.previous_version = 1;

  const std::size_t findings = random() % 12 + (random() % 9 == 0 ? 60 : 0);
  for (std::size_t i = 0; i < findings; ++i) {
    hostile.review.kept.push_back(SomeFinding(&random, hostile.under));
  }
  for (std::size_t i = random() % 3; i > 0; --i) {
    hostile.review.pre_existing.push_back(SomeFinding(&random, hostile.under));
  }
  EngineResult engine;
  engine.engine = OneLine(&random, 4);
  engine.version = OneLine(&random, 4);
  engine.cost = OneLine(&random, 8);
  engine.overview = {HostileText(&random), HostileText(&random)};
  for (const auto& [number, patch] : hostile.under.patches) {
    if (random() % 3 == 0) {
      engine.coverage.missed[number] = HostileText(&random);
    } else {
      engine.coverage.whole[number] = true;
    }
  }
  RenderContext context = TestContext();
  context.round = 1 + random() % 2;
  context.remarks = {HostileText(&random)};
  for (std::size_t i = random() % 9; i > 0; --i) {
    PreviousFate fate;
    fate.title = HostileText(&random);
    fate.kind = static_cast<PreviousFate::Kind>(random() % 3);
    fate.patch = random() % 4;
    context.previous_fates.push_back(std::move(fate));
  }
  hostile.mails = Render(hostile.under, engine, hostile.review, context);
  return hostile;
}

}  // namespace patchmilter::review
