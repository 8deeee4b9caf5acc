#include "review/prompts/trigger_table.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "review/prompts/guide.h"

namespace patchmilter::review {
namespace {

// The cells of "| a | b \| c |": trimmed, with "\|" as "|"; none where the
// line is no row.
std::vector<std::string> Cells(std::string_view line) {
  line = Trim(line);
  if (line.size() < 2 || line.front() != '|') return {};
  std::vector<std::string> cells(1);
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
      cells.back() += '|';
      ++i;
    } else if (line[i] == '|') {
      cells.emplace_back();
    } else {
      cells.back() += line[i];
    }
  }
  // What stands behind the last bar is no cell, unless something does.
  if (Trim(cells.back()).empty()) cells.pop_back();
  for (std::string& cell : cells) cell = std::string(Trim(cell));
  return cells;
}

bool IsHead(const std::vector<std::string>& cells) {
  return cells.size() == 3 && EqualsIgnoreCase(cells[0], "subsystem") &&
         EqualsIgnoreCase(cells[1], "triggers") &&
         EqualsIgnoreCase(cells[2], "file");
}

bool IsRule(const std::vector<std::string>& cells) {
  return std::all_of(cells.begin(), cells.end(), [](const std::string& cell) {
    return cell.find_first_not_of(":-") == std::string::npos;
  });
}

// By commas outside of code.
std::vector<std::string_view> Entries(std::string_view cell) {
  std::vector<std::string_view> entries;
  bool code = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= cell.size(); ++i) {
    if (i < cell.size() && cell[i] == '`') code = !code;
    if (i < cell.size() && (code || cell[i] != ',')) continue;
    const std::string_view entry = Trim(cell.substr(begin, i - begin));
    if (!entry.empty()) entries.push_back(entry);
    begin = i + 1;
  }
  return entries;
}

// "drm.md" of "drm.md", "`drm.md`" and "[DRM](drm.md)"; nothing for what does
// not stay below the table's directory.
std::optional<std::string> FileName(std::string_view entry) {
  const std::size_t open = entry.find("](");
  if (!entry.empty() && entry.front() == '[' &&
      open != std::string_view::npos && entry.back() == ')') {
    entry = entry.substr(open + 2, entry.size() - open - 3);
  }
  std::string name(entry);
  std::erase(name, '`');
  if (name.substr(0, 2) == "./") name.erase(0, 2);
  for (std::string_view part : Split(name, '/')) {
    if (part.empty() || part == "." || part == "..") return std::nullopt;
  }
  if (name.find_first_of(std::string_view(" \\\0", 3)) != std::string::npos) {
    return std::nullopt;
  }
  return name;
}

}  // namespace

void TriggerTable::AddRow(const std::vector<std::string>& cells) {
  const std::string name = cells.empty() ? "" : log::Clean(cells[0], 60);
  if (cells.size() != 3) {
    problems_.push_back("row \"" + name + "\" has " +
                        std::to_string(cells.size()) + " cells in place of 3");
    return;
  }
  GuideRow row;
  row.subsystem = cells[0];
  for (std::string_view entry : Entries(cells[2])) {
    std::optional<std::string> file = FileName(entry);
    if (file.has_value()) {
      row.files.push_back(std::move(*file));
    } else {
      problems_.push_back("row \"" + name + "\": \"" + log::Clean(entry, 100) +
                          "\" names no file beside the table");
    }
  }
  for (std::string_view entry : Entries(cells[1])) {
    Trigger trigger = Trigger::Parse(entry);
    if (!trigger.problem().empty()) {
      problems_.push_back("row \"" + name + "\": the trigger \"" +
                          log::Clean(entry, 100) +
                          "\" never fires: " + trigger.problem());
    }
    row.triggers.push_back(std::move(trigger));
  }
  rows_.push_back(std::move(row));
}

Result<TriggerTable> TriggerTable::Parse(std::string_view text) {
  TriggerTable table;
  LineReader lines(text);
  std::string_view line;
  bool inside = false;
  bool found = false;
  while (lines.Next(&line)) {
    const std::vector<std::string> cells = Cells(line);
    if (cells.empty()) {
      inside = false;
    } else if (IsHead(cells)) {
      inside = true;
      found = true;
    } else if (inside && !IsRule(cells)) {
      table.AddRow(cells);
      if (table.rows_.size() > kMaxPromptFiles) {
        return InvalidInput("the trigger table has more than " +
                            std::to_string(kMaxPromptFiles) + " rows");
      }
    }
  }
  if (!found) {
    return InvalidInput("no table with | Subsystem | Triggers | File | in it");
  }
  return table;
}

std::vector<CalledGuide> TriggerTable::Call(const Touched& touched) const {
  const std::vector<FileWords> files = WordsOf(touched);
  std::vector<CalledGuide> called;
  for (const GuideRow& row : rows_) {
    int weight = 0;
    for (const Trigger& trigger : row.triggers) {
      for (const FileWords& file : files) {
        weight = std::max(weight, trigger.Match(file));
      }
    }
    if (weight == 0) continue;
    for (const std::string& name : row.files) {
      const auto there = std::find_if(
          called.begin(), called.end(),
          [&](const CalledGuide& guide) { return guide.file == name; });
      if (there == called.end()) {
        called.push_back({name, weight});
      } else {
        there->weight = std::max(there->weight, weight);
      }
    }
  }
  return called;
}

}  // namespace patchmilter::review
