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
// Only who builds an index uses this: no question starts a process.
// Errors of Run: kNotFound where the program cannot be started or is not
// Universal Ctags with a sandbox; kTemporary for a text that it fails on.
// Threads: one.  Tested in tests/tree/index/ctags_test.cc.
#ifndef PATCHMILTER_TREE_INDEX_CTAGS_H_
#define PATCHMILTER_TREE_INDEX_CTAGS_H_

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/handle.h"
#include "base/result.h"
#include "tree/index/symbol.h"

namespace patchmilter::tree {

inline constexpr std::chrono::seconds kCtagsTime{30};
inline constexpr std::size_t kMaxSymbolsOfText = 1'000'000;

// The program's path where Debian's package puts it; "" where it is not there.
std::string FindCtags();

struct CtagsOptions {
  std::string program;         // A path.
  bool headers_are_c = false;  // "x.h" is C; else ctags says C++.
  std::chrono::milliseconds time = kCtagsTime;
};

class Ctags {
 public:
  explicit Ctags(CtagsOptions options) : options_(std::move(options)) {}
  ~Ctags() { Stop(); }
  Ctags(const Ctags&) = delete;
  Ctags& operator=(const Ctags&) = delete;

  // The definitions in `text`, in the order that ctags gives. The language
  // follows from the last component of `path`, which is never opened.
  Result<std::vector<Symbol>> Run(std::string_view path, std::string_view text);

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  Status Start();
  void Stop();
  // Sends and receives; lines until the one that ends an answer.
  Status Exchange(std::string_view request, std::string_view text,
                  std::vector<Symbol>* symbols);
  // Waits until the socket is ready for `events`.
  Status Wait(short events, Deadline deadline, short* ready);

  CtagsOptions options_;
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
