// Cassettes: what was sent to a model and what came back, in a directory.
//
// A recording is found again by all that was sent (path, headers, body; the key
// is no part of it): whoever sends another byte gets no answer. One exchange a
// file, named by the SHA-256 of what was sent, so that conversations that run
// side by side do not depend on their order; the same request sent again gets
// the next answer of its own, then its last.
//
// A file is text, made to be read and kept under version control: the format is
// in docs/model.md. No key, and no header that could hold one, is ever in it.
// It appears whole or not at all, whenever the recorder is killed.
// Replays are patient (CalmWeather, model/client.h): a recorded 429 costs no
// time.
// Threads: any number of transports on one directory; a Cassette is guarded.
// Tested in tests/model/cassette_test.cc.
#ifndef PATCHMILTER_MODEL_CASSETTE_H_
#define PATCHMILTER_MODEL_CASSETTE_H_

#include <memory>
#include <string>

#include "base/result.h"
#include "model/transport.h"

namespace patchmilter::model {

class Cassette {
 public:
  // An empty directory to record into, made where missing; one that holds
  // recordings is refused.
  static Result<std::shared_ptr<Cassette>> ToRecord(const std::string& path);
  static Result<std::shared_ptr<Cassette>> ToReplay(const std::string& path);
  virtual ~Cassette() = default;

  // Sends through `inner` and writes down what comes back (faults too). What
  // cannot be written down is a Fault of kind kRequest: whoever records wants a
  // recording. REQUIRES: made by ToRecord.
  virtual std::unique_ptr<Transport> Recorder(
      std::unique_ptr<Transport> inner) = 0;
  // Answers from the recordings alone. A request that was never recorded is a
  // Fault of kind kRequest that names its hash and, where one is there, the
  // first byte at which the nearest recording differs, with the few bytes that
  // stand there and here. REQUIRES: made by ToReplay.
  virtual std::unique_ptr<Transport> Player() = 0;
};

}  // namespace patchmilter::model

#endif  // PATCHMILTER_MODEL_CASSETTE_H_
