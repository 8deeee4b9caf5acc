#include "app/mbox_reader.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"

namespace patchmilter::app {
namespace {

constexpr std::size_t kBlock = 256UL << 10;
constexpr std::size_t kLongestLine = 1UL << 20;
// A Content-Length above this is not looked at (the body would be held twice).
constexpr std::uint64_t kMaxTrustedLength = 64ULL << 20;

std::string_view WithoutLineEnd(std::string_view line) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

// ">From ", ">>From ", …
bool IsQuotedFrom(std::string_view line) {
  const std::size_t at = line.find_first_not_of('>');
  return at != std::string_view::npos && at > 0 &&
         line.substr(at).starts_with("From ");
}

bool IsHeaderLine(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  return std::all_of(line.begin(), line.begin() + static_cast<long>(colon),
                     [](char c) { return c > ' ' && c < 127; });
}

// What a file without mail is, and what to do; "" where it may be a mail.
std::string WhyNoMail(std::string_view head) {
  using std::string_view_literals::operator""sv;
  const std::string_view line = head.substr(0, head.find('\n'));
  const auto compressed = [](std::string_view program) {
    return "is compressed: unpack it, as with `" + std::string(program) +
           " -dc FILE | patchmilter … -`";
  };
  if (head.starts_with("\x1f\x8b"sv)) return compressed("gzip");
  if (head.starts_with("\xfd"
                       "7zXZ\0"sv)) {
    return compressed("xz");
  }
  if (head.starts_with("\x28\xb5\x2f\xfd"sv)) return compressed("zstd");
  if (head.starts_with("BZh")) return compressed("bzip2");
  if (head.size() > 262 && head.substr(257, 5) == "ustar") {
    return "is a tar archive: unpack it and give the directory";
  }
  if (line.starts_with("diff --git ") || line.starts_with("--- ") ||
      line.starts_with("Index: ")) {
    return "is a diff without mail headers: give what `git format-patch "
           "--stdout BASE..` prints";
  }
  if (line.starts_with("commit ")) {
    return "is the output of `git log` or `git show`: give what `git "
           "format-patch --stdout BASE..` prints";
  }
  if (IsHeaderLine(WithoutLineEnd(line)) || IsQuotedFrom(line)) return "";
  return "is no mail and no mbox: its first line is neither a header nor "
         "\"From …\"; give an mbox, a mail, a directory of mails, or what "
         "`git format-patch --stdout BASE..` prints";
}

void UnquoteFrom(std::string* raw) {
  // The usual mail has none: look before anything is moved.
  if (raw->find(">From ") == std::string::npos) return;
  std::string unquoted;
  unquoted.reserve(raw->size());
  std::string_view rest = *raw;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view line =
        end == std::string_view::npos ? rest : rest.substr(0, end + 1);
    rest.remove_prefix(line.size());
    if (IsQuotedFrom(line)) line.remove_prefix(1);
    unquoted += line;
  }
  *raw = std::move(unquoted);
}

bool HoldsFromLine(std::string_view body) {
  return body.starts_with("From ") ||
         body.find("\nFrom ") != std::string_view::npos;
}

}  // namespace

bool IsFromLine(std::string_view line) {
  line = WithoutLineEnd(line);
  if (!line.starts_with("From ")) return false;
  // A colon between two digits, and after it a year from 1970 on.
  for (std::size_t at = line.find(':', 5); at != std::string_view::npos;
       at = line.find(':', at + 1)) {
    if (at + 1 >= line.size() || !IsDigitAscii(line[at - 1]) ||
        !IsDigitAscii(line[at + 1])) {
      continue;
    }
    for (const std::string_view word : Split(line.substr(at), ' ')) {
      const auto year = ParseUnsigned(word);
      if (year && word.size() == 4 && *year >= 1970) return true;
    }
    return false;
  }
  return false;
}

Error MboxReader::ReadError() const { return FromErrno(path_, errno_); }

bool MboxReader::Fill(std::size_t count) {
  while (buffer_.size() - at_ < count && !end_) {
    if (at_ > kBlock) {
      buffer_.erase(0, at_);
      base_ += at_;
      at_ = 0;
    }
    const std::size_t size = buffer_.size();
    buffer_.resize(size + kBlock);
    const ssize_t got = ::read(fd_.get(), buffer_.data() + size, kBlock);
    buffer_.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) end_ = true;
    if (got < 0 && errno != EINTR) {
      errno_ = errno;
      end_ = true;
      return false;
    }
  }
  return errno_ == 0;
}

std::string_view MboxReader::PeekLine() {
  std::size_t from = 0;
  while (true) {
    const std::string_view ahead = Ahead();
    const std::size_t end = ahead.find('\n', from);
    if (end != std::string_view::npos) return ahead.substr(0, end + 1);
    if (end_ || ahead.size() >= kLongestLine) return ahead;
    from = ahead.size();
    Fill(ahead.size() + 1);
  }
}

void MboxReader::Take(std::size_t count) { at_ += count; }

bool MboxReader::AtSeparator() { return IsFromLine(PeekLine()); }

Status MboxReader::Begin() {
  if (!Fill(1024)) return ReadError();
  if (Ahead().empty()) {
    return InvalidInput(path_ +
                        " is empty: give an mbox, a mail, a directory of "
                        "mails, or what `git format-patch --stdout BASE..` "
                        "prints");
  }
  mbox_ = AtSeparator();
  if (mbox_) return {};
  const std::string why = WhyNoMail(Ahead());
  if (!why.empty()) return InvalidInput(path_ + " " + why);
  return {};
}

bool MboxReader::TakeByLength(std::uint64_t length, std::string* body) {
  if (length > kMaxTrustedLength) return false;
  const auto size = static_cast<std::size_t>(length);
  // The body, an empty line, and a "From " line or the end.
  Fill(size + 512);
  const std::string_view ahead = Ahead();
  if (ahead.size() < size) return false;
  std::string_view rest = ahead.substr(size);
  std::size_t gap = 0;
  while (gap < rest.size() && gap < 2 &&
         (rest[gap] == '\n' || rest[gap] == '\r')) {
    ++gap;
  }
  rest.remove_prefix(gap);
  const bool starts_line = size == 0 || ahead[size - 1] == '\n' || gap > 0;
  if (!starts_line ||
      !(rest.empty() || IsFromLine(rest.substr(0, rest.find('\n'))))) {
    return false;
  }
  body->assign(ahead.substr(0, size));
  Take(size + gap);
  return true;
}

Result<std::optional<SourceMail>> MboxReader::Next() {
  if (errno_ != 0) return ReadError();
  if (PeekLine().empty()) {
    if (errno_ != 0) return ReadError();
    return std::optional<SourceMail>();
  }
  SourceMail mail;
  mail.path = path_;
  mail.index = ++index_;
  mail.offset = bytes_read();
  mail.in_mbox = mbox_;
  if (mbox_) Take(PeekLine().size());

  bool in_headers = true;
  bool has_body = false;
  bool after_empty = true;  // The line before was empty (or there was none).
  bool line_start = true;   // Not in the middle of a line that came in pieces.
  bool quoted = mbox_;
  std::optional<std::uint64_t> length;
  while (true) {
    const std::string_view line = PeekLine();
    if (line.empty()) break;
    if (mbox_ && line_start && after_empty && !mail.raw.empty() &&
        IsFromLine(line)) {
      break;
    }
    const std::string_view text = WithoutLineEnd(line);
    after_empty = line_start && text.empty();
    line_start = line.back() == '\n';
    if (in_headers && StartsWithIgnoreCase(text, "content-length:")) {
      length = ParseUnsigned(Trim(text.substr(15)));
    }
    has_body = has_body || !in_headers;
    const std::size_t size = line.size();
    if (mail.raw.size() + size > kMaxSourceMail) {
      mail.cut = true;
    } else if (!mail.cut) {
      mail.raw += line;
    }
    Take(size);
    if (in_headers && after_empty) {
      in_headers = false;
      std::string body;
      if (mbox_ && length && TakeByLength(*length, &body)) {
        quoted = !HoldsFromLine(body);
        mail.raw += body;
        after_empty = false;
        break;
      }
    }
  }
  if (errno_ != 0) return ReadError();
  if (mbox_) {
    // The empty line in front of the next "From " is the mbox's.
    if (after_empty && has_body && !mail.cut) {
      if (mail.raw.ends_with("\r\n\r\n")) {
        mail.raw.resize(mail.raw.size() - 2);
      } else if (mail.raw.ends_with("\n\n")) {
        mail.raw.resize(mail.raw.size() - 1);
      }
    }
    if (quoted) UnquoteFrom(&mail.raw);
  }
  return std::optional(std::move(mail));
}

}  // namespace patchmilter::app
