#include "tree/questions/blame.h"

#include <string>
#include <unordered_map>
#include <utility>

#include "tree/questions/cursor.h"
#include "tree/questions/file_lines.h"

namespace patchmilter::tree {
namespace {

// What a line costs beside its texts: an id and a date.
constexpr std::size_t kLineBytes = 60;
constexpr std::size_t kMaxSubject = 200;

// What is said of a commit, read once an answer.
class Describer {
 public:
  explicit Describer(View* view) : view_(view) {}

  // True where it is the first line of its commit.
  Result<bool> Describe(const BlameRun::Origin& origin, BlamedLine* line) {
    line->commit = origin.commit;
    line->patch = origin.patch == 0 ? 0 : view_->NumberAt(origin.patch);
    line->boundary = !origin.settled || origin.shallow;
    if (origin.patch != 0) return false;
    auto known = known_.find(origin.commit);
    const bool is_new = known == known_.end();
    if (is_new) {
      PM_ASSIGN_OR_RETURN(auto text, view_->history()->ReadText(origin.commit));
      known = known_.emplace(origin.commit, std::move(text)).first;
    }
    if (!view_->scope().hide_people) {
      line->author = known->second.author.name.substr(0, kMaxSubject);
    }
    line->authored = known->second.author.time;
    line->subject = known->second.Subject().substr(0, kMaxSubject);
    return is_new;
  }

 private:
  View* view_;
  std::unordered_map<git::ObjectId, git::CommitText> known_;
};

}  // namespace

Result<BlameAnswer> Blame(View* view, KeptBlames* runs,
                          const BlameQuestion& question, const Bounds& bounds) {
  Meter meter(bounds);
  PM_ASSIGN_OR_RETURN(const State state, view->At(question.at));
  PM_ASSIGN_OR_RETURN(const std::string text,
                      ReadText(view, state, question.path));
  const FileLines lines(text);
  PM_ASSIGN_OR_RETURN(const LineRange range,
                      CheckRange(question.first, question.last, lines.size()));
  CursorKey key("blame");
  key.Add(state.tree).Add(state.commit).Add(state.patches);
  key.Add(question.path).Add(question.first).Add(question.last);
  PM_ASSIGN_OR_RETURN(const std::uint64_t given, key.Parse(question.cursor));
  BlameRun* run = runs->Find(key.value());
  if (run == nullptr) {
    run = runs->Keep(key.value(), std::make_unique<BlameRun>(
                                      view, state, question.path, range));
  }
  PM_RETURN_IF_ERROR(run->Advance(meter.deadline()));

  BlameAnswer answer;
  Describer describer(view);
  std::uint64_t number = range.first + given;
  bool shallow = false;
  // Each commit is named once, behind an empty line.
  const bool named = bounds.lines > 2;
  std::size_t names = 0;
  for (; number <= range.last; ++number) {
    const auto at = static_cast<std::uint32_t>(number);
    const BlameRun::Origin origin = run->At(at);
    BlamedLine blamed;
    blamed.line = MakeLine(at, lines.Line(at));
    PM_ASSIGN_OR_RETURN(const bool is_new, describer.Describe(origin, &blamed));
    std::size_t bytes = kLineBytes + blamed.line.text.size();
    std::size_t more_lines = 0;
    if (!named) {
      blamed.author.clear();
      blamed.subject.clear();
    } else if (is_new) {
      bytes += blamed.author.size() + blamed.subject.size();
      more_lines = names++ == 0 ? 2 : 1;
    }
    if (!meter.TakeAfterTime(bytes, 1 + more_lines)) break;
    shallow = shallow || origin.shallow;
    answer.lines.push_back(std::move(blamed));
  }
  if (number <= range.last) {
    answer.end.stop = meter.stop();
    answer.end.cursor = key.At(number - range.first);
  } else if (!run->settled()) {
    answer.end.stop = Stop::kTime;
  }
  if (!run->settled()) {
    answer.end.notes.emplace_back(
        "the time was over before all lines were settled: those marked are at "
        "least as old as the commit named; ask again to go on");
  }
  if (shallow) {
    answer.end.notes.emplace_back(
        "history ends at the lines marked: the repository is shallow");
  }
  return answer;
}

}  // namespace patchmilter::tree
