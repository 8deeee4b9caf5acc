// Faults of a configuration, and those that only show across settings.
// Private to base/ and its tests.  Tested in tests/base/config_test.cc.
#ifndef PATCHMILTER_BASE_CONFIG_CHECKS_H_
#define PATCHMILTER_BASE_CONFIG_CHECKS_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/config.h"

namespace patchmilter::config {

struct Place {
  unsigned line = 0;  // From 1; 0: the file as a whole.
  unsigned column = 0;

  auto operator<=>(const Place&) const = default;
};

struct Fault {
  Place place;
  std::string text;  // One line; what is wrong, and what would be right.
};

// Where values stand in the file, by section, its number among those of its
// name (0, 1, …), setting, and number in the setting's list.
class Places {
 public:
  void Set(std::string_view section, size_t number, std::string_view setting,
           size_t element, Place place);
  // Of the element, else of the setting, else of the section, else the file.
  Place Of(std::string_view section, size_t number = 0,
           std::string_view setting = "", size_t element = 0) const;

 private:
  using Key = std::tuple<std::string, size_t, std::string, size_t>;
  std::map<Key, Place> places_;
};

// Duplicates, references to what is not there, loops, what `use` requires.
// Adds to `faults`.
void CheckConfig(const Config& config, ConfigUse use, const Places& places,
                 std::vector<Fault>* faults);

}  // namespace patchmilter::config

#endif  // PATCHMILTER_BASE_CONFIG_CHECKS_H_
