#include "review/prompts/replies.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "review/prompts/reply_text.h"

namespace patchmilter::review {
namespace {

// Of a mail, so much is looked at: what stands behind is quotes or logs.
constexpr std::size_t kMaxReplyRead = 256UL << 10;

std::string Head(const ThreadReply& reply, std::size_t number,
                 std::string_view role) {
  std::string head = "reply " + std::to_string(number) + ", ";
  head += role;
  head += reply.patch == 0 ? ", on the cover"
                           : ", on patch " + std::to_string(reply.patch);
  head += " (" + FormatTime(reply.date).substr(0, 10) + "):";
  return head;
}

std::string One(const ThreadReply& reply, std::size_t number, People* people,
                const ReplyLimits& limits) {
  std::string out = Head(reply, number, people->RoleOf(reply.from));
  const std::string text =
      ToValidUtf8(std::string_view(reply.text).substr(0, kMaxReplyRead));
  const ReplyText read = ReadReply(text, limits.quoted_lines);
  if (!read.given.empty()) {
    // Ours, of letters and '-' alone.
    return out + " gave " + Join(read.given, ", ") + "\n";
  }
  if (read.lines.empty()) return out + " said nothing of its own\n";
  out += '\n';
  const std::string hidden = people->Hidden(Join(read.lines, "\n"));
  LineReader lines(hidden);
  std::string_view line;
  std::size_t bytes = 0;
  std::size_t left_out = 0;
  while (lines.Next(&line)) {
    if (left_out > 0 || bytes + line.size() + 3 > limits.reply_bytes) {
      ++left_out;
      continue;
    }
    bytes += line.size() + 3;
    if (!line.empty()) out += "  ";
    out += line;
    out += '\n';
  }
  if (left_out > 0) {
    out += "(" + std::to_string(left_out) + " more lines are left out)\n";
  }
  return out;
}

}  // namespace

std::string CollateReplies(std::vector<ThreadReply> replies, People* people,
                           const ReplyLimits& limits) {
  std::sort(replies.begin(), replies.end(),
            [](const ThreadReply& a, const ThreadReply& b) {
              const auto key = [](const ThreadReply& reply) {
                return std::tie(reply.date, reply.message_id, reply.patch,
                                reply.from.email, reply.from.name, reply.text);
              };
              return key(a) < key(b);
            });
  // All are met before any text is read: a name may stand in a reply that is
  // older than its bearer's own.
  for (const ThreadReply& reply : replies) (void)people->RoleOf(reply.from);
  std::size_t first = replies.size() - std::min(replies.size(), limits.replies);
  std::vector<std::string> texts;
  for (std::size_t i = first; i < replies.size(); ++i) {
    texts.push_back(One(replies[i], i + 1, people, limits));
  }
  // The newest stay.
  std::size_t bytes = 0;
  std::size_t kept = 0;
  while (kept < texts.size() &&
         bytes + texts[texts.size() - kept - 1].size() + 1 <= limits.bytes) {
    bytes += texts[texts.size() - kept - 1].size() + 1;
    ++kept;
  }
  first += texts.size() - kept;
  std::string out;
  if (first > 0) {
    out += "(" + std::to_string(first) + " earlier replies are left out)\n";
  }
  for (std::size_t i = texts.size() - kept; i < texts.size(); ++i) {
    if (!out.empty()) out += '\n';
    out += texts[i];
  }
  return out;
}

}  // namespace patchmilter::review
