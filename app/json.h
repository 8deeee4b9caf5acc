// JSON as the commands print it: keys in the order in which they are set,
// bytes that are not UTF-8 replaced (foreign text never makes us throw).
#ifndef PATCHMILTER_APP_JSON_H_
#define PATCHMILTER_APP_JSON_H_

#include <nlohmann/json.hpp>
#include <string>

namespace patchmilter::app {

using Json = nlohmann::ordered_json;

inline std::string ToText(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_JSON_H_
