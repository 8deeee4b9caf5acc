// Which sources' mails are known.
#include "store/database.h"
#include "store/store.h"

namespace patchmilter::store {

Result<bool> Store::HasSource(std::string_view source) {
  PM_ASSIGN_OR_RETURN(
      Statement select,
      database_->Prepare("SELECT 1 FROM mails WHERE unique_source = ?1"));
  return select.Text(source).Step();
}

}  // namespace patchmilter::store
