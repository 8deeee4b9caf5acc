#include "tree/index/segment_writer.h"

#include <zdict.h>
#include <zstd.h>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/handle.h"
#include "tree/index/posting_list.h"

namespace patchmilter::tree {
namespace {

// A segment holds no more: what its making takes in memory is bounded.
constexpr std::uint64_t kMaxSegmentText = 3ULL << 30;
constexpr std::size_t kMaxSegmentDocuments = 1'000'000;
constexpr std::size_t kMaxPostingBytes = 448 << 20;
constexpr std::size_t kMaxSymbolMemory = 448 << 20;

// Half of level 19's gain over level 1 for a tenth of its time.
constexpr int kCompression = 6;
constexpr std::size_t kDictionaryBytes = 110 << 10;

std::string SegmentName(std::uint64_t id) {
  char name[40];
  std::snprintf(name, sizeof(name), "segment-%016llx",
                static_cast<unsigned long long>(id));
  return name;
}

}  // namespace

std::string TrainDictionary(const std::vector<std::string>& samples) {
  std::string all;
  std::vector<std::size_t> sizes;
  for (const std::string& sample : samples) {
    all += sample;
    sizes.push_back(sample.size());
  }
  // A dictionary is worth it where it is little beside what it is for.
  if (all.size() < 8 * kDictionaryBytes) return "";
  std::string dictionary(kDictionaryBytes, '\0');
  const std::size_t size =
      ZDICT_trainFromBuffer(dictionary.data(), dictionary.size(), all.data(),
                            sizes.data(), static_cast<unsigned>(sizes.size()));
  if (ZDICT_isError(size) != 0) return "";
  dictionary.resize(size);
  return dictionary;
}

class SegmentWriter::Compressor {
 public:
  explicit Compressor(const std::string& dictionary)
      : context_(ZSTD_createCCtx()),
        dictionary_(dictionary.empty()
                        ? nullptr
                        : ZSTD_createCDict(dictionary.data(), dictionary.size(),
                                           kCompression)),
        out_(ZSTD_createDCtx()),
        out_dictionary_(
            dictionary.empty()
                ? nullptr
                : ZSTD_createDDict(dictionary.data(), dictionary.size())) {
    CHECK(context_ != nullptr && out_ != nullptr);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel,
                           kCompression);
    ZSTD_CCtx_refCDict(context_.get(), dictionary_.get());
  }
  // Its results are borrowed until its next call.
  std::string_view Compress(std::string_view text) {
    bytes_.resize(ZSTD_compressBound(text.size()));
    const std::size_t size = ZSTD_compress2(
        context_.get(), bytes_.data(), bytes_.size(), text.data(), text.size());
    CHECK(ZSTD_isError(size) == 0);
    return std::string_view(bytes_).substr(0, size);
  }

  // `text` has the size of what `bytes` were made from.
  bool TakeOut(std::string_view bytes, std::string* text) {
    const std::size_t size = ZSTD_decompress_usingDDict(
        out_.get(), text->data(), text->size(), bytes.data(), bytes.size(),
        out_dictionary_.get());
    return ZSTD_isError(size) == 0 && size == text->size();
  }

 private:
  CHandle<ZSTD_CCtx, ZSTD_freeCCtx> context_;
  CHandle<ZSTD_CDict, ZSTD_freeCDict> dictionary_;
  CHandle<ZSTD_DCtx, ZSTD_freeDCtx> out_;
  CHandle<ZSTD_DDict, ZSTD_freeDDict> out_dictionary_;
  std::string bytes_;
};

SegmentWriter::SegmentWriter(std::string directory,
                             std::unique_ptr<CheckedFileWriter> file,
                             const std::string& dictionary)
    : directory_(std::move(directory)),
      file_(std::move(file)),
      compressor_(std::make_unique<Compressor>(dictionary)),
      postings_of_(kTrigrams),
      pieces_(1) {
  file_->BeginSection(kDictionary);
  file_->Append(dictionary);
  file_->BeginSection(kTexts);
  texts_begin_ = file_->section_begin();
}

SegmentWriter::~SegmentWriter() = default;

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::Create(
    const std::string& directory, const std::string& dictionary) {
  PM_ASSIGN_OR_RETURN(
      auto file,
      CheckedFileWriter::Create(directory + "/segment", FileKind::kSegment));
  return std::unique_ptr<SegmentWriter>(
      new SegmentWriter(directory, std::move(file), dictionary));
}

bool SegmentWriter::IsFull() const {
  return text_bytes_ >= kMaxSegmentText ||
         documents_.size() >= kMaxSegmentDocuments ||
         pieces_.size() * sizeof(Piece) >= kMaxPostingBytes ||
         symbols_.memory() >= kMaxSymbolMemory;
}

std::uint64_t SegmentWriter::size() const {
  if (finished_size_ > 0) return finished_size_;
  const std::uint64_t tables =
      (blocks_.size() + 1) * sizeof(BlockRecord) +
      documents_.size() * (sizeof(DocumentRecord) + sizeof(IdRecord)) +
      chunks_.size() * sizeof(ChunkRecord);
  const std::uint64_t lists =
      posting_bytes_ + postings_.size() * (sizeof(TrigramRecord) + 1);
  return CheckedFileWriter::SizeOf(file_->size() + block_.size() + tables +
                                   lists + symbols_.written());
}

void SegmentWriter::PutByte(Postings* postings, std::uint8_t byte) {
  ++posting_bytes_;
  if (postings->used == kPieceBytes || postings->last_piece == 0) {
    const auto piece = static_cast<std::uint32_t>(pieces_.size());
    pieces_.emplace_back();
    if (postings->last_piece == 0) {
      postings->first_piece = piece;
    } else {
      pieces_[postings->last_piece].next = piece;
    }
    postings->last_piece = piece;
    postings->used = 0;
  }
  pieces_[postings->last_piece].bytes[postings->used++] = byte;
}

void SegmentWriter::AddPosting(Trigram trigram, std::uint32_t chunk) {
  std::uint32_t& place = postings_of_[trigram];
  if (place == 0) {
    postings_.emplace_back();
    trigram_of_.push_back(trigram);
    place = static_cast<std::uint32_t>(postings_.size());
  }
  Postings& postings = postings_[place - 1];
  std::uint32_t gap = chunk - postings.last;
  postings.last = chunk;
  ++postings.count;
  for (; gap >= 0x80; gap >>= 7) {
    PutByte(&postings, static_cast<std::uint8_t>(gap | 0x80));
  }
  PutByte(&postings, static_cast<std::uint8_t>(gap));
}

std::vector<std::uint32_t> SegmentWriter::Numbers(
    const Postings& postings) const {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(postings.count);
  std::uint32_t piece = postings.first_piece;
  std::size_t at = 0;
  std::uint32_t number = 0;
  while (numbers.size() < postings.count) {
    std::uint32_t gap = 0;
    for (unsigned shift = 0;; shift += 7) {
      if (at == kPieceBytes) {
        piece = pieces_[piece].next;
        at = 0;
      }
      const std::uint8_t byte = pieces_[piece].bytes[at++];
      gap |= static_cast<std::uint32_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) break;
    }
    number += gap;
    numbers.push_back(number);
  }
  return numbers;
}

std::uint32_t SegmentWriter::Add(const git::ObjectId& id,
                                 std::string_view text) {
  CHECK(text.size() <= kMaxIndexedBytes);
  const std::uint32_t number = documents();
  documents_.push_back({chunks(), 0, text.size(), 0, 0});
  ids_.push_back({id, number});
  text_bytes_ += text.size();
  std::uint32_t line = 0;
  while (!text.empty()) {
    const std::size_t lf = text.size() > kChunkBytes
                               ? text.find('\n', kChunkBytes - 1)
                               : std::string_view::npos;
    const std::string_view chunk =
        text.substr(0, lf == std::string_view::npos ? text.size() : lf + 1);
    AddChunk(chunk, line);
    line += static_cast<std::uint32_t>(
        std::count(chunk.begin(), chunk.end(), '\n'));
    text.remove_prefix(chunk.size());
  }
  documents_[number].chunks = chunks() - documents_[number].chunk;
  return number;
}

void SegmentWriter::AddChunk(std::string_view text, std::uint32_t line) {
  // A long one is a block of its own: reading a short one beside it would cost
  // as much.
  if (block_.size() + text.size() > kBlockBytes) FlushBlock();
  const std::uint32_t number = chunks();
  chunks_.push_back({static_cast<std::uint32_t>(blocks_.size()),
                     static_cast<std::uint32_t>(block_.size()),
                     static_cast<std::uint32_t>(text.size()), line});
  for (const Trigram trigram : trigrams_.Of(text)) AddPosting(trigram, number);
  block_ += text;
  if (block_.size() >= kBlockBytes) FlushBlock();
}

std::uint32_t SegmentWriter::AddTextless(const git::ObjectId& id,
                                         const TextlessDocument& document) {
  const std::uint32_t number = documents();
  documents_.push_back({chunks(), 0, document.size,
                        document.binary ? kBinaryDocument : kTooLongDocument,
                        0});
  ids_.push_back({id, number});
  return number;
}

void SegmentWriter::FlushBlock() {
  if (block_.empty()) return;
  const std::string_view bytes = compressor_->Compress(block_);
  blocks_.push_back({file_->section_size(),
                     static_cast<std::uint32_t>(bytes.size()),
                     static_cast<std::uint32_t>(block_.size())});
  file_->Append(bytes);
  block_.clear();
}

void SegmentWriter::WriteTables() {
  file_->BeginSection(kBlocks);
  file_->AppendArray<BlockRecord>(blocks_);
  file_->BeginSection(kDocuments);
  file_->AppendArray<DocumentRecord>(documents_);
  file_->BeginSection(kChunks);
  file_->AppendArray<ChunkRecord>(chunks_);
  std::sort(ids_.begin(), ids_.end(),
            [](const IdRecord& a, const IdRecord& b) { return a.id < b.id; });
  file_->BeginSection(kIds);
  file_->AppendArray<IdRecord>(ids_);
}

void SegmentWriter::WritePostings() {
  std::vector<std::uint32_t> order(postings_.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [this](std::uint32_t a, std::uint32_t b) {
              return trigram_of_[a] < trigram_of_[b];
            });
  file_->BeginSection(kPostings);
  std::vector<TrigramRecord> records;
  records.reserve(order.size());
  std::string bytes;
  for (const std::uint32_t place : order) {
    const Postings& postings = postings_[place];
    bytes.clear();
    EncodePostings(Numbers(postings), chunks(), &bytes);
    records.push_back(
        {trigram_of_[place], postings.count, file_->section_size()});
    file_->Append(bytes);
  }
  file_->BeginSection(kTrigramRecords);
  file_->AppendArray<TrigramRecord>(records);
  postings_ = {};
  trigram_of_ = {};
  pieces_ = {};
  postings_of_ = {};
}

void SegmentWriter::WriteSymbols() {
  constexpr std::size_t kNoBlock = SIZE_MAX;
  std::string text;
  std::size_t block = kNoBlock;  // That is in `text`.
  std::string whole;             // A text of several chunks.
  const auto chunk_text =
      [&](const ChunkRecord& chunk) -> std::optional<std::string_view> {
    if (block != chunk.block) {
      block = kNoBlock;
      const BlockRecord& record = blocks_[chunk.block];
      const auto bytes =
          file_->ReadAgain(texts_begin_ + record.offset, record.size);
      text.resize(record.text);
      if (!bytes.has_value() || !compressor_->TakeOut(*bytes, &text)) {
        return std::nullopt;
      }
      block = chunk.block;
    }
    return std::string_view(text).substr(chunk.offset, chunk.size);
  };
  LineSource lines;
  lines.text_of = [&](std::uint32_t number) -> std::optional<std::string_view> {
    if (number >= documents_.size()) return std::nullopt;
    const DocumentRecord& document = documents_[number];
    if (document.flags != 0) return std::nullopt;
    if (document.chunks == 1) return chunk_text(chunks_[document.chunk]);
    whole.clear();
    for (std::uint32_t i = 0; i < document.chunks; ++i) {
      const auto chunk = chunk_text(chunks_[document.chunk + i]);
      if (!chunk.has_value()) return std::nullopt;
      whole += *chunk;
    }
    return whole;
  };
  lines.compress = [this](std::string_view all) {
    return compressor_->Compress(all);
  };
  symbols_.Write(file_.get(), lines);
}

Result<std::string> SegmentWriter::Finish(bool has_symbols,
                                          std::uint64_t max_bytes) {
  FlushBlock();
  WriteTables();
  // Content-addressed as a whole: the same documents make the same name.
  SegmentInfo info;
  info.id = Checksum({reinterpret_cast<const char*>(ids_.data()),
                      ids_.size() * sizeof(IdRecord)}) ^
            (has_symbols ? 1 : 0);
  info.documents = documents();
  info.has_symbols = has_symbols ? 1 : 0;
  info.text_bytes = text_bytes_;
  info.symbols = symbols_.size();
  WritePostings();
  WriteSymbols();
  file_->BeginSection(kInfo);
  file_->Append({reinterpret_cast<const char*>(&info), sizeof(info)});
  finished_size_ = CheckedFileWriter::SizeOf(file_->size());
  if (finished_size_ > max_bytes) return std::string();
  const std::string name = SegmentName(info.id);
  PM_RETURN_IF_ERROR(file_->Finish(directory_ + "/" + name));
  return name;
}

}  // namespace patchmilter::tree
