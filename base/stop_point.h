// Stop points: named places in the daemons at which a test may halt them, to
// kill them exactly there (tests/integration/test_kill_reviewer.py).
//
// The environment variable PATCHMILTER_TEST_STOP_AT names one; when it is
// reached for the first time the process raises SIGSTOP on itself, so that the
// test sees state T before it kills. Without the variable a stop point costs
// the compare of an empty string. The names in use stand in
// docs/development.md.
#ifndef PATCHMILTER_BASE_STOP_POINT_H_
#define PATCHMILTER_BASE_STOP_POINT_H_

#include <string_view>

namespace patchmilter {

void StopPoint(std::string_view name) noexcept;

}  // namespace patchmilter

#endif  // PATCHMILTER_BASE_STOP_POINT_H_
