// The files of a state directory, by name.
#ifndef PATCHMILTER_APP_STATE_FILES_H_
#define PATCHMILTER_APP_STATE_FILES_H_

#include <string>

namespace patchmilter::app {

inline std::string StateFile(const std::string& directory) {
  return directory + "/state.db";
}
// Held by the one process that runs jobs on this state.
inline std::string StateLockFile(const std::string& directory) {
  return directory + "/lock";
}

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_STATE_FILES_H_
