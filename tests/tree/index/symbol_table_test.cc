#include "tree/index/symbol_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "tree/index/line_reader.h"
#include "tree/index/segment_format.h"
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

  // Document n has texts_[n]; where there is none, no line can be had. Blocks
  // stand in the file as they are.
  std::unique_ptr<CheckedFile> Write(SymbolTableBuilder* builder) {
    auto file = CheckedFileWriter::Create(path(), FileKind::kSegment);
    EXPECT_TRUE(file.ok());
    LineSource lines;
    lines.text_of =
        [&](std::uint32_t document) -> std::optional<std::string_view> {
      if (last_asked_ == kNobody || document <= last_asked_) ++passes_;
      last_asked_ = document;
      if (document >= texts_.size()) return std::nullopt;
      return texts_[document];
    };
    lines.compress = [](std::string_view block) { return block; };
    builder->Write(file->get(), lines);
    EXPECT_TRUE((*file)->Finish(path()).ok());
    auto opened = CheckedFile::Open(path(), FileKind::kSegment);
    EXPECT_TRUE(opened.ok());
    return std::move(*opened);
  }

  std::string directory_;
  std::vector<std::string> texts_;
  // How often the texts were gone through, in ascending order.
  static constexpr std::uint32_t kNobody = UINT32_MAX;
  std::uint32_t last_asked_ = kNobody;
  int passes_ = 0;
};

// The lines that are kept of `name`, by document and line; "-" for one that is
// not.
std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> KeptOf(
    const CheckedFile& file, const std::string& name, std::uint32_t documents) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> lines;
  EXPECT_TRUE(LookUpSymbols(
      file, name, documents,
      [&](std::uint32_t document, const Symbol& symbol,
          const std::optional<KeptLine>& line) {
        std::string& text = lines[{document, symbol.line}];
        text = "-";
        if (!line.has_value()) return;
        const auto blocks = file.Array<BlockRecord>(kLineBlocks);
        ASSERT_TRUE(blocks.has_value());
        if (line->size == 0) {
          text = "";
          return;
        }
        ASSERT_LT(line->block, blocks->size());
        const BlockRecord& block = (*blocks)[line->block];
        ASSERT_LE(line->offset + line->size, block.text);
        text = *file.Read(kLines, block.offset + line->offset, line->size);
      }));
  return lines;
}

std::set<Row> Look(const CheckedFile& file, const std::string& name,
                   std::uint32_t documents) {
  std::set<Row> rows;
  EXPECT_TRUE(LookUpSymbols(file, name, documents,
                            [&](std::uint32_t document, const Symbol& symbol,
                                const std::optional<KeptLine>&) {
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

// Each line as a plain reading of its text gives it, whatever block it is in.
TEST_F(SymbolTableTest, KeepsTheLinesOfDefinitions) {
  std::mt19937 random(6);  // NOLINT: the same each time.
  std::vector<std::vector<std::string>> lines(200);
  for (auto& text : lines) {
    texts_.emplace_back();
    for (auto n = random() % 40; n > 0; --n) {
      text.emplace_back(random() % 90, static_cast<char>('a' + random() % 26));
      if (random() % 8 == 0) text.back() += '\r';
      texts_.back() += text.back() + (n == 1 && random() % 2 == 0 ? "" : "\n");
    }
  }
  SymbolTableBuilder builder;
  std::map<std::string,
           std::map<std::pair<std::uint32_t, std::uint32_t>, std::string>>
      want;
  for (int i = 0; i < 20'000; ++i) {
    Symbol symbol;
    symbol.name = "n" + std::to_string(random() % 3'000);
    symbol.kind = "k";
    const auto document = static_cast<std::uint32_t>(random() % 210);
    symbol.line = static_cast<std::uint32_t>(random() % 45 + 1);
    builder.Add(document, symbol);
    std::string& line = want[symbol.name][{document, symbol.line}];
    line = "-";
    if (document >= lines.size()) continue;
    line = symbol.line <= lines[document].size()
               ? lines[document][symbol.line - 1]
               : "";
  }
  const auto file = Write(&builder);
  for (const auto& [name, kept] : want) {
    ASSERT_EQ(KeptOf(*file, name, 210), kept) << name;
  }
  EXPECT_EQ(passes_, 1);
  // They fill many blocks, none much longer than it should be.
  const auto blocks = file->Array<BlockRecord>(kLineBlocks);
  ASSERT_TRUE(blocks.has_value());
  EXPECT_GT(blocks->size(), 20U);
  for (const BlockRecord& block : *blocks) {
    EXPECT_LT(block.text, 2 * kBlockBytes);
  }
}

// More rows than are held in memory at a time.
TEST_F(SymbolTableTest, LinesOfManySymbols) {
  constexpr std::uint32_t kSymbols = 1'100'000;
  static_assert(kSymbols > kRowsOfLines);
  std::vector<std::string> lines;
  for (int i = 0; i < 100; ++i) {
    lines.push_back("line " + std::to_string(i * i));
  }
  for (const std::size_t first : {0U, 50U}) {
    texts_.emplace_back();
    for (std::size_t i = first; i < 100; ++i) texts_.back() += lines[i] + "\n";
  }
  SymbolTableBuilder builder;
  for (std::uint32_t i = 0; i < kSymbols; ++i) {
    builder.Add(i % 2, {std::to_string(i / 4), i % 50 + 1, "k", ""});
  }
  const auto file = Write(&builder);
  EXPECT_EQ(passes_, 2);
  for (std::uint32_t i = 0; i < kSymbols; i += 4 * 1'234) {
    const auto kept = KeptOf(*file, std::to_string(i / 4), 2);
    ASSERT_EQ(kept.size(), 4U);
    for (const auto& [at, line] : kept) {
      ASSERT_EQ(line, lines[at.second - 1 + (at.first == 1 ? 50 : 0)]);
    }
  }
}

// What would make the table large is left in the texts.
TEST_F(SymbolTableTest, LinesThatAreTooLongOrTooManyAreNotKept) {
  const std::string longest(kMaxKeptLine, 'x');
  texts_ = {longest + "\n" + longest + "x\n", ""};
  SymbolTableBuilder builder;
  builder.Add(0, {"fits", 1, "k", ""});
  builder.Add(0, {"long", 2, "k", ""});
  builder.Add(0, {"behind", 9, "k", ""});
  builder.Add(0, {"none", 0, "k", ""});
  constexpr std::uint32_t kMany = 40'000;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    texts_.back() += std::string(200, 'y') + "\n";
    builder.Add(1, {"many", i + 1, "k", ""});
  }
  const auto file = Write(&builder);
  EXPECT_EQ(KeptOf(*file, "fits", 2).begin()->second, longest);
  EXPECT_EQ(KeptOf(*file, "long", 2).begin()->second, "-");
  EXPECT_EQ(KeptOf(*file, "behind", 2).begin()->second, "");
  EXPECT_EQ(KeptOf(*file, "none", 2).begin()->second, "");
  std::size_t kept = 0;
  const auto many = KeptOf(*file, "many", 2);
  EXPECT_EQ(many.size(), kMany);
  for (const auto& [at, line] : many) {
    if (line == "-") continue;
    EXPECT_EQ(line, std::string(200, 'y'));
    ++kept;
  }
  EXPECT_EQ(kept, kMaxGroupLines / 200);
  // The first: what an answer begins with.
  EXPECT_EQ(many.begin()->second, std::string(200, 'y'));
  EXPECT_EQ(many.rbegin()->second, "-");
  const auto blocks = file->Array<BlockRecord>(kLineBlocks);
  ASSERT_TRUE(blocks.has_value());
  for (const BlockRecord& block : *blocks) {
    EXPECT_LE(block.text, kMaxGroupLines + kBlockBytes);
  }
}

TEST(LineReaderTest, LinesByNumber) {
  LineReader lines("one\n\nthree\r\nlast");
  EXPECT_EQ(lines.At(0), "");
  EXPECT_EQ(lines.At(1), "one");
  EXPECT_EQ(lines.At(1), "one");
  EXPECT_EQ(lines.At(2), "");
  EXPECT_EQ(lines.At(4), "last");
  EXPECT_EQ(lines.At(3), "");  // Passed by.
  EXPECT_EQ(lines.At(5), "");
  LineReader ended("one\n");
  EXPECT_EQ(ended.At(2), "");
  EXPECT_EQ(LineReader("").At(1), "");
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
