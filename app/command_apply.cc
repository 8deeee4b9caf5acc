// patchmilter apply: whether patches apply to a tree, in memory; nothing is
// changed.
#include <fmt/format.h>

#include <iostream>

#include "app/commands.h"
#include "app/json.h"
#include "app/local_config.h"
#include "app/local_mails.h"
#include "app/patch_files.h"
#include "app/state_view.h"
#include "base/log.h"
#include "base/text.h"
#include "tree/tree.h"

namespace patchmilter::app {
namespace {

constexpr std::size_t kShownId = 12;

Json FailureJson(const tree::HunkFailure& failure, std::int64_t patch) {
  Json json;
  json["patch"] = patch;
  json["path"] = failure.path;
  json["hunk"] = failure.hunk ? Json(*failure.hunk + 1) : Json();
  json["reason"] = failure.reason;
  if (failure.hunk && failure.lines > 0) {
    Json nearest;
    nearest["lines"] = failure.lines;
    nearest["equal"] = failure.matched;
    if (failure.matched > 0) {
      nearest["first_line"] = failure.first_line;
      nearest["last_line"] = failure.last_line;
      nearest["differs_at"] =
          failure.differs_at != 0 ? Json(failure.differs_at) : Json();
      nearest["wanted"] = failure.wanted;
      nearest["found"] = failure.found;
    }
    json["nearest"] = std::move(nearest);
  }
  return json;
}

Json ReportJson(const tree::ApplyReport& report) {
  Json json;
  json["version"] = 1;
  json["applied"] = report.status == tree::ApplyStatus::kApplied;
  json["patches"] = report.total;
  json["patches_applied"] = report.applied;
  json["first_failing"] = report.failure ? Json(report.failure->patch) : Json();
  json["how"] = Json::array();
  for (const tree::HowApplied how : report.how) {
    json["how"].push_back(tree::HowAppliedName(how));
  }
  json["tree"] =
      report.result_trees.empty() ? Json() : Json(report.result_trees.back());
  json["trees"] = report.result_trees;
  json["base"] = report.base;
  json["base_reason"] = report.base_reason;
  json["reason"] = Json();
  if (report.failure) {
    json["reason"] = report.failure->path.empty()
                         ? report.failure->reason
                         : report.failure->path + ": " + report.failure->reason;
  }
  json["failures"] = Json::array();
  for (const tree::HunkFailure& hunk : report.hunks) {
    json["failures"].push_back(FailureJson(hunk, report.failure->patch));
  }
  if (!report.prerequisites.empty()) {
    json["prerequisites"] = Json::array();
    for (const tree::Prerequisite& wanted : report.prerequisites) {
      json["prerequisites"].push_back(
          {{"patch_id", wanted.patch_id},
           {"commit", wanted.commit.empty() ? Json() : Json(wanted.commit)},
           {"elsewhere",
            wanted.elsewhere.empty() ? Json() : Json(wanted.elsewhere)}});
    }
  }
  return json;
}

void PrintHunk(const tree::HunkFailure& failure) {
  std::string place = log::Clean(failure.path);
  if (failure.hunk) place += fmt::format(", hunk {}", *failure.hunk + 1);
  std::cout << "      " << place << ": " << log::Clean(failure.reason) << '\n';
  if (failure.matched == 0) return;
  std::cout << fmt::format(
      "        nearest: lines {} to {}, {} of {} are equal\n",
      failure.first_line, failure.last_line, failure.matched, failure.lines);
  if (failure.differs_at == 0) return;
  std::cout << fmt::format("        line {} is    \"{}\"\n", failure.differs_at,
                           log::Clean(failure.found))
            << fmt::format("        the patch has \"{}\"\n",
                           log::Clean(failure.wanted));
}

std::string WhereItIs(const tree::Prerequisite& wanted,
                      const tree::ApplyReport& report) {
  if (!wanted.commit.empty()) {
    return "is there: " + wanted.commit.substr(0, kShownId);
  }
  if (!wanted.elsewhere.empty()) {
    return "is not behind the base, but elsewhere in the tree: " +
           wanted.elsewhere.substr(0, kShownId);
  }
  std::string text = "not found in the recent history of the base";
  if (report.stated_base_known && report.failure) {
    text += ", nor in what branches have since";
  }
  return text;
}

void PrintReport(const PatchFiles& files, const tree::ApplyReport& report) {
  std::cout << fmt::format("base {}  {}\n", report.base.substr(0, kShownId),
                           report.base_reason);
  for (const tree::Prerequisite& wanted : report.prerequisites) {
    std::cout << fmt::format("needs {}  {}\n",
                             wanted.patch_id.substr(0, kShownId),
                             WhereItIs(wanted, report));
  }
  for (std::size_t i = 0; i < files.patches.size(); ++i) {
    const PatchFiles::Patch& patch = files.patches[i];
    std::string_view how = "-";
    if (i < report.how.size()) {
      how = tree::HowAppliedName(report.how[i]);
    } else if (i == report.applied) {
      how = "FAILS";
    }
    std::cout << fmt::format("{:4}  {:13}  {}\n", patch.number, how,
                             log::Clean(patch.title));
    if (i != report.applied || !report.failure) continue;
    std::cout << fmt::format("      {}{}\n",
                             report.failure->path.empty()
                                 ? ""
                                 : log::Clean(report.failure->path) + ": ",
                             log::Clean(report.failure->reason, 1000));
    for (const tree::HunkFailure& hunk : report.hunks) {
      PrintHunk(hunk);
    }
  }
  if (report.status == tree::ApplyStatus::kApplied) {
    std::cout << fmt::format("applies; tree {}\n", report.result_trees.back());
  } else {
    std::cout << fmt::format(
        "does not apply: {} of {}\n", report.applied,
        CountOf(report.total, "patch applies", "patches apply"));
  }
}

}  // namespace

int RunApply(const ApplyOptions& options) {
  const auto config = LocalTree(options.tree, options.base);
  if (!config.ok()) return Fail(config.error());
  const auto tree = tree::Tree::Open(*config);
  if (!tree.ok()) return Fail(tree.error());
  auto files =
      ReadPatchFiles(options.source, options.strip_quoted_cr ? QuotedCr::kStrip
                                                             : QuotedCr::kKeep);
  if (!files.ok()) return Fail(files.error());
  tree::SeriesInput& input = (*files)->input;
  if (!options.base.empty()) {
    input.as_configured = true;
  }
  input.level = options.three_way ? tree::ApplyLevel::kThreeWay
                                  : tree::ApplyLevel::kPlain;
  auto report = (*tree)->Apply(input);
  if (!report.ok()) return Fail(report.error());
  if (!options.base.empty()) report->base_reason = "--base " + options.base;
  for (const std::string& remark : (*files)->remarks) {
    std::cerr << "patchmilter: " << remark << '\n';
  }
  if (options.json) {
    std::cout << PrintableJson(ReportJson(*report)) << '\n';
  } else {
    PrintReport(**files, *report);
  }
  return report->status == tree::ApplyStatus::kApplied ? kExitDone
                                                       : kExitFindings;
}

}  // namespace patchmilter::app
