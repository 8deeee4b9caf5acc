// The form in which a Diff crosses from the parse worker: a worker that a
// hostile mail has taken over may send anything, so each span, index and number
// is checked against the text, and what can be counted again is.
#include "diff/diff.h"

namespace patchmilter::diff {
namespace {

constexpr std::uint8_t kMaxChange =
    static_cast<std::uint8_t>(FileChange::kModeOnly);
constexpr std::uint8_t kMaxLineKind =
    static_cast<std::uint8_t>(LineKind::kNoNewline);
constexpr std::uint8_t kMaxProblem =
    static_cast<std::uint8_t>(ProblemKind::kTooLarge);
// The fewest bytes that one of each takes, for Count().
constexpr size_t kLineBytes = 1 + 3 * 4 + 2 * 4;
constexpr size_t kHunkBytes = 4 * 4 + 2 * 8 + 4 + 8 + 1;
constexpr size_t kFileBytes = 4 * 8 + 1 + 2 * 4 + 1 + 1 + 2 * 8 + 4 + 8;
constexpr size_t kProblemBytes = 1 + 2 * 4;

void WriteSpan(Span span, WireWriter* out) {
  out->U32(span.begin);
  out->U32(span.size);
}

// Reads the parts of a Diff, of a text of `size` bytes.
class DiffReader {
 public:
  DiffReader(WireReader* in, size_t size) : in_(in), size_(size) {}

  // Bounds each span by the text; a line's number by the bytes of the text,
  // since no text has more lines than bytes.
  Span ReadSpan() {
    Span span;
    span.begin = in_->U32();
    span.size = in_->U32();
    if (span.begin > size_ || span.size > size_ - span.begin) {
      in_->Fail();
      return {};
    }
    return span;
  }
  std::uint32_t TextLine() {
    const std::uint32_t line = in_->U32();
    if (line > size_) {
      in_->Fail();
      return 0;
    }
    return line;
  }

  Line ReadLine() {
    Line line;
    line.kind = static_cast<LineKind>(in_->Enum(kMaxLineKind));
    line.old_line = in_->U32();
    line.new_line = in_->U32();
    line.text_line = TextLine();
    line.span = ReadSpan();
    return line;
  }

  Hunk ReadHunk() {
    Hunk hunk;
    hunk.old_start = in_->U32();
    hunk.old_count = in_->U32();
    hunk.new_start = in_->U32();
    hunk.new_count = in_->U32();
    hunk.header = ReadSpan();
    hunk.section = ReadSpan();
    hunk.text_line = TextLine();
    const size_t lines = in_->Count(kLineBytes);
    hunk.lines.reserve(lines);
    for (size_t i = 0; i < lines && in_->ok(); ++i) {
      hunk.lines.push_back(ReadLine());
    }
    hunk.counts_match = in_->Bool();
    return hunk;
  }

  File ReadFile() {
    File file;
    file.old_path = in_->String();
    file.new_path = in_->String();
    file.change = static_cast<FileChange>(in_->Enum(kMaxChange));
    file.old_mode = in_->U32();
    file.new_mode = in_->U32();
    file.old_blob = in_->String();
    file.new_blob = in_->String();
    const std::uint8_t similarity = in_->Enum(101);
    file.similarity = similarity == 101 ? -1 : similarity;
    file.binary = in_->Bool();
    file.binary_patch = ReadSpan();
    file.header = ReadSpan();
    file.text_line = TextLine();
    const size_t hunks = in_->Count(kHunkBytes);
    file.hunks.reserve(hunks);
    for (size_t i = 0; i < hunks && in_->ok(); ++i) {
      file.hunks.push_back(ReadHunk());
    }
    return file;
  }

 private:
  WireReader* in_;
  size_t size_;
};

}  // namespace

void Diff::Encode(WireWriter* out) const {
  out->String(*text_);
  EncodeParts(out);
}

void Diff::EncodeParts(WireWriter* out) const {
  out->Count(files_.size());
  for (const File& file : files_) {
    out->String(file.old_path);
    out->String(file.new_path);
    out->U8(static_cast<std::uint8_t>(file.change));
    out->U32(file.old_mode);
    out->U32(file.new_mode);
    out->String(file.old_blob);
    out->String(file.new_blob);
    out->U8(file.similarity < 0 ? std::uint8_t{101}
                                : static_cast<std::uint8_t>(file.similarity));
    out->Bool(file.binary);
    WriteSpan(file.binary_patch, out);
    WriteSpan(file.header, out);
    out->U32(file.text_line);
    out->Count(file.hunks.size());
    for (const Hunk& hunk : file.hunks) {
      out->U32(hunk.old_start);
      out->U32(hunk.old_count);
      out->U32(hunk.new_start);
      out->U32(hunk.new_count);
      WriteSpan(hunk.header, out);
      WriteSpan(hunk.section, out);
      out->U32(hunk.text_line);
      out->Count(hunk.lines.size());
      for (const Line& line : hunk.lines) {
        out->U8(static_cast<std::uint8_t>(line.kind));
        out->U32(line.old_line);
        out->U32(line.new_line);
        out->U32(line.text_line);
        WriteSpan(line.span, out);
      }
      out->Bool(hunk.counts_match);
    }
  }
  out->Count(problems_.size());
  for (const Problem& problem : problems_) {
    out->U8(static_cast<std::uint8_t>(problem.kind));
    out->U32(problem.text_line);
    out->U32(problem.file);
  }
  out->U64(begin_);
  out->U64(end_);
}

std::optional<Diff> Diff::Decode(WireReader* in) {
  return DecodeParts(std::make_shared<const std::string>(in->String()), in);
}

std::optional<Diff> Diff::DecodeParts(std::shared_ptr<const std::string> text,
                                      WireReader* in) {
  Diff diff;
  diff.text_ = std::move(text);
  const size_t size = diff.text_->size();
  if (size > kMaxText) in->Fail();
  DiffReader reader(in, size);
  const size_t files = in->Count(kFileBytes);
  if (files > kMaxFiles) in->Fail();
  for (size_t i = 0; i < files && in->ok(); ++i) {
    diff.files_.push_back(reader.ReadFile());
    for (const Hunk& hunk : diff.files_.back().hunks) {
      for (const Line& line : hunk.lines) {
        if (line.kind == LineKind::kAdded) ++diff.added_;
        if (line.kind == LineKind::kRemoved) ++diff.removed_;
      }
    }
  }
  const size_t problems = in->Count(kProblemBytes);
  for (size_t i = 0; i < problems && in->ok(); ++i) {
    Problem problem;
    problem.kind = static_cast<ProblemKind>(in->Enum(kMaxProblem));
    problem.text_line = reader.TextLine();
    problem.file = in->U32();
    if (problem.file > files) in->Fail();
    diff.problems_.push_back(problem);
  }
  diff.begin_ = in->U64();
  diff.end_ = in->U64();
  if (diff.begin_ > diff.end_ || diff.end_ > size) in->Fail();
  if (!in->ok()) return std::nullopt;
  return diff;
}

}  // namespace patchmilter::diff
