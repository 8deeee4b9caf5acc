// A program in the place of ctags: a shell script that answers in other ways
// than that does.
#ifndef PATCHMILTER_TESTS_TREE_INDEX_FAKE_CTAGS_H_
#define PATCHMILTER_TESTS_TREE_INDEX_FAKE_CTAGS_H_

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace patchmilter::testing {

class FakeCtags {
 public:
  FakeCtags() {
    char name[] = "/tmp/pm-ctags-XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~FakeCtags() {
    ::unlink(program().c_str());
    ::rmdir(directory_.c_str());
  }
  FakeCtags(const FakeCtags&) = delete;
  FakeCtags& operator=(const FakeCtags&) = delete;

  std::string program() const { return directory_ + "/ctags"; }

  // What it does, from its start on.
  void Write(const std::string& script) const {
    std::ofstream(program()) << "#!/bin/sh\n" << script;
    ::chmod(program().c_str(), 0755);
  }
  // The same once it has answered the text that asks whether it is ctags: for
  // the first child alone, a later one is asked no more.
  void WriteAfterProbe(const std::string& script) const {
    Write("read -r request; read -r text\n" + Answer("probe") + script);
  }
  // Commands that answer with one definition.
  static std::string Answer(const std::string& name) {
    return "echo '{\"_type\": \"tag\", \"name\": \"" + name +
           "\", \"line\": 1, \"kind\": \"k\"}'\n"
           "echo '{\"_type\": \"completed\"}'\n";
  }
  // Answers that text whenever it comes, and does `other` on any other.
  void WriteForOthers(const std::string& other) const {
    Write(
        "while read -r request; do\n"
        "  read -r text\n"
        "  case $text in\n"
        "  'int probe;') " +
        Answer("probe") + " ;;\n  *) " + other +
        " ;;\n"
        "  esac\n"
        "done\n");
  }

 private:
  std::string directory_;
};

}  // namespace patchmilter::testing

#endif  // PATCHMILTER_TESTS_TREE_INDEX_FAKE_CTAGS_H_
