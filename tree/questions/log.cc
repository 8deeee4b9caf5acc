#include "tree/questions/log.h"

#include <algorithm>
#include <string>
#include <utility>

#include "git/line_diff.h"
#include "tree/questions/cursor.h"
#include "tree/questions/file_lines.h"
#include "tree/questions/read_file.h"
#include "tree/questions/renames.h"

namespace patchmilter::tree {
namespace {

// What an entry costs beside its texts: an id and a date.
constexpr std::size_t kEntryBytes = 60;

// Some lines of a file in the base, that were asked for in a patched tree.
struct InBase {
  std::string path;  // "" where the series made the file.
  LineRanges lines;
  bool touched = false;
};

Result<InBase> FollowPatches(View* view, const State& state,
                             const LogQuestion& question) {
  PM_ASSIGN_OR_RETURN(const std::string text,
                      ReadText(view, state, question.path));
  PM_ASSIGN_OR_RETURN(
      const LineRange range,
      CheckRange(question.first, question.last, FileLines(text).size()));
  InBase found{question.path, LineRanges({{range.first, range.last + 1}}),
               false};
  if (state.patches == 0) return found;
  // All patches as one: what lies between is nobody's history.
  PM_ASSIGN_OR_RETURN(const State base, view->Patched(0));
  auto old_text = ReadText(view, base, found.path);
  if (!old_text.ok()) {
    if (old_text.error().kind != ErrorKind::kNotFound) return old_text.error();
    PM_ASSIGN_OR_RETURN(found.path, OldNameOf(view->repository(), base.tree,
                                              state.tree, question.path));
    if (found.path.empty()) return InBase{"", {}, true};
    old_text = ReadText(view, base, found.path);
    if (!old_text.ok()) return old_text.error();
  }
  PM_ASSIGN_OR_RETURN(
      const auto changes,
      git::DiffLines(*old_text, text, git::DiffStyle::kFollowed));
  LineRanges::Before before = found.lines.Follow(changes);
  found.lines = std::move(before.ranges);
  found.touched = before.touched;
  return found;
}

// What the base calls `path` of a patched tree, where the series has renamed
// it; a note says so.
Result<std::string> NameInBase(View* view, const State& state,
                               const std::string& path, End* end) {
  if (state.patches == 0 || path.empty()) return path;
  PM_ASSIGN_OR_RETURN(const State base, view->Patched(0));
  git::Repository* const repository = view->repository();
  PM_ASSIGN_OR_RETURN(const auto before, repository->Lookup(base.tree, path));
  if (before) return path;
  PM_ASSIGN_OR_RETURN(const auto now, repository->Lookup(state.tree, path));
  if (!now) return path;
  std::string old_name;
  if (!now->IsDirectory()) {
    PM_ASSIGN_OR_RETURN(old_name,
                        OldNameOf(repository, base.tree, state.tree, path));
  }
  end->notes.push_back(old_name.empty()
                           ? "the series has made " + Quoted(path) +
                                 "; the base does not have it"
                           : "the series has renamed it; the log is that of " +
                                 Quoted(old_name));
  return old_name.empty() ? path : old_name;
}

Result<LogEntry> MakeEntry(View* view, const git::ObjectId& id) {
  PM_ASSIGN_OR_RETURN(const auto commit, view->history()->ReadText(id));
  LogEntry entry;
  entry.commit = id;
  if (!view->scope().hide_people) {
    entry.author = commit.author.name.substr(0, kMaxLineBytes);
  }
  entry.authored = commit.author.time;
  entry.subject = commit.Subject().substr(0, kMaxLineBytes);
  return entry;
}

}  // namespace

Result<LogAnswer> Log(View* view, KeptWalks* walks, const LogQuestion& question,
                      const Bounds& bounds) {
  Meter meter(bounds);
  PM_ASSIGN_OR_RETURN(const State state, view->At(question.at));
  std::string path = question.path;
  CursorKey key("log");
  key.Add(state.tree).Add(state.commit).Add(path);
  key.Add(question.first).Add(question.last);
  PM_ASSIGN_OR_RETURN(std::uint64_t at, key.Parse(question.cursor));

  LogAnswer answer;
  std::unique_ptr<CommitWalk> made;
  const bool by_lines = question.first != 0 || question.last != 0;
  CommitWalk* walk = walks->Find(key.value());
  if (by_lines) {
    PM_ASSIGN_OR_RETURN(const InBase lines,
                        FollowPatches(view, state, question));
    if (lines.touched) {
      answer.end.notes.emplace_back(
          "patches of the series changed these lines; the log is that of what "
          "they changed");
    }
    if (lines.lines.empty()) return answer;
    if (walk == nullptr) {
      PM_ASSIGN_OR_RETURN(
          made, WalkLines(view->repository(), view->history(), state.commit,
                          lines.path, lines.lines));
    }
  } else {
    PM_ASSIGN_OR_RETURN(path, NameInBase(view, state, path, &answer.end));
  }
  if (!by_lines && walk == nullptr) {
    PM_ASSIGN_OR_RETURN(made, WalkPath(view->repository(), view->history(),
                                       state.commit, path));
  }
  if (walk == nullptr) walk = walks->Keep(key.value(), std::move(made));

  while (true) {
    if (at >= walk->found().size()) {
      // As many as fit: each takes a line of its own.
      PM_RETURN_IF_ERROR(
          walk->Advance(static_cast<std::size_t>(at) + 1, meter.deadline()));
      if (at >= walk->found().size()) {
        if (!walk->ended()) meter.TimeIsOver();
        break;
      }
    }
    PM_ASSIGN_OR_RETURN(LogEntry entry, MakeEntry(view, walk->found()[at]));
    if (!meter.Take(kEntryBytes + entry.author.size() + entry.subject.size())) {
      break;
    }
    answer.commits.push_back(std::move(entry));
    ++at;
  }
  if (at < walk->found().size() || !walk->ended()) {
    answer.end.stop = meter.stop();
    answer.end.cursor = key.At(at);
  } else if (walk->shallow()) {
    answer.end.notes.emplace_back(
        "history ends here: the repository is shallow");
  }
  return answer;
}

}  // namespace patchmilter::tree
