#include "mime/text_part.h"

#include <gmime/gmime.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "mime/charset.h"
#include "mime/mail.h"
#include "mime/quoted_cr.h"

namespace patchmilter::mime {
namespace {

// `bytes` with its transfer encoding undone, by GMime.
std::string Decode(std::string_view bytes, TransferEncoding encoding) {
  if (encoding == TransferEncoding::kIdentity) return std::string(bytes);
  GMimeEncoding state;
  switch (encoding) {
    case TransferEncoding::kQuotedPrintable:
      g_mime_encoding_init_decode(&state,
                                  GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
      break;
    case TransferEncoding::kUuencode:
      g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_UUENCODE);
      break;
    default:
      g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_BASE64);
      break;
  }
  std::string decoded(g_mime_encoding_outlen(&state, bytes.size()), '\0');
  size_t length =
      g_mime_encoding_step(&state, bytes.data(), bytes.size(), decoded.data());
  decoded.resize(length + g_mime_encoding_outlen(&state, 0));
  length += g_mime_encoding_flush(&state, nullptr, 0, decoded.data() + length);
  decoded.resize(length);
  return decoded;
}

void DropCrs(std::string* text) {
  size_t out = 0;
  for (size_t i = 0; i < text->size(); ++i) {
    if ((*text)[i] == '\r' && i + 1 < text->size() && (*text)[i + 1] == '\n') {
      continue;
    }
    (*text)[out++] = (*text)[i];
  }
  text->resize(out);
}

// The CRs of an encoded text are the mailer's where the first hunk's header has
// one (or where there is no hunk), and then go; else they are the file's own.
bool CrsAreTheMailers(std::string_view text) {
  size_t at = text.starts_with("@@ -") ? 0 : text.find("\n@@ -");
  if (at == std::string_view::npos) return true;
  const size_t end = text.find('\n', at + 1);
  return end != std::string_view::npos && text[end - 1] == '\r';
}

std::string WithoutNuls(std::string_view text) {
  std::string clean;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t nul = std::min(text.find('\0', begin), text.size());
    clean.append(text, begin, nul - begin);
    if (nul < text.size()) clean += "\xef\xbf\xbd";
    begin = nul + 1;
  }
  return clean;
}

size_t QuoteDepth(std::string_view line) {
  size_t depth = 0;
  while (depth < line.size() && line[depth] == '>') ++depth;
  return depth;
}

// --- HTML ---

struct Entity {
  std::string_view name;
  std::string_view text;
};
constexpr Entity kEntities[] = {
    {"&lt;", "<"},    {"&gt;", ">"},  {"&amp;", "&"},
    {"&quot;", "\""}, {"&#39;", "'"}, {"&nbsp;", " "},
};

bool IsBlockTag(std::string_view name) {
  return name == "br" || name == "p" || name == "div" || name == "tr" ||
         name == "li" || name == "pre" || name == "h1" || name == "h2" ||
         name == "h3" || name == "table" || name == "blockquote";
}

}  // namespace

std::string Unflow(std::string_view text, bool del_sp) {
  std::string out;
  out.reserve(text.size());
  LineReader reader(text);
  std::string_view line;
  bool open = false;  // The line before goes on.
  size_t open_depth = 0;
  while (reader.Next(&line)) {
    const size_t depth = QuoteDepth(line);
    const bool signature = line == "-- ";
    if (open && (signature || depth != open_depth)) {
      out += '\n';
      open = false;
    }
    if (signature) {
      out += "-- \n";
      continue;
    }
    if (open) line.remove_prefix(depth);
    // Space-stuffing (4.4); behind quote marks it only goes when joining.
    if ((open || depth == 0) && line.starts_with(' ')) line.remove_prefix(1);
    open = line.ends_with(' ');
    open_depth = depth;
    if (open && del_sp) line.remove_suffix(1);
    out += line;
    if (!open) out += '\n';
  }
  if (open) out += '\n';
  return out;
}

std::string HtmlToText(std::string_view html) {
  std::string out;
  size_t at = 0;
  while (at < html.size()) {
    const char c = html[at];
    if (c == '<') {
      if (html.substr(at, 4) == "<!--") {
        const size_t end = html.find("-->", at + 4);
        at = end == std::string_view::npos ? html.size() : end + 3;
        continue;
      }
      const size_t end = html.find('>', at);
      if (end == std::string_view::npos) break;
      std::string_view tag = html.substr(at + 1, end - at - 1);
      at = end + 1;
      const bool closing = tag.starts_with('/');
      if (closing) tag.remove_prefix(1);
      const std::string name = ToLower(
          tag.substr(0, std::min(tag.find_first_of(" \t\r\n/"), size_t{20})));
      if (!closing && (name == "style" || name == "script")) {
        const size_t close = FindIgnoreCase(html, "</" + name, at);
        at = close == std::string_view::npos ? html.size() : close;
      } else if (IsBlockTag(name) && (!closing || name != "br") &&
                 !out.empty() && (out.back() != '\n' || name == "br")) {
        out += '\n';
      }
      continue;
    }
    if (c == '&') {
      bool known = false;
      for (const Entity& entity : kEntities) {
        if (!html.substr(at).starts_with(entity.name)) continue;
        out += entity.text;
        at += entity.name.size();
        known = true;
        break;
      }
      if (known) continue;
    }
    out += c;
    ++at;
  }
  if (!out.empty() && out.back() != '\n') out += '\n';
  return out;
}

std::string DecodeText(const Part& part, Mail* mail, std::string* as_sent) {
  std::vector<std::string>* problems = &mail->problems;
  std::string_view bytes = part.bytes;
  if (bytes.size() > kMaxMailText) {
    mail->cut = true;
    problems->push_back("a text longer than is read");
    bytes = bytes.substr(0, kMaxMailText);
    // At a line's end, so that no character is cut in two.
    const size_t line_end = bytes.rfind('\n');
    if (line_end != std::string_view::npos) {
      bytes = bytes.substr(0, line_end + 1);
    }
  }
  const bool encoded = part.content.encoding != TransferEncoding::kIdentity;
  std::string text = Decode(bytes, part.content.encoding);
  std::string sent;  // "" while it is `text`.
  text = ToUtf8(std::move(text), part.content.charset, problems, &sent);
  if (text.find('\r') != std::string::npos) {
    const bool are_the_mailers = !encoded || CrsAreTheMailers(text);
    if (are_the_mailers && part.content.encoding == TransferEncoding::kBase64) {
      problems->emplace_back(kCrsInBase64);
    } else if (are_the_mailers && encoded &&
               bytes.find("=0D") != std::string_view::npos) {
      problems->emplace_back(kCrsInQuotedPrintable);
    }
    if (are_the_mailers) {
      DropCrs(&text);
      DropCrs(&sent);
    }
  }
  if (text.find('\0') != std::string::npos) {
    problems->push_back("NUL bytes in the text");
    std::string clean = WithoutNuls(text);
    if (sent.empty()) sent = std::move(text);
    text = std::move(clean);
  }
  if (part.content.flowed && part.content.type == "text/plain") {
    text = Unflow(text, part.content.del_sp);
    sent = Unflow(sent, part.content.del_sp);
  }
  if (as_sent != nullptr) *as_sent = std::move(sent);
  return text;
}

}  // namespace patchmilter::mime
