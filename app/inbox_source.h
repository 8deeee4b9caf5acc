// A public-inbox: see mail_source.h, where the rules stand. Private to
// app/*_source.cc. Threads: one.
#ifndef PATCHMILTER_APP_INBOX_SOURCE_H_
#define PATCHMILTER_APP_INBOX_SOURCE_H_

#include <memory>
#include <string>
#include <vector>

#include "app/mail_source.h"
#include "base/result.h"

namespace patchmilter::app {

// The epochs of the public-inbox at `path`, in order: DIR/git/N.git (or
// DIR/N.git) by number, or `path` itself where it is a bare repository. None
// where it is another directory. kInvalidInput where the inbox is there and its
// epochs are not.
Result<std::vector<std::string>> FindEpochs(const std::string& path);

Result<std::unique_ptr<MailSource>> OpenInbox(const std::string& path,
                                              std::vector<std::string> epochs,
                                              SourceOptions options);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_INBOX_SOURCE_H_
