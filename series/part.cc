#include "series/part.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace patchmilter::series {
namespace {

// A Date this far ahead of the arrival is a lie (clocks are minutes off).
constexpr Seconds kDateAhead = Seconds{24} * 3600;

// The year 9999: so no difference of two times overflows.
constexpr UnixSeconds kEnd = 253402300800;

// A counting token has at most so many digits; a time or a day has more.
constexpr std::size_t kMaxCounterDigits = 4;
constexpr std::size_t kMinNamingDigits = 8;
// "1735787045", "20250102030405".
constexpr std::size_t kMinTimeDigits = 10;

bool AllHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsDigitAscii(c) || (c >= 'a' && c <= 'f');
  });
}

bool HasNamingDigits(std::string_view text) {
  std::size_t run = 0;
  for (const char c : text) {
    run = IsDigitAscii(c) ? run + 1 : 0;
    if (run >= kMinNamingDigits) return true;
  }
  return false;
}

bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigitAscii);
}

bool IsCounter(std::string_view token) {
  return token.size() <= kMaxCounterDigits && AllDigits(token);
}

struct IdForm {
  std::string stem;
  std::optional<std::int64_t> counter;
};

IdForm ReadMessageId(std::string_view message_id) {
  const std::size_t at = message_id.rfind('@');
  const std::string_view local = message_id.substr(0, at);
  std::vector<std::string_view> tokens;  // Each with what stands behind it.
  for (std::size_t begin = 0; begin <= local.size();) {
    const std::size_t end =
        std::min(local.find_first_of("-.", begin), local.size());
    tokens.push_back(local.substr(begin, end - begin));
    begin = end + 1;
  }
  // "time.process-counter-…", as git send-email writes: only the third counts,
  // though the process, or a part of the address, may look like it.
  const bool third = tokens.size() > 3 && tokens[0].size() >= kMinTimeDigits &&
                     AllDigits(tokens[0]) && AllDigits(tokens[1]) &&
                     IsCounter(tokens[2]);
  IdForm form;
  bool counted = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string_view token = tokens[i];
    const char* behind = token.data() + token.size();
    const bool last = i + 1 == tokens.size();
    const bool leading =
        i == 0 && !last && *behind == '.' &&
        (token == "cover" || (token.size() == 40 && AllHex(token)));
    const bool counter = third ? i == 2 : IsCounter(token);
    if (counter || leading) {
      form.stem += '*';
      counted = true;
      if (counter) {
        form.counter = static_cast<std::int64_t>(*ParseUnsigned(token));
      }
    } else {
      form.stem += token;
    }
    if (!last) form.stem += *behind;
  }
  if (!counted || !HasNamingDigits(form.stem)) return {};
  if (at != std::string_view::npos) form.stem += message_id.substr(at);
  return form;
}

// Takes "(v2)" off the end of a title, as some write who cannot write it into
// the brackets. 0 where there is none.
std::int64_t TakeVersion(std::string_view* title) {
  std::string_view rest = TrimRight(*title);
  if (!rest.ends_with(')')) return 0;
  const std::size_t open = rest.rfind('(');
  if (open == std::string_view::npos) return 0;
  const std::string_view word = rest.substr(open + 1, rest.size() - open - 2);
  if (word.size() < 2 || word.size() > 3 || ToLowerAscii(word[0]) != 'v') {
    return 0;
  }
  const auto version = ParseUnsigned(word.substr(1));
  if (!version || *version == 0) return 0;
  *title = rest.substr(0, open);
  return static_cast<std::int64_t>(*version);
}

std::string PosterKey(std::string_view kind, std::string_view text) {
  return std::string(kind) + ToLower(Trim(text));
}

}  // namespace

bool IsPart(const MailFacts& facts) {
  switch (facts.kind) {
    case mime::MailKind::kPatch:
    case mime::MailKind::kCover:
    case mime::MailKind::kUntaggedDiff:
      return true;
    case mime::MailKind::kReply:
    case mime::MailKind::kReplyWithDiff:
    case mime::MailKind::kNotice:
    case mime::MailKind::kPullRequest:
    case mime::MailKind::kOwn:
    case mime::MailKind::kAutomatic:
    case mime::MailKind::kOther:
    case mime::MailKind::kSpam:
      return false;
  }
  return false;
}

Part MakePart(MailFacts facts, Interner* ids, Interner* texts) {
  Part part;
  facts.arrival = std::clamp<UnixSeconds>(facts.arrival, 0, kEnd);
  const auto number = facts.subject.number;
  const auto total = facts.subject.total;
  const bool counted = number && total && *number >= 0 && *total >= 1 &&
                       *number <= kMaxPatches && *total <= kMaxPatches;
  if (facts.kind == mime::MailKind::kCover) {
    part.role = counted ? Part::Role::kCover : Part::Role::kFreeCover;
    part.number = 0;
    part.total = counted ? *total : 0;
  } else if (counted) {
    // Also a diff without a [PATCH] tag: "[tool 1/3]".
    part.role = *number == 0 ? Part::Role::kCover : Part::Role::kNumbered;
    part.number = *number;
    part.total = *total;
  }
  part.date = std::clamp<UnixSeconds>(facts.date, 0, kEnd);
  if (part.date > facts.arrival + kDateAhead) part.date = facts.arrival;
  part.node = ids->Get(facts.message_id);
  const IdForm form = ReadMessageId(facts.message_id);
  if (!form.stem.empty()) {
    part.stem = texts->Get("s:" + form.stem);
    part.counter = form.counter;
  }

  // From is compared as a whole: where the list has munged it, the address
  // alone is everybody's.
  if (!facts.author.email.empty()) {
    part.posters[0] = texts->Get(PosterKey("a:", facts.author.email));
  }
  if (!facts.from.email.empty()) {
    part.posters[1] =
        texts->Get(PosterKey("f:", facts.from.name + "\n" + facts.from.email));
  }
  // A name of one word is too common to tell people apart.
  if (Trim(facts.author.name).find(' ') != std::string_view::npos) {
    part.posters[2] = texts->Get(PosterKey("n:", facts.author.name));
  }
  std::string_view title = facts.subject.title;
  const std::int64_t version = TakeVersion(&title);
  part.title = texts->Get("t:" + NormalTitle(title));
  if (version != 0 && !facts.subject.version_given) {
    facts.subject.version = version;
  }

  const auto add = [&](std::vector<std::uint32_t>* to, const std::string& id) {
    const std::uint32_t node = ids->Get(id);
    // A mail that names itself is not its own parent.
    if (node == 0 || node == part.node) return;
    if (std::find(to->begin(), to->end(), node) == to->end()) {
      to->push_back(node);
    }
  };
  for (const std::string& id : facts.in_reply_to) {
    if (part.parents.size() == kMaxParents) break;
    add(&part.parents, id);
  }
  const std::size_t count = facts.references.size();
  if (part.parents.empty() && count > 0) {
    add(&part.parents, facts.references.back());
  }
  part.ancestors = part.parents;
  for (std::size_t i = 0; i < count; ++i) {
    if (i >= kReferencesAtEnd && i + kReferencesAtEnd < count) {
      i = count - kReferencesAtEnd;
    }
    add(&part.ancestors, facts.references[i]);
  }
  facts.in_reply_to = {};
  facts.references = {};
  part.facts = std::move(facts);
  return part;
}

std::string MessageIdStem(std::string_view message_id) {
  return ReadMessageId(message_id).stem;
}

std::optional<std::int64_t> MessageIdCounter(std::string_view message_id) {
  return ReadMessageId(message_id).counter;
}

std::string NormalTitle(std::string_view title) {
  std::string normal;
  for (const char c : Trim(title)) {
    if (IsSpaceAscii(c)) {
      if (normal.back() != ' ') normal += ' ';
    } else {
      normal += ToLowerAscii(c);
    }
  }
  return normal;
}

bool IsCopy(const Part& a, const Part& b) {
  return a.node != 0 && a.node == b.node && a.role == b.role &&
         a.number == b.number && a.total == b.total &&
         a.facts.subject.version == b.facts.subject.version &&
         a.title == b.title && a.facts.patch_id == b.facts.patch_id;
}

bool PostedBefore(const Part& a, const Part& b) {
  return std::tie(a.date, a.facts.arrival, a.facts.message_id,
                  a.facts.content_hash) < std::tie(b.date, b.facts.arrival,
                                                   b.facts.message_id,
                                                   b.facts.content_hash);
}

}  // namespace patchmilter::series
