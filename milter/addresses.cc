#include "milter/addresses.h"

#include <utility>

#include "base/text.h"

namespace patchmilter::milter {
namespace {

// `text` without white space, in lower case.
std::string Squeeze(std::string_view text) {
  std::string squeezed;
  squeezed.reserve(text.size());
  for (const char c : text) {
    if (!IsSpaceAscii(c)) squeezed += ToLowerAscii(c);
  }
  return squeezed;
}

// Where the quoted string that opens at `open` closes; npos: nowhere.
size_t ClosingQuote(std::string_view text, size_t open) {
  for (size_t i = open + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i;
    }
  }
  return std::string_view::npos;
}

// The same for a comment; comments nest (counted, no recursion).
size_t ClosingParenthesis(std::string_view text, size_t open) {
  size_t depth = 0;
  for (size_t i = open; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '(') {
      ++depth;
    } else if (text[i] == ')' && --depth == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

// Walks an address list once. Once a kind of closing character has not been
// found, none is looked for again: that keeps the time linear.
class AddressScanner {
 public:
  explicit AddressScanner(std::string_view text) : text_(text) {}

  std::vector<std::string> Scan() {
    while (at_ < text_.size()) Step();
    Flush();
    return std::move(found_);
  }

 private:
  void Step() {
    const char c = text_[at_];
    if (c == '"' && quotes_) {
      const size_t close = ClosingQuote(text_, at_);
      quotes_ = close != std::string_view::npos;
      if (quotes_) {
        // Part of a local part ("a b"@example.org), or of a display name,
        // which an angle bracket throws away.
        Take(text_.substr(at_, close - at_ + 1));
        at_ = close + 1;
        return;
      }
    } else if (c == '(' && comments_) {
      const size_t close = ClosingParenthesis(text_, at_);
      comments_ = close != std::string_view::npos;
      if (comments_) {
        at_ = close + 1;
        return;
      }
    } else if (c == '<' && angles_) {
      const size_t close = text_.find('>', at_);
      angles_ = close != std::string_view::npos;
      if (angles_) {
        Add(EnvelopeAddress(text_.substr(at_, close - at_ + 1)));
        plain_.clear();
        in_angle_entry_ = true;
        at_ = close + 1;
        return;
      }
    } else if (c == ',' || c == ';' || c == ':') {
      // ':' ends a group's name, ';' a group.
      Flush();
      ++at_;
      return;
    }
    Take(text_.substr(at_, 1));
    ++at_;
  }

  void Take(std::string_view text) { plain_ += text; }

  void Flush() {
    if (!in_angle_entry_) Add(plain_);
    plain_.clear();
    in_angle_entry_ = false;
  }

  void Add(std::string_view address) {
    // A bare entry may have words in front where its bracket never closed.
    std::string_view trimmed = Trim(address);
    if (trimmed.find('"') == std::string_view::npos) {
      const size_t space = trimmed.find_last_of(" \t\r\n<");
      if (space != std::string_view::npos) trimmed.remove_prefix(space + 1);
    }
    const size_t sign = trimmed.rfind('@');
    if (sign == std::string_view::npos || sign == 0 ||
        sign + 1 == trimmed.size()) {
      return;
    }
    found_.push_back(ToLower(trimmed));
  }

  std::string_view text_;
  size_t at_ = 0;
  bool quotes_ = true;
  bool comments_ = true;
  bool angles_ = true;
  bool in_angle_entry_ = false;
  std::string plain_;
  std::vector<std::string> found_;
};

}  // namespace

std::string ParseListId(std::string_view value) {
  value = value.substr(0, kMaxHeaderScan);
  const size_t open = value.rfind('<');
  if (open != std::string_view::npos) {
    const size_t close = value.find('>', open);
    if (close == std::string_view::npos) return {};
    return Squeeze(value.substr(open + 1, close - open - 1));
  }
  const std::string_view bare = Trim(value);
  for (const char c : bare) {
    if (IsSpaceAscii(c)) return {};
  }
  return ToLower(bare);
}

std::vector<std::string> ScanAddresses(std::string_view value) {
  return AddressScanner(value.substr(0, kMaxHeaderScan)).Scan();
}

std::string EnvelopeAddress(std::string_view argument) {
  argument = Trim(argument);
  if (argument.size() >= 2 && argument.front() == '<' &&
      argument.back() == '>') {
    argument = Trim(argument.substr(1, argument.size() - 2));
  }
  // RFC 5321 4.1.2: a source route ("@a,@b:") is to be ignored.
  if (!argument.empty() && argument.front() == '@') {
    const size_t colon = argument.find(':');
    if (colon != std::string_view::npos) argument.remove_prefix(colon + 1);
  }
  return std::string(argument);
}

}  // namespace patchmilter::milter
