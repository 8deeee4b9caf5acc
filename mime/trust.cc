#include "mime/trust.h"

#include <string>
#include <utility>

#include "base/text.h"

namespace patchmilter::mime {
namespace {

// A result, a method, a domain or an authserv-id that is longer is none.
constexpr size_t kMaxWord = 255;

// Splits a value into words: blanks and comments (RFC 5322 3.2.2, nested ones
// counted) part them; ";", "=" and "/" stand alone; quotes are taken off.
class WordReader {
 public:
  explicit WordReader(std::string_view text) : text_(text) {}

  // False at the end. `*quoted`: quotes stood in it, so it is no sign.
  bool Next(std::string* word, bool* quoted) {
    word->clear();
    *quoted = false;
    SkipBlanks();
    if (at_ >= text_.size()) return false;
    if (IsSign(text_[at_])) {
      *word = text_[at_++];
      return true;
    }
    while (at_ < text_.size() && !IsSign(text_[at_]) && text_[at_] != '(' &&
           !IsSpaceAscii(text_[at_])) {
      if (text_[at_] == '"') {
        *quoted = true;
        ReadQuoted(word);
      } else {
        *word += text_[at_++];
      }
    }
    return true;
  }

 private:
  static bool IsSign(char c) { return c == ';' || c == '=' || c == '/'; }

  void ReadQuoted(std::string* word) {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      *word += text_[at_];
    }
    if (at_ < text_.size()) ++at_;
  }

  void SkipBlanks() {
    size_t depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '(') {
        ++depth;
      } else if (depth > 0) {
        if (c == ')') --depth;
        if (c == '\\' && at_ + 1 < text_.size()) ++at_;
      } else if (!IsSpaceAscii(c)) {
        return;
      }
    }
  }

  std::string_view text_;
  size_t at_ = 0;
};

bool IsKnownMethod(std::string_view name) {
  return name == "dkim" || name == "spf" || name == "dmarc" || name == "arc";
}

// RFC 8601 2.7: results are keywords.
bool IsKeyword(std::string_view word) {
  if (word.empty() || word.size() > 20) return false;
  for (const char c : word) {
    if (!IsAlnumAscii(c) && c != '-') return false;
  }
  return true;
}

// Which property says whom the method speaks of.
bool NamesTheDomain(std::string_view method, std::string_view property) {
  if (method == "dkim") return property == "header.d";
  if (method == "spf") return property == "smtp.mailfrom";
  return property == "header.from";  // dmarc
}

// One "method=result property=value …", its words without the ";".
class ResultReader {
 public:
  void Add(const std::string& word, bool quoted) {
    if (word == "=" && !quoted) {
      equals_ = true;
      return;
    }
    if (word == "/" && !quoted) {
      // "method/version", or a "/" in a value that is of no use to us.
      skip_ = !equals_;
      return;
    }
    if (skip_) {
      skip_ = false;
      return;
    }
    if (!equals_) {
      key_ = ToLower(word);
      return;
    }
    equals_ = false;
    if (word.size() > kMaxWord) return;
    if (result_.method.empty()) {
      // The first pair is the method itself.
      result_.method = std::exchange(key_, "");
      result_.result = ToLower(word);
    } else if (result_.domain.empty() && NamesTheDomain(result_.method, key_)) {
      // "smtp.mailfrom=ann@example.org": the part behind the "@".
      const size_t at = word.rfind('@');
      result_.domain =
          ToLower(at == std::string::npos ? word : word.substr(at + 1));
    }
  }

  // What was read; the next one begins.
  AuthResult Take() {
    AuthResult result = std::move(result_);
    *this = ResultReader();
    return result;
  }

 private:
  AuthResult result_;
  std::string key_;
  bool equals_ = false;
  bool skip_ = false;
};

}  // namespace

AuthResults ParseAuthResults(std::string_view value) {
  AuthResults results;
  WordReader words(value);
  std::string word;
  bool quoted = false;
  // "authserv-id [version] ;"
  if (!words.Next(&word, &quoted) || word.size() > kMaxWord) return results;
  if (quoted || word != ";") results.authserv_id = ToLower(word);
  while ((quoted || word != ";") && words.Next(&word, &quoted)) {
  }
  ResultReader reader;
  bool more = true;
  while (more && results.results.size() < kMaxAuthResults) {
    more = words.Next(&word, &quoted);
    if (more && (quoted || word != ";")) {
      reader.Add(word, quoted);
      continue;
    }
    AuthResult result = reader.Take();
    if (IsKnownMethod(result.method) && IsKeyword(result.result)) {
      results.results.push_back(std::move(result));
    }
  }
  return results;
}

bool SaysSpam(std::string_view value) {
  value = Trim(value);
  size_t length = 0;
  while (length < value.size() && IsAlphaAscii(value[length])) ++length;
  const std::string_view word = value.substr(0, length);
  return EqualsIgnoreCase(word, "yes") || EqualsIgnoreCase(word, "true");
}

}  // namespace patchmilter::mime
