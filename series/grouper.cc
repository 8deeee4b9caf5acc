// A mail that comes joins its cluster (clusters.h). Where that holds one
// series, and nothing is disputed, the mail joins that (plain_series.h); else
// the cluster is partitioned anew (partition.h), what came out is compared with
// what stood, and the difference is the answer. As clusters and partition
// depend on the facts alone, so does what stands.
#include "series/grouper.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "base/digest.h"
#include "series/clusters.h"
#include "series/flat_map.h"
#include "series/part.h"
#include "series/partition.h"
#include "series/revisions.h"
#include "series/standing.h"

namespace patchmilter::series {
namespace {

// Of a digest in hex, so many digits are kept, packed: what fits into a string
// without memory of its own. 2^60 tries find two that are alike.
constexpr std::size_t kDigestDigits = 30;

bool SameButLinks(const Series& a, const Series& b) {
  return a.list == b.list && a.version == b.version &&
         a.expected == b.expected && a.cover == b.cover &&
         a.patches == b.patches && a.author.email == b.author.email &&
         a.author.name == b.author.name && a.title == b.title &&
         a.first_date == b.first_date && a.newest_date == b.newest_date &&
         a.newest_arrival == b.newest_arrival && a.rfc == b.rfc &&
         a.resend == b.resend && a.notes == b.notes;
}

// `hex` packed, in the same order; as it is, where it is no such digest.
std::string Packed(const std::string& hex) {
  if (hex.size() < kDigestDigits) return hex;
  std::string packed;
  for (std::size_t i = 0; i < kDigestDigits; i += 2) {
    unsigned value = 0;
    const char* end = hex.data() + i + 2;
    const auto [at, error] = std::from_chars(hex.data() + i, end, value, 16);
    if (error != std::errc() || at != end) return hex;
    packed += static_cast<char>(value);
  }
  return packed;
}

// Lets go of what is not asked again: a part stays for good.
void Shrink(Part* part) {
  MailFacts& facts = part->facts;
  facts.subject.text = {};
  facts.content_hash = Packed(facts.content_hash);
  facts.patch_id = Packed(facts.patch_id);
  facts.subject.hints.shrink_to_fit();
  part->parents.shrink_to_fit();
  part->ancestors.shrink_to_fit();
}

std::string Quoted(const Part& part) {
  return part.facts.message_id.empty() ? "a mail without a Message-ID"
                                       : "<" + part.facts.message_id + ">";
}

std::string Place(const Part& part) {
  switch (part.role) {
    case Part::Role::kSingle:
      return "a single patch";
    case Part::Role::kNumbered:
      return "patch " + std::to_string(part.number) + " of " +
             std::to_string(part.total);
    case Part::Role::kCover:
      return "the cover of " + std::to_string(part.total);
    case Part::Role::kFreeCover:
      return "a cover that gives no count";
  }
  return "";
}

std::string Name(const mime::Address& address) {
  return address.name.empty() ? address.email
                              : address.name + " <" + address.email + ">";
}

bool CountsBeyondMeasure(const Part& part) {
  const mime::Subject& subject = part.facts.subject;
  return (part.role == Part::Role::kSingle ||
          part.role == Part::Role::kFreeCover) &&
         (subject.number.value_or(0) > kMaxPatches ||
          subject.total.value_or(0) > kMaxPatches);
}

}  // namespace

class Grouper::Impl {
 public:
  explicit Impl(GrouperOptions options) : options_(options) {}

  std::vector<Change> Add(const MailFacts& facts);
  std::vector<std::string> Explain(MailId mail) const;
  std::optional<SeriesId> SeriesOf(MailId mail) const;
  const Revisions& revisions() const { return revisions_; }
  std::uint64_t Work() const { return work_ + revisions_.work(); }

 private:
  // A mail that is no part: what Explain() tells of it.
  struct Other {
    std::uint32_t parent = 0;
    mime::MailKind kind = mime::MailKind::kOther;
  };
  // A mail that is one.
  struct Member {
    Part part;
    std::uint32_t cluster = 0;
    bool cut = false;  // A limit kept it from others.
    bool stands = false;
    SeriesId series = 0;  // Where it stands.
  };
  struct Seen {
    std::uint64_t more = 0;  // Of the digest.
    MailId mail = 0;
  };
  using Found = std::map<SeriesId, Change>;

  // The mail that came before with this id and content; itself where none.
  MailId FirstOf(const MailFacts& facts);
  std::vector<Change> ComeEarlier(Member* member, UnixSeconds arrival);
  std::vector<Change> Evaluate(std::uint32_t cluster, const Member* last);
  // Says what was found, with what Revisions has linked anew.
  void Report(const Found& found, const std::set<SeriesId>& differ,
              const std::map<SeriesId, Links>& links,
              std::vector<Change>* changes) const;
  void ExplainOther(const Other& other, std::vector<std::string>* lines) const;
  void ExplainSeries(const Series& series,
                     std::vector<std::string>* lines) const;

  Member* Find(MailId mail) {
    const std::uint32_t* at = member_of_.Find(KeyOf(mail));
    return at == nullptr ? nullptr : &members_[*at];
  }
  const Member* Find(MailId mail) const {
    const std::uint32_t* at = member_of_.Find(KeyOf(mail));
    return at == nullptr ? nullptr : &members_[*at];
  }
  static std::uint64_t KeyOf(MailId mail) {
    return static_cast<std::uint64_t>(mail);
  }

  const GrouperOptions options_;
  Interner ids_;
  Interner texts_;
  FlatMap<Seen> seen_;       // By a digest of id and content.
  FlatMap<MailId> same_as_;  // Came again as another id.
  FlatMap<Other> others_;
  std::vector<MailId> by_node_;  // One of that Message-ID; 0 for none.
  std::deque<Member> members_;   // They stay where they are.
  FlatMap<std::uint32_t> member_of_;
  Clusters clusters_;
  Revisions revisions_;
  std::uint64_t work_ = 0;
};

MailId Grouper::Impl::FirstOf(const MailFacts& facts) {
  const std::string digest =
      Sha256HexOf({facts.message_id, facts.content_hash});
  const auto number = [&](std::size_t begin) {
    std::uint64_t value = 0;
    std::from_chars(digest.data() + begin, digest.data() + begin + 15, value,
                    16);
    return value;
  };
  const Seen seen = {number(15), facts.id};
  const Seen& first = *seen_.Emplace(number(0), seen).first;
  return first.more == seen.more ? first.mail : facts.id;
}

// It came when it first came, in whatever order we hear of it.
std::vector<Change> Grouper::Impl::ComeEarlier(Member* member,
                                               UnixSeconds arrival) {
  Part& part = member->part;
  MailFacts times;
  times.date = part.facts.date;
  times.arrival = arrival;
  const Part timed = MakePart(times, &ids_, &texts_);
  part.facts.arrival = timed.facts.arrival;
  part.date = timed.date;
  clusters_.CameEarlier(member->cluster, part);
  clusters_.At(member->cluster).plain.reset();
  return Evaluate(member->cluster, nullptr);
}

std::vector<Change> Grouper::Impl::Add(const MailFacts& facts) {
  const MailId first = FirstOf(facts);
  if (first != facts.id) {
    same_as_.Emplace(KeyOf(facts.id), first);
    Member* member = Find(first);
    if (member == nullptr ||
        member->part.facts.arrival <= std::max<UnixSeconds>(facts.arrival, 0)) {
      return {};
    }
    return ComeEarlier(member, facts.arrival);
  }
  if (Find(facts.id) != nullptr || others_.Find(KeyOf(facts.id)) != nullptr) {
    return {};
  }
  const std::uint32_t node = ids_.Get(facts.message_id);
  if (node != 0) {
    if (by_node_.size() <= node) by_node_.resize(node + 1);
    // The first of them that can stand in a series.
    MailId& bearer = by_node_[node];
    const bool part = IsPart(facts);
    const bool bearer_is = bearer != 0 && Find(bearer) != nullptr;
    if (bearer == 0 || (part && !bearer_is) ||
        (part == bearer_is && facts.id < bearer)) {
      bearer = facts.id;
    }
  }
  if (!IsPart(facts)) {
    const std::string& parent =
        !facts.in_reply_to.empty()
            ? facts.in_reply_to.front()
            : (facts.references.empty() ? std::string()
                                        : facts.references.back());
    others_.Emplace(KeyOf(facts.id), {ids_.Get(parent), facts.kind});
    return {};
  }
  member_of_.Emplace(KeyOf(facts.id),
                     static_cast<std::uint32_t>(members_.size()));
  Member& member = members_.emplace_back();
  member.part = MakePart(facts, &ids_, &texts_);
  Shrink(&member.part);
  const Clusters::Added added = clusters_.Add(member.part);
  member.cluster = added.cluster;
  member.cut = added.cut;
  return Evaluate(added.cluster, &member);
}

void Grouper::Impl::Report(const Found& found, const std::set<SeriesId>& differ,
                           const std::map<SeriesId, Links>& links,
                           std::vector<Change>* changes) const {
  for (const auto& [id, before] : links) {
    const Links now = LinksOf(revisions_.Find(id)->series);
    const auto own = found.find(id);
    Change change = own != found.end() ? own->second : Change{.id = id};
    if (now.previous && now.previous != before.previous) {
      change.kinds |= Change::kRevised;
    }
    if (now.superseded_by && now.superseded_by != before.superseded_by) {
      change.kinds |= Change::kSuperseded;
    }
    if (change.other != 0) {
      if (revisions_.Find(change.other) != nullptr) {
        change.kinds |= Change::kSplit;
      } else {
        change.other = 0;
      }
    }
    if (change.kinds == 0) {
      if (now == before && !differ.contains(id)) continue;
      change.kinds = Change::kChanged;
    }
    changes->push_back(change);
  }
}

std::vector<Change> Grouper::Impl::Evaluate(std::uint32_t index,
                                            const Member* last) {
  Clusters::Cluster& cluster = clusters_.At(index);
  std::vector<Change> changes;
  if (options_.shortcuts && last != nullptr && cluster.plain != nullptr &&
      // What it is named after tells the name of all.
      cluster.series.size() == 1 &&
      cluster.series.front() < last->part.facts.id &&
      cluster.plain->Take(last->part)) {
    const SeriesId id = cluster.series.front();
    Member* member = Find(last->part.facts.id);
    member->stands = true;
    member->series = id;
    ++work_;
    const bool complete = revisions_.Find(id)->series.complete();
    const auto links = revisions_.Grow(id, last->part, &texts_);
    Change change{.id = id, .kinds = Change::kJoined};
    if (!complete && revisions_.Find(id)->series.complete()) {
      change.kinds |= Change::kCompleted;
    }
    Report({{id, change}}, {}, links, &changes);
    return changes;
  }

  Partitioned partitioned = Partition(cluster.parts);
  work_ += cluster.parts.size();
  cluster.plain = PlainSeries::Of(cluster.parts, partitioned);
  std::unordered_map<MailId, SeriesId> stood;  // Where its mails were.
  for (const Part* part : cluster.parts) {
    Member* member = Find(part->facts.id);
    if (member->stands) stood.emplace(part->facts.id, member->series);
    member->stands = false;
  }

  std::vector<Standing> put;
  std::vector<SeriesId> stand;
  Found found;
  std::set<SeriesId> differ;
  for (const Group& group : partitioned.groups) {
    // A cover without a count, which no patch answers, is no series.
    if (group.total == 0) continue;
    Standing standing = MakeStanding(group, &texts_);
    const SeriesId id = standing.series.id;
    stand.push_back(id);
    Change change{.id = id};
    std::optional<std::pair<MailId, SeriesId>> split;
    for (const auto& [number, copies] : group.slots) {
      for (const Part* copy : copies) {
        const MailId mail = copy->facts.id;
        Member* member = Find(mail);
        member->stands = true;
        member->series = id;
        if (member == last) change.kinds |= Change::kJoined;
        const auto was = stood.find(mail);
        if (was != stood.end() && (!split || mail < split->first)) split = *was;
      }
    }
    const Standing* old = revisions_.Find(id);
    if (old == nullptr) {
      change.kinds |= Change::kCreated;
      if (split) change.other = split->second;
    } else if (!SameButLinks(old->series, standing.series)) {
      differ.insert(id);
    } else if (change.kinds == 0 && old->keys == standing.keys &&
               old->nodes == standing.nodes && old->above == standing.above &&
               old->posters == standing.posters) {
      continue;
    }
    if (standing.series.complete() &&
        (old == nullptr || !old->series.complete())) {
      change.kinds |= Change::kCompleted;
    }
    found.emplace(id, change);
    put.push_back(std::move(standing));
  }
  std::vector<SeriesId> removed;
  std::sort(stand.begin(), stand.end());
  for (const SeriesId id : cluster.series) {
    if (std::binary_search(stand.begin(), stand.end(), id)) continue;
    removed.push_back(id);
    // Its first mail may be a cover without a count, that is left alone.
    const Member* now = Find(id);
    if (!now->stands) {
      now = Find(revisions_.Find(id)->slots.front().part->facts.id);
    }
    changes.push_back(
        {.id = id, .other = now->series, .kinds = Change::kMerged});
  }
  cluster.series = std::move(stand);
  Report(found, differ, revisions_.Update(removed, std::move(put)), &changes);
  return changes;
}

std::optional<SeriesId> Grouper::Impl::SeriesOf(MailId mail) const {
  const MailId* same = same_as_.Find(KeyOf(mail));
  const Member* member = Find(same == nullptr ? mail : *same);
  if (member == nullptr || !member->stands) return std::nullopt;
  return member->series;
}

void Grouper::Impl::ExplainOther(const Other& other,
                                 std::vector<std::string>* lines) const {
  lines->push_back("no patch of a series, by its kind: " +
                   std::string(mime::MailKindName(other.kind)));
  if (other.parent == 0) return;
  std::string line = "answers <" + std::string(ids_.Text(other.parent)) + ">";
  const MailId parent =
      other.parent < by_node_.size() ? by_node_[other.parent] : 0;
  if (parent == 0) {
    line += ", which has not come";
  } else if (const auto series = SeriesOf(parent)) {
    line += ", of series " + std::to_string(*series);
  }
  lines->push_back(std::move(line));
}

void Grouper::Impl::ExplainSeries(const Series& series,
                                  std::vector<std::string>* lines) const {
  lines->push_back("series " + std::to_string(series.id) + " (\"" +
                   series.title + "\", version " +
                   std::to_string(series.version) + ") has " +
                   std::to_string(series.patches.size()) + " of " +
                   std::to_string(series.expected) + " patches" +
                   (series.cover ? " and a cover" : ", no cover"));
  for (const std::string& note : series.notes) lines->push_back(note);
  if (series.previous) {
    lines->push_back((series.partial_reroll ? "re-rolls some patches of series "
                                            : "is the revision after series ") +
                     std::to_string(*series.previous));
  }
  if (series.superseded_by) {
    lines->push_back("is superseded by series " +
                     std::to_string(*series.superseded_by));
  }
}

std::vector<std::string> Grouper::Impl::Explain(MailId mail) const {
  std::vector<std::string> lines;
  if (const MailId* same = same_as_.Find(KeyOf(mail))) {
    lines.push_back("came before, as mail " + std::to_string(*same) +
                    ": same Message-ID, same content");
    mail = *same;
  }
  if (const Other* other = others_.Find(KeyOf(mail))) {
    ExplainOther(*other, &lines);
    return lines;
  }
  const Member* member = Find(mail);
  if (member == nullptr) {
    lines.emplace_back("not known here");
    return lines;
  }
  const Part& part = member->part;
  lines.push_back(Quoted(part) + " is " + Place(part) + ", version " +
                  std::to_string(part.facts.subject.version) + ", by " +
                  Name(part.facts.author));
  // The evidence is not kept: it is found again when somebody asks.
  const Partitioned partitioned =
      Partition(clusters_.At(member->cluster).parts);
  const auto joined = partitioned.joined.find(&part);
  if (joined != partitioned.joined.end()) {
    lines.push_back("it " + std::string(EvidenceText(joined->second.evidence)) +
                    " " + Quoted(*joined->second.to));
  } else if (CountsBeyondMeasure(part)) {
    lines.push_back("it stands alone: a count beyond " +
                    std::to_string(kMaxPatches) + " is not believed");
  } else if (part.role != Part::Role::kSingle) {
    lines.emplace_back("nothing else was found to belong to it");
  }
  if (member->cut) {
    lines.emplace_back(
        "not all that may belong to it were looked at: too many mails stand "
        "in its thread, or claim its place or its Message-ID");
  }
  if (!member->stands) {
    lines.emplace_back("stands in no series: no patch answers it");
    return lines;
  }
  ExplainSeries(revisions_.Find(member->series)->series, &lines);
  return lines;
}

Grouper::Grouper(GrouperOptions options)
    : impl_(std::make_unique<Impl>(options)) {}
Grouper::~Grouper() = default;

std::vector<Change> Grouper::Add(const MailFacts& facts) {
  return impl_->Add(facts);
}

std::vector<std::string> Grouper::Explain(MailId mail) const {
  return impl_->Explain(mail);
}

const Series* Grouper::Find(SeriesId series) const {
  const Standing* standing = impl_->revisions().Find(series);
  return standing == nullptr ? nullptr : &standing->series;
}

std::optional<SeriesId> Grouper::SeriesOf(MailId mail) const {
  return impl_->SeriesOf(mail);
}

std::vector<const Series*> Grouper::All() const {
  std::vector<const Series*> all;
  for (const auto& [id, standing] : impl_->revisions().all()) {
    all.push_back(&standing.series);
  }
  return all;
}

std::uint64_t Grouper::Work() const { return impl_->Work(); }

}  // namespace patchmilter::series
