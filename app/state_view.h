// What the commands that look at state.db share: opening it, naming a series,
// printing foreign text.
#ifndef PATCHMILTER_APP_STATE_VIEW_H_
#define PATCHMILTER_APP_STATE_VIEW_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/commands.h"
#include "app/json.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"

namespace patchmilter::app {

struct OpenedState {
  std::string directory;
  std::string intake;  // "" where no configuration names one.
  std::unique_ptr<store::Store> store;
};

// The state that `where` names. Reading changes nothing; for writing it must
// be there already.
Result<OpenedState> OpenState(const StateOptions& where, bool for_writing);

// Foreign text for a terminal: valid UTF-8, one line, no control characters
// (those beyond ASCII, and bidi and zero-width characters, as "\\u{202e}"); at
// most `width` bytes and "..." (0: all of it).
std::string Printable(std::string_view text, size_t width = 0);

// JSON for a program or a terminal: the same characters in strings are escaped
// as JSON has it, the others stay as they are.
std::string PrintableJson(const Json& json);

// "v2 3/5": version, patches that are here, patches that it announces.
std::string VersionText(const series::Series& series);

// A Message-ID as people write it, or have it in a browser: without blanks, <>,
// "mid:" or "id:", and the part with an "@" of an archive's URL.
std::string BareMessageId(std::string_view text);

// The series that `text` names: its number, or the Message-ID of one of its
// mails.
Result<series::SeriesId> FindSeries(store::Store* store,
                                    const std::string& text);

Json ToJson(const store::SeriesRow& row);
// A finding, with the gate that it fell at where it did.
Json ToJson(const store::FindingRow& finding);
// A job that has been tried: "waiting" ones have the time of the next try.
Json ToJson(const store::JobRow& job);

// What models cost, by model and list, over two times that end now.
struct Spending {
  std::vector<store::SpendingTotal> day;    // 24 hours.
  std::vector<store::SpendingTotal> month;  // 30 days.
};
Result<Spending> SpendingUntil(store::Store* store, UnixSeconds now);
// Sums, and a line for each model and list; nothing where nothing was asked.
std::vector<std::string> SpendingLines(const Spending& spending);
Json ToJson(const Spending& spending);

// "large 3 kernel-1": the engine that made a review, and its version.
std::string EngineText(const store::ReviewRow& review);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_STATE_VIEW_H_
