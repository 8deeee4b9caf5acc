#include "mime/preload_charsets.h"

#include <iconv.h>

#include <array>

namespace patchmilter::mime {
namespace {

constexpr std::array kCharsets = {
    "ISO-8859-1",  "ISO-8859-2",  "ISO-8859-3",  "ISO-8859-4",  "ISO-8859-5",
    "ISO-8859-6",  "ISO-8859-7",  "ISO-8859-8",  "ISO-8859-9",  "ISO-8859-10",
    "ISO-8859-13", "ISO-8859-14", "ISO-8859-15", "ISO-8859-16", "CP1250",
    "CP1251",      "CP1252",      "CP1253",      "CP1254",      "CP1255",
    "CP1256",      "CP1257",      "CP1258",      "KOI8-R",      "KOI8-U",
    "GBK",         "GB2312",      "GB18030",     "BIG5",        "BIG5-HKSCS",
    "EUC-JP",      "SHIFT_JIS",   "ISO-2022-JP", "CP932",       "EUC-KR",
    "CP949",       "ISO-2022-KR", "TIS-620",     "UTF-7",       "UTF-16",
    "UTF-16LE",    "UTF-16BE",    "UTF-32",      "MACINTOSH",   "CP437",
    "CP850",       "CP866",       "US-ASCII",
};

}  // namespace

void PreloadCharsets() {
  for (const char* charset : kCharsets) {
    // Kept on purpose: closing the last one would unload its table. Both ways,
    // for GMime asks for both.
    static_cast<void>(::iconv_open("UTF-8", charset));
    static_cast<void>(::iconv_open(charset, "UTF-8"));
  }
}

}  // namespace patchmilter::mime
