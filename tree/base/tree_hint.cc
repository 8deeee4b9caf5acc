#include "tree/base/tree_hint.h"

#include <algorithm>

#include "base/text.h"

namespace patchmilter::tree {
namespace {

bool TakePrefix(std::string_view* text, std::string_view prefix) {
  if (!StartsWithIgnoreCase(*text, prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}

bool TakeDigits(std::string_view* text) {
  const std::size_t size = text->size();
  while (!text->empty() && IsDigitAscii(text->front())) text->remove_prefix(1);
  return text->size() < size;
}

// "6.12" of "linux-6.12.y", "6.12-stable", "v6.12.y" and "6.12"; "" of what
// names no stable release. `name` is one component.
std::string_view StableRelease(std::string_view name) {
  while (TakePrefix(&name, "linux-") || TakePrefix(&name, "stable-")) {
  }
  TakePrefix(&name, "v");
  std::string_view rest = name;
  if (!TakeDigits(&rest) || !TakePrefix(&rest, ".") || !TakeDigits(&rest)) {
    return "";
  }
  const std::string_view release = name.substr(0, name.size() - rest.size());
  TakePrefix(&rest, ".y");
  TakePrefix(&rest, "-stable");
  return rest.empty() ? release : "";
}

// "net-next" for net-next, linux/net-next and linux-net-next.
HintFit FitEnd(std::string_view name, std::string_view hint) {
  if (name.size() < hint.size()) return HintFit::kNone;
  const std::size_t begin = name.size() - hint.size();
  if (!EqualsIgnoreCase(name.substr(begin), hint)) return HintFit::kNone;
  const std::string_view front = name.substr(0, begin);
  if (front.empty() || front.back() == '/') return HintFit::kExact;
  if (front.back() != '-') return HintFit::kNone;
  const std::string_view component = front.substr(front.rfind('/') + 1);
  return EqualsIgnoreCase(component, "linux-") ? HintFit::kExact
                                               : HintFit::kEnd;
}

HintFit FitRelease(std::string_view name, std::string_view hint) {
  const std::string_view release =
      StableRelease(name.substr(name.rfind('/') + 1));
  if (release.empty()) return HintFit::kNone;
  for (const std::string_view component : Split(hint, '/')) {
    if (StableRelease(component) == release) return HintFit::kExact;
  }
  return HintFit::kNone;
}

}  // namespace

HintFit FitHint(std::string_view name, std::string_view hint) {
  while (hint.starts_with('-')) hint.remove_prefix(1);
  if (hint.size() < 3) return HintFit::kNone;
  const HintFit fit = std::max(FitEnd(name, hint), FitRelease(name, hint));
  // net-next/main, where a repository mirrors several.
  const std::size_t slash = name.rfind('/');
  if (slash == std::string_view::npos) return fit;
  const std::string_view last = name.substr(slash + 1);
  if (last != "main" && last != "master") return fit;
  return std::max(fit, FitEnd(name.substr(0, slash), hint));
}

}  // namespace patchmilter::tree
