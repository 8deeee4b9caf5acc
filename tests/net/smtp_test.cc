// SmtpClient against a server of the test's own on loopback, which answers as
// a script says and keeps what it was sent, byte for byte.
#include "net/smtp.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/handle.h"

namespace patchmilter::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Instead of an answer:
constexpr char kDrop[] = "drop";
constexpr char kHang[] = "hang";

using Script = std::map<std::string, std::string>;

// Serves one connection after another until it is destroyed.
class ScriptedServer {
 public:
  // Answers by verb ("greeting" and "." too); what is not named is taken.
  // Several RCPTs: "RCPT2" is the second.
  explicit ScriptedServer(Script answers = {}) : answers_(std::move(answers)) {
    listener_.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_.get(), generic, length), 0);
    EXPECT_EQ(::listen(listener_.get(), 5), 0);
    EXPECT_EQ(::getsockname(listener_.get(), generic, &length), 0);
    port_ = ntohs(address.sin_port);
    std::array<int, 2> pipe{};
    EXPECT_EQ(::pipe(pipe.data()), 0);
    stop_read_.Reset(pipe[0]);
    stop_write_.Reset(pipe[1]);
    thread_ = std::thread([this] { Run(); });
  }
  ~ScriptedServer() { Stop(); }

  std::string url() const {
    return "smtp://127.0.0.1:" + std::to_string(port_);
  }
  // To be read after Stop().
  void Stop() {
    stop_write_.Reset();
    if (thread_.joinable()) thread_.join();
  }
  const std::vector<std::string>& commands() const { return commands_; }
  // What came between DATA and the final dot, still dot-stuffed.
  const std::vector<std::string>& mails() const { return mails_; }

 private:
  // False when the test is over.
  bool WaitFor(int fd) {
    std::array<pollfd, 2> fds = {
        {{stop_read_.get(), POLLIN, 0}, {fd, POLLIN, 0}}};
    return ::poll(fds.data(), fd < 0 ? 1 : 2, -1) > 0 && fds[0].revents == 0;
  }

  void Run() {
    while (WaitFor(listener_.get())) {
      const UniqueFd peer(::accept(listener_.get(), nullptr, nullptr));
      const int on = 1;
      ::setsockopt(peer.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      buffer_.clear();
      Talk(peer.get());
    }
  }

  void Talk(int fd) {
    int recipients = 0;
    if (!Answer(fd, "greeting", "220 scripted\r\n")) return;
    std::string line;
    while (ReadUntil(fd, "\r\n", &line)) {
      commands_.push_back(line);
      std::string verb = line.substr(0, 4);
      if (verb == "RCPT" && ++recipients > 1) {
        verb += std::to_string(recipients);
      }
      if (verb == "EHLO" && !Answer(fd, verb, "250 scripted\r\n")) return;
      if (verb == "AUTH") {
        Answer(fd, "334", "334 \r\n");
        if (!ReadUntil(fd, "\r\n", &line)) return;
        if (!Answer(fd, verb, "235 in\r\n")) return;
      }
      if ((verb == "MAIL" || verb.starts_with("RCPT")) &&
          !Answer(fd, verb, "250 fine\r\n")) {
        return;
      }
      if (verb == "QUIT") {
        Answer(fd, verb, "221 bye\r\n");
        return;
      }
      if (verb != "DATA") continue;
      if (!Answer(fd, verb, "354 go on\r\n")) return;
      if (answers_.count(verb) != 0) continue;
      std::string mail = "\r\n";  // A dot alone may be the first line.
      buffer_.insert(0, mail);
      const auto dot = answers_.find(".");
      if (dot != answers_.end() && dot->second == "drop before") return;
      if (!ReadUntil(fd, "\r\n.\r\n", &mail)) return;
      mails_.push_back(mail.empty() ? "" : mail.substr(2) + "\r\n");
      if (!Answer(fd, ".", "250 taken\r\n")) return;
    }
  }

  bool ReadUntil(int fd, std::string_view end, std::string* text) {
    size_t at = 0;
    while ((at = buffer_.find(end)) == std::string::npos) {
      if (!WaitFor(fd)) return false;
      std::array<char, 4096> bytes{};
      const ssize_t count = ::read(fd, bytes.data(), bytes.size());
      if (count <= 0) return false;
      buffer_.append(bytes.data(), static_cast<size_t>(count));
    }
    *text = buffer_.substr(0, at);
    buffer_.erase(0, at + end.size());
    return true;
  }

  // False where the connection is to be closed.
  bool Answer(int fd, const std::string& verb, const std::string& usual) {
    const auto found = answers_.find(verb);
    const std::string& answer = found == answers_.end() ? usual : found->second;
    if (answer == kDrop) return false;
    if (answer == kHang) {
      WaitFor(-1);
      return false;
    }
    // A byte a packet: replies are put together again on the other side.
    for (const char c : answer) {
      if (::send(fd, &c, 1, MSG_NOSIGNAL) != 1) return false;
    }
    return true;
  }

  Script answers_;
  UniqueFd listener_;
  UniqueFd stop_read_;
  UniqueFd stop_write_;
  std::uint16_t port_ = 0;
  std::string buffer_;
  std::vector<std::string> commands_;
  std::vector<std::string> mails_;
  std::thread thread_;
};

SmtpServer At(const ScriptedServer& server) {
  SmtpServer result;
  result.url = server.url();
  result.timeout = 8;
  result.helo = "mail.example";
  return result;
}

const Envelope kEnvelope = {"bounce@r.example", {"archive@r.example"}};

TEST(Smtp, SaysTheEnvelopeAndTheMail) {
  ScriptedServer server;
  const Status status =
      SmtpClient(At(server)).Send(kEnvelope, "Subject: x\n\nbody\n");
  EXPECT_TRUE(status.ok()) << status.error().message;
  server.Stop();
  EXPECT_THAT(server.commands(),
              ElementsAre("EHLO mail.example", "MAIL FROM:<bounce@r.example>",
                          "RCPT TO:<archive@r.example>", "DATA", "QUIT"));
  EXPECT_THAT(server.mails(), ElementsAre("Subject: x\r\n\r\nbody\r\n"));
}

TEST(Smtp, NullSenderManyRecipientsAndAClientUsedAgain) {
  ScriptedServer server;
  SmtpClient client(At(server));
  EXPECT_TRUE(client.Send({"", {"a@r.example", "b@r.example"}}, "1\n").ok());
  EXPECT_TRUE(client.Send(kEnvelope, "2\n").ok());
  server.Stop();
  EXPECT_THAT(
      server.commands(),
      ElementsAre("EHLO mail.example", "MAIL FROM:<>", "RCPT TO:<a@r.example>",
                  "RCPT TO:<b@r.example>", "DATA", "QUIT", "EHLO mail.example",
                  "MAIL FROM:<bounce@r.example>", "RCPT TO:<archive@r.example>",
                  "DATA", "QUIT"));
  EXPECT_THAT(server.mails(), ElementsAre("1\r\n", "2\r\n"));
}

TEST(Smtp, WithoutANameEhloSaysTheHost) {
  ScriptedServer server;
  SmtpServer where = At(server);
  where.helo.clear();
  EXPECT_TRUE(SmtpClient(where).Send(kEnvelope, "1\n").ok());
  server.Stop();
  ASSERT_FALSE(server.commands().empty());
  EXPECT_THAT(server.commands()[0], ::testing::MatchesRegex("EHLO .+"));
}

TEST(Smtp, SizeIsToldWhereItIsAskedFor) {
  ScriptedServer server(
      Script{{"EHLO", "250-scripted\r\n250-SIZE 1000\r\n250 HELP\r\n"}});
  EXPECT_TRUE(SmtpClient(At(server)).Send(kEnvelope, "a\nb\n").ok());
  server.Stop();
  ASSERT_GT(server.commands().size(), 1U);
  EXPECT_EQ(server.commands()[1], "MAIL FROM:<bounce@r.example> SIZE=6");
}

struct BytesCase {
  std::string mail;
  std::string want;  // On the wire, between DATA and the dot.
};

class SmtpBytes : public ::testing::TestWithParam<BytesCase> {};

TEST_P(SmtpBytes, AreWhatTheRfcAsksFor) {
  ScriptedServer server;
  const Status status = SmtpClient(At(server)).Send(kEnvelope, GetParam().mail);
  EXPECT_TRUE(status.ok()) << status.error().message;
  server.Stop();
  EXPECT_THAT(server.mails(), ElementsAre(GetParam().want));
}

INSTANTIATE_TEST_SUITE_P(
    Lines, SmtpBytes,
    ::testing::Values(
        BytesCase{"a\nb\n", "a\r\nb\r\n"},
        BytesCase{"a\r\nb\r\n", "a\r\nb\r\n"},
        BytesCase{"a\r\nb\n", "a\r\nb\r\n"}, BytesCase{"a\nb", "a\r\nb\r\n"},
        BytesCase{"a\nb\r", "a\r\nb\r\r\n"}, BytesCase{"", "\r\n"},
        BytesCase{"\n", "\r\n"}, BytesCase{"\n\n", "\r\n\r\n"},
        BytesCase{"a\rb\n", "a\rb\r\n"},
        BytesCase{std::string("a\0b\n", 4), std::string("a\0b\r\n", 5)},
        BytesCase{"\xc3\xa4\xff\n", "\xc3\xa4\xff\r\n"}));

INSTANTIATE_TEST_SUITE_P(
    Dots, SmtpBytes,
    ::testing::Values(BytesCase{"a\n.\nb\n", "a\r\n..\r\nb\r\n"},
                      BytesCase{"a\n.", "a\r\n..\r\n"},
                      BytesCase{"a\n.\n", "a\r\n..\r\n"},
                      BytesCase{"a\n..\n", "a\r\n...\r\n"},
                      BytesCase{".\n", "..\r\n"}, BytesCase{".", "..\r\n"},
                      BytesCase{".a\n", "..a\r\n"},
                      BytesCase{"a\n.b.\n", "a\r\n..b.\r\n"},
                      BytesCase{"a\r\n.\r\nMAIL FROM:<x@y>\r\n",
                                "a\r\n..\r\nMAIL FROM:<x@y>\r\n"},
                      BytesCase{"a\n\n.\n\n", "a\r\n\r\n..\r\n\r\n"},
                      BytesCase{"a.\n", "a.\r\n"}));

// Dot-stuffing meets the borders of the buffers that the bytes pass through.
TEST(Smtp, DotsAtEveryPlaceOfALongMail) {
  std::string mail;
  std::string want;
  for (size_t i = 0; i < 30000; ++i) {
    const std::string line(i % 11, '.');
    mail += line + "\n";
    want += (line.empty() ? "" : ".") + line + "\r\n";
  }
  ScriptedServer server;
  EXPECT_TRUE(SmtpClient(At(server)).Send(kEnvelope, mail).ok());
  server.Stop();
  ASSERT_EQ(server.mails().size(), 1U);
  EXPECT_TRUE(server.mails()[0] == want);
}

struct FailureCase {
  std::string verb;
  std::string answer;
  ErrorKind kind;
  std::string text;  // In the message.
};

class SmtpFailure : public ::testing::TestWithParam<FailureCase> {};

TEST_P(SmtpFailure, SaysWhatTheCallerMayDo) {
  const FailureCase& param = GetParam();
  ScriptedServer server(Script{{param.verb, param.answer}});
  SmtpServer where = At(server);
  if (param.answer == kHang || param.answer[0] == 1) where.timeout = 1;
  const auto start = std::chrono::steady_clock::now();
  const Status status = SmtpClient(where).Send(
      {"b@r.example", {"a@r.example", "c@r.example"}}, "Subject: x\n\nbody\n");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(9));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(ErrorKindName(status.error().kind), ErrorKindName(param.kind));
  EXPECT_THAT(status.error().message, StartsWith(server.url() + ": "));
  EXPECT_THAT(status.error().message, HasSubstr(param.text));
}

constexpr ErrorKind kTemp = ErrorKind::kTemporary;
constexpr ErrorKind kPerm = ErrorKind::kPermanent;

INSTANTIATE_TEST_SUITE_P(
    Refused, SmtpFailure,
    ::testing::Values(
        FailureCase{"greeting", "421 full\r\n", kTemp, "421 full"},
        FailureCase{"greeting", "554 go away\r\n", kTemp, "554 go away"},
        FailureCase{"MAIL", "451 later\r\n", kTemp, "MAIL answered 451 later"},
        FailureCase{"MAIL", "550 never\r\n", kPerm, "MAIL answered 550 never"},
        FailureCase{"RCPT", "450 grey\r\n", kTemp, "RCPT answered 450 grey"},
        FailureCase{"RCPT", "550 5.1.1 who\r\n", kPerm, "550 5.1.1 who"},
        FailureCase{"RCPT2", "450 grey\r\n", kTemp, "RCPT answered 450 grey"},
        FailureCase{"RCPT2", "550-a\r\n550 b\r\n", kPerm, "550 b"},
        FailureCase{"DATA", "451 later\r\n", kTemp, "DATA answered 451 later"},
        FailureCase{"DATA", "554 no\r\n", kPerm, "DATA answered 554 no"},
        FailureCase{".", "451 later\r\n", kTemp, "DATA answered 451 later"},
        FailureCase{".", "552 too big\r\n", kPerm, "DATA answered 552 too big"},
        FailureCase{"MAIL", "550 \x1b[2Jred\x07\xff\r\n", kPerm,
                    "550 \\x1b[2Jred\\x07\\xff"},
        FailureCase{"MAIL", "\x01 nonsense\r\n", kTemp, "MAIL"},
        FailureCase{"MAIL", "999 nonsense\r\n", kTemp, "MAIL"}));

INSTANTIATE_TEST_SUITE_P(
    Dropped, SmtpFailure,
    ::testing::Values(FailureCase{"greeting", kDrop, kTemp, "connecting"},
                      FailureCase{"EHLO", kDrop, kTemp, "EHLO"},
                      FailureCase{"MAIL", kDrop, kTemp, "MAIL"},
                      FailureCase{"RCPT", kDrop, kTemp, "RCPT"},
                      FailureCase{"DATA", kDrop, kTemp, "DATA"},
                      FailureCase{".", "drop before", kTemp, "DATA"},
                      FailureCase{".", kDrop, kTemp, "DATA"}));

INSTANTIATE_TEST_SUITE_P(
    Hung, SmtpFailure,
    ::testing::Values(FailureCase{"greeting", kHang, kTemp, "connecting"},
                      FailureCase{"MAIL", kHang, kTemp, "MAIL"},
                      FailureCase{".", kHang, kTemp, "DATA"}));

TEST(Smtp, RefusedRecipientMeansThatNobodyGetsTheMail) {
  ScriptedServer server(Script{{"RCPT2", "550 no\r\n"}});
  EXPECT_FALSE(SmtpClient(At(server))
                   .Send({"b@r.example", {"a@r.example", "c@r.example"}}, "x\n")
                   .ok());
  server.Stop();
  EXPECT_TRUE(server.mails().empty());
}

// What was taken is taken, whatever happens to the good-bye: else it would be
// sent twice.
TEST(Smtp, TroubleAtQuitIsNoTrouble) {
  for (const char* answer : {kDrop, kHang, "500 what\r\n"}) {
    ScriptedServer server(Script{{"QUIT", answer}});
    SmtpServer where = At(server);
    where.timeout = 1;
    const Status status = SmtpClient(where).Send(kEnvelope, "x\n");
    EXPECT_TRUE(status.ok()) << answer << ": " << status.error().message;
  }
}

TEST(Smtp, TakenIsTakenWithAnUnusualCode) {
  ScriptedServer server(Script{{".", "251 taken\r\n"}});
  EXPECT_TRUE(SmtpClient(At(server)).Send(kEnvelope, "x\n").ok());
}

TEST(Smtp, NobodyListens) {
  SmtpServer where;
  {
    const ScriptedServer server;
    where = At(server);
  }
  const Status status = SmtpClient(where).Send(kEnvelope, "x\n");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, kTemp);
  EXPECT_THAT(status.error().message, HasSubstr(where.url));
}

TEST(Smtp, UserAndPassword) {
  ScriptedServer server(Script{{"EHLO", "250-s\r\n250 AUTH PLAIN\r\n"}});
  SmtpServer where = At(server);
  where.user = "u";
  where.password = "pw";
  EXPECT_TRUE(SmtpClient(where).Send(kEnvelope, "x\n").ok());
  server.Stop();
  ASSERT_GT(server.commands().size(), 1U);
  EXPECT_THAT(server.commands()[1], StartsWith("AUTH PLAIN"));
}

TEST(Smtp, WrongPasswordIsForAPersonToMendAndKeepsTheMail) {
  ScriptedServer server(Script{{"EHLO", "250-s\r\n250 AUTH PLAIN\r\n"},
                               {"AUTH", "535 5.7.8 no\r\n"}});
  SmtpServer where = At(server);
  where.user = "u";
  where.password = "secret-pw";
  const Status status = SmtpClient(where).Send(kEnvelope, "x\n");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, kTemp);
  EXPECT_THAT(status.error().message, HasSubstr("AUTH answered 535 5.7.8 no"));
  EXPECT_THAT(status.error().message, ::testing::Not(HasSubstr("secret-pw")));
}

TEST(Smtp, TlsIsDemandedWhereTheUrlSaysSo) {
  ScriptedServer server;
  SmtpServer where = At(server);
  where.url = "smtps" + where.url.substr(4);
  where.timeout = 2;
  const Status status = SmtpClient(where).Send(kEnvelope, "x\n");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, kTemp);
  server.Stop();
  EXPECT_TRUE(server.mails().empty());
}

TEST(Smtp, TheEnvironmentsProxyIsNotUsed) {
  ScriptedServer server;
  ::setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  ::setenv("all_proxy", "http://127.0.0.1:1", 1);
  ::setenv("smtp_proxy", "http://127.0.0.1:1", 1);
  const Status status = SmtpClient(At(server)).Send(kEnvelope, "x\n");
  ::unsetenv("ALL_PROXY");
  ::unsetenv("all_proxy");
  ::unsetenv("smtp_proxy");
  EXPECT_TRUE(status.ok()) << status.error().message;
}

TEST(Smtp, InputThatCannotBeIsRefusedBeforeAConnection) {
  ScriptedServer server;
  const std::vector<Envelope> bad = {
      {"b@r.example", {}},
      {"b@r.example", {""}},
      {"b@r.example", {"a@r.example>\r\nRCPT TO:<x@y"}},
      {"b@r.example", {"a b@r.example"}},
      {"b@r.example\n", {"a@r.example"}},
      {"<b@r.example>", {"a@r.example"}},
      {std::string("b\0@r.example", 12), {"a@r.example"}},
      {"b@r.example", {"\xc3\xa4@r.example"}},
  };
  for (const Envelope& envelope : bad) {
    const Status status = SmtpClient(At(server)).Send(envelope, "x\n");
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::kInvalidInput);
  }
  for (const char* url :
       {"http://127.0.0.1", "file:///etc/passwd", "", "smtp://a b"}) {
    SmtpServer where = At(server);
    where.url = url;
    const Status status = SmtpClient(where).Send(kEnvelope, "x\n");
    ASSERT_FALSE(status.ok()) << url;
    EXPECT_EQ(status.error().kind, ErrorKind::kInvalidInput);
  }
  server.Stop();
  EXPECT_TRUE(server.commands().empty());
}

}  // namespace
}  // namespace patchmilter::net
