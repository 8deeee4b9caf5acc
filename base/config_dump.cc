// What is printed from the table: the dump, the sample, the manual.
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "base/config_forms.h"
#include "base/config_table.h"
#include "base/text.h"

namespace patchmilter {
namespace config {
namespace {

constexpr size_t kWidth = 78;

// A TOML basic string.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += fmt::format("\\u{:04x}", byte);
    } else {
      quoted += c;
    }
  }
  quoted += '"';
  return quoted;
}

std::string Value(const Setting& setting, void* section) {
  switch (setting.storage) {
    case Storage::kText:
      return Quoted(Member<std::string>(setting, section));
    case Storage::kTexts: {
      std::vector<std::string> quoted;
      for (const std::string& each :
           Member<std::vector<std::string>>(setting, section)) {
        quoted.push_back(Quoted(each));
      }
      return fmt::format("[{}]", Join(quoted, ", "));
    }
    case Storage::kInteger: {
      const std::string number =
          FormatNumber(setting, Member<std::int64_t>(setting, section));
      return setting.form == Form::kInteger ? number : Quoted(number);
    }
    case Storage::kUnsigned:
      return Quoted(ExactSize(Member<std::uint64_t>(setting, section)));
    case Storage::kBool:
      return Member<bool>(setting, section) ? "true" : "false";
    case Storage::kKind:
      return Quoted(
          KindName(Member<DestinationConfig::Kind>(setting, section)));
  }
  CHECK(false);
}

std::string Header(const Section& section) {
  return section.repeated ? fmt::format("[[{}]]", section.name)
                          : fmt::format("[{}]", section.name);
}

std::string FormName(const Setting& setting) {
  switch (setting.form) {
    case Form::kLine:
      return "text";
    case Form::kName:
      return "name";
    case Form::kChoice:
      return "choice";
    case Form::kPath:
      return "absolute path";
    case Form::kSocket:
      return "socket";
    case Form::kMode:
      return "octal permissions";
    case Form::kMailbox:
      return "name and address";
    case Form::kAddress:
      return "address";
    case Form::kDomain:
      return "domain name";
    case Form::kListId:
      return "List-Id";
    case Form::kSmtpUrl:
      return "server";
    case Form::kWebUrl:
      return "link";
    case Form::kBranch:
      return "branch";
    case Form::kDestination:
      return "name of a destination";
    case Form::kTree:
      return "name of a tree";
    case Form::kModel:
      return "name of a model";
    case Form::kSecretFile:
      return "absolute path or credential:NAME";
    case Form::kCommit:
      return "commit id";
    case Form::kInteger:
      return "number";
    case Form::kDuration:
      return "duration";
    case Form::kSize:
      return "size";
    case Form::kMoney:
      return "US dollars";
    case Form::kBool:
      return "true or false";
  }
  CHECK(false);
}

// "duration, 1s to 10s", "choice: "low", …", "list: address"
std::string FormText(const Setting& setting) {
  std::string text = FormName(setting);
  if (setting.storage == Storage::kTexts) text = "list; each: " + text;
  for (const std::string_view choice : setting.choices) {
    text += fmt::format("{} {}", choice == setting.choices.front() ? ":" : ",",
                        Quoted(choice));
  }
  if (setting.max > setting.min) {
    text += fmt::format(", {} to {}", FormatNumber(setting, setting.min),
                        FormatNumber(setting, setting.max));
  }
  return text;
}

// The section of a Config of defaults.
class Defaults {
 public:
  void* Of(const Section& section) { return section.open(&config_); }

 private:
  Config config_;
};

std::string Wrapped(std::string_view text, std::string_view prefix) {
  std::string wrapped;
  size_t column = 0;
  for (const std::string_view word : Split(text, ' ')) {
    if (column > 0 && column + 1 + word.size() > kWidth) {
      wrapped += '\n';
      column = 0;
    }
    if (column == 0) {
      wrapped += prefix;
      column = prefix.size();
    } else {
      wrapped += ' ';
      ++column;
    }
    wrapped += word;
    column += word.size();
  }
  return wrapped + "\n";
}

// roff: a backslash is \e, and a line may not start with a dot or an
// apostrophe; in a macro's arguments a quote is \(dq.
std::string Roff(std::string_view text) {
  std::string roff;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (roff.empty() || roff.back() == '\n')) {
      roff += "\\&";
    }
    if (c == '\\') {
      roff += "\\e";
    } else if (c == '"') {
      roff += "\\(dq";
    } else {
      roff += c;
    }
  }
  return roff;
}

}  // namespace
}  // namespace config

std::string DumpConfig(const Config& config) {
  Config copy = config;  // The table's members are not const.
  std::string dump;
  for (const config::Section& section : config::Sections()) {
    for (void* object : section.all(&copy)) {
      if (!dump.empty()) dump += '\n';
      dump += config::Header(section) + "\n";
      for (const config::Setting& setting : section.settings) {
        dump += fmt::format("{} = {}\n", setting.name,
                            config::Value(setting, object));
      }
    }
  }
  return dump;
}

std::string SampleConfig() {
  std::string sample =
      "# patchmilter.toml: settings that start with # show their default.\n"
      "# patchmilter check-config says whether the file is right;\n"
      "# patchmilter.toml(5) is the manual.\n";
  config::Defaults defaults;
  for (const config::Section& section : config::Sections()) {
    void* object = defaults.Of(section);
    sample += fmt::format("\n{}{}\n", config::Wrapped(section.help, "# "),
                          config::Header(section));
    for (const config::Setting& setting : section.settings) {
      sample += '\n';
      sample += config::Wrapped(setting.help, "# ");
      sample +=
          config::Wrapped(fmt::format("({})", config::FormText(setting)), "# ");
      sample += setting.example.empty()
                    ? fmt::format("#{} = {}\n", setting.name,
                                  config::Value(setting, object))
                    : fmt::format("{} = {}\n", setting.name, setting.example);
    }
  }
  return sample;
}

std::string ConfigManual() {
  std::string manual;
  config::Defaults defaults;
  for (const config::Section& section : config::Sections()) {
    void* object = defaults.Of(section);
    manual +=
        fmt::format(".Ss {}\n{}.Bl -tag -width Ds\n", config::Header(section),
                    config::Roff(config::Wrapped(section.help, "")));
    for (const config::Setting& setting : section.settings) {
      manual += fmt::format(".It Ic {}\n", setting.name);
      manual += config::Roff(config::Wrapped(setting.help, ""));
      manual += ".br\n";
      std::string form = "Form: " + config::FormText(setting) + ".";
      form += setting.required
                  ? " Required."
                  : " Default: " + config::Value(setting, object) + ".";
      manual += config::Roff(config::Wrapped(form, ""));
    }
    manual += ".El\n";
  }
  return manual;
}

}  // namespace patchmilter
