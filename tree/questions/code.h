// Code: what one conversation may look at, and the answers to its questions.
//
// Made by Tree::Questions() after a series was applied (or not); holds the
// base, the patched trees and the patches as received. Reads git objects and
// the index, nothing else: no process, no file named from outside.
//
// With a history limit nothing can be seen that the base's history does not
// hold: `at` names no branch, a commit that is no ancestor of the base is "not
// there", log and blame begin at the base. That is what an evaluation on old
// patches needs, where the fix must not be found.
//
// Errors: kNotFound where what is named is not there, kInvalidInput where a
// question cannot be one (each says what is accepted), kPermanent for damaged
// objects. A missing or damaged index is no error: a note says so, the answer
// is the same and slower.
// Threads: one, that of its Tree, which must outlive it.
// Tested in tests/tree/questions/, against git.
#ifndef PATCHMILTER_TREE_QUESTIONS_CODE_H_
#define PATCHMILTER_TREE_QUESTIONS_CODE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/repository.h"
#include "tree/questions/question.h"

namespace patchmilter::tree {

class CodeIndex;

struct CodeScope {
  git::ObjectId base;  // A commit. Zero: nothing but patches can be asked for.
  std::vector<git::ObjectId> patched;  // Trees, after each patch that applied.
  // Those patches' numbers, ascending, as many: a series may have holes. Empty:
  // 1, 2, …
  std::vector<std::int64_t> numbers;
  // The mails' own text by number, 0 the cover: message, then diff.
  std::map<std::int64_t, std::string> patches;
  std::vector<std::string> branches;  // That may be named.
  // Heads that may be named besides, by name.
  std::map<std::string, git::ObjectId, std::less<>> heads;
  bool history_limit = true;
  // Log, blame and commits name nobody: no author, and of trailers the key
  // alone.
  bool hide_people = false;
};

class Code {
 public:
  // `index` may be null. Both are borrowed.
  static std::unique_ptr<Code> Make(git::Repository* repository,
                                    CodeIndex* index, CodeScope scope);
  virtual ~Code() = default;

  virtual Result<FileAnswer> ReadFile(const ReadFileQuestion& question,
                                      const Bounds& bounds) = 0;
  virtual Result<ListAnswer> ListDirectory(
      const ListDirectoryQuestion& question, const Bounds& bounds) = 0;
  virtual Result<ListAnswer> FindFiles(const FindFilesQuestion& question,
                                       const Bounds& bounds) = 0;
  virtual Result<SearchAnswer> Search(const SearchQuestion& question,
                                      const Bounds& bounds) = 0;
  virtual Result<DefinitionAnswer> Definitions(const SymbolQuestion& question,
                                               const Bounds& bounds) = 0;
  // Lines that hold the name as a whole word, its definitions' lines too.
  virtual Result<SearchAnswer> References(const SymbolQuestion& question,
                                          const Bounds& bounds) = 0;
  virtual Result<LogAnswer> Log(const LogQuestion& question,
                                const Bounds& bounds) = 0;
  virtual Result<TextAnswer> ShowCommit(const ShowCommitQuestion& question,
                                        const Bounds& bounds) = 0;
  virtual Result<BlameAnswer> Blame(const BlameQuestion& question,
                                    const Bounds& bounds) = 0;
  virtual Result<TextAnswer> Diff(const DiffQuestion& question,
                                  const Bounds& bounds) = 0;
  virtual Result<TextAnswer> Patch(const PatchQuestion& question,
                                   const Bounds& bounds) = 0;
  virtual Result<TextAnswer> FunctionChange(
      const FunctionChangeQuestion& question, const Bounds& bounds) = 0;
};

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_QUESTIONS_CODE_H_
