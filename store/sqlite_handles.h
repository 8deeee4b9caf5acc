// Handles for what sqlite3 hands out. Included by store/*.cc only.
#ifndef PATCHMILTER_STORE_SQLITE_HANDLES_H_
#define PATCHMILTER_STORE_SQLITE_HANDLES_H_

#include <sqlite3.h>

#include "base/handle.h"

namespace patchmilter::store {

using SqliteHandle = CHandle<sqlite3, sqlite3_close_v2>;
using StatementHandle = CHandle<sqlite3_stmt, sqlite3_finalize>;

}  // namespace patchmilter::store

#endif  // PATCHMILTER_STORE_SQLITE_HANDLES_H_
