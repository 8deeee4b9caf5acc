#include "app/mail_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "app/mbox_reader.h"

namespace patchmilter::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class MailSourceTest : public ::testing::Test {
 protected:
  MailSourceTest() {
    const char* base = getenv("TMPDIR");
    std::string name = std::string(base != nullptr ? base : "/tmp") +
                       "/mail_source_test.XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  ~MailSourceTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  std::string Write(const std::string& name, const std::string& bytes) {
    const std::string path = directory_ + "/" + name;
    std::filesystem::create_directories(
        std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  // All mails; a failure is a line "error: …" at the end.
  std::vector<std::string> Read(const std::string& source,
                                std::vector<std::string>* where = nullptr) {
    std::vector<std::string> mails;
    auto opened = MailSource::Open(source);
    if (!opened) return {"error: " + opened.error().message};
    while (true) {
      auto mail = (*opened)->Next();
      if (!mail) {
        mails.push_back("error: " + mail.error().message);
        return mails;
      }
      if (!*mail) break;
      if (where != nullptr) where->push_back((*mail)->Where());
      mails.push_back((*mail)->raw);
    }
    skipped_ = (*opened)->skipped();
    return mails;
  }

  std::string directory_;
  std::vector<std::string> skipped_;
};

const char kFrom[] = "From ann@a.example Thu Jan  2 00:00:00 2025\n";
const char kGitFrom[] =
    "From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n";

TEST_F(MailSourceTest, Mboxes) {
  const std::string from = kFrom;
  const std::string git = kGitFrom;
  const struct {
    const char* name;
    std::string bytes;
    std::vector<std::string> want;
  } kRows[] = {
      {"two mails",
       from + "Subject: a\n\none\n\n" + from + "Subject: b\n\ntwo\n\n",
       {"Subject: a\n\none\n", "Subject: b\n\ntwo\n"}},
      {"git format-patch --stdout",
       git +
           "From: Ann <ann@a.example>\nSubject: [PATCH 1/2] a\n\n---\n-- \n"
           "2.43.0\n\n\n" +
           git +
           "From: Ann <ann@a.example>\nSubject: [PATCH 2/2] b\n\n---\n"
           "-- \n2.43.0\n\n",
       {"From: Ann <ann@a.example>\nSubject: [PATCH 1/2] a\n\n---\n-- \n"
        "2.43.0\n\n",
        "From: Ann <ann@a.example>\nSubject: [PATCH 2/2] b\n\n---\n-- \n"
        "2.43.0\n"}},
      {"no newline at the end",
       from + "Subject: a\n\none",
       {"Subject: a\n\none"}},
      {"quoted lines lose one mark",
       from + "Subject: a\n\n>From here\n>>From there\n> From you\n\n",
       {"Subject: a\n\nFrom here\n>From there\n> From you\n"}},
      {"a From line that is none: no empty line before it",
       from + "Subject: a\n\ntext\n" + from + "more\n",
       {"Subject: a\n\ntext\n" + from + "more\n"}},
      {"a From line that is none: no time",
       from + "Subject: a\n\nI came\n\nFrom time to time, in 2024\n",
       {"Subject: a\n\nI came\n\nFrom time to time, in 2024\n"}},
      {"mboxcl2: the length is true, nothing is quoted",
       from + "Content-Length: 55\nSubject: a\n\nx\n\n" + from + ">From z\n\n" +
           from + "Subject: b\n\ntwo\n",
       {"Content-Length: 55\nSubject: a\n\nx\n\n" + from + ">From z\n",
        "Subject: b\n\ntwo\n"}},
      {"a length that is a lie is not believed",
       from + "Content-Length: 3\nSubject: a\n\none, two\n\n" + from +
           "Content-Length: 999999999999999999999\nSubject: b\n\ntwo\n",
       {"Content-Length: 3\nSubject: a\n\none, two\n",
        "Content-Length: 999999999999999999999\nSubject: b\n\ntwo\n"}},
      {"CRLF",
       "From ann@a.example Thu Jan  2 00:00:00 2025\r\nSubject: a\r\n\r\n"
       "one\r\n\r\nFrom ann@a.example Thu Jan  2 00:00:00 2025\r\n"
       "Subject: b\r\n\r\ntwo\r\n\r\n",
       {"Subject: a\r\n\r\none\r\n", "Subject: b\r\n\r\ntwo\r\n"}},
      {"a mail without a body",
       from + "Subject: a\n\n" + from + "Subject: b\n",
       {"Subject: a\n\n", "Subject: b\n"}},
      {"NUL bytes",
       from + "Subject: a\n\n" + std::string("x\0y\n", 4),
       {"Subject: a\n\n" + std::string("x\0y\n", 4)}},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(Read(Write("box", row.bytes)), row.want) << row.name;
  }
}

TEST_F(MailSourceTest, SaysWhereAMailStood) {
  const std::string from = kFrom;
  const std::string path =
      Write("box", from + "A: 1\n\n\n" + from + "B: 2\n\n");
  std::vector<std::string> where;
  Read(path, &where);
  EXPECT_THAT(where, ElementsAre(path + ", mail 1 (byte 0)",
                                 path + ", mail 2 (byte " +
                                     std::to_string(from.size() + 7) + ")"));
}

TEST_F(MailSourceTest, OneMailIsGivenAsItIs) {
  const std::string mail =
      "Subject: a\r\nX: y\n\n>From here\n\n" + std::string(kFrom) + "text";
  const std::string path = Write("one.eml", mail);
  std::vector<std::string> where;
  EXPECT_THAT(Read(path, &where), ElementsAre(mail));
  EXPECT_THAT(where, ElementsAre(path));
  auto source = MailSource::Open(path);
  ASSERT_TRUE(source.ok());
  auto first = (*source)->Next();
  ASSERT_TRUE(first.ok() && *first);
  EXPECT_TRUE((*first)->file_time.has_value());
  EXPECT_EQ((*source)->bytes_read(), mail.size());
  EXPECT_EQ((*source)->bytes_total(), mail.size());
}

TEST_F(MailSourceTest, DirectoriesByPathName) {
  Write("d/b.eml", "Subject: b\n\n");
  Write("d/a/2.eml", "Subject: a2\n\n");
  Write("d/a/10.eml", "Subject: a10\n\n");
  Write("d/.hidden", "Subject: hidden\n\n");
  Write("d/c.patch", std::string(kGitFrom) + "Subject: c\n\n---\n");
  Write("d/empty", "");
  Write("d/README", "What these are.\n");
  std::filesystem::create_directory_symlink(directory_ + "/d",
                                            directory_ + "/d/circle");
  EXPECT_THAT(Read(directory_ + "/d"),
              ElementsAre("Subject: a10\n\n", "Subject: a2\n\n",
                          "Subject: b\n\n", "Subject: c\n\n---\n"));
  ASSERT_EQ(skipped_.size(), 2U);
  EXPECT_THAT(skipped_[0], HasSubstr("README is no mail"));
  EXPECT_THAT(skipped_[1], HasSubstr("empty is empty"));
}

TEST_F(MailSourceTest, AMaildirByFileName) {
  Write("m/cur/1735776001.M1.host:2,S", "Subject: second\n\n");
  Write("m/new/1735776000.M9.host", "Subject: first\n\n");
  Write("m/new/1735776002.M1.host", "Subject: third\n\n");
  Write("m/tmp/1735776003.M1.host", "Subject: being wri");
  EXPECT_THAT(Read(directory_ + "/m"),
              ElementsAre("Subject: first\n\n", "Subject: second\n\n",
                          "Subject: third\n\n"));
}

TEST_F(MailSourceTest, ErrorsNameFileAndRemedy) {
  std::filesystem::create_directory(directory_ + "/void");
  Write("none/README", "hello\n");
  Write("inbox/git/0.git/HEAD", "ref: refs/heads/master\n");
  const struct {
    std::string path;
    std::vector<std::string> says;
  } kRows[] = {
      {directory_ + "/absent", {"is not there", "- for standard input"}},
      {Write("empty", ""), {"is empty", "git format-patch --stdout"}},
      {Write("text", "Hello there,\n\nno mail.\n"),
       {"is no mail and no mbox", "git format-patch --stdout"}},
      {Write("diff", "diff --git a/x b/x\n--- a/x\n"),
       {"is a diff without mail headers", "git format-patch --stdout"}},
      {Write("log", "commit 0123456789abcdef\nAuthor: Ann\n"),
       {"output of `git log`"}},
      {Write("x.gz", "\x1f\x8b\x08 rest"), {"is compressed", "gzip -dc"}},
      {Write("x.xz", std::string("\xfd"
                                 "7zXZ\0rest",
                                 10)),
       {"is compressed", "xz -dc"}},
      {Write("x.tar", "dir/" + std::string(253, '\0') + "ustar  \0rest"),
       {"is a tar archive", "unpack it"}},
      {directory_ + "/void", {"holds no files"}},
      {directory_ + "/none", {"holds no mail", "README"}},
      {directory_ + "/inbox", {"is a public-inbox", "give an mbox"}},
  };
  for (const auto& row : kRows) {
    const auto got = Read(row.path);
    ASSERT_EQ(got.size(), 1U) << row.path;
    EXPECT_THAT(got[0], StartsWith("error: " + row.path + " "));
    for (const std::string& text : row.says) {
      EXPECT_THAT(got[0], HasSubstr(text));
    }
  }
}

TEST_F(MailSourceTest, ADirectoryFailsTheSameWayAgain) {
  Write("none/README", "hello\n");
  auto source = MailSource::Open(directory_ + "/none");
  ASSERT_TRUE(source.ok());
  EXPECT_FALSE((*source)->Next().ok());
  EXPECT_FALSE((*source)->Next().ok());
}

// Standard input is put in place of the test's own for the time of a read.
class StandardInput {
 public:
  explicit StandardInput(const std::string& bytes) : saved_(dup(0)) {
    FILE* file = tmpfile();
    fwrite(bytes.data(), 1, bytes.size(), file);
    fflush(file);
    lseek(fileno(file), 0, SEEK_SET);
    dup2(fileno(file), 0);
    fclose(file);
  }
  ~StandardInput() {
    dup2(saved_, 0);
    close(saved_);
  }

 private:
  int saved_;
};

TEST_F(MailSourceTest, StandardInput) {
  const StandardInput input(std::string(kGitFrom) + "Subject: a\n\n---\n\n" +
                            kGitFrom + "Subject: b\n\n---\n");
  std::vector<std::string> where;
  EXPECT_THAT(Read("-", &where),
              ElementsAre("Subject: a\n\n---\n", "Subject: b\n\n---\n"));
  EXPECT_THAT(where[0], StartsWith("standard input, mail 1"));
}

TEST_F(MailSourceTest, EmptyStandardInput) {
  const StandardInput input("");
  const auto got = Read("-");
  ASSERT_EQ(got.size(), 1U);
  EXPECT_THAT(got[0], StartsWith("error: standard input is empty"));
}

TEST_F(MailSourceTest, LongLinesAndMailsLargerThanABlock) {
  const std::string line(3UL << 20, 'x');
  std::string body;
  for (int i = 0; i < 20000; ++i) body += "a line of no more than this\n";
  const std::string from = kFrom;
  const std::string path =
      Write("box", from + "A: 1\n\n" + line + "\n\n" + from + "B: 2\n\n" +
                       body + "\n" + from + "C: 3\n\n" + line);
  EXPECT_THAT(Read(path), ElementsAre("A: 1\n\n" + line + "\n",
                                      "B: 2\n\n" + body, "C: 3\n\n" + line));
}

TEST(FromLineTest, AsGitKnowsThem) {
  const struct {
    const char* line;
    bool want;
  } kRows[] = {
      {"From ann@a.example Thu Jan  2 00:00:00 2025\n", true},
      {"From mboxrd@z Thu Jan  1 00:00:00 1970\r\n", true},
      {"From 0123456789abcdef Mon Sep 17 00:00:00 2001", true},
      {"From - Thu Jan  2 00:00:00 2025", true},
      {"From a  Thu Jan  2 00:00:00 +0100 2025 remote from b", true},
      {"From me: 3 things in 2025", false},
      {"From 10:30 on", false},
      {"From: ann@a.example", false},
      {"From ", false},
      {">From ann@a.example Thu Jan  2 00:00:00 2025", false},
      {"from ann@a.example Thu Jan  2 00:00:00 2025", false},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(IsFromLine(row.line), row.want) << row.line;
  }
}

}  // namespace
}  // namespace patchmilter::app
