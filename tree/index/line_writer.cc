#include "tree/index/line_writer.h"

#include <algorithm>
#include <numeric>

#include "tree/index/line_reader.h"

namespace patchmilter::tree {
namespace {

// Lines by row, in pieces, so that growing never copies.
class KeptLines {
 public:
  explicit KeptLines(std::size_t rows)
      : sizes_(rows, kLineNotKept), begins_(rows) {}

  // False where there is no room.
  bool Keep(std::size_t row, std::string_view line) {
    if (pieces_.empty() || pieces_.back().size() + line.size() > kPieceBytes) {
      if ((pieces_.size() + 1) * kPieceBytes > kMaxLineMemory) return false;
      pieces_.emplace_back();
      pieces_.back().reserve(kPieceBytes);
    }
    begins_[row] = static_cast<std::uint32_t>(
        (pieces_.size() - 1) * kPieceBytes + pieces_.back().size());
    sizes_[row] = static_cast<LineSize>(line.size());
    pieces_.back() += line;
    return true;
  }
  // The line of `other`, which stands on the same.
  void KeepAs(std::size_t row, std::size_t other) {
    begins_[row] = begins_[other];
    sizes_[row] = sizes_[other];
  }
  // Nothing where it is not kept.
  std::optional<std::string_view> At(std::size_t row) const {
    if (sizes_[row] == kLineNotKept) return std::nullopt;
    if (sizes_[row] == 0) return std::string_view();
    return std::string_view(pieces_[begins_[row] / kPieceBytes])
        .substr(begins_[row] % kPieceBytes, sizes_[row]);
  }

 private:
  static constexpr std::size_t kPieceBytes = 1 << 20;
  std::vector<LineSize> sizes_;
  std::vector<std::uint32_t> begins_;
  std::vector<std::string> pieces_;
};

KeptLines ReadLines(std::span<const LinePlace> places,
                    const LineSource& source) {
  std::vector<std::uint32_t> order(places.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [places](std::uint32_t a, std::uint32_t b) {
              if (places[a].document != places[b].document) {
                return places[a].document < places[b].document;
              }
              return places[a].line < places[b].line;
            });
  KeptLines kept(places.size());
  std::optional<LineReader> text;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const LinePlace& place = places[order[i]];
    const bool same_text =
        i > 0 && places[order[i - 1]].document == place.document;
    if (!same_text) {
      text.reset();
      if (const auto got = source.text_of(place.document)) text.emplace(*got);
    }
    if (!text.has_value()) continue;
    if (same_text && places[order[i - 1]].line == place.line) {
      kept.KeepAs(order[i], order[i - 1]);
      continue;
    }
    const std::string_view line = text->At(place.line);
    if (line.size() <= kMaxKeptLine && !kept.Keep(order[i], line)) break;
  }
  return kept;
}

}  // namespace

LineWriter::LineWriter(CheckedFileWriter* file, const LineSource* source)
    : file_(file), source_(source) {
  file_->BeginSection(kLines);
}

// A group's lines are in one block; those that would make it too long are not
// kept after all.
void LineWriter::Add(std::span<const LinePlace> places,
                     std::span<const std::size_t> begins,
                     std::vector<LineSize>* sizes,
                     std::vector<GroupRecord>* groups) {
  const KeptLines kept = ReadLines(places, *source_);
  for (std::size_t group = 0; group < begins.size(); ++group) {
    const std::size_t end =
        group + 1 < begins.size() ? begins[group + 1] : places.size();
    const std::size_t begin = block_.size();
    groups->push_back({0, static_cast<std::uint32_t>(blocks_.size()),
                       static_cast<std::uint32_t>(begin)});
    for (std::size_t row = begins[group]; row < end; ++row) {
      const auto line = kept.At(row);
      const bool fits = line.has_value() &&
                        block_.size() - begin + line->size() <= kMaxGroupLines;
      if (fits) block_ += *line;
      sizes->push_back(fits ? static_cast<LineSize>(line->size())
                            : kLineNotKept);
    }
    if (block_.size() >= kBlockBytes) Flush();
  }
}

void LineWriter::Flush() {
  if (block_.empty()) return;
  const std::string_view bytes = source_->compress(block_);
  blocks_.push_back({file_->section_size(),
                     static_cast<std::uint32_t>(bytes.size()),
                     static_cast<std::uint32_t>(block_.size())});
  file_->Append(bytes);
  block_.clear();
}

void LineWriter::Finish() {
  Flush();
  file_->BeginSection(kLineBlocks);
  file_->AppendArray<BlockRecord>(blocks_);
}

}  // namespace patchmilter::tree
