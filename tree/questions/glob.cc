#include "tree/questions/glob.h"

#include <algorithm>
#include <string>

#include "base/log.h"

namespace patchmilter::tree {
namespace {

constexpr std::size_t kWordBits = 64;

Error Unfinished(std::string_view what, std::string_view pattern) {
  return InvalidInput("the glob \"" + log::Clean(pattern) + "\" ends in " +
                      std::string(what));
}

std::size_t Index(char c) { return static_cast<unsigned char>(c); }

}  // namespace

Result<Glob> Glob::Compile(std::string_view pattern) {
  if (pattern.size() > kMaxGlobBytes) {
    return InvalidInput("a glob may have " + std::to_string(kMaxGlobBytes) +
                        " bytes, not " + std::to_string(pattern.size()));
  }
  Glob glob;
  const bool anchored = pattern.find('/') != std::string_view::npos;
  std::string whole(pattern);
  if (!whole.empty() && whole.front() == '/') whole.erase(0, 1);
  if (!whole.empty() && whole.back() == '/') whole += "**";
  if (whole.empty()) return InvalidInput("the glob is empty");
  if (!anchored) glob.AddStep(Step::kDirectories);

  std::string_view rest = whole;
  while (true) {
    const std::size_t slash = rest.find('/');
    const std::string_view component = rest.substr(0, slash);
    const bool last = slash == std::string_view::npos;
    if (component == "**") {
      glob.AddStep(last ? Step::kRest : Step::kDirectories);
    } else {
      PM_RETURN_IF_ERROR(glob.AddComponent(component));
      if (!last) glob.AddByte('/');
    }
    if (last) break;
    rest.remove_prefix(slash + 1);
  }
  for (const Token& token : glob.tokens_) {
    if (token.step != Step::kByte || token.bytes.count() != 1) break;
    for (std::size_t c = 0; c < token.bytes.size(); ++c) {
      if (token.bytes[c]) glob.prefix_ += static_cast<char>(c);
    }
  }
  glob.Prepare();
  return glob;
}

Status Glob::AddComponent(std::string_view component) {
  for (std::size_t at = 0; at < component.size(); ++at) {
    switch (component[at]) {
      case '*':
        AddStep(Step::kStar);
        break;
      case '?': {
        AddByte('/');
        tokens_.back().bytes.flip();
        break;
      }
      case '[': {
        PM_ASSIGN_OR_RETURN(at, AddSet(component, at));
        break;
      }
      case '\\':
        if (++at == component.size()) return Unfinished("'\\'", component);
        AddByte(component[at]);
        break;
      default:
        AddByte(component[at]);
    }
  }
  return {};
}

// The set that begins at `at`; gives where its ']' stands.
Result<std::size_t> Glob::AddSet(std::string_view component, std::size_t at) {
  const auto unfinished = [component] {
    return Unfinished("a set without its ']'", component);
  };
  std::bitset<256> set;
  std::size_t next = at + 1;
  const bool negated = next < component.size() &&
                       (component[next] == '!' || component[next] == '^');
  if (negated) ++next;
  const auto take = [&component, &next]() -> int {
    if (next < component.size() && component[next] == '\\') ++next;
    return next < component.size() ? static_cast<int>(Index(component[next++]))
                                   : -1;
  };
  for (bool first = true;; first = false) {
    if (next >= component.size()) return unfinished();
    if (component[next] == ']' && !first) break;
    const int low = take();
    int high = low;
    if (next + 1 < component.size() && component[next] == '-' &&
        component[next + 1] != ']') {
      ++next;
      high = take();
    }
    if (low < 0 || high < 0) return unfinished();
    for (int c = low; c <= high; ++c) set.set(static_cast<std::size_t>(c));
  }
  if (negated) set.flip();
  set.reset(Index('/'));
  tokens_.push_back({Step::kByte, set});
  return next;
}

void Glob::AddByte(char c) {
  Token token;
  token.bytes.set(Index(c));
  tokens_.push_back(token);
}

void Glob::AddStep(Step step) {
  // Twice is once.
  if (!tokens_.empty() && tokens_.back().step == step) return;
  tokens_.push_back({step, {}});
}

void Glob::Prepare() {
  words_ = tokens_.size() / kWordBits + 1;
  takes_.assign(words_ * 256, 0);
  stays_.assign(words_ * 2, 0);
  skips_.assign(words_, 0);
  at_component_.assign(words_, 0);
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    const std::size_t word = i / kWordBits;
    const Word bit = Word{1} << (i % kWordBits);
    const Token& token = tokens_[i];
    for (std::size_t c = 0; c < 256; ++c) {
      if (token.bytes[c]) takes_[c * words_ + word] |= bit;
    }
    if (token.step == Step::kByte) continue;
    stays_[word] |= bit;
    if (token.step != Step::kStar) stays_[words_ + word] |= bit;
    (token.step == Step::kDirectories ? at_component_ : skips_)[word] |= bit;
  }
}

bool Glob::Matches(std::string_view path) const {
  if (path.substr(0, prefix_.size()) != prefix_) return false;
  std::vector<Word> states(words_, 0);
  states[0] = 1;
  // Goes on over tokens that match nothing. Never more than two in a row: equal
  // ones are one, and '**' stands alone in its component.
  const auto skip = [this, &states](bool component_begins) {
    for (bool more = true; more;) {
      more = false;
      Word carry = 0;
      for (std::size_t i = 0; i < words_; ++i) {
        Word from = states[i] & skips_[i];
        if (component_begins) from |= states[i] & at_component_[i];
        const Word reached = (from << 1 | carry) & ~states[i];
        carry = from >> (kWordBits - 1);
        more = more || reached != 0;
        states[i] |= reached;
      }
    }
  };
  skip(true);
  for (const char c : path) {
    const Word* takes = &takes_[Index(c) * words_];
    const Word* stays = &stays_[c == '/' ? words_ : 0];
    Word carry = 0;
    Word any = 0;
    for (std::size_t i = 0; i < words_; ++i) {
      const Word moved = states[i] & takes[i];
      const Word stayed = states[i] & stays[i];
      states[i] = (moved << 1 | carry) | stayed;
      carry = moved >> (kWordBits - 1);
      any |= states[i];
    }
    if (any == 0) return false;
    skip(c == '/');
  }
  return (states[tokens_.size() / kWordBits] >> (tokens_.size() % kWordBits) &
          1) != 0;
}

}  // namespace patchmilter::tree
