#include "tree/index/segment.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/handle.h"
#include "tree/index/posting_list.h"
#include "tree/index/symbol_table.h"

namespace patchmilter::tree {
namespace {

// A list that leaves more than this share of what is there already is not
// worth reading.
constexpr double kUselessShare = 0.9;
// Nor one so much longer than what is left.
constexpr std::size_t kNumbersPerChunk = 20'000;

}  // namespace

struct BlockReader::Context {
  CHandle<ZSTD_DCtx, ZSTD_freeDCtx> zstd{ZSTD_createDCtx()};
};

struct Segment::Dictionary {
  CHandle<ZSTD_DDict, ZSTD_freeDDict> zstd;
};

Segment::Segment() = default;
Segment::~Segment() = default;

BlockReader::BlockReader() : context_(std::make_unique<Context>()) {
  CHECK(context_->zstd != nullptr);
}
BlockReader::~BlockReader() = default;
BlockReader::BlockReader(BlockReader&&) noexcept = default;
BlockReader& BlockReader::operator=(BlockReader&&) noexcept = default;

Result<std::unique_ptr<Segment>> Segment::Open(const std::string& path) {
  auto segment = std::unique_ptr<Segment>(new Segment);
  PM_ASSIGN_OR_RETURN(segment->file_,
                      CheckedFile::Open(path, FileKind::kSegment));
  if (!segment->Load()) return Permanent(path + ": damaged");
  return segment;
}

bool Segment::Load() {
  const auto info = file_->Read(kInfo, 0, sizeof(info_));
  if (!info.has_value()) return false;
  std::memcpy(&info_, info->data(), sizeof(info_));
  const auto blocks = file_->Array<BlockRecord>(kBlocks);
  const auto line_blocks = file_->Array<BlockRecord>(kLineBlocks);
  const auto records = file_->Array<DocumentRecord>(kDocuments);
  const auto chunks = file_->Array<ChunkRecord>(kChunks);
  const auto ids = file_->Array<IdRecord>(kIds);
  const auto trigrams = file_->Array<TrigramRecord>(kTrigramRecords);
  if (!blocks.has_value() || !line_blocks.has_value() || !records.has_value() ||
      !chunks.has_value() || !ids.has_value() || !trigrams.has_value() ||
      records->size() != info_.documents || ids->size() != info_.documents ||
      chunks->size() > UINT32_MAX) {
    return false;
  }
  const auto dictionary =
      file_->Read(kDictionary, 0, file_->SectionSize(kDictionary));
  if (!dictionary.has_value()) return false;
  dictionary_ = std::make_unique<Dictionary>();
  if (!dictionary->empty()) {
    dictionary_->zstd.reset(
        ZSTD_createDDict(dictionary->data(), dictionary->size()));
    if (dictionary_->zstd == nullptr) return false;
  }
  blocks_ = *blocks;
  line_blocks_ = *line_blocks;
  records_ = *records;
  chunks_ = *chunks;
  ids_ = *ids;
  trigrams_ = *trigrams;
  return std::all_of(records_.begin(), records_.end(),
                     [this](const DocumentRecord& record) {
                       return record.chunk <= chunks_.size() &&
                              record.chunks <= chunks_.size() - record.chunk;
                     });
}

bool Segment::IsRight() const {
  for (std::uint32_t section = 0; section <= kLastSection; ++section) {
    if (!file_->Read(section, 0, file_->SectionSize(section)).has_value()) {
      return false;
    }
  }
  return true;
}

std::optional<std::uint32_t> Segment::Find(const git::ObjectId& id) const {
  const auto at =
      std::lower_bound(ids_.begin(), ids_.end(), id,
                       [](const IdRecord& record, const git::ObjectId& wanted) {
                         return record.id < wanted;
                       });
  if (at == ids_.end() || at->id != id || at->document >= documents()) {
    return std::nullopt;
  }
  return at->document;
}

std::optional<std::string_view> Segment::Block(
    std::span<const BlockRecord> blocks, std::uint32_t section,
    std::uint32_t number, BlockReader* reader) const {
  if (number >= blocks.size()) return Damaged();
  if (reader->owner_ != blocks.data() || reader->block_ != number) {
    const BlockRecord& block = blocks[number];
    if (block.text > kMaxBlockBytes) return Damaged();
    const auto bytes = file_->Read(section, block.offset, block.size);
    if (!bytes.has_value()) return Damaged();
    reader->owner_ = nullptr;
    if (reader->capacity_ < block.text) {
      reader->text_ = std::make_unique_for_overwrite<char[]>(block.text);
      reader->capacity_ = block.text;
    }
    const std::size_t size = ZSTD_decompress_usingDDict(
        reader->context_->zstd.get(), reader->text_.get(), block.text,
        bytes->data(), bytes->size(), dictionary_->zstd.get());
    if (ZSTD_isError(size) != 0 || size != block.text) return Damaged();
    reader->owner_ = blocks.data();
    reader->block_ = number;
    reader->size_ = size;
  }
  return std::string_view(reader->text_.get(), reader->size_);
}

std::optional<std::string_view> Segment::Text(std::uint32_t number,
                                              BlockReader* reader) const {
  const DocumentRecord& record = records_[number];
  if (!HasText(number)) return std::nullopt;
  const auto [first, last] = ChunksOf(number);
  if (record.size > kMaxIndexedBytes) return Damaged();
  if (last - first == 1) return ChunkText(first, reader);
  std::string& whole = reader->whole_;
  whole.clear();
  whole.reserve(record.size);
  for (std::uint32_t chunk = first; chunk < last; ++chunk) {
    const auto text = ChunkText(chunk, reader);
    if (!text.has_value()) return std::nullopt;
    if (text->size() > record.size - whole.size()) return Damaged();
    whole += *text;
  }
  if (whole.size() != record.size) return Damaged();
  return whole;
}

std::optional<std::string_view> Segment::ChunkText(std::uint32_t number,
                                                   BlockReader* reader) const {
  const ChunkRecord& record = chunks_[number];
  const auto block = Block(blocks_, kTexts, record.block, reader);
  if (!block.has_value()) return std::nullopt;
  if (record.offset > block->size() ||
      record.size > block->size() - record.offset) {
    return Damaged();
  }
  return block->substr(record.offset, record.size);
}

bool Segment::Postings(const TrigramRecord& record,
                       std::vector<std::uint32_t>* numbers) const {
  const std::uint64_t end = &record == &trigrams_.back()
                                ? file_->SectionSize(kPostings)
                                : (&record + 1)->offset;
  if (end < record.offset) return false;
  const auto bytes = file_->Read(kPostings, record.offset, end - record.offset);
  return bytes.has_value() &&
         DecodePostings(*bytes, record.count, chunks(), numbers);
}

std::optional<std::vector<std::uint32_t>> Segment::Match(
    const std::vector<Trigram>& trigrams) const {
  CHECK(!trigrams.empty());
  if (damaged()) return std::nullopt;
  std::vector<const TrigramRecord*> lists;
  for (const Trigram trigram : trigrams) {
    const auto at =
        std::lower_bound(trigrams_.begin(), trigrams_.end(), trigram,
                         [](const TrigramRecord& record, Trigram wanted) {
                           return record.trigram < wanted;
                         });
    if (at == trigrams_.end() || at->trigram != trigram) {
      return std::vector<std::uint32_t>();
    }
    lists.push_back(&*at);
  }
  // The shortest first: what is left can only become less.
  std::sort(lists.begin(), lists.end(),
            [](const TrigramRecord* a, const TrigramRecord* b) {
              return a->count < b->count;
            });
  std::vector<std::uint32_t> left;
  if (!Postings(*lists.front(), &left)) return Damaged();
  std::vector<std::uint32_t> numbers;
  for (std::size_t i = 1; i < lists.size() && !left.empty(); ++i) {
    const TrigramRecord& record = *lists[i];
    if (record.count > kUselessShare * chunks() ||
        record.count / kNumbersPerChunk > left.size()) {
      break;
    }
    if (!Postings(record, &numbers)) return Damaged();
    auto out = left.begin();
    auto b = numbers.begin();
    for (const std::uint32_t number : left) {
      while (b != numbers.end() && *b < number) ++b;
      if (b == numbers.end()) break;
      if (*b == number) *out++ = number;
    }
    left.erase(out, left.end());
  }
  return left;
}

bool Segment::Symbols(
    std::string_view name, BlockReader* reader,
    const std::function<void(std::uint32_t, Symbol,
                             std::optional<std::string_view>)>& found) const {
  if (damaged()) return false;
  bool lines_are_right = true;
  const bool right = LookUpSymbols(
      *file_, name, documents(),
      [&](std::uint32_t document, Symbol symbol,
          const std::optional<KeptLine>& line) {
        if (!line.has_value()) {
          found(document, std::move(symbol), std::nullopt);
          return;
        }
        if (!lines_are_right) return;
        const auto block = Block(line_blocks_, kLines, line->block, reader);
        if (!block.has_value() || line->offset > block->size() ||
            line->size > block->size() - line->offset) {
          lines_are_right = false;
          return;
        }
        found(document, std::move(symbol),
              block->substr(line->offset, line->size));
      });
  if (right && lines_are_right) return true;
  (void)Damaged();
  return false;
}

bool Segment::AllSymbols(
    const std::function<void(std::uint32_t, Symbol)>& found) const {
  if (damaged()) return false;
  if (ForEachSymbol(*file_, documents(), found)) return true;
  (void)Damaged();
  return false;
}

}  // namespace patchmilter::tree
