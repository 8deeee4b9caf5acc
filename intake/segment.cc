#include "intake/segment.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "base/wire.h"

namespace patchmilter::intake {
namespace {

constexpr std::string_view kSegmentMagic = "PMINTAKE";
constexpr std::uint32_t kSegmentVersion = 1;
constexpr std::uint32_t kRecordMagic = 0x31524d50;  // "PMR1"
constexpr std::string_view kPrefix = "segment-";
constexpr std::string_view kSuffix = ".log";
constexpr std::size_t kIdDigits = 16;

// Up to `size` bytes at `offset`; fewer at the file's end.
Result<std::string> ReadAt(int fd, std::uint64_t offset, std::uint64_t size) {
  std::string bytes(size, '\0');
  std::uint64_t done = 0;
  while (done < size) {
    const ssize_t count = ::pread(fd, bytes.data() + done, size - done,
                                  static_cast<off_t>(offset + done));
    if (count < 0) {
      if (errno == EINTR) continue;
      return FromErrno("pread", errno);
    }
    if (count == 0) break;
    done += static_cast<std::uint64_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

struct DirectoryCloser {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

std::optional<std::uint64_t> IdOf(std::string_view name) {
  if (name.size() != kPrefix.size() + kIdDigits + kSuffix.size() ||
      !name.starts_with(kPrefix) || !name.ends_with(kSuffix)) {
    return std::nullopt;
  }
  const std::string_view digits = name.substr(kPrefix.size(), kIdDigits);
  std::uint64_t id = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), id, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return id;
}

}  // namespace

std::uint32_t Checksum(std::string_view bytes, std::uint32_t start) {
  return static_cast<std::uint32_t>(::crc32_z(
      start, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  WireWriter fields;
  fields.U32(kSegmentVersion);
  fields.U64(header.id);
  fields.U64(header.nonce);
  fields.U64(header.size);
  fields.U64(header.sequence);
  WireWriter checksum;
  checksum.U32(Checksum(fields.bytes()));
  std::string block(kSegmentMagic);
  block += fields.bytes();
  block += checksum.bytes();
  block.resize(kBlock, '\0');
  return block;
}

std::optional<SegmentHeader> DecodeSegmentHeader(std::string_view block) {
  constexpr std::size_t kFields = 4 + 4 * 8;
  if (block.size() < kSegmentMagic.size() + kFields + 4 ||
      !block.starts_with(kSegmentMagic)) {
    return std::nullopt;
  }
  block.remove_prefix(kSegmentMagic.size());
  WireReader checksum(block.substr(kFields, 4));
  if (checksum.U32() != Checksum(block.substr(0, kFields))) {
    return std::nullopt;
  }
  WireReader fields(block.substr(0, kFields));
  if (fields.U32() != kSegmentVersion) return std::nullopt;
  SegmentHeader header;
  header.id = fields.U64();
  header.nonce = fields.U64();
  header.size = fields.U64();
  header.sequence = fields.U64();
  return header;
}

std::string EncodeRecordHeader(const RecordHeader& header) {
  WireWriter fields;
  fields.U64(header.segment);
  fields.U64(header.nonce);
  fields.U64(header.sequence);
  fields.U64(header.batch);
  fields.U64(header.length);
  fields.U32(header.payload_checksum);
  fields.U32(0);
  fields.U64(0);
  WireWriter front;
  front.U32(kRecordMagic);
  front.U32(Checksum(fields.bytes()));
  return front.bytes() + fields.bytes();
}

std::optional<RecordHeader> DecodeRecordHeader(std::string_view bytes) {
  if (bytes.size() < kRecordHeaderSize) return std::nullopt;
  WireReader reader(bytes.substr(0, kRecordHeaderSize));
  if (reader.U32() != kRecordMagic) return std::nullopt;
  if (reader.U32() != Checksum(bytes.substr(8, kRecordHeaderSize - 8))) {
    return std::nullopt;
  }
  RecordHeader header;
  header.segment = reader.U64();
  header.nonce = reader.U64();
  header.sequence = reader.U64();
  header.batch = reader.U64();
  header.length = reader.U64();
  header.payload_checksum = reader.U32();
  return header;
}

std::string SegmentPath(const std::string& directory, std::uint64_t id) {
  return fmt::format("{}/{}{:016x}{}", directory, kPrefix, id, kSuffix);
}

Result<std::vector<std::uint64_t>> ListSegments(const std::string& directory) {
  const std::unique_ptr<DIR, DirectoryCloser> stream(
      ::opendir(directory.c_str()));
  if (stream == nullptr) return FromErrno(directory, errno);
  std::vector<std::uint64_t> ids;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) {
      if (errno != 0) return FromErrno(directory, errno);
      break;
    }
    if (const auto id = IdOf(entry->d_name)) ids.push_back(*id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

Result<Segment> Segment::Open(const std::string& directory, std::uint64_t id) {
  const std::string path = SegmentPath(directory, id);
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return FromErrno(path, errno);
  Result<std::string> block = ReadAt(fd.get(), 0, kBlock);
  if (!block.ok()) return block.error().Wrap(path);
  const std::optional<SegmentHeader> header = DecodeSegmentHeader(*block);
  if (!header || header->id != id) {
    return InvalidInput(path + ": the segment's header is damaged");
  }
  return Segment(std::move(fd), *header);
}

bool Segment::Claimed(std::string_view head) const {
  if (const auto header = DecodeRecordHeader(head)) {
    return header->segment == header_.id && header->nonce == header_.nonce;
  }
  // A header of ours that was hit still has one of its marks; zeros, and whole
  // headers that a file held before it was recycled, are nothing.
  WireReader reader(head);
  const bool magic = reader.U32() == kRecordMagic;
  reader.U32();
  const bool id = reader.U64() == header_.id;
  const bool nonce = reader.U64() == header_.nonce;
  return reader.ok() && (magic || (id && nonce));
}

Result<bool> Segment::ClaimedAt(std::uint64_t offset) const {
  PM_ASSIGN_OR_RETURN(const std::string head,
                      ReadAt(fd_.get(), offset, kRecordHeaderSize));
  return Claimed(head);
}

Result<Segment::Found> Segment::At(std::uint64_t offset) const {
  PM_ASSIGN_OR_RETURN(const std::string head,
                      ReadAt(fd_.get(), offset, kRecordHeaderSize));
  Found found;
  if (!Claimed(head)) return found;
  found.slot = Slot::kTorn;
  const std::optional<RecordHeader> header = DecodeRecordHeader(head);
  if (!header) return found;
  if (header->batch < kBlock || header->batch > offset ||
      offset > header_.size || header->length > header_.size - offset) {
    return found;
  }
  PM_ASSIGN_OR_RETURN(
      std::string payload,
      ReadAt(fd_.get(), offset + kRecordHeaderSize, header->length));
  if (payload.size() != header->length ||
      Checksum(payload) != header->payload_checksum) {
    return found;
  }
  found.slot = Slot::kRecord;
  found.header = *header;
  found.payload = std::move(payload);
  return found;
}

Result<std::optional<std::uint64_t>> Segment::LaterFlush(
    std::uint64_t offset) const {
  // Headers are read a stretch at a time: 64 bytes of each block matter.
  constexpr std::uint64_t kStretch = 256 * kBlock;
  for (std::uint64_t start = offset + kBlock; start < header_.size;
       start += kStretch) {
    PM_ASSIGN_OR_RETURN(const std::string bytes,
                        ReadAt(fd_.get(), start, kStretch));
    for (std::uint64_t at = 0; at + kRecordHeaderSize <= bytes.size();
         at += kBlock) {
      const std::optional<RecordHeader> header = DecodeRecordHeader(
          std::string_view(bytes).substr(at, kRecordHeaderSize));
      if (!header || header->segment != header_.id ||
          header->nonce != header_.nonce || header->batch <= offset) {
        continue;
      }
      PM_ASSIGN_OR_RETURN(const Found found, At(start + at));
      if (found.slot == Slot::kRecord) return std::optional(start + at);
    }
    if (bytes.size() < kStretch) break;
  }
  return std::optional<std::uint64_t>();
}

}  // namespace patchmilter::intake
