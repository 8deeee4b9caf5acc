// The table of settings: the one place where a setting's section, name, form,
// range and help stand. The parser (config.cc), the checks (config_checks.cc),
// and the dump, sample and man page (config_dump.cc) walk it; defaults are
// those of the structs in config.h.
//
// Private to base/ and its tests: other rooms read the Config.
// Tested in tests/base/config_test.cc, which fails when a member of one of the
// structs is missing here.
#ifndef PATCHMILTER_BASE_CONFIG_TABLE_H_
#define PATCHMILTER_BASE_CONFIG_TABLE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"

namespace patchmilter::config {

// What a value means, and so how its text is checked (config_forms.h).
enum class Form {
  kLine,         // Any text on one line.
  kName,         // A name that other settings and tables refer to.
  kChoice,       // One of `choices`.
  kPath,         // An absolute path.
  kSocket,       // unix:/path, inet:port@host, inet6:port@host, fd:N
  kMode,         // Octal permissions, as text.
  kMailbox,      // "Name <addr-spec>" or addr-spec.
  kAddress,      // addr-spec
  kDomain,       // A domain name.
  kListId,       // The inside of a List-Id's <>.
  kSmtpUrl,      // smtp://host:port, smtps://host:port
  kWebUrl,       // http://…, https://…
  kBranch,       // A branch's name; "" is HEAD.
  kDestination,  // The name of a [[destination]].
  kTree,         // The name of a [[tree]].
  kModel,        // The name of a [[model]].
  kSecretFile,   // An absolute path, or "credential:NAME".
  kCommit,       // 40 hexadecimal digits.
  kInteger,
  kDuration,
  kSize,
  kMoney,
  kBool,
};

// The member's type.
enum class Storage { kText, kTexts, kInteger, kUnsigned, kBool, kKind };

struct Setting {
  std::string_view name;
  Form form = Form::kLine;
  Storage storage = Storage::kText;
  std::string_view help;  // A sentence or more, without markup.
  std::int64_t min = 0;   // Of numbers, durations (s), sizes (bytes).
  std::int64_t max = 0;
  std::vector<std::string_view> choices = {};
  // TOML, for settings that the sample sets; "" where it shows the default.
  std::string_view example = {};
  bool required = false;                 // In each [[section]] of its kind.
  void* (*at)(void* section) = nullptr;  // The member, of type `storage`.
};

struct Section {
  std::string_view name;
  bool repeated = false;  // [[name]]
  std::string_view help;
  std::vector<Setting> settings;
  // All such sections of a Config, in order; one where not repeated.
  std::vector<void*> (*all)(Config* config) = nullptr;
  // The section to read into: a new one where repeated.
  void* (*open)(Config* config) = nullptr;
};

// In the order of the sample and the man page.
const std::vector<Section>& Sections();

// The member that `setting` names, in `section`. REQUIRES: T fits its storage.
template <typename T>
T& Member(const Setting& setting, void* section) {
  return *static_cast<T*>(setting.at(section));
}

std::string_view KindName(DestinationConfig::Kind kind);

}  // namespace patchmilter::config

#endif  // PATCHMILTER_BASE_CONFIG_TABLE_H_
