// The habits of a simulated list: the first kPlainHabits are every day's.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tests/series/simulated_posting.h"

namespace patchmilter::simulated {
namespace {

constexpr Seconds kHour = 3600;
constexpr Seconds kDay = 86400;

std::int64_t SomePatches(Dice* dice) {
  return dice->Percent(85) ? dice->Between(2, 8) : dice->Between(9, 40);
}

// --- Every day's. ---

void OnePatch(Desk* desk) {
  Posting posting = desk->Draw(1, false);
  desk->Send(&posting);
  desk->Discuss(posting, desk->dice().Between(0, 6));
}

void Series(Desk* desk) {
  Posting posting = desk->Draw(SomePatches(&desk->dice()), true);
  desk->Send(&posting);
  desk->Discuss(posting, desk->dice().Between(0, 15));
}

void SeriesWithoutCover(Desk* desk) {
  Posting posting = desk->Draw(desk->dice().Between(2, 5), false);
  desk->Send(&posting);
  desk->Discuss(posting, desk->dice().Between(0, 8));
}

void Revisions(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(SomePatches(&dice), true);
  desk->Send(&posting);
  desk->Discuss(posting, dice.Between(1, 8));
  for (std::int64_t i = dice.Between(1, 4); i > 0; --i) {
    posting = desk->Revise(posting, dice.Between(kDay / 2, 20 * kDay));
    desk->Send(&posting);
    desk->Discuss(posting, dice.Between(1, 8));
  }
}

void RevisionsOfOnePatch(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(1, false);
  desk->Send(&posting);
  for (std::int64_t i = dice.Between(1, 4); i > 0; --i) {
    const std::string before = posting.ids[1];
    posting = desk->Revise(posting, dice.Between(kHour, 9 * kDay));
    if (dice.Percent(30)) posting.parent = before;
    desk->Send(&posting);
    desk->Discuss(posting, dice.Between(0, 3));
  }
}

void TalkAlone(Desk* desk) {
  Dice& dice = desk->dice();
  static const std::vector<std::string> kSubjects = {
      "[GIT PULL] sound fixes", "[PULL] topic branch", "oops in the probe",
      "[ANNOUNCE] a new release", "[syzbot] possible deadlock in x"};
  Draft draft;
  draft.from = MakePerson(&dice);
  draft.subject = dice.Pick(kSubjects);
  draft.id = dice.Hex(20) + "@talk.example";
  draft.date = desk->now();
  draft.arrival = desk->now() + 20;
  draft.text = draft.subject.find("PULL") == std::string::npos
                   ? "It stops at once.\n"
                   : "The following changes since commit " + dice.Hex(40) +
                         ":\n\n  x\n\nare available in the Git repository "
                         "at:\n\n  https://git.example/x tags/y\n";
  desk->Put(draft);
}

// --- Threads. ---

void RevisionAnswersVersionBefore(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(dice.Between(2, 6), dice.Percent(60));
  desk->Send(&posting);
  for (std::int64_t i = dice.Between(1, 3); i > 0; --i) {
    const std::string root = posting.ids[posting.cover ? 0 : 1];
    posting = desk->Revise(posting, dice.Between(kHour, 5 * kDay));
    posting.parent = root;
    // Without a cover of its own, every patch may answer the one before.
    posting.cover = posting.cover && dice.Percent(70);
    posting.all_answer_parent = !posting.cover && dice.Percent(50);
    desk->Send(&posting);
    desk->Discuss(posting, dice.Between(0, 3));
  }
}

void RevisionAnswersReview(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(dice.Between(2, 6), true);
  desk->Send(&posting);
  Draft review;
  review.from = MakePerson(&dice);
  review.subject = "Re: " + desk->sent().at(1).subject;
  review.id = dice.Hex(20) + "@review.example";
  review.parent = posting.ids[1];
  review.references = {posting.ids[0], posting.ids[1]};
  review.date = posting.time + kHour;
  review.arrival = review.date + 30;
  review.text = MakeReplyText(desk->sent().at(1).text, &dice);
  desk->Put(review);
  Posting next = desk->Revise(posting, dice.Between(2 * kHour, 4 * kDay));
  next.references = {posting.ids[0], posting.ids[1]};
  next.parent = review.id;
  desk->Send(&next);
}

void NoThreading(Desk* desk) {
  Posting posting = desk->Draw(desk->dice().Between(2, 6), true);
  posting.threading = Threading::kNone;
  desk->Send(&posting);
}

void RelayRewritesIds(Desk* desk) {
  Posting posting = desk->Draw(desk->dice().Between(2, 9), true);
  posting.style = IdStyle::kRelay;
  desk->Send(&posting);
}

void QueueOfQuilt(Desk* desk) {
  Posting posting = desk->Draw(SomePatches(&desk->dice()), true);
  posting.style = IdStyle::kQuilt;
  desk->Send(&posting);
}

void TwoSeriesAtOnce(Desk* desk) {
  Dice& dice = desk->dice();
  Posting one = desk->Draw(dice.Between(2, 5), dice.Percent(50));
  Posting two = desk->Draw(one.patches, one.cover);
  two.poster = one.poster;
  two.style = one.style;
  two.time = one.time + dice.Below(40);
  desk->Send(&one);
  desk->Send(&two);
}

void TwoUnthreadedSeriesAtOnce(Desk* desk) {
  Dice& dice = desk->dice();
  Posting one = desk->Draw(dice.Between(2, 5), dice.Percent(50));
  one.style = IdStyle::kSendEmail;
  one.threading = Threading::kNone;
  Posting two = desk->Draw(one.patches, one.cover);
  two.poster = one.poster;
  two.style = one.style;
  two.threading = one.threading;
  two.time = one.time;
  desk->Send(&one);
  desk->Send(&two);
}

void StrangersAnswerOneBug(Desk* desk) {
  Dice& dice = desk->dice();
  Draft bug;
  bug.from = MakePerson(&dice);
  bug.subject = "it crashes at boot";
  bug.id = dice.Hex(20) + "@bug.example";
  bug.date = desk->now();
  bug.arrival = desk->now() + 9;
  bug.text = "See above.\n";
  desk->Put(bug);
  for (int i = 0; i < 2; ++i) {
    Posting posting = desk->Draw(2, false);
    posting.time = desk->now() + 600 + dice.Below(300);
    posting.parent = bug.id;
    posting.all_answer_parent = dice.Percent(50);
    desk->Send(&posting);
  }
}

// --- Parts. ---

void LostParts(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(dice.Between(3, 12), dice.Percent(70));
  for (std::int64_t i = dice.Between(1, posting.patches - 1); i > 0; --i) {
    posting.lost.insert(dice.Between(0, posting.patches));
  }
  desk->Send(&posting);
  desk->Discuss(posting, 2);
}

void OnlyOnePartCame(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(dice.Between(5, 30), true);
  const std::int64_t here = dice.Between(1, posting.patches);
  for (std::int64_t k = 0; k <= posting.patches; ++k) {
    if (k != here) posting.lost.insert(k);
  }
  desk->Send(&posting);
  // The next version's part, of a series that has grown.
  posting = desk->Revise(posting, dice.Between(kDay, 9 * kDay));
  posting.patches += dice.Below(3);
  for (std::int64_t k = 0; k <= posting.patches; ++k) {
    if (k != here) posting.lost.insert(k);
  }
  desk->Send(&posting);
}

void PartialReroll(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(dice.Between(3, 7), true);
  desk->Send(&posting);
  const std::int64_t again = dice.Between(1, posting.patches);
  Draft draft = desk->sent().at(again);
  draft.references.push_back(draft.id);
  draft.parent = draft.id;
  draft.id = dice.Hex(20) + "@" +
             posting.poster.email.substr(posting.poster.email.find('@') + 1);
  draft.subject = fmt::format("[PATCH v2 {}/{}] ", again, posting.patches) +
                  posting.titles[static_cast<std::size_t>(again)];
  draft.date += 3 * kHour;
  draft.arrival = std::max(draft.arrival, draft.date) + 60;
  draft.text = MakePatchText(posting.poster, &dice);
  desk->Put(draft);
  TrueSeries reroll;
  reroll.version = 2;
  reroll.expected = posting.patches;
  reroll.patches[again] = draft.id;
  desk->Note(reroll);
}

void CoverCameLast(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(dice.Between(2, 6), true);
  posting.lost.insert(0);
  desk->Send(&posting, false);
  Draft cover = desk->sent().at(0);
  cover.arrival += dice.Between(600, 2 * kHour);
  desk->Put(cover);
  posting.lost.clear();
  desk->Note(desk->TruthOf(posting));
}

void CoverCountsOtherwise(Desk* desk) {
  Posting posting = desk->Draw(desk->dice().Between(3, 9), true);
  posting.cover_counts = posting.patches + desk->dice().Between(1, 3);
  desk->Send(&posting);
}

void OnePatchTooMany(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(dice.Between(3, 9), true);
  desk->Send(&posting, false);
  Draft draft = desk->sent().at(posting.patches);
  draft.subject =
      fmt::format("[PATCH {}/{}] ", posting.patches + 1, posting.patches) +
      MakeTitle(posting.scope, &dice);
  draft.id = dice.Hex(20) + "@extra.example";
  draft.parent = posting.ids[0];
  draft.references = {posting.ids[0]};
  draft.date += 2 * kHour;
  draft.arrival += 2 * kHour;
  draft.text = MakePatchText(posting.poster, &dice);
  desk->Put(draft);
  TrueSeries series = desk->TruthOf(posting);
  series.patches[posting.patches + 1] = draft.id;
  series.complete = true;
  desk->Note(series);
}

void UnnumberedRevisionsAsReplies(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(dice.Between(2, 4), true);
  desk->Send(&posting);
  for (std::int64_t k = 1; k <= posting.patches; ++k) {
    if (dice.Percent(40)) continue;
    Posting again = desk->Draw(1, false);
    again.poster = posting.poster;
    again.tag = dice.Percent(50) ? "PATCHv2" : "PATCH";
    again.version = again.tag == "PATCHv2" ? 2 : 1;
    again.without_version = {1};
    again.titles = {"", posting.titles[static_cast<std::size_t>(k)]};
    again.parent = posting.ids[static_cast<std::size_t>(k)];
    again.references = {posting.ids[0]};
    again.time = posting.time + kDay + k * 60;
    desk->Send(&again);
  }
}

// --- Again. ---

void ResendWithTag(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(dice.Between(1, 6), dice.Percent(50));
  desk->Send(&posting);
  Posting again = posting;
  again.time += dice.Between(2 * kHour, 30 * kDay);
  again.after_version = dice.Percent(50) ? "RESEND" : "resend";
  desk->Send(&again);
}

void ResendWithoutTag(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(dice.Between(1, 6), dice.Percent(50));
  desk->Send(&posting);
  for (std::int64_t i = dice.Between(1, 2); i > 0; --i) {
    Posting again = posting;
    again.time += dice.Between(2 * kHour, 9 * kDay);
    if (dice.Percent(50)) {
      again.parent = posting.ids[posting.cover ? 0 : 1];
    }
    desk->Send(&again);
    posting = again;
  }
}

void DeliveredTwice(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(dice.Between(1, 5), true);
  desk->Send(&posting);
  const bool munged = dice.Percent(50);
  for (auto [number, draft] : desk->sent()) {
    if (dice.Percent(30)) continue;
    draft.arrival += dice.Between(0, 500);
    if (dice.Percent(30)) {
      desk->Put(draft);
    } else {
      desk->PutCopy(draft, munged);
    }
  }
}

void SameIdForTwoVersions(Desk* desk) {
  Posting posting = desk->Draw(1, false);
  posting.style = IdStyle::kRandom;
  desk->Send(&posting);
  Draft draft = desk->sent().at(1);
  draft.subject = "[PATCH v2] " + posting.titles[1];
  draft.date += kHour;
  draft.arrival += kHour;
  draft.text = MakePatchText(posting.poster, &desk->dice());
  desk->Put(draft);
  TrueSeries series = desk->TruthOf(posting);
  series.version = 2;
  desk->Note(series);
}

// --- Others. ---

void MaintainerSendsOthersPatches(Desk* desk) {
  Posting posting = desk->Draw(desk->dice().Between(2, 9), true);
  for (int i = 0; i < 3; ++i) {
    posting.authors.push_back(MakePerson(&desk->dice()));
  }
  desk->Send(&posting);
}

void ScriptSendsInOthersNames(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(dice.Between(2, 6), true);
  for (int i = 0; i < 2; ++i) posting.authors.push_back(MakePerson(&dice));
  posting.authors_post = true;
  posting.step = 1;
  desk->Send(&posting);
}

void StrangerSendsPart(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(dice.Between(3, 6), true);
  desk->Send(&posting);
  Draft draft = desk->sent().at(2);
  draft.from = MakePerson(&dice);
  draft.id = dice.Hex(20) + "@stranger.example";
  draft.parent = posting.ids[0];
  draft.references = {posting.ids[0]};
  draft.date += dice.Between(kHour, kDay);
  draft.arrival = draft.date + 20;
  draft.text = MakePatchText(draft.from, &dice);
  desk->Put(draft);
  TrueSeries series;
  series.expected = posting.patches;
  series.patches[2] = draft.id;
  desk->Note(series);
}

void Notices(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(dice.Between(1, 3), false);
  desk->Send(&posting);
  const Draft patch = desk->sent().at(1);
  Draft notice = patch;
  notice.from = {"Tree Bot", "bot@tree.example"};
  notice.id = dice.Hex(20) + "@tree.example";
  notice.parent = patch.id;
  notice.references = {patch.id};
  notice.subject =
      fmt::format("Patch \"{}\" has been added to the 6.{}-stable tree",
                  posting.titles[1], dice.Between(1, 12));
  notice.date += 2 * kDay;
  notice.arrival += 2 * kDay;
  notice.text = "This is a note to let you know.\n\n" + patch.text;
  desk->Put(notice);
  notice.id = dice.Hex(20) + "@merge.example";
  notice.subject = "Re: " + patch.subject;
  notice.headers = {"Auto-Submitted: auto-generated"};
  notice.text = "Hello:\n\nThis patch was applied.\n";
  desk->Put(notice);
}

// --- Several trees. ---

void StableReviews(Desk* desk) {
  Dice& dice = desk->dice();
  const Person poster = MakePerson(&dice);
  const bool equal = dice.Percent(40);
  const bool parts_only = dice.Percent(40);
  std::int64_t patches = dice.Between(20, 120);
  int minor = 1;
  for (std::int64_t trees = dice.Between(2, 3); trees > 0; --trees) {
    Posting posting = desk->Draw(patches, true);
    posting.poster = poster;
    posting.style = IdStyle::kQuilt;
    posting.threading = Threading::kShallow;
    posting.tag = fmt::format("PATCH 6.{}", minor);
    minor += 5;
    posting.time = desk->now() + dice.Below(60);
    posting.zone_minutes = 60;
    if (parts_only) {
      // Only what touches this list's files is sent to it.
      for (std::int64_t k = 0; k <= patches; ++k) {
        if (!dice.Percent(5)) posting.lost.insert(k);
      }
    }
    desk->Send(&posting);
    if (!equal) patches += dice.Between(3, 9);
  }
}

void PickedForSeveralTrees(Desk* desk) {
  Dice& dice = desk->dice();
  const Person poster = MakePerson(&dice);
  const std::int64_t patches = dice.Between(4, 25);
  std::vector<std::string> titles;
  int minor = 1;
  for (int tree = 0; tree < 2; ++tree) {
    Posting posting = desk->Draw(patches, false);
    posting.poster = poster;
    posting.style = IdStyle::kSendEmail;
    posting.tag = fmt::format("PATCH AUTOSEL 6.{}", minor);
    minor += 5;
    posting.titles = titles;
    posting.time = desk->now() + tree * dice.Below(50);
    for (std::int64_t k = 1; k <= patches; ++k) {
      if (dice.Percent(40)) posting.lost.insert(k);
    }
    desk->Send(&posting);
    titles = posting.titles;
  }
}

void TwoProjects(Desk* desk) {
  Dice& dice = desk->dice();
  Posting kernel = desk->Draw(dice.Between(2, 4), false);
  Posting tools = desk->Draw(kernel.patches, false);
  tools.poster = kernel.poster;
  tools.style = kernel.style = IdStyle::kRandom;
  tools.threading = kernel.threading = Threading::kNone;
  tools.tag = "PATCH i-g-t";
  tools.time = kernel.time + dice.Below(30);
  desk->Send(&kernel);
  desk->Send(&tools);
}

// --- How it is written. ---

void OddTags(Desk* desk) {
  Dice& dice = desk->dice();
  static const std::vector<std::string> kTags = {
      "RFC PATCH",      "PATCH RFC",   "PATCH net-next",
      "PATCH libdrm",   "PATCH-next",  "patch",
      "PATCH for-next", "PATCH i-g-t", "PATCH bpf-next",
      "PATCH RFT",      "RFC",         "Patch"};
  Posting posting = desk->Draw(dice.Between(1, 5), true);
  posting.tag = dice.Pick(kTags);
  posting.version = dice.Between(1, 3);
  posting.version_last = dice.Percent(30);
  if (dice.Percent(20)) posting.after_version = "resend";
  desk->Send(&posting);
  desk->Discuss(posting, 2);
}

void VersionForgotten(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(dice.Between(3, 6), true);
  posting.style = IdStyle::kSendEmail;
  posting.threading = Threading::kShallow;
  desk->Send(&posting);
  posting = desk->Revise(posting, dice.Between(kDay, 9 * kDay));
  posting.without_version = {dice.Between(2, posting.patches)};
  desk->Send(&posting);
}

// --- Time. ---

void HeldByModerator(Desk* desk) {
  Dice& dice = desk->dice();
  // What several sent over months is let out at once, in any order.
  const UnixSeconds release = desk->now() + dice.Between(9 * kDay, 300 * kDay);
  for (int i = 0; i < 3; ++i) {
    Posting posting = desk->Draw(dice.Between(1, 5), dice.Percent(50));
    posting.time = desk->now() + i * dice.Between(kHour, 3 * kDay);
    posting.held = release - posting.time;
    posting.delay = 300;
    desk->Send(&posting);
    if (dice.Percent(50)) {
      posting = desk->Revise(posting, dice.Between(3 * kHour, 5 * kDay));
      posting.held = release - posting.time;
      desk->Send(&posting);
    }
  }
}

void ClockIsWrong(Desk* desk) {
  Dice& dice = desk->dice();
  static const std::vector<Seconds> kWrong = {-3 * kHour, 2 * kHour, 20 * kHour,
                                              3000 * kDay, -5000 * kDay};
  Posting posting = desk->Draw(dice.Between(2, 6), dice.Percent(50));
  posting.clock_wrong = dice.Pick(kWrong);
  desk->Send(&posting);
}

void DatesOverDays(Desk* desk) {
  Dice& dice = desk->dice();
  Posting posting = desk->Draw(dice.Between(2, 5), true);
  posting.step = dice.Between(kHour, 2 * kDay);
  desk->Send(&posting);
}

void TwoSeriesInOneThread(Desk* desk) {
  Dice& dice = desk->dice();
  Posting one = desk->Draw(dice.Between(5, 9), true);
  desk->Send(&one);
  Posting two = desk->Draw(dice.Between(2, 4), dice.Percent(50));
  two.poster = one.poster;
  two.parent = one.ids[0];
  two.time = one.time + dice.Between(kHour, kDay);
  desk->Send(&two);
}

}  // namespace

const std::vector<Habit>& AllHabits() {
  static const auto* const kHabits = new std::vector<Habit>{
      // Every day's: kPlainHabits of them.
      {"one patch", OnePatch},
      {"a series with a cover", Series},
      {"a series without a cover", SeriesWithoutCover},
      {"revisions", Revisions},
      {"revisions of one patch", RevisionsOfOnePatch},
      {"talk alone", TalkAlone},
      {"a revision answers the version before", RevisionAnswersVersionBefore},
      {"a revision answers a review", RevisionAnswersReview},
      {"no threading", NoThreading},
      {"a relay rewrites ids", RelayRewritesIds},
      {"ids of quilt", QueueOfQuilt},
      {"two series at once", TwoSeriesAtOnce},
      {"two unthreaded series at once", TwoUnthreadedSeriesAtOnce},
      {"strangers answer one bug", StrangersAnswerOneBug},
      {"lost parts", LostParts},
      {"only one part came", OnlyOnePartCame},
      {"a partial re-roll", PartialReroll},
      {"the cover came last", CoverCameLast},
      {"the cover counts otherwise", CoverCountsOtherwise},
      {"one patch too many", OnePatchTooMany},
      {"unnumbered revisions as replies", UnnumberedRevisionsAsReplies},
      {"a resend with the tag", ResendWithTag},
      {"a resend without the tag", ResendWithoutTag},
      {"delivered twice", DeliveredTwice},
      {"one id for two versions", SameIdForTwoVersions},
      {"a maintainer sends others' patches", MaintainerSendsOthersPatches},
      {"a script sends in others' names", ScriptSendsInOthersNames},
      {"a stranger sends a part", StrangerSendsPart},
      {"notices", Notices},
      {"stable reviews", StableReviews},
      {"picked for several trees", PickedForSeveralTrees},
      {"two projects", TwoProjects},
      {"odd tags", OddTags},
      {"the version was forgotten", VersionForgotten},
      {"held by a moderator", HeldByModerator},
      {"the clock is wrong", ClockIsWrong},
      {"Dates over days", DatesOverDays},
      {"two series in one thread", TwoSeriesInOneThread},
  };
  return *kHabits;
}

}  // namespace patchmilter::simulated
