// What an applier must bear: patches that lie about their size, and
// repositories that are shallow, partial, damaged, or repacked while read.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>

#include "tests/git/scratch_git.h"
#include "tree/tree.h"

namespace patchmilter::tree {
namespace {

using patchmilter::testing::ScratchGit;

std::string Lines(int count, const std::string& changed = "", int at = -1) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += i == at ? changed + "\n" : "line " + std::to_string(i) + "\n";
  }
  return text;
}

class ApplyHostileTest : public ::testing::Test {
 protected:
  std::unique_ptr<Tree> Open(const std::string& path = "") {
    TreeConfig config;
    config.name = "tested";
    config.path = path.empty() ? git_.work() : path;
    auto tree = Tree::Open(config);
    EXPECT_TRUE(tree.ok()) << tree.error().message;
    return tree.ok() ? std::move(tree).value() : nullptr;
  }

  Result<ApplyReport> Apply(Tree* tree, const std::vector<std::string>& mails) {
    std::vector<diff::Diff> diffs;
    diffs.reserve(mails.size());
    for (const std::string& mail : mails) {
      diffs.push_back(diff::Diff::Parse(mail));
    }
    SeriesInput series;
    series.level = ApplyLevel::kThreeWay;
    for (const diff::Diff& diff : diffs) {
      series.patches.push_back(
          {static_cast<std::int64_t>(series.patches.size() + 1), &diff});
    }
    return tree->Apply(series);
  }

  // Two commits, the second changes f; the mail of the third, on top.
  std::vector<std::string> MakeHistory() {
    git_.Write("f", Lines(40));
    git_.Write("other", "x\n");
    git_.Commit("One");
    git_.Write("f", Lines(40, "two", 10));
    base_ = git_.Commit("Two");
    std::string text = Lines(40, "two", 10);
    text.replace(text.find("line 30\n"), 8, "three\n");
    git_.Write("f", text);
    git_.Commit("Three");
    auto mails = git_.FormatPatches(base_);
    git_.Git({"reset", "-q", "--hard", base_});
    return mails;
  }

  ScratchGit git_;
  std::string base_;
};

// One line of git's base85 for each 52 bytes.
std::string Base85(const std::string& bytes) {
  constexpr char kDigits[] =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
      "!#$%&()*+-;<=>?@^_`{|}~";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 52) {
    const std::size_t length = std::min<std::size_t>(52, bytes.size() - at);
    out +=
        static_cast<char>(length <= 26 ? 'A' + length - 1 : 'a' + length - 27);
    for (std::size_t i = 0; i < length; i += 4) {
      std::uint32_t value = 0;
      for (std::size_t j = 0; j < 4; ++j) {
        const std::size_t place = at + i + j;
        value = value << 8 |
                (i + j < length ? static_cast<unsigned char>(bytes[place]) : 0);
      }
      std::string digits(5, '0');
      for (std::size_t j = 5; j-- > 0; value /= 85) {
        digits[j] = kDigits[value % 85];
      }
      out += digits;
    }
    out += '\n';
  }
  return out;
}

std::string Deflate(const std::string& bytes) {
  uLongf size = compressBound(bytes.size());
  std::string out(size, '\0');
  EXPECT_EQ(
      compress(reinterpret_cast<Bytef*>(out.data()), &size,
               reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()),
      Z_OK);
  out.resize(size);
  return out;
}

std::string Size(std::uint64_t size) {
  std::string out;
  for (; size >= 0x80; size >>= 7) {
    out += static_cast<char>(0x80 | (size & 0x7f));
  }
  return out + static_cast<char>(size);
}

TEST_F(ApplyHostileTest, ADeltaThatMakesAGigabyteIsRefused) {
  const std::string base(65536, 'x');
  git_.Write("bin", base);
  git_.Commit("Base");
  const std::string id = git_.Git({"rev-parse", "HEAD:bin"});
  // 16,384 copies of 64 KiB each: 1 GiB out of some bytes.
  std::string delta = Size(base.size()) + Size(1ULL << 30);
  for (int i = 0; i < 16384; ++i) delta += static_cast<char>(0x80);
  const std::string patch =
      "diff --git a/bin b/bin\nindex " + id + ".." + std::string(40, '1') +
      " 100644\nGIT binary patch\ndelta " + std::to_string(delta.size()) +
      "\n" + Base85(Deflate(delta)) + "\nliteral 0\nHcmV?d00001\n\n";
  const auto report = Apply(Open().get(), {patch});
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->status, ApplyStatus::kReference);
  EXPECT_NE(report->failure->reason.find("1073741824 bytes, over the limit"),
            std::string::npos)
      << report->failure->reason;
}

TEST_F(ApplyHostileTest, HunkCountsThatLie) {
  git_.Write("f", Lines(40));
  git_.Commit("Base");
  const auto tree = Open();
  for (const char* header :
       {"@@ -1,99999999 +1,99999999 @@", "@@ -1,2 +1,1 @@",
        "@@ -4294967295,1 +4294967295,1 @@", "@@ -0,0 +0,0 @@",
        "@@ -99999999999999999999,1 +1,1 @@", "@@ -1,1 +1,-1 @@"}) {
    const auto report = Apply(
        tree.get(), {std::string("diff --git a/f b/f\n--- a/f\n+++ b/f\n") +
                     header + "\n-line 0\n+x\n"});
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_EQ(report->status, ApplyStatus::kReference) << header;
    EXPECT_FALSE(report->failure->reason.empty()) << header;
  }
}

TEST_F(ApplyHostileTest, AHundredThousandHunks) {
  git_.Write("f", Lines(200'000));
  git_.Commit("Base");
  std::string good = "diff --git a/f b/f\n--- a/f\n+++ b/f\n";
  std::string bad = good;
  for (int i = 0; i < 90'000; ++i) {
    const std::string line = std::to_string(2 * i + 2);
    const std::string hunk =
        fmt::format("@@ -{},2 +{},2 @@\n-line {}\n+x\n line {}\n", line, line,
                    2 * i + 1, 2 * i + 2);
    good += hunk;
    bad += i % 2 == 0 ? hunk : "@@ -9,2 +9,2 @@\n-no\n+x\n line\n";
  }
  const auto tree = Open();
  auto report = Apply(tree.get(), {good});
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->status, ApplyStatus::kApplied);
  report = Apply(tree.get(), {bad});
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->status, ApplyStatus::kReference);
  EXPECT_LE(report->hunks.size(), kMaxHunkFailures);
}

// As many as a diff may have, and some more; of one line each. None fits after
// the first, and each asks for the whole file.
TEST_F(ApplyHostileTest, AMillionHunks) {
  std::string file;
  for (int i = 0; i < 200'000; ++i) file += "x\n";
  git_.Write("f", file);
  git_.Commit("Base");
  std::string patch = "diff --git a/f b/f\n--- a/f\n+++ b/f\n";
  for (int i = 0; i < 1'000'100; ++i) {
    patch += i % 2 == 0 ? "@@ -7,1 +7,1 @@\n-x\n+y\n"
                        : "@@ -9,2 +9,2 @@\n-no\n+y\n x\n";
  }
  const auto report = Apply(Open().get(), {patch});
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->status, ApplyStatus::kReference);
  EXPECT_FALSE(report->failure->reason.empty());
  EXPECT_LE(report->hunks.size(), kMaxHunkFailures);
}

// 65 MiB of nothing, in 65 KiB.
TEST_F(ApplyHostileTest, ALiteralThatMakesTooMuchIsRefused) {
  git_.Write("f", "x\n");
  git_.Commit("Base");
  const std::string zeros = Base85(Deflate(std::string(65 << 20, '\0')));
  for (const std::uint64_t said : {std::uint64_t{65} << 20, std::uint64_t{8}}) {
    const std::string patch =
        "diff --git a/bin b/bin\nnew file mode 100644\nindex " +
        std::string(40, '0') + ".." + std::string(40, '1') +
        "\nGIT binary patch\nliteral " + std::to_string(said) + "\n" + zeros +
        "\nliteral 0\nHcmV?d00001\n\n";
    const auto report = Apply(Open().get(), {patch});
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_EQ(report->status, ApplyStatus::kReference);
    EXPECT_FALSE(report->failure->reason.empty());
  }
}

TEST_F(ApplyHostileTest, AShallowCloneIsEnough) {
  const auto mails = MakeHistory();
  const std::string clone = git_.directory() + "/shallow";
  git_.Git(
      {"clone", "-q", "--bare", "--depth=1", "file://" + git_.work(), clone});
  const auto report = Apply(Open(clone).get(), mails);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->status, ApplyStatus::kApplied);
  EXPECT_EQ(report->base, base_);
}

TEST_F(ApplyHostileTest, APartialCloneSaysWhatIsMissing) {
  const auto mails = MakeHistory();
  git_.Git({"config", "uploadpack.allowFilter", "true"});
  const std::string clone = git_.directory() + "/partial";
  git_.Git({"clone", "-q", "--bare", "--filter=blob:none",
            "file://" + git_.work(), clone});
  const auto report = Apply(Open(clone).get(), mails);
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.error().message.find("partial clone"), std::string::npos)
      << report.error().message;
}

TEST_F(ApplyHostileTest, ADamagedRepositoryIsAnErrorThatNamesIt) {
  const auto mails = MakeHistory();
  git_.Git({"gc", "-q"});
  auto tree = Open();
  for (const auto& entry : std::filesystem::directory_iterator(
           git_.work() + "/.git/objects/pack")) {
    if (entry.path().extension() != ".pack") continue;
    std::filesystem::permissions(entry.path(),
                                 std::filesystem::perms::owner_all);
    std::filesystem::resize_file(entry.path(), 40);
  }
  const auto report = Open()->Apply({});
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.error().message.find(git_.work()), std::string::npos)
      << report.error().message;
}

TEST_F(ApplyHostileTest, ARepackBetweenTwoSeriesIsNotNoticed) {
  const auto mails = MakeHistory();
  auto tree = Open();
  const auto first = Apply(tree.get(), mails);
  ASSERT_TRUE(first.ok()) << first.error().message;
  // Objects move from files to a pack, and from that to another.
  for (int i = 0; i < 3; ++i) {
    git_.Write("more", std::to_string(i) + "\n");
    git_.Commit("More " + std::to_string(i));
    git_.Git({"repack", "-q", "-a", "-d", "-f"});
    git_.Git({"prune", "--expire=now"});
    const auto again = Apply(tree.get(), mails);
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(again->status, ApplyStatus::kApplied);
  }
}

TEST_F(ApplyHostileTest, PathsInDisguise) {
  git_.Write("f", "x\n");
  git_.Commit("Base");
  const auto tree = Open();
  for (const std::string path :
       {"/etc/passwd", "../f", "d/../../f", ".git/config", ".GIT/config",
        "d/.Git/hooks/post-checkout", "git~1/config", ".git./config",
        ".g\xe2\x80\x8cit/config", ".git::$INDEX_ALLOCATION/config",
        "d\\.git\\config"}) {
    const auto report = Apply(
        tree.get(),
        {fmt::format("diff --git a/{0} b/{0}\nnew file mode 100644\nindex "
                     "0000000..1\n--- /dev/null\n+++ b/{0}\n"
                     "@@ -0,0 +1 @@\n+x\n",
                     path)});
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_EQ(report->status, ApplyStatus::kReference) << path;
  }
  // A submodule's address is text, and no more; so is where a link leads.
  const auto report = Apply(
      tree.get(),
      {"diff --git a/.gitmodules b/.gitmodules\nnew file mode 100644\n--- "
       "/dev/null\n+++ b/.gitmodules\n@@ -0,0 +1,3 @@\n+[submodule \"x\"]\n"
       "+\tpath = x\n+\turl = --upload-pack=touch${IFS}x\n"
       "diff --git a/link b/link\nnew file mode 120000\n--- /dev/null\n"
       "+++ b/link\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of "
       "file\n"});
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->status, ApplyStatus::kApplied);
  EXPECT_EQ(tree->ReadFile(1, "link").value(), "/etc/passwd");
}

}  // namespace
}  // namespace patchmilter::tree
