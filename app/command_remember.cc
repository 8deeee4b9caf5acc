// patchmilter remember: what the review mails of an archive told, into a state
// that does not know it.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/commands.h"
#include "app/json.h"
#include "app/local_mails.h"
#include "app/mail_source.h"
#include "app/progress.h"
#include "app/state_files.h"
#include "app/state_view.h"
#include "base/config.h"
#include "base/files.h"
#include "review/told_mail.h"
#include "store/store.h"

namespace patchmilter::app {
namespace {

// Mails and marks of one transaction.
constexpr std::size_t kBatchMails = 500;
constexpr std::size_t kBatchMarks = 5000;

struct Place {
  std::string directory;
  std::optional<IdentityConfig> identity;  // Nothing: whoever sent them.
};

Result<Place> PlaceOf(const StateOptions& where) {
  Place place;
  place.directory = where.state;
  if (!place.directory.empty()) {
    PM_RETURN_IF_ERROR(MakeDirectories(place.directory));
    return place;
  }
  PM_ASSIGN_OR_RETURN(const Config config,
                      LoadConfig(where.config, ConfigUse::kReview));
  place.directory = config.state.directory;
  place.identity = config.identity;
  if (config.identity.from.empty()) {
    return InvalidInput(fmt::format(
        "{}: identity.from is not set, and says which mails are this site's",
        where.config));
  }
  // What is made here must be the daemon's.
  struct stat status = {};
  if (::stat(place.directory.c_str(), &status) != 0) {
    return NotFound(
        fmt::format("{}: the state directory is not there, or may not be read",
                    place.directory));
  }
  if (::access(StateFile(place.directory).c_str(), F_OK) != 0 &&
      status.st_uid != ::geteuid()) {
    return InvalidInput(fmt::format(
        "{}: there is no state.db yet: run this as the directory's owner, so "
        "that patchmilter-reviewd may write what it makes",
        place.directory));
  }
  return place;
}

class Remembering {
 public:
  Remembering(store::Store* store, const IdentityConfig* identity)
      : store_(store), identity_(identity) {}

  Status TakeAll(MailSource* source) {
    Progress progress(false);
    while (true) {
      auto mail = source->Next();
      if (!mail.ok() || !mail->has_value()) {
        // What came before a fault is kept.
        PM_RETURN_IF_ERROR(Flush());
        return mail.ok() ? Status() : Status(mail.error());
      }
      ++mails_;
      Take((*mail)->raw);
      if (batch_.size() >= kBatchMails || batch_marks_ >= kBatchMarks) {
        PM_RETURN_IF_ERROR(Flush());
      }
      progress.Show({mails_, source->work_done(), source->work_total()});
    }
  }

  void Print(bool json) const {
    if (json) {
      Json out;
      out["mails"] = mails_;
      out["reviews"] = reviews_;
      out["findings"] = findings_;
      out["new"] = added_;
      std::cout << PrintableJson(out) << '\n';
      return;
    }
    const auto count = [](std::int64_t n, const char* one, const char* many) {
      return CountOf(static_cast<std::size_t>(n), one, many);
    };
    fmt::print("{} read, {} of ours with {}; {} not known before\n",
               count(mails_, "mail", "mails"),
               count(reviews_, "review mail", "review mails"),
               count(findings_, "finding", "findings"), added_);
  }

 private:
  void Take(const std::string& raw) {
    std::optional<store::ToldMail> told = review::ReadToldMail(raw, identity_);
    if (!told) return;
    ++reviews_;
    findings_ += static_cast<std::int64_t>(told->marks.size());
    batch_marks_ += told->marks.size();
    batch_.push_back(*std::move(told));
  }

  Status Flush() {
    PM_ASSIGN_OR_RETURN(const std::int64_t added, store_->AddTold(batch_));
    added_ += added;
    batch_.clear();
    batch_marks_ = 0;
    return {};
  }

  store::Store* store_;
  const IdentityConfig* identity_;
  std::vector<store::ToldMail> batch_;
  std::size_t batch_marks_ = 0;
  std::int64_t mails_ = 0;
  std::int64_t reviews_ = 0;
  std::int64_t findings_ = 0;
  std::int64_t added_ = 0;
};

}  // namespace

int RunRemember(const StateOptions& where, const std::string& path) {
  // Before anything is made: a source that cannot be read changes nothing.
  const auto source = MailSource::Open(path);
  if (!source.ok()) return Fail(source.error());
  const Result<Place> place = PlaceOf(where);
  if (!place.ok()) return Fail(place.error());
  const auto store = store::Store::Open(StateFile(place->directory));
  if (!store.ok()) return Fail(store.error());
  Remembering remembering(store->get(),
                          place->identity ? &*place->identity : nullptr);
  const Status taken = remembering.TakeAll(source->get());
  for (const std::string& skipped : (*source)->skipped()) {
    std::cerr << "patchmilter: passed over " << skipped << '\n';
  }
  if (!taken.ok()) return Fail(taken.error());
  remembering.Print(where.json);
  return kExitDone;
}

}  // namespace patchmilter::app
