// Tool: one question as models, agents and the command line ask it: a name,
// parameters with types and bounds, and a text for an answer.
//
// One table (tool_table.cc) holds them all. The JSON schema that a model is
// shown, the check of the arguments that it sends, the options of
// `patchmilter query` and the manual are made from it.
//
// Arguments are hostile. What is not in the table, of another type or out of
// range is refused by name, with what would be right, and costs nothing.
// Threads: the table is constant; a call runs on its Code's thread.
// Tested in tests/review/tools/.
#ifndef PATCHMILTER_REVIEW_TOOLS_TOOL_H_
#define PATCHMILTER_REVIEW_TOOLS_TOOL_H_

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "review/tools/answer_text.h"
#include "tree/questions/code.h"

namespace patchmilter::review {

// A longer argument names nothing that is there.
inline constexpr std::size_t kMaxArgumentBytes = 4096;

struct Parameter {
  enum class Type : std::uint8_t { kString, kInteger, kBoolean };
  std::string_view name;
  Type type = Type::kString;
  std::string_view help;  // A phrase, for models and for people.
  bool required = false;
  std::int64_t minimum = 0;  // Of an integer.
  std::int64_t maximum = 0;
};

// Checked arguments: every name is one of the tool's, every value in range.
class Arguments {
 public:
  using Value = std::variant<std::string, std::int64_t, bool>;

  // What was given, or "", 0 (or `missing`), false.
  std::string Text(std::string_view name) const;
  std::int64_t Number(std::string_view name, std::int64_t missing = 0) const;
  std::uint32_t Line(std::string_view name, std::uint32_t missing = 0) const;
  bool Flag(std::string_view name) const;

  void Set(std::string_view name, Value value) {
    values_.insert_or_assign(std::string(name), std::move(value));
  }
  friend bool operator==(const Arguments&, const Arguments&) = default;

 private:
  std::map<std::string, Value, std::less<>> values_;
};

struct Tool {
  std::string_view name;         // "read_file".
  std::string_view description;  // For whoever chooses among the tools.
  std::span<const Parameter> parameters;
  // The parameter that stands alone on a command line; "" for none.
  std::string_view operand;
  Result<AnswerText> (*run)(tree::Code* code, const Arguments& arguments,
                            const tree::Bounds& bounds) = nullptr;
};

// In the order in which they are listed; the order never changes within a
// version, so that a provider's cache of the list holds.
std::span<const Tool> AllTools();
const Tool* FindTool(std::string_view name);  // nullptr for none.

// The arguments as a JSON Schema object, nothing else allowed.
nlohmann::ordered_json InputSchema(const Tool& tool);

// `json` as the arguments of `tool`; null and absent are the same as {}.
// kInvalidInput names the fault: "/first: must be an integer from 1 to …".
Result<Arguments> ParseArguments(const Tool& tool, const nlohmann::json& json);

// One value that was written as text, as on a command line.
Result<Arguments::Value> ParseValue(const Parameter& parameter,
                                    const std::string& text);

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_TOOLS_TOOL_H_
