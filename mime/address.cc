#include "mime/address.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "mime/encoded_word.h"

namespace patchmilter::mime {
namespace {

std::string Squeezed(std::string_view text) {
  std::string out;
  for (const char c : Trim(text)) {
    if (IsSpaceAscii(c)) {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += c;
    }
  }
  return out;
}

// What has been read of one address.
struct Pending {
  std::string phrase;   // Outside <> and comments, quotes taken off.
  std::string angle;    // Between <>.
  std::string comment;  // The last comment.
  bool has_angle = false;
  bool has_at = false;  // An "@" outside of quotes.

  bool complete() const { return has_angle || has_at; }
  bool empty() const { return !has_angle && Trim(phrase).empty(); }

  Address Take() {
    Address address;
    if (has_angle) {
      for (const char c : angle) {
        if (!IsSpaceAscii(c)) address.email += c;
      }
      address.name = Squeezed(DecodeHeaderText(Trim(phrase)));
    } else if (has_at) {
      // The word around the "@"; other words are the name.
      const size_t at = phrase.find('@');
      size_t begin = at;
      while (begin > 0 && !IsSpaceAscii(phrase[begin - 1])) --begin;
      size_t end = at;
      while (end < phrase.size() && !IsSpaceAscii(phrase[end])) ++end;
      address.email = phrase.substr(begin, end - begin);
      address.name = Squeezed(DecodeHeaderText(
          Trim(phrase.substr(0, begin) + " " + phrase.substr(end))));
    } else {
      address.name = Squeezed(DecodeHeaderText(Trim(phrase)));
    }
    if (address.name.empty()) {
      address.name = Squeezed(DecodeHeaderText(Trim(comment)));
    }
    *this = Pending();
    return address;
  }
};

class AddressReader {
 public:
  AddressReader(std::string_view text, bool groups)
      : text_(text), groups_(groups) {}

  std::vector<Address> Read() {
    for (at_ = 0; at_ < text_.size() && addresses_.size() < kMaxAddresses;
         ++at_) {
      Step(text_[at_]);
    }
    if (!pending_.empty() && addresses_.size() < kMaxAddresses) Flush();
    return std::move(addresses_);
  }

 private:
  void Step(char c) {
    switch (c) {
      case '"':
        ReadQuoted();
        return;
      case '(':
        ReadComment();
        return;
      case '<':
        ReadAngle();
        return;
      case ',':
        if (pending_.complete()) {
          Flush();
        } else if (!pending_.empty()) {
          pending_.phrase += ", ";
        }
        return;
      case ';':
        if (groups_) {
          Flush();
        } else {
          pending_.phrase += c;
        }
        return;
      case ':':
        if (groups_ && !pending_.complete()) {
          pending_ = Pending();  // The name of a group.
        } else {
          pending_.phrase += c;
        }
        return;
      case '@':
        pending_.has_at = true;
        break;
      default:
        break;
    }
    // As one piece up to the next byte that means something.
    const size_t end =
        std::min(text_.find_first_of("\"(<,;:@", at_ + 1), text_.size());
    pending_.phrase += text_.substr(at_, end - at_);
    at_ = end - 1;
  }

  void Flush() {
    if (pending_.complete() || (!groups_ && !pending_.empty())) {
      addresses_.push_back(pending_.Take());
    } else {
      pending_ = Pending();
    }
  }

  // A quote that is never closed is a byte like any other.
  void ReadQuoted() {
    std::string quoted;
    for (size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '"') {
        pending_.phrase += quoted;
        at_ = i;
        return;
      }
      if (text_[i] == '\\' && i + 1 < text_.size()) ++i;
      quoted += text_[i];
    }
    pending_.phrase += quoted;
    at_ = text_.size();
  }

  void ReadComment() {
    std::string comment;
    size_t depth = 1;
    size_t i = at_ + 1;
    for (; i < text_.size() && depth > 0; ++i) {
      const char c = text_[i];
      if (c == '(') ++depth;
      if (c == ')' && --depth == 0) break;
      if (c == '\\' && i + 1 < text_.size()) ++i;
      comment += text_[i];
    }
    // "John (zzz) Doe <…>": a comment inside a name is part of the name, as
    // git has it.
    if (!pending_.has_angle && !Trim(pending_.phrase).empty() &&
        !pending_.has_at) {
      pending_.phrase += '(' + comment + ')';
    }
    pending_.comment = std::move(comment);
    at_ = i;
  }

  void ReadAngle() {
    const size_t end = text_.find_first_of("<>", at_ + 1);
    if (end != std::string_view::npos && text_[end] == '<') {
      pending_.phrase += '<';  // "a<b <c@d>": not an address.
      return;
    }
    if (pending_.has_angle) Flush();
    pending_.angle = text_.substr(
        at_ + 1, end == std::string_view::npos ? end : end - at_ - 1);
    pending_.has_angle = true;
    at_ = end == std::string_view::npos ? text_.size() : end;
  }

  std::string_view text_;
  bool groups_;
  size_t at_ = 0;
  Pending pending_;
  std::vector<Address> addresses_;
};

}  // namespace

std::vector<Address> ParseAddresses(std::string_view value) {
  return AddressReader(value, /*groups=*/true).Read();
}

Address ParseFrom(std::string_view value) {
  std::vector<Address> addresses =
      AddressReader(value, /*groups=*/false).Read();
  for (Address& address : addresses) {
    if (!address.email.empty()) return std::move(address);
  }
  return addresses.empty() ? Address() : std::move(addresses.front());
}

}  // namespace patchmilter::mime
