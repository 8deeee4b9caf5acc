// PatchView: the text of each mail of a series as a model is shown it, and
// where the diffs stand in it.
//
// Coverage is counted in bytes of these texts. The diff is that of the mail,
// byte for byte (in UTF-8); what stands before it may have its names hidden.
// Input: hostile mails, taken apart. Pure: the same series, the same bytes.
// Threads: any. Tested in tests/review/engine/engine_parts_test.cc.
#ifndef PATCHMILTER_REVIEW_ENGINE_PATCH_VIEW_H_
#define PATCHMILTER_REVIEW_ENGINE_PATCH_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "review/engine.h"
#include "review/finding.h"
#include "review/prompts/people.h"
#include "review/tools/receipt.h"

namespace patchmilter::review {

struct FileView {
  std::string path;
  std::size_t begin = 0;  // Of its diff, in the text.
  std::size_t end = 0;
  std::size_t added = 0;  // Lines.
  std::size_t removed = 0;
};

// A line before the diff that is shown otherwise than the mail has it.
struct HiddenLine {
  std::string shown;
  std::string sent;
};

struct PatchView {
  std::string text;
  // Where the first file's diff begins and the last one's ends; equal where
  // there is no diff.
  std::size_t diff_begin = 0;
  std::size_t diff_end = 0;
  std::vector<FileView> files;
  std::vector<HiddenLine> hidden;

  // Whether all of the diff was delivered.
  bool Covered(std::int64_t number, const CoverageReceipt& receipt) const;
  // What was not, by file and bytes, for people and models; "" where all was.
  std::string Missed(std::int64_t number, const CoverageReceipt& receipt) const;
};

// By number, 0 the cover. `people`: names are hidden; null shows them.
std::map<std::int64_t, PatchView> ViewsOf(const SeriesUnderReview& series,
                                          People* people);

// `finding` with its quotes as the mails have them, where they were copied from
// the views; and the other way round, to show it to a model.
Finding AsSent(Finding finding, const std::map<std::int64_t, PatchView>& views);
Finding AsShown(Finding finding,
                const std::map<std::int64_t, PatchView>& views);

// The same without covers, messages and notes: the diffs alone.
std::map<std::int64_t, PatchView> DiffsOf(
    const std::map<std::int64_t, PatchView>& views);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_ENGINE_PATCH_VIEW_H_
