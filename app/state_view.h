// What the commands that look at state.db share: opening it, naming a series,
// printing foreign text.
#ifndef PATCHMILTER_APP_STATE_VIEW_H_
#define PATCHMILTER_APP_STATE_VIEW_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "app/commands.h"
#include "app/json.h"
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

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_STATE_VIEW_H_
