// Series for the tests of review/, written as a person would: titles, messages
// and hunks; the mails are made of them and parsed as any other mail.
#ifndef PATCHMILTER_TESTS_REVIEW_FIXTURE_H_
#define PATCHMILTER_TESTS_REVIEW_FIXTURE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "mime/patch_mail.h"
#include "review/engine.h"
#include "review/gates.h"
#include "review/render.h"
#include "series/series.h"

namespace patchmilter::review {

// A hunk that changes `path`: `lines` with their marks, LF between them. The
// counts are made to add up.
std::string EditFile(std::string_view path, std::uint32_t line,
                     std::string_view section, std::string_view lines);
// A file that is added whole.
std::string NewFile(std::string_view path, std::string_view text,
                    std::string_view mode = "100644");

struct PatchText {
  std::string title{};
  std::string message{};  // With trailers; "" gets a sign-off of the author's.
  std::string diff{};
  std::string from = "Jane Roe <jane@example.org>";
  std::string in_body_from{};  // "" leaves it out.
  std::string tag{};           // In place of "PATCH vN k/n"; "" makes it.
  std::string notes{};         // Behind "---".
  std::int64_t number = 0;     // 0: its place.
};

class SeriesFixture {
 public:
  SeriesFixture& Version(std::int64_t version);
  SeriesFixture& Total(std::int64_t total);  // Else the number of patches.
  SeriesFixture& Cover(std::string title, std::string text);
  SeriesFixture& Patch(PatchText patch);

  // Parses the mails. The fixture must outlive what Under() gives.
  void Build();
  SeriesUnderReview Under() const;

  // The raw mails: the cover first.
  const std::vector<std::string>& raw() const { return raw_; }
  series::Series& series() { return series_; }
  ListConfig& list() { return list_; }
  tree::ApplyReport& apply() { return apply_; }
  std::vector<PatchText>& texts() { return texts_; }

 private:
  std::int64_t version_ = 1;
  std::optional<std::int64_t> total_;
  std::optional<PatchText> cover_text_;
  std::vector<PatchText> texts_;
  std::vector<std::string> raw_;
  std::optional<mime::PatchMail> cover_;
  std::map<std::int64_t, mime::PatchMail> patches_;
  series::Series series_;
  ListConfig list_;
  tree::ApplyReport apply_;
};

// Three patches of a small driver that no check has a word to say about.
SeriesFixture CleanSeries();

// Engine, gates with the default policy.
std::vector<Finding> CheckFindings(const SeriesUnderReview& series);
GatedReview CheckAndGate(const SeriesUnderReview& series);

// Identity and destination as a site would have them.
const IdentityConfig& TestIdentity();
const DestinationConfig& TestDestination();
RenderContext TestContext();

}  // namespace patchmilter::review

#endif  // PATCHMILTER_TESTS_REVIEW_FIXTURE_H_
