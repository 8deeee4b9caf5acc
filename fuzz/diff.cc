// Any text is a diff or is not; what comes of it is sound and crosses whole.
#include "diff/diff.h"
#include "diff/find_run.h"

#include <cstdint>
#include <string>

#include "base/check.h"

namespace patchmilter::diff {
namespace {

void CheckSpan(const Diff& diff, Span span) {
  CHECK(span.begin <= diff.text().size());
  CHECK(span.size <= diff.text().size() - span.begin);
}

void CheckSound(const Diff& diff) {
  CHECK(diff.begin() <= diff.end());
  CHECK(diff.end() <= diff.text().size());
  for (const File& file : diff.files()) {
    CheckSpan(diff, file.header);
    CheckSpan(diff, file.binary_patch);
    for (const Hunk& hunk : file.hunks) {
      CheckSpan(diff, hunk.header);
      CheckSpan(diff, hunk.section);
      std::uint32_t last = hunk.text_line;
      for (const Line& line : hunk.lines) {
        CheckSpan(diff, line.span);
        CHECK(line.text_line > last);
        last = line.text_line;
        CHECK(diff.View(line.span).find('\n') == std::string_view::npos);
      }
    }
  }
}

}  // namespace
}  // namespace patchmilter::diff

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace patchmilter;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const diff::Diff parsed = diff::Diff::Parse(text);
  diff::CheckSound(parsed);
  const std::string id = parsed.StablePatchId();
  CHECK(id.empty() || id.size() == 40);
  WireWriter out;
  parsed.Encode(&out);
  WireReader in(out.bytes());
  const auto decoded = diff::Diff::Decode(&in);
  CHECK(decoded.has_value() && in.Done());
  WireWriter again;
  decoded->Encode(&again);
  CHECK(again.bytes() == out.bytes());
  if (!parsed.empty() && !parsed.files()[0].hunks.empty()) {
    std::vector<std::string_view> run;
    for (const diff::Line& line : parsed.files()[0].hunks[0].lines) {
      if (line.kind == diff::LineKind::kNoNewline) continue;
      run.push_back(parsed.View(line.span));
    }
    // A quote hangs on a line of text; a diff of diffs has other ones too.
    while (!run.empty() &&
           diff::KindOfQuoted(run.back()) != diff::QuotedKind::kText) {
      run.pop_back();
    }
    CHECK(run.empty() || !diff::FindRun(parsed, run).empty());
  }
  return 0;
}
