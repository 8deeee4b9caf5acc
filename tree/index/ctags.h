// Ctags: Universal Ctags as a child in its own sandbox mode, asked for the
// definitions in one text after the other (ctags-json-output(5), and
// "--_interactive" in its manual).
//
// The texts are hostile, and so is what the child answers: it may crash, hang
// or lie. It runs with an empty environment, its own seccomp filter, limits on
// memory and files, and no descriptor but one socket; an answer that takes
// longer than kCtagsTime or is no answer costs it its life, and the text goes
// without definitions. The next text has a new child.
//
// A program that is something else fails on every text: so the first child is
// asked for the definition in a text of ours, and one that does not give it is
// not used. Nor is one any more that was too slow for kCtagsTimeouts texts in a
// row.
//
// Only who builds an index uses this: no question starts a process.
// Errors of Run: kNotFound where the program is not there, is not Universal
// Ctags with a sandbox, or answers no more, then and from then on; kTemporary
// for a text that it fails on, or where `stopping` says so.
// Threads: one.  Tested in tests/tree/index/ctags_test.cc.
#ifndef PATCHMILTER_TREE_INDEX_CTAGS_H_
#define PATCHMILTER_TREE_INDEX_CTAGS_H_

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/handle.h"
#include "base/result.h"
#include "tree/index/symbol.h"

namespace patchmilter::tree {

inline constexpr std::chrono::seconds kCtagsTime{30};
// For the text of ours.
inline constexpr std::chrono::seconds kCtagsProbeTime{10};
inline constexpr unsigned kCtagsTimeouts = 10;
inline constexpr std::size_t kMaxSymbolsOfText = 1'000'000;

// The program's path where Debian's package puts it; "" where it is not there.
std::string FindCtags();

struct CtagsOptions {
  std::string program;         // A path.
  bool headers_are_c = false;  // "x.h" is C; else ctags says C++.
  std::chrono::milliseconds time = kCtagsTime;
  // Asked several times a second while an answer is waited for.
  std::function<bool()> stopping = nullptr;
};

class Ctags {
 public:
  explicit Ctags(CtagsOptions options) : options_(std::move(options)) {}
  ~Ctags() { Stop(); }
  Ctags(const Ctags&) = delete;
  Ctags& operator=(const Ctags&) = delete;

  // Whether the program is what it should be: asked once, then remembered.
  Status Check();

  // The definitions in `text`, in the order that ctags gives. The language
  // follows from the last component of `path`, which is never opened.
  Result<std::vector<Symbol>> Run(std::string_view path, std::string_view text);

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  Status Start();
  void Stop();
  // Asks a child, a new one where there is none; who fails is no more.
  Status Ask(std::string_view path, std::string_view text,
             std::chrono::milliseconds time, std::vector<Symbol>* symbols);
  // Sends and receives; lines until the one that ends an answer.
  Status Exchange(std::string_view request, std::string_view text,
                  Deadline deadline, std::vector<Symbol>* symbols);
  // Waits until the socket is ready for `events`.
  Status Wait(short events, Deadline deadline, short* ready);

  // What is said of it from now on.
  Status GiveUp(const std::string& why);

  CtagsOptions options_;
  bool checked_ = false;
  Status usable_;           // Once it is checked.
  unsigned timeouts_ = 0;   // Of the last texts, in a row.
  bool timed_out_ = false;  // The last exchange.
  UniqueFd socket_;
  pid_t child_ = -1;
};

// One line of an answer. Public for its tests.
struct CtagsLine {
  std::string type;  // "_type"
  std::string name;
  std::string kind;
  std::string scope;
  std::string scope_kind;
  std::uint64_t line = 0;
  bool fatal = false;
};
// False for what is no JSON object of texts, numbers and truth values.
bool ParseCtagsLine(std::string_view text, CtagsLine* line);

}  // namespace patchmilter::tree

#endif  // PATCHMILTER_TREE_INDEX_CTAGS_H_
