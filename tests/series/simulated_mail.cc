#include "tests/series/simulated_mail.h"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <utility>

namespace patchmilter::simulated {
namespace {

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kWordCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::tm Broken(UnixSeconds time) {
  const auto value = static_cast<std::time_t>(time);
  std::tm broken{};
  gmtime_r(&value, &broken);
  return broken;
}

// "20250102"
std::string Day(UnixSeconds time) {
  const std::tm broken = Broken(time);
  return fmt::format("{:04}{:02}{:02}", broken.tm_year + 1900,
                     broken.tm_mon + 1, broken.tm_mday);
}

// "20250102030405"
std::string Moment(UnixSeconds time) {
  const std::tm broken = Broken(time);
  return fmt::format("{}{:02}{:02}{:02}", Day(time), broken.tm_hour,
                     broken.tm_min, broken.tm_sec);
}

std::string MailDate(UnixSeconds time, int zone_minutes) {
  const std::tm broken = Broken(time + Seconds{zone_minutes} * 60);
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed",
                                "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const int zone = zone_minutes < 0 ? -zone_minutes : zone_minutes;
  return fmt::format(
      "{}, {} {} {} {:02}:{:02}:{:02} {}{:02}{:02}",
      kDays.at(static_cast<std::size_t>(broken.tm_wday)), broken.tm_mday,
      kMonths.at(static_cast<std::size_t>(broken.tm_mon)),
      broken.tm_year + 1900, broken.tm_hour, broken.tm_min, broken.tm_sec,
      zone_minutes < 0 ? '-' : '+', zone / 60, zone % 60);
}

std::string_view Host(const Person& person) {
  return std::string_view(person.email).substr(person.email.find('@') + 1);
}

// A signature of `lines` lines, as a header's folded value.
std::string Signature(std::size_t lines, Dice* dice) {
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) {
    text += "\n\t " + dice->Text(64, kBase64);
  }
  return text;
}

const std::vector<std::string>& Words() {
  static const auto* const kWords = new std::vector<std::string>{
      "buffer", "fence",  "queue",  "clock",   "reset", "probe",
      "sensor", "pages",  "irq",    "timeout", "state", "table",
      "lock",   "region", "update", "teardown"};
  return *kWords;
}

std::string CodeLine(Dice* dice) {
  switch (dice->Below(5)) {
    case 0:
      return fmt::format("\tstruct {} *{};", dice->Pick(Words()),
                         dice->Pick(Words()));
    case 1:
      return fmt::format("\t{}_{}({}, {});", dice->Pick(Words()),
                         dice->Pick(Words()), dice->Pick(Words()),
                         dice->Below(4096));
    case 2:
      return fmt::format("\tif (!{}->{})", dice->Pick(Words()),
                         dice->Pick(Words()));
    case 3:
      return fmt::format("\t\treturn -{};", dice->Pick(Words()));
    default:
      return fmt::format("\t{}->{} = {};", dice->Pick(Words()),
                         dice->Pick(Words()), dice->Below(100000));
  }
}

}  // namespace

std::int64_t Dice::Below(std::int64_t bound) {
  return static_cast<std::int64_t>(engine_() %
                                   static_cast<std::uint64_t>(bound));
}

std::int64_t Dice::Between(std::int64_t low, std::int64_t high) {
  return low + Below(high - low + 1);
}

std::string Dice::Text(std::size_t count, std::string_view alphabet) {
  std::string text(count, ' ');
  for (char& c : text) {
    c = alphabet[static_cast<std::size_t>(
        Below(static_cast<std::int64_t>(alphabet.size())))];
  }
  return text;
}

Person MakePerson(Dice* dice) {
  static const std::vector<std::string> kGiven = {
      "Ann", "Bo", "Cyd", "Dee", "Eli", "Fay", "Gus", "Hal", "Ida", "Jo"};
  std::string given = dice->Pick(kGiven);
  std::string family = dice->Text(7, kLetters);
  std::string email = given + "." + family + "@" + dice->Text(4, kLetters) +
                      (dice->Percent(50) ? ".example" : ".example.org");
  for (char& c : email) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  family[0] = static_cast<char>(family[0] - 'a' + 'A');
  return {given + " " + family, std::move(email)};
}

std::vector<std::string> MakeIds(IdStyle style, const Person& poster,
                                 std::string_view topic, std::int64_t version,
                                 std::size_t last, bool cover, UnixSeconds time,
                                 Dice* dice) {
  const std::string process = std::to_string(dice->Between(1000, 4000000));
  const std::string posting = dice->Hex(12);
  const std::int64_t spread = dice->Below(900);
  std::vector<std::string> ids;
  for (std::size_t k = 0; k <= last; ++k) {
    const std::size_t counted = cover ? k + 1 : k;
    switch (style) {
      case IdStyle::kSendEmail:
        ids.push_back(fmt::format("{}.{}-{}-{}", Moment(time), process, counted,
                                  poster.email));
        break;
      case IdStyle::kOldSendEmail:
        ids.push_back(fmt::format("{}-{}-{}-git-send-email-{}", time, process,
                                  counted, poster.email));
        break;
      case IdStyle::kTopic:
        ids.push_back(fmt::format("{}-{}-v{}-{}-{}@{}", Day(time), topic,
                                  version, k, posting, Host(poster)));
        break;
      case IdStyle::kHash:
        ids.push_back(fmt::format("{}.{}.git.{}",
                                  k == 0 ? "cover" : dice->Hex(40), time,
                                  poster.email));
        break;
      case IdStyle::kNumberFirst:
        ids.push_back(fmt::format("{}-v{}-{}+{:x}-{}_{}", k, version, posting,
                                  spread, topic, poster.email));
        break;
      case IdStyle::kStack:
        ids.push_back(fmt::format("{}{:02}.{}.{}.stgit@{}",
                                  time + static_cast<UnixSeconds>(k),
                                  dice->Below(100), process,
                                  dice->Text(19, "123456789"), Host(poster)));
        break;
      case IdStyle::kQuilt:
        ids.push_back(fmt::format("{}.{}@{}",
                                  Moment(time + static_cast<UnixSeconds>(k)),
                                  dice->Text(9, "0123456789"), Host(poster)));
        break;
      case IdStyle::kRandom:
        ids.push_back(fmt::format("{}@{}", dice->Text(16, kWordCharacters),
                                  Host(poster)));
        break;
      case IdStyle::kRelay:
        ids.push_back(fmt::format("{}-{}-4b20-b448-{}-000000@relay.example",
                                  dice->Hex(16), dice->Hex(8), dice->Hex(12)));
        break;
    }
  }
  return ids;
}

std::string MakeScope(Dice* dice) {
  return dice->Text(3, kLetters) + "/" + dice->Text(4, kLetters);
}

std::string MakeTitle(std::string_view scope, Dice* dice) {
  static const std::vector<std::string> kVerbs = {
      "fix", "add", "remove", "rework", "simplify", "document", "guard"};
  return fmt::format("{}: {} {} of {} {}", scope, dice->Pick(kVerbs),
                     dice->Pick(Words()), dice->Pick(Words()),
                     dice->Text(5, kLetters));
}

std::string MakePatchText(const Person& author, Dice* dice) {
  std::string text;
  for (std::int64_t i = dice->Between(2, 12); i > 0; --i) {
    text +=
        fmt::format("The {} of the {} is not kept while the {} is under {}.\n",
                    dice->Pick(Words()), dice->Pick(Words()),
                    dice->Pick(Words()), dice->Pick(Words()));
  }
  const std::string path =
      fmt::format("drivers/{}/{}.c", dice->Pick(Words()), dice->Pick(Words()));
  const std::int64_t hunks = dice->Between(1, 6);
  const std::int64_t added = dice->Between(1, 12);
  text += fmt::format(
      "\nSigned-off-by: {} <{}>\n---\n {} | {} +-\n"
      " 1 file changed, {} insertions(+), {} deletions(-)\n\n",
      author.name, author.email, path, hunks * (added + 1), hunks * added,
      hunks);
  text += fmt::format(
      "diff --git a/{0} b/{0}\nindex {1}..{2} 100644\n--- a/{0}\n+++ b/{0}\n",
      path, dice->Hex(12), dice->Hex(12));
  std::int64_t line = 10;
  std::int64_t shift = 0;
  for (std::int64_t hunk = 0; hunk < hunks; ++hunk) {
    text += fmt::format("@@ -{},7 +{},{} @@ static int {}_{}(void)\n", line,
                        line + shift, 6 + added, dice->Pick(Words()),
                        dice->Pick(Words()));
    for (int i = 0; i < 3; ++i) text += " " + CodeLine(dice) + "\n";
    text += "-" + CodeLine(dice) + "\n";
    for (std::int64_t i = 0; i < added; ++i) {
      text += "+" + CodeLine(dice) + "\n";
    }
    for (int i = 0; i < 3; ++i) text += " " + CodeLine(dice) + "\n";
    line += dice->Between(20, 200);
    shift += added - 1;
  }
  return text + "-- \n2.43.0\n\n";
}

std::string MakeCoverText(std::int64_t patches, Dice* dice) {
  std::string text = "Hi,\n\n";
  for (std::int64_t i = dice->Between(3, 20); i > 0; --i) {
    text += fmt::format("This series keeps the {} while the {} is set.\n",
                        dice->Pick(Words()), dice->Pick(Words()));
  }
  text += "\n";
  for (std::int64_t i = 0; i < patches; ++i) {
    text += fmt::format("  {}: {}\n", dice->Pick(Words()), dice->Pick(Words()));
  }
  return text + fmt::format(
                    "\n drivers/{}.c | {} +-\n 1 file changed, "
                    "{} insertions(+), 1 deletion(-)\n\n-- \n2.43.0\n\n",
                    dice->Pick(Words()), patches + 1, patches);
}

std::string MakeReplyText(std::string_view answered, Dice* dice) {
  std::string text = "On Thu, somebody wrote:\n";
  std::size_t at = 0;
  for (int i = 0; i < 25 && at < answered.size(); ++i) {
    const std::size_t end = std::min(answered.find('\n', at), answered.size());
    text += "> ";
    text += answered.substr(at, end - at);
    text += '\n';
    at = end + 1;
  }
  text += "\n";
  for (std::int64_t i = dice->Between(1, 6); i > 0; --i) {
    text += fmt::format("Why is the {} of the {} not taken here?\n",
                        dice->Pick(Words()), dice->Pick(Words()));
  }
  return text;
}

std::string Render(const Draft& draft, const ListHabits& list, Dice* dice) {
  const std::string list_address = list.name + "@lists.example";
  std::string tag = list.name;
  if (!tag.empty() && tag[0] >= 'a' && tag[0] <= 'z') {
    tag[0] = static_cast<char>(tag[0] - 'a' + 'A');
  }
  std::string raw = fmt::format(
      "Return-Path: <{}-bounces@lists.example>\n"
      "Delivered-To: archive@mirror.example\n"
      "Received: from lists.example (lists.example [192.0.2.{}])\n"
      "\tby mirror.example (Postfix) with ESMTPS id {}\n"
      "\tfor <archive@mirror.example>; {} (UTC)\n",
      list.name, dice->Below(255), dice->Text(10, kWordCharacters),
      MailDate(draft.arrival, 0));
  raw += fmt::format(
      "ARC-Seal: i=1; a=rsa-sha256; d=mirror.example; s=arc; cv=none; "
      "t={}; b={}\n",
      draft.arrival, Signature(5, dice));
  raw += fmt::format(
      "ARC-Message-Signature: i=1; a=rsa-sha256; d=mirror.example;\n"
      "\th=From:To:Cc:Subject:Date:Message-ID:MIME-Version:Content-Type;"
      " bh={};\n\tb={}\n",
      dice->Text(43, kBase64) + "=", Signature(5, dice));
  raw += fmt::format(
      "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d={};\n"
      "\ts=mail; t={}; h=from:to:cc:subject:date:message-id; bh={};\n\tb={}\n",
      Host(draft.from), draft.date, dice->Text(43, kBase64) + "=",
      Signature(5, dice));
  for (int hop = 0; hop < 4; ++hop) {
    raw += fmt::format(
        "Received: from h{}.example (unknown [198.51.100.{}])\n"
        "\tby h{}.example (Postfix) with ESMTP id {}; {} (UTC)\n",
        hop, dice->Below(255), hop + 1, dice->Text(10, kWordCharacters),
        MailDate(draft.arrival - 1 - hop, 0));
  }
  const std::string quoted = draft.from.name.find('.') != std::string::npos
                                 ? "\"" + draft.from.name + "\""
                                 : draft.from.name;
  if (list.munges_from) {
    raw += fmt::format("From: {} via {} <{}>\nReply-To: {} <{}>\n",
                       draft.from.name, tag, list_address, quoted,
                       draft.from.email);
  } else {
    raw += fmt::format("From: {} <{}>\n", quoted, draft.from.email);
  }
  raw += fmt::format("To: {}\nCc: somebody@else.example\n", list_address);
  raw += "Subject: ";
  if (list.tags_subjects) raw += "[" + tag + "] ";
  raw += draft.subject + "\n";
  raw += fmt::format("Date: {}\n", MailDate(draft.date, draft.zone_minutes));
  if (!draft.id.empty()) raw += fmt::format("Message-ID: <{}>\n", draft.id);
  if (!draft.parent.empty()) {
    raw += fmt::format("In-Reply-To: <{}>\n", draft.parent);
  }
  if (!draft.references.empty()) {
    raw += "References:";
    for (const std::string& id : draft.references) {
      raw += fmt::format(" <{}>\n", id);
    }
  }
  for (const std::string& header : draft.headers) raw += header + "\n";
  raw += fmt::format(
      "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
      "Content-Transfer-Encoding: 8bit\nList-Id: <{}.lists.example>\n"
      "List-Post: <mailto:{}>\nPrecedence: list\n\n",
      list.name, list_address);
  raw += draft.text;
  if (list.adds_footer) {
    raw += fmt::format(
        "_______________________________________________\n"
        "{} mailing list\n{}\nhttps://lists.example/mailman/listinfo/{}\n",
        tag, list_address, list.name);
  }
  return raw;
}

}  // namespace patchmilter::simulated
