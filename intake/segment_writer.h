// Making segment files and writing into them: the writer's hands.
//
// Threads: SegmentMaker and SegmentWriter one at a time each; the writer uses
// one on its maintenance thread and the other on its flush thread.
// Tested in tests/intake/writer_test.cc, both with and without O_DIRECT.
#ifndef PATCHMILTER_INTAKE_SEGMENT_WRITER_H_
#define PATCHMILTER_INTAKE_SEGMENT_WRITER_H_

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "base/handle.h"
#include "base/result.h"
#include "intake/file_calls.h"
#include "intake/segment.h"

namespace patchmilter::intake {

// Makes segments: allocated and already written (zeros, or what a recycled
// file held), so that a later write changes no metadata and needs no journal
// commit of the file system. A segment gets its name when it is durable.
class SegmentMaker {
 public:
  SegmentMaker(std::string directory, FileCalls& files)
      : directory_(std::move(directory)), files_(files) {}

  // kTemporary where there is no room, or the disk fails. With `written` false
  // the space is only allocated: for the one segment of a record larger than a
  // segment.
  Result<SegmentHeader> Make(std::uint64_t id, std::uint64_t sequence,
                             std::uint64_t size, bool written);
  // Keeps the file of segment `id` for the next Make of its size, or removes
  // it where one is kept already.
  Status Recycle(std::uint64_t id, std::uint64_t size);
  Status Remove(std::uint64_t id);
  // Removes a half-made segment of an earlier process, and finds its spare.
  Status CleanUp(std::uint64_t segment_size);
  // Bytes of the file kept, 0 for none.
  std::uint64_t spare_size() const { return spare_size_; }

 private:
  std::string NewPath() const { return directory_ + "/segment.new"; }
  std::string SparePath() const { return directory_ + "/segment.spare"; }
  Status Fill(int fd, const SegmentHeader& header, bool written, bool recycled);

  std::string directory_;
  FileCalls& files_;
  std::uint64_t spare_size_ = 0;
};

// Writes blocks into one segment, durably: O_DIRECT|O_DSYNC where the file
// system takes it, else pwrite and fdatasync.
class SegmentWriter {
 public:
  // `direct` false: never tries O_DIRECT.
  static Result<std::unique_ptr<SegmentWriter>> Open(
      const std::string& directory, const SegmentHeader& header, bool direct,
      FileCalls& files);

  const SegmentHeader& header() const { return header_; }
  bool direct() const { return direct_; }

  // A flush: Begin, any number of Add, End. After End returned ok, all that
  // was added is durable. After an error the place is in an unknown state.
  // REQUIRES: `offset` is a multiple of kBlock.
  void Begin(std::uint64_t offset);
  Status Add(std::string_view bytes);
  Status PadToBlock();
  Status End();

 private:
  SegmentWriter(std::string path, const SegmentHeader& header, bool direct,
                FileCalls& files);
  Status WriteOut();
  Status Reopen();

  struct Free {
    void operator()(char* bytes) const noexcept { std::free(bytes); }
  };

  std::string path_;
  SegmentHeader header_;
  bool direct_;
  FileCalls& files_;
  UniqueFd fd_;
  std::unique_ptr<char, Free> buffer_;  // Aligned to kBlock.
  std::size_t filled_ = 0;
  std::uint64_t offset_ = 0;  // Where the buffer goes.
};

}  // namespace patchmilter::intake

#endif  // PATCHMILTER_INTAKE_SEGMENT_WRITER_H_
