#include "tests/tree/generated_series.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <random>
#include <sstream>
#include <utility>

#include "base/files.h"
#include "base/text.h"

namespace patchmilter::testing {
namespace {

struct ModelFile {
  std::string mode = "100644";
  std::string bytes;  // Of a submodule: its commit id.
};
using Model = std::map<std::string, ModelFile>;

class Generator {
 public:
  Generator(std::uint64_t seed, bool roomy) : random_(seed), roomy_(roomy) {}

  std::size_t Below(std::size_t n) { return random_() % n; }
  bool Chance(std::size_t percent) { return Below(100) < percent; }
  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[Below(from.size())];
  }

  // Few different lines, so that hunks match in more than one place.
  std::string Line() {
    static const std::vector<std::string> kLines = {
        "",          "{",           "}",         "\tint a;",    "\tint  a;",
        "\treturn;", "int f(void)", "\ta++;",    " ",           "#include <x>",
        "-- ",       "+++ b/x",     "--- a/x",   "@@ -1 +1 @@", "\\ odd",
        "x\ty",      "trailing ",   "\tb = 1;\r"};
    if (Chance(30)) return "line " + std::to_string(Below(1000));
    return Pick(kLines);
  }

  std::string Text() {
    std::string text;
    if (roomy_) {
      for (std::size_t i = 12 + Below(30); i > 0; --i) {
        text += Chance(20) ? Line() + "\n"
                           : "line " + std::to_string(Below(100'000)) + "\n";
      }
      if (Chance(10)) text.pop_back();
      return text;
    }
    const std::size_t lines = Chance(10)   ? 0
                              : Chance(20) ? Below(3)
                                           : Below(60);
    for (std::size_t i = 0; i < lines; ++i) text += Line() + "\n";
    if (!text.empty() && Chance(15)) text.pop_back();
    return text;
  }

  std::string Binary() {
    std::string bytes(1 + Below(3000), '\0');
    const bool dull = Chance(50);
    for (char& c : bytes) c = static_cast<char>(dull ? Below(3) : Below(256));
    bytes[0] = '\0';
    return bytes;
  }

  std::string Path() {
    static const std::vector<std::string> kPaths = {
        "a",          "b",       "c.c",      "dir/a",   "dir/b.h",  "dir/sub/x",
        "dir/sub/y",  "dir.c",   "dir-x",    "e",       "e/f",      "e/f/g",
        "with space", "tab\tin", "\xc3\xa9", "q\"uote", "Makefile", "z/1/2/3"};
    return Pick(kPaths);
  }

  // Whether a file may be put at `path`: nothing above or below is a file.
  static bool Fits(const Model& model, const std::string& path) {
    for (const auto& [other, file] : model) {
      if (other == path || other.starts_with(path + "/") ||
          path.starts_with(other + "/")) {
        return false;
      }
    }
    return true;
  }

  ModelFile File() {
    ModelFile file;
    if (Chance(12)) {
      file.bytes = Binary();
    } else if (Chance(6)) {
      file.mode = "120000";
      file.bytes = Path();
    } else if (Chance(4)) {
      file.mode = "160000";
      file.bytes = SubmoduleId();
    } else {
      file.bytes = Text();
    }
    if (file.mode == "100644" && Chance(15)) file.mode = "100755";
    return file;
  }

  std::string SubmoduleId() {
    std::string id(40, '0');
    for (char& c : id) c = "123456789abcdef"[Below(15)];
    return id;
  }

  Model Base() {
    Model model;
    const std::size_t files = 1 + Below(7);
    for (std::size_t i = 0; i < files; ++i) {
      const std::string path = Path();
      if (Fits(model, path)) model[path] = File();
    }
    return model;
  }

  void EditText(std::string* text) {
    std::vector<std::string> lines;
    for (const std::string_view line : Split(*text, '\n')) {
      lines.emplace_back(line);
    }
    const std::size_t edits = 1 + Below(roomy_ ? 2 : 4);
    for (std::size_t i = 0; i < edits; ++i) {
      const std::size_t at = Below(lines.size() + 1);
      const auto place = lines.begin() + static_cast<std::ptrdiff_t>(at);
      if (Chance(40) || at == lines.size()) {
        lines.insert(place, Line());
      } else if (Chance(50)) {
        lines.erase(place);
      } else {
        *place = Line();
      }
    }
    *text = "";
    for (std::size_t i = 0; i < lines.size(); ++i) {
      *text += (i > 0 ? "\n" : "") + lines[i];
    }
  }

  void Edit(Model* model) {
    if (model->empty()) {
      (*model)[Path()] = File();
      return;
    }
    auto it = model->begin();
    std::advance(it, Below(model->size()));
    ModelFile& file = it->second;
    const std::string path = it->first;
    const std::string other = Path();
    const std::size_t kind = Below(100);
    if (kind < 50) {
      if (file.mode == "160000") {
        file.bytes = SubmoduleId();
      } else if (!file.bytes.empty() && file.bytes[0] == '\0') {
        file.bytes[1 + Below(file.bytes.size())] = 'x';
        if (Chance(30)) file.bytes += Binary();
      } else if (file.mode == "120000") {
        file.bytes += "x";
      } else {
        EditText(&file.bytes);
      }
    } else if (kind < 60) {
      if (Fits(*model, other)) (*model)[other] = File();
    } else if (kind < 68) {
      model->erase(it);
    } else if (kind < 80) {
      ModelFile moved = file;
      Model without = *model;
      without.erase(path);
      if (!Fits(without, other)) return;
      if (Chance(50) && moved.mode == "100644") EditText(&moved.bytes);
      without[other] = moved;
      *model = without;
    } else if (kind < 87) {
      if (Fits(*model, other)) {
        ModelFile copy = file;
        if (Chance(50) && copy.mode == "100644") EditText(&copy.bytes);
        if (file.mode == "100644") EditText(&file.bytes);
        (*model)[other] = copy;
      }
    } else if (kind < 93) {
      if (file.mode == "100644") {
        file.mode = "100755";
      } else if (file.mode == "100755") {
        file.mode = "100644";
      }
    } else if (kind < 97) {
      file = File();  // Maybe another type.
    } else {
      ModelFile* swap = &model->begin()->second;
      std::swap(*swap, file);
    }
  }

  // One random damage, as mailers and hands do.
  void Damage(std::string* patch) {
    std::vector<std::string> lines;
    for (const std::string_view line : Split(*patch, '\n')) {
      lines.emplace_back(line);
    }
    if (lines.size() < 2) return;
    const std::size_t at = Below(lines.size());
    const auto place = lines.begin() + static_cast<std::ptrdiff_t>(at);
    switch (Below(8)) {
      case 0:
        lines.erase(place);
        break;
      case 1:
        lines.insert(place, *place);
        break;
      case 2:
        lines.insert(place, Line());
        break;
      case 3:
        if (!place->empty()) place->erase(Below(place->size()), 1);
        break;
      case 4:
        lines.resize(at);
        break;
      case 5:
        for (char& c : *place) {
          if (IsDigitAscii(c) && Chance(50)) {
            c = static_cast<char>('0' + Below(10));
          }
        }
        break;
      case 6:
        std::replace(place->begin(), place->end(), '\t', ' ');
        break;
      default:
        if (place->size() > 1) {
          const std::size_t cut = 1 + Below(place->size() - 1);
          const std::string rest = place->substr(cut);
          place->resize(cut);
          lines.insert(place + 1, rest);
        }
        break;
    }
    // A mail's text ends in LF.
    *patch = "";
    for (const std::string& line : lines) *patch += line + "\n";
  }

 private:
  std::mt19937_64 random_;
  bool roomy_;
};

class Importer {
 public:
  // Notes a commit of `model`; its place in Run()'s answer.
  std::size_t Add(const Model& model) {
    stream_ << "commit refs/heads/generated\nmark :" << ++marks_
            << "\ncommitter A <a@example.org> 1700000000 +0000\ndata 1\nx\n"
               "deleteall\n";
    for (const auto& [path, file] : model) {
      stream_ << "M " << file.mode << ' ';
      if (file.mode == "160000") {
        stream_ << file.bytes << ' ' << Quoted(path) << '\n';
      } else {
        stream_ << "inline " << Quoted(path) << "\ndata " << file.bytes.size()
                << '\n'
                << file.bytes << '\n';
      }
    }
    return marks_ - 1;
  }

  std::vector<std::string> Run(ScratchGit* git) {
    const std::string marks = git->directory() + "/marks";
    git->Git({"fast-import", "--quiet", "--export-marks=" + marks},
             stream_.str());
    std::vector<std::string> ids(marks_);
    const std::string text = ReadFile(marks).value();
    for (const std::string_view line : Split(text, '\n')) {
      const std::size_t blank = line.find(' ');
      if (blank == std::string_view::npos) continue;
      ids[*ParseUnsigned(line.substr(1, blank - 1)) - 1] =
          line.substr(blank + 1);
    }
    return ids;
  }

 private:
  static std::string Quoted(const std::string& path) {
    std::string quoted = "\"";
    for (const char c : path) {
      char octal[8];
      std::snprintf(octal, sizeof(octal), "\\%03o",
                    static_cast<unsigned>(static_cast<unsigned char>(c)));
      quoted += octal;
    }
    return quoted + "\"";
  }

  std::ostringstream stream_;
  std::size_t marks_ = 0;
};

}  // namespace

std::vector<GeneratedSeries> GenerateSeries(ScratchGit* git, std::uint64_t seed,
                                            std::size_t count, bool damaged,
                                            bool roomy) {
  static const std::vector<std::vector<std::string>> kForms = {
      {"--binary", "-M"},
      {"--binary", "-M", "-C", "--find-copies-harder"},
      {"--binary", "-U1", "-M"},
      {"--binary", "-U0"},
      {"--binary", "--no-renames", "-U5"},
      {"-M"},
      {"--full-index", "--no-renames"},
      {"--binary", "-D", "-M30%"},
      {"--binary", "--irreversible-delete", "-B", "-M"},
      {"--binary", "-W", "-M"},
  };
  Generator generator(seed, roomy);
  Importer importer;
  struct Plan {
    std::size_t base;
    std::vector<std::size_t> steps;  // The authors' base, then each patch.
  };
  std::vector<Plan> plans;
  for (std::size_t i = 0; i < count; ++i) {
    Plan plan;
    Model model = generator.Base();
    Model base = model;
    const std::size_t moves = generator.Below(4);
    for (std::size_t n = roomy ? moves + 2 : moves; n > 1; --n) {
      generator.Edit(&base);
    }
    plan.base = importer.Add(base);
    plan.steps.push_back(importer.Add(model));
    for (std::size_t n = 1 + generator.Below(4); n > 0; --n) {
      for (std::size_t e = 1 + generator.Below(4); e > 0; --e) {
        generator.Edit(&model);
      }
      plan.steps.push_back(importer.Add(model));
    }
    plans.push_back(std::move(plan));
  }
  const std::vector<std::string> ids = importer.Run(git);

  std::vector<GeneratedSeries> result(count);
  for (std::size_t i = 0; i < count; ++i) {
    result[i].base = ids[plans[i].base];
    for (std::size_t k = 1; k < plans[i].steps.size(); ++k) {
      std::vector<std::string> arguments = {"diff-tree", "-r", "-p"};
      const auto& form = kForms[i % kForms.size()];
      arguments.insert(arguments.end(), form.begin(), form.end());
      arguments.push_back(ids[plans[i].steps[k - 1]]);
      arguments.push_back(ids[plans[i].steps[k]]);
      std::string patch = git->TryGit(arguments).out;
      if (patch.empty()) continue;  // The edits cancelled out.
      patch += "-- \n2.39.5\n\n";
      result[i].patches.push_back(std::move(patch));
    }
  }
  if (damaged) {
    for (GeneratedSeries& series : result) {
      for (std::string& patch : series.patches) {
        if (generator.Chance(70)) generator.Damage(&patch);
      }
    }
  }
  return result;
}

GitDecision AskGit(ScratchGit* git, const GeneratedSeries& series) {
  GitDecision decision;
  std::error_code ignored;  // There is one where git has crashed before.
  std::filesystem::remove(git->work() + "/.git/index.lock", ignored);
  git->Git({"read-tree", series.base});
  for (const std::string& patch : series.patches) {
    const CommandOutcome outcome =
        git->TryGit({"apply", "--cached", "-"}, patch);
    decision.complaint += outcome.err;
    decision.crashed = outcome.status > 128;
    if (outcome.status != 0) break;
    ++decision.applied;
    decision.trees.push_back(git->Git({"write-tree"}));
  }
  return decision;
}

}  // namespace patchmilter::testing
