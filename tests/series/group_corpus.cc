// group_corpus DIR|FILE…: groups the mails of a directory (by file name) and
// prints the series as JSON: version, expected, complete, cover, patches
// [{n, msgid}]. Run by hand, to score the rules of grouping on real mails.
// `--explain` prints why each mail stands where it does; `--shuffle SEED`
// feeds the mails in another order.
//
// The arrival is the topmost Received header's, else the file's time.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "mime/patch_mail.h"
#include "series/grouper.h"

namespace patchmilter::series {
namespace {

std::string Slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

int Run(const std::vector<std::string>& arguments) {
  bool explain = false;
  bool facts_only = false;
  std::optional<unsigned> seed;
  std::vector<std::filesystem::path> files;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--explain") {
      explain = true;
    } else if (argument == "--facts") {
      facts_only = true;
    } else if (argument == "--shuffle" && i + 1 < arguments.size()) {
      seed = static_cast<unsigned>(std::stoul(arguments[++i]));
    } else if (std::filesystem::is_directory(argument)) {
      for (const auto& entry : std::filesystem::directory_iterator(argument)) {
        files.push_back(entry.path());
      }
    } else {
      files.emplace_back(argument);
    }
  }
  std::sort(files.begin(), files.end());

  mime::InitMime();
  std::vector<MailFacts> facts;
  for (const auto& file : files) {
    const mime::PatchMail patch = mime::ParsePatchMail(Slurp(file));
    const auto time = std::filesystem::last_write_time(file);
    const UnixSeconds mtime =
        std::chrono::duration_cast<std::chrono::seconds>(
            std::chrono::file_clock::to_sys(time).time_since_epoch())
            .count();
    facts.push_back(FactsOf(patch, static_cast<MailId>(facts.size() + 1),
                            "corpus", patch.mail.received.value_or(mtime)));
    if (facts_only) {
      const MailFacts& mail = facts.back();
      std::printf("%s %s v%lld %lld/%lld %s <%s> date=%lld %s | %s\n",
                  file.filename().c_str(),
                  std::string(mime::MailKindName(mail.kind)).c_str(),
                  static_cast<long long>(mail.subject.version),
                  static_cast<long long>(mail.subject.number.value_or(-1)),
                  static_cast<long long>(mail.subject.total.value_or(-1)),
                  mail.message_id.c_str(), mail.author.email.c_str(),
                  static_cast<long long>(mail.date), mail.subject.text.c_str(),
                  patch.mail.kind_reason.c_str());
    }
  }
  if (facts_only) return 0;
  std::map<MailId, std::string> ids;
  for (const MailFacts& mail : facts) ids[mail.id] = mail.message_id;
  if (seed) {
    std::mt19937 random(*seed);
    std::shuffle(facts.begin(), facts.end(), random);
  }
  Grouper grouper;
  for (const MailFacts& mail : facts) grouper.Add(mail);
  if (explain) {
    for (const auto& [id, message_id] : ids) {
      std::printf("%s\n", message_id.c_str());
      for (const std::string& line : grouper.Explain(id)) {
        std::printf("    %s\n", line.c_str());
      }
    }
    return 0;
  }
  auto out = nlohmann::ordered_json::array();
  for (const Series* series : grouper.All()) {
    nlohmann::ordered_json entry;
    entry["version"] = series->version;
    entry["expected"] = series->expected;
    entry["complete"] = series->complete();
    entry["cover"] = nullptr;
    if (series->cover) entry["cover"] = ids[*series->cover];
    entry["patches"] = nlohmann::ordered_json::array();
    for (const auto& [number, mail] : series->patches) {
      entry["patches"].push_back({{"n", number}, {"msgid", ids[mail]}});
    }
    entry["title"] = series->title;
    entry["author"] = series->author.email;
    entry["notes"] = series->notes;
    entry["partial_reroll"] = series->partial_reroll;
    if (series->previous) {
      entry["previous"] = ids[grouper.Find(*series->previous)->root()];
    }
    out.push_back(entry);
  }
  std::printf("%s\n",
              out.dump(1, ' ', false, nlohmann::json::error_handler_t::replace)
                  .c_str());
  return 0;
}

}  // namespace
}  // namespace patchmilter::series

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr,
                 "usage: group_corpus [--explain] [--facts] "
                 "[--shuffle SEED] DIR|FILE...\n");
    return 2;
  }
  return patchmilter::series::Run({argv + 1, argv + argc});
}
