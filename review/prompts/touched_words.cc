#include "review/prompts/touched_words.h"

#include <algorithm>

namespace patchmilter::review {
namespace {

void AddComponents(std::string_view path,
                   std::vector<std::string_view>* components) {
  for (std::string_view name : Split(path, '/')) {
    if (!name.empty()) components->push_back(name);
  }
  const std::string_view last = LastName(path);
  const std::size_t dot = last.find('.');
  if (dot != std::string_view::npos && dot != 0) {
    components->push_back(last.substr(0, dot));
  }
}

void SortOnce(std::vector<std::string_view>* words) {
  std::sort(words->begin(), words->end());
  words->erase(std::unique(words->begin(), words->end()), words->end());
}

// At most `left` different ones.
void AddIdentifiers(std::string_view lines, std::size_t left, FileWords* file) {
  std::size_t i = 0;
  while (i < lines.size() && file->identifiers.size() < kMaxWordsRead) {
    if (!IsWordByte(lines[i])) {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    while (i < lines.size() && IsWordByte(lines[i])) ++i;
    const std::string_view word = lines.substr(begin, i - begin);
    if (IsDigitAscii(word.front()) || word.size() > kMaxTouchedWord) continue;
    file->identifiers.push_back(word);
    std::size_t behind = i;
    while (behind < lines.size() &&
           (lines[behind] == ' ' || lines[behind] == '\t')) {
      ++behind;
    }
    if (behind < lines.size() && lines[behind] == '(') {
      file->called.push_back(word);
    }
    i = std::max(i, behind);
  }
  SortOnce(&file->identifiers);
  SortOnce(&file->called);
  if (file->identifiers.size() > left) file->identifiers.resize(left);
}

}  // namespace

std::string_view LastName(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::vector<FileWords> WordsOf(const Touched& touched) {
  std::vector<FileWords> files;
  files.reserve(touched.files.size());
  std::size_t left = kMaxTouchedWords;
  for (const TouchedFile& each : touched.files) {
    FileWords file;
    for (std::string_view path :
         {std::string_view(each.path), std::string_view(each.old_path)}) {
      if (path.empty()) continue;
      file.paths.push_back(path);
      AddComponents(path, &file.components);
    }
    file.lines = each.lines;
    AddIdentifiers(each.lines, left, &file);
    left -= std::min(left, file.identifiers.size());
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace patchmilter::review
