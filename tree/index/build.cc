#include "tree/index/build.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/files.h"
#include "git/repository.h"
#include "tree/index/code_index.h"
#include "tree/index/ctags.h"
#include "tree/index/index_files.h"
#include "tree/index/merge.h"
#include "tree/index/segment_writer.h"
#include "tree/index/symbol_finder.h"
#include "tree/index/tree_file.h"
#include "tree/index/wanted_files.h"
#include "tree/listing.h"
#include "tree/questions/file_lines.h"

namespace patchmilter::tree {
namespace {

using git::ObjectId;

constexpr std::uint64_t kMaxSampled = 1 << 20;
constexpr std::size_t kFilesBetweenProgress = 256;
// More segments are put together, until so many are left.
constexpr std::size_t kMaxSegments = 8;
constexpr std::size_t kFewSegments = 3;
// Trees that are no branch's any more: kept for who still reads them.
constexpr std::size_t kTreesKept = 16;
// Of the bound, what the trees' files may take; what one text may take; and
// what is not worth a segment.
constexpr std::uint64_t kTreesShare = 4;
constexpr std::uint64_t kTextShare = 8;
constexpr std::uint64_t kLeastShare = 64;
constexpr std::uint64_t kLeastBytes = 4 << 10;
constexpr std::uint64_t kLeastBytesOfMany = 1 << 20;
// A segment is made again when this share of its text has no right to its
// place.
constexpr std::uint64_t kWornShare = 8;
// A guess of what a text takes before it is added, and its definitions before
// they are known: text and symbols by share.
constexpr std::uint64_t kGuessedShare = 2;
constexpr std::uint64_t kGuessedBytes = 512;
constexpr std::uint64_t kSymbolShare = 8;
// A dictionary is for segments so many times as large.
constexpr std::uint64_t kDictionaryShare = 16;

Error Stopped() { return Temporary("the index: stopped"); }

struct MissingFile {
  ObjectId blob;
  std::string path;
};

class Builder {
 public:
  explicit Builder(const BuildOptions& options) : options_(options) {}

  Result<BuildReport> Build() {
    PM_RETURN_IF_ERROR(CheckIndexDirectory(options_.directory));
    PM_RETURN_IF_ERROR(MakeDirectories(options_.directory, 0750));
    PM_ASSIGN_OR_RETURN(const UniqueFd lock, LockFile(options_.directory + "/" +
                                                      std::string(kIndexLock)));
    PM_ASSIGN_OR_RETURN(repository_,
                        git::Repository::Open(options_.repository));
    PM_ASSIGN_OR_RETURN(wanted_,
                        WantedFiles::Of(repository_.get(), options_.branches));
    PlanTrees();
    RemoveUseless();
    PM_RETURN_IF_ERROR(Reopen());
    PM_RETURN_IF_ERROR(KeepBound());
    PM_RETURN_IF_ERROR(AddMissing());
    if (at_ < missing_.size()) {
      const bool less = RemoveOldTrees(0);
      if (RemoveWorn() || less) {
        PM_RETURN_IF_ERROR(Reopen());
        PM_RETURN_IF_ERROR(AddMissing());
      }
    }
    PM_RETURN_IF_ERROR(PutTogether());
    PM_RETURN_IF_ERROR(WriteTrees());
    RemoveOldTrees(kTreesKept);
    Report();
    return report_;
  }

 private:
  std::string PathOf(std::string_view name) const {
    return options_.directory + "/" + std::string(name);
  }

  bool Progress() const {
    return options_.progress == nullptr || options_.progress(progress_);
  }

  Status Reopen() {
    PM_ASSIGN_OR_RETURN(index_, CodeIndex::Open(options_.directory));
    return {};
  }

  // Which trees have files of their own, and what those take.
  void PlanTrees() {
    for (const Listing& tree : wanted_.trees()) {
      const std::uint64_t size = TreeFileSize(tree);
      if (planned_bytes_ + size > options_.max_bytes / kTreesShare) break;
      planned_bytes_ += size;
      planned_[TreeFileName(tree.root())] = size;
    }
  }

  // What the files take when the planned trees are written.
  std::uint64_t Used() const {
    std::uint64_t used = planned_bytes_;
    for (const IndexFile& file : IndexFilesIn(options_.directory)) {
      if (planned_.count(file.name) == 0) used += file.size;
    }
    return used;
  }
  bool IsOverBound() const { return Used() > options_.max_bytes; }
  std::uint64_t Room() const {
    return options_.max_bytes - std::min(options_.max_bytes, Used());
  }
  std::uint64_t LeastRoom() const {
    return std::clamp(options_.max_bytes / kLeastShare, kLeastBytes,
                      kLeastBytesOfMany);
  }

  // The program, asked once whether it works; "" where there is none that does.
  const std::string& WorkingCtags() {
    if (ctags_.has_value()) return *ctags_;
    ctags_ = options_.ctags;
    if (options_.ctags.empty()) return *ctags_;
    CtagsOptions options{options_.ctags};
    options.stopping = [this] { return !Progress(); };
    if (Status works = Ctags(options).Check(); !works.ok()) {
      LoseCtags(works.error().message);
    }
    return *ctags_;
  }
  void LoseCtags(const std::string& why) {
    ctags_ = "";
    report_.ctags_error = why;
  }

  // Segments that cannot be read, that are of another version, that have no
  // definitions though there could be, that nothing needs.
  void RemoveUseless() {
    for (const IndexFile& file : IndexFilesIn(options_.directory)) {
      if (file.kind == IndexFileKind::kUnfinished) {
        ::unlink(PathOf(file.name).c_str());
      }
      if (file.kind != IndexFileKind::kSegment) continue;
      const auto segment = Segment::Open(PathOf(file.name));
      if (segment.ok() && IsWhole(**segment) &&
          ((*segment)->has_symbols() || WorkingCtags().empty())) {
        continue;
      }
      ::unlink(PathOf(file.name).c_str());
    }
  }

  // Every page of it is right, and some blob of it is needed.
  bool IsWhole(const Segment& segment) const {
    return segment.IsRight() &&
           std::any_of(segment.ids().begin(), segment.ids().end(),
                       [this](const IdRecord& record) {
                         return wanted_.Has(record.id);
                       });
  }

  // Where there is more than may be (the bound was another), what the newest
  // branch needs least of goes.
  Status KeepBound() {
    if (IsOverBound()) RemoveOldTrees(0);
    if (!IsOverBound()) return {};
    const std::size_t end = wanted_.newest_end();
    std::vector<std::pair<std::uint64_t, std::string>> segments;
    for (const CodeIndex::SegmentAt& each : index_->segments()) {
      segments.emplace_back(wanted_.ShareOf(*each.segment, end).wanted,
                            each.path);
    }
    std::sort(segments.begin(), segments.end());
    for (const auto& [wanted, path] : segments) {
      if (!IsOverBound()) break;
      ::unlink(path.c_str());
    }
    return Reopen();
  }

  // Definitions that ctags has found cannot be found again without it.
  bool CanBeMadeAgain(const Segment& segment) {
    return !segment.has_symbols() || options_.ctags.empty() ||
           !WorkingCtags().empty();
  }

  // There is no room for a blob: removes the segments that hold too much which
  // has less right to a place than that. False where there are none.
  bool RemoveWorn() {
    const std::size_t end = wanted_.RankOf(missing_[at_].blob).value_or(0);
    bool removed = false;
    for (const CodeIndex::SegmentAt& each : index_->segments()) {
      const auto share = wanted_.ShareOf(*each.segment, end);
      if ((share.whole - share.wanted) * kWornShare <= share.whole ||
          !CanBeMadeAgain(*each.segment)) {
        continue;
      }
      ::unlink(each.path.c_str());
      removed = true;
    }
    return removed;
  }

  void FindMissing() {
    missing_.clear();
    at_ = 0;
    too_large_ = 0;
    std::unordered_set<ObjectId> seen;
    wanted_.ForEach([&](const ListedFile& file) {
      if (index_->DocumentOf(file.blob) == kNoDocument &&
          seen.insert(file.blob).second) {
        missing_.push_back({file.blob, std::string(file.path)});
      }
    });
  }

  // Adds what is missing while there is room. missing_ from at_ on has none.
  Status AddMissing() {
    FindMissing();
    progress_.files = progress_.done + missing_.size();
    if (missing_.empty() || Room() < LeastRoom()) return {};
    const auto finder = StartFinder();
    PM_ASSIGN_OR_RETURN(const std::string dictionary, Train());
    while (at_ < missing_.size()) {
      const std::uint64_t room = Room();
      if (room < LeastRoom()) break;
      const bool has_dictionary = room / kDictionaryShare >= dictionary.size();
      PM_ASSIGN_OR_RETURN(
          const bool added,
          AddSegment(room, has_dictionary ? dictionary : "", finder.get()));
      if (!added) break;
    }
    if (finder != nullptr) {
      report_.ctags_failed += finder->failed();
      if (!finder->error().empty()) LoseCtags(finder->error());
    }
    if (!Progress()) return Stopped();
    return Reopen();
  }

  std::unique_ptr<SymbolFinder> StartFinder() {
    // Whether it works the finder's children see by themselves.
    CtagsOptions ctags{ctags_.value_or(options_.ctags)};
    if (ctags.program.empty()) return nullptr;
    ctags.headers_are_c = HeadersAreC(wanted_.trees().front());
    return std::make_unique<SymbolFinder>(ctags,
                                          std::max(1U, options_.ctags_children),
                                          [this] { return Progress(); });
  }

  // From texts here and there among those that are missing.
  Result<std::string> Train() {
    constexpr std::size_t kSamples = kSamplesBytes / (kSampleBytes / 2);
    std::vector<std::string> samples;
    std::size_t bytes = 0;
    const std::size_t step =
        std::max<std::size_t>(1, missing_.size() / kSamples);
    for (std::size_t i = 0; i < missing_.size() && bytes < kSamplesBytes;
         i += step) {
      PM_ASSIGN_OR_RETURN(const std::uint64_t size,
                          repository_->BlobSize(missing_[i].blob));
      if (size > kMaxSampled) continue;
      PM_ASSIGN_OR_RETURN(std::string text,
                          repository_->ReadBlob(missing_[i].blob));
      if (text.empty() || LooksBinary(text)) continue;
      text.resize(std::min(text.size(), kSampleBytes));
      bytes += text.size();
      samples.push_back(std::move(text));
    }
    return TrainDictionary(samples);
  }

  // One segment, of `room` bytes at most. False where nothing fits.
  Result<bool> AddSegment(std::uint64_t room, const std::string& dictionary,
                          SymbolFinder* finder) {
    const std::size_t first = at_;
    const std::size_t too_large = too_large_;
    const std::size_t done = progress_.done;
    // What a segment will take is a guess until it is written.
    for (std::uint64_t aim = room;; aim -= aim / 8) {
      at_ = first;
      too_large_ = too_large;
      progress_.done = done;
      PM_ASSIGN_OR_RETURN(
          const auto writer,
          SegmentWriter::Create(options_.directory, dictionary));
      PM_RETURN_IF_ERROR(Fill(aim, writer.get(), finder));
      if (writer->documents() == 0) return false;
      PM_RETURN_IF_ERROR(TakeSymbols(true, finder, writer.get()));
      const bool has_symbols = finder != nullptr && finder->error().empty();
      PM_ASSIGN_OR_RETURN(const std::string name,
                          writer->Finish(has_symbols, room));
      if (name.empty()) continue;
      report_.added += writer->documents();
      return true;
    }
  }

  Status Fill(std::uint64_t aim, SegmentWriter* writer, SymbolFinder* finder) {
    for (; at_ < missing_.size() && !writer->IsFull(); ++at_) {
      PM_ASSIGN_OR_RETURN(const bool fits, AddOne(aim, writer, finder));
      if (!fits) return {};
      ++progress_.done;
      if (at_ % kFilesBetweenProgress == 0 && !Progress()) return Stopped();
    }
    return {};
  }

  // The file at at_. False where there is no room for it.
  Result<bool> AddOne(std::uint64_t aim, SegmentWriter* writer,
                      SymbolFinder* finder) {
    const MissingFile& wanted = missing_[at_];
    PM_ASSIGN_OR_RETURN(const std::uint64_t size,
                        repository_->BlobSize(wanted.blob));
    const bool too_long = size > kMaxIndexedBytes;
    std::string text;
    if (!too_long) {
      PM_ASSIGN_OR_RETURN(text, repository_->ReadBlob(wanted.blob));
    }
    if (too_long || LooksBinary(text)) {
      PM_ASSIGN_OR_RETURN(const bool fits, Fits(0, aim, writer, finder));
      if (fits) writer->AddTextless(wanted.blob, {size, !too_long});
      return fits;
    }
    if (size / kGuessedShare > options_.max_bytes / kTextShare) {
      ++too_large_;
      return true;
    }
    PM_ASSIGN_OR_RETURN(const bool fits, Fits(size, aim, writer, finder));
    if (!fits) return false;
    const std::uint32_t document = writer->Add(wanted.blob, text);
    progress_.text_bytes += text.size();
    if (finder == nullptr) return true;
    if (!finder->Ask(document, wanted.path, std::move(text))) return Stopped();
    PM_RETURN_IF_ERROR(TakeSymbols(false, finder, writer));
    return true;
  }

  // Whether `writer` can take `text` bytes more and stay below `aim`.
  Result<bool> Fits(std::uint64_t text, std::uint64_t aim,
                    SegmentWriter* writer, SymbolFinder* finder) {
    const std::uint64_t guess = text / kGuessedShare + kGuessedBytes;
    const std::uint64_t unknown =
        finder == nullptr ? 0 : finder->waiting_bytes() / kSymbolShare;
    if (writer->size() + guess + unknown <= aim) return true;
    if (unknown == 0) return false;
    PM_RETURN_IF_ERROR(TakeSymbols(true, finder, writer));
    return writer->size() + guess <= aim;
  }

  static Status TakeSymbols(bool all, SymbolFinder* finder,
                            SegmentWriter* writer) {
    if (finder == nullptr) return {};
    const auto found = finder->Take(all);
    if (!found.has_value()) return Stopped();
    for (const SymbolFinder::Found& each : *found) {
      for (const Symbol& symbol : each.symbols) {
        writer->AddSymbol(each.document, symbol);
      }
    }
    return {};
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
    MergeOptions merge;
    merge.directory = options_.directory;
    merge.max_bytes = Room();
    merge.needed = [this](const ObjectId& blob) { return wanted_.Has(blob); };
    merge.go_on = [this] { return Progress(); };
    const std::uint64_t size = std::accumulate(
        segments.begin(), segments.end(), std::uint64_t{0},
        [](std::uint64_t sum, const CodeIndex::SegmentAt& each) {
          return sum + each.segment->file_size();
        });
    if (size < merge.max_bytes) {
      PM_ASSIGN_OR_RETURN(const Merged merged, MergeSegments(segments, merge));
      if (!merged.name.empty()) {
        for (const std::string& path : merged.replaced) {
          if (path != PathOf(merged.name)) ::unlink(path.c_str());
        }
        return Reopen();
      }
      if (!merged.no_room) return {};
    }
    // No room for old and new at once: they go first.
    for (const CodeIndex::SegmentAt& each : segments) {
      if (CanBeMadeAgain(*each.segment)) ::unlink(each.path.c_str());
    }
    PM_RETURN_IF_ERROR(Reopen());
    return AddMissing();
  }

  Status WriteTrees() {
    const std::vector<CodeIndex::SegmentAt> segments = index_->segments();
    for (const Listing& tree : wanted_.trees()) {
      const std::string name = TreeFileName(tree.root());
      const auto planned = planned_.find(name);
      if (planned == planned_.end() || IsWritten(tree, segments)) continue;
      if (DiskBytes() + planned->second > options_.max_bytes) {
        ::unlink(PathOf(name).c_str());  // No room for old and new at once.
      }
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

  // The tree's file is there, and says what it would say now.
  bool IsWritten(const Listing& tree,
                 const std::vector<CodeIndex::SegmentAt>& segments) const {
    const auto stored = ReadTreeFile(options_.directory, tree.root());
    if (!stored.ok()) return false;
    for (const std::uint64_t id : stored->segments) {
      if (std::none_of(
              segments.begin(), segments.end(),
              [id](const auto& each) { return each.segment->id() == id; })) {
        return false;
      }
    }
    for (std::size_t i = 0; i < stored->table->size(); ++i) {
      if (stored->segment_of[i] == StoredTree::kNone &&
          WantedFiles::IsFile(stored->table->at(i)) &&
          index_->DocumentOf(stored->table->blob(i)) != kNoDocument) {
        return false;
      }
    }
    return true;
  }

  // Trees' files that are not planned, but for the newest `kept`. False where
  // there are none.
  bool RemoveOldTrees(std::size_t kept) const {
    std::vector<std::pair<std::int64_t, std::string>> old;
    for (const IndexFile& file : IndexFilesIn(options_.directory)) {
      if (file.kind == IndexFileKind::kTree && planned_.count(file.name) == 0) {
        old.emplace_back(file.written, PathOf(file.name));
      }
    }
    std::sort(old.begin(), old.end(), std::greater<>());
    for (std::size_t i = kept; i < old.size(); ++i) {
      ::unlink(old[i].second.c_str());
    }
    return old.size() > kept;
  }

  std::uint64_t DiskBytes() const {
    std::uint64_t bytes = 0;
    for (const IndexFile& file : IndexFilesIn(options_.directory)) {
      bytes += file.size;
    }
    return bytes;
  }

  void Report() {
    for (const Listing& tree : wanted_.trees()) report_.files += tree.size();
    report_.gone = wanted_.gone();
    report_.skipped = missing_.size() - at_ + too_large_;
    const std::vector<CodeIndex::SegmentAt> segments = index_->segments();
    report_.symbols = segments.empty();
    for (const CodeIndex::SegmentAt& each : segments) {
      report_.text_bytes += each.segment->text_bytes();
      report_.symbols |= each.segment->has_symbols();
    }
    for (const IndexFile& file : IndexFilesIn(options_.directory)) {
      report_.names.push_back(file.name);
      report_.disk_bytes += file.size;
    }
  }

  const BuildOptions& options_;
  std::unique_ptr<git::Repository> repository_;
  std::unique_ptr<CodeIndex> index_;
  std::optional<std::string> ctags_;  // WorkingCtags().
  WantedFiles wanted_;
  std::unordered_map<std::string, std::uint64_t> planned_;  // Trees' files.
  std::uint64_t planned_bytes_ = 0;
  std::vector<MissingFile> missing_;
  std::size_t at_ = 0;         // In missing_: from here on nothing was added.
  std::size_t too_large_ = 0;  // Before that: passed over.
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
