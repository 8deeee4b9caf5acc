#include "tests/tree/questions/code_site.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace patchmilter::tree {

git::Repository* CodeSite::Open() {
  auto opened = git::Repository::Open(git.work());
  EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message);
  repository_ = std::move(opened).value();
  return repository_.get();
}

git::ObjectId CodeSite::Id(const std::string& revision) {
  const auto id = git::ObjectId::FromHex(git.Git({"rev-parse", revision}));
  EXPECT_TRUE(id.has_value()) << revision;
  return id.value_or(git::ObjectId());
}

Code* CodeSite::Ask(const std::string& base,
                    const std::vector<std::string>& patched) {
  CodeScope scope;
  scope.base = Id(base.empty() ? "HEAD" : base);
  for (const std::string& revision : patched) {
    scope.patched.push_back(Id(revision + "^{tree}"));
  }
  return Ask(std::move(scope));
}

Code* CodeSite::Ask(CodeScope scope) {
  code_.reset();
  code_ = Code::Make(Open(), nullptr, std::move(scope));
  return code_.get();
}

Bounds Wide() {
  Bounds bounds;
  bounds.lines = kMaxAnswerLines;
  bounds.bytes = kMaxAnswerBytes;
  bounds.time = kMaxAnswerTime;
  return bounds;
}

std::string Joined(const std::vector<Line>& lines) {
  std::string text;
  for (const Line& line : lines) text += line.text + "\n";
  return text;
}

std::string Joined(const TextAnswer& answer) {
  std::string text;
  for (const std::string& line : answer.lines) text += line + "\n";
  if (answer.ends_inside_line) text.pop_back();
  return text;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  LineReader reader(text);
  std::string_view line;
  while (reader.Next(&line)) lines.emplace_back(line);
  return lines;
}

}  // namespace patchmilter::tree
