#include "tree/questions/pattern.h"

#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace patchmilter::tree {
namespace {

// One bit each in MayMatch.
constexpr std::size_t kMaxAtoms = 64;

// Work between two looks at the clock: some 0.2 seconds at worst.
constexpr std::uint64_t kStepWork = kMaxLineWork / 10;

constexpr std::string_view kByLines = "(?m)";

bool IsWordByte(char c) {
  return IsDigitAscii(c) ||
         (ToLowerAscii(c) >= 'a' && ToLowerAscii(c) <= 'z') || c == '_';
}

// How common a byte is in source text: the commonest last. Those not here are
// rare.
std::size_t Commonness(char byte) {
  static constexpr std::string_view kCommon =
      "QZXjqKYJWz@`~$?VHBG^8%UF'NOkMD!{}+L[]\\PCASRI<E&\"97T6354w:2#vyb|xhg1"
      "|=m./p()ul-*cd0>f,_;osnairt\t\ne ";
  const std::size_t at = kCommon.rfind(byte);
  return at == std::string_view::npos ? 0 : at + 1;
}

void Fold(std::string_view text, std::string* folded) {
  folded->resize(text.size());
  char* out = folded->data();
  // Written so that a compiler makes it several bytes at once.
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool capital = c >= 'A' && c <= 'Z';
    out[i] = static_cast<char>(c | (capital ? 0x20 : 0));
  }
}

re2::StringPiece Piece(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

struct Pattern::Regex {
  explicit Regex(const std::string& text, const RE2::Options& options)
      : expression(text, options) {}
  RE2 expression;
  re2::FilteredRE2 filter{3};
};

Pattern::Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::Compile(const PatternOptions& options) {
  if (options.text.empty()) return InvalidInput("the pattern is empty");
  if (options.text.size() > kMaxPatternBytes) {
    return InvalidInput("the pattern is longer than " +
                        std::to_string(kMaxPatternBytes) + " bytes");
  }
  if (options.text.find_first_of(std::string_view("\n\0", 2)) !=
      std::string::npos) {
    return InvalidInput(
        "the pattern holds a line end or NUL: lines are searched one by one");
  }
  Pattern pattern;
  pattern.options_ = options;
  if (options.regex) {
    PM_RETURN_IF_ERROR(pattern.CompileRegex());
  } else {
    pattern.literal_ = options.text;
    if (options.ignore_case) Fold(options.text, &pattern.literal_);
    const std::string& literal = pattern.literal_;
    for (std::size_t i = 1; i < literal.size(); ++i) {
      if (Commonness(literal[i]) < Commonness(literal[pattern.rarest_])) {
        pattern.rarest_ = i;
      }
    }
    std::vector<Trigram> trigrams = TrigramsOf(options.text);
    if (!trigrams.empty()) pattern.atoms_.push_back(std::move(trigrams));
  }
  return pattern;
}

Status Pattern::CompileRegex() {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  options.set_never_nl(true);
  options.set_case_sensitive(!options_.ignore_case);
  options.set_max_mem(kMaxRegexMemory);
  // git's -w looks at the longest match from a place.
  options.set_longest_match(options_.whole_word);
  const std::string text = std::string(kByLines) + options_.text;
  regex_ = std::make_unique<Regex>(text, options);
  const RE2& expression = regex_->expression;
  if (!expression.ok()) {
    if (expression.error_code() == RE2::ErrorPatternTooLarge) {
      return InvalidInput("the regular expression is too large: \"" +
                          log::Clean(options_.text, 60) + "\"");
    }
    std::string why = expression.error();
    // It may quote the whole, with what is ours.
    if (why.ends_with(text))
      why.erase(why.size() - text.size(), kByLines.size());
    return InvalidInput("no regular expression (RE2's syntax): " +
                        log::Clean(why, 200));
  }
  int id = 0;
  if (regex_->filter.Add(text, options, &id) != RE2::NoError) return {};
  FindAtoms();
  return {};
}

// RE2 says what texts, in small letters, one of its combinations of must stand
// in whatever matches. The index knows the trigrams of runs of ASCII: of a text
// with other bytes only those are asked for, which lets more files through and
// never one too few.
void Pattern::FindAtoms() {
  std::vector<std::string> texts;
  regex_->filter.Compile(&texts);
  if (texts.empty() || texts.size() > kMaxAtoms) return;
  std::vector<int> passed;
  regex_->filter.AllPotentials({}, &passed);
  if (!passed.empty()) return;  // Nothing is needed.
  for (const std::string& text : texts) {
    std::vector<Trigram> trigrams;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) {
        continue;
      }
      for (const Trigram each :
           TrigramsOf(std::string_view(text).substr(begin, i - begin))) {
        trigrams.push_back(each);
      }
      begin = i + 1;
    }
    std::sort(trigrams.begin(), trigrams.end());
    trigrams.erase(std::unique(trigrams.begin(), trigrams.end()),
                   trigrams.end());
    atoms_.push_back(std::move(trigrams));
  }
}

bool Pattern::MayMatch(std::uint64_t atoms) const {
  if (atoms_.empty()) return true;
  if (regex_ == nullptr) return (atoms & 1) != 0;
  std::vector<int> present;
  for (std::size_t i = 0; i < atoms_.size(); ++i) {
    if ((atoms >> i & 1) != 0) present.push_back(static_cast<int>(i));
  }
  std::vector<int> passed;
  regex_->filter.AllPotentials(present, &passed);
  return !passed.empty();
}

LineMatcher::LineMatcher(const Pattern* pattern, Deadline deadline)
    : pattern_(pattern), deadline_(deadline), cost_(1) {
  if (pattern->regex_ != nullptr) {
    cost_ = static_cast<std::uint64_t>(
        std::max(1, pattern->regex_->expression.ProgramSize()));
  }
}

void LineMatcher::Start(std::string_view text, std::size_t from,
                        std::size_t floor) {
  text_ = text;
  at_ = from;
  floor_ = std::max(from, floor);
  step_end_.reset();
  stopped_ = false;
  passed_over_ = 0;
  searched_ = text_;
  if (pattern_->regex_ == nullptr && pattern_->options_.ignore_case) {
    Fold(text, &folded_);
    searched_ = folded_;
  }
}

std::optional<std::size_t> LineMatcher::FindLiteral(std::size_t from,
                                                    std::size_t end) const {
  const std::string& literal = pattern_->literal_;
  const std::size_t rarest = pattern_->rarest_;
  const char* const data = searched_.data();
  if (end < literal.size()) return std::nullopt;
  const std::size_t last = end - literal.size();  // A match's last place.
  while (from <= last) {
    const void* hit =
        std::memchr(data + from + rarest, literal[rarest], last - from + 1);
    if (hit == nullptr) return std::nullopt;
    from =
        static_cast<std::size_t>(static_cast<const char*>(hit) - data) - rarest;
    if (std::memcmp(data + from, literal.data(), literal.size()) == 0) {
      return from;
    }
    ++from;
  }
  return std::nullopt;
}

std::optional<LineMatcher::Span> LineMatcher::Find(std::size_t from,
                                                   std::size_t end) const {
  if (pattern_->regex_ == nullptr) {
    const auto found = FindLiteral(from, end);
    if (!found.has_value()) return std::nullopt;
    return Span{*found, *found + pattern_->literal_.size()};
  }
  re2::StringPiece match;
  if (!pattern_->regex_->expression.Match(Piece(text_), from, end,
                                          RE2::UNANCHORED, &match, 1)) {
    return std::nullopt;
  }
  const auto begin = static_cast<std::size_t>(match.data() - text_.data());
  return Span{begin, begin + match.size()};
}

LinePlace LineMatcher::LineAt(std::size_t at) const {
  LinePlace line{0, text_.size()};
  if (at > 0) {
    const void* before = memrchr(text_.data(), '\n', at);
    if (before != nullptr) {
      line.begin = static_cast<std::size_t>(static_cast<const char*>(before) -
                                            text_.data()) +
                   1;
    }
  }
  if (at < text_.size()) {
    const void* after = std::memchr(text_.data() + at, '\n', text_.size() - at);
    if (after != nullptr) {
      line.end = static_cast<std::size_t>(static_cast<const char*>(after) -
                                          text_.data());
    }
  }
  return line;
}

// As git's grep.c does it: a match that is no word is looked past, from the
// next place behind a byte that is in no word. A regular expression may look
// through the rest of the line each time.
bool LineMatcher::HasWord(LinePlace line, Span match) {
  std::uint64_t looked_at = work_;
  std::optional<Deadline> most;
  while (true) {
    const bool starts =
        match.begin == line.begin || !IsWordByte(text_[match.begin - 1]);
    const bool ends = match.end == line.end || !IsWordByte(text_[match.end]);
    if (starts && ends && match.begin != match.end) return true;
    std::size_t next = match.begin + 1;
    while (next < line.end && IsWordByte(text_[next - 1])) ++next;
    if (next >= line.end) return false;
    if (work_ - looked_at > kStepWork) {
      looked_at = work_;
      if (!most) most = Deadline::After(kMaxWordTime);
      if (most->IsOver()) {
        ++passed_over_;
        return false;
      }
    }
    const auto found = Find(next, line.end);
    if (!found.has_value()) return false;
    if (pattern_->regex_ != nullptr) Count(line.end - next);
    match = *found;
  }
}

std::size_t LineMatcher::step_bytes() const { return kStepWork / cost_; }

bool LineMatcher::BeginStep() {
  std::size_t end = text_.size();
  const std::size_t most = step_bytes();
  if (end - at_ <= most) {
    if (text_.back() == '\n') --end;
  } else if (const void* last = memrchr(text_.data() + at_, '\n', most)) {
    end =
        static_cast<std::size_t>(static_cast<const char*>(last) - text_.data());
  } else {
    end = std::min(end, text_.find('\n', at_ + most));
    if (end - at_ > kMaxLineWork / cost_) {
      ++passed_over_;
      Count(end - at_);
      at_ = end + 1;
      return false;
    }
  }
  step_end_ = end;
  return true;
}

bool LineMatcher::TimeIsOver() {
  if (work_ <= kStepWork) return false;
  work_ = 0;
  return deadline_.IsOver();
}

std::optional<LinePlace> LineMatcher::Next() {
  while (at_ < text_.size() && !stopped_) {
    if (!step_end_.has_value() || at_ > *step_end_) {
      if (at_ > floor_ && TimeIsOver()) {
        stopped_ = true;
        break;
      }
      if (!BeginStep()) continue;
    }
    const std::size_t from = at_;
    const auto match = Find(at_, *step_end_);
    if (!match.has_value()) {
      Count(*step_end_ - from);
      at_ = *step_end_ + 1;
      continue;
    }
    const LinePlace line = LineAt(match->begin);
    Count(line.end - from);
    at_ = line.end + 1;
    if (!pattern_->options_.whole_word || HasWord(line, *match)) return line;
  }
  return std::nullopt;
}

}  // namespace patchmilter::tree
