// What a file that holds no mail is, in words, for whoever named it.
// Private to app/*_source.cc. Input: any bytes. Threads: any.
// Tested in tests/app/mail_source_test.cc.
#ifndef PATCHMILTER_APP_FOREIGN_FILE_H_
#define PATCHMILTER_APP_FOREIGN_FILE_H_

#include <string>
#include <string_view>

namespace patchmilter::app {

// What the file that begins with `head` is, and what to give in its place, to
// stand behind its name; "" where it may be a mail.
std::string WhyNoMail(std::string_view head);

// "Name: value", the name of letters, digits, "-", "_" and "."; no URL.
bool IsHeaderLine(std::string_view line);

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_FOREIGN_FILE_H_
