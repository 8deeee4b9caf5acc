#include "tree/index/symbol_table.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "base/check.h"
#include "tree/index/line_writer.h"
#include "tree/index/segment_format.h"
#include "tree/index/varint.h"

namespace patchmilter::tree {
namespace {

// The texts that kinds and scopes name by number.
class Strings {
 public:
  static std::optional<Strings> Of(const CheckedFile& file) {
    const auto ends = file.Array<std::uint32_t>(kStringEnds);
    if (!ends.has_value()) return std::nullopt;
    return Strings(&file, *ends);
  }
  std::optional<std::string_view> At(std::uint64_t number) const {
    if (number >= ends_.size()) return std::nullopt;
    const std::uint32_t begin = number == 0 ? 0 : ends_[number - 1];
    if (ends_[number] < begin) return std::nullopt;
    return file_->Read(kStrings, begin, ends_[number] - begin);
  }

 private:
  Strings(const CheckedFile* file, std::span<const std::uint32_t> ends)
      : file_(file), ends_(ends) {}
  const CheckedFile* file_;
  std::span<const std::uint32_t> ends_;
};

// Reads one group: names, each with what it shares with the one before.
class Group {
 public:
  explicit Group(std::string_view bytes) : left_(bytes) {}

  // The next name and its symbols' bytes. False at the end, and where the
  // bytes are none of a group: ok() tells.
  bool Next() {
    if (left_.empty()) return false;
    std::uint64_t shared = 0;
    std::uint64_t more = 0;
    std::uint64_t size = 0;
    std::uint64_t lines = 0;
    lines_begin_ += lines_size_;
    ok_ = TakeVarint(&left_, &shared) && TakeVarint(&left_, &more) &&
          shared <= name_.size() && more <= left_.size() &&
          more <= kMaxSymbolBytes;
    if (!ok_) return false;
    name_.resize(shared);
    name_ += left_.substr(0, more);
    left_.remove_prefix(more);
    ok_ = TakeVarint(&left_, &lines) && lines <= kMaxGroupLines &&
          TakeVarint(&left_, &size) && size <= left_.size();
    if (!ok_) return false;
    lines_size_ = lines;
    rows_ = left_.substr(0, size);
    left_.remove_prefix(size);
    return true;
  }
  const std::string& name() const { return name_; }
  std::string_view rows() const { return rows_; }
  // Where the name's lines begin, from the group's first.
  std::uint64_t lines_begin() const { return lines_begin_; }
  bool ok() const { return ok_; }

 private:
  std::string_view left_;
  std::string name_;
  std::string_view rows_;
  std::uint64_t lines_begin_ = 0;
  std::uint64_t lines_size_ = 0;
  bool ok_ = true;
};

// What a row says.
struct RowRead {
  std::uint64_t step = 0;
  std::uint64_t line = 0;
  std::uint64_t kind = 0;
  std::uint64_t scope = 0;
  std::uint64_t kept = 0;  // 0: its line is not; else the line's bytes + 1.
};

bool TakeRow(std::string_view* rows, RowRead* row) {
  return TakeVarint(rows, &row->step) && TakeVarint(rows, &row->line) &&
         TakeVarint(rows, &row->kind) && TakeVarint(rows, &row->scope) &&
         TakeVarint(rows, &row->kept) &&
         row->line <= std::numeric_limits<std::uint32_t>::max() &&
         row->kept <= kMaxKeptLine + 1;
}

// Calls `found` with each row of a name; lines stand from `at` on.
template <typename Found>
bool Give(const Group& group, const Strings& strings, std::uint32_t documents,
          KeptLine at, const Found& found) {
  std::uint64_t document = 0;
  RowRead row;
  for (std::string_view rows = group.rows(); !rows.empty();) {
    if (!TakeRow(&rows, &row)) return false;
    document += row.step;
    const auto kind = strings.At(row.kind);
    const auto scope = strings.At(row.scope);
    if (document >= documents || !kind.has_value() || !scope.has_value()) {
      return false;
    }
    std::optional<KeptLine> line;
    if (row.kept > 0) {
      at.size = static_cast<std::uint32_t>(row.kept - 1);
      line = at;
      at.offset += at.size;
    }
    Symbol symbol;
    symbol.name = group.name();
    symbol.line = static_cast<std::uint32_t>(row.line);
    symbol.kind = *kind;
    symbol.scope = *scope;
    found(static_cast<std::uint32_t>(document), std::move(symbol), line);
  }
  return true;
}

std::optional<std::string_view> GroupAt(const CheckedFile& file,
                                        std::span<const GroupRecord> groups,
                                        std::size_t i) {
  const std::uint64_t end = i + 1 < groups.size()
                                ? groups[i + 1].offset
                                : file.SectionSize(kSymbolNames);
  if (groups[i].offset > end) return std::nullopt;
  return file.Read(kSymbolNames, groups[i].offset, end - groups[i].offset);
}

}  // namespace

std::uint32_t SymbolTableBuilder::NumberOf(const std::string& text) {
  return strings_.try_emplace(text, static_cast<std::uint32_t>(strings_.size()))
      .first->second;
}

void SymbolTableBuilder::Add(std::uint32_t document, const Symbol& symbol) {
  if (symbol.name.empty() || symbol.name.size() > kMaxSymbolBytes ||
      names_.size() + symbol.name.size() >
          std::numeric_limits<std::uint32_t>::max()) {
    return;
  }
  rows_.push_back({static_cast<std::uint32_t>(names_.size()),
                   static_cast<std::uint32_t>(symbol.name.size()), document,
                   symbol.line, NumberOf(symbol.kind), NumberOf(symbol.scope)});
  names_ += symbol.name;
}

std::size_t SymbolTableBuilder::memory() const {
  return names_.capacity() + rows_.capacity() * sizeof(Row);
}

std::uint64_t SymbolTableBuilder::written() const {
  // A row takes some seven, a group's share of a record and a name's lengths
  // some four, a line some six when it is compressed with its neighbours.
  constexpr std::uint64_t kRowBytes = 24;
  constexpr std::uint64_t kStringBytes = 32;
  return names_.size() + rows_.size() * kRowBytes +
         strings_.size() * kStringBytes;
}

void SymbolTableBuilder::SortByName() {
  std::sort(rows_.begin(), rows_.end(), [this](const Row& a, const Row& b) {
    const int order = NameOf(a).compare(NameOf(b));
    if (order != 0) return order < 0;
    if (a.document != b.document) return a.document < b.document;
    if (a.line != b.line) return a.line < b.line;
    if (a.kind != b.kind) return a.kind < b.kind;
    return a.scope < b.scope;
  });
}

std::vector<std::size_t> SymbolTableBuilder::Groups() const {
  std::vector<std::size_t> begins;
  std::size_t names = 0;  // Of the last group.
  bool full = true;       // It takes no more.
  for (std::size_t i = 0; i < rows_.size();) {
    const std::size_t begin = i;
    const std::string_view name = NameOf(rows_[begin]);
    while (i < rows_.size() && NameOf(rows_[i]) == name) ++i;
    const bool alone = i - begin >= kRowsOfOwnGroup;
    if (full || alone || names == kNamesInGroup) {
      begins.push_back(begin);
      names = 0;
    }
    ++names;
    full = alone;
  }
  return begins;
}

void SymbolTableBuilder::WriteNames(CheckedFileWriter* file,
                                    const std::vector<std::size_t>& begins,
                                    const std::vector<LineSize>& sizes,
                                    std::vector<GroupRecord>* groups) const {
  file->BeginSection(kSymbolNames);
  std::string_view last;
  std::string bytes;
  std::string symbols;
  std::size_t group = 0;
  for (std::size_t i = 0; i < rows_.size();) {
    const std::string_view name = NameOf(rows_[i]);
    if (group < begins.size() && begins[group] == i) {
      (*groups)[group++].offset = file->section_size();
      last = {};
    }
    symbols.clear();
    std::uint32_t document = 0;
    std::uint64_t lines = 0;
    for (; i < rows_.size() && NameOf(rows_[i]) == name; ++i) {
      PutVarint(rows_[i].document - document, &symbols);
      document = rows_[i].document;
      PutVarint(rows_[i].line, &symbols);
      PutVarint(rows_[i].kind, &symbols);
      PutVarint(rows_[i].scope, &symbols);
      const bool kept = sizes[i] != kLineNotKept;
      PutVarint(kept ? std::uint64_t{sizes[i]} + 1 : 0, &symbols);
      if (kept) lines += sizes[i];
    }
    const auto shared = static_cast<std::size_t>(
        std::mismatch(name.begin(), name.end(), last.begin(), last.end())
            .first -
        name.begin());
    bytes.clear();
    PutVarint(shared, &bytes);
    PutVarint(name.size() - shared, &bytes);
    bytes += name.substr(shared);
    PutVarint(lines, &bytes);
    PutVarint(symbols.size(), &bytes);
    file->Append(bytes);
    file->Append(symbols);
    last = name;
  }
}

void SymbolTableBuilder::WriteStrings(CheckedFileWriter* file) const {
  std::vector<const std::string*> strings(strings_.size());
  for (const auto& [text, number] : strings_) strings[number] = &text;
  file->BeginSection(kStrings);
  std::vector<std::uint32_t> ends;
  for (const std::string* text : strings) {
    file->Append(*text);
    ends.push_back(static_cast<std::uint32_t>(file->section_size()));
  }
  file->BeginSection(kStringEnds);
  file->AppendArray<std::uint32_t>(ends);
}

void SymbolTableBuilder::Write(CheckedFileWriter* file,
                               const LineSource& source) {
  SortByName();
  const std::vector<std::size_t> begins = Groups();
  const auto begin_of = [&](std::size_t group) {
    return group < begins.size() ? begins[group] : rows_.size();
  };
  std::vector<LineSize> sizes;
  sizes.reserve(rows_.size());
  std::vector<GroupRecord> groups;
  groups.reserve(begins.size());
  LineWriter lines(file, &source);
  for (std::size_t group = 0; group < begins.size();) {
    const std::size_t first = group;
    std::vector<std::size_t> own_begins;
    do {
      own_begins.push_back(begins[group] - begins[first]);
      ++group;
    } while (group < begins.size() &&
             begin_of(group + 1) - begins[first] <= kRowsOfLines);
    std::vector<LinePlace> places;
    for (std::size_t row = begins[first]; row < begin_of(group); ++row) {
      places.push_back({rows_[row].document, rows_[row].line});
    }
    lines.Add(places, own_begins, &sizes, &groups);
  }
  lines.Finish();
  WriteNames(file, begins, sizes, &groups);
  file->BeginSection(kSymbolGroups);
  file->AppendArray<GroupRecord>(groups);
  WriteStrings(file);
}

bool LookUpSymbols(
    const CheckedFile& file, std::string_view name, std::uint32_t documents,
    const std::function<void(std::uint32_t document, Symbol symbol,
                             const std::optional<KeptLine>& line)>& found) {
  const auto groups = file.Array<GroupRecord>(kSymbolGroups);
  const auto strings = Strings::Of(file);
  if (!groups.has_value() || !strings.has_value()) return false;
  // The last group whose first name is not behind `name`.
  std::size_t first = 0;
  std::size_t count = groups->size();
  while (count > 0) {
    const std::size_t half = count / 2;
    const auto bytes = GroupAt(file, *groups, first + half);
    if (!bytes.has_value()) return false;
    Group group(*bytes);
    if (!group.Next()) return false;
    if (group.name() <= name) {
      first += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  if (first == 0) return true;
  const auto bytes = GroupAt(file, *groups, first - 1);
  if (!bytes.has_value()) return false;
  Group group(*bytes);
  while (group.Next()) {
    if (group.name() != name) continue;
    const GroupRecord& record = (*groups)[first - 1];
    const KeptLine at{record.block, record.line + group.lines_begin(), 0};
    return Give(group, *strings, documents, at, found);
  }
  return group.ok();
}

bool ForEachSymbol(
    const CheckedFile& file, std::uint32_t documents,
    const std::function<void(std::uint32_t document, Symbol symbol)>& found) {
  const auto groups = file.Array<GroupRecord>(kSymbolGroups);
  const auto strings = Strings::Of(file);
  if (!groups.has_value() || !strings.has_value()) return false;
  for (std::size_t i = 0; i < groups->size(); ++i) {
    const auto bytes = GroupAt(file, *groups, i);
    if (!bytes.has_value()) return false;
    Group group(*bytes);
    while (group.Next()) {
      if (!Give(group, *strings, documents, KeptLine(),
                [&](std::uint32_t document, Symbol symbol, const auto&) {
                  found(document, std::move(symbol));
                })) {
        return false;
      }
    }
    if (!group.ok()) return false;
  }
  return true;
}

}  // namespace patchmilter::tree
