#include "tree/index/build.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/check.h"
#include "base/files.h"
#include "base/mutex.h"
#include "git/repository.h"
#include "tree/index/code_index.h"
#include "tree/index/ctags.h"
#include "tree/index/segment_writer.h"
#include "tree/index/tree_file.h"
#include "tree/listing.h"
#include "tree/questions/file_lines.h"

namespace patchmilter::tree {
namespace {

using git::ObjectId;

// Texts that wait for a child; past it the builder waits.
constexpr std::size_t kWaitingText = 64 << 20;
constexpr std::uint64_t kMaxSampled = 1 << 20;
constexpr std::size_t kFilesBetweenProgress = 256;
// More segments are put together, until so many are left.
constexpr std::size_t kMaxSegments = 8;
constexpr std::size_t kFewSegments = 3;
// Trees that are no branch's any more: kept for who still reads them.
constexpr std::size_t kTreesKept = 16;

Error Stopped() { return Temporary("the index: stopped"); }

struct Wanted {
  ObjectId blob;
  std::string path;
};

// Children that work on texts beside the builder, and what they found.
class SymbolFinder {
 public:
  SymbolFinder(const CtagsOptions& options, unsigned children) {
    for (unsigned i = 0; i < children; ++i) {
      try {
        threads_.emplace_back([this, options] { Work(options); });
      } catch (const std::system_error&) {
        break;
      }
    }
    MutexLock lock(mutex_);
    if (threads_.empty()) error_ = "no thread for ctags";
  }
  ~SymbolFinder() { End(); }

  void Ask(std::uint32_t document, std::string path, std::string text) {
    MutexLock lock(mutex_);
    if (!error_.empty()) return;
    while (waiting_bytes_ > kWaitingText && error_.empty()) {
      changed_.Wait(mutex_);
    }
    waiting_bytes_ += text.size();
    waiting_.push_back({document, std::move(path), std::move(text)});
    changed_.NotifyAll();
  }

  struct Found {
    std::uint32_t document = 0;
    std::vector<Symbol> symbols;
  };
  // What is there by now; with `all`, waits for everything that was asked.
  std::vector<Found> Take(bool all) {
    MutexLock lock(mutex_);
    while (all && error_.empty() && (!waiting_.empty() || busy_ > 0)) {
      changed_.Wait(mutex_);
    }
    return std::exchange(found_, {});
  }

  std::size_t failed() {
    MutexLock lock(mutex_);
    return failed_;
  }
  // Why the program cannot be run at all.
  std::string error() {
    MutexLock lock(mutex_);
    return error_;
  }

 private:
  struct Text {
    std::uint32_t document = 0;
    std::string path;
    std::string text;
  };

  void Work(const CtagsOptions& options) {
    Ctags ctags(options);
    while (true) {
      Text text;
      {
        MutexLock lock(mutex_);
        while (waiting_.empty() && !ending_) changed_.Wait(mutex_);
        if (ending_) return;
        text = std::move(waiting_.front());
        waiting_.pop_front();
        ++busy_;
      }
      auto symbols = ctags.Run(text.path, text.text);
      MutexLock lock(mutex_);
      --busy_;
      waiting_bytes_ -= text.text.size();
      if (symbols.ok()) {
        found_.push_back({text.document, std::move(*symbols)});
      } else if (symbols.error().kind == ErrorKind::kTemporary) {
        ++failed_;
      } else if (error_.empty()) {
        error_ = symbols.error().message;
      }
      changed_.NotifyAll();
    }
  }

  void End() {
    {
      MutexLock lock(mutex_);
      ending_ = true;
      changed_.NotifyAll();
    }
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  Mutex mutex_;
  CondVar changed_;
  std::deque<Text> waiting_ PM_GUARDED_BY(mutex_);
  std::size_t waiting_bytes_ PM_GUARDED_BY(mutex_) = 0;
  std::size_t busy_ PM_GUARDED_BY(mutex_) = 0;
  bool ending_ PM_GUARDED_BY(mutex_) = false;
  std::vector<Found> found_ PM_GUARDED_BY(mutex_);
  std::size_t failed_ PM_GUARDED_BY(mutex_) = 0;
  std::string error_ PM_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

class Builder {
 public:
  explicit Builder(const BuildOptions& options) : options_(options) {}

  Result<BuildReport> Build() {
    PM_RETURN_IF_ERROR(MakeDirectories(options_.directory, 0750));
    PM_ASSIGN_OR_RETURN(const UniqueFd lock,
                        LockFile(options_.directory + "/lock"));
    PM_ASSIGN_OR_RETURN(repository_,
                        git::Repository::Open(options_.repository));
    PM_RETURN_IF_ERROR(ListTrees());
    RemoveUseless();
    PM_RETURN_IF_ERROR(Reopen());
    PM_RETURN_IF_ERROR(AddMissing());
    PM_RETURN_IF_ERROR(Reopen());
    PM_RETURN_IF_ERROR(PutTogether());
    PM_RETURN_IF_ERROR(WriteTrees());
    RemoveOldTrees();
    for (const CodeIndex::SegmentAt& each : index_->segments()) {
      report_.text_bytes += each.segment->text_bytes();
      report_.symbols |= each.segment->has_symbols();
    }
    report_.disk_bytes = DiskBytes();
    return report_;
  }

 private:
  Status Reopen() {
    PM_ASSIGN_OR_RETURN(index_, CodeIndex::Open(options_.directory));
    return {};
  }

  Status ListTrees() {
    std::vector<std::string> branches = options_.branches;
    if (branches.empty()) branches.emplace_back();
    for (const std::string& branch : branches) {
      PM_ASSIGN_OR_RETURN(const ObjectId commit,
                          repository_->ResolveName(branch));
      PM_ASSIGN_OR_RETURN(const git::CommitInfo info,
                          repository_->ReadCommit(commit));
      if (std::any_of(trees_.begin(), trees_.end(), [&](const Listing& each) {
            return each.root() == info.tree;
          })) {
        continue;
      }
      auto listing = trees_.empty()
                         ? Listing::Walk(repository_.get(), info.tree)
                         : trees_.front().Update(repository_.get(), info.tree);
      if (!listing.ok()) return listing.error();
      report_.files += listing->size();
      trees_.push_back(std::move(*listing));
    }
    for (const Listing& tree : trees_) {
      for (Listing::Position at = tree.From(""); at.valid(); at.Next()) {
        if (IsFile(*at)) live_.insert(at->blob);
      }
    }
    return {};
  }

  static bool IsFile(const ListedFile& file) {
    return file.mode == git::kModeFile || file.mode == git::kModeExecutable;
  }

  std::string PathOf(std::string_view name) const {
    return options_.directory + "/" + std::string(name);
  }

  // Calls `each` with every name in the directory.
  template <typename Each>
  void ForEachName(const Each& each) const {
    const CHandle<DIR, ::closedir> handle(
        ::opendir(options_.directory.c_str()));
    if (handle == nullptr) return;
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(handle.get())) {
      names.emplace_back(entry->d_name);
    }
    for (const std::string& name : names) each(name);
  }

  static bool IsOurs(std::string_view name) {
    return name.starts_with("segment") || name.starts_with("tree-");
  }

  std::uint64_t DiskBytes() const {
    std::uint64_t bytes = 0;
    ForEachName([&](const std::string& name) {
      struct stat info {};
      if (IsOurs(name) && ::stat(PathOf(name).c_str(), &info) == 0) {
        bytes += static_cast<std::uint64_t>(info.st_size);
      }
    });
    return bytes;
  }

  // Segments that cannot be read, that are of another version, that have no
  // definitions though there could be, that nothing needs; and where there is
  // too much, the oldest.
  void RemoveUseless() {
    struct Candidate {
      std::string path;
      std::int64_t written = 0;
      std::uint64_t size = 0;
      bool useless = false;
    };
    std::vector<Candidate> candidates;
    std::uint64_t bytes = 0;
    ForEachName([&](const std::string& name) {
      if (name.ends_with(".new") && IsOurs(name)) {
        ::unlink(PathOf(name).c_str());
        return;
      }
      if (!name.starts_with("segment-")) return;
      Candidate candidate{PathOf(name)};
      struct stat info {};
      if (::stat(candidate.path.c_str(), &info) != 0) return;
      candidate.written = info.st_mtim.tv_sec;
      candidate.size = static_cast<std::uint64_t>(info.st_size);
      const auto segment = Segment::Open(candidate.path);
      candidate.useless =
          !segment.ok() ||
          (!(*segment)->has_symbols() && !options_.ctags.empty()) ||
          !IsWhole(**segment);
      candidates.push_back(std::move(candidate));
      bytes += candidates.back().size;
    });
    std::sort(candidates.begin(), candidates.end(),
              [](const Candidate& a, const Candidate& b) {
                if (a.useless != b.useless) return a.useless;
                return a.written < b.written;
              });
    for (const Candidate& each : candidates) {
      if (!each.useless && bytes <= options_.max_bytes) break;
      ::unlink(each.path.c_str());
      bytes -= each.size;
    }
  }

  // Every page of it is right, and some blob of it is needed.
  bool IsWhole(const Segment& segment) const {
    return segment.IsRight() &&
           std::any_of(segment.ids().begin(), segment.ids().end(),
                       [this](const IdRecord& record) {
                         return live_.count(record.id) != 0;
                       });
  }

  Status AddMissing() {
    std::vector<Wanted> missing;
    std::unordered_set<ObjectId> seen;
    for (const Listing& tree : trees_) {
      for (Listing::Position at = tree.From(""); at.valid(); at.Next()) {
        if (IsFile(*at) && index_->DocumentOf(at->blob) == kNoDocument &&
            seen.insert(at->blob).second) {
          missing.push_back({at->blob, std::string(at->path)});
        }
      }
    }
    progress_.files = missing.size();
    if (missing.empty()) return {};
    std::unique_ptr<SymbolFinder> finder;
    if (!options_.ctags.empty()) {
      CtagsOptions ctags{options_.ctags};
      ctags.headers_are_c = HeadersAreC(trees_.front());
      finder = std::make_unique<SymbolFinder>(
          ctags, std::max(1U, options_.ctags_children));
    }
    PM_ASSIGN_OR_RETURN(const std::string dictionary, Train(missing));
    const std::uint64_t before = DiskBytes();
    std::uint64_t written = 0;
    for (std::size_t i = 0; i < missing.size();) {
      PM_ASSIGN_OR_RETURN(
          const auto writer,
          SegmentWriter::Create(options_.directory, dictionary));
      for (; i < missing.size() && !writer->IsFull(); ++i) {
        if (before + written + writer->written() >= options_.max_bytes) {
          report_.skipped += missing.size() - i;
          i = missing.size();
          break;
        }
        PM_RETURN_IF_ERROR(AddOne(missing[i], writer.get(), finder.get()));
        ++progress_.done;
        if (i % kFilesBetweenProgress == 0 && !Progress()) return Stopped();
      }
      if (finder != nullptr) {
        AddFound(finder->Take(true), writer.get());
        report_.ctags_failed = finder->failed();
        report_.ctags_error = finder->error();
      }
      if (writer->documents() == 0) break;
      PM_RETURN_IF_ERROR(
          writer->Finish(finder != nullptr && report_.ctags_error.empty()));
      written += writer->written();
    }
    if (!Progress()) return Stopped();
    return {};
  }

  // From texts here and there among those that are missing.
  Result<std::string> Train(const std::vector<Wanted>& missing) {
    constexpr std::size_t kSamples = kSamplesBytes / (kSampleBytes / 2);
    std::vector<std::string> samples;
    std::size_t bytes = 0;
    const std::size_t step =
        std::max<std::size_t>(1, missing.size() / kSamples);
    for (std::size_t i = 0; i < missing.size() && bytes < kSamplesBytes;
         i += step) {
      PM_ASSIGN_OR_RETURN(const std::uint64_t size,
                          repository_->BlobSize(missing[i].blob));
      if (size > kMaxSampled) continue;
      PM_ASSIGN_OR_RETURN(std::string text,
                          repository_->ReadBlob(missing[i].blob));
      if (text.empty() || LooksBinary(text)) continue;
      text.resize(std::min(text.size(), kSampleBytes));
      bytes += text.size();
      samples.push_back(std::move(text));
    }
    return TrainDictionary(samples);
  }

  Status AddOne(const Wanted& wanted, SegmentWriter* writer,
                SymbolFinder* finder) {
    PM_ASSIGN_OR_RETURN(const std::uint64_t size,
                        repository_->BlobSize(wanted.blob));
    ++report_.added;
    if (size > kMaxIndexedBytes) {
      writer->AddTextless(wanted.blob, {size, false});
      return {};
    }
    PM_ASSIGN_OR_RETURN(std::string text, repository_->ReadBlob(wanted.blob));
    if (LooksBinary(text)) {
      writer->AddTextless(wanted.blob, {size, true});
      return {};
    }
    const std::uint32_t document = writer->Add(wanted.blob, text);
    progress_.text_bytes += text.size();
    if (finder != nullptr) {
      finder->Ask(document, wanted.path, std::move(text));
      AddFound(finder->Take(false), writer);
    }
    return {};
  }

  static void AddFound(const std::vector<SymbolFinder::Found>& found,
                       SegmentWriter* writer) {
    for (const SymbolFinder::Found& each : found) {
      for (const Symbol& symbol : each.symbols) {
        writer->AddSymbol(each.document, symbol);
      }
    }
  }

  bool Progress() const {
    return options_.progress == nullptr || options_.progress(progress_);
  }

  // The smallest segments become one, without what no branch needs.
  Status PutTogether() {
    std::vector<CodeIndex::SegmentAt> segments = index_->segments();
    if (segments.size() <= kMaxSegments) return {};
    std::sort(segments.begin(), segments.end(),
              [](const auto& a, const auto& b) {
                return a.segment->file_size() < b.segment->file_size();
              });
    segments.resize(segments.size() - kFewSegments);
    PM_ASSIGN_OR_RETURN(const auto writer,
                        SegmentWriter::Create(options_.directory));
    BlockReader reader;
    bool has_symbols = true;
    std::vector<std::string> replaced;
    std::unordered_set<ObjectId> seen;
    for (const CodeIndex::SegmentAt& each : segments) {
      if (writer->IsFull()) break;
      const Segment& segment = *each.segment;
      std::vector<IdRecord> ids(segment.ids().begin(), segment.ids().end());
      std::sort(ids.begin(), ids.end(),
                [](const IdRecord& a, const IdRecord& b) {
                  return a.document < b.document;
                });
      std::unordered_map<std::uint32_t, std::uint32_t> numbers;
      bool whole = true;
      for (const IdRecord& record : ids) {
        if (live_.count(record.id) == 0 ||
            record.document >= segment.documents() ||
            !seen.insert(record.id).second) {
          continue;
        }
        if (!segment.HasText(record.document)) {
          numbers[record.document] = writer->AddTextless(
              record.id, {segment.Size(record.document),
                          segment.IsBinary(record.document)});
          continue;
        }
        const auto text = segment.Text(record.document, &reader);
        if (!text.has_value()) {
          whole = false;
          break;
        }
        numbers[record.document] = writer->Add(record.id, *text);
      }
      whole = whole && segment.AllSymbols(
                           [&](std::uint32_t document, const Symbol& symbol) {
                             const auto number = numbers.find(document);
                             if (number != numbers.end())
                               writer->AddSymbol(number->second, symbol);
                           });
      // It was whole when this began. Next time it is not, and goes.
      if (!whole) return {};
      has_symbols &= segment.has_symbols();
      replaced.push_back(each.path);
    }
    if (replaced.size() < 2 || writer->documents() == 0) return {};
    PM_ASSIGN_OR_RETURN(const std::string name, writer->Finish(has_symbols));
    for (const std::string& path : replaced) {
      if (path != PathOf(name)) ::unlink(path.c_str());
    }
    return Reopen();
  }

  Status WriteTrees() {
    const std::vector<CodeIndex::SegmentAt> segments = index_->segments();
    for (const Listing& tree : trees_) {
      PM_RETURN_IF_ERROR(
          WriteTreeFile(options_.directory, tree, [&](const ListedFile& file) {
            StoredDocument stored;
            const Document document = index_->DocumentOf(file.blob);
            if (document == kNoDocument) return stored;
            for (const CodeIndex::SegmentAt& each : segments) {
              if (document >= each.first &&
                  document - each.first < each.segment->documents()) {
                stored = {each.segment->id(), document - each.first};
              }
            }
            return stored;
          }));
    }
    return {};
  }

  void RemoveOldTrees() {
    std::vector<std::pair<std::int64_t, std::string>> old;
    ForEachName([&](const std::string& name) {
      struct stat info {};
      if (!name.starts_with("tree-") ||
          ::stat(PathOf(name).c_str(), &info) != 0 ||
          std::any_of(trees_.begin(), trees_.end(), [&](const Listing& tree) {
            return TreeFileName(tree.root()) == name;
          })) {
        return;
      }
      old.emplace_back(info.st_mtim.tv_sec, PathOf(name));
    });
    std::sort(old.begin(), old.end(), std::greater<>());
    for (std::size_t i = kTreesKept; i < old.size(); ++i) {
      ::unlink(old[i].second.c_str());
    }
  }

  const BuildOptions& options_;
  std::unique_ptr<git::Repository> repository_;
  std::unique_ptr<CodeIndex> index_;
  std::vector<Listing> trees_;
  std::unordered_set<ObjectId> live_;
  BuildProgress progress_;
  BuildReport report_;
};

}  // namespace

Result<BuildReport> BuildIndex(const BuildOptions& options) {
  if (options.directory.empty()) {
    return InvalidInput("an index needs a directory");
  }
  return Builder(options).Build();
}

}  // namespace patchmilter::tree
