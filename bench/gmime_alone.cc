#include "bench/gmime_alone.h"

#include <gmime/gmime.h>

#include <array>
#include <cstring>

namespace patchmilter::bench {
namespace {

void CountText(GMimeObject* /*parent*/, GMimeObject* part, gpointer user) {
  if (!GMIME_IS_TEXT_PART(part)) return;
  char* text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
  if (text == nullptr) return;
  *static_cast<std::size_t*>(user) += std::strlen(text);
  g_free(text);
}

}  // namespace

std::size_t ReadWithGMime(std::string_view raw) {
  GMimeStream* stream =
      g_mime_stream_mem_new_with_buffer(raw.data(), raw.size());
  GMimeParser* parser = g_mime_parser_new_with_stream(stream);
  GMimeMessage* message = g_mime_parser_construct_message(parser, nullptr);
  std::size_t bytes = 0;
  if (message != nullptr) {
    for (const char* header :
         std::array{"Subject", "From", "Message-ID", "In-Reply-To",
                    "References", "Date", "List-Id"}) {
      const char* value =
          g_mime_object_get_header(GMIME_OBJECT(message), header);
      if (value != nullptr) bytes += std::strlen(value);
    }
    // Counts a message that is one text part, too.
    g_mime_message_foreach(message, CountText, &bytes);
    g_object_unref(message);
  }
  g_object_unref(parser);
  g_object_unref(stream);
  return bytes;
}

}  // namespace patchmilter::bench
