#include "git/commit_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ctime>

#include "base/text.h"

namespace patchmilter::git {
namespace {

// A year has four digits, as for git, which prints later ones as they are.
constexpr UnixSeconds kMaxTime = 253'402'300'799;

// The next line of `text`, taken off its front.
std::string_view TakeLine(std::string_view* text) {
  const std::size_t end = text->find('\n');
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
  return line;
}

bool TakeKey(std::string_view line, std::string_view key,
             std::string_view* value) {
  if (line.size() <= key.size() || line.substr(0, key.size()) != key ||
      line[key.size()] != ' ') {
    return false;
  }
  *value = line.substr(key.size() + 1);
  return true;
}

// From the end, where the times stand: a name may hold any byte.
Signature ParseSignature(std::string_view text) {
  Signature signature;
  const std::size_t close = text.rfind('>');
  const std::size_t open = text.find('<');
  if (open == std::string_view::npos || close == std::string_view::npos ||
      close < open) {
    signature.name = Trim(text);
    return signature;
  }
  signature.name = Trim(text.substr(0, open));
  signature.email = text.substr(open + 1, close - open - 1);
  std::string_view rest = Trim(text.substr(close + 1));
  const std::size_t blank = rest.find(' ');
  const std::string_view seconds = rest.substr(0, blank);
  std::from_chars(seconds.data(), seconds.data() + seconds.size(),
                  signature.time);
  if (blank != std::string_view::npos) {
    const std::string_view zone = Trim(rest.substr(blank));
    const auto digits = ParseUnsigned(zone.substr(zone.empty() ? 0 : 1));
    if (zone.size() == 5 && digits) {
      const int value = static_cast<int>(*digits);
      signature.offset = value / 100 * 60 + value % 100;
      if (zone[0] == '-') signature.offset = -signature.offset;
    }
  }
  return signature;
}

// The header; `text` is the message then. With `links_only` up to where the
// links end.
std::optional<CommitText> ParseHeader(std::string_view* text, bool links_only) {
  CommitText commit;
  bool has_tree = false;
  bool has_author = false;
  bool has_committer = false;
  while (!text->empty()) {
    const std::string_view line = TakeLine(text);
    if (line.empty()) break;
    std::string_view value;
    if (!has_tree) {
      if (!TakeKey(line, "tree", &value)) return std::nullopt;
      const auto id = ObjectId::FromHex(value);
      if (!id) return std::nullopt;
      commit.links.tree = *id;
      has_tree = true;
    } else if (!has_author && TakeKey(line, "parent", &value)) {
      if (const auto id = ObjectId::FromHex(value)) {
        commit.links.parents.push_back(*id);
      }
    } else if (!has_author && TakeKey(line, "author", &value)) {
      if (!links_only) commit.author = ParseSignature(value);
      has_author = true;
    } else if (!has_committer && TakeKey(line, "committer", &value)) {
      has_committer = true;
      commit.committer = ParseSignature(value);
      commit.links.committed = commit.committer.time;
      if (links_only) break;
    }
  }
  if (!has_tree) return std::nullopt;
  return commit;
}

}  // namespace

std::optional<CommitLinks> ParseCommitLinks(std::string_view bytes) {
  auto commit = ParseHeader(&bytes, true);
  if (!commit) return std::nullopt;
  return std::move(commit->links);
}

std::optional<CommitText> ParseCommitText(std::string_view bytes) {
  auto commit = ParseHeader(&bytes, false);
  if (commit) commit->message = bytes;
  return commit;
}

std::string CommitText::Subject() const {
  std::string subject;
  LineReader lines(message);
  std::string_view line;
  while (lines.Next(&line)) {
    line = TrimRight(line);
    if (line.empty()) {
      if (subject.empty()) continue;
      break;
    }
    if (!subject.empty()) subject += ' ';
    subject += line;
  }
  return subject;
}

std::string FormatGitDate(UnixSeconds time, int offset) {
  const UnixSeconds local = std::clamp<UnixSeconds>(
      std::clamp<UnixSeconds>(time, 0, kMaxTime) + UnixSeconds{offset} * 60, 0,
      kMaxTime);
  const std::time_t seconds = local;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed",
                                   "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const int minutes = std::abs(offset);
  return fmt::format("{} {} {} {:02}:{:02}:{:02} {} {}{:02}{:02}",
                     kDays[parts.tm_wday], kMonths[parts.tm_mon], parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec,
                     parts.tm_year + 1900, offset < 0 ? '-' : '+', minutes / 60,
                     minutes % 60);
}

}  // namespace patchmilter::git
