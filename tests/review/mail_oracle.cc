#include "tests/review/mail_oracle.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>
#include <set>

#include "review/hygiene.h"

namespace patchmilter::review {

namespace {

using std::regex_constants::icase;

struct Rule {
  const char* name;
  std::regex regex;
};

const std::vector<Rule>& Rules() {
  static const std::vector<Rule> rules = {
      {"trailer",
       std::regex(R"(^[\s>|*/#;!("'-]*([^\s:]*[-_]by|fixes|links?|closes|cc|)"
                  R"(bcc|to|from|subject|date|buglink|change-id|base-commit|)"
                  R"(obsoleted-by|message-id|in-reply-to|references|pw-bot|)"
                  R"(reported|bugzilla|resolves|depends-on|based-on)\s*:)",
                  icase)},
      {"trailer inside", std::regex(R"([A-Za-z]-by\s*:)", icase)},
      {"git's own", std::regex(R"(^\s*\(cherry picked from)", icase)},
      {"bot", std::regex(R"(#(syz|regz|bugspray)|[a-z]bot\d*:)", icase)},
      {"hash command",
       std::regex(R"(^\s*#(?!include|define|undef|if|el|end|err|line|warn|)"
                  R"(prag|ident|import)[A-Za-z](?![A-Za-z-]*-cells))")},
      {"command",
       std::regex(R"((^|\s)/(test|retest|lgtm|merge|approve|assign|hold|)"
                  R"(close)(?=\s|$))",
                  icase)},
      {"slash command", std::regex(R"(^\s*/[A-Za-z][A-Za-z-]*(\s|$))")},
      {"link",
       std::regex(R"(\w+://|www\.|mailto:|javascript:|https?:)", icase)},
      {"bare link",
       std::regex(R"((^|\s)[a-z0-9.-]+\.(com|org|net|io)/\S)", icase)},
      {"address", std::regex(R"(\S@\S+\.\S|<\S+@\S+>)")},
      {"diff", std::regex(R"(^\s*(diff -|index: |GIT binary patch|)"
                          R"(---|\+\+\+ |@@ |\*\*\* |>))",
                          icase)},
      {"signature", std::regex(R"(^\s*-- ?$)")},
      {"From", std::regex(R"(^\s*From )")},
      {"diffstat", std::regex(R"(^\s*\d+ files? )")},
      {"scissors", std::regex(R"(^[-\s]*(>8|8<|>%|%<)[-\s]*$)")},
      {"data", std::regex(R"([A-Za-z0-9+=]{80,})")},
      {"fence", std::regex(R"(^\s*(```|~~~))")},
      {"heading", std::regex(R"(^#{1,6} )")},
      {"odd colon or dash", std::regex("\xEF\xBC\x9A|\xE2\x88\xB6|\xEA\x9E\x89|"
                                       "\xE2\x80\x90|\xE2\x80\x91|\xE2\x88\x92|"
                                       "\xEF\xBC\x8D")},
      {"hidden", std::regex("\xE2\x80\x8B|\xE2\x80\x8D|\xE2\x80\xAE|"
                            "\xE2\x81\xA6|\xEF\xBB\xBF|\xC2\xAD|\xE2\x80\xA8|"
                            "\xF0\x9F\x98\x80")},
  };
  return rules;
}

// What may only be said of text that is not a snippet.
const std::vector<Rule>& ProseRules() {
  static const std::vector<Rule> rules = {
      {"tick", std::regex("`")},
      {"markdown link", std::regex(R"(\]\(\w+://)")},
  };
  return rules;
}

// git mailinfo's rule: a mark among dashes and blanks, these a third of what is
// seen and more, the gaps less than half of them, eight columns at least.
bool CutsTheMail(const std::string& line) {
  static const std::regex perforation(R"((?:-| |>8|8<|>%|%<)+)");
  static const std::regex mark(R"(>8|8<|>%|%<)");
  static const std::regex trim(R"(^\s+|\s+$)");
  const std::string text = std::regex_replace(line, trim, "");
  if (text.size() < 8 || !std::regex_search(text, mark)) return false;
  std::size_t length = 0;
  std::size_t gaps = 0;
  bool marked = false;
  for (auto it = std::sregex_iterator(text.begin(), text.end(), perforation);
       it != std::sregex_iterator(); ++it) {
    std::string part = it->str();
    part.erase(0, part.find_first_not_of(' '));
    length += part.size();
    gaps += static_cast<std::size_t>(std::count(part.begin(), part.end(), ' '));
    marked = marked || std::regex_search(part, mark);
  }
  return marked && text.size() < length * 3 && gaps * 2 < length;
}

bool ValidUtf8(const std::string& text) {
  static const std::regex valid(
      "(?:[\\x01-\\x7F]|[\xC2-\xDF][\x80-\xBF]|\xE0[\xA0-\xBF][\x80-\xBF]|"
      "[\xE1-\xEC\xEE\xEF][\x80-\xBF]{2}|\xED[\x80-\x9F][\x80-\xBF]|"
      "\xF0[\x90-\xBF][\x80-\xBF]{2}|[\xF1-\xF3][\x80-\xBF]{3}|"
      "\xF4[\x80-\x8F][\x80-\xBF]{2})*");
  // Line by line: std::regex recurses.
  for (const std::string& line : BodyLines(text)) {
    for (std::size_t i = 0; i < line.size();) {
      std::size_t end = std::min(line.size(), i + 200);
      while (end < line.size() && (line[end] & 0xC0) == 0x80) ++end;
      if (!std::regex_match(line.substr(i, end - i), valid)) return false;
      i = end;
    }
  }
  return true;
}

bool Control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 32 && c != '\t' && c != '\n') || byte == 127;
}

}  // namespace

std::vector<std::string> BodyLines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::vector<std::string> LineFaults(const std::string& line,
                                    std::size_t columns) {
  std::vector<std::string> faults;
  auto fault = [&](const std::string& what) {
    faults.push_back(what + ": " + line);
  };
  for (const Rule& rule : Rules()) {
    if (std::regex_search(line, rule.regex)) fault(rule.name);
  }
  if (CutsTheMail(line)) fault("scissors in dashes");
  const bool code = line.substr(0, 4) == "    " || line.substr(0, 1) == "\t";
  if (!code) {
    for (const Rule& rule : ProseRules()) {
      if (std::regex_search(line, rule.regex)) fault(rule.name);
    }
  }
  if (Columns(line) > columns) fault("wide");
  if (std::any_of(line.begin(), line.end(), Control)) fault("control");
  return faults;
}

std::vector<std::string> BodyFaults(const std::string& body,
                                    std::size_t max_lines) {
  std::vector<std::string> faults;
  std::size_t signatures = 0;
  const std::vector<std::string> lines = BodyLines(body);
  if (lines.size() > max_lines) {
    faults.push_back("long: " + std::to_string(lines.size()) + " lines");
  }
  if (std::any_of(body.begin(), body.end(), Control)) {
    faults.emplace_back("control");
  }
  if (!ValidUtf8(body)) faults.emplace_back("not UTF-8");
  for (const std::string& line : lines) {
    if (line == "-- ") {
      ++signatures;
      continue;
    }
    if (signatures == 0 && line.substr(0, 1) == ">") continue;
    if (signatures == 0) {
      for (std::string& fault : LineFaults(line)) {
        faults.push_back(std::move(fault));
      }
    } else {
      // Below the signature no tool reads trailers; but a quote, a patch or a
      // mailbox could begin anywhere.
      static const std::regex bad(R"(^(>|From |diff |---|\+\+\+ |@@ ))");
      if (std::regex_search(line, bad)) faults.push_back("footer: " + line);
      static const std::regex bots(R"(#(syz|regz|bugspray)|pw-bot:)", icase);
      if (std::regex_search(line, bots)) faults.push_back("bot: " + line);
      if (Columns(line) > 78) faults.push_back("wide footer: " + line);
    }
  }
  if (signatures != 1) {
    faults.push_back(std::to_string(signatures) + " signatures");
  }
  for (const std::string& trailer : HarvestedTrailers(body)) {
    faults.push_back("harvested: " + trailer);
  }
  return faults;
}

std::vector<std::string> HarvestedTrailers(const std::string& body) {
  // What stands below the first signature is not looked at; a value may go on
  // in the next line where that is "<address>".
  std::string text = body;
  const std::size_t signature = ("\n" + text).find("\n-- \n");
  if (signature != std::string::npos) text.resize(signature);
  static const std::set<std::string> kNoPerson = {
      "fixes",        "subject",   "date",        "link",  "buglink",
      "obsoleted-by", "change-id", "base-commit", "closes"};
  static const std::regex shape(R"(^\s*(\w\S+):\s+(\S.*))");
  static const std::regex person(R"(\S+@\S+\.\S+)");
  std::vector<std::string> trailers;
  std::vector<std::string> lines = BodyLines(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string line = lines[i].substr(0, 500);
    if (i + 1 < lines.size() && lines[i + 1].substr(0, 1) == "<") {
      line += " " + lines[i + 1].substr(0, 200);
    }
    std::smatch match;
    if (!std::regex_search(line, match, shape)) continue;
    std::string name = match[1];
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    const std::string value = match[2];
    if (kNoPerson.count(name) != 0 || std::regex_search(value, person)) {
      trailers.push_back(name + ": " + value);
    }
  }
  return trailers;
}

std::string HostileText(std::mt19937* random, int max_pieces) {
  static const std::vector<std::string> kPieces = {
      "Signed-off-by",
      "Reviewed-by:",
      "Acked-by : ",
      "Fixes:",
      "fixes: ",
      "Link:",
      "Closes:",
      "Closes #12",
      "Cc:",
      "From ",
      "From: ",
      "Date: ",
      "Tested-By::",
      "x_by: ",
      " : ",
      ":",
      "::",
      "<a@b.example>",
      "a@b.example",
      "a@b",
      "a@.b.c",
      ".",
      "@",
      "https://x.example/y",
      "http:",
      "//",
      "www.",
      "mailto:",
      "kernel.org/x",
      "example.com/",
      "#syz ",
      "#",
      "#foo bar",
      "# ",
      "## Title",
      "#include <x.h>",
      "syz",
      "regzbot",
      "pw-bot:",
      "pw-bot",
      "tip-bot2: x",
      "/test",
      "/",
      "test",
      "/unknown-command",
      "/proc",
      " ",
      " ",
      " ",
      "\n",
      "\n",
      "\n\n",
      "    ",
      "\t",
      "-- ",
      "--",
      "---",
      "-",
      ">8",
      "8<",
      "-- >8 --",
      "- - >8 - - cut here",
      ">",
      "> ",
      ">>",
      ">> 4",
      "diff --git a/x b/x",
      "diff ",
      "--git",
      "+++ b/x",
      "--- a/x",
      "@@ -1 +1 @@",
      "*** x",
      "GIT binary patch",
      "Index: x",
      "(cherry picked from commit 0123456)",
      "3 files changed, 1 insertion(+)",
      "1 file ",
      "`",
      "```",
      "```c",
      "~~~",
      "**",
      "*",
      "_",
      "**bold**",
      "`Fixes:`",
      "[t](https://x.example)",
      "![p](http://x)",
      "&gt;",
      "&lt;b@c.example&gt;",
      "<!-- x -->",
      "| a | b |",
      "|---|---|",
      "|",
      "[",
      "]",
      "(",
      ")",
      "[ ... ]",
      "| ",
      "\r",
      "\r\n",
      "\x1B[2J",
      std::string(1, '\0'),
      "\x7F",
      "\xE2\x80\x8B",
      "\xE2\x80\xAE",
      "\xE2\x80\xA8",
      "\xC2\xAD",
      "\xC2\x85",
      "\xEF\xBB\xBF",
      "\xFF",
      "\xC3",
      "\xF0\x9F\x98\x80",
      "é",
      "王",
      "e\xCC\x81\xCC\x81\xCC\x81"
      "\xCC\x81\xCC\x81",
      "Reviewed\xE2\x80\x91"
      "by\xEF\xBC\x9A x",
      "Fixes\xE2\x88\xB6 0123456789ab",
      "\xEF\xBC\xA6ixes: 0123456",
      "\xD0\x90"
      "cked-by: x",
      "\xE2\x80\x94",
      "\xE2\x80\xA2 ",
      "word",
      "lamp_probe()",
      "if (x) {",
      "}",
      "return 0;",
      "int x = 1;",
      "1. ",
      "12) ",
      "- ",
      "* ",
      "+ ",
      "date",
      "to",
      "cc",
      "by",
      "-by",
      "by:",
      "/* Fixes: x */",
      " * Acked-by: y",
      "// Link: z",
      "# Cc: q",
      "<b>",
      "</b>",
      "<br/>",
      "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5",
      std::string(90, 'x'),
      "\"",
      "'",
      ",",
      "$",
      "=",
      "===",
      "a perfectly honest sentence of several words, which goes on",
      "the"};
  std::uniform_int_distribution<std::size_t> piece(0, kPieces.size() - 1);
  std::uniform_int_distribution<int> length(1, max_pieces);
  std::string text;
  for (int i = length(*random); i > 0; --i) text += kPieces[piece(*random)];
  return text;
}

}  // namespace patchmilter::review
