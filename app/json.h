// JSON as the commands print it: keys in the order in which they are set,
// bytes that are not UTF-8 replaced (foreign text never makes us throw).
#ifndef PATCHMILTER_APP_JSON_H_
#define PATCHMILTER_APP_JSON_H_

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace patchmilter::app {

using Json = nlohmann::ordered_json;

inline std::string ToText(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

// How deep the objects and arrays of a text lie within one another, counted
// without parsing it. Parsing does not recurse, but copying and printing what
// was parsed do: ask this first where the text is hostile.
inline int JsonDepth(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_JSON_H_
