// Any mails in any order: what the grouper answers is sound, adds up to what
// stands, is the same without shortcuts, and the same in another order.
//
// Five bytes make a mail, of small alphabets, so that ids, places and times
// collide all the time; there are so few mails that no limit cuts.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "series/grouper.h"

namespace patchmilter::series {
namespace {

constexpr std::size_t kBytes = 5;
constexpr std::size_t kMaxMails = 14;

// Ids of two postings by git send-email, and of hands.
std::string IdOf(unsigned number) {
  if (number == 0) return "";
  const std::string n = std::to_string(number % 4);
  switch (number / 4) {
    case 0:
      return "hand" + n + "@a.example";
    case 1:
      return "20250102030405.11-" + n + "-x@a.example";
    case 2:
      return "20250102030405.12-" + n + "-x@a.example";
    default:
      return "20250103-topic-v2-" + n + "-0123456789ab@a.example";
  }
}

MailFacts FactsOf(const std::uint8_t* bytes, MailId id) {
  static constexpr Seconds kDates[] = {0, 30, 59, 500, 700, 3500, 4000, 90000};
  const auto bits = [&](std::size_t byte, unsigned shift, unsigned count) {
    return (bytes[byte] >> shift) & ((1U << count) - 1U);
  };
  MailFacts facts;
  facts.id = id;
  facts.list = "dev";
  facts.message_id = IdOf(bits(0, 0, 4));
  if (const unsigned parent = bits(0, 4, 4); parent != 0) {
    facts.in_reply_to = {IdOf(parent)};
    facts.references = {IdOf(bits(4, 0, 4)), IdOf(parent)};
  }
  facts.subject.patch = true;
  const unsigned total = bits(1, 2, 2);
  if (total != 0) {
    facts.subject.total = total + 1;
    facts.subject.number = bits(1, 0, 2) + (bits(4, 7, 1) != 0 ? 1 : 0);
  }
  const unsigned kind = bits(1, 4, 3);
  facts.kind = kind == 0                   ? mime::MailKind::kReply
               : kind == 1                 ? mime::MailKind::kCover
               : kind == 2                 ? mime::MailKind::kUntaggedDiff
               : facts.subject.number == 0 ? mime::MailKind::kCover
                                           : mime::MailKind::kPatch;
  facts.subject.version = 1 + static_cast<std::int64_t>(bits(2, 0, 2) % 3);
  facts.subject.version_given = facts.subject.version != 1;
  static const char* const kTitles[] = {"a: one", "a: two", "b: one", "c"};
  facts.subject.title = kTitles[bits(2, 2, 2)];
  if (bits(4, 4, 2) == 1) facts.subject.hints = {"net-next"};
  if (bits(4, 4, 2) == 2) facts.subject.hints = {"6.1"};
  static const mime::Address kPeople[] = {{"Ann Ex", "ann@a.example"},
                                          {"Bob", "bob@b.example"},
                                          {"Ann Ex", "ann@c.example"},
                                          {"List", "list@l.example"}};
  facts.author = kPeople[bits(2, 4, 2) % 3];
  facts.from = bits(2, 6, 2) == 3 ? kPeople[3] : facts.author;
  facts.date = 1735776000 + kDates[bits(3, 0, 3)];
  facts.arrival = 1735776000 + kDates[bits(3, 3, 3)];
  facts.patch_id = bits(3, 6, 1) != 0 ? "p" : "q";
  // Two mails of one content differ in their arrival alone; those that differ
  // in bit 7 of byte 3 too are copies in other clothes.
  facts.content_hash.assign(bytes, bytes + kBytes);
  facts.content_hash[3] = static_cast<char>(bytes[3] & ~0x38);
  if (bits(4, 6, 1) != 0) facts.change_id = "topic";
  return facts;
}

// Feeds, and holds the answers to what stands.
void Feed(const std::vector<MailFacts>& mails, Grouper* grouper) {
  std::set<SeriesId> held;
  for (const MailFacts& mail : mails) {
    SeriesId last = 0;
    for (const Change& change : grouper->Add(mail)) {
      CHECK(change.kinds != 0);
      CHECK(change.Is(Change::kSplit) || change.Is(Change::kMerged) ||
            change.other == 0);
      if (change.Is(Change::kMerged)) {
        CHECK(change.kinds == Change::kMerged);
        CHECK(grouper->Find(change.id) == nullptr);
        CHECK(grouper->Find(change.other) != nullptr);
        CHECK(held.erase(change.id) == 1);
        continue;
      }
      CHECK(change.id > last);  // Each once, by id.
      last = change.id;
      const Series* series = grouper->Find(change.id);
      CHECK(series != nullptr);
      CHECK(held.insert(change.id).second == change.Is(Change::kCreated));
      CHECK(!change.Is(Change::kCompleted) || series->complete());
      CHECK(!change.Is(Change::kRevised) || series->previous);
      CHECK(!change.Is(Change::kSuperseded) || series->superseded_by);
      CHECK(!change.Is(Change::kJoined) ||
            grouper->SeriesOf(mail.id) == change.id);
    }
  }
  CHECK(held.size() == grouper->All().size());
  for (const SeriesId id : held) CHECK(grouper->Find(id) != nullptr);
}

void CheckSound(const Grouper& grouper, const std::vector<MailFacts>& mails) {
  std::map<SeriesId, MailId> least;
  for (const MailFacts& mail : mails) {
    CHECK(!grouper.Explain(mail.id).empty());
    const auto series = grouper.SeriesOf(mail.id);
    if (!series) continue;
    CHECK(grouper.Find(*series) != nullptr);
    const auto [at, first] = least.emplace(*series, mail.id);
    if (!first) at->second = std::min(at->second, mail.id);
  }
  std::set<MailId> members;
  for (const Series* series : grouper.All()) {
    CHECK(grouper.Find(series->id) == series);
    CHECK(grouper.SeriesOf(series->id) == series->id);
    CHECK(least.at(series->id) <= series->id);
    CHECK(series->cover || !series->patches.empty());
    if (series->cover) CHECK(members.insert(*series->cover).second);
    for (const auto& [number, mail] : series->patches) {
      CHECK(members.insert(mail).second);
      CHECK(grouper.SeriesOf(mail) == series->id);
      CHECK(series->id <= mail);
    }
    for (const auto& link : {series->previous, series->superseded_by}) {
      if (!link) continue;
      CHECK(*link != series->id);
      CHECK(grouper.Find(*link) != nullptr);
    }
    if (series->previous) {
      CHECK(grouper.Find(*series->previous)->version <= series->version);
    }
    CHECK(!series->partial_reroll || series->previous);
  }
}

// What stands, without the ids that the order of feeding may tell where one
// mail came twice: those are the first mail's.
std::vector<std::string> Describe(const Grouper& grouper,
                                  const std::vector<MailFacts>& mails,
                                  bool explain) {
  std::map<std::pair<std::string, std::string>, MailId> first;
  std::map<MailId, MailId> same;
  std::map<SeriesId, MailId> name;
  for (const MailFacts& mail : mails) {  // By id.
    same[mail.id] =
        first.emplace(std::pair(mail.message_id, mail.content_hash), mail.id)
            .first->second;
    if (const auto series = grouper.SeriesOf(mail.id)) {
      name.emplace(*series, same[mail.id]);
    }
  }
  std::vector<std::string> lines;
  for (const Series* series : grouper.All()) {
    std::string line = std::to_string(name.at(series->id)) + ": v" +
                       std::to_string(series->version) + " of " +
                       std::to_string(series->expected) + " " + series->title +
                       " by " + series->author.name + series->author.email +
                       " at " + std::to_string(series->first_date) + " " +
                       std::to_string(series->newest_date) + " " +
                       std::to_string(series->newest_arrival) + " " +
                       std::to_string(series->reroll_arrival);
    if (series->cover) line += " c=" + std::to_string(same.at(*series->cover));
    for (const auto& [number, mail] : series->patches) {
      line +=
          " " + std::to_string(number) + "=" + std::to_string(same.at(mail));
    }
    if (series->previous) {
      line += " after " + std::to_string(name.at(*series->previous));
    }
    if (series->superseded_by) {
      line += " before " + std::to_string(name.at(*series->superseded_by));
    }
    if (series->partial_reroll) line += " in part";
    for (const std::string& note : series->notes) line += "; " + note;
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  if (explain && first.size() == mails.size()) {
    for (const MailFacts& mail : mails) {
      for (std::string& line : grouper.Explain(mail.id)) {
        lines.push_back(std::move(line));
      }
    }
  }
  return lines;
}

void CheckSame(const std::vector<std::string>& a,
               const std::vector<std::string>& b, const char* what) {
  if (a == b) return;
  for (const auto* lines : {&a, &b}) {
    std::fprintf(stderr, "%s:\n", lines == &a ? "as given" : what);
    for (const std::string& line : *lines) {
      std::fprintf(stderr, "  %s\n", line.c_str());
    }
  }
  CHECK(a == b);
}

}  // namespace
}  // namespace patchmilter::series

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace patchmilter::series;
  if (size < 2) return 0;
  std::uint32_t seed = data[0];
  ++data;
  const std::size_t count = std::min((size - 1) / kBytes, kMaxMails);
  std::vector<MailFacts> mails;
  for (std::size_t i = 0; i < count; ++i) {
    mails.push_back(FactsOf(data + i * kBytes, static_cast<MailId>(i + 1)));
  }
  Grouper grouper;
  Feed(mails, &grouper);
  CheckSound(grouper, mails);
  const auto given = Describe(grouper, mails, true);

  Grouper slow(GrouperOptions{.shortcuts = false});
  Feed(mails, &slow);
  CheckSame(given, Describe(slow, mails, true), "without shortcuts");

  std::vector<MailFacts> other = mails;
  for (std::size_t i = other.size(); i > 1; --i) {
    seed = seed * 1664525U + 1013904223U;
    std::swap(other[i - 1], other[(seed >> 8) % i]);
  }
  Grouper again;
  Feed(other, &again);
  CheckSound(again, mails);
  CheckSame(given, Describe(again, mails, true), "in another order");
  return 0;
}
