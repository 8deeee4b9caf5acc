#include "review/engine/briefing.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"
#include "review/check.h"
#include "review/memory.h"
#include "review/prompts/replies.h"

namespace patchmilter::review {
namespace {

// Adds lines up to a number of bytes, then counts.
class Lines {
 public:
  explicit Lines(std::size_t most) : most_(most) {}

  void Add(std::string line) {
    line += '\n';
    if (left_out_ > 0 || text_.size() + line.size() > most_) {
      ++left_out_;
      return;
    }
    text_ += line;
  }
  std::string Take(std::string_view what) {
    if (left_out_ > 0) {
      text_ +=
          fmt::format("({} more {} left out for length)\n", left_out_, what);
    }
    return std::move(text_);
  }
  bool empty() const { return text_.empty() && left_out_ == 0; }

 private:
  const std::size_t most_;
  std::string text_;
  std::size_t left_out_ = 0;
};

std::string Numbers(const std::vector<std::int64_t>& numbers) {
  return PatchNumbers(numbers);
}

std::string CodeText(const SeriesUnderReview& series) {
  const tree::ApplyReport& apply = series.apply;
  switch (apply.status) {
    case tree::ApplyStatus::kApplied:
      return fmt::format(
          "The series applies to commit {}. The code before it is \"base\", "
          "after patch K \"patched:K\", after the last \"patched\".",
          apply.base);
    case tree::ApplyStatus::kPartial:
      return fmt::format(
          "Only the first {} of {} patches apply to commit {}: \"patched:K\" "
          "is there for those alone. For the others read the code as it stands "
          "there, and remember that it is not what they were made for.",
          apply.applied, apply.total, apply.base);
    case tree::ApplyStatus::kReference:
      return fmt::format(
          "Reference mode: the series does not apply to any known commit. The "
          "tree can be read as it stands at commit {} (\"base\"), for "
          "reference alone: the patches were made for other code, and there "
          "is no state after them. A difference between the two is no finding.",
          apply.base);
    case tree::ApplyStatus::kNoTree:
      break;
  }
  return "No tree is at hand: only the patches themselves can be read. What "
         "cannot be seen in them is not known; claim nothing about it.";
}

std::string Facts(const SeriesUnderReview& series) {
  std::string text = fmt::format(
      "What is known of the series under review.\n\n"
      "Revision v{}; {} of {} patches are here{}.",
      series.series->version, series.patches.size(), series.series->expected,
      series.cover != nullptr ? ", and a cover letter (patch 0)" : "");
  const std::vector<std::int64_t> missing = series.series->Missing();
  if (!missing.empty() && missing.size() < 100) {
    text += fmt::format(" Not seen: {}.", Numbers(missing));
  }
  text += "\n" + CodeText(series) + "\n";
  if (!series.already_there.empty()) {
    std::vector<std::int64_t> there;
    for (const auto& [number, commit] : series.already_there) {
      there.push_back(number);
    }
    text += fmt::format("In the tree already: {}.\n", Numbers(there));
  }
  return text;
}

std::string Subject(const mime::PatchMail& patch, People* people) {
  const std::string& subject = patch.mail.subject.title;
  return people == nullptr ? subject : people->Hidden(subject);
}

std::string Map(const BriefingInput& in, bool words) {
  Lines lines(kMaxMap);
  for (const auto& [number, view] : *in.views) {
    std::string title = fmt::format("patch {}:", number);
    if (words) {
      const mime::PatchMail* patch =
          number == 0 ? in.series->cover : in.series->patches.at(number);
      title += " " + Subject(*patch, in.people);
      while (!title.empty() && title.back() == '\n') title.pop_back();
    } else if (number == 0) {
      continue;
    }
    lines.Add(std::move(title));
    for (const FileView& file : view.files) {
      lines.Add(
          fmt::format("    {} +{} -{}", file.path, file.added, file.removed));
    }
  }
  return in.fence->Fenced("map of the series",
                          lines.Take("lines of the map are"));
}

std::string ToldByChecks(const BriefingInput& in) {
  Lines lines(kMaxToldChecks);
  for (const Finding& finding : *in.checks) {
    const std::int64_t patch =
        finding.anchors.empty() ? 0 : finding.anchors.front().patch;
    lines.Add(fmt::format("patch {}: {}: {}", patch, finding.category,
                          finding.title));
  }
  if (lines.empty()) return "";
  return "\nChecks have found this already. It will be told; do not report it "
         "again.\n" +
         in.fence->Fenced("findings of checks", lines.Take("findings are"));
}

std::string ToldBefore(const BriefingInput& in) {
  const Memory* memory = in.series->memory;
  if (memory == nullptr || memory->previous.empty()) return "";
  Lines lines(kMaxToldBefore);
  for (const Remembered& each : memory->previous) {
    lines.Add(fmt::format("[{}] {} {}: {}", SeverityName(each.mark.severity),
                          each.mark.path, each.mark.function, each.mark.title));
  }
  return fmt::format(
             "\nThe review of v{} said this. Where it still holds, report it "
             "again, with its lines in this revision: it will be told in one "
             "line. Where it does not, say nothing of it.\n",
             memory->version) +
         in.fence->Fenced("findings of the revision before",
                          lines.Take("findings are"));
}

std::string Replies(const BriefingInput& in) {
  if (in.series->replies.empty()) return "";
  People nobody{People::Known{}};
  People* people = in.people == nullptr ? &nobody : in.people;
  const std::string text = CollateReplies(in.series->replies, people);
  if (text.empty()) return "";
  return "\nWhat was answered on the list so far:\n" +
         in.fence->Fenced("replies", text);
}

}  // namespace

std::string SharedText(const BriefingInput& in) {
  return Facts(*in.series) + "\n" + Map(in, true) + ToldByChecks(in) +
         ToldBefore(in) + Replies(in);
}

std::string SharedWithoutWords(const BriefingInput& in) {
  return Facts(*in.series) + "\n" + Map(in, false);
}

std::string SeriesTask(const std::string& role) {
  return "Task: review the series\n\n" + role;
}

std::string PatchTask(const std::string& role, const Fence& fence,
                      std::int64_t patch, const std::set<std::string>& files) {
  std::string text = fmt::format("Task: review patch {}\n\n{}", patch, role);
  if (files.empty()) return text;
  std::string names;
  for (const std::string& file : files) names += file + "\n";
  return text +
         fmt::format(
             "\nThe patch is large, and several reviewers share it. Read its "
             "message, then of its diff these files (show_patch with path); "
             "the others are reviewed elsewhere.\n{}",
             fence.Fenced("files", names));
}

std::string VerifyTask(const std::string& role, const Fence& fence,
                       const Finding& finding) {
  std::string claim;
  for (const Anchor& anchor : finding.anchors) {
    claim += fmt::format("patch {} {}\n", anchor.patch, anchor.path);
    for (const std::string& line : anchor.quoted) claim += "> " + line + "\n";
  }
  claim += fmt::format("\n{}: {}\n\n{}\n", finding.category, finding.title,
                       finding.explanation);
  if (finding.reachability && finding.consequence) {
    claim += fmt::format("\nreachability {}, consequence {}\n",
                         ReachabilityName(*finding.reachability),
                         ConsequenceName(*finding.consequence));
  }
  return "Task: verify a finding\n\n" + role + "\nThe claim:\n" +
         fence.Fenced("claim of a reviewer", claim);
}

}  // namespace patchmilter::review
