// Why two threads: the flush thread does nothing but write into segments that
// stand ready; the maintenance thread does what takes long (filling the next
// segment with zeros, pruning). They meet at `next_` alone.
#include "intake/writer.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/log.h"
#include "base/mutex.h"
#include "intake/reader.h"
#include "intake/recovery.h"
#include "intake/segment.h"
#include "intake/segment_writer.h"

namespace patchmilter::intake {
namespace {

using std::chrono::steady_clock;

constexpr std::string_view kSubject = "intake";
// How many bytes go out in one flush, about: what waits longer than that takes
// to write would gain nothing from being in the same flush.
constexpr std::uint64_t kMaxBatch = 4ULL << 20;
// How often a failed attempt to make a segment is made again, at most.
constexpr auto kRetry = std::chrono::seconds(1);
constexpr auto kMaintenance = std::chrono::seconds(5);
// A cursor beyond this is nonsense, and would use up the segment ids.
constexpr std::uint64_t kMaxSegment = 1ULL << 62;

struct Request {
  Record record;
  std::string head;
  std::uint32_t checksum = 0;
  SteadyTime start;
  // Under the writer's mutex:
  bool done = false;
  bool given_up = false;  // Append has returned kLate.
  Status status;
  Position position;

  std::uint64_t length() const { return head.size() + record.raw.size(); }
};

class FileWriter : public Writer {
 public:
  FileWriter(const WriterOptions& options, UniqueFd lock);
  ~FileWriter() override;

  Status Start();
  AppendResult Append(Record record, SteadyTime deadline) override;
  WriterStats stats() override;
  void Prune() override;
  bool Close(SteadyTime deadline) override;

 private:
  using Requests = std::vector<std::shared_ptr<Request>>;

  void FlushLoop();
  void MaintenanceLoop();
  // The flush thread's:
  void WriteBatch(const Requests& batch);
  void WriteGroup(const Requests& group);
  Status NextSegment(std::uint64_t needed);
  Status OversizedSegment(std::uint64_t needed);
  Status Use(const SegmentHeader& header, std::uint64_t offset);
  void Finish(const Requests& group, const Status& status,
              const std::vector<Position>& positions) PM_EXCLUDES(mutex_);
  // The maintenance thread's (and Open's):
  void MakeNext() PM_EXCLUDES(mutex_);
  Result<SegmentHeader> MakeSegment(std::uint64_t size, bool written)
      PM_EXCLUDES(mutex_);
  void PruneLocked() PM_REQUIRES(maker_mutex_);
  // Counts what stands. Bytes of all segment files.
  Result<std::uint64_t> Measure() PM_REQUIRES(maker_mutex_);

  const WriterOptions options_;
  const std::string cursor_file_;
  const UniqueFd lock_;
  FileCalls& files_;

  // Only the flush thread, after Start().
  std::unique_ptr<SegmentWriter> segment_;
  std::uint64_t offset_ = 0;
  std::uint64_t sequence_ = 1;
  bool direct_;

  // Taken before mutex_ where both are.
  Mutex maker_mutex_;
  SegmentMaker maker_ PM_GUARDED_BY(maker_mutex_);
  std::uint64_t next_id_ PM_GUARDED_BY(maker_mutex_) = 1;

  Mutex mutex_;
  CondVar work_;      // The flush thread: queue_ or closing_.
  CondVar maintain_;  // The maintenance thread: want_next_ or stopping_.
  CondVar next_made_;
  CondVar done_;  // Appenders and Close.
  std::deque<std::shared_ptr<Request>> queue_ PM_GUARDED_BY(mutex_);
  // When the flush that runs now began.
  std::optional<SteadyTime> flush_began_ PM_GUARDED_BY(mutex_);
  std::uint64_t queued_bytes_ PM_GUARDED_BY(mutex_) = 0;
  bool closing_ PM_GUARDED_BY(mutex_) = false;
  bool flush_ended_ PM_GUARDED_BY(mutex_) = false;
  bool stopping_ PM_GUARDED_BY(mutex_) = false;
  std::optional<SegmentHeader> next_ PM_GUARDED_BY(mutex_);
  bool want_next_ PM_GUARDED_BY(mutex_) = false;
  Status next_error_ PM_GUARDED_BY(mutex_);
  SteadyTime next_tried_ PM_GUARDED_BY(mutex_);
  std::uint64_t current_id_ PM_GUARDED_BY(mutex_) = 0;
  std::uint64_t next_sequence_ PM_GUARDED_BY(mutex_) = 1;
  WriterStats stats_ PM_GUARDED_BY(mutex_);

  std::thread flush_thread_;
  std::thread maintenance_thread_;
};

FileWriter::FileWriter(const WriterOptions& options, UniqueFd lock)
    : options_(options),
      cursor_file_(options.cursor_file.empty() ? CursorFile(options.directory)
                                               : options.cursor_file),
      lock_(std::move(lock)),
      files_(options.files != nullptr ? *options.files : FileCalls::Real()),
      direct_(options.direct),
      maker_(options.directory, files_) {}

FileWriter::~FileWriter() {
  {
    const MutexLock lock(mutex_);
    closing_ = true;
    work_.NotifyAll();
  }
  if (flush_thread_.joinable()) flush_thread_.join();
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    maintain_.NotifyAll();
  }
  if (maintenance_thread_.joinable()) maintenance_thread_.join();
}

Status FileWriter::Start() {
  Position cursor;
  const Result<Position> published = ReadCursor(cursor_file_);
  if (published.ok() && published->segment < kMaxSegment) {
    cursor = *published;
  } else if (published.ok() || published.error().kind != ErrorKind::kNotFound) {
    log::Warning(
        kSubject, "the reader's cursor is not used: {}",
        published.ok() ? "it is out of range" : published.error().message);
  }
  PM_ASSIGN_OR_RETURN(
      const Recovered recovered,
      Recover(options_.directory, cursor, options_.segment_size, files_));
  {
    const MutexLock maker_lock(maker_mutex_);
    PM_RETURN_IF_ERROR(maker_.CleanUp(options_.segment_size));
    next_id_ = recovered.next_id;
  }
  sequence_ = recovered.next_sequence;
  {
    const MutexLock lock(mutex_);
    next_ = recovered.prepared;
    next_sequence_ = sequence_;
    stats_.cursor = cursor;
  }
  if (recovered.current) {
    PM_RETURN_IF_ERROR(Use(*recovered.current, recovered.offset));
    const MutexLock lock(mutex_);
    stats_.end = {recovered.current->id, recovered.offset};
  } else if (!recovered.prepared) {
    // The first segment is made here, so that a directory that cannot be
    // written is an error at start; a full disk is not.
    MakeNext();
    const MutexLock lock(mutex_);
    if (!next_error_.ok() &&
        next_error_.error().kind != ErrorKind::kTemporary) {
      return next_error_;
    }
  }
  {
    const MutexLock lock(mutex_);
    want_next_ = !next_;
  }
  flush_thread_ = std::thread([this] { FlushLoop(); });
  maintenance_thread_ = std::thread([this] { MaintenanceLoop(); });
  return {};
}

AppendResult FileWriter::Append(Record record, SteadyTime deadline) {
  auto request = std::make_shared<Request>();
  request->start = steady_clock::now();
  request->record = std::move(record);
  request->head = EncodeRecordHead(request->record);
  request->checksum = Checksum(request->record.raw, Checksum(request->head));
  AppendResult result;
  const MutexLock lock(mutex_);
  if (closing_) {
    ++stats_.failed;
    result.error = Temporary("the intake is being closed");
    return result;
  }
  if (queued_bytes_ + request->length() > options_.max_queued &&
      !queue_.empty()) {
    ++stats_.failed;
    result.error = Temporary(fmt::format(
        "the disk does not keep up: {} bytes wait for it", queued_bytes_));
    return result;
  }
  queued_bytes_ += request->length();
  queue_.push_back(request);
  work_.NotifyOne();
  // A disk that hangs is waited for once: a flush that has taken longer than
  // this mail may wait gives little hope, and mails behind it would each be
  // held for the whole of their deadlines, one after the other.
  if (flush_began_ &&
      request->start - *flush_began_ >= deadline - request->start) {
    deadline = request->start;
  }
  while (!request->done) {
    if (!done_.WaitUntil(mutex_, deadline) && !request->done &&
        steady_clock::now() >= deadline) {
      request->given_up = true;
      result.outcome = AppendResult::Outcome::kLate;
      return result;
    }
  }
  if (request->status.ok()) {
    result.outcome = AppendResult::Outcome::kStored;
    result.position = request->position;
  } else {
    result.error = request->status.error();
  }
  return result;
}

void FileWriter::FlushLoop() {
  while (true) {
    Requests batch;
    {
      const MutexLock lock(mutex_);
      while (queue_.empty() && !closing_) work_.Wait(mutex_);
      if (queue_.empty()) {
        flush_ended_ = true;
        done_.NotifyAll();
        return;
      }
      std::uint64_t bytes = 0;
      while (!queue_.empty() && (bytes == 0 || bytes < kMaxBatch)) {
        bytes += queue_.front()->length();
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
      flush_began_ = steady_clock::now();
    }
    WriteBatch(batch);
    const MutexLock lock(mutex_);
    flush_began_.reset();
  }
}

void FileWriter::WriteBatch(const Requests& batch) {
  Requests group;
  std::uint64_t end = offset_;
  for (const std::shared_ptr<Request>& request : batch) {
    const std::uint64_t needed = RecordSize(request->length());
    if (segment_ == nullptr || end + needed > segment_->header().size) {
      WriteGroup(group);
      group.clear();
      if (const Status status = NextSegment(needed); !status.ok()) {
        Finish({request}, status, {});
        // What is left may be smaller, and may fit where this did not.
        end = offset_;
        continue;
      }
      end = offset_;
    }
    group.push_back(request);
    end += needed;
  }
  WriteGroup(group);
}

void FileWriter::WriteGroup(const Requests& group) {
  if (group.empty()) return;
  if (segment_ == nullptr) {
    // The group before this one failed, and its segment was left.
    Finish(group, Temporary("the segment could not be written"), {});
    return;
  }
  const SegmentHeader& segment = segment_->header();
  std::vector<Position> positions;
  std::uint64_t at = offset_;
  std::uint64_t sequence = sequence_;
  segment_->Begin(offset_);
  Status status;
  for (const std::shared_ptr<Request>& request : group) {
    RecordHeader header;
    header.segment = segment.id;
    header.nonce = segment.nonce;
    header.sequence = sequence++;
    header.batch = offset_;
    header.length = request->length();
    header.payload_checksum = request->checksum;
    positions.push_back({segment.id, at});
    at += RecordSize(request->length());
    if (status.ok()) status = segment_->Add(EncodeRecordHeader(header));
    if (status.ok()) status = segment_->Add(request->head);
    if (status.ok()) status = segment_->Add(request->record.raw);
    if (status.ok()) status = segment_->PadToBlock();
  }
  if (status.ok()) status = segment_->End();
  sequence_ = sequence;
  offset_ = at;
  direct_ = segment_->direct();
  {
    const MutexLock lock(mutex_);
    next_sequence_ = sequence_;
    stats_.direct = direct_;
    if (status.ok()) {
      ++stats_.flushes;
      stats_.end = {segment.id, offset_};
    } else {
      stats_.last_error = status.error().message;
    }
  }
  if (!status.ok()) {
    // What stands there now is unknown, and a reader may have seen it: the
    // place is never used again.
    log::Err(kSubject, "{}; leaving segment {}", status.error().message,
             segment.id);
    segment_.reset();
    // Whoever sent the mail may try again: for us the error is temporary.
    status = Temporary(status.error().message);
  }
  Finish(group, status, positions);
}

void FileWriter::Finish(const Requests& group, const Status& status,
                        const std::vector<Position>& positions) {
  const MutexLock lock(mutex_);
  for (size_t i = 0; i < group.size(); ++i) {
    Request& request = *group[i];
    request.done = true;
    request.status = status;
    if (status.ok()) request.position = positions[i];
    queued_bytes_ -= request.length();
    ++(status.ok() ? stats_.stored : stats_.failed);
    if (!request.given_up) continue;
    ++(status.ok() ? stats_.late_stored : stats_.late_failed);
    log::Warning(
        request.record.queue_id.empty() ? std::string("NOQUEUE")
                                        : log::Clean(request.record.queue_id),
        "{} late seconds={:.1f}{}{}", status.ok() ? "stored" : "not stored",
        std::chrono::duration<double>(steady_clock::now() - request.start)
            .count(),
        status.ok() ? "" : " error=",
        status.ok() ? "" : status.error().message);
  }
  done_.NotifyAll();
}

Status FileWriter::Use(const SegmentHeader& header, std::uint64_t offset) {
  PM_ASSIGN_OR_RETURN(segment_, SegmentWriter::Open(options_.directory, header,
                                                    direct_, files_));
  offset_ = offset;
  direct_ = segment_->direct();
  const MutexLock lock(mutex_);
  current_id_ = header.id;
  stats_.direct = direct_;
  return {};
}

Status FileWriter::NextSegment(std::uint64_t needed) {
  if (needed > options_.segment_size - kBlock) return OversizedSegment(needed);
  SegmentHeader header;
  {
    const MutexLock lock(mutex_);
    if (!next_ && !want_next_ && steady_clock::now() - next_tried_ < kRetry &&
        !next_error_.ok()) {
      return next_error_;
    }
    if (!next_) {
      want_next_ = true;
      maintain_.NotifyAll();
    }
    while (want_next_) next_made_.Wait(mutex_);
    if (!next_) return next_error_;
    header = *next_;
    next_.reset();
    want_next_ = true;  // The one after it, ahead of time.
    maintain_.NotifyAll();
  }
  return Use(header, kBlock);
}

Status FileWriter::OversizedSegment(std::uint64_t needed) {
  Result<SegmentHeader> made = MakeSegment(kBlock + needed, false);
  if (!made.ok()) return made.error();
  {
    // The one made ahead has a smaller id now: it can only be its file's turn
    // again.
    const MutexLock maker_lock(maker_mutex_);
    std::optional<SegmentHeader> passed;
    {
      const MutexLock lock(mutex_);
      passed = std::exchange(next_, std::nullopt);
      if (passed && passed->id > made->id) {
        next_ = std::exchange(passed, std::nullopt);
      }
    }
    if (passed) {
      const Status status = maker_.Recycle(passed->id, passed->size);
      if (!status.ok()) log::Warning(kSubject, "{}", status.error().message);
    }
  }
  Status status = Use(*made, kBlock);
  const MutexLock lock(mutex_);
  if (!next_) {
    want_next_ = true;
    maintain_.NotifyAll();
  }
  return status;
}

Result<SegmentHeader> FileWriter::MakeSegment(std::uint64_t size,
                                              bool written) {
  const MutexLock maker_lock(maker_mutex_);
  PruneLocked();
  PM_ASSIGN_OR_RETURN(const std::uint64_t bytes, Measure());
  const bool recycles = written && maker_.spare_size() == size;
  if (bytes + (recycles ? 0 : size) > options_.max_size) {
    return Temporary(fmt::format(
        "the intake is full: {} bytes of segments, intake.max_size is {}",
        bytes, options_.max_size));
  }
  std::uint64_t sequence = 0;
  {
    const MutexLock lock(mutex_);
    sequence = next_sequence_;
  }
  Result<SegmentHeader> made = maker_.Make(next_id_, sequence, size, written);
  ++next_id_;
  if (!made.ok()) return made;
  static_cast<void>(Measure());
  return made;
}

void FileWriter::MakeNext() {
  Result<SegmentHeader> made = MakeSegment(options_.segment_size, true);
  const MutexLock lock(mutex_);
  next_tried_ = steady_clock::now();
  want_next_ = false;
  if (made.ok()) {
    if (!next_error_.ok()) log::Info(kSubject, "there is room again");
    next_error_ = Status();
    next_ = *made;
  } else {
    if (next_error_.ok()) {
      log::Err(kSubject, "no new segment: {}", made.error().message);
    }
    next_error_ = made.error();
    stats_.last_error = made.error().message;
  }
  next_made_.NotifyAll();
}

void FileWriter::MaintenanceLoop() {
  while (true) {
    bool make = false;
    {
      const MutexLock lock(mutex_);
      const SteadyTime wake = steady_clock::now() + kMaintenance;
      while (!want_next_ && !stopping_) {
        if (!maintain_.WaitUntil(mutex_, wake)) break;
      }
      if (stopping_) {
        want_next_ = false;
        next_made_.NotifyAll();
        return;
      }
      make = want_next_ || !next_;
    }
    if (make) {
      MakeNext();
    } else {
      Prune();
    }
  }
}

void FileWriter::Prune() {
  const MutexLock maker_lock(maker_mutex_);
  PruneLocked();
  static_cast<void>(Measure());
}

void FileWriter::PruneLocked() {
  const Result<Position> cursor = ReadCursor(cursor_file_);
  if (!cursor.ok()) return;  // Nothing read yet; said at start if worse.
  std::uint64_t limit = cursor->segment;
  {
    const MutexLock lock(mutex_);
    stats_.cursor = *cursor;
    // Whatever the cursor says: never the one that is written, nor later ones.
    limit = std::min(limit, current_id_);
  }
  const Result<std::vector<std::uint64_t>> ids =
      ListSegments(options_.directory);
  if (!ids.ok()) return;
  for (const std::uint64_t id : *ids) {
    if (id >= limit) break;
    struct stat info {};
    const std::string path = SegmentPath(options_.directory, id);
    if (::stat(path.c_str(), &info) != 0) continue;
    const auto size = static_cast<std::uint64_t>(info.st_size);
    // Only a file of the right size is worth keeping for the next segment.
    const Status status = size == options_.segment_size
                              ? maker_.Recycle(id, size)
                              : maker_.Remove(id);
    if (!status.ok()) {
      log::Warning(kSubject, "segment {} was not pruned: {}", id,
                   status.error().message);
      continue;
    }
    const MutexLock lock(mutex_);
    ++stats_.pruned;
  }
}

Result<std::uint64_t> FileWriter::Measure() {
  PM_ASSIGN_OR_RETURN(const std::vector<std::uint64_t> ids,
                      ListSegments(options_.directory));
  std::uint64_t bytes = maker_.spare_size();
  for (const std::uint64_t id : ids) {
    struct stat info {};
    if (::stat(SegmentPath(options_.directory, id).c_str(), &info) == 0) {
      bytes += static_cast<std::uint64_t>(info.st_size);
    }
  }
  const MutexLock lock(mutex_);
  stats_.segments = ids.size();
  stats_.bytes = bytes;
  return bytes;
}

WriterStats FileWriter::stats() {
  const MutexLock lock(mutex_);
  return stats_;
}

bool FileWriter::Close(SteadyTime deadline) {
  {
    const MutexLock lock(mutex_);
    closing_ = true;
    work_.NotifyAll();
    while (!flush_ended_) {
      if (!done_.WaitUntil(mutex_, deadline) && !flush_ended_) return false;
    }
  }
  if (flush_thread_.joinable()) flush_thread_.join();
  return true;
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::Open(const WriterOptions& options) {
  if (options.segment_size % kBlock != 0 || options.segment_size < 2 * kBlock) {
    return InvalidInput(fmt::format(
        "intake.segment_size: {} is not a multiple of {} bytes of at least {}",
        options.segment_size, kBlock, 2 * kBlock));
  }
  PM_RETURN_IF_ERROR(MakeDirectories(options.directory, 0750));
  Result<UniqueFd> lock = LockFile(options.directory + "/lock");
  if (!lock.ok()) return lock.error().Wrap("intake");
  auto writer = std::make_unique<FileWriter>(options, std::move(lock).value());
  if (const Status status = writer->Start(); !status.ok()) {
    return status.error().Wrap("intake");
  }
  return std::unique_ptr<Writer>(std::move(writer));
}

}  // namespace patchmilter::intake
