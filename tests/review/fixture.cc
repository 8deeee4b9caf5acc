#include "tests/review/fixture.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/text.h"
#include "review/checks_engine.h"

namespace patchmilter::review {

namespace {

std::string Blobs(std::string_view old_blob, std::string_view new_blob) {
  return "index " + std::string(old_blob) + ".." + std::string(new_blob);
}

std::string Stat() { return " 1 file changed\n\n"; }

}  // namespace

std::string EditFile(std::string_view path, std::uint32_t line,
                     std::string_view section, std::string_view lines) {
  std::size_t old_count = 0;
  std::size_t new_count = 0;
  std::string body;
  LineReader reader(lines);
  std::string_view text;
  while (reader.Next(&text)) {
    const char mark = text.empty() ? ' ' : text[0];
    if (mark != '+' && mark != '\\') ++old_count;
    if (mark != '-' && mark != '\\') ++new_count;
    body += text.empty() ? " " : std::string(text);
    body += '\n';
  }
  const std::string at = std::to_string(line);
  std::string p(path);
  return "diff --git a/" + p + " b/" + p + "\n" +
         Blobs("1c2d3e4f5a6b", "6b5a4f3e2d1c") + " 100644\n--- a/" + p +
         "\n+++ b/" + p + "\n@@ -" + at + "," + std::to_string(old_count) +
         " +" + at + "," + std::to_string(new_count) + " @@" +
         (section.empty() ? "" : " " + std::string(section)) + "\n" + body;
}

std::string NewFile(std::string_view path, std::string_view text,
                    std::string_view mode) {
  std::size_t count = 0;
  std::string body;
  LineReader reader(text);
  std::string_view line;
  while (reader.Next(&line)) {
    ++count;
    body += "+" + std::string(line) + "\n";
  }
  std::string p(path);
  return "diff --git a/" + p + " b/" + p + "\nnew file mode " +
         std::string(mode) + "\n" + Blobs("000000000000", "6b5a4f3e2d1c") +
         "\n--- /dev/null\n+++ b/" + p + "\n@@ -0,0 +1," +
         std::to_string(count) + " @@\n" + body;
}

SeriesFixture& SeriesFixture::Version(std::int64_t version) {
  version_ = version;
  return *this;
}

SeriesFixture& SeriesFixture::Total(std::int64_t total) {
  total_ = total;
  return *this;
}

SeriesFixture& SeriesFixture::Cover(std::string title, std::string text) {
  cover_text_ = PatchText();
  cover_text_->title = std::move(title);
  cover_text_->message = std::move(text);
  return *this;
}

SeriesFixture& SeriesFixture::Patch(PatchText patch) {
  if (patch.number == 0) {
    patch.number = static_cast<std::int64_t>(texts_.size()) + 1;
  }
  texts_.push_back(std::move(patch));
  return *this;
}

void SeriesFixture::Build() {
  raw_.clear();
  patches_.clear();
  cover_.reset();
  const std::int64_t total =
      total_.value_or(static_cast<std::int64_t>(texts_.size()));
  const std::string stem = "-v" + std::to_string(version_) + "@example.org";
  const bool numbered = total > 1 || cover_text_.has_value();
  auto headers = [&](const PatchText& text, std::int64_t number) {
    std::string tag = text.tag;
    if (tag.empty()) {
      tag = "PATCH";
      if (version_ > 1) tag += " v" + std::to_string(version_);
      if (numbered) {
        tag += " " + std::to_string(number) + "/" + std::to_string(total);
      }
    }
    std::string mail = "From: " + text.from + "\nTo: dev@lists.example.org\n" +
                       "Subject: [" + tag + "] " + text.title +
                       "\nDate: Tue, 3 Mar 2026 10:0" +
                       std::to_string(number % 10) +
                       ":00 +0000\nMessage-ID: <" + std::to_string(number) +
                       stem + ">\nList-Id: Development <dev.example.org>\n";
    const std::string first = cover_text_ ? "0" : "1";
    if (std::to_string(number) != first) {
      mail += "In-Reply-To: <" + first + stem + ">\nReferences: <" + first +
              stem + ">\n";
    }
    return mail +
           "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
           "Content-Transfer-Encoding: 8bit\n\n";
  };
  series_ = series::Series();
  if (cover_text_) {
    raw_.push_back(headers(*cover_text_, 0) + cover_text_->message +
                   "\n-- \n2.39.5\n");
    cover_ = mime::ParsePatchMail(raw_.back());
    series_.cover = 1;
  }
  for (const PatchText& text : texts_) {
    std::string mail = headers(text, text.number);
    if (!text.in_body_from.empty())
      mail += "From: " + text.in_body_from + "\n\n";
    mail += text.message.empty()
                ? "It is better so.\n\nSigned-off-by: " + text.from + "\n"
                : text.message;
    mail += "---\n" + text.notes + Stat() + text.diff + "-- \n2.39.5\n\n";
    raw_.push_back(mail);
    patches_[text.number] = mime::ParsePatchMail(mail);
    series_.patches[text.number] = 1 + text.number;
  }
  series_.id = 1;
  series_.list = "dev";
  series_.version = version_;
  series_.expected = total;
  const mime::PatchMail* root = cover_ ? &*cover_ : nullptr;
  if (root == nullptr && !patches_.empty()) root = &patches_.begin()->second;
  if (root != nullptr) {
    series_.title = root->mail.subject.title;
    series_.author = root->mail.author;
  }
}

SeriesUnderReview SeriesFixture::Under() const {
  SeriesUnderReview under;
  under.series = &series_;
  under.cover = cover_ ? &*cover_ : nullptr;
  for (const auto& [number, patch] : patches_) under.patches[number] = &patch;
  under.list = &list_;
  under.apply = apply_;
  return under;
}

SeriesFixture CleanSeries() {
  SeriesFixture fixture;
  fixture.Cover("lamp: dim without flicker",
                "The lamp driver sets its level in one step, which is seen as "
                "flicker.\nGo there in small steps.\n\nJane Roe (3):\n  lamp: "
                "name the registers\n  lamp: add lamp_fade_to()\n  lamp: fade "
                "on suspend\n");
  fixture.Patch({"lamp: name the registers",
                 "The numbers say nothing to a reader.\n\nFixes: 0123456789ab "
                 "(\"lamp: add the driver\")\nSigned-off-by: Jane Roe "
                 "<jane@example.org>\n",
                 NewFile("drivers/lamp/regs.h",
                         "/* SPDX-License-Identifier: GPL-2.0 */\n"
                         "#ifndef LAMP_REGS_H\n#define LAMP_REGS_H\n\n"
                         "#define LAMP_REG_LEVEL\t0x10\n"
                         "#define LAMP_REG_SPEED\t0x14\n\n#endif\n") +
                     EditFile("drivers/lamp/core.c", 12,
                              "static int lamp_read(struct lamp *lamp)",
                              " \tint level;\n \n-\tlevel = lamp_get(lamp, "
                              "0x10);\n+\tlevel = lamp_get(lamp, "
                              "LAMP_REG_LEVEL);\n \tif (level < 0)\n "
                              "\t\treturn level;\n ")});
  fixture.Patch({"lamp: add lamp_fade_to()",
                 "One step at a time.\n\nSigned-off-by: Jane Roe "
                 "<jane@example.org>\n",
                 EditFile("drivers/lamp/core.c", 40,
                          "static int lamp_set(struct lamp *lamp, int level)",
                          " \treturn 0;\n }\n \n+static int "
                          "lamp_fade_to(struct lamp *lamp, int level)\n+{\n"
                          "+\twhile (lamp->level != level) {\n+\t\tint ret = "
                          "lamp_step(lamp, level);\n+\n+\t\tif (ret)\n"
                          "+\t\t\treturn ret;\n+\t}\n+\n+\treturn 0;\n+}\n+\n "
                          "static int lamp_probe(struct device *dev)\n {\n "
                          "\tstruct lamp *lamp;\n")});
  fixture.Patch({"lamp: fade on suspend",
                 "Nobody likes the dark all at once.\n\nSigned-off-by: Jane "
                 "Roe <jane@example.org>\n",
                 EditFile("drivers/lamp/core.c", 90,
                          "static int lamp_suspend(struct device *dev)",
                          " {\n \tstruct lamp *lamp = dev_get_drvdata(dev);\n "
                          "\n-\treturn lamp_set(lamp, 0);\n+\treturn "
                          "lamp_fade_to(lamp, 0);\n }\n \n static int "
                          "lamp_resume(struct device *dev)\n")});
  return fixture;
}

std::vector<Finding> CheckFindings(const SeriesUnderReview& series) {
  ChecksEngine engine;
  Result<EngineResult> result = engine.Review(series);
  EXPECT_TRUE(result.ok());
  return result.ok() ? result->findings : std::vector<Finding>();
}

GatedReview CheckAndGate(const SeriesUnderReview& series) {
  return ApplyGates(series, CheckFindings(series), GatePolicy());
}

const IdentityConfig& TestIdentity() {
  static const IdentityConfig identity = [] {
    IdentityConfig value;
    value.from = "Patch Review <review@reviews.example.org>";
    value.bounce = "bounce@reviews.example.org";
    value.reply_to = "people@reviews.example.org";
    value.domain = "reviews.example.org";
    value.opt_out_hint = "write to people@reviews.example.org";
    return value;
  }();
  return identity;
}

const DestinationConfig& TestDestination() {
  static const DestinationConfig destination = [] {
    DestinationConfig value;
    value.name = "archive";
    value.address = "archive@reviews.example.org";
    value.list_id = "reviews.example.org";
    value.archive_url = "https://reviews.example.org/dev";
    return value;
  }();
  return destination;
}

RenderContext TestContext() {
  RenderContext context;
  context.identity = &TestIdentity();
  context.destination = &TestDestination();
  context.series_key = "a-series-key";
  context.now = 1772532000;  // 3 March 2026
  return context;
}

}  // namespace patchmilter::review
