#include "tree/index/symbol_table.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include "base/check.h"
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
    ok_ = TakeVarint(&left_, &shared) && TakeVarint(&left_, &more) &&
          shared <= name_.size() && more <= left_.size() &&
          more <= kMaxSymbolBytes;
    if (!ok_) return false;
    name_.resize(shared);
    name_ += left_.substr(0, more);
    left_.remove_prefix(more);
    ok_ = TakeVarint(&left_, &size) && size <= left_.size();
    if (!ok_) return false;
    rows_ = left_.substr(0, size);
    left_.remove_prefix(size);
    return true;
  }
  const std::string& name() const { return name_; }
  std::string_view rows() const { return rows_; }
  bool ok() const { return ok_; }

 private:
  std::string_view left_;
  std::string name_;
  std::string_view rows_;
  bool ok_ = true;
};

bool Give(
    const std::string& name, std::string_view rows, const Strings& strings,
    std::uint32_t documents,
    const std::function<void(std::uint32_t document, Symbol symbol)>& found) {
  std::uint64_t document = 0;
  while (!rows.empty()) {
    std::uint64_t step = 0;
    std::uint64_t line = 0;
    std::uint64_t kind = 0;
    std::uint64_t scope = 0;
    if (!TakeVarint(&rows, &step) || !TakeVarint(&rows, &line) ||
        !TakeVarint(&rows, &kind) || !TakeVarint(&rows, &scope)) {
      return false;
    }
    document += step;
    const auto kind_text = strings.At(kind);
    const auto scope_text = strings.At(scope);
    if (document >= documents || !kind_text.has_value() ||
        !scope_text.has_value() ||
        line > std::numeric_limits<std::uint32_t>::max()) {
      return false;
    }
    Symbol symbol;
    symbol.name = name;
    symbol.line = static_cast<std::uint32_t>(line);
    symbol.kind = *kind_text;
    symbol.scope = *scope_text;
    found(static_cast<std::uint32_t>(document), std::move(symbol));
  }
  return true;
}

std::optional<std::string_view> GroupAt(const CheckedFile& file,
                                        std::span<const std::uint64_t> groups,
                                        std::size_t i) {
  const std::uint64_t end =
      i + 1 < groups.size() ? groups[i + 1] : file.SectionSize(kSymbolNames);
  if (groups[i] > end) return std::nullopt;
  return file.Read(kSymbolNames, groups[i], end - groups[i]);
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

void SymbolTableBuilder::Write(CheckedFileWriter* file) {
  std::sort(rows_.begin(), rows_.end(), [this](const Row& a, const Row& b) {
    const int order = NameOf(a).compare(NameOf(b));
    if (order != 0) return order < 0;
    if (a.document != b.document) return a.document < b.document;
    if (a.line != b.line) return a.line < b.line;
    if (a.kind != b.kind) return a.kind < b.kind;
    return a.scope < b.scope;
  });
  file->BeginSection(kSymbolNames);
  std::vector<std::uint64_t> groups;
  std::string_view last;
  std::string bytes;
  std::string symbols;
  std::size_t names = 0;
  for (std::size_t i = 0; i < rows_.size();) {
    const std::string_view name = NameOf(rows_[i]);
    if (names++ % kNamesInGroup == 0) {
      groups.push_back(file->section_size());
      last = {};
    }
    symbols.clear();
    std::uint32_t document = 0;
    for (; i < rows_.size() && NameOf(rows_[i]) == name; ++i) {
      PutVarint(rows_[i].document - document, &symbols);
      document = rows_[i].document;
      PutVarint(rows_[i].line, &symbols);
      PutVarint(rows_[i].kind, &symbols);
      PutVarint(rows_[i].scope, &symbols);
    }
    const auto shared = static_cast<std::size_t>(
        std::mismatch(name.begin(), name.end(), last.begin(), last.end())
            .first -
        name.begin());
    bytes.clear();
    PutVarint(shared, &bytes);
    PutVarint(name.size() - shared, &bytes);
    bytes += name.substr(shared);
    PutVarint(symbols.size(), &bytes);
    file->Append(bytes);
    file->Append(symbols);
    last = name;
  }
  file->BeginSection(kSymbolGroups);
  file->AppendArray<std::uint64_t>(groups);

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

bool LookUpSymbols(
    const CheckedFile& file, std::string_view name, std::uint32_t documents,
    const std::function<void(std::uint32_t document, Symbol symbol)>& found) {
  const auto groups = file.Array<std::uint64_t>(kSymbolGroups);
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
    return Give(group.name(), group.rows(), *strings, documents, found);
  }
  return group.ok();
}

bool ForEachSymbol(
    const CheckedFile& file, std::uint32_t documents,
    const std::function<void(std::uint32_t document, Symbol symbol)>& found) {
  const auto groups = file.Array<std::uint64_t>(kSymbolGroups);
  const auto strings = Strings::Of(file);
  if (!groups.has_value() || !strings.has_value()) return false;
  for (std::size_t i = 0; i < groups->size(); ++i) {
    const auto bytes = GroupAt(file, *groups, i);
    if (!bytes.has_value()) return false;
    Group group(*bytes);
    while (group.Next()) {
      if (!Give(group.name(), group.rows(), *strings, documents, found)) {
        return false;
      }
    }
    if (!group.ok()) return false;
  }
  return true;
}

}  // namespace patchmilter::tree
