// libcurl, as the rest of net/ uses it.
// Threads: any.
#ifndef PATCHMILTER_NET_CURL_HANDLES_H_
#define PATCHMILTER_NET_CURL_HANDLES_H_

#include <curl/curl.h>

#include <memory>

#include "base/handle.h"

namespace patchmilter::net {

using CurlEasy = CHandle<CURL, curl_easy_cleanup>;
using CurlList = CHandle<curl_slist, curl_slist_free_all>;

// Before anything else is asked of libcurl. All memory that libcurl gives back
// is wiped from then on: passwords and keys pass through its buffers.
void InitializeCurlOnce();

// Puts a copy of `line` behind `list`.
void Append(CurlList* list, const char* line);

}  // namespace patchmilter::net

#endif  // PATCHMILTER_NET_CURL_HANDLES_H_
