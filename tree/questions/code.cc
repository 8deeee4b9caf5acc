#include "tree/questions/code.h"

#include <string_view>
#include <utility>

#include "tree/index/code_index.h"
#include "tree/questions/blame.h"
#include "tree/questions/directory.h"
#include "tree/questions/function_change.h"
#include "tree/questions/log.h"
#include "tree/questions/patch_text.h"
#include "tree/questions/read_file.h"
#include "tree/questions/search.h"
#include "tree/questions/show.h"
#include "tree/questions/symbols.h"
#include "tree/questions/view.h"

namespace patchmilter::tree {
namespace {

// Diffs, logs, blames that are being read page by page, of each kind.
constexpr std::size_t kKept = 4;

// "lib/", as a list of a directory has it, is "lib" wherever a directory may be
// named.
template <typename Question>
Question Cut(Question question) {
  if (question.path.ends_with('/')) question.path.pop_back();
  return question;
}

// Wires each question to the file that answers it.
class RepositoryCode final : public Code {
 public:
  RepositoryCode(git::Repository* repository, CodeIndex* index, CodeScope scope)
      : view_(repository, std::move(scope)),
        own_index_(index == nullptr ? CodeIndex::Open("").value() : nullptr),
        index_(index == nullptr ? own_index_.get() : index) {}

  Result<FileAnswer> ReadFile(const ReadFileQuestion& question,
                              const Bounds& bounds) override {
    return tree::ReadFile(&view_, question, bounds);
  }
  Result<ListAnswer> ListDirectory(const ListDirectoryQuestion& question,
                                   const Bounds& bounds) override {
    return tree::ListDirectory(&view_, Cut(question), bounds);
  }
  Result<ListAnswer> FindFiles(const FindFilesQuestion& question,
                               const Bounds& bounds) override {
    return tree::FindFiles(&view_, question, bounds);
  }
  Result<SearchAnswer> Search(const SearchQuestion& question,
                              const Bounds& bounds) override {
    return tree::Search(&view_, index_, Cut(question), bounds);
  }
  Result<DefinitionAnswer> Definitions(const SymbolQuestion& question,
                                       const Bounds& bounds) override {
    return tree::Definitions(&view_, index_, Cut(question), bounds);
  }
  Result<SearchAnswer> References(const SymbolQuestion& question,
                                  const Bounds& bounds) override {
    return tree::References(&view_, index_, Cut(question), bounds);
  }
  Result<LogAnswer> Log(const LogQuestion& question,
                        const Bounds& bounds) override {
    return tree::Log(&view_, &walks_, Cut(question), bounds);
  }
  Result<TextAnswer> ShowCommit(const ShowCommitQuestion& question,
                                const Bounds& bounds) override {
    return tree::ShowCommit(&view_, &texts_, Cut(question), bounds);
  }
  Result<BlameAnswer> Blame(const BlameQuestion& question,
                            const Bounds& bounds) override {
    return tree::Blame(&view_, &blames_, question, bounds);
  }
  Result<TextAnswer> Diff(const DiffQuestion& question,
                          const Bounds& bounds) override {
    return ShowDiff(&view_, &texts_, Cut(question), bounds);
  }
  Result<TextAnswer> Patch(const PatchQuestion& question,
                           const Bounds& bounds) override {
    return ReadPatch(&view_, question, bounds);
  }
  Result<TextAnswer> FunctionChange(const FunctionChangeQuestion& question,
                                    const Bounds& bounds) override {
    return tree::FunctionChange(&view_, &texts_, question, bounds);
  }

 private:
  View view_;
  std::unique_ptr<CodeIndex> own_index_;  // In memory, where none was given.
  CodeIndex* index_;
  KeptTexts texts_{kKept};
  KeptWalks walks_{kKept};
  KeptBlames blames_{kKept};
};

}  // namespace

std::unique_ptr<Code> Code::Make(git::Repository* repository, CodeIndex* index,
                                 CodeScope scope) {
  return std::make_unique<RepositoryCode>(repository, index, std::move(scope));
}

}  // namespace patchmilter::tree
