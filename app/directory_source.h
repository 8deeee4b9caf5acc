// A directory of files with mail, or a Maildir: see mail_source.h, where the
// rules stand. Private to app/*_source.cc. Threads: one.
#ifndef PATCHMILTER_APP_DIRECTORY_SOURCE_H_
#define PATCHMILTER_APP_DIRECTORY_SOURCE_H_

#include <memory>
#include <string>

#include "app/mail_source.h"
#include "base/result.h"

namespace patchmilter::app {

Result<std::unique_ptr<MailSource>> OpenDirectory(const std::string& path,
                                                  SourceOptions options);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_DIRECTORY_SOURCE_H_
