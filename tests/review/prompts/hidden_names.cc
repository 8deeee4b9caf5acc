// Names and addresses in real threads, hidden.
//
//   hidden_names MAIL…   collates the mails as replies of one thread, and hides
//                        names in each text; counts the senders' full names and
//                        addresses that are left, and prints where
//   hidden_names --show MAIL…   prints the collated document
//
// Run by hand, on mails of one thread.
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "mime/patch_mail.h"
#include "review/prompts/people.h"
#include "review/prompts/replies.h"

namespace {

using patchmilter::mime::Mail;

bool HasWord(std::string_view text, std::string_view word) {
  const auto letter = [](char c) { return patchmilter::IsAlnumAscii(c); };
  const std::string lower = patchmilter::ToLower(text);
  for (std::size_t at = lower.find(word); at != std::string::npos;
       at = lower.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !letter(lower[at - 1])) &&
        (end == lower.size() || !letter(lower[end]))) {
      return true;
    }
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  patchmilter::mime::InitMime();
  std::vector<std::string> paths(argv + 1, argv + argc);
  const bool show = !paths.empty() && paths[0] == "--show";
  if (show) paths.erase(paths.begin());
  patchmilter::review::People people({});
  std::vector<Mail> mails;
  std::vector<patchmilter::review::ThreadReply> replies;
  for (const std::string& path : paths) {
    const auto raw = patchmilter::ReadFile(path);
    if (!raw.ok()) continue;
    mails.push_back(patchmilter::mime::ParseMail(*raw));
    const Mail& mail = mails.back();
    (void)people.RoleOf(mail.author);
    if (mail.kind == patchmilter::mime::MailKind::kReply) {
      replies.push_back(
          {mail.author, 0, mail.date.value_or(0), mail.message_id, mail.text});
    }
  }
  const std::string document =
      patchmilter::review::CollateReplies(replies, &people);
  if (show) {
    std::printf("%s", document.c_str());
    return 0;
  }
  std::size_t names = 0;
  std::size_t addresses = 0;
  for (const Mail& mail : mails) {
    const std::string hidden = people.Hidden(mail.text);
    patchmilter::LineReader lines(hidden);
    std::string_view line;
    while (lines.Next(&line)) {
      for (const Mail& other : mails) {
        const std::string name = patchmilter::ToLower(other.author.name);
        const std::string email = patchmilter::ToLower(other.author.email);
        const bool named =
            name.find(' ') != std::string::npos && HasWord(line, name);
        const bool addressed = !email.empty() && HasWord(line, email);
        names += named ? 1 : 0;
        addresses += addressed ? 1 : 0;
        if (named || addressed) {
          std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
          break;
        }
      }
    }
  }
  std::printf("%zu mails, %zu replies: %zu names, %zu addresses left\n",
              mails.size(), replies.size(), names, addresses);
  return names + addresses == 0 ? 0 : 1;
}
