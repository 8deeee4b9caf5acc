#include "archive/archive_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "tests/archive/make_archive.h"

namespace patchmilter::archive {
namespace {

using ::patchmilter::testing::MakeTar;
using ::patchmilter::testing::Pack;
using ::patchmilter::testing::Packer;
using ::patchmilter::testing::TarFile;
using ::patchmilter::testing::TarFormat;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

ByteSource Bytes(std::string bytes, std::size_t block = 1000) {
  return [bytes = std::move(bytes), block, at = std::size_t{0}](
             char* buffer, std::size_t size) mutable -> Result<std::size_t> {
    const std::size_t count = std::min({size, block, bytes.size() - at});
    std::memcpy(buffer, bytes.data() + at, count);
    at += count;
    return count;
  };
}

struct Outcome {
  std::vector<std::string> names;
  std::vector<std::string> contents;
  std::vector<Member> members;
  bool single = false;
  std::uint64_t taken = 0;
  std::string error;
};

Outcome ReadAll(ByteSource bytes) {
  Outcome outcome;
  auto opened = ArchiveReader::Open(std::move(bytes), "x.tar");
  if (!opened.ok()) {
    outcome.error = opened.error().message;
    return outcome;
  }
  ArchiveReader& reader = **opened;
  while (true) {
    auto member = reader.Next();
    if (!member.ok()) {
      outcome.error = member.error().message;
      break;
    }
    if (!*member) break;
    outcome.single = reader.single();
    outcome.names.push_back((*member)->name);
    outcome.members.push_back(**member);
    outcome.contents.emplace_back();
    char buffer[700];
    while (true) {
      const auto got = reader.Read(buffer, sizeof(buffer));
      if (!got.ok()) {
        outcome.error = got.error().message;
        return outcome;
      }
      if (*got == 0) break;
      outcome.contents.back().append(buffer, *got);
    }
  }
  outcome.taken = reader.bytes_read();
  return outcome;
}

const Packer kPackers[] = {Packer::kNone, Packer::kGzip, Packer::kBzip2,
                           Packer::kXz, Packer::kZstd};

TEST(ArchiveReaderTest, TarsOfEveryFormatAndPacker) {
  const std::string long_content(100'000, 'x');
  for (const TarFormat format :
       {TarFormat::kUstar, TarFormat::kPax, TarFormat::kGnu, TarFormat::kV7}) {
    for (const Packer packer : kPackers) {
      const std::string tar = MakeTar({{"d/", "", 1, 'd'},
                                       {"d/a", "one", 1'735'776'000},
                                       {"d/link", "a", 1, 'l'},
                                       {"d/hard", "d/a", 1, 'h'},
                                       {"d/empty", "", 2},
                                       {"d/b", long_content, 1'735'776'001}},
                                      packer, format);
      const std::string what = std::to_string(static_cast<int>(format)) + ", " +
                               std::to_string(static_cast<int>(packer));
      EXPECT_TRUE(LooksPacked(tar.substr(0, kPackedHead))) << what;
      const Outcome outcome = ReadAll(Bytes(tar));
      EXPECT_EQ(outcome.error, "") << what;
      EXPECT_THAT(outcome.names, ElementsAre("d/a", "d/empty", "d/b")) << what;
      EXPECT_THAT(outcome.contents, ElementsAre("one", "", long_content))
          << what;
      ASSERT_EQ(outcome.members.size(), 3U);
      EXPECT_EQ(outcome.members[0].time, 1'735'776'000);
      EXPECT_EQ(outcome.members[2].time, 1'735'776'001);
      EXPECT_EQ(outcome.members[2].size, long_content.size());
      EXPECT_LT(outcome.members[0].offset, outcome.members[1].offset);
      EXPECT_FALSE(outcome.single);
    }
  }
}

TEST(ArchiveReaderTest, ACompressedFileThatIsNoTar) {
  const std::string content = "Subject: x\n\n" + std::string(70'000, 'y');
  for (const Packer packer : kPackers) {
    if (packer == Packer::kNone) continue;
    const std::string packed = Pack(content, packer);
    EXPECT_TRUE(LooksPacked(packed.substr(0, kPackedHead)));
    const Outcome outcome = ReadAll(Bytes(packed));
    EXPECT_EQ(outcome.error, "");
    EXPECT_THAT(outcome.names, ElementsAre(""));
    EXPECT_THAT(outcome.contents, ElementsAre(content));
    EXPECT_TRUE(outcome.single);
    EXPECT_EQ(outcome.taken, packed.size());
  }
}

TEST(ArchiveReaderTest, NamesThatAreInNoCharset) {
  const Outcome outcome =
      ReadAll(Bytes(MakeTar({{"d/\xff\xfe", "one"}, {"d/\xc3\xa4", "two"}},
                            Packer::kNone, TarFormat::kGnu)));
  EXPECT_EQ(outcome.error, "");
  EXPECT_THAT(outcome.contents, ElementsAre("one", "two"));
}

TEST(ArchiveReaderTest, WhatLooksPacked) {
  std::string nearly = MakeTar({{"a", "one"}}).substr(0, kPackedHead);
  nearly[5] = '!';
  EXPECT_FALSE(LooksPacked(nearly));
  EXPECT_FALSE(LooksPacked(""));
  EXPECT_FALSE(LooksPacked(std::string(kPackedHead, '\0')));
  EXPECT_FALSE(LooksPacked("Subject: BZh\n\n"));
  EXPECT_FALSE(LooksPacked(MakeTar({{"a", "one"}}).substr(0, 511)));
}

// Cut at any place, it is an error, or ends where a tar may end.
TEST(ArchiveReaderTest, CutOnesSaySo) {
  const std::string content(20'000, 'x');
  for (const Packer packer : kPackers) {
    const std::string whole = MakeTar({{"a", content}, {"b", content}}, packer);
    // Two members of nothing but x compress to little.
    for (std::size_t size = whole.size() / 5; size < whole.size() * 4 / 5;
         size += whole.size() / 40 + 1) {
      const Outcome outcome = ReadAll(Bytes(whole.substr(0, size)));
      if (outcome.error.empty()) {
        EXPECT_LT(outcome.names.size(), 2U);
        EXPECT_EQ(packer, Packer::kNone);
        continue;
      }
      EXPECT_THAT(outcome.error, StartsWith("x.tar is cut or damaged: "));
    }
  }
}

TEST(ArchiveReaderTest, DamageInTheMiddleIsNoEnd) {
  std::string tar = MakeTar({{"a", std::string(600, 'x')}, {"b", "two"}},
                            Packer::kNone, TarFormat::kUstar);
  // The header of "b" stands behind that of "a" and two blocks of content.
  tar[512 + 1024 + 3] = '!';
  const Outcome outcome = ReadAll(Bytes(tar));
  EXPECT_THAT(outcome.names, ElementsAre("a"));
  EXPECT_THAT(outcome.error, HasSubstr("x.tar is cut or damaged"));
}

TEST(ArchiveReaderTest, AnErrorOfTheBytesIsGivenAsItIs) {
  const std::string whole = MakeTar({{"a", std::string(200'000, 'x')}});
  bool first = true;
  const Outcome outcome =
      ReadAll([&](char* buffer, std::size_t size) -> Result<std::size_t> {
        if (!first) return Permanent("disk: Input/output error");
        first = false;
        const std::size_t count = std::min(size, whole.size() / 2);
        std::memcpy(buffer, whole.data(), count);
        return count;
      });
  EXPECT_EQ(outcome.error, "disk: Input/output error");
}

}  // namespace
}  // namespace patchmilter::archive
