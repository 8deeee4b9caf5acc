#include "review/engine/report_words.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "review/characters.h"

namespace patchmilter::review {
namespace {

using Words = std::vector<std::string>;

// Letters and digits in a row, in lower case and in plain dress.
Words WordsOf(std::string_view text) {
  Words words;
  std::string word;
  for (const char c : CleanCharacters(text)) {
    if (IsAlnumAscii(c)) {
      word += ToLowerAscii(c);
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

// Of the words from `begin` on (FNV-1a).
std::uint64_t HashOf(const Words& words, std::size_t begin) {
  constexpr std::uint64_t kBasis = 0xcbf29ce484222325U;
  constexpr std::uint64_t kPrime = 0x100000001b3U;
  std::uint64_t hash = kBasis;
  for (std::size_t i = begin; i < begin + ReportWords::kRun; ++i) {
    for (const char c : words[i]) {
      hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
    }
    hash = (hash ^ static_cast<unsigned char>(' ')) * kPrime;
  }
  return hash;
}

// "[[[ 3f9c0a1b2c3d4e5f", "]]] 3f9c0a1b2c3d4e5f".
bool HoldsMark(std::string_view text) {
  constexpr std::size_t kDigits = 16;
  for (std::size_t i = 0; i + 3 < text.size(); ++i) {
    const std::string_view mark = text.substr(i, 3);
    if (mark != "[[[" && mark != "]]]") continue;
    std::size_t at = i + 3;
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    const std::string_view number = text.substr(at, kDigits);
    if (number.size() == kDigits &&
        number.find_first_not_of("0123456789abcdefABCDEF") ==
            std::string_view::npos) {
      return true;
    }
  }
  return false;
}

bool HoldsVerdict(const Words& words) {
  static constexpr std::array<std::string_view, 28> kVerdicts = {
      " lgtm ",
      " looks good to me ",
      " ready to be merged ",
      " ready to merge ",
      " ready for merging ",
      " ready for inclusion ",
      " please merge ",
      " please apply it ",
      " please apply this ",
      " please pull ",
      " i approve ",
      " reviewed and approved ",
      " well done ",
      " good job ",
      " great job ",
      " nice job ",
      " great work ",
      " excellent work ",
      " nice work ",
      " good work ",
      " brilliant work ",
      " great patch ",
      " excellent patch ",
      " nice patch ",
      " great series ",
      " excellent series ",
      " nice series ",
      " outstanding work "};
  std::string text = " ";
  for (const std::string& word : words) text += word + " ";
  return std::any_of(kVerdicts.begin(), kVerdicts.end(),
                     [&text](std::string_view verdict) {
                       return text.find(verdict) != std::string::npos;
                     });
}

}  // namespace

ReportWords::ReportWords(const std::vector<std::string_view>& told) {
  for (const std::string_view text : told) {
    const Words words = WordsOf(text);
    for (std::size_t i = 0; i + kRun <= words.size(); ++i) {
      runs_.insert(HashOf(words, i));
    }
  }
}

std::string ReportWords::Fault(const Finding& finding) const {
  const std::string text =
      finding.title + "\n" + finding.explanation + "\n" + finding.suggestion;
  if (HoldsMark(CleanCharacters(text))) {
    return "leave out the marks that stand around texts";
  }
  const Words words = WordsOf(text);
  if (HoldsVerdict(words)) {
    return "say what is wrong, and nothing of how good the patch is or what "
           "is to become of it";
  }
  for (std::size_t i = 0; i + kRun <= words.size(); ++i) {
    if (runs_.contains(HashOf(words, i))) {
      return "do not quote your instructions; say it in your own words";
    }
  }
  return "";
}

}  // namespace patchmilter::review
