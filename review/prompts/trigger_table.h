// TriggerTable: which guide is for which code, as review-prompts writes it
// down in kernel/subsystem/subsystem.md:
//
//   | Subsystem | Triggers | File |
//   |-----------|----------|------|
//   | DRM/GPU | drivers/gpu/drm/, drm_atomic_, hwseq | drm.md |
//
// Input: a text of the site's choice. Threads: const use from any.
// Tested in tests/review/prompts/trigger_table_test.cc.
#ifndef PATCHMILTER_REVIEW_PROMPTS_TRIGGER_TABLE_H_
#define PATCHMILTER_REVIEW_PROMPTS_TRIGGER_TABLE_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "review/prompts/trigger.h"

namespace patchmilter::review {

struct GuideRow {
  std::string subsystem;
  std::vector<Trigger> triggers;
  std::vector<std::string> files;  // Below the table's directory.
};

// A guide that a series calls for.
struct CalledGuide {
  std::string file;
  int weight = 0;  // Of its most telling trigger; see Trigger::Match.
};

class TriggerTable {
 public:
  // All tables of `text` with these three heads. kInvalidInput where there is
  // none, or more than kMaxPromptFiles rows.
  static Result<TriggerTable> Parse(std::string_view text);

  const std::vector<GuideRow>& rows() const { return rows_; }
  // Rows that cannot be read and triggers that can never fire, in words.
  const std::vector<std::string>& problems() const { return problems_; }

  // In the order of the table, each file once.
  std::vector<CalledGuide> Call(const Touched& touched) const;

 private:
  void AddRow(const std::vector<std::string>& cells);

  std::vector<GuideRow> rows_;
  std::vector<std::string> problems_;
};

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_PROMPTS_TRIGGER_TABLE_H_
