// `git patch-id --stable`, as git's builtin/patch-id.c (2.39 and later) counts
// it. It reads the text, not our model of it: where a mail is mangled, git's
// reading of it is what the number is a name for.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/text.h"
#include "diff/diff.h"

namespace patchmilter::diff {
namespace {

// git's isspace(): no VT, no FF.
bool IsGitSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool IsHex(char c) {
  return IsDigitAscii(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// "40 hexadecimal digits": the next commit of a log begins.
bool BeginsWithObjectId(std::string_view line) {
  if (line.size() < 40) return false;
  for (size_t i = 0; i < 40; ++i) {
    if (!IsHex(line[i])) return false;
  }
  return true;
}

// strspn + atoi: stops at the first other byte; saturates.
int TakeNumber(std::string_view* text) {
  constexpr int kMost = 100'000'000;
  int value = 0;
  while (!text->empty() && IsDigitAscii(text->front())) {
    value = value >= kMost ? kMost : value * 10 + (text->front() - '0');
    text->remove_prefix(1);
  }
  return value;
}

// The counts of "@@ -a,b +c,d @@"; what is not there stays as it was.
void ScanHunkHeader(std::string_view line, int* before, int* after) {
  std::string_view rest = line.substr(4);
  TakeNumber(&rest);
  *before = 1;
  if (rest.starts_with(',')) {
    rest.remove_prefix(1);
    *before = TakeNumber(&rest);
  }
  if (!rest.starts_with(" +")) return;
  rest.remove_prefix(2);
  TakeNumber(&rest);
  *after = 1;
  if (rest.starts_with(',')) {
    rest.remove_prefix(1);
    *after = TakeNumber(&rest);
  }
}

class Sum {
 public:
  void AddLine(std::string_view line) {
    for (const char c : line) {
      if (!IsGitSpace(c)) pending_ += c;
    }
  }
  void Add(std::string_view bytes) { pending_ += bytes; }
  bool any() const { return any_ || !pending_.empty(); }
  // A file's diff is over: the sums do not depend on the order of files.
  void Flush() {
    any_ = any_ || !pending_.empty();
    const std::array<unsigned char, 20> hash = Sha1(pending_);
    pending_.clear();
    unsigned int carry = 0;
    for (size_t i = 0; i < hash.size(); ++i) {
      carry += static_cast<unsigned int>(sum_.at(i)) + hash.at(i);
      sum_.at(i) = static_cast<unsigned char>(carry & 0xff);
      carry >>= 8;
    }
  }
  std::string Hex() const {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : sum_) {
      hex += kDigits[byte >> 4];
      hex += kDigits[byte & 15];
    }
    return hex;
  }

 private:
  std::string pending_;
  std::array<unsigned char, 20> sum_{};
  bool any_ = false;
};

}  // namespace

std::string Diff::StablePatchId() const {
  if (empty()) return "";
  Sum sum;
  int before = -1;
  int after = -1;
  bool binary = false;
  bool hashed = false;
  std::string_view old_blob;
  std::string_view new_blob;
  LineReader reader(std::string_view(*text_).substr(begin_));
  std::string_view line;
  while (reader.Next(&line)) {
    std::string_view id = line;
    if (id.starts_with("commit ")) {
      id.remove_prefix(7);
    } else if (id.starts_with("From ")) {
      id.remove_prefix(5);
    } else if (line.starts_with("\\ ") && line.size() + 1 > 12) {
      continue;
    }
    if (BeginsWithObjectId(id)) break;
    if (!hashed && !line.starts_with("diff ")) continue;

    if (before == -1) {
      if (line.starts_with("GIT binary patch") ||
          line.starts_with("Binary files")) {
        binary = true;
        before = 0;
        sum.Add(old_blob);
        sum.Add(new_blob);
        sum.Flush();
        continue;
      }
      if (line.starts_with("index ")) {
        const std::string_view blobs = line.substr(6);
        const size_t dots = blobs.find("..");
        if (dots != std::string_view::npos) {
          old_blob = blobs.substr(0, dots).substr(0, 64);
          const std::string_view second = blobs.substr(dots);
          new_blob = second.substr(0, second.find(' '));
          new_blob.remove_prefix(2);
          new_blob = new_blob.substr(0, 64);
        }
        continue;
      }
      if (line.starts_with("--- ")) {
        before = after = 1;
      } else if (line.empty() || !IsAlphaAscii(line[0])) {
        break;
      }
    }
    if (binary) {
      if (!line.starts_with("diff ")) continue;
      binary = false;
      before = -1;
      continue;
    }
    if (before == 0 && after == 0) {
      if (line.starts_with("@@ -")) {
        ScanHunkHeader(line, &before, &after);
        continue;
      }
      if (!line.starts_with("diff ")) break;
      sum.Flush();
      before = -1;
      after = -1;
    }
    const char mark = line.empty() ? '\n' : line[0];
    if (mark == '-' || mark == ' ') --before;
    if (mark == '+' || mark == ' ') --after;
    sum.AddLine(line);
    hashed = true;
  }
  if (!sum.any()) return "";
  sum.Flush();
  return sum.Hex();
}

std::string StableSum(const std::vector<std::string>& parts) {
  Sum sum;
  for (const std::string& part : parts) {
    sum.AddLine(part);
    sum.Flush();
  }
  return sum.Hex();
}

}  // namespace patchmilter::diff
