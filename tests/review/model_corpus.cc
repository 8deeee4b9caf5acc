#include "tests/review/model_corpus.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "review/findings_json.h"

namespace patchmilter::review {

namespace {

using Json = nlohmann::json;

// Members that are null or not there read as "", 0, false.
std::string Text(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>()
                                                   : std::string();
}

std::int64_t Number(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_number() ? found->get<std::int64_t>()
                                                   : 0;
}

bool Flag(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_boolean() && found->get<bool>();
}

const Json& Array(const Json& json, const char* name) {
  static const Json kNone = Json::array();
  const auto found = json.find(name);
  return found != json.end() && found->is_array() ? *found : kNone;
}

Json Read(const std::string& path) {
  Result<std::string> text = ReadFile(path);
  if (!text.ok()) return {};
  return Json::parse(*text, nullptr, false);
}

// The quote as a model gives it: header lines in front of the first line of
// their file, marks in front of the lines, gaps as it marked them.
Json QuotedLines(const Json& unit) {
  Json lines = Json::array();
  std::set<std::string> said;
  const auto headers_of = [&](const std::string& file) {
    if (!said.insert(file).second) return;
    for (const Json& header : Array(unit, "headers_quoted")) {
      if (Text(header, "file") == file) lines.push_back(Text(header, "line"));
    }
  };
  const bool header_last = Text(unit["truth"], "anchor") == "header";
  for (const Json& quote : Array(unit, "quotes")) {
    const std::string mark = Text(quote, "marker");
    const std::string text = Text(quote, "line_text");
    if (!header_last) headers_of(Text(quote, "file"));
    if (Flag(quote, "elided_before")) lines.push_back("[ ... ]");
    const bool bare = mark == "m" || mark == "?" || mark == "@";
    lines.push_back(bare ? text : mark + text);
  }
  if (header_last || lines.empty()) {
    for (const Json& header : Array(unit, "headers_quoted")) {
      lines.push_back(Text(header, "line"));
    }
  }
  while (lines.size() > kMaxQuotedLines) lines.erase(lines.begin());
  return lines;
}

// The file of the last line that names one.
std::string ClaimedFile(const Json& unit) {
  const Json& quotes = Array(unit, "quotes");
  for (std::size_t i = quotes.size(); i-- > 0;) {
    if (Text(quotes[i], "line_text").empty() && i > 0) continue;
    return Text(quotes[i], "file");
  }
  for (const Json& header : Array(unit, "headers_quoted")) {
    if (!Text(header, "file").empty()) return Text(header, "file");
  }
  return "";
}

std::string FirstSentence(const std::string& comment) {
  std::string line;
  for (const char c : comment.substr(0, comment.find("\n\n"))) {
    line += c == '\n' ? ' ' : c;
    if (c == '?' || (c == '.' && line.size() > 20)) break;
  }
  return line.substr(0, 300);
}

Result<Finding> ToFinding(const Json& review, const Json& unit) {
  Json finding;
  finding["patch"] = Number(review, "patch_no");
  const std::string file = ClaimedFile(unit);
  if (!file.empty()) finding["file"] = file;
  Json lines = QuotedLines(unit);
  if (!lines.empty()) finding["lines"] = std::move(lines);
  finding["category"] = "issue";
  std::string title;
  for (const Json& bullet : Array(unit, "bullets")) {
    const Json& bullets = Array(review, "bullets");
    const auto index = bullet.get<std::size_t>();
    if (title.empty() && index < bullets.size()) {
      title = Text(bullets[index], "text").substr(0, 900);
    }
  }
  std::string comment = Text(unit, "comment");
  finding["title"] = title.empty() ? FirstSentence(comment) : title;
  const std::string lead = Text(unit, "lead_in");
  if (!lead.empty()) comment = lead + "\n\n" + comment;
  finding["explanation"] = comment.substr(0, kMaxExplanation);
  const std::string severity = ToLower(Text(unit, "severity"));
  finding["severity"] = severity.empty() ? "medium" : severity;
  finding["pre_existing"] = Flag(unit, "pre_existing");
  Json file_json = {{"version", 1}, {"findings", {std::move(finding)}}};
  PM_ASSIGN_OR_RETURN(FindingsFile parsed,
                      ParseFindings(file_json.dump(
                          -1, ' ', false, Json::error_handler_t::replace)));
  return std::move(parsed.findings.front());
}

}  // namespace

SeriesUnderReview Posting::Under() const {
  SeriesUnderReview under;
  under.series = &series;
  under.patches = patches;
  under.cover = cover;
  return under;
}

std::vector<Finding> Posting::Findings(bool with_own_word) const {
  std::vector<Finding> findings;
  for (const Unit& unit : units) {
    findings.push_back(unit.finding);
    if (!with_own_word) findings.back().pre_existing = false;
  }
  return findings;
}

class ModelCorpus::Reader {
 public:
  Reader(std::string directory, std::string mails, ModelCorpus* corpus)
      : directory_(std::move(directory)),
        mails_directory_(std::move(mails)),
        corpus_(corpus) {}

  Status ReadAll() {
    index_ = Read(mails_directory_ + "/index.json");
    const Json reviews = Read(directory_ + "/reviews.json");
    if (!index_.is_object() || !reviews.is_array()) {
      return InvalidInput(directory_ +
                          ": holds no reviews.json, or no index of its mails");
    }
    for (const Json& review : reviews) {
      if (!Flag(review, "clean")) PM_RETURN_IF_ERROR(AddReview(review));
    }
    for (std::size_t p = 0; p < corpus_->postings_.size(); ++p) {
      const Posting& posting = corpus_->postings_[p];
      for (std::size_t u = 0; u < posting.units.size(); ++u) {
        by_review_[posting.units[u].review].push_back({p, u});
      }
    }
    AddPairs(Read(directory_ + "/pairs.json"));
    AddPoints(Read(directory_ + "/replies.json"));
    return {};
  }

 private:
  const mime::PatchMail* MailOf(const std::string& id) {
    const auto known = mails_.find(id);
    if (known != mails_.end()) return known->second;
    const mime::PatchMail* mail = nullptr;
    const auto entry = index_.find(id);
    if (entry != index_.end()) {
      Result<std::string> raw =
          ReadFile(mails_directory_ + "/" + Text(*entry, "file"));
      if (raw.ok()) {
        corpus_->mails_.push_back(mime::ParsePatchMail(*raw));
        mail = &corpus_->mails_.back();
      }
    }
    mails_[id] = mail;
    return mail;
  }

  // Patches in the archive of one posting.
  Posting& PostingOf(const Json& review) {
    const std::string root = Text(review, "series_root_msgid");
    const auto known = posting_of_.find(root);
    Posting* posting = nullptr;
    if (known != posting_of_.end()) {
      posting = &corpus_->postings_[known->second];
    } else {
      posting_of_[root] = corpus_->postings_.size();
      posting = &corpus_->postings_.emplace_back();
      posting->root = root;
      posting->series.version = Number(review, "version");
      posting->series.expected = Number(review, "series_n");
      const mime::PatchMail* cover = MailOf(root);
      if (cover != nullptr && cover->diff.empty()) posting->cover = cover;
    }
    std::vector<std::string> ids = {Text(review, "patch_msgid")};
    for (const Json& id : Array(review, "series_patch_msgids")) {
      if (id.is_string()) ids.push_back(id.get<std::string>());
    }
    for (const std::string& id : ids) {
      const mime::PatchMail* mail = MailOf(id);
      if (mail == nullptr) continue;
      const std::int64_t number = id == ids.front()
                                      ? Number(review, "patch_no")
                                      : mail->mail.subject.number.value_or(1);
      posting->patches.emplace(number, mail);
      number_of_[id] = number;
      posting->series.patches[number] = number + 1;
    }
    return *posting;
  }

  Status AddReview(const Json& review) {
    Posting& posting = PostingOf(review);
    for (const Json& recorded : Array(review, "findings")) {
      if (Text(recorded, "role") == "lead_in") continue;
      Unit unit;
      unit.review = Text(review, "review_msgid");
      unit.number = Number(recorded, "n");
      unit.patch = Number(review, "patch_no");
      unit.group = Number(review, "split_group");
      unit.said_pre_existing = Flag(recorded, "pre_existing");
      Result<Finding> finding = ToFinding(review, recorded);
      if (!finding.ok()) return finding.error();
      unit.finding = *std::move(finding);
      unit.finding.id = fmt::format("{}#{}", unit.review, unit.number);
      const Json& truth = recorded["truth"];
      unit.truth.kind = Text(truth, "class");
      unit.truth.anchorable = Flag(truth, "anchorable");
      unit.truth.text = Text(truth, "anchor_text");
      unit.truth.file = Text(truth, "anchor_file");
      unit.truth.old_line = Number(truth, "anchor_old_line");
      unit.truth.new_line = Number(truth, "anchor_new_line");
      for (const Json& id : Array(truth, "wrong_patch")) {
        if (!id.is_string()) continue;
        MailOf(id.get<std::string>());
        const auto number = number_of_.find(id.get<std::string>());
        if (number != number_of_.end()) {
          unit.truth.right_patches.insert(number->second);
        }
      }
      for (const Json& bullet : Array(recorded, "bullets")) {
        bullets_[{unit.review, unit.number}].insert(bullet.get<std::int64_t>());
      }
      posting.units.push_back(std::move(unit));
    }
    return {};
  }

  void AddPairs(const Json& pairs) {
    for (const Json& entry : Array(pairs, "pairs")) {
      Pair pair;
      pair.review = Text(entry, "review_msgid");
      pair.number = Number(entry, "n");
      pair.previous_review = Text(entry, "prev_review_msgid");
      pair.previous_number = Number(entry, "prev_n");
      pair.label = Text(entry, "label");
      pair.same_anchor = Flag(entry, "same_anchor");
      pair.dice = entry.value("comment_dice", 0.0);
      corpus_->pairs_.push_back(std::move(pair));
    }
  }

  void AddPoints(const Json& replies) {
    for (const Json& reply : Array(replies, "replies")) {
      for (const Json& entry : Array(reply, "points")) {
        HumanPoint point;
        point.review = Text(reply, "review_msgid");
        point.bullet = Number(entry, "bullet");
        point.label = Text(entry, "label");
        point.model_said_pre_existing = Flag(entry, "bot_said_pre_existing");
        for (const auto& [p, u] : by_review_[point.review]) {
          Posting& posting = corpus_->postings_[p];
          Unit& unit = posting.units[u];
          if (bullets_[{unit.review, unit.number}].count(point.bullet) == 0) {
            continue;
          }
          unit.human.insert(point.label);
          point.units.emplace_back(&posting, u);
        }
        corpus_->points_.push_back(std::move(point));
      }
    }
  }

  const std::string directory_;
  const std::string mails_directory_;
  ModelCorpus* corpus_;
  Json index_;
  std::map<std::string, const mime::PatchMail*> mails_;
  std::map<std::string, std::size_t> posting_of_;
  std::map<std::string, std::int64_t> number_of_;
  std::map<std::pair<std::string, std::int64_t>, std::set<std::int64_t>>
      bullets_;
  std::map<std::string, std::vector<std::pair<std::size_t, std::size_t>>>
      by_review_;
};

Result<std::unique_ptr<ModelCorpus>> ModelCorpus::Open(
    const std::string& directory) {
  std::error_code error;
  if (std::filesystem::exists(directory + "/mails/index.json", error)) {
    return Load(directory, directory + "/mails");
  }
  std::string scratch =
      std::filesystem::temp_directory_path().string() + "/model-XXXXXX";
  if (mkdtemp(scratch.data()) == nullptr) return Permanent("no scratch");
  const std::string archive = directory + "/mails.tar.xz";
  const pid_t child = fork();
  if (child == 0) {
    execlp("tar", "tar", "-xJf", archive.c_str(), "-C", scratch.c_str(),
           static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  const bool unpacked =
      child > 0 && waitpid(child, &status, 0) == child && status == 0;
  Result<std::unique_ptr<ModelCorpus>> corpus =
      unpacked ? Load(directory, scratch + "/mails")
               : InvalidInput(archive + ": cannot be unpacked");
  std::filesystem::remove_all(scratch, error);
  return corpus;
}

Result<std::unique_ptr<ModelCorpus>> ModelCorpus::Load(
    const std::string& directory, const std::string& mails) {
  std::unique_ptr<ModelCorpus> corpus(new ModelCorpus);
  PM_RETURN_IF_ERROR(Reader(directory, mails, corpus.get()).ReadAll());
  return corpus;
}

}  // namespace patchmilter::review
