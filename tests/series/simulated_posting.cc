#include "tests/series/simulated_posting.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace patchmilter::simulated {
namespace {

std::string Brackets(const Posting& posting, std::int64_t number) {
  std::string text = posting.tag;
  const bool versioned =
      posting.version > 1 && !posting.without_version.contains(number);
  if (versioned && !posting.version_last) {
    text += fmt::format(" v{}", posting.version);
  }
  if (!posting.after_version.empty()) text += " " + posting.after_version;
  if (posting.numbered) {
    const std::int64_t total = number == 0 && posting.cover_counts != 0
                                   ? posting.cover_counts
                                   : posting.patches;
    const std::size_t width = std::to_string(total).size();
    text += fmt::format(" {:0{}}/{}", number, width, total);
  }
  if (versioned && posting.version_last) {
    text += fmt::format(" v{}", posting.version);
  }
  return "[" + text + "] ";
}

}  // namespace

Posting Desk::Draw(std::int64_t patches, bool cover) {
  static const std::vector<IdStyle> kStyles = {
      IdStyle::kSendEmail,   IdStyle::kSendEmail, IdStyle::kOldSendEmail,
      IdStyle::kTopic,       IdStyle::kTopic,     IdStyle::kHash,
      IdStyle::kNumberFirst, IdStyle::kStack,     IdStyle::kRandom};
  Posting posting;
  posting.poster = MakePerson(&dice_);
  posting.style = dice_.Pick(kStyles);
  posting.threading =
      dice_.Percent(85) ? Threading::kShallow : Threading::kDeep;
  posting.topic = dice_.Text(6, "abcdefghijklmnopqrstuvwxyz") + "-topic";
  posting.scope = MakeScope(&dice_);
  posting.patches = patches;
  posting.cover = cover;
  posting.numbered = patches > 1 || cover;
  posting.time = now_;
  posting.step = dice_.Below(3);
  posting.zone_minutes = static_cast<int>(dice_.Between(-12, 14)) * 60;
  posting.delay =
      dice_.Percent(80) ? dice_.Between(5, 90) : dice_.Between(90, 6000);
  return posting;
}

Posting Desk::Revise(const Posting& before, Seconds later) {
  Posting next = before;
  ++next.version;
  next.time = before.time + later;
  next.ids.clear();
  next.lost.clear();
  next.parent.clear();
  next.references.clear();
  return next;
}

void Desk::Send(Posting* posting, bool note) {
  const auto last = static_cast<std::size_t>(std::max(
      posting->patches, static_cast<std::int64_t>(posting->titles.size()) - 1));
  for (std::size_t k = posting->titles.size(); k <= last; ++k) {
    posting->titles.push_back(MakeTitle(posting->scope, &dice_));
  }
  posting->ids =
      MakeIds(posting->style, posting->poster, posting->topic, posting->version,
              last, posting->cover, posting->time, &dice_);
  // What the patches answer: a relay gave the mails other ids on the way.
  std::vector<std::string> named = posting->ids;
  if (posting->style == IdStyle::kRelay) {
    named =
        MakeIds(IdStyle::kSendEmail, posting->poster, posting->topic,
                posting->version, last, posting->cover, posting->time, &dice_);
  }
  sent_.clear();
  const std::int64_t first = posting->cover ? 0 : 1;
  std::vector<std::string> above = posting->references;
  if (!posting->parent.empty()) above.push_back(posting->parent);
  for (std::int64_t k = first; k <= posting->patches; ++k) {
    const auto at = static_cast<std::size_t>(k);
    Draft draft;
    const bool others = k > 0 && !posting->authors.empty();
    const Person author =
        others ? posting->authors[(at - 1) % posting->authors.size()]
               : posting->poster;
    draft.from = others && posting->authors_post ? author : posting->poster;
    draft.subject = Brackets(*posting, k) + posting->titles[at];
    draft.id = posting->ids[at];
    if (k == first || posting->threading == Threading::kNone ||
        posting->all_answer_parent) {
      draft.parent = posting->parent;
      draft.references = above;
      if (posting->parent.empty()) draft.references.clear();
    } else {
      const bool deep = posting->threading == Threading::kDeep;
      draft.references = above;
      for (std::int64_t i = first; i < (deep ? k : first + 1); ++i) {
        draft.references.push_back(named[static_cast<std::size_t>(i)]);
      }
      draft.parent = draft.references.back();
    }
    draft.date =
        posting->time + posting->clock_wrong + posting->step * (k - first);
    draft.zone_minutes = posting->zone_minutes;
    draft.arrival = posting->time + posting->step * (k - first) +
                    posting->held + dice_.Between(2, 2 + posting->delay);
    if (k == 0) {
      draft.text = MakeCoverText(posting->patches, &dice_);
    } else {
      if (author.email != draft.from.email) {
        draft.text =
            fmt::format("From: {} <{}>\n\n", author.name, author.email);
      }
      draft.text += MakePatchText(author, &dice_);
    }
    sent_[k] = draft;
    if (!posting->lost.contains(k)) Put(draft);
  }
  if (note) Note(TruthOf(*posting));
}

TrueSeries Desk::TruthOf(const Posting& posting) const {
  TrueSeries series;
  series.version = posting.version;
  series.expected = posting.numbered ? posting.patches : 1;
  if (posting.cover && !posting.lost.contains(0)) {
    series.cover = posting.ids[0];
  }
  for (std::int64_t k = 1; k <= posting.patches; ++k) {
    if (!posting.lost.contains(k)) {
      series.patches[k] = posting.ids[static_cast<std::size_t>(k)];
    }
  }
  series.complete =
      static_cast<std::int64_t>(series.patches.size()) == series.expected;
  return series;
}

void Desk::Note(TrueSeries series) {
  // A cover alone is nobody's loss.
  if (series.patches.empty()) return;
  series.habit = habit_;
  truth_.push_back(std::move(series));
}

void Desk::Put(Draft draft) {
  ++made_;
  const UnixSeconds arrival = draft.arrival;
  pending_.emplace(arrival, Pending{.draft = std::move(draft)});
}

void Desk::PutCopy(Draft draft, bool munged) {
  ++made_;
  const UnixSeconds arrival = draft.arrival;
  pending_.emplace(
      arrival,
      Pending{.draft = std::move(draft), .copy = true, .munged_copy = munged});
}

void Desk::Discuss(const Posting& posting, std::int64_t replies) {
  const std::int64_t first = posting.cover ? 0 : 1;
  std::vector<Draft> talk;
  for (const auto& [number, draft] : sent_) {
    if (number >= first && !posting.lost.contains(number)) {
      talk.push_back(draft);
    }
  }
  if (talk.empty()) return;
  for (std::int64_t i = 0; i < replies; ++i) {
    const Draft answered = dice_.Pick(talk);
    Draft reply;
    reply.from = MakePerson(&dice_);
    reply.subject = answered.subject.starts_with("Re: ")
                        ? answered.subject
                        : "Re: " + answered.subject;
    reply.id = dice_.Text(20, "abcdefghijkmnpqrstuvwxyz23456789") + "@" +
               reply.from.email.substr(reply.from.email.find('@') + 1);
    reply.parent = answered.id;
    reply.references = answered.references;
    reply.references.push_back(answered.id);
    reply.date = answered.date + dice_.Between(600, 200000);
    reply.arrival = std::max(answered.arrival, reply.date) + 20;
    reply.text = MakeReplyText(answered.text, &dice_);
    if (dice_.Percent(10)) {
      reply.text += "\nPerhaps so:\n\n" + MakePatchText(reply.from, &dice_);
    }
    Put(reply);
    talk.push_back(std::move(reply));
  }
}

}  // namespace patchmilter::simulated
