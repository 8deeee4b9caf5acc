// Answers searches of one tree for search_speed.py: commands on standard input,
// one a line, fields with tabs between them; on standard output, for each, one
// line of what it took, then what it found.
//
//   search_driver REPOSITORY INDEX
//
//   tree REV                       of what is searched from here on
//   patch DIRECTORY COUNT SEED     COUNT patched trees, made in memory
//   text FLAGS PATTERN             FLAGS of "eiw" (-E, -i, -w), or "-"
//   count FLAGS PATTERN            the same, without the lines
//   symbol NAME                    definitions, as Code answers
//   write DIRECTORY                the patched files and the tree's id, for
//   git:
//                                  written with `git hash-object`
//   memory                         anonymous memory of this process, KiB
//
// Answer: "done MICROSECONDS LINES BYTES FILES READ", then BYTES of
// "path:line:text" lines, as `git grep -n`.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "git/repository.h"
#include "git/tree_edit.h"
#include "tree/index/code_index.h"
#include "tree/index/ctags.h"
#include "tree/questions/symbols.h"
#include "tree/questions/text_search.h"

namespace patchmilter {
namespace {

using tree::CodeIndex;

std::vector<std::string> Fields(const std::string& line) {
  std::vector<std::string> fields;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = line.find('\t', begin);
    fields.push_back(line.substr(begin, end - begin));
    if (end == std::string::npos) return fields;
    begin = end + 1;
  }
}

class Timer {
 public:
  std::int64_t Microseconds() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::steady_clock::now() - start_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point start_ =
      std::chrono::steady_clock::now();
};

int Fail(const std::string& what) {
  std::cerr << "search_driver: " << what << "\n";
  return 1;
}

class Driver {
 public:
  Driver(std::unique_ptr<git::Repository> repository,
         std::unique_ptr<CodeIndex> index)
      : repository_(std::move(repository)), index_(std::move(index)) {}

  bool Do(const std::vector<std::string>& fields) {
    const std::string& command = fields[0];
    if (command == "tree") return UseTree(fields.at(1));
    if (command == "patch") {
      return Patch(fields.at(1), std::stoul(fields.at(2)),
                   std::stoul(fields.at(3)));
    }
    if (command == "text") return Search(fields.at(1), fields.at(2), true);
    if (command == "count") return Search(fields.at(1), fields.at(2), false);
    if (command == "symbol") return Symbol(fields.at(1));
    if (command == "write") return Write(fields.at(1));
    if (command == "memory") return Memory();
    return false;
  }

 private:
  bool UseTree(const std::string& name) {
    const auto commit = repository_->ResolveName(name);
    if (!commit.ok()) return false;
    const auto info = repository_->ReadCommit(*commit);
    if (!info.ok()) return false;
    commit_ = *commit;
    tree_ = info->tree;
    const Timer timer;
    if (!index_->TreeOf(repository_.get(), tree_).ok()) return false;
    std::cout << "done " << timer.Microseconds() << " 0 0 0 0\n" << std::flush;
    return true;
  }

  // A line goes into some files below `directory`, `count` times.
  bool Patch(const std::string& directory, std::size_t count,
             std::size_t seed) {
    std::mt19937_64 random(seed);  // NOLINT: the same each time.
    const auto tree = index_->TreeOf(repository_.get(), tree_);
    if (!tree.ok()) return false;
    std::vector<std::string> paths;
    for (auto at = (*tree)->listing.From(directory);
         at.valid() && at->path.starts_with(directory); at.Next()) {
      if (at->mode == git::kModeFile && at->path.ends_with(".c")) {
        paths.emplace_back(at->path);
      }
    }
    if (paths.empty()) return false;
    std::vector<git::ObjectId> roots;
    git::ObjectId root = tree_;
    for (std::size_t k = 1; k <= count; ++k) {
      git::TreeEdits edits;
      for (int i = 0; i < 3; ++i) {
        const std::string& path = paths[random() % paths.size()];
        const auto entry = repository_->Lookup(root, path);
        if (!entry.ok() || !entry->has_value()) return false;
        auto text = repository_->ReadBlob((*entry)->id);
        if (!text.ok()) return false;
        *text += "int patched_" + std::to_string(k) + "_by_the_bench(void);\n";
        const auto blob = repository_->WriteBlob(*text);
        if (!blob.ok()) return false;
        edits[path] = git::FileVersion{git::kModeFile, *blob};
      }
      const auto edited = git::EditTree(repository_.get(), root, edits);
      if (!edited.ok()) return false;
      root = *edited;
      roots.push_back(root);
    }
    const Timer timer;
    if (!index_->AddTrees(repository_.get(), roots, tree::FindCtags()).ok()) {
      return false;
    }
    std::cout << "done " << timer.Microseconds() << " 0 0 " << roots.size()
              << " 0\n"
              << std::flush;
    tree_ = root;
    return true;
  }

  bool Search(const std::string& flags, const std::string& text, bool print) {
    tree::PatternOptions options;
    options.text = text;
    options.regex = flags.find('e') != std::string::npos;
    options.ignore_case = flags.find('i') != std::string::npos;
    options.whole_word = flags.find('w') != std::string::npos;
    const Timer timer;
    const auto pattern = tree::Pattern::Compile(options);
    if (!pattern.ok()) {
      std::cerr << "search_driver: " << pattern.error().message << "\n";
      return false;
    }
    const auto tree = index_->TreeOf(repository_.get(), tree_);
    if (!tree.ok()) return false;
    std::string out;
    std::uint64_t lines = 0;
    std::uint64_t files = 0;
    const auto end =
        tree::SearchText(repository_.get(), index_.get(), **tree, *pattern, {},
                         [&](const tree::FoundFile& file) {
                           ++files;
                           for (const tree::FoundLine& line : *file.lines) {
                             ++lines;
                             out += file.path;
                             out += ':';
                             out += std::to_string(line.number);
                             out += ':';
                             out += line.text;
                             out += '\n';
                           }
                           return true;
                         });
    if (!end.ok()) {
      std::cerr << "search_driver: " << end.error().message << "\n";
      return false;
    }
    std::cout << "done " << timer.Microseconds() << " " << lines << " "
              << (print ? out.size() : 0) << " " << files << " " << end->read
              << "\n";
    if (print) std::cout << out;
    std::cout << std::flush;
    return true;
  }

  bool Symbol(const std::string& name) {
    tree::CodeScope scope;
    scope.base = commit_;
    tree::View view(repository_.get(), scope);
    tree::SymbolQuestion question;
    question.at = "base";
    question.name = name;
    const Timer timer;
    const auto answer =
        tree::Definitions(&view, index_.get(), question, tree::Bounds());
    if (!answer.ok()) {
      std::cerr << "search_driver: " << answer.error().message << "\n";
      return false;
    }
    std::cout << "done " << timer.Microseconds() << " "
              << answer->definitions.size() << " 0 0 0\n"
              << std::flush;
    return true;
  }

  // DIRECTORY is a bare repository that shares the objects of the real one.
  bool Write(const std::string& directory) {
    const auto first = repository_->ReadCommit(commit_);
    if (!first.ok()) return false;
    const auto changes = tree::DiffFiles(repository_.get(), first->tree, tree_);
    if (!changes.ok()) return false;
    const std::string git =
        "GIT_DIR='" + directory + "' GIT_INDEX_FILE='" + directory + "/i' git ";
    if (std::system((git + "read-tree HEAD").c_str()) != 0) return false;
    for (const tree::FileChange& change : *changes) {
      const auto text = repository_->ReadBlob(change.blob);
      if (!text.ok()) return false;
      const std::string file = directory + "/blob";
      std::ofstream(file, std::ios::binary) << *text;
      std::string command = git;
      command += "hash-object -w '" + file + "' >/dev/null && ";
      command += git;
      command += "update-index --cacheinfo 100644," + change.blob.Hex();
      command += ",'" + change.path + "'";
      if (std::system(command.c_str()) != 0) return false;
    }
    const std::string command =
        git + "write-tree > '" + directory + "/patched-tree'";
    if (std::system(command.c_str()) != 0) return false;
    std::cout << "done 0 0 0 0 0\n" << std::flush;
    return true;
  }

  static bool Memory() {
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line)) {
      if (line.rfind("RssAnon:", 0) != 0) continue;
      std::cout << "done " << std::stoul(line.substr(8)) << " 0 0 0 0\n"
                << std::flush;
      return true;
    }
    return false;
  }

  std::unique_ptr<git::Repository> repository_;
  std::unique_ptr<CodeIndex> index_;
  git::ObjectId commit_;
  git::ObjectId tree_;
};

int Main(int argc, char** argv) {
  if (argc != 3) return Fail("REPOSITORY INDEX");
  auto repository = git::Repository::Open(argv[1]);
  if (!repository.ok()) return Fail(repository.error().message);
  auto index = CodeIndex::Open(argv[2]);
  if (!index.ok()) return Fail(index.error().message);
  Driver driver(std::move(*repository), std::move(*index));
  std::string line;
  while (std::getline(std::cin, line)) {
    if (!driver.Do(Fields(line))) return Fail("cannot do: " + line);
  }
  return 0;
}

}  // namespace
}  // namespace patchmilter

// NOLINTNEXTLINE(bugprone-exception-escape): a bench that throws has ended.
int main(int argc, char** argv) { return patchmilter::Main(argc, argv); }
