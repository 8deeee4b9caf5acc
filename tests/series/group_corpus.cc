// group_corpus DIR|FILE…: groups the mails of a directory (by file name) and
// prints the series as JSON: version, expected, complete, cover, patches
// [{n, msgid}]. Run by hand, to score the rules of grouping on real mails.
// `--explain` prints why each mail stands where it does; `--shuffle SEED`
// feeds the mails in another order; `--shuffles N` feeds them in N other
// orders, and tells in how many something comes out otherwise, the reasons
// included.
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
#include <tuple>
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

// What stands, and why. Ids that one mail bears twice are the first one's.
std::vector<std::string> Everything(const Grouper& grouper,
                                    const std::vector<MailFacts>& facts) {
  std::map<std::string, MailId> first;
  std::map<MailId, MailId> same;
  std::map<SeriesId, MailId> name;
  for (const MailFacts& mail : facts) {
    same[mail.id] =
        first.emplace(mail.message_id + "\n" + mail.content_hash, mail.id)
            .first->second;
    const auto series = grouper.SeriesOf(mail.id);
    if (series) name.emplace(*series, same[mail.id]);
  }
  std::vector<std::string> lines;
  for (const Series* series : grouper.All()) {
    std::string line = std::to_string(name.at(series->id)) + ": " +
                       series->title + " by " + series->author.email;
    for (const std::int64_t number :
         {series->version, series->expected, series->first_date,
          series->newest_date, series->newest_arrival, series->reroll_arrival,
          series->cover ? same.at(*series->cover) : 0,
          series->previous ? name.at(*series->previous) : 0,
          series->superseded_by ? name.at(*series->superseded_by) : 0,
          std::int64_t{series->partial_reroll}}) {
      line += " " + std::to_string(number);
    }
    for (const auto& [number, mail] : series->patches) {
      line +=
          "; " + std::to_string(number) + "=" + std::to_string(same.at(mail));
    }
    for (const std::string& note : series->notes) line += "; " + note;
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  if (first.size() < facts.size()) return lines;
  for (const MailFacts& mail : facts) {
    for (std::string& line : grouper.Explain(mail.id)) {
      lines.push_back(std::to_string(mail.id) + " " + std::move(line));
    }
  }
  return lines;
}

int Shuffles(const std::vector<MailFacts>& facts, int count) {
  Grouper given;
  for (const MailFacts& mail : facts) given.Add(mail);
  const auto want = Everything(given, facts);
  std::mt19937 random(1);
  std::vector<MailFacts> order = facts;
  int differ = 0;
  for (int i = 0; i < count; ++i) {
    std::shuffle(order.begin(), order.end(), random);
    Grouper grouper;
    for (const MailFacts& mail : order) grouper.Add(mail);
    const auto got = Everything(grouper, facts);
    if (got == want) continue;
    if (++differ > 1) continue;
    for (const auto& [some, other, mark] :
         {std::tuple(want, got, '-'), std::tuple(got, want, '+')}) {
      for (const std::string& line : some) {
        if (std::find(other.begin(), other.end(), line) == other.end()) {
          std::printf("%c %s\n", mark, line.c_str());
        }
      }
    }
  }
  std::printf("%d of %d shuffles differ (%zu mails)\n", differ, count,
              facts.size());
  return differ == 0 ? 0 : 1;
}

int Run(const std::vector<std::string>& arguments) {
  bool explain = false;
  bool facts_only = false;
  std::optional<unsigned> seed;
  int shuffles = 0;
  std::vector<std::filesystem::path> files;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--explain") {
      explain = true;
    } else if (argument == "--facts") {
      facts_only = true;
    } else if (argument == "--shuffle" && i + 1 < arguments.size()) {
      seed = static_cast<unsigned>(std::stoul(arguments[++i]));
    } else if (argument == "--shuffles" && i + 1 < arguments.size()) {
      shuffles = std::stoi(arguments[++i]);
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
  if (shuffles > 0) return Shuffles(facts, shuffles);
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
                 "[--shuffle SEED] [--shuffles N] DIR|FILE...\n");
    return 2;
  }
  return patchmilter::series::Run({argv + 1, argv + argc});
}
