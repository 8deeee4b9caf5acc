// The table of tools. What a tool does is tree/'s; here it gets its name, the
// words that are said of it, and its arguments.
#include <array>

#include "review/tools/tool.h"

namespace patchmilter::review {
namespace {

using tree::Bounds;
using tree::Code;
using Type = Parameter::Type;

constexpr std::int64_t kMaxLine = 10'000'000;
constexpr std::int64_t kMaxPatch = 10'000;

constexpr Parameter kAt{
    "at", Type::kString,
    "state of the code: \"base\", \"patched\" (after the last patch; the "
    "default), \"patched:K\" (after patch K), or a branch, where one may be "
    "seen"};
constexpr Parameter kCursor{
    "cursor", Type::kString,
    "the cursor of the answer before, to go on from there"};
constexpr Parameter kPath{"path", Type::kString,
                          "path from the root of the tree", true};
constexpr Parameter kBelow{
    "path", Type::kString,
    "only below this directory, or in this file; everything by default"};

constexpr Parameter LineNumber(std::string_view name, std::string_view help,
                               std::int64_t least) {
  return {name, Type::kInteger, help, false, least, kMaxLine};
}
constexpr Parameter PatchNumber(std::string_view help) {
  return {"number", Type::kInteger, help, true, 0, kMaxPatch};
}

constexpr std::array kReadFile = {
    kPath,
    kAt,
    LineNumber("first", "first line; 1 by default", 1),
    LineNumber("last", "last line; 0 (the default) is the end", 0),
    LineNumber("function_of_line",
               "the function around this line, in place of first and last", 1),
    kCursor};
constexpr std::array kListDirectory = {
    Parameter{"path", Type::kString, "directory; the root by default"}, kAt,
    kCursor};
constexpr std::array kFindFiles = {
    Parameter{"glob", Type::kString,
              "'*' and '?' within a name, '**' for any depth, [a-z]; without "
              "'/' it is matched with the last name of each path",
              true},
    kAt, kCursor};
constexpr std::array kSearch = {
    Parameter{"pattern", Type::kString,
              "the text to find; with regex, RE2 syntax", true},
    kAt,
    Parameter{"regex", Type::kBoolean, "pattern is a regular expression"},
    Parameter{"ignore_case", Type::kBoolean, "ASCII letters of either case"},
    Parameter{"whole_word", Type::kBoolean, "only where it stands as a word"},
    kBelow,
    Parameter{"glob", Type::kString,
              "only files that match, as for find_files"},
    Parameter{"context", Type::kInteger, "lines before and after each match",
              false, 0, 20},
    kCursor};
constexpr std::array kSymbol = {
    Parameter{"name", Type::kString, "the identifier", true}, kAt, kBelow,
    kCursor};
constexpr std::array kLog = {
    Parameter{"path", Type::kString, "file or directory; all by default"}, kAt,
    LineNumber("first", "only commits that changed lines from this one", 1),
    LineNumber("last", "… to this one, as they are numbered at `at`", 1),
    kCursor};
constexpr std::array kShowCommit = {
    Parameter{"commit", Type::kString, "7 to 40 hexadecimal digits", true},
    Parameter{"path", Type::kString, "only what it changed there"},
    Parameter{"message_only", Type::kBoolean, "without its diff"}, kCursor};
constexpr std::array kBlame = {
    kPath, kAt, LineNumber("first", "first line; 1 by default", 1),
    LineNumber("last", "last line; 0 (the default) is the end", 0), kCursor};
constexpr std::array kDiff = {
    Parameter{"from", Type::kString, "state of the code, as `at` elsewhere",
              true},
    Parameter{"to", Type::kString, "state of the code, as `at` elsewhere",
              true},
    kBelow, kCursor};
constexpr std::array kShowPatch = {
    PatchNumber("the patch's number; 0 is the cover letter"),
    Parameter{"path", Type::kString, "only this file's part of the diff"},
    kCursor};
constexpr std::array kFunctionChange = {
    PatchNumber("the patch's number"), kPath,
    LineNumber("line", "a line of the function, as numbered after the patch",
               1),
    Parameter{"function", Type::kString, "its name, in place of line"},
    kCursor};

template <typename Answer>
Result<AnswerText> Text(Result<Answer> answer) {
  if (!answer.ok()) return answer.error();
  return TextOf(*answer);
}

Result<AnswerText> ReadFile(Code* code, const Arguments& in,
                            const Bounds& bounds) {
  tree::ReadFileQuestion question;
  question.at = in.Text("at");
  question.path = in.Text("path");
  question.first = in.Line("first", 1);
  question.last = in.Line("last");
  question.function_of_line = in.Line("function_of_line");
  question.cursor = in.Text("cursor");
  PM_ASSIGN_OR_RETURN(const auto answer, code->ReadFile(question, bounds));
  return TextOf(answer, question.path);
}

Result<AnswerText> ListDirectory(Code* code, const Arguments& in,
                                 const Bounds& bounds) {
  return Text(code->ListDirectory(
      {in.Text("at"), in.Text("path"), in.Text("cursor")}, bounds));
}

Result<AnswerText> FindFiles(Code* code, const Arguments& in,
                             const Bounds& bounds) {
  return Text(code->FindFiles(
      {in.Text("at"), in.Text("glob"), in.Text("cursor")}, bounds));
}

Result<AnswerText> Search(Code* code, const Arguments& in,
                          const Bounds& bounds) {
  tree::SearchQuestion question;
  question.at = in.Text("at");
  question.pattern = in.Text("pattern");
  question.regex = in.Flag("regex");
  question.ignore_case = in.Flag("ignore_case");
  question.whole_word = in.Flag("whole_word");
  question.path = in.Text("path");
  question.glob = in.Text("glob");
  question.context = in.Line("context");
  question.cursor = in.Text("cursor");
  return Text(code->Search(question, bounds));
}

tree::SymbolQuestion SymbolOf(const Arguments& in) {
  return {in.Text("at"), in.Text("name"), in.Text("path"), in.Text("cursor")};
}

Result<AnswerText> Definition(Code* code, const Arguments& in,
                              const Bounds& bounds) {
  return Text(code->Definitions(SymbolOf(in), bounds));
}

Result<AnswerText> References(Code* code, const Arguments& in,
                              const Bounds& bounds) {
  return Text(code->References(SymbolOf(in), bounds));
}

Result<AnswerText> Log(Code* code, const Arguments& in, const Bounds& bounds) {
  return Text(code->Log({in.Text("at"), in.Text("path"), in.Line("first"),
                         in.Line("last"), in.Text("cursor")},
                        bounds));
}

Result<AnswerText> ShowCommit(Code* code, const Arguments& in,
                              const Bounds& bounds) {
  return Text(code->ShowCommit({in.Text("commit"), in.Text("path"),
                                in.Flag("message_only"), in.Text("cursor")},
                               bounds));
}

Result<AnswerText> Blame(Code* code, const Arguments& in,
                         const Bounds& bounds) {
  return Text(code->Blame({in.Text("at"), in.Text("path"), in.Line("first", 1),
                           in.Line("last"), in.Text("cursor")},
                          bounds));
}

Result<AnswerText> Diff(Code* code, const Arguments& in, const Bounds& bounds) {
  return Text(code->Diff(
      {in.Text("from"), in.Text("to"), in.Text("path"), in.Text("cursor")},
      bounds));
}

Result<AnswerText> ShowPatch(Code* code, const Arguments& in,
                             const Bounds& bounds) {
  const tree::PatchQuestion question{in.Number("number"), in.Text("path"),
                                     in.Text("cursor")};
  PM_ASSIGN_OR_RETURN(const auto answer, code->Patch(question, bounds));
  AnswerText text = TextOf(answer);
  text.delivered = DeliveredBytes{question.number, answer.offset, answer.bytes,
                                  answer.total};
  return text;
}

Result<AnswerText> FunctionChange(Code* code, const Arguments& in,
                                  const Bounds& bounds) {
  return Text(code->FunctionChange(
      {in.Number("number"), in.Text("path"), in.Line("line"),
       in.Text("function"), in.Text("cursor")},
      bounds));
}

constexpr std::array kTools = {
    Tool{"show_patch",
         "A patch of the series as it was received: its message and its diff. "
         "Number 0 is the cover letter.",
         kShowPatch, "number", ShowPatch},
    Tool{"read_file",
         "Lines of a file, numbered; or the function around a line.", kReadFile,
         "path", ReadFile},
    Tool{"list_directory", "What a directory holds.", kListDirectory, "path",
         ListDirectory},
    Tool{"find_files", "Paths of files whose names match a glob.", kFindFiles,
         "glob", FindFiles},
    Tool{"search",
         "Lines that hold a text, or match a regular expression, in order of "
         "path and line.",
         kSearch, "pattern", Search},
    Tool{"find_definition",
         "Where a function, macro, type, member or variable is defined.",
         kSymbol, "name", Definition},
    Tool{"find_references", "Lines where an identifier stands as a word.",
         kSymbol, "name", References},
    Tool{"log",
         "Commits, newest first, that changed a file, a directory, or a range "
         "of a file's lines.",
         kLog, "path", Log},
    Tool{"show_commit", "A commit's message and diff.", kShowCommit, "commit",
         ShowCommit},
    Tool{"blame",
         "For each line of a file the commit, or the patch of this series, "
         "that put it there.",
         kBlame, "path", Blame},
    Tool{"diff", "What differs between two states of the code.", kDiff, "",
         Diff},
    Tool{"function_change",
         "One function before and after a patch, as a diff of it alone.",
         kFunctionChange, "number", FunctionChange},
};

}  // namespace

std::span<const Tool> AllTools() { return kTools; }

}  // namespace patchmilter::review
