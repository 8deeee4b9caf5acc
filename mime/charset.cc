#include "mime/charset.h"

#include <gmime/gmime.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "base/text.h"

namespace patchmilter::mime {
namespace {

// A text with more bytes that do not fit is not in that charset: the rest is
// taken as Latin-1 (each bad byte takes a call to iconv).
constexpr size_t kMaxBadBytes = 100'000;

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

std::string FromLatin1(std::string_view text) {
  std::string utf8;
  utf8.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xc0 | (byte >> 6));
      utf8 += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return utf8;
}

bool IsUtf8Name(std::string_view name) {
  return name == "utf-8" || name == "utf8" || name == "us-ascii" ||
         name == "ascii" || name == "unicode-1-1-utf-8" || name == "utf-8mb4";
}

// ASCII bytes do not mean ASCII characters there.
bool IsAsciiSuperset(std::string_view name) {
  return !name.starts_with("utf-16") && !name.starts_with("utf-32") &&
         !name.starts_with("utf-7") && !name.starts_with("ucs-") &&
         !name.starts_with("iso-2022") && !name.starts_with("iso-10646") &&
         !name.starts_with("hz") && !name.starts_with("utf16") &&
         !name.starts_with("utf32") && !name.starts_with("ebcdic") &&
         !name.starts_with("ibm") && !name.starts_with("cp");
}

// The charset that senders mean by a name: the larger one that they use.
std::string LargerCharset(const std::string& name) {
  if (name == "gb2312" || name == "gbk" || name == "x-gbk" ||
      name == "gb_2312-80") {
    return "gb18030";
  }
  if (name == "iso-8859-1" || name == "latin1") return "windows-1252";
  if (name == "ks_c_5601-1987" || name == "euc-kr") return "cp949";
  if (name == "big5") return "big5-hkscs";
  return name;
}

bool IsPlainName(std::string_view name) {
  if (name.size() > 40) return false;
  for (const char c : name) {
    if (!IsAlnumAscii(c) && c != '-' && c != '_' && c != '.' && c != ':') {
      return false;
    }
  }
  return true;
}

class Converter {
 public:
  explicit Converter(const char* charset)
      : handle_(g_mime_iconv_open("UTF-8", charset)) {}
  ~Converter() {
    if (valid()) g_mime_iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  bool valid() const { return handle_ != InvalidHandle(); }

  // Counts the bytes that did not fit in `*bad`.
  std::string Convert(const std::string& text, size_t* bad) {
    std::string utf8;
    utf8.reserve(text.size() + text.size() / 4);
    // iconv(3) takes it so, and does not write to it.
    char* in = const_cast<char*>(text.data());  // NOLINT(*-const-cast)
    size_t left = text.size();
    std::array<char, 16384> buffer;
    while (left > 0) {
      char* out = buffer.data();
      size_t room = buffer.size();
      const size_t result = iconv(handle_, &in, &left, &out, &room);
      utf8.append(buffer.data(), buffer.size() - room);
      if (result != static_cast<size_t>(-1)) continue;
      if (errno == E2BIG) continue;
      // A byte that does not fit, or a character that the text ends in.
      utf8 += kReplacement;
      ++in;
      --left;
      if (++*bad == kMaxBadBytes) {
        utf8 += FromLatin1(std::string_view(in, left));
        break;
      }
    }
    return utf8;
  }

 private:
  static iconv_t InvalidHandle() {
    // iconv_open(3) says so: (iconv_t)-1.
    return reinterpret_cast<iconv_t>(  // NOLINT(performance-no-int-to-ptr)
        static_cast<std::intptr_t>(-1));
  }
  iconv_t handle_;
};

// What ToUtf8 makes of a text that it cannot take as it is.
std::string Converted(const std::string& text, const std::string& name,
                      std::vector<std::string>* problems) {
  if (name.empty() || IsUtf8Name(name)) {
    if (name == "utf-8" || name == "utf8") {
      problems->push_back(
          "bytes that are not UTF-8, as the mail says they are");
      return ToValidUtf8(text);
    }
    problems->push_back("bytes above 127 without a charset, taken as Latin-1");
    return FromLatin1(text);
  }
  if (IsPlainName(name)) {
    Converter converter(LargerCharset(name).c_str());
    if (converter.valid()) {
      size_t bad = 0;
      std::string utf8 = converter.Convert(text, &bad);
      if (bad > 0) problems->push_back("bytes that are not " + name);
      // No converter of ours is asked to be perfect.
      return IsValidUtf8(utf8) ? utf8 : ToValidUtf8(utf8);
    }
  }
  problems->push_back("unknown charset \"" + log::Clean(name, 40) +
                      "\", taken as UTF-8 or Latin-1");
  return GuessUtf8(text);
}

}  // namespace

bool IsAscii(std::string_view text) {
  size_t i = 0;
  for (; i + sizeof(std::uint64_t) <= text.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, sizeof(word));
    if ((word & 0x8080808080808080ULL) != 0) return false;
  }
  for (; i < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) >= 0x80) return false;
  }
  return true;
}

std::string GuessUtf8(std::string text) {
  if (IsAscii(text) || IsValidUtf8(text)) return text;
  return FromLatin1(text);
}

std::string ToUtf8(std::string text, std::string_view charset,
                   std::vector<std::string>* problems, std::string* as_sent) {
  const std::string name = ToLower(Trim(charset));
  if (IsAsciiSuperset(name) && IsAscii(text)) return text;
  if ((name.empty() || IsUtf8Name(name)) && IsValidUtf8(text)) return text;
  std::string utf8 = Converted(text, name, problems);
  if (as_sent != nullptr && utf8 != text) *as_sent = std::move(text);
  return utf8;
}

}  // namespace patchmilter::mime
