// patchmilter review: the whole way in one process, with a store in memory,
// for mails that a person has at hand.
#include <fmt/format.h>

#include <unistd.h>

#include <iostream>
#include <map>
#include <memory>
#include <optional>

#include "app/commands.h"
#include "app/fates_json.h"
#include "app/json.h"
#include "app/local_config.h"
#include "app/local_mails.h"
#include "app/models.h"
#include "app/site_check.h"
#include "app/state_view.h"
#include "base/files.h"
#include "base/text.h"
#include "review/findings_engine.h"
#include "review/review_job.h"
#include "store/store.h"
#include "tree/tree.h"

namespace patchmilter::app {
namespace {

// A person who names mails wants all of them reviewed.
constexpr std::int64_t kAllFindings = 1'000'000;

Result<Config> DeskConfig(const ReviewOptions& options) {
  Config config = LocalConfig();
  config.review.settle = 0;
  config.review.wait = 0;
  config.review.max_patches = kAllFindings;
  // Who brings findings wants to see what a list would get of them; who has
  // patches checked wants all that there is to say.
  if (options.findings.empty()) {
    config.review.max_findings_per_patch = kAllFindings;
    config.review.max_mail_lines = kAllFindings;
  }
  PM_RETURN_IF_ERROR(UseModel(options.model, &config));
  ListConfig& list = config.lists.front();
  list.disable_checks = options.disable_checks;
  list.enable_checks = options.enable_checks;
  if (!options.tree.empty()) {
    PM_ASSIGN_OR_RETURN(TreeConfig tree, LocalTree(options.tree, options.base));
    tree.index = options.index;
    list.trees = {tree.name};
    config.trees.push_back(std::move(tree));
  } else if (!options.base.empty()) {
    return InvalidInput("--base needs --tree DIR, the repository it is in");
  } else if (!options.index.empty()) {
    return InvalidInput("--index needs --tree DIR, the repository it is of");
  }
  return config;
}

// Before anything is read: a tree that cannot be opened and a base that is not
// in it are mistakes of the caller, not of the patches.
Status CheckTree(const Config& config, bool base_given) {
  for (const TreeConfig& tree : config.trees) {
    PM_ASSIGN_OR_RETURN(const auto opened, tree::Tree::Open(tree));
    tree::SeriesInput nothing;
    nothing.as_configured = base_given;
    const auto report = opened->Apply(nothing);
    if (!report.ok()) return report.error();
  }
  return {};
}

// The file of --findings.
Result<review::FindingsFile> ReadFindings(const std::string& path) {
  const bool standard_input = path == "-";
  const auto text = standard_input
                        ? ReadAll(STDIN_FILENO, review::kMaxFindingsText + 1)
                        : ReadFile(path, review::kMaxFindingsText + 1);
  if (!text.ok()) return text.error();
  auto file = review::ParseFindings(*text);
  if (!file.ok()) {
    return InvalidInput(fmt::format("{}: {}",
                                    standard_input ? "standard input" : path,
                                    file.error().message));
  }
  return file;
}

class Desk {
 public:
  explicit Desk(Config config) : config_(std::move(config)), mails_(&config_) {}

  // `findings` stand in for an engine, where they are given.
  Status Open(std::optional<review::FindingsFile> findings,
              const ModelOptions& model) {
    PM_RETURN_IF_ERROR(mails_.Open());
    if (findings) {
      given_ = findings->findings;
      one_series_ = true;
      engine_ = std::make_unique<review::FindingsEngine>(*std::move(findings));
      return {};
    }
    if (review::AsksModels(config_)) {
      PM_ASSIGN_OR_RETURN(
          hub_, OpenModels(&config_, {model.record, model.replay, nullptr}));
    }
    engine_ = review::MakeEngine(&config_, hub_.get(), store());
    return {};
  }

  Status Take(const std::string& source) { return mails_.Take(source); }

  Status Review(bool ignore_stated_base) {
    PM_RETURN_IF_ERROR(mails_.Parse());
    if (one_series_) {
      PM_ASSIGN_OR_RETURN(const auto series,
                          store()->ListSeries("", INT64_MAX));
      if (series.size() > 1) {
        return InvalidInput(fmt::format(
            "{} series were read; --findings tells of one: give its mails "
            "alone, a cover and its patches",
            series.size()));
      }
    }
    const UnixSeconds now = mails_.now();
    while (true) {
      PM_ASSIGN_OR_RETURN(const std::int64_t queued,
                          mails_.pipeline()->Schedule(now));
      if (queued == 0) break;
    }
    review::ReviewRunner runner(&config_, store(), engine_.get());
    runner.AtDesk();
    runner.ReadRepliesWith(
        [this](std::string_view raw) { return mails_.parser()->Parse(raw); });
    if (ignore_stated_base) runner.IgnoreStatedBase();
    if (one_series_) {
      runner.WatchGates([this](const review::SeriesUnderReview& series,
                               const review::GatedReview& review) {
        fates_ = FatesJson(series, given_, review);
      });
    }
    // `now` lets no failed job come again: it would fail again.
    while (true) {
      PM_ASSIGN_OR_RETURN(const bool ran, runner.RunNext(now));
      if (!ran) return {};
    }
  }

  store::Store* store() { return mails_.store(); }
  std::int64_t mails() const { return mails_.mails(); }
  // What became of the findings that were given; null where none were.
  const Json& fates() const { return fates_; }

 private:
  Config config_;
  LocalMails mails_;
  std::unique_ptr<review::ModelHub> hub_;
  std::unique_ptr<review::Engine> engine_;
  std::vector<review::Finding> given_;
  bool one_series_ = false;
  Json fates_;
};

// What a series says of itself in the JSON.
Result<Json> SeriesJson(store::Store* store, const store::SeriesRow& row,
                        const std::vector<store::ReviewRow>& reviews) {
  Json json;
  json["title"] = row.series.title;
  json["version"] = row.series.version;
  json["expected"] = row.series.expected;
  json["author"] = row.series.author.email;
  json["patches"] = Json::array();
  for (const auto& [number, id] : row.series.patches) {
    PM_ASSIGN_OR_RETURN(const store::MailRow mail, store->LoadMail(id));
    json["patches"].push_back({{"number", number},
                               {"message_id", mail.message_id},
                               {"subject", mail.subject}});
  }
  json["missing"] = row.series.Missing();
  json["state"] = store::SeriesStateName(row.state);
  json["findings"] = Json::array();
  for (const store::ReviewRow& review : reviews) {
    json["verdict"] = review.verdict;
    json["tree"] = review.tree;
    json["base"] = review.base;
    json["apply"] = review.apply;
    for (const store::FindingRow& finding : review.findings) {
      json["findings"].push_back(ToJson(finding));
    }
  }
  return json;
}

// The mails as a reader would see them, a line between them.
void PrintMails(const std::vector<store::OutboxRow>& outbox) {
  for (const store::OutboxRow& row : outbox) {
    if (row.mail.kind == "original") continue;
    const mime::Mail mail = mime::ParseMail(row.mail.bytes);
    std::cout << std::string(72, '=') << '\n'
              << "Subject: " << mail.subject.text << '\n';
    for (const std::string& id : mail.in_reply_to) {
      std::cout << "In-Reply-To: <" << id << ">\n";
    }
    std::cout << '\n' << mail.text << '\n';
  }
}

struct Printed {
  std::int64_t series = 0;
  std::int64_t findings = 0;
  std::int64_t failed = 0;
  std::int64_t unread = 0;  // Nothing was found, and not all was read.
};

Result<Printed> Print(store::Store* store, const Json& fates, bool json) {
  PM_ASSIGN_OR_RETURN(std::vector<store::SeriesRow> rows,
                      store->ListSeries("", INT64_MAX));
  std::map<series::SeriesId, const store::SeriesRow*> by_id;
  for (const store::SeriesRow& row : rows) by_id[row.series.id] = &row;
  Printed printed;
  Json all = Json::array();
  for (const auto& [id, row] : by_id) {
    PM_ASSIGN_OR_RETURN(const std::vector<store::ReviewRow> reviews,
                        store->Reviews(id));
    ++printed.series;
    if (reviews.empty() && row->state == store::SeriesState::kSuperseded) {
      std::cerr << fmt::format(
          "patchmilter: \"{}\" v{} was not reviewed: a newer revision of it is "
          "here too\n",
          Printable(row->series.title), row->series.version);
    } else if (reviews.empty()) {
      ++printed.failed;
      std::cerr << fmt::format(
          "patchmilter: \"{}\" was not reviewed: {}\n",
          Printable(row->series.title),
          row->series.patches.empty()
              ? "its cover is here, but none of its patches"
              : Printable(row->reason));
    }
    for (const store::ReviewRow& review : reviews) {
      for (const store::FindingRow& finding : review.findings) {
        if (finding.dropped_by.empty()) ++printed.findings;
      }
      // Who is given findings has nothing to read.
      if (review.verdict != store::kNotReviewed || !fates.is_null()) continue;
      ++printed.unread;
      std::cerr << fmt::format(
          "patchmilter: \"{}\" was not read whole; its review says why\n",
          Printable(row->series.title));
    }
    if (json) {
      PM_ASSIGN_OR_RETURN(Json entry, SeriesJson(store, *row, reviews));
      if (!fates.is_null()) entry["fates"] = fates;
      all.push_back(std::move(entry));
      continue;
    }
    PM_ASSIGN_OR_RETURN(const std::vector<store::OutboxRow> outbox,
                        store->Outbox(id));
    PrintMails(outbox);
  }
  if (json) {
    Json top;
    top["version"] = 1;
    top["series"] = std::move(all);
    std::cout << PrintableJson(top) << '\n';
  }
  return printed;
}

}  // namespace

int RunReview(const ReviewOptions& options) {
  Result<Config> config = DeskConfig(options);
  if (!config.ok()) return Fail(config.error());
  const std::vector<std::string> faults = NameFaults(*config);
  if (!faults.empty()) return Fail(InvalidInput(Join(faults, "\n")));
  if (const Status tree = CheckTree(*config, !options.base.empty());
      !tree.ok()) {
    return Fail(tree.error());
  }
  std::optional<review::FindingsFile> findings;
  if (!options.findings.empty()) {
    if (!options.model.model.empty()) {
      return Fail(InvalidInput(
          "--findings stands in for a reviewer: it does not go with --model"));
    }
    for (const std::string& source : options.sources) {
      if (source != "-" || options.findings != "-") continue;
      return Fail(InvalidInput(
          "standard input cannot be both the mails and the findings"));
    }
    auto file = ReadFindings(options.findings);
    if (!file.ok()) return Fail(file.error());
    findings = *std::move(file);
  }
  Desk desk(*std::move(config));
  if (const Status opened = desk.Open(std::move(findings), options.model);
      !opened.ok()) {
    return Fail(opened.error());
  }
  for (const std::string& source : options.sources) {
    if (const Status taken = desk.Take(source); !taken.ok()) {
      return Fail(taken.error());
    }
  }
  if (const Status status = desk.Review(!options.base.empty()); !status.ok()) {
    return Fail(status.error());
  }
  const auto unreadable = desk.store()->UnreadableMails(100);
  if (!unreadable.ok()) return Fail(unreadable.error());
  for (const store::MailRow& mail : *unreadable) {
    std::cerr << fmt::format("patchmilter: {} could not be read: {}\n",
                             mail.source, mail.reason);
  }
  const auto printed = Print(desk.store(), desk.fates(), options.json);
  if (!printed.ok()) return Fail(printed.error());
  if (printed->series == 0) {
    return Fail(InvalidInput(fmt::format(
        "{} mail(s) read, none of them is a patch: a patch carries a diff, as "
        "'git format-patch' writes it",
        desk.mails())));
  }
  if (printed->failed > 0) return kExitFailed;
  if (!options.json) {
    std::cerr << fmt::format(
        "{} series, {}\n", printed->series,
        CountOf(static_cast<std::size_t>(printed->findings), "finding",
                "findings"));
  }
  if (printed->findings > 0) return kExitFindings;
  return printed->unread > 0 ? kExitFailed : kExitDone;
}

}  // namespace patchmilter::app
