#include "base/wire.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace patchmilter {
namespace {

using namespace std::string_literals;  // NOLINT: "…"s with NULs.

TEST(Wire, ComesBackAsItWent) {
  WireWriter writer;
  writer.U8(0xfe);
  writer.U32(0xfedcba98);
  writer.U64(0xfedcba9876543210);
  writer.I64(std::numeric_limits<std::int64_t>::min());
  writer.I64(-1);
  writer.Bool(true);
  writer.Bool(false);
  writer.String("a\0b"s);
  writer.String("");
  writer.Strings({"x", "", "yz"});
  writer.Strings({});
  writer.Count(3);
  writer.U8(1);
  writer.U8(2);
  writer.U8(3);
  const std::string bytes = writer.Take();
  WireReader reader(bytes);
  EXPECT_EQ(reader.U8(), 0xfe);
  EXPECT_EQ(reader.U32(), 0xfedcba98U);
  EXPECT_EQ(reader.U64(), 0xfedcba9876543210U);
  EXPECT_EQ(reader.I64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(reader.I64(), -1);
  EXPECT_TRUE(reader.Bool());
  EXPECT_FALSE(reader.Bool());
  EXPECT_EQ(reader.String(), "a\0b"s);
  EXPECT_EQ(reader.StringView(), "");
  EXPECT_EQ(reader.Strings(), (std::vector<std::string>{"x", "", "yz"}));
  EXPECT_EQ(reader.Strings(), std::vector<std::string>());
  EXPECT_EQ(reader.Count(), 3U);
  EXPECT_FALSE(reader.Done());
  EXPECT_EQ(reader.Enum(1), 1);
  EXPECT_EQ(reader.Enum(2), 2);
  EXPECT_EQ(reader.Enum(9), 3);
  EXPECT_TRUE(reader.Done());
}

// The format lies in files: it may not change under them.
TEST(Wire, BytesAreLittleEndian) {
  WireWriter writer;
  writer.U32(1);
  writer.I64(-2);
  writer.String("ab");
  writer.Strings({"c"});
  EXPECT_EQ(writer.bytes(),
            "\1\0\0\0"
            "\xfe\xff\xff\xff\xff\xff\xff\xff"
            "\2\0\0\0\0\0\0\0ab"
            "\1\0\0\0\0\0\0\0"
            "\1\0\0\0\0\0\0\0c"s);
}

// One reader for a text of each kind of field.
void ReadAllKinds(WireReader* reader) {
  reader->U8();
  reader->U32();
  reader->U64();
  reader->Bool();
  reader->String();
  reader->Strings();
}

TEST(Wire, EveryCutIsFound) {
  WireWriter writer;
  writer.U8(1);
  writer.U32(2);
  writer.U64(3);
  writer.Bool(true);
  writer.String("text");
  writer.Strings({"a", "b"});
  const std::string bytes = writer.Take();
  for (size_t length = 0; length < bytes.size(); ++length) {
    // A copy of its own size, so that a sanitizer sees a read past its end.
    const std::vector<char> cut(bytes.begin(),
                                bytes.begin() + static_cast<long>(length));
    WireReader reader(std::string_view(cut.data(), cut.size()));
    ReadAllKinds(&reader);
    EXPECT_FALSE(reader.ok()) << length;
    EXPECT_FALSE(reader.Done()) << length;
  }
  WireReader reader(bytes);
  ReadAllKinds(&reader);
  EXPECT_TRUE(reader.Done());
  const std::string longer = bytes + "x";
  WireReader left_over(longer);
  ReadAllKinds(&left_over);
  EXPECT_TRUE(left_over.ok());
  EXPECT_FALSE(left_over.Done());
}

TEST(Wire, AfterAFailureAllIsZero) {
  const std::string bytes = "\2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
  WireReader reader(bytes);
  EXPECT_FALSE(reader.Bool());  // 2 is neither.
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.U8(), 0);
  EXPECT_EQ(reader.U32(), 0U);
  EXPECT_EQ(reader.U64(), 0U);
  EXPECT_EQ(reader.I64(), 0);
  EXPECT_EQ(reader.String(), "");
  EXPECT_TRUE(reader.Strings().empty());
  EXPECT_EQ(reader.Count(), 0U);
  EXPECT_EQ(reader.Enum(255), 0);
}

TEST(Wire, EnumsAreBounded) {
  for (int value = 0; value < 256; ++value) {
    const std::string byte(1, static_cast<char>(value));
    WireReader reader(byte);
    EXPECT_EQ(reader.Enum(4), value <= 4 ? value : 0);
    EXPECT_EQ(reader.ok(), value <= 4);
  }
}

// A length or a count that lies cannot make us allocate or wrap around.
TEST(Wire, LiesAboutLengths) {
  for (const std::uint64_t lie :
       {std::uint64_t{11}, std::uint64_t{1} << 32, std::uint64_t{1} << 61,
        std::uint64_t{1} << 63, std::numeric_limits<std::uint64_t>::max()}) {
    WireWriter writer;
    writer.U64(lie);
    const std::string bytes = writer.Take() + "0123456789";
    WireReader text(bytes);
    EXPECT_EQ(text.String(), "");
    EXPECT_FALSE(text.ok());
    WireReader texts(bytes);
    EXPECT_TRUE(texts.Strings().empty());
    EXPECT_FALSE(texts.ok());
    for (const size_t part : {size_t{0}, size_t{1}, size_t{8}}) {
      WireReader count(bytes);
      EXPECT_EQ(count.Count(part), 0U);
      EXPECT_FALSE(count.ok());
    }
  }
}

TEST(Wire, CountsOfPartsThatJustFit) {
  WireWriter writer;
  writer.Count(2);
  const std::string bytes = writer.Take() + std::string(16, 'x');
  EXPECT_EQ(WireReader(bytes).Count(8), 2U);
  EXPECT_EQ(WireReader(bytes).Count(9), 0U);
}

}  // namespace
}  // namespace patchmilter
