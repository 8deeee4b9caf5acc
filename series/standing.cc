#include "series/standing.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace patchmilter::series {
namespace {

template <typename T>
void Sort(std::vector<T>* values) {
  std::sort(values->begin(), values->end());
  values->erase(std::unique(values->begin(), values->end()), values->end());
}

// Where a slot of `number` stands, or would.
std::vector<Standing::Slot>::const_iterator Place(const Standing& standing,
                                                  std::int64_t number) {
  return std::lower_bound(standing.slots.begin(), standing.slots.end(), number,
                          [](const Standing::Slot& slot, std::int64_t wanted) {
                            return slot.number < wanted;
                          });
}

void Put(Standing* standing, const Part& part) {
  Series& series = standing->series;
  const MailFacts& facts = part.facts;
  const bool first = standing->cover == nullptr && standing->slots.empty();
  if (part.number == 0) {
    series.cover = facts.id;
    standing->cover = &part;
  } else {
    if (!standing->slots.empty()) {
      standing->one_author = standing->one_author &&
                             standing->slots.front().part->facts.author.email ==
                                 facts.author.email;
    }
    series.patches[part.number] = facts.id;
    standing->slots.insert(Place(*standing, part.number), {part.number, &part});
  }
  const auto earliest = [&](auto* value, auto other) {
    *value = first ? other : std::min(*value, other);
  };
  const auto latest = [&](auto* value, auto other) {
    *value = first ? other : std::max(*value, other);
  };
  earliest(&series.id, facts.id);
  earliest(&series.first_date, part.date);
  latest(&series.newest_date, part.date);
  latest(&series.newest_arrival, facts.arrival);
  series.rfc = series.rfc || facts.subject.rfc;
  series.resend = series.resend || facts.subject.resend;
}

void PutNode(Standing* standing, std::uint32_t node) {
  if (node == 0) return;
  const auto at =
      std::lower_bound(standing->nodes.begin(), standing->nodes.end(), node);
  if (at == standing->nodes.end() || *at != node) {
    standing->nodes.insert(at, node);
  }
}

void AddNotes(std::vector<std::string>* notes, std::vector<std::string> some) {
  const std::size_t count = some.size();
  if (count > Standing::kMaxNotes) {
    some.resize(Standing::kMaxNotes);
    some.push_back("and " + std::to_string(count - Standing::kMaxNotes) +
                   " more of this kind");
  }
  std::move(some.begin(), some.end(), std::back_inserter(*notes));
}

void WriteNotes(Standing* standing) {
  Series& series = standing->series;
  const Part& head = standing->head();
  series.notes.clear();
  std::vector<std::string> some;
  const auto beyond = Place(*standing, series.expected + 1);
  const auto beyond_count =
      static_cast<std::size_t>(standing->slots.end() - beyond);
  for (auto at = beyond;
       at != standing->slots.end() && some.size() < Standing::kMaxNotes; ++at) {
    some.push_back("patch " + std::to_string(at->number) +
                   " lies beyond the count of " +
                   std::to_string(series.expected));
  }
  some.resize(beyond_count);  // Those that are not written are counted.
  AddNotes(&series.notes, std::move(some));
  some.clear();
  const auto id_of = [&](std::int64_t number) {
    const Part& part =
        number == 0 ? *standing->cover : *Place(*standing, number)->part;
    return "<" + part.facts.message_id + ">";
  };
  for (const std::int64_t number : standing->unversioned) {
    some.push_back(id_of(number) + " does not give the version, " +
                   std::to_string(series.version));
  }
  AddNotes(&series.notes, std::move(some));
  some.clear();
  for (const auto& [number, count] : standing->copies) {
    some.push_back(id_of(number) + " came in " + std::to_string(count) +
                   " copies that differ in form");
  }
  AddNotes(&series.notes, std::move(some));
  if (!series.cover && !standing->one_author) {
    series.notes.emplace_back("patches by several authors");
  }
  if (series.cover && head.role == Part::Role::kCover &&
      head.total != series.expected) {
    series.notes.push_back("the cover counts " + std::to_string(head.total) +
                           " patches, the patches " +
                           std::to_string(series.expected));
  }
  if (head.facts.kind == mime::MailKind::kUntaggedDiff) {
    series.notes.emplace_back("a diff without a [PATCH] tag");
  }
  if (head.date < head.facts.date) {
    series.notes.emplace_back(
        "the Date lies ahead of the arrival, which was taken instead");
  }
}

void FindKeys(Standing* standing, Interner* texts) {
  const Part& head = standing->head();
  standing->keys.clear();
  standing->posters.clear();
  // Each key is one poster's: titles and change-ids are public, and what a
  // stranger writes is no revision of another's.
  const auto add_key = [&](std::uint32_t text) {
    for (const std::uint32_t poster : standing->posters) {
      standing->keys.push_back(static_cast<std::uint64_t>(poster) << 32 | text);
    }
  };
  for (const std::uint32_t poster : head.posters) {
    if (poster != 0) standing->posters.push_back(poster);
  }
  const auto add_change_id = [&](const Part& part) {
    if (part.facts.change_id.empty()) return;
    add_key(texts->Get("c:" + part.facts.change_id));
  };
  if (standing->cover != nullptr) add_change_id(*standing->cover);
  const std::size_t some =
      std::min(standing->slots.size(), Standing::kMaxChangeIds);
  for (std::size_t i = 0; i < some; ++i) {
    add_change_id(*standing->slots[i].part);
  }
  add_key(head.title);
  if (standing->cover != nullptr && !standing->slots.empty() &&
      standing->slots.front().number == 1) {
    add_key(standing->slots.front().part->title);
  }
  Sort(&standing->keys);
}

void FindAbove(Standing* standing) {
  std::vector<std::uint32_t>& above = standing->above;
  above.clear();
  const auto add = [&](const Part& part) {
    for (const std::uint32_t node : part.ancestors) {
      if (above.size() == Standing::kMaxAbove) return;
      if (!std::binary_search(standing->nodes.begin(), standing->nodes.end(),
                              node) &&
          std::find(above.begin(), above.end(), node) == above.end()) {
        above.push_back(node);
      }
    }
  };
  if (standing->cover != nullptr) {
    add(*standing->cover);
  } else {
    const std::size_t some =
        std::min(standing->slots.size(), Standing::kMaxAbove);
    for (std::size_t i = 0; i < some; ++i) add(*standing->slots[i].part);
  }
  std::sort(above.begin(), above.end());
}

// What follows from the first few parts. No more work in a long series.
void Finish(Standing* standing, Interner* texts) {
  Series& series = standing->series;
  const MailFacts& head = standing->head().facts;
  series.list = head.list;
  series.title = head.subject.title;
  // A maintainer who posts others' patches: the poster is asked, where the
  // list has left the From alone.
  const bool others = standing->cover == nullptr && !standing->one_author;
  series.author = others ? head.from : head.author;
  WriteNotes(standing);
  FindKeys(standing, texts);
  FindAbove(standing);
}

}  // namespace

Standing MakeStanding(const Group& group, Interner* texts) {
  Standing standing;
  standing.series.version = group.version;
  standing.series.expected = group.total;
  for (const auto& [number, copies] : group.slots) {
    Put(&standing, *copies.front());
    for (const Part* copy : copies) {
      standing.series.id = std::min(standing.series.id, copy->facts.id);
      if (copy->node != 0) standing.nodes.push_back(copy->node);
    }
    if (copies.front()->facts.subject.version != group.version) {
      standing.unversioned.push_back(number);
    }
    if (copies.size() > 1) standing.copies.emplace_back(number, copies.size());
  }
  CHECK(standing.cover != nullptr || !standing.slots.empty());
  Sort(&standing.nodes);
  Finish(&standing, texts);
  return standing;
}

bool GrowsAtTheHead(const Standing& standing, const Part& part) {
  return part.number <= Standing::kMaxCompared ||
         part.facts.id < standing.series.id ||
         part.date < standing.series.first_date ||
         !part.facts.change_id.empty() ||
         (standing.cover == nullptr && part.number < standing.head().number);
}

void Grow(Standing* standing, const Part& part, Interner* texts) {
  Put(standing, part);
  PutNode(standing, part.node);
  Finish(standing, texts);
}

}  // namespace patchmilter::series
