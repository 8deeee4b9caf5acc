// LocalMails: mails that a person has at hand, read, parsed and grouped as a
// site would, with a store in memory.
//
// What `patchmilter review` reviews, and what `apply`, `query` and `mcp` take
// for the series that they are asked about.
// Errors name the source and the mail. Threads: one.
// Tested in tests/app/command_test.py.
#ifndef PATCHMILTER_APP_LOCAL_MAILS_H_
#define PATCHMILTER_APP_LOCAL_MAILS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/parser.h"
#include "app/pipeline.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/result.h"
#include "mime/headers.h"
#include "mime/patch_mail.h"
#include "mime/subject.h"
#include "review/engine.h"
#include "store/store.h"

namespace patchmilter::app {

class LocalMails {
 public:
  // `config` is LocalConfig()'s kind; borrowed.
  explicit LocalMails(const Config* config);
  Status Open();

  // All mails of `source` (app/mail_source.h), in its order. Those without a
  // Message-ID, as git format-patch writes them, are given one of their
  // content, and are one thread while their numbers rise. What is passed over
  // is named on standard error.
  Status Take(const std::string& source);
  // Parses and groups all that was taken.
  Status Parse();

  // Open, Take and Parse in one: the series of `sources` that have patches.
  // kInvalidInput where there are none.
  Result<std::vector<store::SeriesRow>> TakeSeries(
      const std::vector<std::string>& sources);

  store::Store* store() { return store_.get(); }
  Pipeline* pipeline() { return pipeline_.get(); }
  MailParser* parser() { return &parser_; }
  std::int64_t mails() const { return mails_; }
  // A time behind every mail's arrival.
  UnixSeconds now() const { return now_; }

 private:
  std::string AsSent(std::string raw);

  const Config* config_;
  UnixSeconds now_;
  std::unique_ptr<store::Store> store_;
  ParseWorker parser_;
  std::unique_ptr<Pipeline> pipeline_;
  std::int64_t mails_ = 0;
  // Of mails without a Message-ID: the series that is being read.
  struct Thread {
    std::string id;  // Of its first mail; "" where there is none.
    std::string from;
    std::string date;
    mime::Subject last;
  };
  Thread thread_;
};

// One series with the mails that it consists of.
struct LocalSeries {
  series::Series series;
  std::map<std::int64_t, mime::PatchMail> mails;  // 0: the cover.

  // What a review would look at, but for tree and list. Borrows from this.
  review::SeriesUnderReview Under() const;
};

// The series `number` of a store, with its mails.
Result<std::unique_ptr<LocalSeries>> LoadSeries(store::Store* store,
                                                series::SeriesId number);

// The one series that the mails of `source` are. kInvalidInput where they are
// none, or several: the message lists them.
Result<std::unique_ptr<LocalSeries>> ReadSeries(const std::string& source);

// What a mail's Subject says, of the mail as it came.
mime::Subject SubjectOf(const mime::HeaderBlock& block);

// "1 patch", "3 patches": what was read, for a person.
std::string CountOf(std::size_t count, std::string_view one,
                    std::string_view many);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_LOCAL_MAILS_H_
