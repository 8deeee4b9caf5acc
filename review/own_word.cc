#include "review/own_word.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "base/text.h"

namespace patchmilter::review {

namespace {

// Words in lower case; the end of a sentence is a word of its own, ".".
std::vector<std::string> WordsOf(std::string_view prose) {
  std::vector<std::string> words;
  std::string word;
  const auto end = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (std::size_t i = 0; i < prose.size(); ++i) {
    const char c = prose[i];
    const bool inside = (c == '-' || c == '\'') && !word.empty() &&
                        i + 1 < prose.size() && IsAlnumAscii(prose[i + 1]);
    if (IsAlnumAscii(c) || c == '_' || inside) {
      word += ToLowerAscii(c);
    } else if (prose.substr(i, 3) == "\xE2\x80\x99") {  // U+2019
      word += '\'';
      i += 2;
    } else {
      end();
      const bool stop = c == '?' || c == '!' || c == ';' || c == '.';
      // "foo.c" ends no sentence.
      if (stop && (i + 1 == prose.size() || IsSpaceAscii(prose[i + 1])) &&
          !words.empty() && words.back() != ".") {
        words.emplace_back(".");
      }
    }
  }
  end();
  return words;
}

template <std::size_t kSize>
bool In(const std::array<std::string_view, kSize>& words,
        std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 16> kFaults = {
    "issue", "issues", "bug",       "bugs",         "problem",    "problems",
    "fault", "faults", "defect",    "race",         "regression", "regressions",
    "leak",  "flaw",   "condition", "vulnerability"};
constexpr std::array<std::string_view, 10> kPatches = {
    "patch",    "commit", "change", "changes", "series",
    "patchset", "code",   "diff",   "patches", "commits"};
constexpr std::array<std::string_view, 7> kNegations = {
    "not", "isn't", "wasn't", "aren't", "weren't", "never", "hasn't"};
constexpr std::array<std::string_view, 5> kThese = {"this", "that", "it",
                                                    "these", "there"};
// Not "added": code is added, and may not be by this patch.
constexpr std::array<std::string_view, 2> kCame = {"introduced", "caused"};
constexpr std::array<std::string_view, 6> kBe = {"is",   "are", "was",
                                                 "were", "be",  "been"};

class Reader {
 public:
  explicit Reader(std::string_view prose) : words_(WordsOf(prose)) {}

  std::string Find() const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      std::size_t end = PreExisting(i);
      if (end == 0) end = Denied(i);
      if (end == 0) end = Before(i);
      if (end != 0) return Said(i, end);
    }
    return "";
  }

 private:
  // The word at `i`; "." behind the end.
  std::string_view At(std::size_t i) const {
    return i < words_.size() ? std::string_view(words_[i]) : ".";
  }

  // The first of `reach` words from `from` on, in the same sentence, that
  // `wanted` takes; 0 where there is none.
  template <typename Function>
  std::size_t Next(std::size_t from, std::size_t reach, Function wanted) const {
    for (std::size_t i = from; i < from + reach; ++i) {
      if (At(i) == ".") return 0;
      if (wanted(At(i))) return i;
    }
    return 0;
  }

  static bool IsPatch(std::string_view word) { return In(kPatches, word); }
  static bool IsFault(std::string_view word) { return In(kFaults, word); }

  // "a pre-existing lifecycle issue", "this is pre-existing"; also at the start
  // of a sentence, as titles have it.
  std::size_t PreExisting(std::size_t i) const {
    if (At(i) != "pre-existing" && At(i) != "preexisting" &&
        At(i) != "long-standing" &&
        !(At(i) == "pre" && At(i + 1) == "existing")) {
      return 0;
    }
    const std::size_t fault = Next(i + 1, 3, IsFault);
    if (fault != 0) return fault + 1;
    const bool starts = i == 0 || At(i - 1) == ".";
    const bool said_of = i > 0 && In(kBe, At(i - 1));
    return starts || said_of ? i + 1 : 0;
  }

  // "isn't a bug introduced by this patch", "not a new issue", "isn't a bug in
  // this patch". Not "isn't this …", which asks.
  std::size_t Denied(std::size_t i) const {
    if (!In(kNegations, At(i)) || In(kThese, At(i + 1))) return 0;
    const std::size_t came =
        Next(i + 1, 6, [](std::string_view word) { return In(kCame, word); });
    if (came != 0) {
      if (At(came + 1) == "here") return came + 2;
      // A function is introduced in a patch, too; a fault is what is by it.
      bool of_fault = false;
      for (std::size_t k = came; k-- > 0 && k + 6 > i && At(k) != ".";) {
        of_fault = of_fault || IsFault(At(k));
      }
      const std::size_t by =
          Next(came + 1, 2, [of_fault](std::string_view word) {
            return word == "by" || word == "with" || (of_fault && word == "in");
          });
      const std::size_t patch = by == 0 ? 0 : Next(by + 1, 4, IsPatch);
      if (patch != 0) return patch + 1;
    }
    const std::size_t fresh =
        Next(i + 1, 3, [](std::string_view word) { return word == "new"; });
    if (fresh != 0 && IsFault(At(fresh + 1))) return fresh + 2;
    const std::size_t fault = Next(i + 1, 3, IsFault);
    if (fault != 0 && (At(fault + 1) == "in" || At(fault + 1) == "of") &&
        (At(fault + 2) == "this" || At(fault + 2) == "the") &&
        At(fault + 3) != "code" && IsPatch(At(fault + 3))) {
      return fault + 4;
    }
    return 0;
  }

  // "existed before this patch", "predates the series", "unrelated to this
  // change".
  std::size_t Before(std::size_t i) const {
    std::size_t from = 0;
    if (At(i) == "existed" || At(i) == "exists" || At(i) == "present") {
      const std::size_t before = Next(i + 1, 3, [](std::string_view word) {
        return word == "before" || word == "prior";
      });
      from = before;
    } else if (At(i) == "predates" || At(i) == "predate" ||
               At(i) == "predated") {
      from = i;
    } else if (At(i) == "unrelated" && At(i + 1) == "to") {
      from = i + 1;
    }
    if (from == 0) return 0;
    const std::size_t patch = Next(from + 1, 4, IsPatch);
    return patch == 0 ? 0 : patch + 1;
  }

  std::string Said(std::size_t begin, std::size_t end) const {
    std::vector<std::string> said(
        words_.begin() + static_cast<std::ptrdiff_t>(begin),
        words_.begin() +
            static_cast<std::ptrdiff_t>(std::min(end, words_.size())));
    return Join(said, " ");
  }

  const std::vector<std::string> words_;
};

}  // namespace

std::string SaysPreExisting(std::string_view prose) {
  return Reader(prose).Find();
}

}  // namespace patchmilter::review
