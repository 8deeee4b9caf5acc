#include "tree/index/symbol_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tree/index/varint.h"

namespace patchmilter::tree {
namespace {

using Row = std::tuple<std::uint32_t, std::string, std::uint32_t, std::string,
                       std::string>;

class SymbolTableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/pm-symbols-XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  void TearDown() override {
    ::unlink(path().c_str());
    ::rmdir(directory_.c_str());
  }
  std::string path() const { return directory_ + "/table"; }

  std::unique_ptr<CheckedFile> Write(SymbolTableBuilder* builder) {
    auto file = CheckedFileWriter::Create(path(), FileKind::kSegment);
    EXPECT_TRUE(file.ok());
    builder->Write(file->get());
    EXPECT_TRUE((*file)->Finish(path()).ok());
    auto opened = CheckedFile::Open(path(), FileKind::kSegment);
    EXPECT_TRUE(opened.ok());
    return std::move(*opened);
  }

  std::string directory_;
};

std::set<Row> Look(const CheckedFile& file, const std::string& name,
                   std::uint32_t documents) {
  std::set<Row> rows;
  EXPECT_TRUE(LookUpSymbols(file, name, documents,
                            [&](std::uint32_t document, Symbol symbol) {
                              rows.emplace(document, symbol.name, symbol.line,
                                           symbol.kind, symbol.scope);
                            }));
  return rows;
}

TEST_F(SymbolTableTest, FindsWhatWasAdded) {
  std::mt19937 random(5);  // NOLINT: the same each time.
  std::map<std::string, std::set<Row>> want;
  std::set<Row> all;
  SymbolTableBuilder builder;
  for (int i = 0; i < 5'000; ++i) {
    Symbol symbol;
    for (auto n = random() % 6 + 1; n > 0; --n) {
      symbol.name += static_cast<char>('a' + random() % 3);
    }
    symbol.line = static_cast<std::uint32_t>(random() % 100'000 + 1);
    symbol.kind = random() % 2 == 0 ? "function" : "macro";
    if (random() % 3 == 0) symbol.scope = "struct:" + symbol.name;
    const auto document = static_cast<std::uint32_t>(random() % 300);
    builder.Add(document, symbol);
    const Row row(document, symbol.name, symbol.line, symbol.kind,
                  symbol.scope);
    want[symbol.name].insert(row);
    all.insert(row);
  }
  const auto file = Write(&builder);
  for (const auto& [name, rows] : want) {
    ASSERT_EQ(Look(*file, name, 300), rows) << name;
  }
  for (const char* name : {"", "A", "zzz", "aaaaaaaaaaaa", "abcabcx"}) {
    EXPECT_TRUE(Look(*file, name, 300).empty()) << name;
  }
  std::set<Row> got;
  EXPECT_TRUE(
      ForEachSymbol(*file, 300, [&](std::uint32_t document, Symbol symbol) {
        got.emplace(document, symbol.name, symbol.line, symbol.kind,
                    symbol.scope);
      }));
  EXPECT_EQ(got, all);
  // A document that the segment does not have: damaged.
  EXPECT_FALSE(ForEachSymbol(*file, 10, [](std::uint32_t, const Symbol&) {}));
}

TEST_F(SymbolTableTest, Empty) {
  SymbolTableBuilder builder;
  const auto file = Write(&builder);
  EXPECT_TRUE(Look(*file, "a", 1).empty());
}

TEST_F(SymbolTableTest, TooLongNamesAreNone) {
  SymbolTableBuilder builder;
  builder.Add(0, {std::string(kMaxSymbolBytes + 1, 'a'), 1, "k", ""});
  builder.Add(0, {"", 1, "k", ""});
  EXPECT_EQ(builder.size(), 0U);
}

TEST(VarintTest, ComesBackAsItWas) {
  for (const std::uint64_t value :
       {0ULL, 1ULL, 127ULL, 128ULL, 300ULL, 1ULL << 40, (1ULL << 62) - 1}) {
    std::string bytes;
    PutVarint(value, &bytes);
    std::string_view left = bytes;
    std::uint64_t got = 0;
    EXPECT_TRUE(TakeVarint(&left, &got));
    EXPECT_EQ(got, value);
    EXPECT_TRUE(left.empty());
    left = std::string_view(bytes).substr(0, bytes.size() - 1);
    EXPECT_FALSE(TakeVarint(&left, &got));
  }
  std::string_view endless = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
  std::uint64_t got = 0;
  EXPECT_FALSE(TakeVarint(&endless, &got));
}

}  // namespace
}  // namespace patchmilter::tree
