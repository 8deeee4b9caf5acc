#include "app/inbox_source.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "git/inbox.h"

namespace patchmilter::app {
namespace {

namespace fs = std::filesystem;

bool IsBareRepository(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path / "HEAD", error) &&
         fs::is_directory(path / "objects", error) &&
         fs::is_directory(path / "refs", error);
}

// The N of "N.git".
std::optional<std::uint64_t> EpochNumber(const std::string& name) {
  if (!name.ends_with(".git")) return std::nullopt;
  return ParseUnsigned(std::string_view(name).substr(0, name.size() - 4));
}

// `broken_too`: also what has such a name and is no repository, so that it is
// opened, and said what is wrong with it.
std::vector<std::string> EpochsIn(const fs::path& directory,
                                  bool broken_too = false) {
  std::vector<std::pair<std::uint64_t, std::string>> found;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    const auto number = EpochNumber(at->path().filename().string());
    if (number && (broken_too || IsBareRepository(at->path()))) {
      found.emplace_back(*number, at->path().string());
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> epochs;
  epochs.reserve(found.size());
  for (auto& [number, path] : found) epochs.push_back(std::move(path));
  return epochs;
}

// How much of the source an epoch is: the bytes of its packs, and one more, so
// that none counts as nothing.
std::uint64_t WeightOf(const fs::path& repository) {
  std::uint64_t bytes = 1;
  std::error_code error;
  for (fs::directory_iterator at(repository / "objects/pack", error), end;
       !error && at != end; at.increment(error)) {
    std::error_code gone;
    const std::uintmax_t size = fs::file_size(at->path(), gone);
    if (!gone && at->path().extension() == ".pack") bytes += size;
  }
  return bytes;
}

class InboxSource : public MailSource {
 public:
  InboxSource(std::string path, std::vector<std::string> epochs,
              SourceOptions options)
      : path_(std::move(path)),
        epochs_(std::move(epochs)),
        options_(std::move(options)) {
    for (const std::string& epoch : epochs_) {
      weights_.push_back(WeightOf(epoch));
      total_ += weights_.back();
    }
  }

  Result<std::optional<SourceMail>> Next() override {
    if (error_) return *error_;
    auto mail = Read();
    if (!mail) error_ = mail.error();
    return mail;
  }

  std::uint64_t work_done() const override {
    if (!epoch_ || epoch_->commits() == 0) return done_;
    const double part = static_cast<double>(epoch_->commits_passed()) /
                        static_cast<double>(epoch_->commits());
    return done_ + static_cast<std::uint64_t>(
                       part * static_cast<double>(weights_[next_ - 1]));
  }
  std::optional<std::uint64_t> work_total() const override { return total_; }

  // So that what is no public-inbox is said before anything is made.
  Status OpenFirst() { return OpenNext(); }

 private:
  Status OpenNext() {
    PM_ASSIGN_OR_RETURN(epoch_, git::InboxEpoch::Open(epochs_[next_]));
    ++next_;
    return {};
  }

  Result<std::optional<SourceMail>> Read() {
    while (true) {
      PM_ASSIGN_OR_RETURN(const auto entry, epoch_->Next());
      if (entry) {
        ++mails_;
        return ReadMail(*entry);
      }
      if (next_ == epochs_.size()) break;
      done_ += weights_[next_ - 1];
      PM_RETURN_IF_ERROR(OpenNext());
    }
    if (mails_ > 0) return std::optional<SourceMail>();
    return InvalidInput(path_ + " holds no mail: no commit brings one");
  }

  Result<std::optional<SourceMail>> ReadMail(
      const git::InboxEpoch::Entry& entry) {
    SourceMail mail;
    mail.where = epochs_[next_ - 1] + ", blob " + entry.blob.Hex();
    mail.time = entry.committed;
    if (options_.known) {
      mail.place = mail.where;
      PM_ASSIGN_OR_RETURN(mail.known, options_.known(mail.place));
      if (mail.known) return std::optional(std::move(mail));
    }
    PM_ASSIGN_OR_RETURN(mail.raw, epoch_->Read(entry.blob));
    if (mail.raw.size() > kMaxSourceMail) {
      mail.raw.resize(kMaxSourceMail);
      mail.cut = true;
    }
    return std::optional(std::move(mail));
  }

  std::string path_;
  std::vector<std::string> epochs_;
  std::vector<std::uint64_t> weights_;
  SourceOptions options_;
  std::size_t next_ = 0;  // The epoch behind the one that is open.
  std::unique_ptr<git::InboxEpoch> epoch_;
  std::uint64_t total_ = 0;
  std::uint64_t done_ = 0;
  std::int64_t mails_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<std::vector<std::string>> FindEpochs(const std::string& path) {
  const fs::path top(path);
  std::error_code error;
  if (IsBareRepository(top)) {
    const fs::path git = fs::weakly_canonical(top, error);
    if (git.filename() == "all.git" &&
        !EpochsIn(git.parent_path() / "git").empty()) {
      return InvalidInput(path +
                          " only joins the epochs of a public-inbox: give " +
                          git.parent_path().string());
    }
    return std::vector<std::string>{path};
  }
  std::vector<std::string> epochs = EpochsIn(top / "git", true);
  if (epochs.empty()) epochs = EpochsIn(top);
  if (epochs.empty() && IsBareRepository(top / "all.git")) {
    return InvalidInput(path +
                        " is a public-inbox whose epochs, git/0.git and so on, "
                        "are not there: clone them (public-inbox-clone)");
  }
  return epochs;
}

Result<std::unique_ptr<MailSource>> OpenInbox(const std::string& path,
                                              std::vector<std::string> epochs,
                                              SourceOptions options) {
  auto source = std::make_unique<InboxSource>(path, std::move(epochs),
                                              std::move(options));
  PM_RETURN_IF_ERROR(source->OpenFirst());
  return std::unique_ptr<MailSource>(std::move(source));
}

}  // namespace patchmilter::app
