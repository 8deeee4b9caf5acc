#include "series/standing.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace patchmilter::series {
namespace {

// Of a series without a cover, the ancestors of so many parts are kept.
constexpr std::size_t kMaxAbove = 64;

}  // namespace

Standing MakeStanding(const Group& group, Interner* texts) {
  Standing standing;
  Series& series = standing.series;
  series.version = group.version;
  series.expected = group.total;
  const Part* title = nullptr;  // The cover, else the first patch.
  const Part* from = nullptr;
  bool one_author = true;
  bool first = true;
  for (const auto& [number, copies] : group.slots) {
    const Part& part = *copies.front();
    const MailFacts& facts = part.facts;
    if (number == 0) {
      series.cover = facts.id;
    } else {
      series.patches[number] = facts.id;
      standing.slots[number] = {part.node, part.title, part.parents};
      if (from == nullptr) from = &part;
      one_author = one_author && from->facts.author.email == facts.author.email;
    }
    if (title == nullptr) title = &part;
    for (const Part* copy : copies) {
      series.id = first ? copy->facts.id : std::min(series.id, copy->facts.id);
      if (copy->node != 0) standing.nodes.push_back(copy->node);
      if (!copy->facts.change_id.empty()) {
        standing.keys.push_back(texts->Get("c:" + copy->facts.change_id));
      }
      first = false;
    }
    const bool founder = &part == title;
    series.first_date =
        founder ? part.date : std::min(series.first_date, part.date);
    series.newest_date =
        founder ? part.date : std::max(series.newest_date, part.date);
    series.newest_arrival =
        founder ? facts.arrival
                : std::max(series.newest_arrival, facts.arrival);
    series.rfc = series.rfc || facts.subject.rfc;
    series.resend = series.resend || facts.subject.resend;
    if (facts.subject.version != group.version) {
      series.notes.push_back("<" + facts.message_id +
                             "> does not give the version, " +
                             std::to_string(group.version));
    }
    if (number > group.total) {
      series.notes.push_back("patch " + std::to_string(number) +
                             " lies beyond the count of " +
                             std::to_string(group.total));
    }
    if (copies.size() > 1) {
      series.notes.push_back("<" + facts.message_id + ">" + " came in " +
                             std::to_string(copies.size()) +
                             " copies that differ in form");
    }
  }
  CHECK(title != nullptr);
  series.list = title->facts.list;
  series.title = title->facts.subject.title;
  series.author = title->facts.author;
  // A maintainer who posts others' patches: the poster is asked, where the
  // list has left the From alone.
  if (!series.cover && !one_author) {
    series.author = title->facts.from;
    series.notes.push_back("patches by several authors");
  }
  if (series.cover && title->role == Part::Role::kCover &&
      title->total != group.total) {
    series.notes.push_back("the cover counts " + std::to_string(title->total) +
                           " patches, the patches " +
                           std::to_string(group.total));
  }
  if (title->facts.kind == mime::MailKind::kUntaggedDiff) {
    series.notes.push_back("a diff without a [PATCH] tag");
  }
  if (title->date < title->facts.date) {
    series.notes.push_back(
        "the Date lies ahead of the arrival, which was "
        "taken instead");
  }

  standing.root_id = title->facts.message_id;
  const auto add_key = [&](std::uint32_t poster, std::uint32_t text) {
    if (poster == 0 || text == 0) return;
    standing.keys.push_back(
        texts->Get("k:" + std::to_string(poster) + ":" + std::to_string(text)));
  };
  for (const std::uint32_t poster : title->posters) {
    if (poster == 0) continue;
    standing.posters.push_back(poster);
    add_key(poster, title->title);
    if (series.cover && from != nullptr && from->number == 1) {
      add_key(poster, from->title);
    }
  }
  for (const std::string& hint : title->facts.subject.hints) {
    standing.hints += hint + '\n';
  }
  for (const auto& [number, copies] : group.slots) {
    for (const std::uint32_t above : copies.front()->ancestors) {
      if (standing.above.size() == kMaxAbove) break;
      standing.above.push_back(above);
    }
    if (number == 0) break;
  }
  const auto unique = [](std::vector<std::uint32_t>* values) {
    std::sort(values->begin(), values->end());
    values->erase(std::unique(values->begin(), values->end()), values->end());
  };
  unique(&standing.nodes);
  unique(&standing.keys);
  unique(&standing.above);
  standing.above.erase(
      std::remove_if(standing.above.begin(), standing.above.end(),
                     [&](std::uint32_t node) {
                       return std::binary_search(standing.nodes.begin(),
                                                 standing.nodes.end(), node);
                     }),
      standing.above.end());
  return standing;
}

}  // namespace patchmilter::series
