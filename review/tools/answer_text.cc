#include "review/tools/answer_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/text.h"

namespace patchmilter::review {
namespace {

constexpr std::size_t kShortId = 12;

// Foreign text on one line: UTF-8, and nothing that moves a cursor.
std::string Shown(std::string_view text) {
  const auto hidden = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  };
  std::string shown = ToValidUtf8(text);
  // Nearly every line is without.
  if (std::none_of(shown.begin(), shown.end(), hidden)) return shown;
  std::string replaced;
  for (const char c : shown) {
    if (hidden(c)) {
      replaced += "\xef\xbf\xbd";
    } else {
      replaced += c;
    }
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

AnswerText Finished(AnswerText text, const tree::End& end,
                    std::string_view what) {
  text.status = what;
  switch (end.stop) {
    case tree::Stop::kWhole:
      break;
    case tree::Stop::kLines:
      text.status += " There is more (line limit).";
      break;
    case tree::Stop::kBytes:
      text.status += " There is more (size limit).";
      break;
    case tree::Stop::kTime:
      text.status += " There may be more (time limit).";
      break;
  }
  for (const std::string& note : end.notes) {
    text.status += fmt::format(" Note: {}.", Shown(note));
  }
  text.cursor = Shown(end.cursor);
  if (!text.cursor.empty()) {
    text.status +=
        fmt::format(" To go on, ask the same with cursor \"{}\".", text.cursor);
  }
  return text;
}

}  // namespace

AnswerText TextOf(const tree::FileAnswer& answer, const std::string& path) {
  AnswerText text;
  for (const tree::Line& line : answer.lines) {
    Add(&text, fmt::format("{:>6}\t{}", line.number, ShownLine(line)));
  }
  std::string what;
  if (!answer.link.empty()) {
    Add(&text, Shown(answer.link));
    what = fmt::format("{}: {}; this is where it points to.", Shown(path),
                       tree::KindOfMode(answer.mode));
  } else if (answer.binary) {
    what = fmt::format("{}: binary, {} bytes; its content is not shown.",
                       Shown(path), answer.size);
  } else if (answer.lines.empty()) {
    what = fmt::format("{}: no lines here; the file has {}.", Shown(path),
                       answer.total_lines);
  } else {
    what = fmt::format("{}: lines {} to {} of {}.", Shown(path),
                       answer.lines.front().number, answer.lines.back().number,
                       answer.total_lines);
  }
  return Finished(std::move(text), answer.end, what);
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
  return Finished(
      std::move(text), answer.end,
      answer.entries.empty()
          ? "Nothing is there."
          : fmt::format("{} {}.", answer.entries.size(),
                        answer.entries.size() == 1 ? "entry" : "entries"));
}

AnswerText TextOf(const tree::SearchAnswer& answer) {
  AnswerText text;
  std::size_t matches = 0;
  const bool with_context =
      std::any_of(answer.lines.begin(), answer.lines.end(),
                  [](const tree::SearchLine& line) { return !line.match; });
  const tree::SearchLine* before = nullptr;
  for (const tree::SearchLine& line : answer.lines) {
    if (with_context && before != nullptr &&
        (before->path != line.path ||
         before->line.number + 1 != line.line.number)) {
      Add(&text, "--");
    }
    const char mark = line.match ? ':' : '-';
    Add(&text, fmt::format("{}{}{}{}{}", Shown(line.path), mark,
                           line.line.number, mark, ShownLine(line.line)));
    matches += line.match ? 1 : 0;
    before = &line;
  }
  return Finished(std::move(text), answer.end,
                  matches == 0 ? std::string("No line matches.")
                               : fmt::format("{} {}.", matches,
                                             matches == 1 ? "line matches"
                                                          : "lines match"));
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
  return Finished(
      std::move(text), answer.end,
      answer.definitions.empty()
          ? "No definition of that name was found."
          : fmt::format(
                "{} {}.", answer.definitions.size(),
                answer.definitions.size() == 1 ? "definition" : "definitions"));
}

AnswerText TextOf(const tree::LogAnswer& answer) {
  AnswerText text;
  for (const tree::LogEntry& entry : answer.commits) {
    Add(&text, fmt::format("{} {} {}{}", ShortId(entry.commit),
                           FormatTime(entry.authored).substr(0, 10),
                           By(entry.author), Shown(entry.subject)));
  }
  return Finished(
      std::move(text), answer.end,
      answer.commits.empty()
          ? "No commit was found."
          : fmt::format("{} {}.", answer.commits.size(),
                        answer.commits.size() == 1 ? "commit" : "commits"));
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
  std::vector<git::ObjectId> named;
  for (const tree::BlamedLine& line : answer.lines) {
    if (line.commit.IsZero() ||
        std::find(named.begin(), named.end(), line.commit) != named.end()) {
      continue;
    }
    if (named.empty()) Add(&text, "");
    named.push_back(line.commit);
    Add(&text, fmt::format("{} {}{}", ShortId(line.commit), By(line.author),
                           Shown(line.subject)));
  }
  return Finished(std::move(text), answer.end,
                  fmt::format("{} lines.", answer.lines.size()));
}

AnswerText TextOf(const tree::TextAnswer& answer) {
  AnswerText text;
  for (const std::string& line : answer.lines) Add(&text, Shown(line));
  std::string what = "Nothing differs, or nothing is there.";
  if (!answer.lines.empty() && answer.total == 0) {
    what = fmt::format("{} lines.", answer.lines.size());
  } else if (!answer.lines.empty()) {
    what = fmt::format("Bytes {} to {} of {}.", answer.offset,
                       answer.offset + answer.bytes, answer.total);
  }
  if (answer.ends_inside_line) what += " The last line goes on.";
  return Finished(std::move(text), answer.end, what);
}

}  // namespace patchmilter::review
