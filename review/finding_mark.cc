#include "review/finding_mark.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/text.h"
#include "mime/headers.h"
#include "review/anchor.h"
#include "review/hygiene.h"
#include "review/render_parts.h"

namespace patchmilter::review {

namespace {

using std::string_view;

int HexDigit(char c) {
  if (IsDigitAscii(c)) return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string Unescaped(string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '%' && i + 2 < value.size()) {
      const int high = HexDigit(value[i + 1]);
      const int low = HexDigit(value[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += value[i];
  }
  return ToValidUtf8(out);
}

constexpr string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string ToBase64(const std::vector<WordMark>& hashes) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const WordMark hash : hashes) {
    bits = (bits << 16) | hash;
    for (count += 16; count >= 6; count -= 6) {
      out += kBase64[(bits >> (count - 6)) & 63];
    }
    bits &= (1U << count) - 1;
  }
  if (count > 0) out += kBase64[(bits << (6 - count)) & 63];
  return out;
}

// [] where it is none, or longer than we write it.
std::vector<WordMark> FromBase64(string_view text) {
  std::vector<WordMark> hashes;
  std::uint64_t bits = 0;
  int count = 0;
  for (char c : text) {
    const std::size_t value = kBase64.find(c);
    if (value == string_view::npos) return {};
    bits = (bits << 6) | value;
    count += 6;
    if (count < 16) continue;
    count -= 16;
    if (hashes.size() == kMaxClaimWords) return {};
    hashes.push_back(static_cast<WordMark>(bits >> count));
    bits &= (1U << count) - 1;
  }
  // As we write them; whoever writes them otherwise gains nothing by it.
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

// The kinds of LineMark as letters, since "+" and " " would be escaped.
constexpr string_view kLineKinds = "+- mh";
constexpr string_view kLineLetters = "arcmh";

std::string LinesToText(const std::vector<LineMark>& lines) {
  std::string out;
  for (const LineMark& line : lines) {
    const std::size_t kind = kLineKinds.find(line.kind);
    out += kLineLetters[kind == string_view::npos ? 2 : kind];
    for (int shift = 18; shift >= 0; shift -= 6) {
      out += kBase64[(line.hash >> shift) & 63];
    }
  }
  return out;
}

std::vector<LineMark> LinesFromText(string_view text) {
  std::vector<LineMark> lines;
  if (text.size() % 5 != 0 || text.size() / 5 > kMaxClaimLines) return {};
  for (; !text.empty(); text.remove_prefix(5)) {
    const std::size_t kind = kLineLetters.find(text[0]);
    if (kind == string_view::npos) return {};
    LineMark line{kLineKinds[kind], 0};
    for (const char c : text.substr(1, 4)) {
      const std::size_t value = kBase64.find(c);
      if (value == string_view::npos) return {};
      line.hash = (line.hash << 6) | static_cast<std::uint32_t>(value);
    }
    lines.push_back(line);
  }
  return lines;
}

template <typename Number>
void ReadNumber(string_view value, Number* out) {
  const std::optional<std::uint64_t> number = ParseUnsigned(value);
  if (number && *number <= std::numeric_limits<std::int32_t>::max()) {
    *out = static_cast<Number>(*number);
  }
}

bool IsFingerprint(string_view value) {
  return value.size() == 16 &&
         value.find_first_not_of("0123456789abcdef") == string_view::npos;
}

}  // namespace

std::string_view AnchorKindName(AnchorKind kind) {
  switch (kind) {
    case AnchorKind::kSeries:
      return "series";
    case AnchorKind::kLines:
      return "lines";
    case AnchorKind::kMessage:
      return "message";
    case AnchorKind::kFile:
      return "file";
  }
  return "series";
}

std::string EscapedParameter(string_view value, std::size_t max_bytes) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : value) {
    const bool plain =
        IsAlnumAscii(c) || string_view("_./+-").find(c) != string_view::npos;
    if (out.size() + (plain ? 1U : 3U) > max_bytes) break;
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::string WriteFindingMark(const FindingMark& mark) {
  return "v=" + std::to_string(kFindingMarkVersion) +
         "; fp=" + EscapedParameter(mark.fingerprint, 16) +
         "; patch=" + std::to_string(mark.patch) +
         "; at=" + std::string(AnchorKindName(mark.at)) +
         "; path=" + EscapedParameter(mark.path) +
         "; func=" + EscapedParameter(mark.function, 120) +
         "; line=" + std::to_string(mark.line) +
         "; severity=" + std::string(SeverityName(mark.severity)) +
         "; category=" + EscapedParameter(mark.category, 60) +
         "; places=" + std::to_string(mark.places) +
         "; pre=" + (mark.pre_existing ? "1" : "0") +
         "; exact=" + (mark.exact ? "1" : "0") +
         "; since=" + std::to_string(mark.since) +
         "; title=" + EscapedParameter(mark.title, kMaxMarkTitle) +
         "; lines=" + LinesToText(mark.lines) + "; words=" + mark.words;
}

std::optional<FindingMark> ReadFindingMark(std::string_view value) {
  FindingMark mark;
  bool version = false;
  for (string_view part : Split(value.substr(0, 4000), ';')) {
    part = Trim(part);
    const std::size_t equals = part.find('=');
    if (equals == string_view::npos) continue;
    const string_view key = part.substr(0, equals);
    // Folded inside a value, a header has gained blanks that are not ours.
    std::string text(part.substr(equals + 1));
    std::erase_if(text, IsSpaceAscii);
    if (key == "v") {
      if (text != std::to_string(kFindingMarkVersion)) return std::nullopt;
      version = true;
    } else if (key == "fp") {
      if (IsFingerprint(text)) mark.fingerprint = text;
    } else if (key == "patch") {
      ReadNumber(text, &mark.patch);
    } else if (key == "at") {
      for (AnchorKind kind : {AnchorKind::kSeries, AnchorKind::kLines,
                              AnchorKind::kMessage, AnchorKind::kFile}) {
        if (text == AnchorKindName(kind)) mark.at = kind;
      }
    } else if (key == "path") {
      mark.path = Unescaped(text);
    } else if (key == "func") {
      mark.function = Unescaped(text);
    } else if (key == "line") {
      ReadNumber(text, &mark.line);
    } else if (key == "severity") {
      mark.severity = ParseSeverity(text).value_or(Severity::kLow);
    } else if (key == "category") {
      mark.category = Unescaped(text);
    } else if (key == "places") {
      ReadNumber(text, &mark.places);
    } else if (key == "pre") {
      mark.pre_existing = text == "1";
    } else if (key == "title") {
      mark.title = Unescaped(text);
    } else if (key == "exact") {
      mark.exact = text == "1";
    } else if (key == "since") {
      ReadNumber(text, &mark.since);
    } else if (key == "lines") {
      mark.lines = LinesFromText(text);
    } else if (key == "words") {
      mark.words = WordText(WordsOfText(text));
    }
  }
  if (!version || mark.fingerprint.empty()) return std::nullopt;
  return mark;
}

std::string WordText(const std::vector<WordMark>& words) {
  return ToBase64(words);
}

std::vector<WordMark> WordsOfText(std::string_view text) {
  return FromBase64(text);
}

std::string WordSketch(std::string_view text) {
  return WordText(ClaimWords("", text));
}

double SketchOverlap(std::string_view a, std::string_view b) {
  return OverlapOf(WordsOfText(a), WordsOfText(b));
}

FindingMark MarkOf(const SeriesUnderReview& series, const Finding& finding) {
  Claim claim = ClaimOf(series, finding);
  FindingMark mark;
  mark.fingerprint = std::move(claim.fingerprint);
  mark.patch = claim.patch;
  mark.at = claim.at;
  mark.path = std::move(claim.path);
  mark.function = std::move(claim.function);
  const auto patch = series.patches.find(mark.patch);
  if (patch != series.patches.end() && !finding.anchors.empty()) {
    mark.line = LineNumber(patch->second->diff, finding.anchors.front());
  }
  mark.severity = finding.severity;
  mark.category = CategoryWord(finding.category);
  mark.places = std::max<std::size_t>(finding.anchors.size(), 1);
  mark.pre_existing = finding.pre_existing;
  mark.title = CleanTitle(finding.title, 120);
  mark.exact = finding.exact;
  mark.since = finding.since;
  if (mark.since == 0 && series.series != nullptr) {
    mark.since = series.series->version;
  }
  mark.words = WordText(claim.words);
  mark.lines = std::move(claim.lines);
  return mark;
}

Claim ClaimOf(const FindingMark& mark) {
  Claim claim;
  claim.fingerprint = mark.fingerprint;
  claim.at = mark.at;
  claim.patch = mark.patch;
  claim.path = mark.path;
  claim.function = mark.function;
  claim.category = mark.category;
  claim.title = mark.title;
  claim.title_words = ClaimWords(TitleStart(mark.title), "");
  claim.exact = mark.exact;
  claim.words = WordsOfText(mark.words);
  claim.lines = mark.lines;
  return claim;
}

std::vector<FindingMark> MarksOfMail(std::string_view raw) {
  std::vector<FindingMark> marks;
  const mime::HeaderBlock block = mime::ScanHeaders(raw);
  if (!block.Has(mime::HeaderName::kXPatchmilter)) return marks;
  for (const mime::HeaderField& field : block.fields) {
    if (field.name != mime::HeaderName::kXPatchmilterFinding) continue;
    if (marks.size() == kMaxMarksInMail) break;
    std::optional<FindingMark> mark =
        ReadFindingMark(mime::Unfold(field.value));
    if (mark) marks.push_back(*std::move(mark));
  }
  return marks;
}

}  // namespace patchmilter::review
