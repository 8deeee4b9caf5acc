// Mails for the tests of this room, written by us.
#ifndef PATCHMILTER_TESTS_MIME_MAILS_H_
#define PATCHMILTER_TESTS_MIME_MAILS_H_

#include <string>
#include <string_view>

namespace patchmilter::mime {

inline constexpr std::string_view kDiff =
    "diff --git a/hello.c b/hello.c\n"
    "index 1111111..2222222 100644\n"
    "--- a/hello.c\n"
    "+++ b/hello.c\n"
    "@@ -1,3 +1,3 @@ int main(void)\n"
    " {\n"
    "-\treturn 1;\n"
    "+\treturn 0;\n"
    " }\n";

inline constexpr std::string_view kPatchBody =
    "From: Ann Author <ann@example.org>\n"
    "\n"
    "It returned the wrong value.\n"
    "\n"
    "Fixes: 123456789abc (\"hello: add it\")\n"
    "Signed-off-by: Ann Author <ann@example.org>\n"
    "Signed-off-by: Max Maintainer <max@example.org>\n"
    "---\n"
    "Changes in v2: none.\n"
    "\n"
    " hello.c | 2 +-\n"
    "\n"
    "diff --git a/hello.c b/hello.c\n"
    "index 1111111..2222222 100644\n"
    "--- a/hello.c\n"
    "+++ b/hello.c\n"
    "@@ -1,3 +1,3 @@ int main(void)\n"
    " {\n"
    "-\treturn 1;\n"
    "+\treturn 0;\n"
    " }\n"
    "\n"
    "base-commit: 0123456789abcdef0123456789abcdef01234567\n"
    "change-id: 20260101-hello-0123456789ab\n"
    "prerequisite-patch-id: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
    "-- \n"
    "2.39.5\n";

// A mail of these headers (each line ends in LF) and this body.
inline std::string MailOf(std::string_view headers, std::string_view body) {
  return std::string(headers) + "\n" + std::string(body);
}

inline std::string PatchHeaders(std::string_view subject) {
  return "Return-Path: <list-bounces@lists.example.org>\n"
         "Received: from a.example.org by b.example.org;\n"
         "\tFri, 20 Nov 2026 21:02:00 +0000\n"
         "From: Max Maintainer <max@example.org>\n"
         "To: list@lists.example.org\n"
         "Cc: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>, bob@example.org\n"
         "Subject: " +
         std::string(subject) +
         "\n"
         "Date: Fri, 20 Nov 2026 22:01:47 +0100\n"
         "Message-ID:\n <patch-2@example.org>\n"
         "In-Reply-To: <cover@example.org>\n"
         "References: <root@example.org>\n <cover@example.org>\n"
         "List-Id: A list <list.lists.example.org>\n";
}

inline std::string PatchMailText(
    std::string_view subject = "[PATCH v2 2/3] hello: return 0") {
  return MailOf(PatchHeaders(subject), kPatchBody);
}

// A patch of a Latin-1 and a UTF-8 file, as git format-patch makes it.
inline constexpr std::string_view kTwoCharsetsBody =
    "Gr\xfc\xdf"
    "e.\n"
    "---\n"
    "diff --git a/latin1.txt b/latin1.txt\n"
    "index 1111111..2222222 100644\n"
    "--- a/latin1.txt\n"
    "+++ b/latin1.txt\n"
    "@@ -1,2 +1,2 @@ J\xf6rg\n"
    " caf\xe9\n"
    "-ol\xe9\n"
    "+\xa1ol\xe9!\n"
    "diff --git a/utf8.txt b/utf8.txt\n"
    "index 3333333..4444444 100644\n"
    "--- a/utf8.txt\n"
    "+++ b/utf8.txt\n"
    "@@ -1 +1 @@\n"
    "-J\xc3\xb6rg\n"
    "+J\xc3\xbcrg\n";

inline std::string Latin1MailText() {
  return MailOf(PatchHeaders("[PATCH] two charsets") +
                    "Content-Type: text/plain; charset=iso-8859-1\n"
                    "Content-Transfer-Encoding: 8bit\n",
                kTwoCharsetsBody);
}

inline std::string WithCrlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_TESTS_MIME_MAILS_H_
