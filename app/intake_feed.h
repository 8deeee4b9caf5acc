// IntakeFeed: takes the records of the intake into the store.
//
// Mails and cursor move in one transaction; only then is the cursor published,
// behind which patchmilterd prunes. The cursor names the segment's nonce too:
// an intake that was wiped or replaced under a living state.db is noticed (its
// segments are others, or end before the cursor), said in the log, and read
// from its start. What is read twice by that is known by its Message-ID.
//
// Threads: one, with a store of its own.
// Tested in tests/app/intake_feed_test.cc and tests/integration/.
#ifndef PATCHMILTER_APP_INTAKE_FEED_H_
#define PATCHMILTER_APP_INTAKE_FEED_H_

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "intake/reader.h"
#include "store/store.h"

namespace patchmilter::app {

class IntakeFeed {
 public:
  // `store` is borrowed; must outlive it.
  IntakeFeed(std::string directory, store::Store* store)
      : directory_(std::move(directory)), store_(store) {}

  // True where there was something to take. At most 500 mails, and 16 MiB and
  // one mail.
  Result<bool> TakeBatch();

 private:
  Status Open();
  // Whether the intake is not the one in which the reader stands.
  Result<bool> Replaced() const;
  // The segment's nonce; 0 where it cannot be told now.
  std::uint64_t NonceOf(std::uint64_t segment) const;

  std::string directory_;
  store::Store* store_;
  std::unique_ptr<intake::Reader> reader_;
  // Of the segment in which the cursor stands; 0 where it is not known.
  std::uint64_t nonce_ = 0;
};

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_INTAKE_FEED_H_
