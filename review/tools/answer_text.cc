#include "review/tools/answer_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/clock.h"
#include "base/text.h"

namespace patchmilter::review {
namespace {

constexpr std::size_t kShortId = 12;

// Between lines of a file that do not follow each other.
constexpr std::string_view kApart = "--";

constexpr std::string_view kHidden = "\xef\xbf\xbd";  // U+FFFD.
// The first byte of U+0080 to U+00BF.
constexpr char kBeyondAscii = '\xc2';
constexpr char kFirstNoControl = '\xa0';

// Foreign text on one line: UTF-8, and nothing that moves a cursor.
std::string Shown(std::string_view text) {
  const auto suspect = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f || c == kBeyondAscii;
  };
  std::string shown = ToValidUtf8(text);
  // Nearly every line is without.
  if (std::none_of(shown.begin(), shown.end(), suspect)) return shown;
  std::string replaced;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    // Where it is, another byte follows: this is valid UTF-8.
    const bool beyond = shown[i] == kBeyondAscii;
    if (!suspect(shown[i]) || (beyond && shown[i + 1] >= kFirstNoControl)) {
      replaced += shown[i];
      continue;
    }
    if (beyond) ++i;
    replaced += kHidden;
  }
  return replaced;
}

// In front of a subject: "Jane Roe: "; "" where people are hidden.
std::string By(std::string_view author) {
  return author.empty() ? "" : Shown(author) + ": ";
}

std::string ShortId(const git::ObjectId& id) {
  return id.Hex().substr(0, kShortId);
}

std::string ShownLine(const tree::Line& line) {
  return Shown(line.text) + (line.cut ? " [line cut]" : "");
}

void Add(AnswerText* text, std::string_view line) {
  text->body += line;
  text->body += '\n';
}

std::string Counted(std::uint64_t count, std::string_view one,
                    std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// What there is, without what there is more.
std::string WhatIsThere(const AnswerExtent& extent) {
  using Of = AnswerExtent::Of;
  const std::uint64_t count = extent.count;
  switch (extent.of) {
    case Of::kFile:
      if (!extent.instead.empty()) return extent.instead;
      return fmt::format("{}: lines {} to {} of {}.", extent.path, extent.first,
                         extent.last, extent.total);
    case Of::kEntries:
      return count == 0 ? "Nothing is there."
                        : Counted(count, "entry.", "entries.");
    case Of::kMatches:
      return count == 0 ? "No line matches."
                        : Counted(count, "line matches.", "lines match.");
    case Of::kDefinitions:
      return count == 0 ? "No definition of that name was found."
                        : Counted(count, "definition.", "definitions.");
    case Of::kCommits:
      return count == 0 ? "No commit was found."
                        : Counted(count, "commit.", "commits.");
    case Of::kBlamed:
      return Counted(count, "line.", "lines.");
    case Of::kText:
      break;
  }
  if (count == 0) return "Nothing differs, or nothing is there.";
  return (extent.total == 0 ? Counted(count, "line.", "lines.")
                            : fmt::format("Bytes {} to {} of {}.", extent.first,
                                          extent.last, extent.total)) +
         (extent.inside_line ? " The last line goes on." : "");
}

std::string StatusOf(const AnswerExtent& extent, const std::string& cursor) {
  std::string status = WhatIsThere(extent);
  switch (extent.stop) {
    case tree::Stop::kWhole:
      break;
    case tree::Stop::kLines:
      status += " There is more (line limit).";
      break;
    case tree::Stop::kBytes:
      status += " There is more (size limit).";
      break;
    case tree::Stop::kTime:
      status += " There may be more (time limit).";
      break;
  }
  for (const std::string& note : extent.notes) {
    status += fmt::format(" Note: {}.", Shown(note));
  }
  for (const tree::CountedNote& note : extent.counts) {
    if (note.count == 0 || (note.if_nothing && extent.count > 0)) continue;
    status +=
        fmt::format(" Note: {}.", Counted(note.count, note.one, note.many));
  }
  if (!cursor.empty()) {
    status +=
        fmt::format(" To go on, ask the same with cursor \"{}\".", cursor);
  }
  return status;
}

AnswerText Finished(AnswerText text, const tree::End& end) {
  text.extent.stop = end.stop;
  text.extent.notes = end.notes;
  text.extent.counts = end.counts;
  text.cursor = Shown(end.cursor);
  text.status = StatusOf(text.extent, text.cursor);
  return text;
}

bool IsApart(const ShownPlace& before, const ShownPlace& after) {
  return before.path != after.path || before.line + 1 != after.line;
}

void AddTo(AnswerExtent* sum, const AnswerExtent& page) {
  sum->count += page.count;
  sum->last = page.last;
  sum->total = page.total;
  sum->inside_line = page.inside_line;
  sum->stop = page.stop;
  for (const std::string& note : page.notes) {
    if (std::find(sum->notes.begin(), sum->notes.end(), note) ==
        sum->notes.end()) {
      sum->notes.push_back(note);
    }
  }
  for (std::size_t i = 0; i < sum->counts.size() && i < page.counts.size();
       ++i) {
    sum->counts[i].count += page.counts[i].count;
  }
}

}  // namespace

AnswerText TextOf(const tree::FileAnswer& answer, const std::string& path) {
  AnswerText text;
  AnswerExtent& extent = text.extent;
  extent.of = AnswerExtent::Of::kFile;
  extent.path = Shown(path);
  for (const tree::Line& line : answer.lines) {
    Add(&text, fmt::format("{:>6}\t{}", line.number, ShownLine(line)));
  }
  extent.count = answer.lines.size();
  extent.total = answer.total_lines;
  if (!answer.link.empty()) {
    Add(&text, Shown(answer.link));
    extent.instead = fmt::format("{}: {}; this is where it points to.",
                                 extent.path, tree::KindOfMode(answer.mode));
  } else if (answer.binary) {
    extent.instead =
        fmt::format("{}: binary, {} bytes; its content is not shown.",
                    extent.path, answer.size);
  } else if (answer.lines.empty()) {
    extent.instead = fmt::format("{}: no lines here; the file has {}.",
                                 extent.path, answer.total_lines);
  } else {
    extent.first = answer.lines.front().number;
    extent.last = answer.lines.back().number;
  }
  return Finished(std::move(text), answer.end);
}

AnswerText TextOf(const tree::ListAnswer& answer) {
  AnswerText text;
  for (const tree::ListedEntry& entry : answer.entries) {
    const std::string_view kind = tree::KindOfMode(entry.mode);
    const bool directory = kind == "directory";
    Add(&text,
        fmt::format("{}{}{}", Shown(entry.path), directory ? "/" : "",
                    directory || kind == "file" ? std::string()
                                                : fmt::format("  ({})", kind)));
  }
  text.extent.of = AnswerExtent::Of::kEntries;
  text.extent.count = answer.entries.size();
  return Finished(std::move(text), answer.end);
}

AnswerText TextOf(const tree::SearchAnswer& answer) {
  AnswerText text;
  text.extent.of = AnswerExtent::Of::kMatches;
  for (const tree::SearchLine& line : answer.lines) {
    ShownPlace place{Shown(line.path), line.line.number};
    if (answer.separated) {
      if (text.last && IsApart(*text.last, place)) Add(&text, kApart);
      if (!text.first) text.first = place;
      text.last = place;
    }
    const char mark = line.match ? ':' : '-';
    Add(&text, fmt::format("{}{}{}{}{}", place.path, mark, place.line, mark,
                           ShownLine(line.line)));
    text.extent.count += line.match ? 1 : 0;
  }
  return Finished(std::move(text), answer.end);
}

AnswerText TextOf(const tree::DefinitionAnswer& answer) {
  AnswerText text;
  for (const tree::Definition& found : answer.definitions) {
    Add(&text,
        fmt::format(
            "{}:{}: {}{}: {}", Shown(found.path), found.line, Shown(found.kind),
            found.scope.empty() ? std::string() : " in " + Shown(found.scope),
            Shown(found.text)));
  }
  text.extent.of = AnswerExtent::Of::kDefinitions;
  text.extent.count = answer.definitions.size();
  return Finished(std::move(text), answer.end);
}

AnswerText TextOf(const tree::LogAnswer& answer) {
  AnswerText text;
  for (const tree::LogEntry& entry : answer.commits) {
    Add(&text, fmt::format("{} {} {}{}", ShortId(entry.commit),
                           FormatTime(entry.authored).substr(0, 10),
                           By(entry.author), Shown(entry.subject)));
  }
  text.extent.of = AnswerExtent::Of::kCommits;
  text.extent.count = answer.commits.size();
  return Finished(std::move(text), answer.end);
}

AnswerText TextOf(const tree::BlameAnswer& answer) {
  AnswerText text;
  for (const tree::BlamedLine& line : answer.lines) {
    std::string origin;
    if (line.patch > 0) {
      origin = fmt::format("patch {}", line.patch);
    } else {
      origin =
          fmt::format("{}{} {}", line.boundary ? "^" : "", ShortId(line.commit),
                      FormatTime(line.authored).substr(0, 10));
    }
    Add(&text, fmt::format("{} {:>6}\t{}", origin, line.line.number,
                           ShownLine(line.line)));
  }
  // Each commit once, behind the lines: a subject beside each line would be
  // most of the answer.
  std::unordered_set<git::ObjectId> named;
  for (const tree::BlamedLine& line : answer.lines) {
    if (line.author.empty() && line.subject.empty()) continue;
    if (!named.insert(line.commit).second) continue;
    if (text.names_at == std::string::npos) {
      text.names_at = text.body.size();
      Add(&text, "");
    }
    Add(&text, fmt::format("{} {}{}", ShortId(line.commit), By(line.author),
                           Shown(line.subject)));
  }
  text.extent.of = AnswerExtent::Of::kBlamed;
  text.extent.count = answer.lines.size();
  return Finished(std::move(text), answer.end);
}

AnswerText TextOf(const tree::TextAnswer& answer) {
  AnswerText text;
  for (const std::string& line : answer.lines) Add(&text, Shown(line));
  text.extent.count = answer.lines.size();
  text.extent.first = answer.offset;
  text.extent.last = answer.offset + answer.bytes;
  text.extent.total = answer.total;
  text.extent.inside_line = answer.ends_inside_line;
  return Finished(std::move(text), answer.end);
}

std::string WholeAnswer::Add(const AnswerText& page) {
  std::string text;
  if (last_ && page.first && IsApart(*last_, *page.first)) {
    text = std::string(kApart) + "\n";
  }
  if (page.last) last_ = page.last;
  text += std::string_view(page.body).substr(0, page.names_at);
  if (page.extent.inside_line) text.pop_back();
  if (page.names_at != std::string::npos) {
    LineReader names(std::string_view(page.body).substr(page.names_at + 1));
    std::string_view name;
    while (names.Next(&name)) {
      if (named_.emplace(name).second) names_.emplace_back(name);
    }
  }
  if (extent_) {
    AddTo(&*extent_, page.extent);
  } else {
    extent_ = page.extent;
  }
  return text;
}

std::string WholeAnswer::End() const {
  std::string text;
  for (const std::string& name : names_) {
    text += (text.empty() ? "\n" : "") + name + "\n";
  }
  return text;
}

std::string WholeAnswer::status() const {
  return extent_ ? StatusOf(*extent_, "") : "";
}

}  // namespace patchmilter::review
