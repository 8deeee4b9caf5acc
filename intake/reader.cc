#include "intake/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.h"
#include "intake/segment.h"

namespace patchmilter::intake {
namespace {

constexpr std::string_view kSubject = "intake";

class FileReader : public Reader {
 public:
  FileReader(std::string directory, Position from)
      : directory_(std::move(directory)),
        position_{from.segment, Align(from.offset)} {}

  Result<std::optional<Entry>> Next() override;
  Position position() const override { return position_; }

 private:
  enum class Step { kGoOn, kEnd };

  static std::uint64_t Align(std::uint64_t offset) {
    return std::max(kBlock, RoundUp(offset));
  }
  void MoveTo(std::uint64_t segment) {
    segment_.reset();
    position_ = {segment, kBlock};
    sequence_ = 0;
  }
  // Opens the segment at position_, or the next one that stands. kEnd where
  // there is none.
  Result<Step> OpenSegment();
  // At a place where no whole record stands: finds out why.
  Result<Step> Blocked(Segment::Slot slot);
  // Whether a segment after position_'s has a record: then position_'s is
  // finished.
  Result<bool> LaterSegmentBegun() const;

  std::string directory_;
  Position position_;
  std::optional<Segment> segment_;
  std::uint64_t sequence_ = 0;  // Of the record read last, in this segment.
};

Result<FileReader::Step> FileReader::OpenSegment() {
  while (!segment_) {
    PM_ASSIGN_OR_RETURN(const std::vector<std::uint64_t> ids,
                        ListSegments(directory_));
    const auto next =
        std::lower_bound(ids.begin(), ids.end(), position_.segment);
    if (next == ids.end()) return Step::kEnd;
    if (*next != position_.segment) {
      if (position_.segment != 0) {
        log::Warning(kSubject, "segment {} is gone: going on with segment {}",
                     position_.segment, *next);
      }
      MoveTo(*next);
    }
    Result<Segment> segment = Segment::Open(directory_, position_.segment);
    if (segment.ok()) {
      segment_ = std::move(segment).value();
      break;
    }
    // Pruned between the listing and here: look again.
    if (segment.error().kind == ErrorKind::kNotFound) continue;
    if (segment.error().kind != ErrorKind::kInvalidInput) {
      return segment.error();
    }
    // A segment stands under its name only when its header is durable.
    MoveTo(position_.segment + 1);
    return Permanent(segment.error().message +
                     "; all of its records are skipped");
  }
  return Step::kGoOn;
}

Result<bool> FileReader::LaterSegmentBegun() const {
  PM_ASSIGN_OR_RETURN(const std::vector<std::uint64_t> ids,
                      ListSegments(directory_));
  for (auto id = std::upper_bound(ids.begin(), ids.end(), position_.segment);
       id != ids.end(); ++id) {
    const Result<Segment> segment = Segment::Open(directory_, *id);
    if (!segment.ok()) {
      // A damaged one says nothing; what follows it does.
      if (segment.error().kind == ErrorKind::kInvalidInput ||
          segment.error().kind == ErrorKind::kNotFound) {
        continue;
      }
      return segment.error();
    }
    PM_ASSIGN_OR_RETURN(const Segment::Found first, segment->At(kBlock));
    if (first.slot == Segment::Slot::kRecord) return true;
    if (first.slot == Segment::Slot::kTorn) {
      PM_ASSIGN_OR_RETURN(const auto later, segment->LaterFlush(kBlock));
      if (later) return true;
    }
  }
  return false;
}

Result<FileReader::Step> FileReader::Blocked(Segment::Slot slot) {
  PM_ASSIGN_OR_RETURN(const bool finished, LaterSegmentBegun());
  if (!finished && slot == Segment::Slot::kNothing) return Step::kEnd;
  // The writer may have written here since we looked: what a later flush or a
  // later segment proves is only true of what is read after it was seen.
  PM_ASSIGN_OR_RETURN(const auto later, segment_->LaterFlush(position_.offset));
  PM_ASSIGN_OR_RETURN(const Segment::Found again,
                      segment_->At(position_.offset));
  if (again.slot == Segment::Slot::kRecord &&
      again.header.sequence > sequence_) {
    return Step::kGoOn;
  }
  if (later) {
    const Position damaged =
        std::exchange(position_, Position{position_.segment, *later});
    return Permanent(
        fmt::format("segment {}: bytes {} to {} are damaged and skipped",
                    damaged.segment, damaged.offset, *later));
  }
  if (!finished) return Step::kEnd;
  // The rest of this segment was left over, or is a torn tail that was never
  // acknowledged.
  MoveTo(position_.segment + 1);
  return Step::kGoOn;
}

Result<std::optional<Entry>> FileReader::Next() {
  while (true) {
    PM_ASSIGN_OR_RETURN(const Step opened, OpenSegment());
    if (opened == Step::kEnd) return std::optional<Entry>();
    PM_ASSIGN_OR_RETURN(Segment::Found found, segment_->At(position_.offset));
    if (found.slot != Segment::Slot::kRecord ||
        found.header.sequence <= sequence_) {
      PM_ASSIGN_OR_RETURN(const Step step, Blocked(found.slot));
      if (step == Step::kEnd) return std::optional<Entry>();
      continue;
    }
    const Position here = position_;
    position_.offset += RecordSize(found.header.length);
    sequence_ = found.header.sequence;
    std::optional<Record> record = DecodeRecord(found.payload);
    if (!record) {
      return Permanent(fmt::format(
          "segment {}: the record at byte {} is in an unknown format",
          here.segment, here.offset));
    }
    return std::optional<Entry>(Entry{std::move(*record), position_});
  }
}

}  // namespace

Result<std::unique_ptr<Reader>> Reader::Open(const std::string& directory,
                                             Position from) {
  Result<std::vector<std::uint64_t>> ids = ListSegments(directory);
  if (!ids.ok()) return ids.error().Wrap("intake");
  return std::unique_ptr<Reader>(std::make_unique<FileReader>(directory, from));
}

}  // namespace patchmilter::intake
