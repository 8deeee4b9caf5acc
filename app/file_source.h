// FileSource: the mails of one file: an mbox, a mail, or a tar of these, packed
// or not. Private to app/*_source.cc; the rules stand in mail_source.h.
// Threads: one.
#ifndef PATCHMILTER_APP_FILE_SOURCE_H_
#define PATCHMILTER_APP_FILE_SOURCE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "app/mail_source.h"
#include "app/mbox_reader.h"
#include "archive/archive_reader.h"
#include "base/byte_source.h"
#include "base/clock.h"
#include "base/handle.h"
#include "base/result.h"

namespace patchmilter::app {

// A file as it lies in a directory.
struct FileFacts {
  std::uint64_t size = 0;
  UnixSeconds changed = 0;

  // "(812 bytes, 2026-11-20T21:01:47Z)": tells a file from one that was put in
  // its place.
  std::string Text() const;
};

class FileSource : public MailSource {
 public:
  // `key` names the file in places; "" takes the path.
  static Result<std::unique_ptr<FileSource>> Open(const std::string& path,
                                                  const SourceOptions& options,
                                                  const std::string& key = "");
  static Result<std::unique_ptr<FileSource>> OpenStandardInput(
      UniqueFd fd, const SourceOptions& options);

  Result<std::optional<SourceMail>> Next() override;
  std::uint64_t work_done() const override;
  std::optional<std::uint64_t> work_total() const override { return total_; }

 private:
  // What is read now: the file itself, or a member of the tar.
  struct Stream {
    std::string name;  // For messages.
    std::string key;   // In places.
    // Tells the one mail that it may be from another; "" takes its hash.
    std::string facts;
    std::optional<UnixSeconds> time;
  };

  explicit FileSource(SourceOptions options) : options_(std::move(options)) {}
  Status Begin(UniqueFd fd, Stream whole);
  // Goes on to the next member that holds mail; false at the end.
  Result<bool> NextMember();
  Result<std::optional<SourceMail>> Read();
  Result<std::optional<SourceMail>> TakeMail();
  Result<bool> IsKnown(const std::string& place) const;

  SourceOptions options_;
  Stream file_;
  std::unique_ptr<archive::ArchiveReader> archive_;
  Stream stream_;  // Of reader_, or of the mail that is known unread.
  std::optional<MboxReader> reader_;
  std::optional<SourceMail> unread_;
  std::optional<std::uint64_t> total_;
  std::int64_t mails_ = 0;
  std::optional<Error> error_;
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_FILE_SOURCE_H_
