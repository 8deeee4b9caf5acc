// Which parts of a mail are its text, and which patch is the mail's own.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "mime/patch_mail.h"
#include "tests/mime/mails.h"

namespace patchmilter::mime {
namespace {

// kDiff under another name.
std::string DiffOf(std::string_view path) {
  std::string diff(kDiff);
  const std::string old = "hello.c";
  for (size_t at = 0; (at = diff.find(old, at)) != std::string::npos;
       at += path.size()) {
    diff.replace(at, old.size(), path);
  }
  return diff;
}

std::string Paths(const PatchMail& patch) {
  std::string paths;
  for (const diff::File& file : patch.diff.files()) {
    if (!paths.empty()) paths += ' ';
    paths += file.path();
  }
  return paths;
}

// A multipart of `parts` (headers, an empty line, text); "b" bounds them.
PatchMail Multipart(std::string_view type,
                    const std::vector<std::string>& parts) {
  std::string raw = PatchHeaders("[PATCH] x") +
                    "MIME-Version: 1.0\nContent-Type: multipart/" +
                    std::string(type) + "; boundary=\"b\"\n\npreamble\n";
  for (const std::string& part : parts) raw += "--b\n" + part + "\n";
  return ParsePatchMail(raw + "--b--\n");
}

struct Case {
  std::string_view name;
  std::string_view type;
  std::vector<std::string> parts;
  std::string_view kind;
  std::string paths;
  std::string message;
};

TEST(Parts, Table) {
  const std::string text = "Content-Type: text/plain\n\n";
  const std::string html = "Content-Type: text/html\n\n<pre>Words.</pre>\n";
  const std::string words = "Words.\n";
  const std::string inline_patch = words + "---\n" + std::string(kDiff);
  const std::string attached =
      "Content-Type: text/x-patch; name=\"0001.patch\"\n"
      "Content-Disposition: attachment; filename=\"0001.patch\"\n\n";
  const std::string forwarded =
      "Content-Type: message/rfc822\nContent-Disposition: attachment\n\n"
      "From: B <b@example.org>\nSubject: [PATCH 2/2] other\n\n" +
      inline_patch;
  const std::string nested =
      "Content-Type: multipart/alternative; boundary=c\n\n--c\n" + text +
      inline_patch + "\n--c\n" + html + "--c--\n";
  const Case cases[] = {
      {"signed",
       "signed; micalg=pgp-sha256",
       {text + inline_patch,
        "Content-Type: application/pgp-signature; name=\"signature.asc\"\n\n"
        "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"},
       "patch",
       "hello.c",
       words},
      {"signed in mixed, with a footer",
       "mixed",
       {"Content-Type: multipart/signed; boundary=c\n\n--c\n" + text +
            inline_patch +
            "\n--c\nContent-Type: application/pgp-signature\n\nabc\n--c--\n",
        text + "_______\nlist footer\n"},
       "patch",
       "hello.c",
       words},
      {"alternative",
       "alternative",
       {text + inline_patch, html},
       "patch",
       "hello.c",
       words},
      {"alternative, HTML first",
       "alternative",
       {html, text + inline_patch},
       "patch",
       "hello.c",
       words},
      {"alternative in mixed",
       "mixed",
       {nested, text + "footer\n"},
       "patch",
       "hello.c",
       words},
      {"related",
       "related",
       {nested,
        "Content-Type: image/png\nContent-Transfer-Encoding: base64\n"
        "\niVBORw0KGgo=\n"},
       "patch",
       "hello.c",
       words},
      {"one attachment",
       "mixed",
       {text + words, attached + std::string(kDiff)},
       "patch",
       "hello.c",
       words},
      {"attached alone",
       "mixed",
       {attached + inline_patch},
       "patch",
       "hello.c",
       words},
      {"several attachments",
       "mixed",
       {text + words, attached + DiffOf("a.c"), attached + DiffOf("b.c"),
        text + "footer\n"},
       "patch",
       "a.c b.c",
       words},
      {"as application/octet-stream, base64",
       "mixed",
       {text + words,
        "Content-Type: application/octet-stream\n"
        "Content-Transfer-Encoding: base64\n"
        "Content-Disposition: attachment;\n filename*0=\"0001-\";\n"
        " filename*1=\"x.patch\"\n\n"
        "LS0tIGEveAorKysgYi94CkBAIC0xICsxIEBACi1hCitiCg==\n"},
       "patch",
       "x",
       words},
      {"as text, for reading",
       "mixed",
       {text + words,
        "Content-Type: text/plain; name=\"x.txt\"\n"
        "Content-Disposition: inline; filename=x.txt\n\n" +
            std::string(kDiff)},
       "patch",
       "hello.c",
       words},
      {"a log is no patch",
       "mixed",
       {text + words,
        "Content-Type: text/plain; name=\"dmesg.txt\"\n"
        "Content-Disposition: attachment\n\n- a\n+ b\n@@ nothing @@\n"},
       "other",
       "",
       words},
      {"a configuration as octets is no text",
       "mixed",
       {text + words,
        "Content-Type: application/octet-stream; name=config\n\n" +
            std::string(kDiff)},
       "other",
       "",
       words},
      // What somebody else wrote, and is passed on.
      {"forwarded", "mixed", {text + words, forwarded}, "other", "", words},
      {"forwarded beside a patch",
       "mixed",
       {text + inline_patch, forwarded},
       "patch",
       "hello.c",
       words},
      {"a digest",
       "digest",
       {"\nFrom: B <b@example.org>\nSubject: [PATCH] y\n\n" + inline_patch},
       "other",
       "",
       ""},
      {"no types at all",
       "mixed",
       {"\n" + inline_patch},
       "patch",
       "hello.c",
       words},
  };
  for (const Case& test : cases) {
    // The word that says what the diff of a patch without a parent is; our
    // mails have one.
    const PatchMail patch = Multipart(test.type, test.parts);
    const std::string_view kind =
        test.kind == "other" ? std::string_view("reply") : test.kind;
    EXPECT_EQ(MailKindName(patch.mail.kind), kind) << test.name;
    EXPECT_EQ(Paths(patch), test.paths) << test.name;
    EXPECT_EQ(patch.message.substr(0, words.size()), test.message) << test.name;
    EXPECT_TRUE(patch.diff.problems().empty()) << test.name;
    EXPECT_TRUE(patch.mail.problems.empty() || test.message.empty())
        << test.name << ": " << patch.mail.problems.front();
  }
}

// The mail that holds it can be as bad as it likes.
TEST(Parts, BrokenMultiparts) {
  const std::string body = "Words.\n---\n" + std::string(kDiff);
  const std::string head = PatchHeaders("[PATCH] x");
  for (const std::string& raw :
       {head + "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + body,
        head + "Content-Type: multipart/mixed\n\n" + body,
        head + "Content-Type: multipart/mixed; boundary=\"\"\n\n" + body,
        head + "Content-Type: multipart/mixed; boundary=b\n\n" + body,
        head +
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" +
            body + "\n--b--\n",
        head +
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
            "no header\nContent-Type: text/plain\n\n" +
            body + "\n--b--\n",
        head + "Content-Type: nonsense\n\n" + body,
        head + "Content-Type: text/plain; charset\n\n" + body}) {
    const PatchMail patch = ParsePatchMail(raw);
    EXPECT_EQ(MailKindName(patch.mail.kind), "patch") << raw;
    EXPECT_EQ(Paths(patch), "hello.c") << raw;
    EXPECT_TRUE(patch.diff.problems().empty()) << raw;
  }
}

TEST(Parts, HtmlAlone) {
  const PatchMail patch = ParsePatchMail(
      PatchHeaders("[PATCH] x") +
      "Content-Type: text/html; charset=utf-8\n"
      "Content-Transfer-Encoding: quoted-printable\n\n"
      "<html><head><style>p {}</style></head><body><p>Words &amp; more</p>\n"
      "<pre>--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a &lt; b\n+a &gt; b\n</pre>\n"
      "</body></html>\n");
  EXPECT_NE(patch.mail.text.find("Words & more"), std::string::npos);
  EXPECT_FALSE(patch.mail.problems.empty());
  EXPECT_EQ(MailKindName(patch.mail.kind), "patch");
  ASSERT_EQ(Paths(patch), "x");
  EXPECT_EQ(patch.diff.View(patch.diff.files()[0].hunks[0].lines[1].span),
            "a > b");
}

// git leaves the signer's armour where it is, and so do we: what it has done to
// lines that begin with a dash cannot be told from the sender's own.
TEST(Parts, SignedInline) {
  const std::string armoured =
      "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nWords.\n- ---\n"
      "diff --git a/x b/x\n- --- a/x\n+++ b/x\n@@ -1 +1 @@\n- -a\n+b\n"
      "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n";
  const PatchMail patch =
      ParsePatchMail(MailOf(PatchHeaders("[PATCH] x"), armoured));
  EXPECT_TRUE(patch.message.starts_with(
      "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nWords.\n- ---\n"));
  EXPECT_EQ(patch.mail.text, armoured);
}

}  // namespace
}  // namespace patchmilter::mime
