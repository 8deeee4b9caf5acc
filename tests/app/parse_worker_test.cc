// What app/parser.h and app/sandbox.h promise, with real processes: this
// program is its own worker.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "app/parser.h"
#include "app/sandbox.h"

namespace patchmilter::app {
namespace {

std::string PatchMailText() {
  return "From: A U Thor <author@example.org>\r\n"
         "Subject: [PATCH v2 1/2] lib: say hello\r\n"
         "Message-ID: <one@example.org>\r\n"
         "Date: Fri, 20 Nov 2026 21:00:00 +0000\r\n"
         "\r\n"
         "Why.\r\n"
         "\r\n"
         "Signed-off-by: A U Thor <author@example.org>\r\n"
         "---\r\n"
         "diff --git a/a.c b/a.c\r\n"
         "--- a/a.c\r\n"
         "+++ b/a.c\r\n"
         "@@ -1 +1 @@\r\n"
         "-int a;\r\n"
         "+int b;\r\n";
}

TEST(ParseWorkerTest, ReadsAMailAsTheParserInThisProcessDoes) {
  ParseWorker worker;
  DirectParser direct;
  const auto got = worker.Parse(PatchMailText());
  ASSERT_TRUE(got.ok()) << got.error().message;
  const auto want = direct.Parse(PatchMailText());
  EXPECT_EQ(got->mail.message_id, want->mail.message_id);
  EXPECT_EQ(got->mail.content_hash, want->mail.content_hash);
  EXPECT_EQ(got->message, want->message);
  EXPECT_EQ(got->diff.StablePatchId(), want->diff.StablePatchId());
  EXPECT_EQ(got->diff.files().size(), 1U);
  EXPECT_NE(worker.pid(), ::getpid());
}

TEST(ParseWorkerTest, OneWorkerReadsManyMailsAndIsReplacedInTime) {
  ParseWorker::Limits limits;
  limits.mails_per_worker = 3;
  ParseWorker worker(limits);
  ASSERT_TRUE(worker.Parse(PatchMailText()).ok());
  const pid_t first = worker.pid();
  ASSERT_TRUE(worker.Parse(PatchMailText()).ok());
  ASSERT_TRUE(worker.Parse("").ok());
  EXPECT_EQ(worker.pid(), first);
  ASSERT_TRUE(worker.Parse(PatchMailText()).ok());
  EXPECT_NE(worker.pid(), first);
}

TEST(ParseWorkerTest, AWorkerThatWasKilledIsReplacedAndTheMailIsRead) {
  ParseWorker worker;
  ASSERT_TRUE(worker.Parse(PatchMailText()).ok());
  ASSERT_EQ(::kill(worker.pid(), SIGKILL), 0);
  EXPECT_TRUE(worker.Parse(PatchMailText()).ok());
}

TEST(ParseWorkerTest, AMailThatTakesTooLongIsGivenUp) {
  ParseWorker::Limits limits;
  limits.millis_per_mail = 2'000;
  ParseWorker worker(limits);
  ASSERT_TRUE(worker.Parse(PatchMailText()).ok());
  const pid_t stopped = worker.pid();
  ASSERT_EQ(::kill(stopped, SIGSTOP), 0);
  const auto got = worker.Parse(PatchMailText());
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().kind, ErrorKind::kInvalidInput);
  EXPECT_NE(got.error().message.find("took more than"), std::string::npos);
  EXPECT_EQ(::kill(stopped, 0), -1);                // It is gone,
  EXPECT_TRUE(worker.Parse(PatchMailText()).ok());  // and the next one reads.
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(ParseWorkerTest, AMailThatEatsAllMemoryIsToBlameAndNoOther) {
  ParseWorker::Limits limits;
  limits.memory = 200ULL << 20;
  ParseWorker worker(limits);
  std::string huge = PatchMailText();
  for (int i = 0; i < 5; ++i) huge += std::string(30 << 20, 'x') + "\r\n";
  const auto got = worker.Parse(huge);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().kind, ErrorKind::kInvalidInput);
  EXPECT_NE(got.error().message.find("died"), std::string::npos);
  EXPECT_TRUE(worker.Parse(PatchMailText()).ok());
}
#endif

std::string Numbered(size_t number, size_t filler) {
  return "Message-ID: <" + std::to_string(number) +
         "@example.org>\r\nSubject: x\r\n\r\n" + std::string(filler, 'x') +
         "\r\n";
}

// Mails of all sizes, together more than a socket holds.
std::vector<std::string> ManyMails(size_t count) {
  std::vector<std::string> mails;
  for (size_t i = 0; i < count; ++i) {
    mails.push_back(Numbered(i, i % 17 == 0 ? 700'000 : i * 37 % 5'000));
  }
  return mails;
}

// What ParseAll hands over: each mail's Message-ID, or why it is unreadable.
struct Answers {
  std::vector<std::string> texts;
  std::function<Status(size_t)> at_each = [](size_t) { return Status(); };

  Status Ask(MailParser* parser, const std::vector<std::string>& mails) {
    const std::vector<std::string_view> raws(mails.begin(), mails.end());
    return parser->ParseAll(raws, [&](size_t index, ParserAnswer answer) {
      EXPECT_EQ(index, texts.size());
      if (answer.unreadable.empty()) {
        const auto decoded = mime::DecodePatchMail(answer.encoded);
        EXPECT_TRUE(decoded.has_value());
        EXPECT_EQ(decoded->mail.content_hash, answer.patch.mail.content_hash);
        texts.push_back(answer.patch.mail.message_id);
      } else {
        texts.push_back(answer.unreadable);
      }
      return at_each(index);
    });
  }
  // All of `count` came, in their order, but that at `bad`.
  void Expect(size_t count, size_t bad = SIZE_MAX) const {
    ASSERT_EQ(texts.size(), count);
    for (size_t i = 0; i < count; ++i) {
      if (i == bad) continue;
      EXPECT_EQ(texts[i], std::to_string(i) + "@example.org");
    }
  }
};

TEST(ParseWorkerTest, AsksAheadAndGivesEachAnswerOnceInOrder) {
  const auto mails = ManyMails(120);
  ParseWorker worker;
  Answers answers;
  ASSERT_TRUE(answers.Ask(&worker, mails).ok());
  answers.Expect(mails.size());
  DirectParser direct;
  Answers in_this_process;
  ASSERT_TRUE(in_this_process.Ask(&direct, mails).ok());
  EXPECT_EQ(in_this_process.texts, answers.texts);
  EXPECT_TRUE(worker.ParseAll({}, nullptr).ok());
}

TEST(ParseWorkerTest, AWorkerThatIsReplacedOnTheWayLosesNoMail) {
  ParseWorker::Limits limits;
  limits.mails_per_worker = 7;
  ParseWorker worker(limits);
  std::set<pid_t> workers;
  Answers answers;
  answers.at_each = [&](size_t) {
    workers.insert(worker.pid());
    return Status();
  };
  ASSERT_TRUE(answers.Ask(&worker, ManyMails(50)).ok());
  answers.Expect(50);
  EXPECT_EQ(workers.size(), 8U);
}

TEST(ParseWorkerTest, AWorkerThatIsKilledOnTheWayLosesNoMail) {
  ParseWorker worker;
  Answers answers;
  answers.at_each = [&](size_t index) {
    if (index % 20 == 5) {
      EXPECT_EQ(::kill(worker.pid(), SIGKILL), 0);
    }
    return Status();
  };
  ASSERT_TRUE(answers.Ask(&worker, ManyMails(100)).ok());
  answers.Expect(100);
}

TEST(ParseWorkerTest, OnlyTheMailThatIsWaitedForIsToBlameForATimeOut) {
  ParseWorker::Limits limits;
  limits.millis_per_mail = 2'000;
  ParseWorker worker(limits);
  // Larger than the socket: its answer cannot have come before the stop.
  std::vector<std::string> mails = ManyMails(6);
  mails[3] = Numbered(3, 2'000'000);
  Answers answers;
  answers.at_each = [&](size_t index) {
    if (index == 2) {
      EXPECT_EQ(::kill(worker.pid(), SIGSTOP), 0);
    }
    return Status();
  };
  ASSERT_TRUE(answers.Ask(&worker, mails).ok());
  answers.Expect(6, 3);
  EXPECT_EQ(answers.texts[3], "its parser took more than 2000 ms");
}

TEST(ParseWorkerTest, AnErrorOfWhoTakesTheAnswersEndsItAndTheWorkerGoesOn) {
  ParseWorker worker;
  Answers answers;
  answers.at_each = [](size_t index) {
    return index == 3 ? Status(Temporary("disk full")) : Status();
  };
  const Status status = answers.Ask(&worker, ManyMails(30));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "disk full");
  EXPECT_EQ(answers.texts.size(), 4U);
  Answers again;
  ASSERT_TRUE(again.Ask(&worker, ManyMails(30)).ok());
  again.Expect(30);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(ParseWorkerTest, AMailThatKillsTwoWorkersTakesNoOtherWithIt) {
  ParseWorker::Limits limits;
  limits.memory = 200ULL << 20;
  ParseWorker worker(limits);
  std::vector<std::string> mails = ManyMails(12);
  mails[5] = Numbered(5, 160UL << 20);
  Answers answers;
  ASSERT_TRUE(answers.Ask(&worker, mails).ok());
  answers.Expect(12, 5);
  EXPECT_NE(answers.texts[5].find("its parser died"), std::string::npos);
}
#endif

// Tables of charsets are files; the worker may open none.
TEST(ParseWorkerTest, CharsetsAreReadAsOutsideTheSandbox) {
  struct Case {
    const char* charset;
    const char* bytes;
  };
  const Case kCases[] = {
      {"koi8-r", "\xd0\xd2\xc9\xd7\xc5\xd4"},
      {"windows-1252", "caf\xe9 \x80"},
      {"gbk", "\xc4\xe3\xba\xc3"},
      {"gb2312", "\xc4\xe3\xba\xc3"},
      {"big5", "\xa7\x41\xa6\x6e"},
      {"iso-8859-15", "\xa4"},
      {"iso-2022-jp", "\x1b$B$3$s\x1b(B"},
      {"utf-8", "gr\xc3\xbc\xc3\x9f"},
  };
  ParseWorker worker;
  DirectParser direct;
  for (const Case& c : kCases) {
    const std::string raw =
        std::string("Subject: =?") + c.charset +
        "?Q?x?=\r\nContent-Type: text/plain; charset=" + c.charset +
        "\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + c.bytes + "\r\n";
    const auto got = worker.Parse(raw);
    ASSERT_TRUE(got.ok()) << c.charset;
    const auto want = direct.Parse(raw);
    EXPECT_EQ(got->mail.text, want->mail.text) << c.charset;
    EXPECT_EQ(got->mail.problems, want->mail.problems) << c.charset;
    EXPECT_EQ(got->mail.text.find("\xef\xbf\xbd"), std::string::npos)
        << c.charset;
  }
}

// Runs `tries` in a child behind the sandbox; gives its exit status.
int InSandbox(const std::function<int()>& tries) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!EnterComputeOnlySandbox(0).ok()) ::_exit(99);
    ::_exit(tries());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int Forbidden(long result) { return result == -1 && errno == EPERM ? 0 : 1; }

TEST(SandboxTest, LeavesNoFilesNoNetworkNoProcesses) {
  EXPECT_EQ(InSandbox([] { return 0; }), 0);
  EXPECT_EQ(
      InSandbox([] { return Forbidden(::open("/etc/passwd", O_RDONLY)); }), 0);
  EXPECT_EQ(InSandbox([] {
              return Forbidden(::open("/tmp/x", O_WRONLY | O_CREAT, 0600));
            }),
            0);
  EXPECT_EQ(
      InSandbox([] { return Forbidden(::socket(AF_INET, SOCK_STREAM, 0)); }),
      0);
  EXPECT_EQ(
      InSandbox([] { return Forbidden(::socket(AF_UNIX, SOCK_STREAM, 0)); }),
      0);
  EXPECT_EQ(InSandbox([] { return Forbidden(::fork()); }), 0);
  EXPECT_EQ(InSandbox([] {
              return Forbidden(::execl("/bin/true", "true", nullptr));
            }),
            0);
  EXPECT_EQ(InSandbox([] { return Forbidden(::kill(::getppid(), 0)); }), 0);
  EXPECT_EQ(InSandbox([] { return Forbidden(::unlink("/tmp/none")); }), 0);
}

// The exit status of `tries`, in a child that no core may be dumped of, and of
// a user without rights.
int WithoutCoreDumps(const std::function<int()>& tries) {
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0 && (::setresgid(kNobody, kNobody, kNobody) != 0 ||
                             ::setresuid(kNobody, kNobody, kNobody) != 0)) {
      ::_exit(98);
    }
    if (!ForbidCoreDumps().ok()) ::_exit(99);
    ::_exit(tries());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(ForbidCoreDumpsTest, NothingIsDumped) {
  EXPECT_EQ(WithoutCoreDumps([] { return ::prctl(PR_GET_DUMPABLE); }), 0);
  EXPECT_EQ(WithoutCoreDumps([] {
              rlimit limit{1, 1};
              ::getrlimit(RLIMIT_CORE, &limit);
              return limit.rlim_cur == 0 && limit.rlim_max == 0 ? 0 : 1;
            }),
            0);
}

// The process that holds keys also starts parse workers.
TEST(ForbidCoreDumpsTest, AParseWorkerStartsAllTheSame) {
  EXPECT_EQ(WithoutCoreDumps([] {
              ParseWorker worker;
              return worker.Parse(PatchMailText()).ok() ? 0 : 1;
            }),
            0);
}

}  // namespace
}  // namespace patchmilter::app

int main(int argc, char** argv) {
  using patchmilter::app::kParseWorkerArgument;
  if (argc == 3 && argv[1] == kParseWorkerArgument) {
    return patchmilter::app::ParseWorkerMain(argv[2]);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
