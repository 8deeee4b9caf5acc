#include "tree/index/ctags.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <utility>

#include "base/text.h"

namespace patchmilter::tree {
namespace {

constexpr rlim_t kChildMemory = 2ULL << 30;
constexpr std::size_t kMaxAnswerLine = 64 << 10;
constexpr std::size_t kReadBytes = 64 << 10;
// How long a wait goes on without asking whether to stop.
constexpr std::chrono::milliseconds kSlice{100};
// One line: what answers lines may answer it.
constexpr std::string_view kProbeName = "probe.c";
constexpr std::string_view kProbeText = "int probe;\n";
constexpr std::string_view kProbeSymbol = "probe";

// Only calls that a child of a process with threads may make.
[[noreturn]] void RunChild(int socket, const char* program, char* const* argv) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int null = ::open("/dev/null", O_WRONLY);
  if (::dup2(socket, 0) < 0 || ::dup2(socket, 1) < 0 || ::dup2(null, 2) < 0) {
    ::_exit(126);
  }
  ::syscall(SYS_close_range, 3U, ~0U, 0U);
  if (::chdir("/") != 0) ::_exit(126);
  const auto limit = [](auto what, rlim_t value) {
    const struct rlimit both = {value, value};
    ::setrlimit(what, &both);
  };
  limit(RLIMIT_AS, kChildMemory);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NOFILE, 16);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  char* const environment[] = {nullptr};
  ::execve(program, argv, environment);
  ::_exit(127);
}

void AppendUtf8(std::uint32_t code, std::string* to) {
  const auto put = [to](std::uint32_t byte) {
    to->push_back(static_cast<char>(byte));
  };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

// A reader of the one form of JSON that the child writes: an object a line,
// nothing nested.
class Json {
 public:
  explicit Json(std::string_view text) : left_(text) {}

  bool Take(char c) {
    SkipSpace();
    if (left_.empty() || left_.front() != c) return false;
    left_.remove_prefix(1);
    return true;
  }
  bool AtEnd() {
    SkipSpace();
    return left_.empty();
  }
  bool Next(char c) {
    SkipSpace();
    return !left_.empty() && left_.front() == c;
  }
  bool Text(std::string* text) {
    text->clear();
    if (!Take('"')) return false;
    while (!left_.empty()) {
      const char c = left_.front();
      left_.remove_prefix(1);
      if (c == '"') return true;
      if (c != '\\') {
        text->push_back(c);
      } else if (!Escape(text)) {
        return false;
      }
    }
    return false;
  }
  // A number, true, false or null, as it stands.
  bool Word(std::string* word) {
    SkipSpace();
    const std::size_t end = left_.find_first_of(",} ");
    if (end == std::string_view::npos || end == 0) return false;
    *word = left_.substr(0, end);
    left_.remove_prefix(end);
    return word->find_first_of("[{\"") == std::string::npos;
  }

 private:
  void SkipSpace() {
    while (!left_.empty() && left_.front() == ' ') left_.remove_prefix(1);
  }
  bool Escape(std::string* text) {
    if (left_.empty()) return false;
    const char c = left_.front();
    left_.remove_prefix(1);
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    const std::size_t at = kNames.find(c);
    if (at != std::string_view::npos) {
      text->push_back(kMeant[at]);
      return true;
    }
    if (c != 'u' || left_.size() < 4) return false;
    std::uint32_t code = 0;
    for (const char digit : left_.substr(0, 4)) {
      const char lower = ToLowerAscii(digit);
      if (IsDigitAscii(lower)) {
        code = code * 16 + static_cast<std::uint32_t>(lower - '0');
      } else if (lower >= 'a' && lower <= 'f') {
        code = code * 16 + static_cast<std::uint32_t>(lower - 'a' + 10);
      } else {
        return false;
      }
    }
    left_.remove_prefix(4);
    AppendUtf8(code, text);
    return true;
  }

  std::string_view left_;
};

// The last component of a path, as a JSON text: only what tells the language.
std::string NameForLanguage(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  if (path.size() > 255) path.remove_prefix(path.size() - 255);
  std::string name;
  for (const char c : path) {
    const bool plain = c > ' ' && c < 0x7F && c != '"' && c != '\\';
    name.push_back(plain ? c : '_');
  }
  return name;
}

}  // namespace

std::string FindCtags() {
  for (const char* path : {"/usr/bin/ctags-universal", "/usr/bin/ctags"}) {
    if (::access(path, X_OK) == 0) return path;
  }
  return "";
}

bool ParseCtagsLine(std::string_view text, CtagsLine* line) {
  *line = CtagsLine();
  Json json(text);
  if (!json.Take('{')) return false;
  std::string key;
  std::string value;
  bool first = true;
  while (!json.Take('}')) {
    if (!first && !json.Take(',')) return false;
    first = false;
    if (!json.Text(&key) || !json.Take(':')) return false;
    if (json.Next('"')) {
      if (!json.Text(&value)) return false;
      if (key == "_type") line->type = value;
      if (key == "name") line->name = value;
      if (key == "kind") line->kind = value;
      if (key == "scope") line->scope = value;
      if (key == "scopeKind") line->scope_kind = value;
      continue;
    }
    if (!json.Word(&value)) return false;
    if (key == "fatal") line->fatal = value == "true";
    if (key != "line") continue;
    if (value.size() > 10) return false;
    for (const char digit : value) {
      if (!IsDigitAscii(digit)) return false;
      line->line = line->line * 10 + static_cast<std::uint64_t>(digit - '0');
    }
  }
  return json.AtEnd();
}

Status Ctags::Start() {
  int sockets[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
    return FromErrno("ctags: socket", errno);
  }
  UniqueFd own(sockets[0]);
  const UniqueFd childs(sockets[1]);
  std::vector<std::string> words = {options_.program, "--options=NONE",
                                    "--quiet",        "--_interactive=sandbox",
                                    "--sort=no",      "--fields=NnKsp-PFTft"};
  if (options_.headers_are_c) words.emplace_back("--langmap=C:+.h");
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return FromErrno("ctags: fork", errno);
  if (child == 0) {
    RunChild(childs.get(), options_.program.c_str(), argv.data());
  }
  child_ = child;
  socket_ = std::move(own);
  ::fcntl(socket_.get(), F_SETFL, O_NONBLOCK);
  return {};
}

void Ctags::Stop() {
  socket_.Reset();
  if (child_ < 0) return;
  ::kill(child_, SIGKILL);
  while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
}

Status Ctags::Wait(short events, Deadline deadline, short* ready) {
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      timed_out_ = true;
      return Temporary("ctags takes too long");
    }
    // Also where it reads or answers, but slowly.
    if (options_.stopping != nullptr && options_.stopping()) {
      return Temporary("ctags: stopped");
    }
    struct pollfd poll = {socket_.get(), events, 0};
    const int count =
        ::poll(&poll, 1, static_cast<int>(std::min(left, kSlice).count()));
    if (count < 0 && errno != EINTR) return FromErrno("ctags: poll", errno);
    if (count > 0) {
      *ready = poll.revents;
      return {};
    }
  }
}

Status Ctags::Exchange(std::string_view request, std::string_view text,
                       Deadline deadline, std::vector<Symbol>* symbols) {
  timed_out_ = false;
  std::string received;
  std::array<char, kReadBytes> buffer;
  CtagsLine line;
  while (true) {
    const bool sending = !request.empty() || !text.empty();
    short ready = 0;
    PM_RETURN_IF_ERROR(
        Wait(static_cast<short>(POLLIN | (sending ? POLLOUT : 0)), deadline,
             &ready));
    if ((ready & POLLOUT) != 0 && sending) {
      std::string_view& from = request.empty() ? text : request;
      const ssize_t sent =
          ::send(socket_.get(), from.data(), from.size(), MSG_NOSIGNAL);
      if (sent > 0) from.remove_prefix(static_cast<std::size_t>(sent));
      if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        return Temporary("ctags ended");
      }
    }
    if ((ready & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got == 0) return Temporary("ctags ended");
    if (got < 0) {
      if (errno == EAGAIN || errno == EINTR) continue;
      return Temporary("ctags ended");
    }
    received.append(buffer.data(), static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end = 0;
         (end = received.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
      const std::string_view one =
          std::string_view(received).substr(begin, end - begin);
      if (!ParseCtagsLine(one, &line)) return Temporary("ctags: no answer");
      if (line.type == "completed" && request.empty() && text.empty()) {
        return {};
      }
      if (line.type == "completed" || line.type == "error") {
        return Temporary("ctags: failed");
      }
      if (line.type != "tag") continue;
      if (symbols->size() >= kMaxSymbolsOfText) {
        return Temporary("ctags: too many definitions");
      }
      if (line.name.empty() || line.name.size() > kMaxSymbolBytes ||
          line.kind.size() > kMaxSymbolBytes ||
          line.scope.size() + line.scope_kind.size() >= kMaxSymbolBytes ||
          line.line == 0 ||
          line.line > std::numeric_limits<std::uint32_t>::max()) {
        continue;
      }
      Symbol symbol;
      symbol.name = line.name;
      symbol.line = static_cast<std::uint32_t>(line.line);
      symbol.kind = line.kind;
      if (!line.scope.empty()) {
        symbol.scope = line.scope_kind + ":" + line.scope;
      }
      symbols->push_back(std::move(symbol));
    }
    received.erase(0, begin);
    if (received.size() > kMaxAnswerLine) return Temporary("ctags: no answer");
  }
}

Status Ctags::Ask(std::string_view path, std::string_view text,
                  std::chrono::milliseconds time,
                  std::vector<Symbol>* symbols) {
  if (child_ < 0) PM_RETURN_IF_ERROR(Start());
  const std::string request =
      "{\"command\":\"generate-tags\",\"filename\":\"" + NameForLanguage(path) +
      "\",\"size\":" + std::to_string(text.size()) + "}\n";
  Status done =
      Exchange(request, text, std::chrono::steady_clock::now() + time, symbols);
  if (!done.ok()) Stop();
  return done;
}

Status Ctags::GiveUp(const std::string& why) {
  Stop();
  checked_ = true;
  usable_ = NotFound(why);
  return usable_;
}

Status Ctags::Check() {
  if (checked_) return usable_;
  const std::string program = "\"" + options_.program + "\"";
  if (options_.program.empty() ||
      ::access(options_.program.c_str(), X_OK) != 0) {
    return GiveUp("no program " + program);
  }
  // No process or no socket to be had says nothing of the program.
  if (child_ < 0) PM_RETURN_IF_ERROR(Start());
  std::vector<Symbol> symbols;
  Status asked =
      Ask(kProbeName, kProbeText,
          std::min<std::chrono::milliseconds>(options_.time, kCtagsProbeTime),
          &symbols);
  if (!asked.ok() && options_.stopping != nullptr && options_.stopping()) {
    return asked;
  }
  if (!asked.ok() || symbols.size() != 1 ||
      symbols.front().name != kProbeSymbol) {
    return GiveUp(program +
                  " does not answer as Universal Ctags with its "
                  "sandbox does (" +
                  (asked.ok() ? "wrong answer" : asked.error().message) + ")");
  }
  checked_ = true;
  return usable_;
}

Result<std::vector<Symbol>> Ctags::Run(std::string_view path,
                                       std::string_view text) {
  PM_RETURN_IF_ERROR(Check());
  std::vector<Symbol> symbols;
  // It calls a text of no bytes a bad request.
  if (text.empty()) return symbols;
  const Status asked = Ask(path, text, options_.time, &symbols);
  timeouts_ = !asked.ok() && timed_out_ ? timeouts_ + 1 : 0;
  if (timeouts_ >= kCtagsTimeouts) {
    return GiveUp("\"" + options_.program + "\" gave no answer on " +
                  std::to_string(timeouts_) + " texts in a row")
        .error();
  }
  if (!asked.ok()) return asked.error();
  return symbols;
}

}  // namespace patchmilter::tree
