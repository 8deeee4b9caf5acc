// For a process that is about to lose its right to open files.
#ifndef PATCHMILTER_MIME_PRELOAD_CHARSETS_H_
#define PATCHMILTER_MIME_PRELOAD_CHARSETS_H_

namespace patchmilter::mime {

// Loads the C library's tables of the charsets that mail is written in, and
// keeps them for the life of the process: iconv opens them from files when they
// are first asked for. A charset that is not among them is read as one that is
// not known (see charset.h). Once, on one thread.
void PreloadCharsets();

}  // namespace patchmilter::mime

#endif  // PATCHMILTER_MIME_PRELOAD_CHARSETS_H_
