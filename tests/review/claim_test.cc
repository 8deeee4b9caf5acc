#include "review/claim.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace patchmilter::review {
namespace {

Claim Prose(std::string title, std::string explanation,
            std::string path = "drivers/lamp/core.c") {
  Claim claim;
  claim.at = AnchorKind::kLines;
  claim.patch = 1;
  claim.path = std::move(path);
  claim.category = "issue";
  claim.title_words = ClaimWords(TitleStart(title), "");
  claim.words = ClaimWords(title, explanation);
  claim.title = std::move(title);
  return claim;
}

std::vector<LineMark> Lines(const std::vector<std::string>& lines) {
  std::vector<LineMark> marks;
  for (const std::string& line : lines)
    marks.push_back({'+', HashOfLine(line)});
  return marks;
}

TEST(ClaimWordsTest, StemsMeetAndStopWordsFall) {
  EXPECT_EQ(ClaimWords("returning", ""), ClaimWords("returned", ""));
  EXPECT_EQ(ClaimWords("The lock is not held here", ""),
            ClaimWords("lock held", ""));
  EXPECT_NE(ClaimWords("lock", ""), ClaimWords("leak", ""));
  EXPECT_TRUE(ClaimWords("of it is a", "").empty());
}

TEST(ClaimWordsTest, IdentifiersAreKnownByTheirForm) {
  for (const char* code : {"lamp_probe", "lampProbe", "BIT7", "probe()"}) {
    const std::vector<WordMark> words = ClaimWords(code, "");
    EXPECT_TRUE(std::any_of(words.begin(), words.end(), [](WordMark word) {
      return (word & kIdentifierBit) != 0;
    })) << code;
  }
  for (const WordMark word : ClaimWords("Lamp probe fails IRQ", "")) {
    EXPECT_EQ(word & kIdentifierBit, 0);
  }
  // An identifier counts by its parts as well.
  const std::vector<WordMark> parts = ClaimWords("lamp_probe", "");
  for (const WordMark word : ClaimWords("lamp probe", "")) {
    EXPECT_EQ(std::count(parts.begin(), parts.end(), word), 1);
  }
}

TEST(ClaimWordsTest, SnippetsClaimNothing) {
  EXPECT_EQ(ClaimWords("",
                       "The lamp stays lit.\n\n"
                       "    spin_lock(&lamp->guard);\n"
                       "\tlamp_dim(lamp);\nreturn lamp_ok;\n"),
            ClaimWords("", "The lamp stays lit."));
}

TEST(ClaimWordsTest, AreBounded) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "word" + std::to_string(i) + " ";
  const std::vector<WordMark> words = ClaimWords("", text);
  EXPECT_EQ(words.size(), kMaxClaimWords);
  EXPECT_TRUE(std::is_sorted(words.begin(), words.end()));
  // Two cut texts, and a cut and a whole one, still compare.
  Claim longer = Prose("", text);
  EXPECT_NEAR(Likeness(longer, Prose("", text + " and a little more")), 1,
              0.05);
}

TEST(LineMarkTest, WhiteSpaceSaysNothing) {
  EXPECT_EQ(HashOfLine("\tif (lamp)"), HashOfLine("        if  (lamp) "));
  EXPECT_NE(HashOfLine("if (lamp)"), HashOfLine("if (!lamp)"));
  EXPECT_LE(HashOfLine("any line"), kMaxLineHash);
  EXPECT_FALSE(IsTelling("\t}"));
  EXPECT_FALSE(IsTelling("out:"));
  EXPECT_TRUE(IsTelling("else"));
}

struct PairCase {
  const char* name;
  Claim a;
  Claim b;
  bool same;
};

std::vector<PairCase> PairCases() {
  const char* leak =
      "If lamp_register() fails, the memory that lamp_alloc() gave is never "
      "freed. Should the error path call lamp_free()?";
  const char* leak_again =
      "Does this leak the lamp? When lamp_register() returns an error, "
      "lamp_free() is not called for what lamp_alloc() allocated.";
  const char* race =
      "Can two threads dim the lamp at once? The level is read outside of the "
      "lock and written inside it.";
  std::vector<PairCase> cases = {
      {"reworded", Prose("Leak of the lamp when registering fails", leak),
       Prose("The lamp is leaked when lamp_register() fails", leak_again),
       true},
      {"another claim in the same file",
       Prose("Leak of the lamp when registering fails", leak),
       Prose("Race between readers and writers of the level", race), false},
      {"nothing said", Prose("", ""), Prose("", ""), false},
  };
  // The function decides where the words are near the edge.
  PairCase near{"",
                Prose("Unchecked length of the packet",
                      "The length from the header is used as it is; a "
                      "large one reads past the buffer."),
                Prose("The copy is not bounded",
                      "A hostile peer sends a large packet and reads past the "
                      "buffer."),
                false};
  near.name = "near, other function";
  near.a.function = "lamp_read";
  near.b.function = "lamp_write";
  cases.push_back(near);
  near.name = "near, function not known";
  near.a.function = near.b.function = "";
  cases.push_back(near);
  near.name = "near, same function";
  near.a.function = near.b.function = "lamp_read";
  near.same = true;
  cases.push_back(near);
  near.name = "near, same function, moved to another file";
  near.b.path = "drivers/lamp/other.c";
  cases.push_back(near);
  // The same line with another claim is another claim.
  PairCase anchor{"same lines, other words",
                  Prose("Leak of the lamp when registering fails", leak),
                  Prose("Race between readers and writers", race), false};
  anchor.a.lines = anchor.b.lines = Lines({"ret = lamp_register(lamp);"});
  anchor.a.function = anchor.b.function = "lamp_probe";
  cases.push_back(anchor);
  return cases;
}

TEST(SameClaimTest, WordsAndAnchor) {
  for (const PairCase& c : PairCases()) {
    EXPECT_EQ(SameClaim(c.a, c.b), c.same)
        << c.name << ": " << Likeness(c.a, c.b);
    EXPECT_EQ(SameClaim(c.a, c.b), SameClaim(c.b, c.a)) << c.name;
  }
}

// Of like claims the one that hangs on the same lines is meant.
TEST(SameClaimTest, LinesTellLikeClaimsApart) {
  Claim claim = Prose("Unchecked return value", "The error is not looked at.");
  claim.lines = Lines({"ret = lamp_register(lamp);"});
  Claim elsewhere = claim;
  elsewhere.lines = Lines({"ret = lamp_dim(lamp, level);"});
  EXPECT_DOUBLE_EQ(Likeness(claim, claim), Likeness(claim, elsewhere));
  EXPECT_GT(MatchScore(claim, claim), MatchScore(claim, elsewhere));
}

TEST(SameClaimTest, ChecksAreComparedByTheirPlace) {
  Claim check = Prose("Trailing white space", "The line ends in blanks.");
  check.exact = true;
  check.category = "whitespace";
  check.fingerprint = "0123456789abcdef";
  check.lines = Lines({"int level;  "});
  Claim moved = check;
  moved.patch = 3;
  moved.fingerprint = "fedcba9876543210";
  EXPECT_TRUE(SameClaim(check, moved)) << "the line is the same";
  Claim elsewhere = moved;
  elsewhere.lines = Lines({"int other_level;  "});
  EXPECT_FALSE(SameClaim(check, elsewhere));
  Claim other_check = check;
  other_check.category = "sign-off";
  EXPECT_FALSE(SameClaim(check, other_check));
  Claim prose = check;
  prose.exact = false;
  EXPECT_FALSE(SameClaim(check, prose)) << "a check and a model";
  Claim other_file = check;
  other_file.path = "drivers/lamp/other.c";
  EXPECT_FALSE(SameClaim(check, other_file));
}

TEST(LikenessTest, IsSymmetricAndBounded) {
  std::mt19937 random(7);
  const std::vector<std::string> words = {
      "lamp", "lamp_dim", "level",   "race",   "lock", "freed",
      "x2",   "path",     "probe()", "buffer", "}",    "\t"};
  const auto text = [&] {
    std::string made;
    for (auto i = random() % 30; i > 0; --i) {
      made += words[random() % words.size()] + (random() % 5 ? " " : "\n");
    }
    return made;
  };
  for (int i = 0; i < 500; ++i) {
    Claim a = Prose(text(), text(), random() % 2 ? "a.c" : "b.c");
    Claim b = Prose(text(), text(), random() % 2 ? "a.c" : "");
    a.function = random() % 2 ? "f" : "";
    b.function = random() % 2 ? "f" : "g";
    for (auto n = random() % 6; n > 0; --n) {
      a.lines.push_back({'+', static_cast<std::uint32_t>(random() % 4)});
      b.lines.push_back({' ', static_cast<std::uint32_t>(random() % 4)});
    }
    const double likeness = Likeness(a, b);
    EXPECT_DOUBLE_EQ(likeness, Likeness(b, a));
    EXPECT_GE(likeness, 0);
    EXPECT_LE(likeness, 1.3600001);
  }
}

}  // namespace
}  // namespace patchmilter::review
