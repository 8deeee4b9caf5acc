#include "review/engine/report_tools.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "review/findings_json.h"

namespace patchmilter::review {
namespace {

using Json = nlohmann::ordered_json;

// As models take it: one object, no alternatives, nothing but what is named.
constexpr std::string_view kFindingSchema = R"({
"type":"object",
"properties":{
"patch":{"type":"integer","minimum":0,"description":"number of the patch; 0 for the series as a whole"},
"file":{"type":"string","description":"path in the tree; leave out where the commit message is quoted"},
"lines":{"type":"array","items":{"type":"string"},"description":"lines of the patch, copied exactly as show_patch shows them, one after the other; the finding hangs on the last. Required unless it is about the series as a whole"},
"side":{"type":"string","enum":["new","old"],"description":"where the lines stand on both sides of the diff"},
"function":{"type":"string","description":"the function that it is in"},
"places":{"type":"array","description":"for one fault at several places: in the stead of patch, file, lines and side","items":{"type":"object","properties":{"patch":{"type":"integer","minimum":0},"file":{"type":"string"},"lines":{"type":"array","items":{"type":"string"}},"side":{"type":"string","enum":["new","old"]}},"required":["patch","lines"],"additionalProperties":false}},
"category":{"type":"string","description":"class of fault, in a word or two: use-after-free, locking, error-path, uapi"},
"title":{"type":"string","description":"the claim, in one line"},
"explanation":{"type":"string","description":"plain prose, at most 120 words: what happens, by which path it is reached, with the proof from the code. Code indented by four blanks"},
"suggestion":{"type":"string","description":"what to do about it, if that is not plain"},
"reachability":{"type":"string","enum":["always","common","rare","unlikely"]},
"consequence":{"type":"string","enum":["cosmetic","minor","misbehaviour","crash","corruption"]},
"confidence":{"type":"number","minimum":0,"maximum":1},
"pre_existing":{"type":"boolean","description":"the fault was there before this series"},
"fixed_by_patch":{"type":"integer","minimum":1,"description":"a later patch of the series that puts it right"}
},
"required":["category","title","explanation","reachability","consequence","confidence"],
"additionalProperties":false})";

constexpr std::string_view kFinishSchema = R"({
"type":"object",
"properties":{
"complete":{"type":"boolean","description":"all that you were asked to review was read and thought through"}
},
"required":["complete"],
"additionalProperties":false})";

constexpr std::string_view kJudgeSchema = R"({
"type":"object",
"properties":{
"verdict":{"type":"string","enum":["confirmed","refuted","undecided"]},
"reason":{"type":"string","description":"the code that decides it, by path and line"},
"fixed_by_patch":{"type":"integer","minimum":1,"description":"a later patch of the series that puts it right"},
"pre_existing":{"type":"boolean","description":"the fault was there before this series"},
"reachability":{"type":"string","enum":["always","common","rare","unlikely"],"description":"where the finding has it wrong"},
"consequence":{"type":"string","enum":["cosmetic","minor","misbehaviour","crash","corruption"],"description":"where the finding has it wrong"},
"confidence":{"type":"number","minimum":0,"maximum":1,"description":"that the finding holds"}
},
"required":["verdict","reason"],
"additionalProperties":false})";

// White space that is only for us does not go over the wire.
std::string Compact(std::string_view schema) {
  return Json::parse(schema).dump();
}

Result<Json> ParseObject(std::string_view arguments) {
  Json json = Json::parse(arguments, nullptr, false);
  if (json.is_discarded()) return InvalidInput("the arguments are not JSON");
  if (!json.is_object()) return InvalidInput("the arguments must be an object");
  for (auto member = json.begin(); member != json.end();) {
    member = member->is_null() ? json.erase(member) : std::next(member);
  }
  return json;
}

Status OnlyKnown(const Json& json,
                 std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : json.items()) {
    bool found = false;
    for (const std::string_view each : known) found = found || each == name;
    if (!found) {
      return InvalidInput("there is an argument that this tool does not have");
    }
  }
  return {};
}

Status ReadWeights(const Json& json, Verdict* verdict) {
  const auto reachability = json.find("reachability");
  if (reachability != json.end()) {
    if (reachability->is_string()) {
      verdict->reachability =
          ParseReachability(reachability->get<std::string>());
    }
    if (!verdict->reachability) {
      return InvalidInput(
          "/reachability: must be one of always, common, rare, unlikely");
    }
  }
  const auto consequence = json.find("consequence");
  if (consequence != json.end()) {
    if (consequence->is_string()) {
      verdict->consequence = ParseConsequence(consequence->get<std::string>());
    }
    if (!verdict->consequence) {
      return InvalidInput(
          "/consequence: must be one of cosmetic, minor, misbehaviour, crash, "
          "corruption");
    }
  }
  const auto confidence = json.find("confidence");
  if (confidence == json.end()) return {};
  const double value = confidence->is_number() ? confidence->get<double>() : -1;
  if (!(value >= 0 && value <= 1)) {
    return InvalidInput("/confidence: must be a number from 0 to 1");
  }
  verdict->confidence = value;
  return {};
}

}  // namespace

std::vector<model::ToolSpec> ReviewerReports() {
  return {{std::string(kReportFinding),
           "Reports one finding. Call it once for each, as soon as you are "
           "sure of it; nothing else that you write is read by anybody.",
           Compact(kFindingSchema)},
          {std::string(kFinishReview),
           "Ends this review, after all findings were reported.",
           Compact(kFinishSchema)}};
}

std::vector<model::ToolSpec> VerifierReports() {
  return {{std::string(kJudgeFinding),
           "Ends this verification: whether the finding holds.",
           Compact(kJudgeSchema)}};
}

Result<Finding> ParseReport(std::string_view arguments) {
  PM_ASSIGN_OR_RETURN(Json json, ParseObject(arguments));
  // A schema that is kept to the letter has all members, and some empty.
  for (auto member = json.begin(); member != json.end();) {
    const bool empty =
        (member->is_array() && member->empty()) ||
        (member->is_string() && member->get_ref<const std::string&>().empty());
    member = empty ? json.erase(member) : std::next(member);
  }
  PM_ASSIGN_OR_RETURN(Finding finding, ParseFinding(json));
  // What an engine says of severity and identity is not its to say.
  finding.id.clear();
  if (!finding.reachability || !finding.consequence) {
    return InvalidInput("\"reachability\" and \"consequence\" are required");
  }
  if (!json.contains("confidence")) {
    return InvalidInput("\"confidence\" is required");
  }
  return finding;
}

Result<Verdict> ParseVerdict(std::string_view arguments) {
  PM_ASSIGN_OR_RETURN(const Json json, ParseObject(arguments));
  PM_RETURN_IF_ERROR(
      OnlyKnown(json, {"verdict", "reason", "fixed_by_patch", "pre_existing",
                       "reachability", "consequence", "confidence"}));
  Verdict verdict;
  const auto named = json.find("verdict");
  const std::string word = named != json.end() && named->is_string()
                               ? named->get<std::string>()
                               : "";
  if (word == "confirmed") {
    verdict.kind = Verdict::Kind::kConfirmed;
  } else if (word == "refuted") {
    verdict.kind = Verdict::Kind::kRefuted;
  } else if (word != "undecided") {
    return InvalidInput(
        "/verdict: must be one of confirmed, refuted, undecided");
  }
  const auto reason = json.find("reason");
  if (reason == json.end() || !reason->is_string()) {
    return InvalidInput("/reason: must be a string");
  }
  verdict.reason = reason->get<std::string>();
  if (verdict.reason.size() > kMaxExplanation) {
    return InvalidInput(
        fmt::format("/reason: may have {} characters", kMaxExplanation));
  }
  const auto fixed = json.find("fixed_by_patch");
  if (fixed != json.end()) {
    if (!fixed->is_number_integer() || fixed->get<std::int64_t>() < 1 ||
        fixed->get<std::int64_t>() > kMaxPatchNumber) {
      return InvalidInput("/fixed_by_patch: must be the number of a patch");
    }
    verdict.fixed_by_patch = fixed->get<std::int64_t>();
  }
  const auto before = json.find("pre_existing");
  if (before != json.end()) {
    if (!before->is_boolean()) {
      return InvalidInput("/pre_existing: must be true or false");
    }
    verdict.pre_existing = before->get<bool>();
  }
  PM_RETURN_IF_ERROR(ReadWeights(json, &verdict));
  return verdict;
}

Result<bool> ParseFinish(std::string_view arguments) {
  PM_ASSIGN_OR_RETURN(const Json json, ParseObject(arguments));
  PM_RETURN_IF_ERROR(OnlyKnown(json, {"complete"}));
  const auto complete = json.find("complete");
  if (complete == json.end() || !complete->is_boolean()) {
    return InvalidInput("/complete: must be true or false");
  }
  return complete->get<bool>();
}

}  // namespace patchmilter::review
