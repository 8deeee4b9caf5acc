#include "review/prompts/trigger_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "review/prompts/guide.h"

namespace patchmilter::review {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kTable =
    "# Index\n"
    "\n"
    "| Other | Table |\n|---|---|\n| a.c | b.md |\n"
    "\n"
    "| Subsystem | Triggers | File |\n"
    "|-----------|:--------:|------|\n"
    "| Sound | sound/, `snd_`, include/sound/ | sound.md |\n"
    "| Locks | spin_lock*, mutex_* | locking.md |\n"
    "| Kconfig | Kconfig, `config `, `select `, `bool ` | kconfig.md |\n"
    "| Pairs | `get_it` + `put_it`, `x_(a\\|b)_y` | [pairs](pairs.md) |\n"
    "| More locks | rwsem, lib/locks/ | `locking.md`, more.md |\n"
    "\n"
    "Words behind it, with | a bar.\n";

std::vector<std::string> Called(std::string_view table,
                                const Touched& touched) {
  const auto parsed = TriggerTable::Parse(table);
  EXPECT_TRUE(parsed.ok());
  std::vector<std::string> files;
  for (const CalledGuide& guide : parsed->Call(touched)) {
    files.push_back(guide.file);
  }
  return files;
}

TEST(TriggerTable, CallsWhatIsTouched) {
  Touched touched;
  touched.files.push_back({"sound/soc/a.c", "", "\tbool on;\n"});
  EXPECT_THAT(Called(kTable, touched), ElementsAre("sound.md"));
  touched.files.push_back({"lib/b.c", "", "mutex_lock(&m); x_b_y();\n"});
  EXPECT_THAT(Called(kTable, touched),
              ElementsAre("sound.md", "locking.md", "pairs.md"));
}

TEST(TriggerTable, NamesAFileOnceWithItsMostTellingWeight) {
  Touched by_name;
  by_name.files.push_back({"a.c", "", "mutex_lock(&m);\n"});
  Touched by_path;
  by_path.files.push_back({"lib/locks/a.c", "", "mutex_lock(&m);\n"});
  EXPECT_THAT(Called(kTable, by_path), ElementsAre("locking.md", "more.md"));
  const auto table = TriggerTable::Parse(kTable);
  ASSERT_TRUE(table.ok());
  EXPECT_GT(table->Call(by_path)[0].weight, table->Call(by_name)[0].weight);
}

TEST(TriggerTable, NothingTouchedCallsNothing) {
  EXPECT_THAT(Called(kTable, {}), IsEmpty());
}

TEST(TriggerTable, ReadsRowsAsWritten) {
  const auto table = TriggerTable::Parse(kTable);
  ASSERT_TRUE(table.ok());
  ASSERT_EQ(table->rows().size(), 5U);
  EXPECT_EQ(table->rows()[0].subsystem, "Sound");
  EXPECT_EQ(table->rows()[0].triggers.size(), 3U);
  EXPECT_THAT(table->rows()[3].files, ElementsAre("pairs.md"));
  EXPECT_THAT(table->rows()[4].files, ElementsAre("locking.md", "more.md"));
  EXPECT_THAT(table->problems(), IsEmpty());
}

TEST(TriggerTable, NamesWhatItCannotRead) {
  const auto table = TriggerTable::Parse(
      "|Subsystem|Triggers|File|\n|---|---|---|\n"
      "| A | a( | ../../etc/passwd |\n"
      "| B | kvm_(x | /abs.md |\n"
      "| C | c |\n"
      "| D | d/ | d.md |\n");
  ASSERT_TRUE(table.ok());
  EXPECT_THAT(table->problems(),
              ElementsAre(HasSubstr("\"../../etc/passwd\" names no file"),
                          HasSubstr("\"/abs.md\" names no file"),
                          HasSubstr("\"kvm_(x\" never fires"),
                          HasSubstr("\"C\" has 2 cells")));
  EXPECT_EQ(table->rows().size(), 3U);
}

TEST(TriggerTable, RefusesATextWithoutOneAndOneTooLong) {
  const auto none = TriggerTable::Parse("| a | b |\n");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().kind, ErrorKind::kInvalidInput);
  std::string text = "|Subsystem|Triggers|File|\n|---|---|---|\n";
  for (std::size_t i = 0; i <= kMaxPromptFiles; ++i) text += "|a|b/|c.md|\n";
  EXPECT_FALSE(TriggerTable::Parse(text).ok());
}

}  // namespace
}  // namespace patchmilter::review
