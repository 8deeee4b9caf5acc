// Long texts are searched chunk by chunk: what is found is the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "git/repository.h"
#include "tests/git/scratch_git.h"
#include "tree/index/build.h"
#include "tree/index/code_index.h"
#include "tree/index/segment.h"
#include "tree/index/trigrams.h"
#include "tree/questions/pattern.h"
#include "tree/questions/search.h"
#include "tree/questions/text_search.h"
#include "tree/questions/view.h"

namespace patchmilter::tree {
namespace {

using ::testing::SizeIs;

// Lines of tables, a word of them rare; some very long, some empty, and a NUL
// behind where git looks for one.
std::string Table(unsigned seed, std::size_t bytes) {
  std::mt19937 random(seed);  // NOLINT: the same each time.
  std::string text = "// a table\n";
  for (int row = 0; text.size() < bytes; ++row) {
    const auto kind = random() % 1000;
    if (kind == 0) {
      text += std::string(kChunkBytes + random() % kChunkBytes, 'q') + "\n";
    } else if (kind < 20) {
      text += "\n";
    } else if (kind < 24) {
      text += "rare_word(" + std::to_string(row) + ");\n";
    } else if (kind == 24 && text.size() > 10'000) {
      text += std::string("a\0b common_word\n", 16);
    } else {
      text += "#define common_word_" + std::to_string(random() % 50) + " 0x" +
              std::to_string(row) + "\n";
    }
  }
  return text;
}

class ChunksTest : public ::testing::Test {
 protected:
  void Build() {
    scratch_.Commit("files");
    auto opened = git::Repository::Open(scratch_.work());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    repository_ = std::move(*opened);
    BuildOptions options;
    options.directory = scratch_.directory() + "/index";
    options.repository = scratch_.work();
    ASSERT_TRUE(BuildIndex(options).ok());
    index_ = CodeIndex::Open(options.directory).value();
    for (const auto& entry :
         std::filesystem::directory_iterator(options.directory)) {
      if (entry.path().filename().string().starts_with("segment-")) {
        segment_ = Segment::Open(entry.path()).value();
      }
    }
    ASSERT_NE(segment_, nullptr);
  }

  // "path:number" and ':' for a match, '-' for what is around it, then the
  // line.
  std::vector<std::string> Search(CodeIndex* index,
                                  const PatternOptions& options,
                                  std::uint32_t context) {
    const auto root =
        repository_->ReadCommit(repository_->ResolveName("").value())
            .value()
            .tree;
    const auto tree = index->TreeOf(repository_.get(), root).value();
    const auto pattern = Pattern::Compile(options).value();
    TextSearchOptions how;
    how.context = context;
    std::vector<std::string> lines;
    const auto end = SearchText(
        repository_.get(), index, *tree, pattern, how,
        [&](const FoundFile& file) {
          for (const FoundLine& line : *file.lines) {
            lines.push_back(std::string(file.path) + ":" +
                            std::to_string(line.number) +
                            (line.match ? ":" : "-") + std::string(line.text));
          }
          return true;
        });
    EXPECT_TRUE(end.ok()) << end.error().message;
    return lines;
  }

  testing::ScratchGit scratch_;
  std::unique_ptr<git::Repository> repository_;
  std::unique_ptr<CodeIndex> index_;
  std::unique_ptr<Segment> segment_;
};

TEST_F(ChunksTest, TheSameLinesAreFound) {
  for (unsigned i = 0; i < 6; ++i) {
    std::string text = Table(i, (i + 1) * kChunkBytes);
    if (i % 2 == 1) text.pop_back();  // No line end at the end.
    scratch_.Write("table" + std::to_string(i) + ".h", text);
  }
  scratch_.Write("short.c", "rare_word(1);\n");
  ASSERT_NO_FATAL_FAILURE(Build());
  EXPECT_GT(segment_->chunks(), 12U);
  const auto none = CodeIndex::Open("").value();
  const std::vector<PatternOptions> patterns = {
      {"rare_word"},
      {"RARE_WORD(", false, true},
      {"common_word_7", false, false, true},
      {"0x1000"},
      {"nowhere_at_all"},
      {"^$", true},
      {"rare.*[02468]\\);$", true},
      {"q{70}", true},
      {"a"}};
  for (const PatternOptions& pattern : patterns) {
    for (const std::uint32_t context : {0U, 1U, 20U}) {
      EXPECT_EQ(Search(index_.get(), pattern, context),
                Search(none.get(), pattern, context))
          << pattern.text << " " << context;
    }
  }
  EXPECT_THAT(Search(index_.get(), {"rare_word"}, 0),
              SizeIs(::testing::Gt(20U)));
}

TEST_F(ChunksTest, OnlyWhatHasTheTrigramsIsLookedThrough) {
  const std::string front = Table(1, 5 * kChunkBytes);
  const std::string text = front + "the_needle\n" + Table(2, 5 * kChunkBytes);
  scratch_.Write("table.h", text);
  scratch_.Write("empty.c", "");
  ASSERT_NO_FATAL_FAILURE(Build());
  const auto chunks = segment_->Match(TrigramsOf("the_needle"));
  ASSERT_TRUE(chunks.has_value());
  ASSERT_THAT(*chunks, SizeIs(1));
  BlockReader reader;
  const Chunk chunk = segment_->ChunkAt(chunks->front());
  EXPECT_EQ(
      chunk.line,
      static_cast<std::uint32_t>(std::count(
          text.begin(),
          text.begin() + static_cast<std::ptrdiff_t>(text.find(
                             *segment_->ChunkText(chunks->front(), &reader))),
          '\n')));
  // The empty file has no chunk: all are the table's.
  const std::uint32_t table = segment_->ChunksOf(0).second > 0 ? 0 : 1;
  EXPECT_EQ(segment_->Text(table, &reader), text);
  // All of it, without a gap, at line ends.
  const auto [first, last] = segment_->ChunksOf(table);
  EXPECT_GT(last - first, 5U);
  std::string all;
  for (std::uint32_t number = first; number < last; ++number) {
    const auto piece = segment_->ChunkText(number, &reader);
    ASSERT_TRUE(piece.has_value());
    EXPECT_EQ(piece->back(), '\n');
    EXPECT_EQ(segment_->ChunkAt(number).size, piece->size());
    if (number + 1 < last) {
      EXPECT_GE(piece->size(), kChunkBytes);
    }
    all += *piece;
  }
  EXPECT_EQ(all, text);
  EXPECT_EQ(segment_->chunks(), last - first);
}

// The time ends inside of files: page by page all is found that is found at
// once, and once.
TEST_F(ChunksTest, ASearchGoesOnBehindAnyLine) {
  for (unsigned i = 0; i < 3; ++i) {
    scratch_.Write("table" + std::to_string(i) + ".h",
                   Table(i, i * kChunkBytes + 30'000));
  }
  ASSERT_NO_FATAL_FAILURE(Build());
  const auto none = CodeIndex::Open("").value();
  CodeScope scope;
  scope.base = repository_->ResolveName("").value();
  View view(repository_.get(), scope);
  SearchQuestion question;
  question.pattern =
      "rare_word|0x10+1|y{900}y{900}y{900}";  // Dear: short steps.
  question.regex = true;
  Bounds wide;
  wide.lines = kMaxAnswerLines;
  wide.bytes = kMaxAnswerBytes;
  Bounds no_time = wide;
  no_time.time = std::chrono::milliseconds(0);
  for (CodeIndex* index : {index_.get(), none.get()}) {
    for (const std::uint32_t context : {0U, 3U}) {
      question.context = context;
      const auto all = [&](const Bounds& bounds, int* pages) {
        std::vector<std::string> lines;
        question.cursor = "";
        do {
          const auto page = tree::Search(&view, index, question, bounds);
          EXPECT_TRUE(page.ok()) << page.error().message;
          for (const SearchLine& line : page->lines) {
            lines.push_back(line.path + (line.match ? ":" : "-") +
                            std::to_string(line.line.number));
          }
          question.cursor = page->end.cursor;
        } while (!question.cursor.empty() && ++*pages < 5'000);
        return lines;
      };
      int at_once = 0;
      int pages = 0;
      const auto wanted = all(wide, &at_once);
      EXPECT_EQ(at_once, 0);
      EXPECT_GT(wanted.size(), 3U);
      EXPECT_EQ(all(no_time, &pages), wanted);
      EXPECT_GT(pages, 10);
    }
  }
}

}  // namespace
}  // namespace patchmilter::tree
