#include "diff/find_run.h"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>

#include "base/text.h"

namespace patchmilter::diff {
namespace {

// How far a line may stand above the one found last, where lines between them
// were left out: more than any hunk's usual length, less than a whole new file.
constexpr std::uint32_t kWindow = 64;
// Quoted lines that are walked over, from the last on.
constexpr std::size_t kMaxWalk = 200;
constexpr std::size_t kMaxNearLines = 20'000;

bool IsMark(char c) { return c == '+' || c == '-' || c == ' '; }

char MarkOf(LineKind kind) {
  switch (kind) {
    case LineKind::kAdded:
      return '+';
    case LineKind::kRemoved:
      return '-';
    case LineKind::kContext:
    case LineKind::kNoNewline:
      break;
  }
  return ' ';
}

enum class Fit : std::uint8_t { kNo, kOtherMark, kYes };

// A quoted line in its two readings.
struct Quoted {
  QuotedKind kind = QuotedKind::kText;
  std::string_view whole;  // As it is.
  std::string_view bare;   // Without the mark in front.
  char mark = 0;           // 0: begins with none.

  explicit Quoted(std::string_view line)
      : kind(KindOfQuoted(line)), whole(TrimRight(line)) {
    if (!whole.empty() && IsMark(whole[0])) {
      mark = whole[0];
      bare = whole.substr(1);
    } else if (whole.empty() && !line.empty()) {
      mark = ' ';
    }
  }

  Fit On(std::string_view text, LineKind line) const {
    if (kind == QuotedKind::kBlank) {
      return text.empty() ? Fit::kYes : Fit::kNo;
    }
    if (mark != 0 && text == bare) {
      return mark == MarkOf(line) ? Fit::kYes : Fit::kOtherMark;
    }
    return text == whole ? Fit::kYes : Fit::kNo;
  }
};

// The lines of one hunk as a quote sees them: "\ No newline" lines are left
// out, which nobody quotes.
struct HunkText {
  const Diff& diff;
  const Hunk& hunk;

  std::string_view At(std::uint32_t i) const {
    return TrimRight(diff.View(hunk.lines[i].span));
  }
  LineKind Kind(std::uint32_t i) const { return hunk.lines[i].kind; }
  // The line above; nothing at the hunk's start.
  std::optional<std::uint32_t> Above(std::uint32_t i) const {
    while (i-- > 0) {
      if (Kind(i) != LineKind::kNoNewline) return i;
    }
    return std::nullopt;
  }
};

// Walks from the quote's last line, which stands at `at`, upwards through both.
class Walker {
 public:
  Walker(const HunkText& text, std::uint32_t at, RunMatch* match)
      : text_(text), at_(at), last_(at), match_(match) {}

  void Last(const Quoted& quoted) { Found(at_, quoted); }

  // False where the quote's lines above are of another hunk.
  bool Above(const Quoted& quoted) {
    switch (quoted.kind) {
      case QuotedKind::kGap:
        in_piece_ = false;
        gap_ = true;
        return true;
      case QuotedKind::kCarets:
        return true;
      case QuotedKind::kHunkLine:
        match_->at_header =
            TrimRight(text_.diff.View(text_.hunk.header)) == quoted.whole;
        return false;
      case QuotedKind::kFileHeader:
      case QuotedKind::kIndexLine:
        return false;
      case QuotedKind::kBlank:
      case QuotedKind::kText:
        break;
    }
    const std::optional<std::uint32_t> next = text_.Above(at_);
    if (next && !gap_ &&
        quoted.On(text_.At(*next), text_.Kind(*next)) != Fit::kNo) {
      Found(*next, quoted);
      return true;
    }
    if (quoted.kind == QuotedKind::kBlank) return true;
    Search(quoted);
    return true;
  }

  void End() {
    match_->place.line = piece_;
    match_->count = last_ - piece_ + 1;
  }

 private:
  void Found(std::uint32_t at, const Quoted& quoted) {
    at_ = at;
    gap_ = false;
    if (in_piece_) piece_ = at;
    if (quoted.kind == QuotedKind::kBlank) return;
    const Fit fit = quoted.On(text_.At(at), text_.Kind(at));
    ++match_->matched;
    match_->wrong_marks += fit == Fit::kOtherMark ? 1U : 0U;
    match_->telling = match_->telling || IsTelling(text_.At(at));
  }

  // Lines were left out, with a mark or silently.
  void Search(const Quoted& quoted) {
    std::optional<std::uint32_t> at = text_.Above(at_);
    for (std::uint32_t i = 0; at && i < kWindow; ++i, at = text_.Above(*at)) {
      if (quoted.On(text_.At(*at), text_.Kind(*at)) == Fit::kNo) continue;
      in_piece_ = false;
      Found(*at, quoted);
      return;
    }
    in_piece_ = false;
    ++match_->missed;
  }

  const HunkText text_;
  std::uint32_t at_;
  const std::uint32_t last_;
  std::uint32_t piece_ = at_;
  bool in_piece_ = true;
  bool gap_ = false;
  RunMatch* match_;
};

bool HasPath(const File& file, std::string_view path) {
  return !path.empty() && (file.path() == path || file.old_path == path);
}

// "-12,7 +12,9" of a hunk line; "" where it is none.
std::string_view Numbers(std::string_view line) {
  if (line.substr(0, 4) != "@@ -") return {};
  const std::size_t end = line.find(" @@", 3);
  return end == std::string_view::npos ? std::string_view()
                                       : line.substr(3, end - 3);
}

// The counts in it: ",7 ,9".
std::string Counts(std::string_view line) {
  std::string counts;
  for (const std::string_view side : Split(Numbers(line), ' ')) {
    const std::size_t comma = side.find(',');
    counts += comma == std::string_view::npos ? std::string_view(",1")
                                              : side.substr(comma);
    counts += ' ';
  }
  return counts;
}

std::string_view Section(std::string_view line) {
  const std::size_t end = line.find(" @@", 3);
  return end == std::string_view::npos ? std::string_view()
                                       : Trim(line.substr(end + 3));
}

std::string WithoutSpace(std::string_view line) {
  std::string text;
  for (const char c : line) {
    if (!IsSpaceAscii(c)) text += c;
  }
  return text;
}

}  // namespace

QuotedKind KindOfQuoted(std::string_view line) {
  const std::string_view text = Trim(line);
  if (text.empty()) return QuotedKind::kBlank;
  if (text == "+" || text == "-") {
    return QuotedKind::kBlank;
  }
  for (const std::string_view gap :
       {"[ ... ]", "[...]", "[ … ]", "[…]", "...", "…"}) {
    if (text == gap) return QuotedKind::kGap;
  }
  if (!Numbers(line).empty()) return QuotedKind::kHunkLine;
  if (line.substr(0, 6) == "index " && line.find("..") != line.npos) {
    return QuotedKind::kIndexLine;
  }
  static constexpr std::array<std::string_view, 19> kHeaders = {
      "diff --git ",
      "--- a/",
      "+++ b/",
      "--- /dev/null",
      "+++ /dev/null",
      "--- \"a/",
      "+++ \"b/",
      "new file mode ",
      "deleted file mode ",
      "old mode ",
      "new mode ",
      "rename from ",
      "rename to ",
      "copy from ",
      "copy to ",
      "similarity index ",
      "dissimilarity index ",
      "Binary files ",
      "GIT binary patch"};
  for (const std::string_view start : kHeaders) {
    if (line.substr(0, start.size()) == start) return QuotedKind::kFileHeader;
  }
  if (text.find_first_not_of("^~ \t") == std::string_view::npos &&
      text.find('^') != std::string_view::npos) {
    return QuotedKind::kCarets;
  }
  return QuotedKind::kText;
}

bool IsTelling(std::string_view line) {
  return std::count_if(line.begin(), line.end(), IsAlnumAscii) >= 8;
}

std::vector<RunMatch> FindRun(const Diff& diff,
                              const std::vector<std::string_view>& quote,
                              const RunHint& hint, std::size_t limit) {
  std::vector<Quoted> lines;
  lines.reserve(quote.size());
  for (const std::string_view line : quote) lines.emplace_back(line);
  while (!lines.empty() && lines.back().kind != QuotedKind::kText) {
    const QuotedKind kind = lines.back().kind;
    if (kind == QuotedKind::kHunkLine || kind == QuotedKind::kFileHeader) {
      return {};
    }
    lines.pop_back();
  }
  if (lines.empty()) return {};
  const std::size_t walk = std::min(lines.size(), kMaxWalk);

  std::vector<RunMatch> matches;
  const auto look_at = [&](std::uint32_t f) {
    const std::vector<Hunk>& hunks = diff.files()[f].hunks;
    for (std::uint32_t h = 0; h < hunks.size(); ++h) {
      const HunkText text{diff, hunks[h]};
      for (std::uint32_t l = 0; l < hunks[h].lines.size(); ++l) {
        if (matches.size() == kMaxCandidates) return;
        if (text.Kind(l) == LineKind::kNoNewline ||
            lines.back().On(text.At(l), text.Kind(l)) == Fit::kNo) {
          continue;
        }
        RunMatch match;
        match.place = {f, h, l};
        Walker walker(text, l, &match);
        walker.Last(lines.back());
        for (std::size_t i = 1; i < walk; ++i) {
          if (!walker.Above(lines[lines.size() - 1 - i])) break;
        }
        walker.End();
        matches.push_back(match);
      }
    }
  };
  const auto files = static_cast<std::uint32_t>(diff.files().size());
  for (const bool named : {true, false}) {
    for (std::uint32_t f = 0; f < files; ++f) {
      if (HasPath(diff.files()[f], hint.path) == named) look_at(f);
    }
  }
  const auto rank = [&](const RunMatch& match) {
    const File& file = diff.files()[match.place.file];
    const Hunk& hunk = file.hunks[match.place.hunk];
    const LineKind last = hunk.lines[match.place.line + match.count - 1].kind;
    const bool side = !hint.new_side || last == LineKind::kContext ||
                      (last == LineKind::kAdded) == *hint.new_side;
    return std::make_tuple(
        match.missed, !HasPath(file, hint.path), match.wrong_marks, !side,
        !match.at_header, hint.hunk != match.place.hunk,
        // The piece that hangs together best.
        -static_cast<std::int64_t>(match.count), match.place.file,
        match.place.hunk, match.place.line);
  };
  std::sort(
      matches.begin(), matches.end(),
      [&](const RunMatch& a, const RunMatch& b) { return rank(a) < rank(b); });
  if (matches.size() > limit) matches.resize(limit);
  return matches;
}

std::optional<Place> FindHunkLine(const Diff& diff, std::string_view quoted,
                                  const RunHint& hint) {
  quoted = TrimRight(quoted);
  std::optional<Place> best;
  int best_score = 0;
  for (std::uint32_t f = 0; f < diff.files().size(); ++f) {
    const File& file = diff.files()[f];
    const bool named = HasPath(file, hint.path);
    for (std::uint32_t h = 0; h < file.hunks.size(); ++h) {
      const std::string_view header =
          TrimRight(diff.View(file.hunks[h].header));
      const bool same = header == quoted;
      if (!named && !(same && hint.path.empty())) continue;
      int score = 1;
      if (same) score += 100;
      if (Numbers(header) == Numbers(quoted)) score += 40;
      if (Counts(header) == Counts(quoted)) score += 10;
      if (!Section(quoted).empty() && Section(header) == Section(quoted)) {
        score += 10;
      }
      if (hint.hunk == h) score += 5;
      if (score > best_score) {
        best_score = score;
        best = Place{f, h, 0};
      }
    }
  }
  return best;
}

std::optional<NearLine> FindNear(const Diff& diff, std::string_view quoted) {
  const Quoted line(quoted);
  if (line.kind != QuotedKind::kText || !IsTelling(quoted)) return std::nullopt;
  std::string_view cut = line.mark != 0 ? Trim(line.bare) : Trim(line.whole);
  const std::string bare =
      WithoutSpace(line.mark != 0 ? line.bare : line.whole);
  const std::string whole = WithoutSpace(line.whole);
  if (cut.size() > 3 && cut.substr(cut.size() - 3) == "...") {
    cut = TrimRight(cut.substr(0, cut.size() - 3));
  }
  std::optional<NearLine> best;
  std::size_t seen = 0;
  for (std::uint32_t f = 0; f < diff.files().size(); ++f) {
    const std::vector<Hunk>& hunks = diff.files()[f].hunks;
    for (std::uint32_t h = 0; h < hunks.size(); ++h) {
      for (std::uint32_t l = 0; l < hunks[h].lines.size(); ++l) {
        if (++seen > kMaxNearLines) return best;
        const std::string_view text = Trim(diff.View(hunks[h].lines[l].span));
        if (text.size() < 8) continue;
        const std::string plain = WithoutSpace(text);
        if (plain == bare || plain == whole) {
          return NearLine{{f, h, l}, NearKind::kWhiteSpace};
        }
        if (best) continue;
        if (cut.size() >= 16 && text.substr(0, cut.size()) == cut) {
          best = NearLine{{f, h, l}, NearKind::kCutOff};
          continue;
        }
        const std::size_t longer = std::max(plain.size(), bare.size());
        const std::size_t shorter = std::min(plain.size(), bare.size());
        if (longer > 100 || (longer - shorter) * 5 > longer) continue;
        if (EditDistance(plain, bare) * 5 <= longer) {
          best = NearLine{{f, h, l}, NearKind::kSimilar};
        }
      }
    }
  }
  return best;
}

}  // namespace patchmilter::diff
