// patchmilter review: the whole way in one process, with a store in memory,
// for mails that a person has at hand.
#include <fmt/format.h>

#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>

#include "app/commands.h"
#include "app/fates_json.h"
#include "app/json.h"
#include "app/local_config.h"
#include "app/mail_source.h"
#include "app/pipeline.h"
#include "app/site_check.h"
#include "app/state_view.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/files.h"
#include "base/text.h"
#include "mime/headers.h"
#include "review/findings_engine.h"
#include "review/review_job.h"
#include "store/store.h"
#include "tree/tree.h"

namespace patchmilter::app {
namespace {

constexpr std::int64_t kBatch = 500;
// A person who names mails wants all of them reviewed.
constexpr std::int64_t kAllFindings = 1'000'000;

// The work tree that `path` lies in, as git itself would look for it; `path`
// where it lies in none (a bare repository). A site's trees are never searched
// for: they are opened where the configuration says.
std::filesystem::path TopOfWorkTree(const std::filesystem::path& path) {
  std::error_code error;
  for (auto at = path; at != at.root_path(); at = at.parent_path()) {
    if (std::filesystem::exists(at / ".git", error)) return at;
  }
  return path;
}

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
  ListConfig& list = config.lists.front();
  list.disable_checks = options.disable_checks;
  list.enable_checks = options.enable_checks;
  if (!options.tree.empty()) {
    TreeConfig tree;
    std::error_code error;
    const auto path = std::filesystem::canonical(options.tree, error);
    if (error) {
      return NotFound(fmt::format("{}: {}", options.tree, error.message()));
    }
    const std::filesystem::path top = TopOfWorkTree(path);
    tree.name = top.filename().string();
    if (tree.name == ".git") tree.name = top.parent_path().filename().string();
    tree.path = top.string();
    if (!options.base.empty()) tree.branches = {options.base};
    list.trees = {tree.name};
    config.trees.push_back(std::move(tree));
  } else if (!options.base.empty()) {
    return InvalidInput("--base needs --tree DIR, the repository it is in");
  }
  return config;
}

// Before anything is read: a tree that cannot be opened and a base that is not
// in it are mistakes of the caller, not of the patches.
Status CheckTree(const Config& config) {
  for (const TreeConfig& tree : config.trees) {
    PM_ASSIGN_OR_RETURN(const auto opened, tree::Tree::Open(tree));
    const auto report = opened->Apply({});
    if (!report.ok()) return report.error();
  }
  return {};
}

// Mails of `git format-patch` have no Message-ID: one is made from the
// content, so that the same mail has the same one each time.
std::string WithMessageId(std::string raw) {
  const mime::HeaderBlock block = mime::ScanHeaders(raw);
  if (block.CountOf(mime::HeaderName::kMessageId) > 0) return raw;
  return fmt::format("Message-ID: <{}@content.invalid>\n",
                     Sha256Hex(raw).substr(0, 40)) +
         raw;
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
  explicit Desk(Config config)
      : config_(std::move(config)), now_(SystemClock().Now()) {}

  // `findings` stand in for an engine, where they are given.
  Status Open(std::optional<review::FindingsFile> findings) {
    PM_ASSIGN_OR_RETURN(store_, store::Store::Open(":memory:"));
    if (findings) {
      given_ = findings->findings;
      one_series_ = true;
      engine_ = std::make_unique<review::FindingsEngine>(*std::move(findings));
    } else {
      PM_ASSIGN_OR_RETURN(engine_, review::MakeEngine(config_.review.engine));
    }
    PipelineOptions options;
    options.review_everything = true;
    pipeline_ = std::make_unique<Pipeline>(&config_, store_.get(), &parser_,
                                           std::move(options));
    return pipeline_->Load();
  }

  // All mails of `source`, in its order.
  Status Take(const std::string& source) {
    PM_ASSIGN_OR_RETURN(auto mails, MailSource::Open(source));
    while (true) {
      PM_ASSIGN_OR_RETURN(std::optional<SourceMail> mail, mails->Next());
      if (!mail.has_value()) break;
      store::NewMail stored;
      stored.list = kLocalName;
      // One after the other: of two series that bear the same second, the
      // order in the file says which mail belongs to which.
      stored.arrival = now_++;
      stored.source = mail->Where();
      stored.truncated = mail->cut;
      stored.raw = WithMessageId(std::move(mail->raw));
      PM_ASSIGN_OR_RETURN(const std::int64_t added,
                          store_->Ingest({std::move(stored)}, "", ""));
      mails_ += added;
    }
    for (const std::string& skipped : mails->skipped()) {
      std::cerr << "patchmilter: passed over " << skipped << '\n';
    }
    return {};
  }

  Status Review(bool ignore_stated_base) {
    while (true) {
      PM_ASSIGN_OR_RETURN(const std::int64_t parsed,
                          pipeline_->ParsePending(kBatch));
      if (parsed == 0) break;
    }
    if (one_series_) {
      PM_ASSIGN_OR_RETURN(const auto series, store_->ListSeries("", INT64_MAX));
      if (series.size() > 1) {
        return InvalidInput(fmt::format(
            "{} series were read; --findings tells of one: give its mails "
            "alone, a cover and its patches",
            series.size()));
      }
    }
    while (true) {
      PM_ASSIGN_OR_RETURN(const std::int64_t queued, pipeline_->Schedule(now_));
      if (queued == 0) break;
    }
    review::ReviewRunner runner(&config_, store_.get(), engine_.get());
    runner.AtDesk();
    if (ignore_stated_base) runner.IgnoreStatedBase();
    if (one_series_) {
      runner.WatchGates([this](const review::SeriesUnderReview& series,
                               const review::GatedReview& review) {
        fates_ = FatesJson(series, given_, review);
      });
    }
    // now_ lets no failed job come again: it would fail again.
    while (true) {
      PM_ASSIGN_OR_RETURN(const bool ran, runner.RunNext(now_));
      if (!ran) return {};
    }
  }

  store::Store* store() { return store_.get(); }
  std::int64_t mails() const { return mails_; }
  // What became of the findings that were given; null where none were.
  const Json& fates() const { return fates_; }

 private:
  Config config_;
  UnixSeconds now_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<review::Engine> engine_;
  ParseWorker parser_;
  std::unique_ptr<Pipeline> pipeline_;
  std::int64_t mails_ = 0;
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
          ToValidUtf8(row->series.title), row->series.version);
    } else if (reviews.empty()) {
      ++printed.failed;
      std::cerr << fmt::format(
          "patchmilter: \"{}\" was not reviewed: {}\n",
          ToValidUtf8(row->series.title),
          row->series.patches.empty()
              ? "its cover is here, but none of its patches"
              : row->reason);
    }
    for (const store::ReviewRow& review : reviews) {
      for (const store::FindingRow& finding : review.findings) {
        if (finding.dropped_by.empty()) ++printed.findings;
      }
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
    std::cout << ToText(top) << '\n';
  }
  return printed;
}

}  // namespace

int RunReview(const ReviewOptions& options) {
  Result<Config> config = DeskConfig(options);
  if (!config.ok()) return Fail(config.error());
  const std::vector<std::string> faults = NameFaults(*config);
  if (!faults.empty()) return Fail(InvalidInput(Join(faults, "\n")));
  if (const Status tree = CheckTree(*config); !tree.ok()) {
    return Fail(tree.error());
  }
  std::optional<review::FindingsFile> findings;
  if (!options.findings.empty()) {
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
  if (const Status opened = desk.Open(std::move(findings)); !opened.ok()) {
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
    std::cerr << fmt::format("{} series, {} finding(s)\n", printed->series,
                             printed->findings);
  }
  return printed->findings > 0 ? kExitFindings : kExitDone;
}

}  // namespace patchmilter::app
