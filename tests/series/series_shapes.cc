// series_shapes: how fast the grouper is on long series and hostile threads,
// and how much memory a mail costs it. Run by hand:
//   series_shapes speed | memory MAILS | hostile MAILS
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "series/grouper.h"

namespace patchmilter::series {
namespace {

constexpr UnixSeconds kStart = 1735776000;

// As a list's mails are: ids, names and titles of the usual length.
MailFacts Mail(MailId id, const std::string& message_id) {
  static constexpr char kDigits[] = "0123456789abcdef";
  MailFacts facts;
  facts.id = id;
  facts.list = "dri-devel";
  facts.message_id = message_id;
  std::mt19937_64 random(static_cast<std::uint64_t>(id));
  for (int i = 0; i < 64; ++i) facts.content_hash += kDigits[random() % 16];
  facts.patch_id = facts.content_hash.substr(0, 40);
  facts.kind = mime::MailKind::kPatch;
  facts.has_diff = true;
  facts.subject.patch = true;
  facts.subject.title = "drm/driver: do the thing of number " +
                        facts.content_hash.substr(0, 6) + " in another way";
  facts.subject.text = "[PATCH] " + facts.subject.title;
  const std::string person = std::to_string(random() % 2000);
  facts.author = {"Given Familyname" + person,
                  "given.family" + person + "@company.example"};
  facts.from = facts.author;
  facts.date = facts.arrival = kStart + id * 20;
  return facts;
}

MailFacts Patch(MailId id, const std::string& posting, int k, int n,
                UnixSeconds at) {
  const std::string stem =
      std::to_string(20250102030405 + std::stol(posting)) + ".77-";
  MailFacts facts =
      Mail(id + std::stol(posting) * 10000,
           stem + std::to_string(k + 1) + "-given.family@company.example");
  facts.id = id;
  facts.subject.number = k;
  facts.subject.total = n;
  facts.author = {"Given Familyname", "given.family@company.example"};
  facts.from = facts.author;
  facts.date = facts.arrival = at;
  if (k == 0) {
    facts.kind = mime::MailKind::kCover;
    facts.patch_id = "";
    facts.has_diff = false;
  } else {
    facts.in_reply_to = {stem + "1-given.family@company.example"};
    facts.references = facts.in_reply_to;
  }
  return facts;
}

// Of this process' own time: others may be at work here.
double Seconds(const std::function<void()>& what) {
  const std::clock_t begin = std::clock();
  what();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

void Time(const char* name, const std::vector<MailFacts>& mails) {
  Grouper grouper;
  const double took = Seconds([&] {
    for (const MailFacts& mail : mails) grouper.Add(mail);
  });
  std::printf(
      "%-40s %7zu mails %6zu series %9.0f mails/s %7.1f work/mail\n", name,
      mails.size(), grouper.All().size(),
      static_cast<double>(mails.size()) / took,
      static_cast<double>(grouper.Work()) / static_cast<double>(mails.size()));
}

void Shuffle(std::vector<MailFacts>* mails) {
  std::mt19937 random(1);
  std::shuffle(mails->begin(), mails->end(), random);
  // In order of arrival they are numbered anew.
  MailId id = 0;
  for (MailFacts& mail : *mails) mail.id = ++id;
}

void Speed() {
  for (const int n : {10, 100, 1000, 2000}) {
    for (const int way : {0, 1, 2}) {
      std::vector<MailFacts> mails;
      const int postings = 4000 / n;
      for (int posting = 0; posting < postings; ++posting) {
        std::vector<MailFacts> series;
        for (int k = 0; k <= n; ++k) {
          series.push_back(Patch(k + 1, std::to_string(posting), k, n,
                                 kStart + posting * 100000 + k % 60));
          if (way == 2) {
            series.back().in_reply_to.clear();
            series.back().references.clear();
            series.back().message_id =
                "p" + std::to_string(posting) + "." + std::to_string(k);
          }
        }
        if (way != 0) Shuffle(&series);
        for (MailFacts& mail : series) {
          mails.push_back(std::move(mail));
          mails.back().id = static_cast<MailId>(mails.size());
        }
      }
      static const char* const kWays[] = {"in order", "at random",
                                          "at random, by Date alone"};
      Time(("series of " + std::to_string(n) + ", " + kWays[way]).c_str(),
           mails);
    }
  }
  for (const bool threaded : {true, false}) {
    std::vector<MailFacts> mails;
    for (int tree = 0; tree < 6; ++tree) {
      for (int k = 0; k <= 430; ++k) {
        mails.push_back(Patch(1, std::to_string(tree), k, 430, kStart + k / 8));
        mails.back().subject.hints = {"6." + std::to_string(tree)};
        if (threaded) continue;
        mails.back().in_reply_to.clear();
        mails.back().references.clear();
        mails.back().message_id =
            "t" + std::to_string(tree) + "." + std::to_string(k);
      }
    }
    Shuffle(&mails);
    Time(threaded ? "6 trees x 430 in a minute, threaded"
                  : "6 trees x 430 in a minute, unthreaded",
         mails);
  }
  std::vector<MailFacts> mails;
  for (int version = 1; version <= 4; ++version) {
    for (int k = 0; k <= 500; ++k) {
      mails.push_back(
          Patch(1, std::to_string(version), k, 500, kStart + version * 86400));
      mails.back().subject.version = version;
      mails.back().subject.version_given = version > 1;
      if (version > 1 && k == 0) {
        mails.back().in_reply_to = {mails.front().message_id};
        mails.back().references = mails.back().in_reply_to;
      }
    }
  }
  Shuffle(&mails);
  Time("4 revisions of 500 in a thread, at random", mails);
}

std::size_t InUse() { return mallinfo2().uordblks + mallinfo2().hblkhd; }

// Series of up to 12 patches; of three mails two are replies.
void Memory(int count) {
  const std::size_t before = InUse();
  auto grouper = std::make_unique<Grouper>();
  std::mt19937 random(1);
  std::size_t replies_took = 0;
  std::size_t patches_took = 0;
  MailId id = 0;
  const int replies = count * 2 / 3;
  int posting = 0;
  while (id < count - replies) {
    const int n = 1 + static_cast<int>(random() % 12);
    ++posting;
    for (int k = n == 1 ? 1 : 0; k <= n && id < count - replies; ++k) {
      ++id;
      MailFacts facts =
          Patch(id, std::to_string(posting), k, n, kStart + posting * 600);
      const MailFacts person = Mail(posting, "");
      facts.author = facts.from = person.author;
      if (n == 1) {
        facts.subject.number.reset();
        facts.subject.total.reset();
        facts.in_reply_to.clear();
        facts.references.clear();
      }
      grouper->Add(facts);
    }
  }
  patches_took = InUse() - before;
  for (int i = 0; i < replies; ++i) {
    ++id;
    MailFacts facts = Mail(id, "CAF6AEGvQ" + std::to_string(i) +
                                   "abcdefghijklmnopqrstuvwxyz@mail.example");
    facts.kind = mime::MailKind::kReply;
    facts.in_reply_to = {std::to_string(20250102030405 + 1 + i % posting) +
                         ".77-1-given.family@company.example"};
    facts.references = facts.in_reply_to;
    grouper->Add(facts);
  }
  replies_took = InUse() - before - patches_took;
  std::printf(
      "%d mails, %zu series: %.1f MiB; %.0f bytes a patch, %.0f a reply\n",
      count, grouper->All().size(),
      static_cast<double>(InUse() - before) / (1 << 20),
      static_cast<double>(patches_took) / (count - replies),
      static_cast<double>(replies_took) / replies);
}

void Hostile(int count) {
  const auto time = [&](const char* name, auto make) {
    std::vector<MailFacts> mails;
    for (int i = 1; i <= count; ++i) mails.push_back(make(i));
    Time(name, mails);
  };
  const auto single = [](int i) {
    MailFacts facts = Mail(i, "m" + std::to_string(i) + "@x.example");
    facts.author = facts.from = {"Given Family", "given@x.example"};
    return facts;
  };
  const auto numbered = [&](int i, int k, int n) {
    MailFacts facts = single(i);
    facts.subject.number = k;
    facts.subject.total = n;
    if (k == 0) facts.kind = mime::MailKind::kCover;
    facts.date = facts.arrival = kStart;
    return facts;
  };
  time("replies to one mail", [&](int i) {
    MailFacts facts = single(i);
    facts.kind = mime::MailKind::kReply;
    facts.in_reply_to = {"root@x.example"};
    return facts;
  });
  time("1/2 under one parent", [&](int i) {
    MailFacts facts = numbered(i, 1, 2);
    facts.in_reply_to = {"root@x.example"};
    return facts;
  });
  time("covers", [&](int i) { return numbered(i, 0, 5); });
  time("singles of one second and title", [&](int i) {
    MailFacts facts = single(i);
    facts.subject.title = "one";
    facts.date = facts.arrival = kStart;
    return facts;
  });
  time("References to the next ones", [&](int i) {
    MailFacts facts = numbered(i, 1 + i % 3, 3);
    for (int k = 1; k <= 12; ++k) {
      facts.references.push_back("m" + std::to_string((i + k) % count) +
                                 "@x.example");
    }
    return facts;
  });
  time("one Message-ID", [&](int i) {
    MailFacts facts = numbered(i, 1 + i % 2000, 2000);
    facts.message_id = "one@x.example";
    return facts;
  });
  time("versions from 1 up", [&](int i) {
    MailFacts facts = single(i);
    facts.subject.title = "one";
    facts.subject.version = i;
    facts.subject.version_given = true;
    return facts;
  });
  time("k/2000, a stem of its own each", [&](int i) {
    MailFacts facts = numbered(i, 1 + i % 2000, 2000);
    facts.message_id =
        "20250102" + std::to_string(1000000 + i) + ".1-x@x.example";
    return facts;
  });
  time("v2 of one v1", [&](int i) {
    MailFacts facts = single(i);
    facts.subject.version = i == 1 ? 1 : 2;
    facts.in_reply_to = {"m1@x.example"};
    return facts;
  });
}

}  // namespace
}  // namespace patchmilter::series

int main(int argc, char** argv) {
  using namespace patchmilter::series;
  const std::string_view what = argc > 1 ? argv[1] : "";
  const int count = argc > 2 ? std::stoi(argv[2]) : 0;
  if (what == "speed") {
    Speed();
  } else if (what == "memory" && count > 2) {
    Memory(count);
  } else if (what == "hostile" && count > 0) {
    Hostile(count);
  } else {
    std::fprintf(stderr,
                 "usage: series_shapes speed | memory MAILS | hostile MAILS\n");
    return 2;
  }
  return 0;
}
