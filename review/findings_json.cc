#include "review/findings_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/text.h"

namespace patchmilter::review {

namespace {

using Json = nlohmann::ordered_json;

// A part of the document and where it stands: a JSON Pointer.
struct Part {
  const Json& json;
  std::string at;

  Error Fault(std::string_view what) const {
    return InvalidInput(
        fmt::format("{}: {}", at.empty() ? "the document" : at, what));
  }
  std::optional<Part> Find(const char* name) const {
    const auto found = json.find(name);
    if (found == json.end()) return std::nullopt;
    return Part{*found, at + "/" + name};
  }
  Part At(std::size_t index) const {
    return {json.at(index), at + "/" + std::to_string(index)};
  }
};

// A name that the document gives, to stand in a message and in a pointer.
std::string Shown(std::string_view name) {
  std::string shown;
  for (const char c : name.substr(0, 60)) {
    if (c == '~') {
      shown += "~0";
    } else if (c == '/') {
      shown += "~1";
    } else {
      shown += c >= ' ' && c < 0x7F ? c : '?';
    }
  }
  return shown;
}

// An object that has no other parts than these.
Status CheckObject(const Part& part,
                   std::initializer_list<std::string_view> known) {
  if (!part.json.is_object()) return part.Fault("must be an object");
  for (const auto& [name, value] : part.json.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string_view nearest;
    size_t distance = 3;
    for (const std::string_view candidate : known) {
      const size_t edits = EditDistance(name, candidate);
      if (edits < distance) {
        distance = edits;
        nearest = candidate;
      }
    }
    return InvalidInput(fmt::format(
        "{}/{}: no such part in version {} of the schema{}", part.at,
        Shown(name), kFindingsVersion,
        nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest)));
  }
  return {};
}

Status CheckArray(const Part& part, std::size_t least, std::size_t most) {
  if (!part.json.is_array()) return part.Fault("must be an array");
  if (part.json.size() < least) return part.Fault("must not be empty");
  if (part.json.size() > most) {
    return part.Fault(fmt::format("has {} entries; at most {} are allowed",
                                  part.json.size(), most));
  }
  return {};
}

Status Require(const Part& part, const char* name) {
  if (part.json.contains(name)) return {};
  return part.Fault(fmt::format("\"{}\" is missing", name));
}

// The parser has seen to it that this is UTF-8.
std::size_t Characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(),
      [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

Result<std::string> Text(const Part& part, std::size_t least,
                         std::size_t most) {
  if (!part.json.is_string()) return part.Fault("must be a string");
  const auto& text = part.json.get_ref<const std::string&>();
  const std::size_t characters = Characters(text);
  if (characters < least) return part.Fault("must not be empty");
  if (characters > most) {
    return part.Fault(fmt::format("has {} characters; at most {} are allowed",
                                  characters, most));
  }
  return text;
}

// As JSON Schema has it, 3.0 is an integer.
Result<std::int64_t> Whole(const Part& part, std::int64_t least,
                           std::int64_t most) {
  const auto range = [&] {
    return part.Fault(
        fmt::format("must be a whole number from {} to {}", least, most));
  };
  if (!part.json.is_number()) return range();
  const double value = part.json.get<double>();
  if (value != std::floor(value) || value < static_cast<double>(least) ||
      value > static_cast<double>(most)) {
    return range();
  }
  return static_cast<std::int64_t>(value);
}

template <typename Enum>
Result<Enum> Choice(const Part& part,
                    std::optional<Enum> (*parse)(std::string_view),
                    std::string_view choices) {
  if (part.json.is_string()) {
    if (const auto value = parse(part.json.get_ref<const std::string&>())) {
      return *value;
    }
  }
  return part.Fault(fmt::format("must be one of {}", choices));
}

std::optional<Side> ParseSide(std::string_view name) {
  if (name == "new") return Side::kNew;
  if (name == "old") return Side::kOld;
  return std::nullopt;
}

// Sets `*out` where the part is there.
Status ReadName(const Part& part, const char* name, std::string* out) {
  if (const auto found = part.Find(name)) {
    PM_ASSIGN_OR_RETURN(*out, Text(*found, 1, kMaxName));
  }
  return {};
}

Result<std::vector<std::string>> ReadLines(const Part& part) {
  PM_RETURN_IF_ERROR(CheckArray(part, 1, kMaxQuotedLines));
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < part.json.size(); ++i) {
    const Part entry = part.At(i);
    PM_ASSIGN_OR_RETURN(std::string line, Text(entry, 0, kMaxQuotedLine));
    if (line.find('\n') != std::string::npos) {
      return entry.Fault("must be one line, without a line end");
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

// The parts that a finding with one place and an entry of "places" share.
Result<Anchor> ReadPlace(const Part& part) {
  Anchor anchor;
  PM_RETURN_IF_ERROR(Require(part, "patch"));
  PM_ASSIGN_OR_RETURN(anchor.patch,
                      Whole(*part.Find("patch"), 0, kMaxPatchNumber));
  if (const auto file = part.Find("file")) {
    PM_ASSIGN_OR_RETURN(anchor.path, Text(*file, 1, kMaxPath));
  }
  if (const auto hunk = part.Find("hunk")) {
    PM_ASSIGN_OR_RETURN(const std::int64_t number,
                        Whole(*hunk, 1, kMaxHunkNumber));
    anchor.hunk = static_cast<std::uint32_t>(number - 1);
  }
  if (const auto lines = part.Find("lines")) {
    PM_ASSIGN_OR_RETURN(anchor.quoted, ReadLines(*lines));
  }
  if (const auto side = part.Find("side")) {
    PM_ASSIGN_OR_RETURN(anchor.side,
                        Choice<Side>(*side, ParseSide, "new, old"));
  }
  if (anchor.path.empty() && anchor.quoted.empty() && anchor.patch == 0) {
    anchor.kind = AnchorKind::kSeries;
  } else {
    anchor.kind =
        anchor.path.empty() ? AnchorKind::kMessage : AnchorKind::kLines;
  }
  return anchor;
}

Status ReadAnchors(const Part& part, Finding* finding) {
  const auto places = part.Find("places");
  if (!places) {
    PM_ASSIGN_OR_RETURN(Anchor anchor, ReadPlace(part));
    finding->anchors.push_back(std::move(anchor));
    return {};
  }
  for (const char* name : {"patch", "file", "hunk", "lines", "side"}) {
    if (const auto one = part.Find(name)) {
      return one->Fault("stands beside \"places\", which takes its part");
    }
  }
  PM_RETURN_IF_ERROR(CheckArray(*places, 1, kMaxPlacesOfFinding));
  for (std::size_t i = 0; i < places->json.size(); ++i) {
    const Part place = places->At(i);
    PM_RETURN_IF_ERROR(
        CheckObject(place, {"patch", "file", "hunk", "lines", "side"}));
    PM_RETURN_IF_ERROR(Require(place, "lines"));
    PM_ASSIGN_OR_RETURN(Anchor anchor, ReadPlace(place));
    finding->anchors.push_back(std::move(anchor));
  }
  return {};
}

Status ReadWeight(const Part& part, Finding* finding) {
  if (const auto severity = part.Find("severity")) {
    PM_ASSIGN_OR_RETURN(finding->severity,
                        Choice<Severity>(*severity, ParseSeverity,
                                         "low, medium, high, critical"));
  }
  if (const auto reachability = part.Find("reachability")) {
    PM_ASSIGN_OR_RETURN(finding->reachability,
                        Choice<Reachability>(*reachability, ParseReachability,
                                             "always, common, rare, unlikely"));
  }
  if (const auto consequence = part.Find("consequence")) {
    PM_ASSIGN_OR_RETURN(
        finding->consequence,
        Choice<Consequence>(
            *consequence, ParseConsequence,
            "cosmetic, minor, misbehaviour, crash, corruption"));
  }
  if (!part.json.contains("severity") &&
      !(finding->reachability && finding->consequence)) {
    return part.Fault(
        "needs \"severity\", or both \"reachability\" and \"consequence\"");
  }
  if (const auto confidence = part.Find("confidence")) {
    if (!confidence->json.is_number()) {
      return confidence->Fault("must be a number from 0 to 1");
    }
    finding->confidence = confidence->json.get<double>();
    if (!(finding->confidence >= 0 && finding->confidence <= 1)) {
      return confidence->Fault("must be a number from 0 to 1");
    }
  }
  return {};
}

Result<Finding> ReadFinding(const Part& part) {
  PM_RETURN_IF_ERROR(CheckObject(
      part, {"id", "patch", "file", "hunk", "lines", "side", "places",
             "category", "title", "explanation", "suggestion", "severity",
             "reachability", "consequence", "confidence", "pre_existing",
             "fixed_by_patch", "function"}));
  Finding finding;
  for (const char* name : {"category", "title", "explanation"}) {
    PM_RETURN_IF_ERROR(Require(part, name));
  }
  PM_RETURN_IF_ERROR(ReadName(part, "id", &finding.id));
  PM_RETURN_IF_ERROR(ReadName(part, "category", &finding.category));
  PM_RETURN_IF_ERROR(ReadName(part, "function", &finding.function));
  PM_RETURN_IF_ERROR(ReadAnchors(part, &finding));
  PM_ASSIGN_OR_RETURN(finding.title, Text(*part.Find("title"), 1, kMaxTitle));
  PM_ASSIGN_OR_RETURN(finding.explanation,
                      Text(*part.Find("explanation"), 0, kMaxExplanation));
  if (const auto suggestion = part.Find("suggestion")) {
    PM_ASSIGN_OR_RETURN(finding.suggestion,
                        Text(*suggestion, 0, kMaxExplanation));
  }
  PM_RETURN_IF_ERROR(ReadWeight(part, &finding));
  if (const auto before = part.Find("pre_existing")) {
    if (!before->json.is_boolean()) {
      return before->Fault("must be true or false");
    }
    finding.pre_existing = before->json.get<bool>();
  }
  if (const auto later = part.Find("fixed_by_patch")) {
    PM_ASSIGN_OR_RETURN(finding.fixed_by_patch,
                        Whole(*later, 1, kMaxPatchNumber));
  }
  return finding;
}

Result<FindingsFile> ReadFile(const Part& part) {
  PM_RETURN_IF_ERROR(CheckObject(part, {"version", "engine", "findings"}));
  PM_RETURN_IF_ERROR(Require(part, "version"));
  PM_RETURN_IF_ERROR(Require(part, "findings"));
  const Part version = *part.Find("version");
  if (!version.json.is_number() ||
      version.json.get<double>() != kFindingsVersion) {
    return version.Fault(fmt::format("must be {}", kFindingsVersion));
  }
  FindingsFile file;
  if (const auto engine = part.Find("engine")) {
    PM_RETURN_IF_ERROR(CheckObject(*engine, {"name", "version", "model"}));
    PM_RETURN_IF_ERROR(Require(*engine, "name"));
    PM_RETURN_IF_ERROR(ReadName(*engine, "name", &file.engine));
    PM_RETURN_IF_ERROR(ReadName(*engine, "version", &file.engine_version));
    PM_RETURN_IF_ERROR(ReadName(*engine, "model", &file.model));
  }
  const Part findings = *part.Find("findings");
  PM_RETURN_IF_ERROR(CheckArray(findings, 0, kMaxFindings));
  for (std::size_t i = 0; i < findings.json.size(); ++i) {
    PM_ASSIGN_OR_RETURN(Finding finding, ReadFinding(findings.At(i)));
    file.findings.push_back(std::move(finding));
  }
  return file;
}

Error NoJson(std::string_view text, std::size_t at) {
  // The parser counts the byte that it did not like, from 1.
  const std::string_view before = text.substr(0, at > 0 ? at - 1 : 0);
  const auto line = std::count(before.begin(), before.end(), '\n');
  const std::size_t begin = before.rfind('\n');
  const std::size_t column =
      before.size() - (begin == std::string_view::npos ? 0 : begin + 1);
  return InvalidInput(fmt::format("line {}, column {}: this is not JSON",
                                  line + 1, column + 1));
}

void WriteAnchor(const Anchor& anchor, Json* json) {
  (*json)["patch"] = anchor.patch;
  if (!anchor.path.empty()) (*json)["file"] = anchor.path;
  if (anchor.hunk) (*json)["hunk"] = *anchor.hunk + 1;
  if (!anchor.quoted.empty()) (*json)["lines"] = anchor.quoted;
  if (anchor.side) (*json)["side"] = *anchor.side == Side::kNew ? "new" : "old";
}

Json WriteFinding(const Finding& finding) {
  Json json = Json::object();
  if (!finding.id.empty()) json["id"] = finding.id;
  if (finding.anchors.size() == 1) {
    WriteAnchor(finding.anchors.front(), &json);
  } else {
    json["places"] = Json::array();
    for (const Anchor& anchor : finding.anchors) {
      Json place = Json::object();
      WriteAnchor(anchor, &place);
      json["places"].push_back(std::move(place));
    }
  }
  json["category"] = finding.category;
  json["title"] = finding.title;
  json["explanation"] = finding.explanation;
  if (!finding.suggestion.empty()) json["suggestion"] = finding.suggestion;
  json["severity"] = SeverityName(finding.severity);
  if (finding.reachability) {
    json["reachability"] = ReachabilityName(*finding.reachability);
  }
  if (finding.consequence) {
    json["consequence"] = ConsequenceName(*finding.consequence);
  }
  json["confidence"] = finding.confidence;
  if (finding.pre_existing) json["pre_existing"] = true;
  if (finding.fixed_by_patch) json["fixed_by_patch"] = *finding.fixed_by_patch;
  if (!finding.function.empty()) json["function"] = finding.function;
  return json;
}

}  // namespace

Result<FindingsFile> ParseFindings(std::string_view text) {
  if (text.size() > kMaxFindingsText) {
    return InvalidInput(
        fmt::format("the document has {} bytes; at most {} are allowed",
                    text.size(), kMaxFindingsText));
  }
  // The library throws; nothing of that leaves this function.
  try {
    const Json json = Json::parse(text);
    return ReadFile({json, ""});
  } catch (const Json::parse_error& error) {
    return NoJson(text, error.byte);
  } catch (const Json::out_of_range&) {
    return InvalidInput("the document: a number is out of range");
  }
}

Result<Finding> ParseFinding(const Json& json) {
  try {
    return ReadFinding({json, ""});
  } catch (const Json::exception&) {
    return InvalidInput("the finding: a number is out of range");
  }
}

std::string WriteFindings(const FindingsFile& file) {
  Json json = Json::object();
  json["version"] = kFindingsVersion;
  if (!file.engine.empty()) {
    json["engine"]["name"] = file.engine;
    if (!file.engine_version.empty()) {
      json["engine"]["version"] = file.engine_version;
    }
    if (!file.model.empty()) json["engine"]["model"] = file.model;
  }
  json["findings"] = Json::array();
  for (const Finding& finding : file.findings) {
    json["findings"].push_back(WriteFinding(finding));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace patchmilter::review
