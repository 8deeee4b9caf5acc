// Run by hand: what the checks say of a directory of real mails.
//
//   precision_corpus DIR [--max N] [--check NAME] [--mails]
//
// Groups the mails with series/, runs the checks, passes the gates, and prints
// each finding with its place; at the end the counts by check. With --mails the
// whole rendered mails. Read a sample: a check that is wrong more than once in
// twenty is tightened or off by default (docs/architecture.md, "Checks").
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "mime/patch_mail.h"
#include "review/anchor.h"
#include "review/check.h"
#include "review/checks_engine.h"
#include "review/gates.h"
#include "review/render.h"
#include "series/grouper.h"

namespace patchmilter::review {
namespace {

struct Options {
  std::string directory;
  std::size_t max = 1U << 30;
  std::string check;
  bool mails = false;
};

void PrintFinding(const SeriesUnderReview& under, const Finding& finding) {
  const Anchor& anchor = finding.anchors.front();
  std::printf("[%s] %s: %s\n",
              std::string(SeverityName(finding.severity)).c_str(),
              finding.category.c_str(), finding.explanation.c_str());
  std::size_t shown = 0;
  for (const Anchor& place : finding.anchors) {
    if (++shown > 3) break;
    auto patch = under.patches.find(place.patch);
    if (patch == under.patches.end()) continue;
    std::printf("    %s:%u\n", place.path.c_str(),
                LineNumber(patch->second->diff, place));
    for (const std::string& line : place.quoted) {
      std::string seen;
      for (char c : line) {
        seen += c == '\t' ? std::string("<TAB>") : std::string(1, c);
      }
      std::printf("    |%s|\n", seen.c_str());
    }
  }
  if (finding.anchors.size() > 3) {
    std::printf("    ... %zu places\n", finding.anchors.size());
  }
  (void)anchor;
}

int Main(const Options& options) {
  mime::InitMime();
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(options.directory)) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  std::map<series::MailId, mime::PatchMail> mails;
  series::Grouper grouper;
  series::MailId id = 0;
  for (const std::string& file : files) {
    Result<std::string> raw = ReadFile(file, 64UL << 20);
    if (!raw.ok()) continue;
    ++id;
    mime::PatchMail mail = mime::ParsePatchMail(*raw);
    UnixSeconds arrival =
        mail.mail.received.value_or(mail.mail.date.value_or(0));
    grouper.Add(series::FactsOf(mail, id, "list", arrival));
    if (!mail.diff.empty() || mail.mail.kind == mime::MailKind::kCover) {
      mails.emplace(id, std::move(mail));
    }
  }
  std::map<std::string, std::size_t> found;
  std::map<std::string, std::size_t> printed;
  std::map<std::string, std::size_t> dropped;
  std::size_t all = 0;
  std::size_t clean = 0;
  std::size_t patches = 0;
  for (const series::Series* series : grouper.All()) {
    SeriesUnderReview under;
    under.series = series;
    if (series->cover && mails.count(*series->cover) != 0) {
      under.cover = &mails.at(*series->cover);
    }
    for (const auto& [number, mail] : series->patches) {
      auto it = mails.find(mail);
      if (it != mails.end()) under.patches[number] = &it->second;
    }
    if (under.patches.empty()) continue;
    ++all;
    patches += under.patches.size();
    ChecksEngine engine;
    Result<EngineResult> result = engine.Review(under);
    GatedReview review = ApplyGates(under, result->findings, GatePolicy());
    for (const auto& [gate, count] : review.DroppedByGate()) {
      dropped[gate] += count;
    }
    if (review.kept.empty()) ++clean;
    for (const Finding& finding : review.kept) {
      ++found[finding.category];
      if (!options.check.empty() && finding.category != options.check) continue;
      if (++printed[finding.category] > options.max) continue;
      const std::int64_t number = finding.anchors.front().patch;
      const mime::PatchMail* mail =
          number > 0 ? under.patches.at(number) : under.patches.begin()->second;
      std::printf("== %s <%s>\n", mail->mail.subject.text.c_str(),
                  mail->mail.message_id.c_str());
      PrintFinding(under, finding);
    }
    if (options.mails && !review.kept.empty()) {
      RenderContext context;
      context.series_key = std::to_string(series->id);
      for (const ReviewMail& mail : Render(under, *result, review, context)) {
        std::printf("######## %s\n%s\n", mail.mail.subject.c_str(),
                    mail.mail.body.c_str());
      }
    }
  }
  std::printf("\n%zu series, %zu patches, %zu series without findings\n", all,
              patches, clean);
  for (const auto& [name, count] : found) {
    std::printf("%6zu  %s\n", count, name.c_str());
  }
  for (const auto& [name, count] : dropped) {
    std::printf("%6zu  dropped: %s\n", count, name.c_str());
  }
  return 0;
}

}  // namespace
}  // namespace patchmilter::review

int main(int argc, char** argv) {
  patchmilter::review::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--max" && i + 1 < argc) {
      options.max = std::strtoul(argv[++i], nullptr, 10);
    } else if (word == "--check" && i + 1 < argc) {
      options.check = argv[++i];
    } else if (word == "--mails") {
      options.mails = true;
    } else {
      options.directory = word;
    }
  }
  if (options.directory.empty()) {
    std::fprintf(stderr,
                 "usage: precision_corpus DIR [--max N] [--check NAME] "
                 "[--mails]\n");
    return 2;
  }
  return patchmilter::review::Main(options);
}
