// One segment file of the intake, as bytes: names, headers, and checked
// reading. Used by the reader and by the writer's recovery; writes nothing.
//
// Layout (docs/intake-format.md): a header block, then records, each starting
// at a multiple of 4 KiB. A record is believed only where its header names this
// segment (id and nonce) and both checksums hold. The nonce is drawn at random
// when a segment is made: old bytes of a recycled file are never read as new,
// and no mail can contain bytes that pass for a record.
//
// Threads: one at a time.  Tested in tests/intake/segment_test.cc.
#ifndef PATCHMILTER_INTAKE_SEGMENT_H_
#define PATCHMILTER_INTAKE_SEGMENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/handle.h"
#include "base/result.h"

namespace patchmilter::intake {

// Records and writes are aligned to this: what O_DIRECT asks for.
inline constexpr std::uint64_t kBlock = 4096;
inline constexpr std::size_t kRecordHeaderSize = 64;

constexpr std::uint64_t RoundUp(std::uint64_t bytes) {
  return (bytes + kBlock - 1) / kBlock * kBlock;
}
// What a payload of `length` bytes takes in a segment.
constexpr std::uint64_t RecordSize(std::uint64_t length) {
  return RoundUp(kRecordHeaderSize + length);
}

// zlib's crc32, for any length.
std::uint32_t Checksum(std::string_view bytes, std::uint32_t start = 0);

struct SegmentHeader {
  std::uint64_t id = 0;
  std::uint64_t nonce = 0;
  std::uint64_t size = 0;      // Of the whole file, in bytes.
  std::uint64_t sequence = 0;  // Lower bound of its records' sequences.
};
// Exactly kBlock bytes.
std::string EncodeSegmentHeader(const SegmentHeader& header);
std::optional<SegmentHeader> DecodeSegmentHeader(std::string_view block);

struct RecordHeader {
  std::uint64_t segment = 0;
  std::uint64_t nonce = 0;
  std::uint64_t sequence = 0;
  // Offset of the first record of the flush that wrote this one: what lies
  // before it was durable when this record was written.
  std::uint64_t batch = 0;
  std::uint64_t length = 0;
  std::uint32_t payload_checksum = 0;
};
// Exactly kRecordHeaderSize bytes.
std::string EncodeRecordHeader(const RecordHeader& header);
std::optional<RecordHeader> DecodeRecordHeader(std::string_view bytes);

// "DIRECTORY/segment-00000000000000ff.log".
std::string SegmentPath(const std::string& directory, std::uint64_t id);
// Ids of all segment files, smallest first.
Result<std::vector<std::uint64_t>> ListSegments(const std::string& directory);

class Segment {
 public:
  // kNotFound where the file is gone; kInvalidInput where its header is not
  // that of segment `id`.
  static Result<Segment> Open(const std::string& directory, std::uint64_t id);

  const SegmentHeader& header() const { return header_; }

  enum class Slot {
    kRecord,   // A whole record stands here.
    kNothing,  // Nothing of this segment: zeros, or an older segment's bytes.
    kTorn,     // Something of this segment that is not whole.
  };
  struct Found {
    Slot slot = Slot::kNothing;
    RecordHeader header;  // kRecord only.
    std::string payload;  // kRecord only.
  };
  // What stands at `offset`. Errors: those of pread(2).
  Result<Found> At(std::uint64_t offset) const;

  // Whether a record's header of this segment, whole or hit, stands there.
  Result<bool> ClaimedAt(std::uint64_t offset) const;

  // The first whole record behind `offset` that was written by a later flush
  // than the one that should stand at `offset`: it proves that `offset` was
  // durable once and is damaged now. Nothing where there is none: then
  // `offset` may be in flight, or is a torn tail.
  Result<std::optional<std::uint64_t>> LaterFlush(std::uint64_t offset) const;

 private:
  Segment(UniqueFd fd, const SegmentHeader& header)
      : fd_(std::move(fd)), header_(header) {}
  bool Claimed(std::string_view head) const;

  UniqueFd fd_;
  SegmentHeader header_;
};

}  // namespace patchmilter::intake

#endif  // PATCHMILTER_INTAKE_SEGMENT_H_
