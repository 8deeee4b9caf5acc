#include "tree/index/merge.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "tree/index/segment_writer.h"

namespace patchmilter::tree {
namespace {

constexpr std::size_t kDocumentsBetweenAsking = 256;

class Merger {
 public:
  Merger(const MergeOptions& options, SegmentWriter* writer)
      : options_(options), writer_(writer) {}

  // Adds what is needed of `segment`. False where it is damaged.
  Result<bool> Add(const Segment& segment) {
    std::vector<IdRecord> ids(segment.ids().begin(), segment.ids().end());
    std::sort(ids.begin(), ids.end(), [](const IdRecord& a, const IdRecord& b) {
      return a.document < b.document;
    });
    std::unordered_map<std::uint32_t, std::uint32_t> numbers;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (i % kDocumentsBetweenAsking == 0 && options_.go_on != nullptr &&
          !options_.go_on()) {
        return Temporary("the index: stopped");
      }
      const IdRecord& record = ids[i];
      if (record.document >= segment.documents() ||
          !options_.needed(record.id) || !seen_.insert(record.id).second) {
        continue;
      }
      const auto number = AddDocument(segment, record);
      if (!number.has_value()) return false;
      numbers[record.document] = *number;
    }
    return segment.AllSymbols(
        [&](std::uint32_t document, const Symbol& symbol) {
          const auto number = numbers.find(document);
          if (number != numbers.end()) {
            writer_->AddSymbol(number->second, symbol);
          }
        });
  }

 private:
  std::optional<std::uint32_t> AddDocument(const Segment& segment,
                                           const IdRecord& record) {
    if (!segment.HasText(record.document)) {
      return writer_->AddTextless(
          record.id,
          {segment.Size(record.document), segment.IsBinary(record.document)});
    }
    const auto text = segment.Text(record.document, &reader_);
    if (!text.has_value()) return std::nullopt;
    return writer_->Add(record.id, *text);
  }

  const MergeOptions& options_;
  SegmentWriter* writer_;
  BlockReader reader_;
  std::unordered_set<git::ObjectId> seen_;
};

}  // namespace

Result<Merged> MergeSegments(const std::vector<CodeIndex::SegmentAt>& segments,
                             const MergeOptions& options) {
  PM_ASSIGN_OR_RETURN(const auto writer,
                      SegmentWriter::Create(options.directory));
  Merger merger(options, writer.get());
  Merged merged;
  bool has_symbols = true;
  for (const CodeIndex::SegmentAt& each : segments) {
    if (writer->IsFull()) break;
    PM_ASSIGN_OR_RETURN(const bool whole, merger.Add(*each.segment));
    // It was whole when this began. Next time it is not, and goes.
    if (!whole) return Merged();
    has_symbols &= each.segment->has_symbols();
    merged.replaced.push_back(each.path);
  }
  if (merged.replaced.size() < 2 || writer->documents() == 0) return Merged();
  PM_ASSIGN_OR_RETURN(merged.name,
                      writer->Finish(has_symbols, options.max_bytes));
  merged.no_room = merged.name.empty();
  return merged;
}

}  // namespace patchmilter::tree
