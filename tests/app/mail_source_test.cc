#include "app/mail_source.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "tests/archive/make_archive.h"
#include "tests/git/scratch_git.h"

namespace patchmilter::app {
namespace {

using ::patchmilter::testing::MakeTar;
using ::patchmilter::testing::Pack;
using ::patchmilter::testing::Packer;
using ::patchmilter::testing::ScratchGit;
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

  // The places of mails that are not in seen_, which then are; "known" and
  // "error: …" for others.
  std::vector<std::string> ReadNew(const std::string& source) {
    SourceOptions options;
    options.known = [this](const std::string& place) -> Result<bool> {
      return seen_.contains(place);
    };
    auto opened = MailSource::Open(source, std::move(options));
    if (!opened) return {"error: " + opened.error().message};
    std::vector<std::string> places;
    while (true) {
      auto mail = (*opened)->Next();
      if (!mail) {
        places.push_back("error: " + mail.error().message);
        return places;
      }
      if (!*mail) return places;
      if ((*mail)->known) {
        EXPECT_EQ((*mail)->raw, "");
        places.emplace_back("known");
        continue;
      }
      EXPECT_TRUE(seen_.insert((*mail)->place).second) << (*mail)->place;
      std::string place = (*mail)->place;
      if (place.starts_with(directory_)) place.erase(0, directory_.size() + 1);
      places.push_back(place);
    }
  }

  // Sets a file's time of change.
  static void SetTime(const std::string& path, UnixSeconds time) {
    const timespec times[2] = {{time, 0}, {time, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }

  std::string directory_;
  std::vector<std::string> skipped_;
  std::set<std::string> seen_;
};

const char kFrom[] = "From ann@a.example Thu Jan  2 00:00:00 2025\n";
const char kGitFrom[] =
    "From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n";

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
  struct stat status = {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ((*first)->time, status.st_mtime);
  EXPECT_EQ((*source)->work_done(), mail.size());
  EXPECT_EQ((*source)->work_total(), mail.size());
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
  Write("mails/a.eml", "Subject: a\n\n");
  Write("folders/.lists/cur/1", "Subject: a\n\n");
  for (const char* name :
       {"folders/.lists/new", "folders/new", "folders/cur"}) {
    std::filesystem::create_directories(directory_ + "/" + name);
  }
  const std::string tar = MakeTar({{"README", "hello\n"}});
  const struct {
    std::string path;
    std::vector<std::string> says;
  } kRows[] = {
      {directory_ + "/absent", {" is not there", "- for standard input"}},
      {directory_ + "/mails/a.eml/x", {" is not there"}},
      {Write("empty", ""), {" is empty", "git format-patch --stdout"}},
      {Write("lines", "\n\r\n\n"), {" is empty"}},
      {Write("from", std::string(kFrom) + "\n"), {" holds no mail"}},
      {Write("text", "Hello there,\n\nno mail.\n"),
       {" is no mail and no mbox", "git format-patch --stdout"}},
      {Write("diff", "diff --git a/x b/x\n--- a/x\n"),
       {" is a diff without mail headers", "git format-patch --stdout"}},
      {Write("log", "commit 0123456789abcdef\nAuthor: Ann\n"),
       {" output of `git log`"}},
      {Write("x.html", "<!DOCTYPE html>\n<p>From: me\n"),
       {" is a web page", "t.mbox.gz"}},
      {Write("x.pdf", "%PDF-1.7\n"), {" is a PDF document"}},
      {Write("x.zip", "PK\x03\x04 rest"), {" is a zip archive", "unpack it"}},
      {Write("x.json", "{\"version\":1}\n"), {" is no mail and no mbox"}},
      {Write("x.url", "https://a.example/\n"), {" is no mail and no mbox"}},
      {Write("x.gz", "\x1f\x8b\x08 rest"), {" is cut or damaged"}},
      {Write("cut.gz",
             Pack("Subject: x\n\n" + std::string(9999, 'x'), Packer::kGzip)
                 .substr(0, 40)),
       {" is cut or damaged"}},
      {Write("empty.gz", Pack("", Packer::kGzip)), {" holds no mail"}},
      {Write("text.xz", Pack("Hello there,\n", Packer::kXz)),
       {" is no mail and no mbox"}},
      {Write("x.tar", tar), {" holds no mail", "README is no mail"}},
      {Write("void.tar", MakeTar({{"d/", "", 0, 'd'}})),
       {" holds no mail", "no file in it"}},
      {directory_ + "/void", {" holds no files"}},
      {directory_ + "/none", {" holds no mail", "README"}},
      {directory_ + "/inbox", {"/git/0.git", "no git repository"}},
      {directory_ + "/folders", {" holds no files", ".lists"}},
  };
  for (const auto& row : kRows) {
    const auto got = Read(row.path);
    ASSERT_EQ(got.size(), 1U) << row.path;
    EXPECT_THAT(got[0], StartsWith("error: " + row.path));
    for (const std::string& text : row.says) {
      EXPECT_THAT(got[0], HasSubstr(text)) << row.path;
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

TEST_F(MailSourceTest, TarsInTheirOrder) {
  const std::string from = kFrom;
  const std::string tar =
      MakeTar({{"./", "", 0, 'd'},
               {"./b.eml", "Subject: b\n\n", 1'735'776'000},
               {"./.hidden", "Subject: hidden\n\n"},
               {"./a.mbox", from + "Subject: a1\n\n" + from + "Subject: a2\n"},
               {"./README", "What these are.\n"},
               {"./link", "b.eml", 0, 'l'},
               {"./empty.eml", ""}});
  const std::string path = Write("x.tar", tar);
  std::vector<std::string> where;
  EXPECT_THAT(
      Read(path, &where),
      ElementsAre("Subject: b\n\n", "Subject: a1\n\n", "Subject: a2\n"));
  EXPECT_THAT(where, ElementsAre(path + ", ./b.eml",
                                 path + ", ./a.mbox, mail 1 (byte 0)",
                                 path + ", ./a.mbox, mail 2 (byte 57)"));
  ASSERT_EQ(skipped_.size(), 2U);
  EXPECT_THAT(skipped_[0], HasSubstr(path + ", ./README is no mail"));
  EXPECT_THAT(skipped_[1], HasSubstr(path + ", ./empty.eml is empty"));
  const auto source = MailSource::Open(path);
  ASSERT_TRUE(source.ok());
  const auto mail = (*source)->Next();
  ASSERT_TRUE(mail.ok() && *mail);
  EXPECT_EQ((*mail)->time, 1'735'776'000);
}

TEST_F(MailSourceTest, PackedFiles) {
  const std::string box =
      std::string(kFrom) + "Subject: a\n\n" + kFrom + "Subject: b\n\n";
  for (const Packer packer :
       {Packer::kGzip, Packer::kBzip2, Packer::kXz, Packer::kZstd}) {
    EXPECT_THAT(Read(Write("box", Pack(box, packer))),
                ElementsAre("Subject: a\n\n", "Subject: b\n\n"));
    EXPECT_THAT(Read(Write("mail", Pack("Subject: a\n\n", packer))),
                ElementsAre("Subject: a\n\n"));
    const std::string tar =
        Write("tar", MakeTar({{"1", "Subject: a\n\n"}, {"2", box}}, packer));
    EXPECT_THAT(Read(tar), ElementsAre("Subject: a\n\n", "Subject: a\n\n",
                                       "Subject: b\n\n"));
    // In a directory, among others.
    EXPECT_EQ(Read(directory_).size(), 6U);
  }
}

TEST_F(MailSourceTest, TimesOfAnMboxAreThoseOfItsFromLines) {
  const std::string path = Write("box", std::string(kFrom) + "Subject: a\n\n" +
                                            kGitFrom + "Subject: b\n\n");
  const auto source = MailSource::Open(path);
  ASSERT_TRUE(source.ok());
  auto mail = (*source)->Next();
  ASSERT_TRUE(mail.ok() && *mail);
  EXPECT_EQ((*mail)->time, 1'735'776'000);
  mail = (*source)->Next();
  ASSERT_TRUE(mail.ok() && *mail);
  EXPECT_EQ((*mail)->time, std::nullopt);
}

TEST_F(MailSourceTest, AnMboxThatHasGrown) {
  const std::string first = std::string(kFrom) + "Subject: a\n\n";
  const std::string path = Write("box", first);
  const auto places = ReadNew(path);
  ASSERT_EQ(places.size(), 1U);
  EXPECT_THAT(places[0], StartsWith("box mail 1 (byte 0, sha256 "));
  EXPECT_THAT(ReadNew(path), ElementsAre("known"));
  Write("box", first + kFrom + "Subject: b\n\n");
  EXPECT_THAT(ReadNew(path),
              ElementsAre("known", StartsWith("box mail 2 (byte 56, sha256 ")));
  // Another mbox of that name is not taken for it.
  Write("box", std::string(kFrom) + "Subject: c\n\n");
  EXPECT_THAT(ReadNew(path), ElementsAre(StartsWith("box mail 1 (byte 0, ")));
}

TEST_F(MailSourceTest, ADirectoryThatHasGrown) {
  const std::string b = Write("d/b.eml", "Subject: b\n\n");
  SetTime(b, 1'735'776'000);
  EXPECT_THAT(ReadNew(directory_ + "/d"),
              ElementsAre("d/b.eml (12 bytes, 2025-01-02T00:00:00Z)"));
  // What is known is not opened.
  ASSERT_EQ(chmod(b.c_str(), 0), 0);
  Write("d/a.eml", "Subject: a\n\n");
  EXPECT_THAT(ReadNew(directory_ + "/d"),
              ElementsAre(StartsWith("d/a.eml"), "known"));
  ASSERT_EQ(chmod(b.c_str(), 0600), 0);
  Write("d/b.eml", "Subject: c\n\n");
  SetTime(b, 1'735'776'001);
  EXPECT_THAT(ReadNew(directory_ + "/d"),
              ElementsAre("known", "d/b.eml (12 bytes, 2025-01-02T00:00:01Z)"));
}

TEST_F(MailSourceTest, AMaildirsMailsAreKnownWhereverTheyAre) {
  Write("m/cur/.keep", "");
  const std::string mail = Write("m/new/1735776000.M1.host", "Subject: a\n\n");
  const auto places = ReadNew(directory_ + "/m");
  ASSERT_EQ(places.size(), 1U);
  EXPECT_THAT(places[0], StartsWith("m/1735776000.M1.host (12 bytes, "));
  std::filesystem::rename(mail, directory_ + "/m/cur/1735776000.M1.host:2,FS");
  EXPECT_THAT(ReadNew(directory_ + "/m"), ElementsAre("known"));
}

TEST_F(MailSourceTest, OfAMaildirOnlyItsMail) {
  Write("all/m/cur/2:2,S", "Subject: second\n\n");
  Write("all/m/new/1", "Subject: first\n\n");
  Write("all/m/tmp/0", "Subject: half\n");
  Write("all/m/.Sent/cur/0", "Subject: sent\n\n");
  std::filesystem::create_directories(directory_ + "/all/m/.Sent/new");
  Write("all/m/dovecot.index", "Index: x\n");
  Write("all/z.eml", "Subject: z\n\n");
  const std::vector<std::string> mails = {"Subject: first\n\n",
                                          "Subject: second\n\n"};
  EXPECT_EQ(Read(directory_ + "/all/m"), mails);
  ASSERT_EQ(skipped_.size(), 1U);
  EXPECT_THAT(skipped_[0], HasSubstr(".Sent"));
  EXPECT_THAT(Read(directory_ + "/all"),
              ElementsAre(mails[0], mails[1], "Subject: z\n\n"));
  EXPECT_THAT(Read(directory_ + "/all/m/.Sent"),
              ElementsAre("Subject: sent\n\n"));
}

TEST_F(MailSourceTest, ATarThatHasGrown) {
  const patchmilter::testing::TarFile a{"a", "Subject: a\n\n"};
  const std::string path = Write("x.tar", MakeTar({a}));
  EXPECT_THAT(ReadNew(path), ElementsAre("x.tar, a (byte 0, 12 bytes, "
                                         "2025-01-02T00:00:00Z)"));
  Write("x.tar", MakeTar({a, {"a", "Subject: b\n\n"}, a}));
  EXPECT_THAT(ReadNew(path),
              ElementsAre("known", StartsWith("x.tar, a (byte 1024, "),
                          StartsWith("x.tar, a (byte 2048, ")));
  Write("x.tar.gz", MakeTar({a}, Packer::kGzip));
  EXPECT_EQ(ReadNew(path + ".gz").size(), 1U);
  EXPECT_THAT(ReadNew(path + ".gz"), ElementsAre("known"));
}

// Whatever comes there comes under the same name.
TEST_F(MailSourceTest, StandardInputIsKnownByItsContent) {
  const std::string tar = MakeTar({{"a", "Subject: a\n\n"}});
  {
    const StandardInput input(tar);
    EXPECT_THAT(ReadNew("-"),
                ElementsAre(StartsWith("standard input, a (sha256 ")));
  }
  {
    const StandardInput input(tar);
    EXPECT_THAT(ReadNew("-"), ElementsAre("known"));
  }
  {
    const StandardInput input(MakeTar({{"a", "Subject: b\n\n"}}));
    EXPECT_THAT(ReadNew("-"), ElementsAre(StartsWith("standard input, a (")));
  }
  {
    const StandardInput input("Subject: c\n\n");
    EXPECT_THAT(ReadNew("-"), ElementsAre(StartsWith("standard input (sha")));
  }
}

TEST_F(MailSourceTest, WhatIsNoFile) {
  const std::string path = directory_ + "/socket";
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof(address.sun_path));
  path.copy(address.sun_path, path.size());
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
            0);
  EXPECT_THAT(Read(path), ElementsAre(StartsWith("error: " + path +
                                                 " is a socket: give a file")));
  close(fd);
}

TEST_F(MailSourceTest, PublicInboxes) {
  ScratchGit git;
  const std::string top = git.directory() + "/inbox";
  // Epoch 10 comes behind epoch 9.
  for (const char* epoch : {"9", "10"}) {
    git.Write("m", std::string("Subject: ") + epoch + "\n\n");
    git.Commit(epoch, 1'735'776'000);
    git.Git(
        {"clone", "-q", "--bare", git.work(), top + "/git/" + epoch + ".git"});
  }
  std::vector<std::string> where;
  EXPECT_THAT(Read(top, &where), ElementsAre("Subject: 9\n\n", "Subject: 9\n\n",
                                             "Subject: 10\n\n"));
  const std::string blob = git.Git({"rev-parse", "HEAD:m"});
  EXPECT_EQ(where[2], top + "/git/10.git, blob " + blob);
  EXPECT_EQ(Read(top + "/git").size(), 3U);
  EXPECT_THAT(Read(top + "/git/9.git"), ElementsAre("Subject: 9\n\n"));
  const auto source = MailSource::Open(top);
  ASSERT_TRUE(source.ok());
  auto mail = (*source)->Next();
  ASSERT_TRUE(mail.ok() && *mail);
  EXPECT_EQ((*mail)->time, 1'735'776'000);
  while (*(*source)->Next()) {
  }
  EXPECT_GT((*source)->work_done(), *(*source)->work_total() / 2);

  EXPECT_EQ(ReadNew(top).size(), 3U);
  EXPECT_THAT(ReadNew(top), ElementsAre("known", "known", "known"));

  git.Git({"clone", "-q", "--bare", git.work(), top + "/all.git"});
  EXPECT_THAT(Read(top + "/all.git"),
              ElementsAre(StartsWith("error: " + top +
                                     "/all.git only joins the epochs of a "
                                     "public-inbox: give " +
                                     top)));
  std::filesystem::remove_all(top + "/git");
  EXPECT_THAT(Read(top)[0], HasSubstr("epochs, git/0.git and so on, are not"));
  // Neither is a git repository a directory of mails.
  git.Remove("m");
  git.Write("x.eml", "Subject: x\n\n");
  git.Commit("no inbox");
  git.Git({"clone", "-q", "--bare", git.work(), top + "/x.git"});
  EXPECT_THAT(Read(top + "/x.git")[0],
              HasSubstr("is a git repository, but no public-inbox"));
}

}  // namespace
}  // namespace patchmilter::app
