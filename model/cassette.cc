#include "model/cassette.h"

#include <dirent.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/files.h"
#include "base/handle.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/text.h"
#include "model/cassette_format.h"

namespace patchmilter::model {
namespace {

constexpr std::string_view kSuffix = ".cassette";
constexpr std::size_t kHashDigits = 64;
// Of one directory.
constexpr std::size_t kMaxRecordings = 100'000;
// What is read to find the nearest recording of one that is missing.
constexpr std::size_t kMaxSearchBytes = 256UL << 20;
// A recorded body is handed on in pieces, as it would come from a network.
constexpr std::size_t kPiece = 4096;
// Of what differs, shown to whoever replays; and of what stands before it.
constexpr std::size_t kShown = 24;
constexpr std::size_t kShownBefore = 16;

std::string FileName(std::string_view hash, std::uint64_t number) {
  return fmt::format("{}-{}{}", hash, number, kSuffix);
}

// How many recordings there are of each request.
using Counts = std::map<std::string, std::uint64_t>;

Result<Counts> CountRecordings(const std::string& directory) {
  const CHandle<DIR, ::closedir> open(::opendir(directory.c_str()));
  if (open == nullptr) return FromErrno(directory, errno);
  Counts counts;
  std::size_t all = 0;
  // readdir(3) is safe on a stream of one's own.
  while (const dirent* entry = ::readdir(open.get())) {  // NOLINT
    const std::string_view name = entry->d_name;
    if (!name.ends_with(kSuffix)) continue;
    if (++all > kMaxRecordings) {
      return InvalidInput(
          fmt::format("{}: over {} recordings", directory, kMaxRecordings));
    }
    const std::string_view stem = name.substr(0, name.size() - kSuffix.size());
    const std::size_t dash = stem.find('-');
    const auto number = dash == kHashDigits
                            ? ParseUnsigned(stem.substr(dash + 1))
                            : std::nullopt;
    if (!number || *number == 0) {
      return InvalidInput(fmt::format("{}/{}: not a recording's name",
                                      directory, log::Clean(name)));
    }
    std::uint64_t& count = counts[std::string(stem.substr(0, dash))];
    count = std::max(count, *number);
  }
  return counts;
}

Fault Refusal(std::string message) {
  Fault fault;
  fault.kind = FaultKind::kRequest;
  fault.message = std::move(message);
  fault.should_retry = false;
  fault.of_cassette = true;
  return fault;
}

std::size_t FirstDifference(std::string_view a, std::string_view b) {
  const std::size_t size = std::min(a.size(), b.size());
  return static_cast<std::size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(size),
                    b.begin())
          .first -
      a.begin());
}

std::string Excerpt(std::string_view text, std::size_t at) {
  const std::size_t from = at - std::min(at, kShownBefore);
  const std::string before = log::Clean(text.substr(from, at - from));
  return at < text.size() ? before + "|" + log::Clean(text.substr(at, kShown))
                          : before + "| and its end";
}

// Where the two differ first, in words.
std::string Difference(const WireRequest& sent, const WireRequest& recorded) {
  if (sent.path != recorded.path) {
    return fmt::format("its path is {}", log::Clean(recorded.path));
  }
  if (sent.headers != recorded.headers) {
    const std::string ours = Join(sent.headers, "\n");
    const std::string theirs = Join(recorded.headers, "\n");
    const std::size_t at = FirstDifference(ours, theirs);
    return fmt::format("its headers differ: \"{}\" there, \"{}\" now",
                       Excerpt(theirs, at), Excerpt(ours, at));
  }
  const std::size_t at = FirstDifference(sent.body, recorded.body);
  return fmt::format("byte {} of its body differs: \"{}\" there, \"{}\" now",
                     at, Excerpt(recorded.body, at), Excerpt(sent.body, at));
}

class Directory {
 public:
  Directory(std::string path, Counts counts)
      : path_(std::move(path)), counts_(std::move(counts)) {}

  // By the name of a temporary file: whoever is killed leaves whole recordings.
  Status Write(const Recording& recording) {
    PM_ASSIGN_OR_RETURN(const std::string text, EncodeRecording(recording));
    const std::string hash = HashOf(recording.sent);
    const MutexLock lock(mutex_);
    const std::uint64_t number = counts_[hash] + 1;
    PM_RETURN_IF_ERROR(
        ReplaceFile(fmt::format("{}/{}", path_, FileName(hash, number)), text));
    counts_[hash] = number;
    return {};
  }

  Result<Recording> Next(const WireRequest& sent) {
    const std::string hash = HashOf(sent);
    std::uint64_t number = 0;
    {
      const MutexLock lock(mutex_);
      const auto count = counts_.find(hash);
      if (count == counts_.end()) return NotFound(Missing(sent, hash));
      std::uint64_t& played = played_[hash];
      played = std::min(played + 1, count->second);
      number = played;
    }
    PM_ASSIGN_OR_RETURN(Recording recording, Read(FileName(hash, number)));
    if (HashOf(recording.sent) != hash) {
      return InvalidInput(FileName(hash, number) +
                          ": its request is not the one of its name");
    }
    return recording;
  }

 private:
  Result<Recording> Read(const std::string& name) const {
    PM_ASSIGN_OR_RETURN(
        const std::string text,
        ReadFile(fmt::format("{}/{}", path_, name), kMaxRecordingBytes));
    Result<Recording> recording = DecodeRecording(text);
    if (!recording.ok()) return recording.error().Wrap(name);
    return recording;
  }

  // The nearest is the one that has the most in common from the start.
  std::string Missing(const WireRequest& sent, const std::string& hash) const
      PM_REQUIRES(mutex_) {
    std::string message =
        fmt::format("{}: no recording of request {}", path_, hash);
    std::string nearest;
    std::string difference;
    std::size_t most = 0;
    std::size_t read = 0;
    for (const auto& [other, count] : counts_) {
      if (read > kMaxSearchBytes) break;
      const Result<Recording> recording = Read(FileName(other, 1));
      if (!recording.ok()) continue;
      read += recording->sent.body.size() + recording->body.size();
      const bool same_place = recording->sent.path == sent.path;
      const std::size_t common =
          (same_place ? 1 + sent.path.size() : 0) +
          FirstDifference(sent.body, recording->sent.body);
      if (!nearest.empty() && common <= most) continue;
      nearest = other;
      most = common;
      difference = Difference(sent, recording->sent);
    }
    if (nearest.empty()) return message;
    return fmt::format("{}; the nearest is {}: {}", message,
                       FileName(nearest, 1), difference);
  }

  const std::string path_;
  mutable Mutex mutex_;
  Counts counts_ PM_GUARDED_BY(mutex_);
  Counts played_ PM_GUARDED_BY(mutex_);
};

class RecordingTransport : public Transport {
 public:
  RecordingTransport(std::shared_ptr<Directory> directory,
                     std::unique_ptr<Transport> inner)
      : directory_(std::move(directory)), inner_(std::move(inner)) {}

  std::variant<Answer, Fault> Send(const WireRequest& request,
                                   const Take& take) override {
    Recording recording;
    recording.sent = request;
    // Before anything is paid for: can it be written down at all?
    const Result<std::string> trial = EncodeRecording(recording);
    if (!trial.ok()) return CannotRecord(trial.error());
    std::variant<Answer, Fault> came =
        inner_->Send(request, [&](std::string_view bytes) {
          // A client has enough before a cassette has.
          if (recording.body.size() + bytes.size() > 2 * kMaxAnswerBytes) {
            return false;
          }
          recording.body += bytes;
          return take(bytes);
        });
    if (const auto* answer = std::get_if<Answer>(&came)) {
      recording.head = answer->head;
      if (answer->head.status != 200) recording.body = answer->body;
    } else {
      recording.fault = std::get<Fault>(came);
      recording.head.status = recording.fault->status;
      // What was handed on came behind a 200.
      if (!recording.body.empty()) recording.head.status = 200;
    }
    const Status written = directory_->Write(recording);
    if (!written.ok()) return CannotRecord(written.error());
    return came;
  }

 private:
  static Fault CannotRecord(const Error& error) {
    return Refusal("cannot record: " + error.message);
  }

  std::shared_ptr<Directory> directory_;
  std::unique_ptr<Transport> inner_;
};

class PlayingTransport : public Transport {
 public:
  explicit PlayingTransport(std::shared_ptr<Directory> directory)
      : directory_(std::move(directory)) {}

  std::variant<Answer, Fault> Send(const WireRequest& request,
                                   const Take& take) override {
    Result<Recording> found = directory_->Next(request);
    if (!found.ok()) return Refusal("cannot replay: " + found.error().message);
    Recording recording = std::move(found).value();
    Answer answer;
    answer.head = std::move(recording.head);
    if (answer.head.status == 200) {
      std::string_view rest = recording.body;
      while (!rest.empty()) {
        const std::string_view piece = rest.substr(0, kPiece);
        if (!take(piece)) return answer;
        rest.remove_prefix(piece.size());
      }
    } else {
      answer.body = std::move(recording.body);
    }
    if (recording.fault) return *std::move(recording.fault);
    return answer;
  }

 private:
  std::shared_ptr<Directory> directory_;
};

// Its transports share the directory, and may live longer.
class DirectoryCassette : public Cassette {
 public:
  DirectoryCassette(std::shared_ptr<Directory> directory, bool record)
      : directory_(std::move(directory)), record_(record) {}

  std::unique_ptr<Transport> Recorder(
      std::unique_ptr<Transport> inner) override {
    CHECK(record_);
    return std::make_unique<RecordingTransport>(directory_, std::move(inner));
  }
  std::unique_ptr<Transport> Player() override {
    CHECK(!record_);
    return std::make_unique<PlayingTransport>(directory_);
  }

 private:
  const std::shared_ptr<Directory> directory_;
  const bool record_;
};

}  // namespace

Result<std::shared_ptr<Cassette>> Cassette::ToRecord(const std::string& path) {
  PM_RETURN_IF_ERROR(MakeDirectories(path));
  PM_ASSIGN_OR_RETURN(Counts counts, CountRecordings(path));
  if (!counts.empty()) {
    return InvalidInput(path + ": holds recordings; give an empty directory");
  }
  // Better now than after the first answer that is paid for.
  PM_RETURN_IF_ERROR(CheckWritable(path + "/0"));
  return std::shared_ptr<Cassette>(std::make_shared<DirectoryCassette>(
      std::make_shared<Directory>(path, Counts()), true));
}

Result<std::shared_ptr<Cassette>> Cassette::ToReplay(const std::string& path) {
  PM_ASSIGN_OR_RETURN(Counts counts, CountRecordings(path));
  if (counts.empty()) return NotFound(path + ": holds no recordings");
  return std::shared_ptr<Cassette>(std::make_shared<DirectoryCassette>(
      std::make_shared<Directory>(path, std::move(counts)), false));
}

}  // namespace patchmilter::model
