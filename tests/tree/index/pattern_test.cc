#include "tree/questions/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "tests/git/scratch_git.h"

namespace patchmilter::tree {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Matching(const PatternOptions& options,
                                  std::string_view text) {
  std::vector<std::string> lines;
  const auto pattern = Pattern::Compile(options);
  EXPECT_TRUE(pattern.ok()) << pattern.error().message;
  if (!pattern.ok()) return lines;
  LineMatcher matcher(&*pattern);
  matcher.Start(text);
  while (const auto line = matcher.Next()) {
    lines.emplace_back(text.substr(line->begin, line->end - line->begin));
  }
  return lines;
}

PatternOptions Literal(std::string text) {
  PatternOptions options;
  options.text = std::move(text);
  return options;
}

PatternOptions Regex(std::string text) {
  PatternOptions options = Literal(std::move(text));
  options.regex = true;
  return options;
}

TEST(PatternTest, Literals) {
  EXPECT_THAT(Matching(Literal("b"), "abc\nx\nb\nb b\n"),
              ElementsAre("abc", "b", "b b"));
  EXPECT_THAT(Matching(Literal("end"), "the end"), ElementsAre("the end"));
  EXPECT_THAT(Matching(Literal("a.c"), "abc\na.c\n"), ElementsAre("a.c"));
  EXPECT_THAT(Matching(Literal("longer than it"), "short\n"), IsEmpty());
  EXPECT_THAT(Matching(Literal("x"), ""), IsEmpty());
  EXPECT_THAT(Matching(Literal("aab"), "aaab\naab\nab\n"),
              ElementsAre("aaab", "aab"));
  PatternOptions ignore = Literal("FoO_b");
  ignore.ignore_case = true;
  EXPECT_THAT(Matching(ignore, "xfOo_Bar\nfoo-b\nFOO_B\n"),
              ElementsAre("xfOo_Bar", "FOO_B"));
}

TEST(PatternTest, RegexesLineByLine) {
  const std::string text = "int a;\n\nint b(void)\n{\n\treturn a;\n}\nend";
  EXPECT_THAT(Matching(Regex("^int"), text),
              ElementsAre("int a;", "int b(void)"));
  EXPECT_THAT(Matching(Regex("^$"), text), ElementsAre(""));
  EXPECT_THAT(Matching(Regex("a;$"), text),
              ElementsAre("int a;", "\treturn a;"));
  // Nothing goes over a line end, whatever the class.
  EXPECT_THAT(Matching(Regex("a;[^x]"), text), IsEmpty());
  EXPECT_THAT(Matching(Regex(R"(\{\s)"), text), IsEmpty());
  EXPECT_THAT(Matching(Regex("(?s)a.*end"), text), IsEmpty());
  EXPECT_THAT(Matching(Regex("x*"), "a\n\nb\n"), ElementsAre("a", "", "b"));
  EXPECT_THAT(Matching(Regex("end$"), text), ElementsAre("end"));
}

TEST(PatternTest, BytesThatAreNoUtf8) {
  EXPECT_THAT(Matching(Regex("a.b"),
                       "a\xFF"
                       "b\na\nb\n"),
              ElementsAre("a\xFF"
                          "b"));
  EXPECT_THAT(Matching(Literal("\xE9t"), "\xE9t\xE9\n"),
              ElementsAre("\xE9t\xE9"));
  EXPECT_THAT(Matching(Regex("\xC3\xA9+"), "caf\xC3\xA9\n"),
              ElementsAre("caf\xC3\xA9"));
}

TEST(PatternTest, WholeWords) {
  PatternOptions word = Literal("foo");
  word.whole_word = true;
  EXPECT_THAT(
      Matching(word, "foo\nfoobar\nxfoo foo\n_foo\nfoo(\nfoo2\nfoofoo-foo\n"),
      ElementsAre("foo", "xfoo foo", "foo(", "foofoo-foo"));
  PatternOptions regex = Regex("fo+|foobar");
  regex.whole_word = true;
  EXPECT_THAT(Matching(regex, "foobar\nfoob\na foo\n"),
              ElementsAre("foobar", "a foo"));
  PatternOptions empty = Regex("x*");
  empty.whole_word = true;
  EXPECT_THAT(Matching(empty, "a\nx\n"), ElementsAre("x"));
}

TEST(PatternTest, Refusals) {
  for (const PatternOptions& options :
       {Literal(""), Literal("a\nb"), Literal(std::string("a\0b", 3)),
        Literal(std::string(kMaxPatternBytes + 1, 'a')), Regex("("),
        Regex("a**{"), Regex(R"(\1)"), Regex("[[:nope:]]"),
        Regex("(((a{900}){900}){900}){900}"), Regex("((a{100}){100}){100}")}) {
    const auto pattern = Pattern::Compile(options);
    ASSERT_FALSE(pattern.ok()) << options.text;
    EXPECT_EQ(pattern.error().kind, ErrorKind::kInvalidInput);
    EXPECT_FALSE(pattern.error().message.empty());
  }
}

// What takes other engines for ever takes time in proportion to the text.
TEST(PatternTest, NoExplosion) {
  EXPECT_THAT(Matching(Regex("(a+)+$"), std::string(20'000, 'a') + "b\n"),
              IsEmpty());
  EXPECT_THAT(Matching(Regex("(a|a)*(a|a)*(a|a)*c"), std::string(5'000, 'a')),
              IsEmpty());
  PatternOptions word = Literal("a");
  word.whole_word = true;
  EXPECT_THAT(Matching(word, std::string(200'000, 'a')), IsEmpty());
}

// Larger than any machine would be done with.
PatternOptions Monstrous() {
  std::string text;
  for (int i = 0; i < 20; ++i) text += "y.{999}";
  return Regex(text + "z");
}

TEST(PatternTest, ALineThatWouldTakeTooLongIsPassedOver) {
  const auto pattern = Pattern::Compile(Monstrous());
  ASSERT_TRUE(pattern.ok());
  LineMatcher matcher(&*pattern);
  const std::string text = "y\n" + std::string(3'000'000, 'y') + "\nshort\n" +
                           std::string(3'000'000, 'y');
  matcher.Start(text);
  EXPECT_FALSE(matcher.Next().has_value());
  EXPECT_EQ(matcher.passed_over(), 2U);
  EXPECT_FALSE(matcher.stopped());
  EXPECT_EQ(matcher.done(), text.size());
  // What is after it is found, and a usual expression passes over nothing.
  const auto usual = Pattern::Compile(Regex("sh.*t|y.z"));
  LineMatcher finds(&*usual);
  finds.Start(text);
  const auto line = finds.Next();
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(text.substr(line->begin, line->end - line->begin), "short");
  EXPECT_FALSE(finds.Next().has_value());
  EXPECT_EQ(finds.passed_over(), 0U);
}

TEST(PatternTest, AWordIsNotLookedForForEver) {
  PatternOptions options = Regex("y.*y");
  options.whole_word = true;
  const auto pattern = Pattern::Compile(options);
  ASSERT_TRUE(pattern.ok());
  std::string text;
  for (int i = 0; i < 400'000; ++i) text += "y ";
  text += "yq\ny y\n";
  LineMatcher matcher(&*pattern);
  matcher.Start(text);
  const auto begin = std::chrono::steady_clock::now();
  const auto line = matcher.Next();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(text.substr(line->begin, line->end - line->begin), "y y");
  EXPECT_EQ(matcher.passed_over(), 1U);
}

// The steps of a dear expression give the lines that one look gives.
TEST(PatternTest, StepsLoseNothing) {
  std::string text;
  std::vector<std::string> wanted;
  for (int i = 0; i < 3'000; ++i) {
    const std::string line = i % 7 == 0   ? ""
                             : i % 5 == 0 ? "x" + std::to_string(i) + "z"
                                          : std::to_string(i);
    text += line + "\n";
    if (line.empty() || line[0] == 'x') wanted.push_back(line);
  }
  text += "x9z";
  wanted.emplace_back("x9z");
  const PatternOptions dear = Regex("^(x[0-9]{1,200}(z|y{900}y{900}y{900}))?$");
  EXPECT_EQ(Matching(dear, text), wanted);
  PatternOptions word = dear;
  word.whole_word = true;
  std::erase(wanted, "");
  EXPECT_EQ(Matching(word, text), wanted);
}

TEST(PatternTest, TheTimeMayEndBehindAnyLine) {
  const auto pattern = Pattern::Compile(Monstrous());
  ASSERT_TRUE(pattern.ok());
  std::string text;
  for (int i = 0; i < 12; ++i) text += std::string(600, 'x') + "\n";
  LineMatcher matcher(&*pattern, Deadline::After(std::chrono::milliseconds(0)));
  std::size_t at = 0;
  int times = 0;
  do {
    matcher.Start(text, at);
    EXPECT_FALSE(matcher.Next().has_value());
    ASSERT_GT(matcher.done(), at);
    at = matcher.done();
    EXPECT_EQ(text[at - 1], '\n');
    ++times;
  } while (matcher.stopped());
  EXPECT_EQ(at, text.size());
  EXPECT_GT(times, 2);
}

TEST(PatternTest, AnErrorQuotesWhatWasAsked) {
  const auto pattern = Pattern::Compile(Regex("("));
  ASSERT_FALSE(pattern.ok());
  EXPECT_EQ(pattern.error().message,
            "no regular expression (RE2's syntax): missing ): (");
}

// A file with a match has the atoms that MayMatch wants.
TEST(PatternTest, AtomsNeverLoseAMatch) {
  std::mt19937 random(8);  // NOLINT: the same each time.
  const std::vector<std::string> pieces = {
      "foo",       "BAR",     "baz_x",   "qux\xC3\xA9y", "a",
      "(foo|Bar)", "[a-c]oo", "x{2,3}",  ".*",           "(?i:FOO)",
      "abc|def",   "\\d+",    "(abcd)?", "\\bfoo\\b"};
  const std::vector<std::string> words = {
      "foo", "bar", "BAR",  "baz_x", "qux\xC3\xA9y", "a", "boo", "xxx",
      "abc", "def", "abcd", "FOO",   "123",          " ", "Foo"};
  int matched = 0;
  for (int round = 0; round < 4'000; ++round) {
    std::string text;
    for (auto n = random() % 4 + 1; n > 0; --n) {
      text += pieces[random() % pieces.size()];
    }
    std::string line;
    for (auto n = random() % 8; n > 0; --n) {
      line += words[random() % words.size()];
    }
    line += "\n";
    PatternOptions options = Regex(text);
    options.ignore_case = random() % 3 == 0;
    const auto pattern = Pattern::Compile(options);
    ASSERT_TRUE(pattern.ok()) << text;
    const std::vector<Trigram> has = TrigramsOf(line);
    std::uint64_t atoms = 0;
    for (std::size_t i = 0; i < pattern->atoms().size(); ++i) {
      if (std::includes(has.begin(), has.end(), pattern->atoms()[i].begin(),
                        pattern->atoms()[i].end())) {
        atoms |= std::uint64_t{1} << i;
      }
    }
    LineMatcher matcher(&*pattern);
    matcher.Start(line);
    if (!matcher.Next().has_value()) continue;
    ++matched;
    ASSERT_TRUE(pattern->MayMatch(atoms)) << text << " in " << line;
  }
  EXPECT_GT(matched, 300);
}

// And where nothing of it is there, no file need be looked at.
TEST(PatternTest, AtomsTellFilesApart) {
  for (const PatternOptions& options :
       {Literal("needle"), Regex("needle"), Regex("(needle|haystack)[0-9]+"),
        Regex("^static .*needle\\(")}) {
    const auto pattern = Pattern::Compile(options);
    ASSERT_TRUE(pattern.ok());
    EXPECT_FALSE(pattern->atoms().empty()) << options.text;
    EXPECT_FALSE(pattern->MayMatch(0)) << options.text;
  }
  for (const PatternOptions& options :
       {Literal("ab"), Regex("a.b"), Regex("needle|x"), Regex(".*")}) {
    const auto pattern = Pattern::Compile(options);
    ASSERT_TRUE(pattern.ok());
    EXPECT_TRUE(pattern->MayMatch(0)) << options.text;
  }
}

// The same lines as git grep, words and cases too. (For "^$" git 2.39 gives one
// line more than some files have.)
TEST(PatternTest, SameLinesAsGitGrep) {
  testing::ScratchGit scratch;
  std::mt19937 random(9);  // NOLINT: the same each time.
  const std::vector<std::string> words = {
      "foo", "Foo", "foobar", "_foo", "bar", "foo2", "-", "(", "o", "a b"};
  std::string text;
  for (int i = 0; i < 400; ++i) {
    for (auto n = random() % 6; n > 0; --n) {
      text += words[random() % words.size()];
      if (random() % 2 == 0) text += " ";
    }
    text += "\n";
  }
  scratch.Write("file", text);
  scratch.Commit("text");
  for (const char* pattern :
       {"foo", "fo+", "foo|bar", "^foo", "o$", "foo.*bar", "[fF]oo[0-9]?",
        "(foo|foobar) ", "o+b?", "bar foo|_"}) {
    for (const char* flags : {"", "-w", "-i", "-wi"}) {
      for (const char* kind : {"-E", "-F"}) {
        PatternOptions options = Literal(pattern);
        options.regex = std::string(kind) == "-E";
        options.whole_word = std::string(flags).find('w') != std::string::npos;
        options.ignore_case = std::string(flags).find('i') != std::string::npos;
        std::vector<std::string> arguments = {"grep", "-h", kind};
        if (*flags != '\0') arguments.emplace_back(flags);
        arguments.insert(arguments.end(), {"-e", pattern, "HEAD"});
        std::string got;
        for (const std::string& line : Matching(options, text)) {
          got += line + "\n";
        }
        EXPECT_EQ(got, scratch.TryGit(arguments).out)
            << kind << " " << flags << " " << pattern;
      }
    }
  }
}

}  // namespace
}  // namespace patchmilter::tree
