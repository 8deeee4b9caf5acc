#include "tree/index/tree_file.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "tree/index/checked_file.h"

namespace patchmilter::tree {
namespace {

enum Section : std::uint32_t {
  kRoot = 0,
  kPaths = 1,
  kEnds = 2,
  kModes = 3,
  kBlobs = 4,
  kSegments = 5,
  kSegmentOf = 6,
  kNumberOf = 7,
};

std::string_view BytesOf(const git::ObjectId& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

}  // namespace

std::string TreeFileName(const git::ObjectId& root) {
  return "tree-" + root.Hex();
}

Status WriteTreeFile(
    const std::string& directory, const Listing& listing,
    const std::function<StoredDocument(const ListedFile&)>& document_of) {
  const std::string path = directory + "/" + TreeFileName(listing.root());
  PM_ASSIGN_OR_RETURN(const auto file,
                      CheckedFileWriter::Create(path, FileKind::kTree));
  file->BeginSection(kRoot);
  file->Append(BytesOf(listing.root()));
  std::vector<std::uint32_t> ends;
  std::vector<std::uint32_t> modes;
  std::vector<git::ObjectId> blobs;
  std::vector<std::uint64_t> segments;
  std::vector<std::uint8_t> segment_of;
  std::vector<std::uint32_t> number_of;
  file->BeginSection(kPaths);
  for (Listing::Position at = listing.From(""); at.valid(); at.Next()) {
    file->Append(at->path);
    ends.push_back(static_cast<std::uint32_t>(file->section_size()));
    modes.push_back(at->mode);
    blobs.push_back(at->blob);
    const StoredDocument document = document_of(*at);
    auto in = std::find(segments.begin(), segments.end(), document.segment);
    if (document.segment != 0 && in == segments.end() &&
        segments.size() < StoredTree::kNone) {
      in = segments.insert(segments.end(), document.segment);
    }
    const bool known = document.segment != 0 && in != segments.end();
    segment_of.push_back(known
                             ? static_cast<std::uint8_t>(in - segments.begin())
                             : StoredTree::kNone);
    number_of.push_back(known ? document.number : 0);
  }
  file->BeginSection(kEnds);
  file->AppendArray<std::uint32_t>(ends);
  file->BeginSection(kModes);
  file->AppendArray<std::uint32_t>(modes);
  file->BeginSection(kBlobs);
  file->AppendArray<git::ObjectId>(blobs);
  file->BeginSection(kSegments);
  file->AppendArray<std::uint64_t>(segments);
  file->BeginSection(kSegmentOf);
  file->AppendArray<std::uint8_t>(segment_of);
  file->BeginSection(kNumberOf);
  file->AppendArray<std::uint32_t>(number_of);
  return file->Finish(path);
}

std::uint64_t TreeFileSize(const Listing& listing) {
  // An end, a mode, a blob, a segment's place and a number.
  constexpr std::uint64_t kFileBytes = 4 + 4 + sizeof(git::ObjectId) + 1 + 4;
  std::uint64_t size = sizeof(git::ObjectId) +
                       StoredTree::kNone * sizeof(std::uint64_t) +
                       listing.size() * kFileBytes;
  for (Listing::Position at = listing.From(""); at.valid(); at.Next()) {
    size += at->path.size();
  }
  return CheckedFileWriter::SizeOf(size);
}

Result<StoredTree> ReadTreeFile(const std::string& directory,
                                const git::ObjectId& root) {
  const std::string path = directory + "/" + TreeFileName(root);
  PM_ASSIGN_OR_RETURN(const auto file,
                      CheckedFile::Open(path, FileKind::kTree));
  const auto id = file->Read(kRoot, 0, root.bytes.size());
  const auto paths = file->Read(kPaths, 0, file->SectionSize(kPaths));
  const auto ends = file->Array<std::uint32_t>(kEnds);
  const auto modes = file->Array<std::uint32_t>(kModes);
  const auto blobs = file->Array<git::ObjectId>(kBlobs);
  const auto segments = file->Array<std::uint64_t>(kSegments);
  const auto segment_of = file->Array<std::uint8_t>(kSegmentOf);
  const auto number_of = file->Array<std::uint32_t>(kNumberOf);
  const auto damaged = [&path] { return Permanent(path + ": damaged"); };
  if (!id.has_value() || *id != BytesOf(root) || !paths.has_value() ||
      !ends.has_value() || !modes.has_value() || !blobs.has_value() ||
      !segments.has_value() || !segment_of.has_value() ||
      !number_of.has_value()) {
    return damaged();
  }
  const std::size_t count = ends->size();
  if (modes->size() != count || blobs->size() != count ||
      segment_of->size() != count || number_of->size() != count ||
      count > kMaxListedFiles || paths->size() > kMaxListedPathBytes) {
    return damaged();
  }
  auto table = std::make_shared<FileTable>();
  table->Reserve(count, paths->size());
  std::uint32_t begin = 0;
  std::string_view last;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t end = (*ends)[i];
    if (end < begin || end > paths->size()) return damaged();
    const std::string_view one = paths->substr(begin, end - begin);
    if (i > 0 && one <= last) return damaged();
    const std::uint8_t segment = (*segment_of)[i];
    if (segment != StoredTree::kNone && segment >= segments->size()) {
      return damaged();
    }
    table->Add(one, (*modes)[i], (*blobs)[i]);
    last = one;
    begin = end;
  }
  StoredTree tree;
  tree.table = std::move(table);
  tree.segments.assign(segments->begin(), segments->end());
  tree.segment_of.assign(segment_of->begin(), segment_of->end());
  tree.number_of.assign(number_of->begin(), number_of->end());
  return tree;
}

}  // namespace patchmilter::tree
