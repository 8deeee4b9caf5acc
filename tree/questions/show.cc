#include "tree/questions/show.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

#include "base/text.h"
#include "tree/questions/cursor.h"
#include "tree/questions/diff_text.h"

namespace patchmilter::tree {
namespace {

constexpr std::size_t kAbbreviation = 12;

// The message, indented as git log does it: four blanks before each line, the
// empty ones too; no empty lines around it.
std::string Indented(std::string_view message) {
  std::string text;
  std::size_t whole = 0;  // Up to the last line that is not empty.
  LineReader lines(message);
  std::string_view line;
  while (lines.Next(&line)) {
    line = TrimRight(line);
    if (line.empty() && text.empty()) continue;
    text += "    ";
    text += line;
    text += '\n';
    if (!line.empty()) whole = text.size();
  }
  text.resize(whole);
  return text;
}

// "Signed-off-by", "Cc", "From": keys whose values are people.
bool NamesPeople(std::string_view key) {
  const std::string lower = ToLower(key);
  return lower.ends_with("-by") || lower == "cc" || lower == "from";
}

// The message with the keys of trailers alone.
std::string WithoutPeople(std::string_view message) {
  std::string text;
  LineReader lines(message);
  std::string_view line;
  while (lines.Next(&line)) {
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos &&
        NamesPeople(Trim(line.substr(0, colon)))) {
      line = line.substr(0, colon);
      text += std::string(line) + ": (hidden)\n";
      continue;
    }
    text += line;
    text += '\n';
  }
  return text;
}

std::string FormatHead(const git::ObjectId& id, const git::CommitText& commit,
                       bool hide_people) {
  std::string text = "commit " + id.Hex() + "\n";
  if (commit.links.parents.size() > 1) {
    text += "Merge:";
    for (const git::ObjectId& parent : commit.links.parents) {
      text += " " + parent.Hex().substr(0, kAbbreviation);
    }
    text += '\n';
  }
  if (!hide_people) {
    text += fmt::format("Author: {} <{}>\n", commit.author.name,
                        commit.author.email);
  }
  text +=
      fmt::format("Date:   {}\n\n",
                  git::FormatGitDate(commit.author.time, commit.author.offset));
  return text +
         Indented(hide_people ? WithoutPeople(commit.message) : commit.message);
}

// One text as a whole.
class WholeText final : public TextPieces {
 public:
  explicit WholeText(std::string text) : text_(std::move(text)) {}
  std::size_t count() const override { return 1; }
  Result<std::string> Make(std::size_t /*index*/) override { return text_; }

 private:
  std::string text_;
};

Result<std::unique_ptr<TextPieces>> CommitPieces(
    View* view, const git::ObjectId& id, const ShowCommitQuestion& question) {
  PM_ASSIGN_OR_RETURN(const auto text, view->history()->ReadText(id));
  PM_ASSIGN_OR_RETURN(const auto commit, view->history()->Read(id));
  std::string head = FormatHead(id, text, view->scope().hide_people);
  if (question.message_only || commit.shallow) {
    return std::unique_ptr<TextPieces>(
        std::make_unique<WholeText>(std::move(head)));
  }
  git::ObjectId parent_tree;
  if (!commit.links.parents.empty()) {
    PM_ASSIGN_OR_RETURN(const auto parent,
                        view->history()->Read(commit.links.parents.front()));
    parent_tree = parent.links.tree;
  }
  // An empty line stands before a diff, where there is one.
  if (parent_tree != commit.links.tree) head += '\n';
  return DiffPieces(view->repository(), parent_tree, commit.links.tree,
                    question.path, std::move(head));
}

}  // namespace

Result<TextAnswer> ShowCommit(View* view, KeptTexts* texts,
                              const ShowCommitQuestion& question,
                              const Bounds& bounds) {
  Meter meter(bounds);
  PM_ASSIGN_OR_RETURN(const git::ObjectId id,
                      view->Commit(question.commit, meter.deadline()));
  CursorKey key("show");
  key.Add(id).Add(question.path).Add(question.message_only ? 1 : 0);
  PM_ASSIGN_OR_RETURN(const std::uint64_t offset, key.Parse(question.cursor));
  PagedText* text = texts->Find(key.value());
  if (text == nullptr) {
    PM_ASSIGN_OR_RETURN(auto pieces, CommitPieces(view, id, question));
    text = texts->Keep(key.value(),
                       std::make_unique<PagedText>(std::move(pieces)));
  }
  PM_ASSIGN_OR_RETURN(TextAnswer answer, text->Page(key, offset, &meter));
  PM_ASSIGN_OR_RETURN(const auto commit, view->history()->Read(id));
  if (commit.shallow) {
    answer.end.notes.emplace_back(
        "without its diff: the repository is shallow, and the commit's parent "
        "is not there");
  }
  return answer;
}

Result<TextAnswer> ShowDiff(View* view, KeptTexts* texts,
                            const DiffQuestion& question,
                            const Bounds& bounds) {
  Meter meter(bounds);
  PM_ASSIGN_OR_RETURN(const State from, view->At(question.from));
  PM_ASSIGN_OR_RETURN(const State to, view->At(question.to));
  CursorKey key("diff");
  key.Add(from.tree).Add(to.tree).Add(question.path);
  PM_ASSIGN_OR_RETURN(const std::uint64_t offset, key.Parse(question.cursor));
  PagedText* text = texts->Find(key.value());
  if (text == nullptr) {
    PM_ASSIGN_OR_RETURN(auto pieces, DiffPieces(view->repository(), from.tree,
                                                to.tree, question.path));
    text = texts->Keep(key.value(),
                       std::make_unique<PagedText>(std::move(pieces)));
  }
  return text->Page(key, offset, &meter);
}

}  // namespace patchmilter::tree
