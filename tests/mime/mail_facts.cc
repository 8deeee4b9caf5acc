// mail_facts: reads paths of mails from standard input and prints what
// ParseMail makes of each, one JSON object a line, for the scripts beside it.
//   find DIR -name '*.eml' | mail_facts
//   mail_facts --subjects < SUBJECTS   (one subject a line, in JSON strings)
//   mail_facts --texts < PATHS         (the patch's text as well)
//   mail_facts --time < PATHS          (processor time a mail)
//   mail_facts --encode < PATH         (as it crosses from the parse worker: a
//                                       seed for fuzz/decode.cc)
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "mime/body.h"
#include "mime/content_type.h"
#include "mime/headers.h"
#include "mime/patch_mail.h"

namespace patchmilter::mime {
namespace {

using Json = nlohmann::ordered_json;

std::string Sha1Hex(std::string_view bytes) {
  std::string hex;
  for (const unsigned char byte : Sha1(bytes)) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Json SubjectJson(const Subject& subject) {
  Json json;
  json["title"] = subject.title;
  json["reply"] = subject.reply;
  json["patch"] = subject.patch;
  json["rfc"] = subject.rfc;
  json["resend"] = subject.resend;
  json["n"] = subject.number ? Json(*subject.number) : Json();
  json["of"] = subject.total ? Json(*subject.total) : Json();
  json["version"] = subject.version;
  json["version_given"] = subject.version_given;
  json["hints"] = subject.hints;
  return json;
}

Json FactsOf(const std::string& path, std::string_view raw,
             const PatchMail& patch) {
  const Mail& mail = patch.mail;
  const std::string_view rest =
      std::string_view(mail.text).substr(patch.message_end);
  Json json;
  json["path"] = path;
  json["msgid"] = mail.message_id;
  json["kind"] = MailKindName(mail.kind);
  json["reason"] = mail.kind_reason;
  json["backport"] = BackportName(mail.backport);
  json["spam"] = mail.spam_flag;
  const HeaderBlock block = ScanHeaders(raw);
  const ContentType content = ReadContentType(block);
  std::vector<std::string> problems;
  json["multipart"] = content.IsMultipart();
  json["parts"] = SplitBody(content, raw.substr(block.body), &problems).size();
  json["subject"] = SubjectJson(mail.subject);
  json["from"] = {mail.from.name, mail.from.email};
  json["poster"] = {mail.author.name, mail.author.email};
  json["author"] = patch.commit_author.name;
  json["email"] = patch.commit_author.email;
  json["title"] = patch.commit_title;
  json["date"] = mail.date.value_or(-1);
  json["received"] = mail.received.value_or(-1);
  json["in_reply_to"] = mail.in_reply_to;
  json["references"] = mail.references.size();
  json["msg_len"] = patch.message.size();
  json["msg_sha1"] = Sha1Hex(patch.message);
  json["patch_len"] = rest.size();
  json["patch_sha1"] = Sha1Hex(rest);
  json["patch_id"] = patch.diff_to_apply().StablePatchId();
  json["files"] = patch.diff.files().size();
  json["diff_problems"] = patch.diff.problems().size();
  json["trailers"] = patch.trailers.size();
  json["base_commit"] = patch.base_commit;
  json["change_id"] = patch.change_id;
  json["problems"] = mail.problems;
  json["hash"] = mail.content_hash;
  json["message"] = patch.message;
  return json;
}

int Run(std::string_view mode) {
  std::string line;
  if (mode == "--time") {
    std::vector<std::string> mails;
    while (std::getline(std::cin, line)) mails.push_back(ReadFile(line));
    size_t files = 0;
    const auto begin = std::clock();
    for (const std::string& raw : mails) {
      files += ParsePatchMail(raw).diff.files().size();
    }
    const auto parsed = std::clock();
    std::clock_t wire = 0;
    for (const std::string& raw : mails) {
      const PatchMail patch = ParsePatchMail(raw);
      const auto start = std::clock();
      WireWriter out;
      EncodePatchMail(patch, &out);
      files += DecodePatchMail(out.bytes())->diff.files().size();
      wire += std::clock() - start;
    }
    const auto seconds = [](std::clock_t ticks) {
      return static_cast<double>(ticks) / CLOCKS_PER_SEC;
    };
    const double took = seconds(parsed - begin);
    const auto count = static_cast<double>(mails.size());
    std::printf(
        "%zu mails, %zu files; parsed in %.3f s, %.1f us a mail; "
        "encoded and decoded in %.3f s, %.1f us a mail\n",
        mails.size(), files / 2, took, took / count * 1e6, seconds(wire),
        seconds(wire) / count * 1e6);
    return 0;
  }
  if (mode == "--encode") {
    while (std::getline(std::cin, line)) {
      WireWriter out;
      EncodePatchMail(ParsePatchMail(ReadFile(line)), &out);
      std::cout << out.bytes();
    }
    return 0;
  }
  while (std::getline(std::cin, line)) {
    Json json;
    if (mode == "--subjects") {
      json = SubjectJson(ParseSubject(Json::parse(line).get<std::string>()));
    } else {
      const std::string raw = ReadFile(line);
      const PatchMail patch = ParsePatchMail(raw);
      json = FactsOf(line, raw, patch);
      WireWriter out;
      EncodePatchMail(patch, &out);
      if (mode == "--texts") {
        json["patch"] = patch.mail.text.substr(patch.message_end);
      }
      json["round_trip"] = DecodePatchMail(out.bytes()).has_value();
    }
    std::cout << json.dump(-1, ' ', false, Json::error_handler_t::replace)
              << '\n';
  }
  return 0;
}

}  // namespace
}  // namespace patchmilter::mime

int main(int argc, char** argv) {
  patchmilter::mime::InitMime();
  return patchmilter::mime::Run(argc > 1 ? argv[1] : "");
}
