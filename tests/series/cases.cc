// Longer than other files because it is a table: each case is its mails and
// what they must become, and a case is looked for by what stands beside it.
#include "tests/series/cases.h"

#include <algorithm>
#include <cctype>
#include <map>

namespace patchmilter::series {
namespace {

constexpr UnixSeconds kStart = 1735776000;  // 2025-01-02.

mime::Address AddressOf(const std::string& name) {
  std::string upper = name;
  upper[0] = static_cast<char>(std::toupper(upper[0]));
  return {upper + " Example", name + "@" + name.substr(0, 1) + ".example"};
}

}  // namespace

Post::Post(std::string id, int k, int n) {
  facts_.message_id = std::move(id);
  facts_.list = "dev";
  facts_.subject.patch = true;
  if (n > 0) {
    facts_.subject.number = k;
    facts_.subject.total = n;
  }
  const bool cover = k == 0 && n > 0;
  facts_.kind = cover ? mime::MailKind::kCover : mime::MailKind::kPatch;
  facts_.has_diff = !cover;
  facts_.patch_id = cover ? "" : "patch-of-" + facts_.message_id;
  facts_.subject.title = "scope: title of " + facts_.message_id;
  facts_.content_hash = "content-of-" + facts_.message_id;
  facts_.author = facts_.from = AddressOf("ann");
  facts_.date = kStart;
  facts_.arrival = kStart + 30;
}

Post Post::Version(int version) const {
  Post post = *this;
  post.facts_.subject.version = version;
  post.facts_.subject.version_given = true;
  return post;
}
Post Post::By(const std::string& author) const {
  Post post = *this;
  post.facts_.author = post.facts_.from = AddressOf(author);
  return post;
}
Post Post::From(const std::string& name) const {
  Post post = *this;
  post.facts_.from = AddressOf(name);
  return post;
}
Post Post::Address(const std::string& email) const {
  Post post = *this;
  post.facts_.author.email = post.facts_.from.email = email;
  return post;
}
Post Post::Minute(double minutes) const {
  Post post = *this;
  post.facts_.date = kStart + static_cast<Seconds>(minutes * 60);
  post.facts_.arrival = post.facts_.date + 30;
  return post;
}
Post Post::Arrives(double minutes) const {
  Post post = *this;
  post.facts_.arrival = kStart + static_cast<Seconds>(minutes * 60);
  return post;
}
Post Post::Answers(std::vector<std::string> ids) const {
  Post post = *this;
  post.facts_.in_reply_to = {ids.back()};
  post.facts_.references = std::move(ids);
  return post;
}
Post Post::Title(std::string title) const {
  Post post = *this;
  post.facts_.subject.title = std::move(title);
  return post;
}
Post Post::Kind(mime::MailKind kind) const {
  Post post = *this;
  post.facts_.kind = kind;
  return post;
}
Post Post::Content(std::string hash) const {
  Post post = *this;
  post.facts_.content_hash = std::move(hash);
  return post;
}
Post Post::PatchId(std::string patch_id) const {
  Post post = *this;
  post.facts_.patch_id = std::move(patch_id);
  return post;
}
Post Post::ChangeId(std::string change_id) const {
  Post post = *this;
  post.facts_.change_id = std::move(change_id);
  return post;
}
Post Post::Hint(std::string hint) const {
  Post post = *this;
  post.facts_.subject.hints.push_back(std::move(hint));
  return post;
}
Post Post::Resend() const {
  Post post = *this;
  post.facts_.subject.resend = true;
  return post;
}
Post Post::Named(std::string message_id) const {
  Post post = *this;
  post.facts_.message_id = std::move(message_id);
  return post;
}

std::vector<MailFacts> FactsOf(const Case& a_case) {
  std::vector<MailFacts> facts;
  for (const Post& post : a_case.posts) {
    facts.push_back(post.facts());
    facts.back().id = static_cast<MailId>(facts.size());
  }
  return facts;
}

std::vector<std::string> Describe(const Grouper& grouper,
                                  const std::vector<MailFacts>& facts) {
  std::map<MailId, std::string> names;
  for (const MailFacts& mail : facts) names[mail.id] = mail.message_id;
  std::vector<std::string> lines;
  for (const Series* series : grouper.All()) {
    std::string line = "v" + std::to_string(series->version) + " of " +
                       std::to_string(series->expected) + ":";
    if (series->cover) line += " cover=" + names[*series->cover];
    for (const auto& [number, mail] : series->patches) {
      line += " " + std::to_string(number) + "=" + names[mail];
    }
    const auto missing = series->Missing();
    if (!missing.empty()) {
      line += "; missing";
      for (const std::int64_t number : missing) {
        line += " " + std::to_string(number);
      }
    }
    if (series->previous) {
      line += "; after " + names[grouper.Find(*series->previous)->root()];
    }
    if (series->superseded_by) {
      line += "; before " + names[grouper.Find(*series->superseded_by)->root()];
    }
    if (series->partial_reroll) line += "; re-rolls";
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

const std::vector<Case>& Cases() {
  using mime::MailKind;
  static const auto* const kCases = new std::vector<Case>{
      {"shallow threading, in order",
       {Post("c", 0, 2), Post("a", 1, 2).Answers({"c"}).Minute(0.1),
        Post("b", 2, 2).Answers({"c"}).Minute(0.2)},
       {"v1 of 2: cover=c 1=a 2=b"}},
      {"deep threading, out of order, cover last",
       {Post("b", 2, 3).Answers({"c", "a"}).Minute(0.2),
        Post("d", 3, 3).Answers({"c", "a", "b"}).Minute(0.3),
        Post("a", 1, 3).Answers({"c"}).Minute(0.1), Post("c", 0, 3)},
       {"v1 of 3: cover=c 1=a 2=b 3=d"}},
      {"deep threading, the middle is lost",
       {Post("c", 0, 3), Post("a", 1, 3).Answers({"c"}).Minute(0.1),
        Post("d", 3, 3).Answers({"c", "a", "lost"}).Minute(600)},
       {"v1 of 3: cover=c 1=a 3=d; missing 2"}},
      {"no cover, the others answer the first",
       {Post("a", 1, 3), Post("b", 2, 3).Answers({"a"}).Minute(0.1),
        Post("d", 3, 3).Answers({"a"}).Minute(0.2)},
       {"v1 of 3: 1=a 2=b 3=d"}},
      {"the cover is lost, the patches answer it",
       {Post("a", 1, 2).Answers({"c"}),
        Post("b", 2, 2).Answers({"c"}).Minute(500)},
       {"v1 of 2: 1=a 2=b"}},
      {"one patch, and the same mail again",
       {Post("a", 0, 0), Post("a", 0, 0).Arrives(90)},
       {"v1 of 1: 1=a"}},
      {"the same mail by another list, with a footer",
       {Post("a", 1, 2), Post("a", 1, 2).Content("footer").Arrives(3),
        Post("b", 2, 2).Answers({"a"}).Minute(0.1)},
       {"v1 of 2: 1=a 2=b"}},
      {"one id for two versions",
       {Post("a", 0, 0).Title("x: y"),
        Post("a", 0, 0).Title("x: y").Version(2).Content("v2").Minute(90)},
       {"v1 of 1: 1=a; before a", "v2 of 1: 1=a; after a"}},
      {"one id for two patches of one place",
       {Post("a", 1, 2), Post("b", 2, 2).Answers({"a"}).Minute(0.1),
        Post("b", 2, 2).Answers({"a"}).Content("other").PatchId("other").Minute(
            300)},
       {"v1 of 2: 1=a 2=b", "v1 of 2: 2=b; missing 1; after a; re-rolls"}},
      {"empty Message-IDs are no common mark",
       {Post("", 1, 2).Content("1"), Post("", 2, 2).Content("2").Minute(0.1),
        Post("", 1, 2).By("bob").Content("3")},
       {"v1 of 2: 1= 2=", "v1 of 2: 1=; missing 2"}},
      {"kinds that are never patches",
       {Post("c", 0, 2), Post("a", 1, 2).Answers({"c"}).Minute(0.1),
        Post("b", 2, 2).Answers({"c"}).Minute(0.2).Kind(
            MailKind::kReplyWithDiff),
        Post("d", 2, 2).Answers({"c"}).Minute(0.2).Kind(MailKind::kNotice),
        Post("e", 2, 2).Answers({"c"}).Minute(0.2).Kind(MailKind::kOwn),
        Post("f", 2, 2).Answers({"c"}).Minute(0.2).Kind(MailKind::kAutomatic),
        Post("g", 2, 2).Answers({"c"}).Minute(0.2).Kind(MailKind::kPullRequest),
        Post("h", 2, 2).Answers({"c"}).Minute(0.2).Kind(MailKind::kReply),
        Post("i", 2, 2).Answers({"c"}).Minute(0.2).Kind(MailKind::kOther)},
       {"v1 of 2: cover=c 1=a; missing 2"}},
      {"a diff without a tag stands where its number says",
       {Post("c", 0, 2), Post("a", 1, 2).Answers({"c"}).Minute(0.1),
        Post("b", 2, 2).Answers({"c"}).Minute(0.2).Kind(
            MailKind::kUntaggedDiff)},
       {"v1 of 2: cover=c 1=a 2=b"}},

      // Where the peers go wrong.
      {"1: both parts of v2 answer the cover of v1",
       {Post("c", 0, 2), Post("a1", 1, 2).Answers({"c"}).Minute(0.1),
        Post("b1", 2, 2).Answers({"c"}).Minute(0.2),
        Post("a2", 1, 2).Version(2).Answers({"c"}).Minute(1500),
        Post("b2", 2, 2).Version(2).Answers({"c"}).Minute(1500.1)},
       {"v1 of 2: cover=c 1=a1 2=b1; before a2",
        "v2 of 2: 1=a2 2=b2; after c"}},
      {"2: the cover of v2 answers 1/3 of an incomplete v1",
       {Post("a1", 1, 3), Post("b1", 2, 3).Answers({"a1"}).Minute(0.1),
        Post("c2", 0, 3).Version(2).Answers({"a1"}).Minute(1500),
        Post("a2", 1, 3).Version(2).Answers({"a1", "c2"}).Minute(1500.1),
        Post("b2", 2, 3).Version(2).Answers({"a1", "c2"}).Minute(1500.2),
        Post("d2", 3, 3).Version(2).Answers({"a1", "c2"}).Minute(1500.3)},
       {"v1 of 3: 1=a1 2=b1; missing 3; before c2",
        "v2 of 3: cover=c2 1=a2 2=b2 3=d2; after a1"}},
      {"3: a stranger's 2/3 for the cover, before the author's own",
       {Post("c", 0, 3), Post("a", 1, 3).Answers({"c"}).Minute(0.1),
        Post("s", 2, 3).By("sam").Answers({"c"}).Minute(5),
        Post("b", 2, 3).Answers({"c"}).Minute(0.2).Arrives(7),
        Post("d", 3, 3).Answers({"c"}).Minute(0.3).Arrives(8)},
       {"v1 of 3: 2=s; missing 1 3", "v1 of 3: cover=c 1=a 2=b 3=d"}},
      {"3: a stranger's 2/3 for the cover, where the own is lost",
       {Post("c", 0, 3), Post("a", 1, 3).Answers({"c"}).Minute(0.1),
        Post("d", 3, 3).Answers({"c"}).Minute(0.3),
        Post("s", 2, 3).By("sam").Answers({"c"}).Minute(60)},
       {"v1 of 3: 2=s; missing 1 3", "v1 of 3: cover=c 1=a 3=d; missing 2"}},
      {"3: a stranger's 2/3 for the cover, at once",
       {Post("c", 0, 3), Post("a", 1, 3).Answers({"c"}).Minute(0.1),
        Post("s", 2, 3).By("sam").Answers({"c"}).Minute(0.5),
        Post("d", 3, 3).Answers({"c"}).Minute(0.3).Arrives(3)},
       {"v1 of 3: 2=s; missing 1 3", "v1 of 3: cover=c 1=a 3=d; missing 2"}},
      {"3: a 2/2 in the author's name, from another address, comes first",
       {Post("c", 0, 2), Post("a", 1, 2).Answers({"c"}).Minute(0.1),
        Post("s", 2, 2).Address("eve@e.example").Answers({"c"}).Minute(0.1),
        Post("b", 2, 2).Answers({"c"}).Minute(9)},
       {"v1 of 2: 2=s; missing 1", "v1 of 2: cover=c 1=a 2=b"}},
      {"3: one person posts from two addresses",
       {Post("c", 0, 2), Post("a", 1, 2).Answers({"c"}).Minute(0.1),
        Post("b", 2, 2).Address("ann@home.example").Answers({"c"}).Minute(9)},
       {"v1 of 2: cover=c 1=a 2=b"}},
      {"4: a 4/3 does not stand for 3/3",
       {Post("a", 1, 3), Post("b", 2, 3).Answers({"a"}).Minute(0.1),
        Post("e", 4, 3).Answers({"a"}).Minute(30)},
       {"v1 of 3: 1=a 2=b 4=e; missing 3"}},
      {"4: and then 3/3 comes",
       {Post("a", 1, 3), Post("b", 2, 3).Answers({"a"}).Minute(0.1),
        Post("e", 4, 3).Answers({"a"}).Minute(30),
        Post("d", 3, 3).Answers({"a"}).Minute(0.2).Arrives(60)},
       {"v1 of 3: 1=a 2=b 3=d 4=e"}},
      {"5: two authors answer one bug mail",
       {Post("bug", 0, 0).Kind(MailKind::kOther),
        Post("a", 1, 2).Answers({"bug"}).Minute(10),
        Post("x", 1, 2).By("bob").Answers({"bug"}).Minute(10.1),
        Post("b", 2, 2).Answers({"bug"}).Minute(10.2),
        Post("y", 2, 2).By("bob").Answers({"bug"}).Minute(10.3)},
       {"v1 of 2: 1=a 2=b", "v1 of 2: 1=x 2=y"}},
      {"6: two unthreaded series of one author in the same second",
       {Post("20250102000000.11-1-ann@a.example", 1, 2),
        Post("20250102000000.22-1-ann@a.example", 1, 2),
        Post("20250102000000.22-2-ann@a.example", 2, 2),
        Post("20250102000000.11-2-ann@a.example", 2, 2)},
       {"v1 of 2: 1=20250102000000.11-1-ann@a.example "
        "2=20250102000000.11-2-ann@a.example",
        "v1 of 2: 1=20250102000000.22-1-ann@a.example "
        "2=20250102000000.22-2-ann@a.example"}},
      {"6: the ids say nothing, the titles do",
       {Post("p", 1, 2).Title("net: one"), Post("q", 1, 2).Title("usb: one"),
        Post("r", 2, 2).Title("usb: two"), Post("s", 2, 2).Title("net: two")},
       {"v1 of 2: 1=p 2=s", "v1 of 2: 1=q 2=r"}},
      {"6: counts differ",
       {Post("p", 1, 2), Post("q", 1, 3), Post("r", 2, 3), Post("s", 2, 2)},
       {"v1 of 2: 1=p 2=s", "v1 of 3: 1=q 2=r; missing 3"}},
      {"7: the last part has no diff",
       {Post("a", 1, 2),
        Post("b", 2, 2).Answers({"a"}).Minute(0.1).Kind(MailKind::kReply)},
       {"v1 of 2: 1=a; missing 2"}},
      {"8: Dates a day apart, threaded",
       {Post("a", 1, 3), Post("b", 2, 3).Answers({"a"}).Minute(1500),
        Post("d", 3, 3).Answers({"a"}).Minute(3000)},
       {"v1 of 3: 1=a 2=b 3=d"}},
      {"8: authors differ, no cover, threaded",
       {Post("a", 1, 3), Post("b", 2, 3).By("bob").Answers({"a"}).Minute(0.1),
        Post("d", 3, 3).By("cyd").Answers({"a"}).Minute(0.2)},
       {"v1 of 3: 1=a 2=b 3=d"}},
      {"8: a maintainer sends others' patches",
       {Post("a", 1, 3).By("bob").From("max"),
        Post("b", 2, 3).By("cyd").From("max").Minute(0.1),
        Post("d", 3, 3).By("max").Minute(0.2)},
       {"v1 of 3: 1=a 2=b 3=d"}},
      {"8: a maintainer's script sends others' patches under a cover",
       {Post("c", 0, 2).By("max"),
        Post("a", 1, 2).By("bob").Answers({"c"}).Minute(0.1),
        Post("b", 2, 2).By("cyd").Answers({"c"}).Minute(0.2)},
       {"v1 of 2: cover=c 1=a 2=b"}},
      {"8: the same, and a namesake of the cover's poster answers it",
       {Post("c", 0, 3).By("max"),
        Post("a", 1, 3).By("bob").Answers({"c"}).Minute(0.1),
        Post("b", 2, 3).By("cyd").Answers({"c"}).Minute(0.2),
        Post("d", 3, 3)
            .By("max")
            .Address("max@other.example")
            .Answers({"c"})
            .Minute(0.3)},
       {"v1 of 3: cover=c 1=a 2=b 3=d"}},
      {"9: v2 2/3 alone, for the original 2/3",
       {Post("c", 0, 3), Post("a", 1, 3).Answers({"c"}).Minute(0.1),
        Post("b", 2, 3).Answers({"c"}).Minute(0.2),
        Post("d", 3, 3).Answers({"c"}).Minute(0.3),
        Post("b2", 2, 3).Version(2).Answers({"c", "b"}).Minute(700)},
       {"v1 of 3: cover=c 1=a 2=b 3=d",
        "v2 of 3: 2=b2; missing 1 3; after c; re-rolls"}},
      {"9: then v3 comes whole, and supersedes both",
       {Post("a", 1, 2), Post("b", 2, 2).Answers({"a"}).Minute(0.2),
        Post("b2", 2, 2).Version(2).Answers({"a", "b"}).Minute(700),
        Post("a3", 1, 2).Version(3).Answers({"a", "b", "b2"}).Minute(900),
        Post("b3", 2, 2).Version(3).Answers({"a", "b", "b2"}).Minute(900.1)},
       {"v1 of 2: 1=a 2=b; before a3",
        "v2 of 2: 2=b2; missing 1; after a; before a3; re-rolls",
        "v3 of 2: 1=a3 2=b3; after b2"}},
      {"10: a second mail for a taken place",
       {Post("20250102000000.11-1-ann@a.example", 0, 2),
        Post("20250102000000.11-2-ann@a.example", 1, 2)
            .Answers({"20250102000000.11-1-ann@a.example"})
            .Minute(0.1),
        Post("again", 2, 2)
            .Answers({"20250102000000.11-1-ann@a.example"})
            .Minute(4),
        Post("20250102000000.11-3-ann@a.example", 2, 2)
            .Answers({"20250102000000.11-1-ann@a.example"})
            .Minute(0.2)
            .Arrives(50)},
       {"v1 of 2: 2=again; missing 1",
        "v1 of 2: cover=20250102000000.11-1-ann@a.example "
        "1=20250102000000.11-2-ann@a.example "
        "2=20250102000000.11-3-ann@a.example"}},
      {"10: two files for one place in one posting",
       {Post("20250102000000.11-4-ann@a.example", 2, 3)
            .Answers({"20250102000000.11-1-ann@a.example"})
            .Minute(0.06),
        Post("20250102000000.11-2-ann@a.example", 1, 3)
            .Answers({"20250102000000.11-1-ann@a.example"})
            .Minute(0.02),
        Post("20250102000000.11-3-ann@a.example", 2, 3)
            .Answers({"20250102000000.11-1-ann@a.example"})
            .Minute(0.04)
            .Arrives(2),
        Post("20250102000000.11-1-ann@a.example", 0, 3),
        Post("20250102000000.11-5-ann@a.example", 3, 3)
            .Answers({"20250102000000.11-1-ann@a.example"})
            .Minute(0.08)},
       {"v1 of 3: 2=20250102000000.11-3-ann@a.example; missing 1 3",
        "v1 of 3: cover=20250102000000.11-1-ann@a.example "
        "1=20250102000000.11-2-ann@a.example "
        "2=20250102000000.11-4-ann@a.example "
        "3=20250102000000.11-5-ann@a.example"}},
      {"one run sends two directories: the numbers start again",
       {Post("20250102000000.11-1-ann@a.example", 1, 2),
        Post("20250102000000.11-2-ann@a.example", 2, 2).Minute(0.02),
        Post("20250102000000.11-3-ann@a.example", 1, 2).Minute(0.04),
        Post("20250102000000.11-4-ann@a.example", 2, 2).Minute(0.06)},
       {"v1 of 2: 1=20250102000000.11-1-ann@a.example "
        "2=20250102000000.11-2-ann@a.example",
        "v1 of 2: 1=20250102000000.11-3-ann@a.example "
        "2=20250102000000.11-4-ann@a.example"}},
      {"two parts sent again by hand, each for its original",
       {Post("20250102000000.11-1-ann@a.example", 1, 3),
        Post("20250102000000.11-2-ann@a.example", 2, 3)
            .Answers({"20250102000000.11-1-ann@a.example"})
            .Minute(0.02),
        Post("20250102000000.11-3-ann@a.example", 3, 3)
            .Answers({"20250102000000.11-1-ann@a.example"})
            .Minute(0.04),
        Post("20250103000000.22-1-ann@a.example", 1, 3)
            .Answers({"20250102000000.11-1-ann@a.example"})
            .Minute(1440),
        Post("20250103000300.33-1-ann@a.example", 3, 3)
            .Answers({"20250102000000.11-3-ann@a.example"})
            .Minute(1443)},
       {"v1 of 3: 1=20250102000000.11-1-ann@a.example "
        "2=20250102000000.11-2-ann@a.example "
        "3=20250102000000.11-3-ann@a.example",
        "v1 of 3: 1=20250103000000.22-1-ann@a.example "
        "3=20250103000300.33-1-ann@a.example; missing 2; after "
        "20250102000000.11-1-ann@a.example; re-rolls"}},
      {"11: two series of one version in one thread",
       {Post("a", 1, 3).Version(3),
        Post("b", 2, 3).Version(3).Answers({"a"}).Minute(0.1),
        Post("d", 3, 3).Version(3).Answers({"a"}).Minute(0.2),
        Post("x", 1, 2).Version(3).Answers({"a"}).Minute(60),
        Post("y", 2, 2).Version(3).Answers({"a"}).Minute(60.1)},
       {"v3 of 2: 1=x 2=y", "v3 of 3: 1=a 2=b 3=d"}},
      {"11: unnumbered patches in one thread are not versions",
       {Post("a", 0, 0), Post("b", 0, 0).Answers({"a"}).Minute(1),
        Post("d", 0, 0).Answers({"a", "b"}).Minute(2)},
       {"v1 of 1: 1=a", "v1 of 1: 1=b", "v1 of 1: 1=d"}},
      {"12: sent three times in one thread without a new number",
       {Post("a1", 1, 2).Title("x: one"),
        Post("b1", 2, 2).Title("x: two").Answers({"a1"}).Minute(0.1),
        Post("a2", 1, 2).Title("x: one").Answers({"a1"}).Minute(200),
        Post("b2", 2, 2).Title("x: two").Answers({"a1"}).Minute(200.1),
        Post("a3", 1, 2).Title("x: one").Answers({"a1"}).Minute(500),
        Post("b3", 2, 2).Title("x: two").Answers({"a1"}).Minute(500.1)},
       {"v1 of 2: 1=a1 2=b1; before a2",
        "v1 of 2: 1=a2 2=b2; after a1; before a3",
        "v1 of 2: 1=a3 2=b3; after a2"}},
      {"13: the root is a patch without a number",
       {Post("root", 0, 0), Post("a", 1, 2).Answers({"root"}).Minute(0.1),
        Post("b", 2, 2).Answers({"root"}).Minute(0.2)},
       {"v1 of 1: 1=root", "v1 of 2: 1=a 2=b"}},
      {"13: a cover that holds a diff",
       {Post("c", 0, 2).Kind(MailKind::kPatch),
        Post("a", 1, 2).Answers({"c"}).Minute(0.1),
        Post("b", 2, 2).Answers({"c"}).Minute(0.2)},
       {"v1 of 2: cover=c 1=a 2=b"}},
      {"14: a relay rewrote the ids, every part has a thread of its own",
       {Post("r0", 0, 3), Post("r1", 1, 3).Answers({"gone0"}).Minute(0.1),
        Post("r2", 2, 3).Answers({"gone1"}).Minute(0.2),
        Post("r3", 3, 3).Answers({"gone2"}).Minute(0.3)},
       {"v1 of 3: cover=r0 1=r1 2=r2 3=r3"}},

      {"the cover gives another count",
       {Post("c", 0, 8), Post("a", 1, 2).Answers({"c"}).Minute(0.1),
        Post("b", 2, 2).Answers({"c"}).Minute(0.2)},
       {"v1 of 2: cover=c 1=a 2=b"}},
      {"a cover without a count",
       {Post("c", 0, 0).Kind(MailKind::kCover),
        Post("a", 1, 2).Answers({"c"}).Minute(0.1),
        Post("b", 2, 2).Answers({"c"}).Minute(0.2)},
       {"v1 of 2: cover=c 1=a 2=b"}},
      {"a cover without a count, and without patches, is nothing",
       {Post("c", 0, 0).Kind(MailKind::kCover)},
       {}},
      {"a Date in the year 2085",
       {Post("a", 1, 2).Minute(0.1),
        Post("b", 2, 2).Minute(31536000).Arrives(0.3)},
       {"v1 of 2: 1=a 2=b"}},
      {"held by a moderator for months, let out in any order",
       {Post("b", 2, 2).Minute(0.2).Arrives(200000),
        Post("y", 2, 2).Minute(5000.2).Arrives(200000),
        Post("x", 1, 2).Minute(5000).Arrives(200000),
        Post("a", 1, 2).Minute(0).Arrives(200000)},
       {"v1 of 2: 1=a 2=b", "v1 of 2: 1=x 2=y"}},
      {"revisions by change-id, though all else differs",
       {Post("a", 0, 0).ChangeId("topic-1").Title("x"),
        Post("b", 1, 2).ChangeId("topic-1").Version(2).Title("y").Minute(9000),
        Post("d", 2, 2).Version(2).Answers({"b"}).Minute(9000.1)},
       {"v1 of 1: 1=a; before b", "v2 of 2: 1=b 2=d; after a"}},
      {"a stranger's change-id makes no revision",
       {Post("a", 1, 2).ChangeId("topic-1").Title("x: y"),
        Post("b", 2, 2).Answers({"a"}).Minute(0.1),
        Post("z", 0, 1).ChangeId("topic-1").Version(999).By("eve").Minute(20),
        Post("e", 0, 0)
            .ChangeId("topic-1")
            .Title("x: y")
            .Version(9)
            .By("eve")
            .Answers({"a"})
            .Minute(30),
        Post("d", 0, 0).ChangeId("topic-1").Version(2).Minute(9000)},
       {"v1 of 2: 1=a 2=b; before d", "v2 of 1: 1=d; after a",
        "v9 of 1: 1=e; before z", "v999 of 1: cover=z; missing 1; after e"}},
      {"patches under one title, sent at once, are not versions",
       {Post("p", 0, 0).Title("x: y"), Post("q", 0, 0).Title("x: y").Minute(.1),
        Post("r", 0, 0).Title("x: y").Answers({"p"}).Minute(0.2),
        Post("s", 0, 0).Title("x: y").Resend().Minute(0.3),
        Post("p2", 0, 0).Title("x: y").PatchId("patch-of-p").Minute(90)},
       {"v1 of 1: 1=p2; after p", "v1 of 1: 1=p; before p2", "v1 of 1: 1=q",
        "v1 of 1: 1=r", "v1 of 1: 1=s"}},
      {"one of many under a title is sent again, or answered by its v2",
       {Post("p", 0, 0).Title("x: y"), Post("q", 0, 0).Title("x: y").Minute(.1),
        Post("p2", 0, 0).Title("x: y").Version(2).Answers({"p"}).Minute(900),
        Post("q2", 0, 0)
            .Title("x: y")
            .PatchId("patch-of-q")
            .Version(2)
            .Minute(901)},
       {"v1 of 1: 1=p; before p2", "v1 of 1: 1=q; before q2",
        "v2 of 1: 1=p2; after p", "v2 of 1: 1=q2; after q"}},
      {"a series sent again whole, with its first patches in parts",
       {Post("a", 1, 2).Title("x: y"), Post("b", 2, 2).Answers({"a"}).Minute(1),
        Post("a2", 1, 2).Title("x: y").Minute(900),
        Post("b2", 2, 2).PatchId("patch-of-b").Answers({"a2"}).Minute(901)},
       {"v1 of 2: 1=a 2=b; before a2", "v1 of 2: 1=a2 2=b2; after a"}},
      {"revisions by poster and title, v2 comes after v3",
       {Post("a", 0, 0).Title("x: y"),
        Post("d", 0, 0).Title("X:  y").Version(3).Minute(200),
        Post("b", 0, 0).Title("x: y").Version(2).Minute(100).Arrives(300)},
       {"v1 of 1: 1=a; before b", "v2 of 1: 1=b; after a; before d",
        "v3 of 1: 1=d; after b"}},
      {"another's patch under the same title is no revision",
       {Post("a", 0, 0).Title("fix typo"),
        Post("b", 0, 0).Title("fix typo").Version(2).By("bob").Minute(100)},
       {"v1 of 1: 1=a", "v2 of 1: 1=b"}},
      {"the same patch for two trees is no revision",
       {Post("a", 0, 0).Title("x: y").Hint("6.17"),
        Post("b", 0, 0).Title("x: y").Hint("6.12").Minute(1)},
       {"v1 of 1: 1=a", "v1 of 1: 1=b"}},
      {"sent again, and said so",
       {Post("a", 0, 0).Title("x: y"),
        Post("b", 0, 0).Title("x: y").Resend().Minute(20000)},
       {"v1 of 1: 1=a; before b", "v1 of 1: 1=b; after a"}},
      {"the version stands at the end of the title",
       {Post("a", 0, 0).Title("x: y"),
        Post("b", 0, 0).Title("x: y (v2)").Minute(90),
        Post("d", 0, 0).Title("x: y (v2)").Version(3).Minute(99),
        Post("e", 0, 0).Title("x: y (mv2)").Minute(100)},
       {"v1 of 1: 1=a; before b", "v1 of 1: 1=e",
        "v2 of 1: 1=b; after a; before d", "v3 of 1: 1=d; after b"}},
      {"the version was forgotten on one patch",
       {Post("20250102000000.7-1-ann@a.example", 0, 3).Version(2),
        Post("20250102000000.7-2-ann@a.example", 1, 3)
            .Version(2)
            .Answers({"20250102000000.7-1-ann@a.example"}),
        Post("20250102000000.7-3-ann@a.example", 2, 3)
            .Answers({"20250102000000.7-1-ann@a.example"}),
        Post("20250102000000.7-4-ann@a.example", 3, 3)
            .Version(2)
            .Answers({"20250102000000.7-1-ann@a.example"})},
       {"v2 of 3: cover=20250102000000.7-1-ann@a.example "
        "1=20250102000000.7-2-ann@a.example "
        "2=20250102000000.7-3-ann@a.example "
        "3=20250102000000.7-4-ann@a.example"}},
      {"the version was forgotten on the patches, whose ids say nothing",
       {Post("c", 0, 2).Version(3), Post("a", 1, 2).Answers({"c"}).Minute(0.1),
        Post("b", 2, 2).Answers({"c"}).Minute(0.2)},
       {"v3 of 2: cover=c 1=a 2=b"}},
      {"what answers a later version long after it is not of it",
       {Post("c", 0, 2).Version(3),
        Post("a", 1, 2).Version(3).Answers({"c"}).Minute(0.1),
        Post("x", 2, 2).Answers({"c"}).Minute(900)},
       {"v1 of 2: 2=x; missing 1", "v3 of 2: cover=c 1=a; missing 2"}},
      {"the cover bears the version before, and is of the posting",
       {Post("20250102000000.7-1-ann@a.example", 0, 4).Version(3),
        Post("20250102000000.7-2-ann@a.example", 1, 2)
            .Version(4)
            .Answers({"20250102000000.7-1-ann@a.example"}),
        Post("20250102000000.7-3-ann@a.example", 2, 2)
            .Version(4)
            .Answers({"20250102000000.7-1-ann@a.example"})},
       {"v4 of 2: cover=20250102000000.7-1-ann@a.example "
        "1=20250102000000.7-2-ann@a.example "
        "2=20250102000000.7-3-ann@a.example"}},
      {"version 0",
       {Post("a", 1, 2).Version(0), Post("b", 2, 2).Version(0).Answers({"a"})},
       {"v0 of 2: 1=a 2=b"}},
      {"one run sends two directories crosswise",
       {Post("20250102000000.11-1-ann@a.example", 1, 3).Minute(0.02),
        Post("20250102000000.11-2-ann@a.example", 1, 3).Minute(0.04),
        Post("20250102000000.11-3-ann@a.example", 2, 3).Minute(0.06),
        Post("20250102000000.11-4-ann@a.example", 2, 3).Minute(0.08),
        Post("20250102000000.11-5-ann@a.example", 3, 3).Minute(0.1),
        Post("20250102000000.11-6-ann@a.example", 3, 3).Minute(0.12)},
       {"v1 of 3: 1=20250102000000.11-1-ann@a.example "
        "2=20250102000000.11-3-ann@a.example "
        "3=20250102000000.11-5-ann@a.example",
        "v1 of 3: 1=20250102000000.11-2-ann@a.example "
        "2=20250102000000.11-4-ann@a.example "
        "3=20250102000000.11-6-ann@a.example"}},
      {"one run sends two directories crosswise, and some overtake others",
       {Post("20250102000000.11-2-ann@a.example", 1, 3).Minute(0.04).Arrives(1),
        Post("20250102000000.11-1-ann@a.example", 1, 3).Minute(0.02).Arrives(2),
        Post("20250102000000.11-3-ann@a.example", 2, 3).Minute(0.06).Arrives(3),
        Post("20250102000000.11-6-ann@a.example", 3, 3).Minute(0.12).Arrives(4),
        Post("20250102000000.11-5-ann@a.example", 3, 3).Minute(0.1).Arrives(5),
        Post("20250102000000.11-4-ann@a.example", 2, 3)
            .Minute(0.08)
            .Arrives(6)},
       {"v1 of 3: 1=20250102000000.11-1-ann@a.example "
        "2=20250102000000.11-3-ann@a.example "
        "3=20250102000000.11-5-ann@a.example",
        "v1 of 3: 1=20250102000000.11-2-ann@a.example "
        "2=20250102000000.11-4-ann@a.example "
        "3=20250102000000.11-6-ann@a.example"}},
      {"unthreaded series in a row, whose ids and titles say nothing",
       {Post("a0", 0, 6).Title("a 0").Minute(0.0000),
        Post("a1", 1, 6).Title("a 1").Minute(0.0333),
        Post("a2", 2, 6).Title("a 2").Minute(0.0667),
        Post("a3", 3, 6).Title("a 3").Minute(0.1000),
        Post("a4", 4, 6).Title("a 4").Minute(0.1333),
        Post("a5", 5, 6).Title("a 5").Minute(0.1667),
        Post("a6", 6, 6).Title("a 6").Minute(0.2000),
        Post("b0", 0, 6).Title("b 0").Minute(0.2333),
        Post("b1", 1, 6).Title("b 1").Minute(0.2667),
        Post("b2", 2, 6).Title("b 2").Minute(0.3000),
        Post("b3", 3, 6).Title("b 3").Minute(0.3333),
        Post("b4", 4, 6).Title("b 4").Minute(0.3667),
        Post("b5", 5, 6).Title("b 5").Minute(0.4000),
        Post("b6", 6, 6).Title("b 6").Minute(0.4333)},
       {"v1 of 6: cover=a0 1=a1 2=a2 3=a3 4=a4 5=a5 6=a6",
        "v1 of 6: cover=b0 1=b1 2=b2 3=b3 4=b4 5=b5 6=b6"}},
      {"unthreaded series of two in a row",
       {Post("a0", 0, 2).Title("a 0").Minute(0.0000),
        Post("a1", 1, 2).Title("a 1").Minute(0.0333),
        Post("a2", 2, 2).Title("a 2").Minute(0.0667),
        Post("b0", 0, 2).Title("b 0").Minute(0.1000),
        Post("b1", 1, 2).Title("b 1").Minute(0.1333),
        Post("b2", 2, 2).Title("b 2").Minute(0.1667)},
       {"v1 of 2: cover=a0 1=a1 2=a2", "v1 of 2: cover=b0 1=b1 2=b2"}},
      {"a series sent twice in one run",
       {Post("20250102000000.7-1-ann@a.example", 1, 2),
        Post("20250102000000.7-2-ann@a.example", 2, 2).Minute(0.03),
        Post("20250102000000.7-3-ann@a.example", 1, 2).Minute(0.03),
        Post("20250102000000.7-4-ann@a.example", 2, 2).Minute(0.04)},
       {"v1 of 2: 1=20250102000000.7-1-ann@a.example "
        "2=20250102000000.7-2-ann@a.example",
        "v1 of 2: 1=20250102000000.7-3-ann@a.example "
        "2=20250102000000.7-4-ann@a.example"}},
      {"parts of reviews for two trees, with one count, in one second",
       {Post("p", 2, 9).Hint("6.1").Answers({"x"}),
        Post("q", 4, 9).Hint("5.15").Answers({"y"}),
        Post("r", 5, 9).Hint("6.1").Answers({"x"}),
        Post("s", 7, 9).Hint("5.15").Answers({"y"})},
       {"v1 of 9: 2=p 5=r; missing 1 3 4 6 7 8 9",
        "v1 of 9: 4=q 7=s; missing 1 2 3 5 6 8 9"}},
      {"two batches of one count, each threaded in itself",
       {Post("20250102000000.7-3-ann@a.example", 3, 9)
            .Answers({"20250102000000.7-1-ann@a.example"}),
        Post("20250102000300.8-2-ann@a.example", 6, 9)
            .Answers({"20250102000300.8-1-ann@a.example"})
            .Minute(3)},
       {"v1 of 9: 3=20250102000000.7-3-ann@a.example; missing 1 2 4 5 6 7 8 9",
        "v1 of 9: 6=20250102000300.8-2-ann@a.example; missing 1 2 3 4 5 7 8 "
        "9"}},
      {"single patches sent again by hand, each for its own",
       {Post("20250102000000.7-1-ann@a.example", 1, 9)
            .Version(2)
            .Answers({"x"}),
        Post("20250102000300.8-1-ann@a.example", 3, 9)
            .Version(2)
            .Answers({"y"})
            .Minute(3)},
       {"v2 of 9: 1=20250102000000.7-1-ann@a.example "
        "3=20250102000300.8-1-ann@a.example; missing 2 4 5 6 7 8 9"}},
      {"a cover sent once more is not that of what answers the first",
       {Post("20250102000000.7-2-ann@a.example", 1, 2)
            .Answers({"20250102000000.7-1-ann@a.example"}),
        Post("20250102000300.8-1-ann@a.example", 0, 2).Minute(3)},
       {"v1 of 2: 1=20250102000000.7-2-ann@a.example; missing 2",
        "v1 of 2: cover=20250102000300.8-1-ann@a.example; missing 1 2"}},
      {"each patch of a posting bears a version of its own in its title",
       {Post("20250102000000.7-1-ann@a.example", 1, 3).Title("x: one (v5)"),
        Post("20250102000000.7-2-ann@a.example", 2, 3).Title("x: two (v2)"),
        Post("20250102000000.7-3-ann@a.example", 3, 3).Title("x: three")},
       {"v1 of 3: 1=20250102000000.7-1-ann@a.example "
        "2=20250102000000.7-2-ann@a.example "
        "3=20250102000000.7-3-ann@a.example"}},
      {"all patches of a series bear one version in their titles",
       {Post("a", 1, 2).Title("x: one (v2)"),
        Post("b", 2, 2).Title("x: two (v2)").Answers({"a"})},
       {"v2 of 2: 1=a 2=b"}},
      {"a mail that answers itself",
       {Post("a", 1, 2).Answers({"a"}),
        Post("b", 2, 2).Answers({"b", "a", "b"}).Minute(0.1)},
       {"v1 of 2: 1=a 2=b"}},
  };
  return *kCases;
}

}  // namespace patchmilter::series
