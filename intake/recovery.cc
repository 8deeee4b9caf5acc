#include "intake/recovery.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/handle.h"
#include "base/log.h"

namespace patchmilter::intake {
namespace {

constexpr std::string_view kSubject = "intake";

struct End {
  bool any = false;  // Whether there is a record at all.
  std::uint64_t offset = kBlock;
  std::uint64_t sequence = 0;  // Of the last record.
};

Result<End> FindEnd(const Segment& segment) {
  End end;
  while (end.offset < segment.header().size) {
    PM_ASSIGN_OR_RETURN(const Segment::Found found, segment.At(end.offset));
    if (found.slot == Segment::Slot::kRecord &&
        found.header.sequence > end.sequence) {
      end.any = true;
      end.sequence = found.header.sequence;
      end.offset += RecordSize(found.header.length);
      continue;
    }
    PM_ASSIGN_OR_RETURN(const auto later, segment.LaterFlush(end.offset));
    if (!later) break;
    log::Err(kSubject, "segment {}: bytes {} to {} are damaged",
             segment.header().id, end.offset, *later);
    end.offset = *later;
  }
  return end;
}

// Overwrites all headers at and behind `offset` that name this segment.
Status CutTail(const std::string& directory, const Segment& segment,
               std::uint64_t offset, FileCalls& files) {
  const std::string path = SegmentPath(directory, segment.header().id);
  const std::string zeros(kBlock, '\0');
  UniqueFd fd;
  for (; offset < segment.header().size; offset += kBlock) {
    PM_ASSIGN_OR_RETURN(const bool claimed, segment.ClaimedAt(offset));
    if (!claimed) continue;
    if (!fd.valid()) {
      log::Info(kSubject, "segment {}: cutting a torn tail at byte {}",
                segment.header().id, offset);
      fd.Reset(files.Open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0));
      if (!fd.valid()) return FromErrno(path, errno);
    }
    const ssize_t count = files.Pwrite(fd.get(), zeros.data(), zeros.size(),
                                       static_cast<off_t>(offset));
    if (count != static_cast<ssize_t>(zeros.size())) {
      return FromErrno(path + ": pwrite", count < 0 ? errno : EIO);
    }
  }
  if (fd.valid() && files.Fdatasync(fd.get()) != 0) {
    return FromErrno(path + ": fdatasync", errno);
  }
  return {};
}

}  // namespace

Result<Recovered> Recover(const std::string& directory, Position cursor,
                          std::uint64_t segment_size, FileCalls& files) {
  PM_ASSIGN_OR_RETURN(const std::vector<std::uint64_t> ids,
                      ListSegments(directory));
  Recovered recovered;
  recovered.next_id = cursor.segment + 1;
  if (!ids.empty()) {
    recovered.next_id = std::max(recovered.next_id, ids.back() + 1);
  }
  for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
    const Result<Segment> segment = Segment::Open(directory, *id);
    if (!segment.ok()) {
      if (segment.error().kind != ErrorKind::kInvalidInput) {
        return segment.error();
      }
      log::Err(kSubject, "{}; it is left alone", segment.error().message);
      continue;
    }
    const SegmentHeader& header = segment->header();
    recovered.next_sequence =
        std::max(recovered.next_sequence, header.sequence);
    PM_ASSIGN_OR_RETURN(const End end, FindEnd(*segment));
    if (!end.any) {
      // Made ahead, or its first flush was torn. The oldest such is kept; one
      // that the cursor names has been seen by a reader.
      if (recovered.prepared) {
        const std::string path = SegmentPath(directory, recovered.prepared->id);
        if (::unlink(path.c_str()) != 0) return FromErrno(path, errno);
        recovered.prepared.reset();
      }
      if (header.size != segment_size || header.id <= cursor.segment) {
        const std::string path = SegmentPath(directory, header.id);
        if (::unlink(path.c_str()) != 0) return FromErrno(path, errno);
        continue;
      }
      PM_RETURN_IF_ERROR(CutTail(directory, *segment, kBlock, files));
      recovered.prepared = header;
      continue;
    }
    recovered.next_sequence =
        std::max(recovered.next_sequence, end.sequence + 1);
    const Position last{header.id, end.offset};
    if (cursor > last) {
      log::Warning(kSubject,
                   "the reader's cursor (segment {}, byte {}) is behind the "
                   "end of the log (segment {}, byte {}): beginning a new "
                   "segment",
                   cursor.segment, cursor.offset, last.segment, last.offset);
      break;
    }
    PM_RETURN_IF_ERROR(CutTail(directory, *segment, end.offset, files));
    recovered.current = header;
    recovered.offset = end.offset;
    break;
  }
  return recovered;
}

}  // namespace patchmilter::intake
