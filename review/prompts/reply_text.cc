#include "review/prompts/reply_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "review/prompts/attribution.h"

namespace patchmilter::review {
namespace {

constexpr std::string_view kLeftOut = "> [...]";
// Words of a line that only thanks or greets.
constexpr std::size_t kMaxPleasantry = 5;

bool IsQuoted(std::string_view line) {
  return !line.empty() && line.front() == '>';
}

bool IsBlank(std::string_view line) { return Trim(line).empty(); }

// A quoted line that says nothing.
bool IsEmptyQuote(std::string_view line) {
  return line.find_first_not_of("> \t\r") == std::string_view::npos;
}

// Where mailers and lists put what is not the writer's.
bool EndsText(std::string_view line) {
  line = TrimRight(line);
  if (line == "--" || StartsWithIgnoreCase(line, "-----original message")) {
    return true;
  }
  return line.size() >= 30 &&
         line.find_first_not_of('_') == std::string_view::npos;
}

// "Reviewed-by" of "Reviewed-by: …"; "" for any other line.
std::string TrailerKey(std::string_view line) {
  line = Trim(line);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon < 4) return "";
  const std::string_view key = line.substr(0, colon);
  const bool by = EqualsIgnoreCase(key.substr(key.size() - 3), "-by");
  const bool known = by || EqualsIgnoreCase(key, "fixes") ||
                     EqualsIgnoreCase(key, "closes") ||
                     EqualsIgnoreCase(key, "link");
  if (!known || !std::all_of(key.begin(), key.end(), [](char c) {
        return IsAlphaAscii(c) || c == '-';
      })) {
    return "";
  }
  return std::string(key);
}

bool IsPleasantry(std::string_view line) {
  line = Trim(line);
  if (line.find_first_of("?:{};=") != std::string_view::npos) return false;
  std::size_t words = 0;
  for (std::string_view word : Split(line, ' ')) {
    if (!word.empty()) ++words;
  }
  if (words > kMaxPleasantry) return false;
  static constexpr std::array<std::string_view, 17> kWords = {
      "thanks", "thank",  "lgtm",    "looks", "hi",  "hello",
      "hey",    "cheers", "regards", "best",  "br",  "nice",
      "good",   "great",  "dear",    "with",  "kind"};
  const std::string first = ToLower(line.substr(0, line.find_first_of(" ,!.")));
  if (std::find(kWords.begin(), kWords.end(), first) != kWords.end()) {
    return true;
  }
  // A name that greets or signs.
  return words <= 2 &&
         line.find_first_of(".!0123456789") == std::string_view::npos;
}

bool IsShort(std::string_view line) {
  return std::count(line.begin(), line.end(), ' ') <= 1 &&
         line.find_first_of("?:(){};=") == std::string_view::npos;
}

// "Thanks,", "Best regards", "Cheers!"
bool IsClosing(std::string_view line) {
  static constexpr std::array<std::string_view, 11> kClosings = {
      "thanks",       "thank you",    "many thanks",  "cheers",
      "regards",      "best regards", "kind regards", "best",
      "with regards", "br",           "best wishes"};
  while (!line.empty() && !IsAlphaAscii(line.back())) line.remove_suffix(1);
  return std::find(kClosings.begin(), kClosings.end(), ToLower(line)) !=
         kClosings.end();
}

class Reader {
 public:
  Reader(std::string_view text, std::size_t quoted) : quoted_(quoted) {
    LineReader reader(text);
    std::string_view line;
    while (reader.Next(&line)) {
      line = TrimRight(line);
      if (EndsText(line)) break;
      lines_.push_back(line);
    }
  }

  ReplyText Run() {
    for (std::size_t i = 0; i < lines_.size();) {
      const std::size_t attribution = AttributionAt(i);
      if (attribution > 0) {
        i += attribution;
      } else {
        Take(lines_[i++]);
      }
    }
    ReplyText reply;
    if (OnlyTrailers(&reply.given)) return reply;
    reply.given.clear();
    DropSignature();
    reply.lines = std::move(out_);
    return reply;
  }

 private:
  // Also one inside a quote ("> On … wrote:").
  std::size_t AttributionAt(std::size_t i) const {
    const auto plain = [](std::string_view line) {
      return line.substr(std::min(line.find_first_not_of("> \t"), line.size()));
    };
    std::vector<std::string_view> rest;
    for (std::size_t k = i;
         k < lines_.size() && rest.size() < kAttributionLines; ++k) {
      if (IsQuoted(lines_[k]) != IsQuoted(lines_[i])) break;
      rest.push_back(plain(lines_[k]));
    }
    return FindAttribution(rest).lines;
  }

  void Take(std::string_view line) {
    if (IsQuoted(line)) {
      pending_.push_back(line);
      return;
    }
    if (IsBlank(line)) {
      blank_ = true;
      return;
    }
    AnswersQuote();
    if (blank_ && !out_.empty()) out_.emplace_back();
    blank_ = false;
    out_.emplace_back(line);
    answers_.push_back(line);
  }

  // The end of the quote above an answer; what nothing answers is never
  // written.
  void AnswersQuote() {
    while (!pending_.empty() && IsEmptyQuote(pending_.back())) {
      pending_.pop_back();
    }
    if (pending_.empty()) return;
    if (!out_.empty()) out_.emplace_back();
    std::size_t kept = std::min(quoted_, pending_.size());
    while (kept > 1 && IsEmptyQuote(pending_[pending_.size() - kept])) --kept;
    if (kept < pending_.size()) out_.emplace_back(kLeftOut);
    for (std::size_t i = pending_.size() - kept; i < pending_.size(); ++i) {
      out_.emplace_back(pending_[i]);
    }
    pending_.clear();
    blank_ = false;
  }

  // "Cheers,", a name in one or two words, "-Name" at the end.
  void DropSignature() {
    const auto drop_blanks = [&] {
      while (!out_.empty() && out_.back().empty()) out_.pop_back();
    };
    drop_blanks();
    if (out_.empty() || IsQuoted(out_.back())) return;
    const std::string_view last = Trim(out_.back());
    const bool dashed = last.size() > 1 && last.front() == '-' &&
                        IsAlphaAscii(last[1]) && IsShort(last);
    if (IsClosing(last) || dashed) {
      out_.pop_back();
    } else if (IsShort(last)) {
      std::size_t above = out_.size() - 1;
      while (above > 0 && out_[above - 1].empty()) --above;
      if (above == 0 || !IsClosing(Trim(out_[above - 1]))) return;
      out_.resize(above - 1);
    }
    drop_blanks();
  }

  bool OnlyTrailers(std::vector<std::string>* given) const {
    for (std::string_view line : answers_) {
      std::string key = TrailerKey(line);
      if (key.empty()) {
        if (!IsPleasantry(line)) return false;
      } else if (std::find(given->begin(), given->end(), key) == given->end()) {
        given->push_back(std::move(key));
      }
    }
    return !given->empty();
  }

  const std::size_t quoted_;
  std::vector<std::string_view> lines_;
  std::vector<std::string_view> pending_;  // Quoted, not answered yet.
  std::vector<std::string_view> answers_;
  std::vector<std::string> out_;
  bool blank_ = false;
};

}  // namespace

ReplyText ReadReply(std::string_view text, std::size_t quoted) {
  return Reader(text, quoted).Run();
}

}  // namespace patchmilter::review
