// ByteSource: bytes one after the other, wherever they come from (a file, a
// member of an archive), for whoever reads a stream and need not know.
#ifndef PATCHMILTER_BASE_BYTE_SOURCE_H_
#define PATCHMILTER_BASE_BYTE_SOURCE_H_

#include <cstddef>
#include <functional>

#include "base/result.h"

namespace patchmilter {

// Puts at most `size` bytes at `buffer`; returns how many, 0 at the end.
// REQUIRES: size > 0. Not called again after an error or the end.
using ByteSource = std::function<Result<std::size_t>(char* buffer,  //
                                                     std::size_t size)>;

}  // namespace patchmilter

#endif  // PATCHMILTER_BASE_BYTE_SOURCE_H_
