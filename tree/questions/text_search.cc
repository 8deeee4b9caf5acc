#include "tree/questions/text_search.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

#include "tree/questions/file_lines.h"

namespace patchmilter::tree {
namespace {

constexpr std::size_t kFirstRound = 16;
constexpr std::size_t kMaxRound = 1'024;
// Less text than this is looked through sooner than a thread starts.
constexpr std::uint64_t kWorthAThread = 512 << 10;
// Candidates are few as against files: the time is asked for now and then.
constexpr std::size_t kFilesBetweenLooks = 4'096;
// Indexed files that one thread takes at a time: neighbours share a block.
constexpr std::size_t kTakenAtOnce = 4;

// What stands at one place of a round.
struct Candidate {
  std::uint64_t ordinal = 0;
  ListedFile file;
  Document document = kNoDocument;
  std::vector<std::uint32_t> chunks;  // Of the document, that may match;
  std::uint64_t size = 0;             // their bytes.
  // Found:
  std::string bytes;  // The lines, one behind the other, without LFs.
  struct Piece {
    std::uint32_t number = 0;
    bool match = false;
    std::size_t end = 0;  // In bytes.
  };
  std::vector<Piece> lines;
  bool looked_at = false;
  bool unanswered = false;  // The index had no text: to be read.
  bool binary = false;
  bool too_large = false;
  std::size_t passed_over = 0;
  // Time was over, or the lines enough, before all was looked at: behind so
  // many lines.
  bool stopped = false;
  std::uint32_t lines_done = 0;
  // Files before this one that were not searched, as the index says.
  std::size_t binary_before = 0;
  std::size_t too_large_before = 0;
};

// What is wanted of one file.
struct Wanted {
  std::uint32_t context = 0;
  std::uint32_t after_line = 0;  // TextSearchOptions::after_line.
  std::size_t lines = SIZE_MAX;
};

// Numbers the lines of one text by counting on.
class LineCounter {
 public:
  explicit LineCounter(std::string_view text) : text_(text) {}
  // REQUIRES: `at` begins a line and does not go back.
  std::uint32_t NumberOf(std::size_t at) {
    number_ += static_cast<std::uint32_t>(
        std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                   text_.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    at_ = at;
    return number_;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t number_ = 1;
};

void Add(std::string_view text, LinePlace line, std::uint32_t number,
         bool match, Candidate* to) {
  to->bytes.append(text, line.begin, line.end - line.begin);
  to->lines.push_back({number, match, to->bytes.size()});
}

// The last `count` lines that end before `begin` (which begins a line) and
// begin at or after `floor`.
std::vector<LinePlace> LinesBefore(std::string_view text, std::size_t begin,
                                   std::size_t floor, std::uint32_t count) {
  std::vector<LinePlace> lines;
  while (count-- > 0 && begin > floor) {
    const std::size_t end = begin - 1;
    const std::size_t lf =
        end == 0 ? std::string_view::npos : text.rfind('\n', end - 1);
    begin = lf == std::string_view::npos ? 0 : lf + 1;
    lines.push_back({begin, end});
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

// Where the line behind the first `lines` begins.
std::size_t SkipLines(std::string_view text, std::uint32_t lines) {
  std::size_t at = 0;
  for (; lines > 0 && at < text.size(); --lines) {
    at = std::min(text.size(), text.find('\n', at)) + 1;
  }
  return std::min(at, text.size());
}

// Begins with the first line that was not looked at before, or some before it:
// what is around a line that was given may be wanted yet. Gives where.
std::size_t Begin(std::string_view text, std::uint32_t lines_before,
                  const Wanted& wanted, LineMatcher* matcher) {
  std::size_t begin = 0;
  std::size_t floor = 0;
  if (wanted.after_line > lines_before) {
    floor = SkipLines(text, wanted.after_line - lines_before);
    begin = floor;
    const auto before = LinesBefore(text, floor, 0, wanted.context);
    if (!before.empty() &&
        floor - before.front().begin <= matcher->step_bytes()) {
      begin = before.front().begin;
    }
  }
  matcher->Start(text, begin, floor);
  return begin;
}

// `text` is not binary; `lines_before` of its file's are before it.
void Match(std::string_view text, std::uint32_t lines_before,
           const Wanted& wanted, LineMatcher* matcher, Candidate* to) {
  LineCounter counter(text);
  std::size_t given = Begin(text, lines_before, wanted, matcher);
  std::optional<LinePlace> line = matcher->Next();
  while (line.has_value()) {
    const std::vector<LinePlace> before =
        LinesBefore(text, line->begin, given, wanted.context);
    std::uint32_t number =
        lines_before +
        counter.NumberOf(before.empty() ? line->begin : before.front().begin);
    for (const LinePlace& each : before) Add(text, each, number++, false, to);
    Add(text, *line, number++, true, to);
    given = std::min(text.size(), line->end + 1);
    if (to->lines.size() >= wanted.lines) {
      to->stopped = true;
      to->lines_done = number - 1;
      break;
    }
    line = matcher->Next();
    // Not what has yet to be looked at: it may match.
    const std::size_t known = line.has_value() ? line->begin : matcher->done();
    for (std::uint32_t i = 0; i < wanted.context && given < known; ++i) {
      const std::size_t end = std::min(text.find('\n', given), text.size());
      Add(text, {given, end}, number++, false, to);
      given = std::min(text.size(), end + 1);
    }
  }
  to->passed_over += matcher->passed_over();
  if (matcher->stopped()) {
    to->stopped = true;
    to->lines_done = lines_before + counter.NumberOf(matcher->done()) - 1;
  }
}

class Run {
 public:
  Run(git::Repository* repository, CodeIndex* index, const IndexedTree& tree,
      const Pattern& pattern, const TextSearchOptions& options)
      : repository_(repository),
        index_(index),
        tree_(tree),
        pattern_(pattern),
        options_(options) {}

  Result<TextSearchEnd> Search(
      const std::function<bool(const FoundFile&)>& found) {
    atoms_ = index_->Find(pattern_.atoms());
    std::size_t files = kFirstRound;
    Listing::Position at = tree_.listing.From("");
    std::uint64_t ordinal = 0;
    // Whole directories are skipped by a search in the listing; the ordinals
    // count on all the same.
    SkipTo(&at, &ordinal);
    while (true) {
      Gather(&at, &ordinal, files);
      PM_ASSIGN_OR_RETURN(const std::size_t looked_at, Look());
      bool stopped = false;
      if (looked_at < round_.size()) {
        // The rest of the round is another's.
        const Candidate& next = round_[looked_at];
        at = tree_.listing.From(next.file.path);
        ordinal = next.ordinal;
        done_ = false;
        skipped_binary_ = next.binary_before;
        skipped_too_large_ = next.too_large_before;
        round_.resize(looked_at);
      }
      for (const Candidate& each : round_) {
        if (!each.lines.empty() && !Give(each, found)) {
          return End(each.binary_before, each.too_large_before);
        }
        end_.binary += each.binary ? 1U : 0U;
        end_.too_large += each.too_large ? 1U : 0U;
        end_.passed_over += each.passed_over;
        stopped = each.stopped;
        if (!stopped) continue;
        end_.next = each.ordinal;
        end_.next_after_line = each.lines_done;
      }
      if (!stopped && (!at.valid() || done_)) break;
      if (stopped || options_.deadline.IsOver()) {
        end_.whole = false;
        if (!stopped) end_.next = ordinal;
        break;
      }
      files = std::min(files * 2, kMaxRound);
    }
    return End(skipped_binary_, skipped_too_large_);
  }

 private:
  TextSearchEnd End(std::size_t binary, std::size_t too_large) {
    end_.binary += binary;
    end_.too_large += too_large;
    return end_;
  }

  bool IsBelow(std::string_view path) const {
    const std::string_view wanted = options_.path;
    return wanted.empty() || path == wanted ||
           (path.size() > wanted.size() && path.starts_with(wanted) &&
            path[wanted.size()] == '/');
  }

  void SkipTo(Listing::Position* at, std::uint64_t* ordinal) const {
    while (at->valid() &&
           (*ordinal < options_.from || (*at)->path < options_.path)) {
      at->Next();
      ++*ordinal;
    }
  }

  bool MayMatch(std::uint32_t chunk) {
    if (pattern_.atoms().empty()) return true;
    const std::uint64_t atoms = atoms_.Of(chunk);
    if (atoms == last_atoms_) return last_may_match_;
    const auto [known, is_new] = may_match_.try_emplace(atoms, false);
    if (is_new) known->second = pattern_.MayMatch(atoms);
    last_atoms_ = atoms;
    last_may_match_ = known->second;
    return known->second;
  }

  // Puts the chunks that may match into chunks_; their bytes.
  std::uint64_t FindChunks(Document document) {
    chunks_.clear();
    std::uint64_t bytes = 0;
    const CodeIndex::Chunks all = index_->ChunksOf(document);
    for (std::uint32_t chunk = all.first; chunk < all.last; ++chunk) {
      if (!MayMatch(chunk)) continue;
      chunks_.push_back(chunk);
      bytes += index_->ChunkAt(document, chunk).size;
    }
    return bytes;
  }

  // The next files that may match, into round_.
  void Gather(Listing::Position* at, std::uint64_t* ordinal,
              std::size_t files) {
    round_.clear();
    std::uint64_t bytes = 0;
    std::size_t looked = 0;
    for (; at->valid(); at->Next(), ++*ordinal) {
      const ListedFile& file = **at;
      if (!IsBelow(file.path)) {
        // Paths below a directory stand together, but "a.c" is before "a/b".
        if (file.path > options_.path &&
            !file.path.starts_with(options_.path)) {
          done_ = true;
          return;
        }
        continue;
      }
      if (round_.size() >= files || bytes >= kRoundBytes) return;
      if (++looked % kFilesBetweenLooks == 0 && options_.deadline.IsOver()) {
        return;
      }
      if (file.mode != git::kModeFile && file.mode != git::kModeExecutable) {
        continue;
      }
      if (options_.glob != nullptr && !options_.glob->Matches(file.path)) {
        continue;
      }
      const Document document = tree_.DocumentAt(*at);
      std::uint64_t size = 0;
      chunks_.clear();
      if (document != kNoDocument) {
        if (index_->IsBinary(document)) {
          ++skipped_binary_;
          continue;
        }
        if (index_->Size(document) > kMaxSearchedBytes) {
          ++skipped_too_large_;
          continue;
        }
        size = FindChunks(document);
        if (chunks_.empty() && !index_->IsTooLong(document)) {
          ++end_.indexed;
          continue;
        }
      }
      // Before it is read, a file's size is not known.
      bytes += chunks_.empty() ? kRoundBytes / kMaxRound : size;
      Candidate& candidate = round_.emplace_back();
      candidate.ordinal = *ordinal;
      candidate.file = file;
      candidate.document = document;
      candidate.chunks = chunks_;
      candidate.size = size;
      candidate.binary_before = skipped_binary_;
      candidate.too_large_before = skipped_too_large_;
    }
  }

  Wanted WantedOf(const Candidate& file) const {
    return {options_.context,
            file.ordinal == options_.from ? options_.after_line : 0,
            options_.lines_of_a_file};
  }

  void LookAtIndexed(std::atomic<std::size_t>* next, BlockReader* reader) {
    LineMatcher matcher(&pattern_, options_.deadline);
    while (true) {
      const std::size_t first = next->fetch_add(kTakenAtOnce);
      if (first >= round_.size()) return;
      const std::size_t last = std::min(first + kTakenAtOnce, round_.size());
      for (std::size_t i = first; i < last; ++i) {
        // The first is looked at in any case: a search gets on.
        if (i > 0 && options_.deadline.IsOver()) return;
        Candidate& each = round_[i];
        each.looked_at = true;
        each.unanswered =
            each.chunks.empty() || !LookThroughChunks(reader, &matcher, &each);
        if (each.unanswered) {
          each.bytes.clear();
          each.lines.clear();
          each.passed_over = 0;
          each.stopped = false;
        }
      }
    }
  }

  // False where the index turns out not to have its text.
  bool LookThroughChunks(BlockReader* reader, LineMatcher* matcher,
                         Candidate* candidate) const {
    const Document document = candidate->document;
    const CodeIndex::Chunks all = index_->ChunksOf(document);
    const Wanted wanted = WantedOf(*candidate);
    for (const std::uint32_t chunk : candidate->chunks) {
      if (chunk + 1 < all.last &&
          index_->ChunkAt(document, chunk + 1).line + wanted.context <=
              wanted.after_line) {
        continue;
      }
      const std::uint32_t lines = index_->ChunkAt(document, chunk).line;
      const auto text = index_->ChunkText(document, chunk, reader);
      if (!text.has_value()) return false;
      if (all.count() == 1 || options_.context == 0) {
        Match(*text, lines, wanted, matcher, candidate);
        if (candidate->stopped) return true;
        continue;
      }
      // What is around a line may be in the chunks beside its own.
      Begin(*text, lines, wanted, matcher);
      if (!matcher->Next().has_value()) {
        candidate->passed_over += matcher->passed_over();
        if (!matcher->stopped()) continue;
        candidate->stopped = true;
        candidate->lines_done =
            lines + LineCounter(*text).NumberOf(matcher->done()) - 1;
        return true;
      }
      const auto whole = index_->Text(document, reader);
      if (!whole.has_value()) return false;
      candidate->passed_over = 0;
      Match(*whole, 0, wanted, matcher, candidate);
      return true;
    }
    return true;
  }

  Result<std::size_t> Look() {
    std::uint64_t bytes = 0;
    for (const Candidate& each : round_) bytes += each.size;
    if (readers_.empty()) readers_.resize(std::max(1U, options_.threads));
    std::atomic<std::size_t> next = 0;
    std::vector<std::thread> threads;
    for (unsigned i = 1; bytes >= kWorthAThread && i < options_.threads; ++i) {
      try {
        threads.emplace_back(
            [this, &next, i] { LookAtIndexed(&next, &readers_[i]); });
      } catch (const std::system_error&) {
        break;  // No thread to be had: this one does it all.
      }
    }
    LookAtIndexed(&next, &readers_[0]);
    for (std::thread& thread : threads) thread.join();
    return Read();
  }

  // Reads and looks at what the index has no text of, in order, up to the bound
  // of a round or the end of time. How many files of the round are done; the
  // last may be so in part.
  Result<std::size_t> Read() {
    LineMatcher matcher(&pattern_, options_.deadline);
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < round_.size(); ++i) {
      Candidate& each = round_[i];
      if (!each.looked_at) return i;
      if (each.unanswered) {
        if (bytes >= kRoundBytes || (bytes > 0 && options_.deadline.IsOver())) {
          return i;
        }
        PM_RETURN_IF_ERROR(ReadOne(&matcher, &each, &bytes));
      } else {
        ++end_.indexed;
      }
      if (each.stopped) return i + 1;
    }
    return round_.size();
  }

  Status ReadOne(LineMatcher* matcher, Candidate* file, std::uint64_t* bytes) {
    PM_ASSIGN_OR_RETURN(const std::uint64_t size,
                        repository_->BlobSize(file->file.blob));
    if (size > kMaxSearchedBytes) {
      file->too_large = true;
      return {};
    }
    PM_ASSIGN_OR_RETURN(const std::string text,
                        repository_->ReadBlob(file->file.blob));
    *bytes += text.size() + 1;
    ++end_.read;
    if (LooksBinary(text)) {
      file->binary = true;
    } else {
      Match(text, 0, WantedOf(*file), matcher, file);
    }
    return {};
  }

  bool Give(const Candidate& each,
            const std::function<bool(const FoundFile&)>& found) {
    lines_.clear();
    std::size_t begin = 0;
    for (const Candidate::Piece& piece : each.lines) {
      lines_.push_back(
          {piece.number, piece.match,
           std::string_view(each.bytes).substr(begin, piece.end - begin)});
      begin = piece.end;
    }
    return found({each.ordinal, each.file.path, &lines_});
  }

  git::Repository* repository_;
  CodeIndex* index_;
  const IndexedTree& tree_;
  const Pattern& pattern_;
  const TextSearchOptions& options_;
  AtomsFound atoms_;
  std::unordered_map<std::uint64_t, bool> may_match_;  // By atoms.
  std::optional<std::uint64_t> last_atoms_;
  bool last_may_match_ = false;
  std::vector<Candidate> round_;
  std::vector<std::uint32_t> chunks_;  // Of the file that is being gathered.
  std::vector<BlockReader> readers_;   // One a thread.
  std::vector<FoundLine> lines_;
  bool done_ = false;  // Behind the last file below `path`.
  // Files that the index knows not to be searched, so far.
  std::size_t skipped_binary_ = 0;
  std::size_t skipped_too_large_ = 0;
  TextSearchEnd end_;
};

}  // namespace

Result<TextSearchEnd> SearchText(
    git::Repository* repository, CodeIndex* index, const IndexedTree& tree,
    const Pattern& pattern, const TextSearchOptions& options,
    const std::function<bool(const FoundFile&)>& found) {
  return Run(repository, index, tree, pattern, options).Search(found);
}

}  // namespace patchmilter::tree
