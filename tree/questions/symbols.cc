#include "tree/questions/symbols.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tree/index/line_reader.h"
#include "tree/questions/cursor.h"
#include "tree/questions/meter.h"

namespace patchmilter::tree {
namespace {

bool IsBelow(std::string_view path, std::string_view wanted) {
  return wanted.empty() || path == wanted ||
         (path.size() > wanted.size() && path.starts_with(wanted) &&
          path[wanted.size()] == '/');
}

struct Place {
  ListedFile file;
  Document document = kNoDocument;
};

// The files that are one of `documents`, in order of path. Goes through the
// numbers alone: a tree has many files, and few of them are asked for.
std::vector<Place> PlacesOf(
    const IndexedTree& tree,
    const std::unordered_map<Document, std::vector<SymbolFound>>& documents) {
  std::vector<Place> places;
  Document last = 0;
  for (const auto& [document, symbols] : documents) {
    last = std::max(last, document);
  }
  std::vector<bool> wanted(std::size_t{last} + 1);
  for (const auto& [document, symbols] : documents) wanted[document] = true;
  const auto is_wanted = [&](Document document) {
    return document <= last && wanted[document];
  };
  const std::size_t in_table =
      tree.documents == nullptr ? 0 : tree.documents->size();
  for (std::size_t i = 0; i < in_table; ++i) {
    const Document document = (*tree.documents)[i];
    if (!is_wanted(document)) continue;
    const ListedFile file = tree.listing.table()->at(i);
    if (!tree.listing.changes().empty()) {
      // A patch may have changed or removed it.
      const Listing::Position at = tree.listing.From(file.path);
      if (!at.valid() || at.in_table() != i) continue;
    }
    places.push_back({file, document});
  }
  const std::vector<FileChange>& changes = tree.listing.changes();
  for (std::size_t i = 0; i < tree.changed.size(); ++i) {
    if (!is_wanted(tree.changed[i])) continue;
    places.push_back(
        {{changes[i].path, changes[i].mode, changes[i].blob}, tree.changed[i]});
  }
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return a.file.path < b.file.path;
  });
  return places;
}

}  // namespace

Result<DefinitionAnswer> Definitions(View* view, CodeIndex* index,
                                     const SymbolQuestion& question,
                                     const Bounds& bounds) {
  PM_ASSIGN_OR_RETURN(const State state, view->At(question.at));
  if (question.name.empty() || question.name.size() > kMaxSymbolBytes) {
    return InvalidInput("a symbol's name has 1 to " +
                        std::to_string(kMaxSymbolBytes) + " bytes");
  }
  if (!question.path.empty()) {
    PM_RETURN_IF_ERROR(view->Find(state, question.path));
  }
  CursorKey key("definitions");
  key.Add(state.tree).Add(question.name).Add(question.path);
  PM_ASSIGN_OR_RETURN(std::uint64_t position, key.Parse(question.cursor));

  Meter meter(bounds);
  DefinitionAnswer answer;
  if (!index->HasSymbols()) {
    const std::string missing = index->Missing();
    answer.end.notes.push_back(
        missing.empty() ? "the index holds no definitions: ctags was not run"
                        : "no definitions are known: " + missing);
    return answer;
  }
  PM_ASSIGN_OR_RETURN(const auto tree,
                      index->TreeOf(view->repository(), state.tree));
  std::unordered_map<Document, std::vector<SymbolFound>> found;
  for (SymbolFound& each : index->Symbols(question.name)) {
    found[each.document].push_back(std::move(each));
  }
  if (found.empty()) return answer;

  BlockReader reader;
  std::uint64_t given = 0;  // Definitions passed, in the answer or before it.
  for (const Place& place : PlacesOf(*tree, found)) {
    if (!IsBelow(place.file.path, question.path)) continue;
    const auto in = found.find(place.document);
    std::vector<SymbolFound>& symbols = in->second;
    if (given + symbols.size() <= position) {
      given += symbols.size();
      continue;
    }
    std::stable_sort(symbols.begin(), symbols.end(),
                     [](const SymbolFound& a, const SymbolFound& b) {
                       return a.symbol.line < b.symbol.line;
                     });
    std::string blob;
    std::optional<LineReader> lines;  // Where a line is to be read.
    for (const SymbolFound& each : symbols) {
      if (given < position) {
        ++given;
        continue;
      }
      const Symbol& symbol = each.symbol;
      if (!each.line.has_value() && !lines.has_value()) {
        auto text = index->Text(in->first, &reader);
        if (!text.has_value()) {
          PM_ASSIGN_OR_RETURN(blob,
                              view->repository()->ReadBlob(place.file.blob));
          text = blob;
        }
        lines.emplace(*text);
      }
      Line line = MakeLine(symbol.line, each.line.has_value()
                                            ? std::string_view(*each.line)
                                            : lines->At(symbol.line));
      if (!meter.Take(place.file.path.size() + line.text.size() +
                      symbol.kind.size() + symbol.scope.size())) {
        answer.end.stop = meter.stop();
        answer.end.cursor = key.At(given);
        return answer;
      }
      answer.definitions.push_back({std::string(place.file.path), symbol.line,
                                    symbol.kind, symbol.scope,
                                    std::move(line.text)});
      ++given;
    }
  }
  return answer;
}

}  // namespace patchmilter::tree
