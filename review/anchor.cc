#include "review/anchor.h"

#include "base/check.h"
#include "base/text.h"

namespace patchmilter::review {

namespace {

bool IsNameByte(char c) { return IsAlnumAscii(c) || c == '_'; }

// "static int foo_probe(struct x *y)" → "foo_probe"; "struct foo {" → "foo".
std::string NameIn(std::string_view line) {
  size_t paren = line.find('(');
  std::string_view head = Trim(line.substr(0, paren));
  while (!head.empty() && !IsNameByte(head.back())) head.remove_suffix(1);
  size_t begin = head.size();
  while (begin > 0 && IsNameByte(head[begin - 1])) --begin;
  return std::string(head.substr(begin));
}

// A line at the left edge that begins a C-like definition.
bool BeginsDefinition(std::string_view line) {
  if (line.empty() || !(IsAlphaAscii(line[0]) || line[0] == '_')) return false;
  if (line.back() == ':' || line.back() == ';') return false;  // Label, decl.
  return line.find('(') != std::string_view::npos ||
         StartsWithIgnoreCase(line, "struct ") ||
         StartsWithIgnoreCase(line, "class ") ||
         StartsWithIgnoreCase(line, "enum ");
}

Anchor Base(AnchorKind kind, std::int64_t patch) {
  Anchor anchor;
  anchor.kind = kind;
  anchor.patch = patch;
  return anchor;
}

}  // namespace

Anchor AnchorLines(std::int64_t patch, const diff::Diff& diff,
                   std::uint32_t file, std::uint32_t hunk, std::uint32_t first,
                   std::uint32_t count) {
  const diff::File& f = diff.files().at(file);
  const diff::Hunk& h = f.hunks.at(hunk);
  CHECK(first + count <= h.lines.size());
  Anchor anchor = Base(AnchorKind::kLines, patch);
  anchor.path = f.path();
  anchor.file = file;
  anchor.hunk = hunk;
  anchor.first_line = first;
  anchor.line_count = count;
  for (std::uint32_t i = first; i < first + count; ++i) {
    anchor.quoted.emplace_back(diff.View(h.lines[i].span));
  }
  return anchor;
}

Anchor AnchorHunk(std::int64_t patch, const diff::Diff& diff,
                  std::uint32_t file, std::uint32_t hunk) {
  const diff::File& f = diff.files().at(file);
  Anchor anchor = Base(AnchorKind::kLines, patch);
  anchor.path = f.path();
  anchor.file = file;
  anchor.hunk = hunk;
  anchor.quoted.emplace_back(diff.View(f.hunks.at(hunk).header));
  return anchor;
}

Anchor AnchorFile(std::int64_t patch, const diff::Diff& diff,
                  std::uint32_t file, std::string_view header_line) {
  Anchor anchor = Base(AnchorKind::kFile, patch);
  anchor.path = diff.files().at(file).path();
  anchor.file = file;
  if (!header_line.empty()) anchor.quoted.emplace_back(header_line);
  return anchor;
}

Anchor AnchorMessage(std::int64_t patch, const mime::PatchMail& mail,
                     std::uint32_t text_line) {
  Anchor anchor = Base(AnchorKind::kMessage, patch);
  std::vector<std::string_view> lines = LinesOf(mail.mail.text);
  anchor.text_line = text_line;
  anchor.line_count = 1;
  if (text_line < lines.size()) anchor.quoted.emplace_back(lines[text_line]);
  return anchor;
}

Anchor AnchorMessageEnd(std::int64_t patch, const mime::PatchMail& mail) {
  // The message's last line, found from its end: what stands below it ("---",
  // notes, diffstat) is not the message.
  std::vector<std::string_view> message = LinesOf(mail.message);
  while (!message.empty() && Trim(message.back()).empty()) message.pop_back();
  if (!message.empty()) {
    std::vector<std::string_view> lines = LinesOf(mail.mail.text);
    size_t end = MessageLines(mail);
    for (size_t i = 0; i < end && i < lines.size(); ++i) {
      // The last of equal lines above the "---".
      if (lines[i] == "---") end = i;
    }
    for (size_t i = std::min(end, lines.size()); i-- > 0;) {
      if (TrimRight(lines[i]) == TrimRight(message.back())) {
        return AnchorMessage(patch, mail, static_cast<std::uint32_t>(i));
      }
    }
  }
  if (!mail.diff.empty()) return AnchorFile(patch, mail.diff, 0);
  Anchor anchor = AnchorSeries();
  anchor.patch = patch;
  return anchor;
}

Anchor AnchorNear(std::int64_t patch, const diff::Diff& diff,
                  std::uint32_t text_line) {
  const std::vector<diff::File>& files = diff.files();
  if (files.empty()) {
    Anchor anchor = AnchorSeries();
    anchor.patch = patch;
    return anchor;
  }
  std::uint32_t file = 0;
  for (std::uint32_t i = 0; i < files.size(); ++i) {
    if (files[i].text_line <= text_line) file = i;
  }
  const diff::File& f = files[file];
  std::optional<std::uint32_t> hunk;
  for (std::uint32_t i = 0; i < f.hunks.size(); ++i) {
    if (f.hunks[i].text_line <= text_line) hunk = i;
  }
  if (!hunk) return AnchorFile(patch, diff, file);
  const diff::Hunk& h = f.hunks[*hunk];
  std::optional<std::uint32_t> line;
  for (std::uint32_t i = 0; i < h.lines.size(); ++i) {
    if (h.lines[i].text_line > text_line) break;
    if (!Trim(diff.View(h.lines[i].span)).empty()) line = i;
  }
  if (!line) return AnchorHunk(patch, diff, file, *hunk);
  return AnchorLines(patch, diff, file, *hunk, *line);
}

Anchor AnchorSeries() { return Base(AnchorKind::kSeries, 0); }

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  LineReader reader(text);
  std::string_view line;
  while (reader.Next(&line)) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.push_back(line);
  }
  return lines;
}

std::size_t MessageLines(const mime::PatchMail& mail) {
  if (mail.diff.empty()) return LinesOf(mail.mail.text).size();
  return mail.diff.files().front().text_line;
}

std::uint32_t LineNumber(const diff::Diff& diff, const Anchor& anchor) {
  if (anchor.kind == AnchorKind::kMessage) return anchor.text_line.value_or(0);
  if (anchor.kind != AnchorKind::kLines || !anchor.file || !anchor.hunk) {
    return 0;
  }
  const diff::Hunk& hunk = diff.files().at(*anchor.file).hunks.at(*anchor.hunk);
  if (!anchor.first_line || *anchor.first_line >= hunk.lines.size()) {
    return hunk.new_start;
  }
  const diff::Line& line = hunk.lines[*anchor.first_line];
  return line.new_line != 0 ? line.new_line : line.old_line;
}

std::string FunctionAt(const diff::Diff& diff, const Anchor& anchor) {
  if (anchor.kind != AnchorKind::kLines || !anchor.file || !anchor.hunk) {
    return "";
  }
  const diff::Hunk& hunk = diff.files().at(*anchor.file).hunks.at(*anchor.hunk);
  std::uint32_t last = anchor.first_line.value_or(0);
  for (std::uint32_t i = last + 1; i-- > 0;) {
    if (i >= hunk.lines.size()) continue;
    if (hunk.lines[i].kind == diff::LineKind::kRemoved) continue;
    std::string_view line = TrimRight(diff.View(hunk.lines[i].span));
    if (BeginsDefinition(line)) return NameIn(line);
    if (line == "}" && i < last) return "";  // Behind the end of a function.
  }
  return NameIn(Trim(diff.View(hunk.section)));
}

}  // namespace patchmilter::review
