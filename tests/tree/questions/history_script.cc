#include "tests/tree/questions/history_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <vector>

namespace patchmilter::tree {
namespace {

using File = std::vector<std::string>;
using Files = std::map<std::string, File>;

struct Commit {
  Files files;
  std::int64_t date = 0;
};

class Script {
 public:
  Script(std::uint32_t seed, const HistoryShape& shape)
      : random_(seed), shape_(shape) {}

  std::string Run() {
    Commit first;
    first.date = 1'600'000'000;
    for (const char* path : {"a.c", "b.c", "lib/c.c", "lib/deep/d.c"}) {
      first.files[path] = NewFile();
    }
    Emit(first, {});
    std::vector<std::size_t> heads = {0};
    for (int i = 1; i < shape_.commits; ++i) {
      if (heads.size() > 1 && Percent(shape_.merges_percent)) {
        const std::size_t a = Below(heads.size());
        std::size_t b = Below(heads.size() - 1);
        if (b >= a) ++b;
        const Commit merged = Merge(commits_[heads[a]], commits_[heads[b]]);
        Emit(merged, {heads[a], heads[b]});
        heads[a] = commits_.size() - 1;
        heads.erase(heads.begin() + static_cast<std::ptrdiff_t>(b));
        continue;
      }
      const std::size_t head = Below(heads.size());
      Commit next = commits_[heads[head]];
      Change(&next);
      Emit(next, {heads[head]});
      if (heads.size() < 4 && Percent(shape_.branches_percent)) {
        heads.push_back(commits_.size() - 1);  // A branch.
      } else {
        heads[head] = commits_.size() - 1;
      }
    }
    while (heads.size() > 1) {
      const Commit merged = Merge(commits_[heads[0]], commits_[heads.back()]);
      Emit(merged, {heads[0], heads.back()});
      heads[0] = commits_.size() - 1;
      heads.pop_back();
    }
    return fmt::format("{}reset refs/heads/made\nfrom :{}\n\n", out_,
                       heads[0] + 1);
  }

 private:
  std::size_t Below(std::size_t n) { return random_() % n; }
  bool Percent(int percent) { return static_cast<int>(Below(100)) < percent; }

  std::string NewLine() {
    // Some lines are much alike, some are alone in the world.
    static const char* const kCommon[] = {"",  "}",        "\treturn 0;",
                                          "{", "\tif (x)", "int f(void)"};
    if (Percent(35)) return kCommon[Below(std::size(kCommon))];
    return fmt::format("\tline {};", Below(400));
  }
  File NewFile() {
    File file;
    const std::size_t lines = 10 + Below(60);
    for (std::size_t i = 0; i < lines; ++i) file.push_back(NewLine());
    return file;
  }

  void Edit(File* file) {
    const std::size_t at = Below(file->size() + 1);
    const auto place = file->begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t count =
        std::min<std::size_t>(1 + Below(5), file->size() - at);
    const auto end = place + static_cast<std::ptrdiff_t>(count);
    switch (Below(4)) {
      case 0:
        file->erase(place, end);
        break;
      case 1:
        std::for_each(place, end, [this](auto& line) { line = NewLine(); });
        break;
      case 2: {  // A block is moved.
        File block(place, end);
        file->erase(place, end);
        const std::size_t to = Below(file->size() + 1);
        file->insert(file->begin() + static_cast<std::ptrdiff_t>(to),
                     block.begin(), block.end());
        break;
      }
      default:
        for (std::size_t i = 0; i <= Below(5); ++i) {
          file->insert(file->begin() + static_cast<std::ptrdiff_t>(at),
                       NewLine());
        }
    }
    if (file->empty()) file->push_back(NewLine());
  }

  void Change(Commit* commit) {
    commit->date += static_cast<std::int64_t>(Below(5000));
    if (shape_.dates_lie && Percent(20)) {
      commit->date -= static_cast<std::int64_t>(Below(100'000));
    }
    if (Percent(shape_.renames_percent)) {
      auto node = commit->files.extract(Pick(commit->files));
      node.key() = fmt::format("lib/name{}.c", Below(5));
      if (Percent(50)) Edit(&node.mapped());
      commit->files.insert(std::move(node));
      return;
    }
    if (commit->files.size() > 2 && Percent(2)) {
      commit->files.erase(Pick(commit->files));
      return;
    }
    if (Percent(3)) {
      commit->files[fmt::format("lib/new{}.c", Below(4))] = NewFile();
      return;
    }
    const std::size_t edits = 1 + Below(3);
    for (std::size_t i = 0; i < edits; ++i) {
      Edit(&Pick(commit->files)->second);
    }
  }

  Files::iterator Pick(Files& files) {
    return std::next(files.begin(),
                     static_cast<std::ptrdiff_t>(Below(files.size())));
  }

  // Of each file one side's, or lines of both.
  Commit Merge(const Commit& a, const Commit& b) {
    Commit merged;
    merged.date = std::max(a.date, b.date) + 1;
    merged.files = a.files;
    for (const auto& [path, file] : b.files) {
      const auto mine = merged.files.find(path);
      if (mine == merged.files.end()) {
        if (Percent(70)) merged.files[path] = file;
      } else if (Percent(40)) {
        mine->second = file;
      } else if (Percent(40)) {
        const std::size_t half = Below(mine->second.size() + 1);
        mine->second.resize(half);
        const std::size_t from = std::min(half, file.size());
        mine->second.insert(mine->second.end(),
                            file.begin() + static_cast<std::ptrdiff_t>(from),
                            file.end());
        if (mine->second.empty()) mine->second.push_back(NewLine());
      }
    }
    if (merged.files.empty()) merged.files["a.c"] = NewFile();
    return merged;
  }

  void Emit(const Commit& commit, const std::vector<std::size_t>& parents) {
    commits_.push_back(commit);
    const std::string message = fmt::format("Commit {}\n", commits_.size());
    out_ += fmt::format(
        "commit refs/heads/scratch\nmark :{}\n"
        "author An Author <a@example.org> {} +0100\n"
        "committer A Committer <c@example.org> {} +0000\ndata {}\n{}",
        commits_.size(), commit.date - 60, commit.date, message.size(),
        message);
    for (std::size_t i = 0; i < parents.size(); ++i) {
      out_ +=
          fmt::format("{} :{}\n", i == 0 ? "from" : "merge", parents[i] + 1);
    }
    out_ += "deleteall\n";
    for (const auto& [path, file] : commit.files) {
      std::string text;
      for (const std::string& line : file) text += line + "\n";
      out_ += fmt::format("M 100644 inline {}\ndata {}\n{}\n", path,
                          text.size(), text);
    }
    // Each first commit of the branch stands alone.
    out_ += "\n";
  }

  std::mt19937 random_;
  HistoryShape shape_;
  std::vector<Commit> commits_;
  std::string out_;
};

}  // namespace

void MakeHistory(testing::ScratchGit* git, std::uint32_t seed,
                 const HistoryShape& shape) {
  git->Git({"fast-import", "--quiet", "--force"}, Script(seed, shape).Run());
}

}  // namespace patchmilter::tree
