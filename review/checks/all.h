// The checks, one maker each; review/check.cc puts them in order.
#ifndef PATCHMILTER_REVIEW_CHECKS_ALL_H_
#define PATCHMILTER_REVIEW_CHECKS_ALL_H_

#include "review/check.h"

namespace patchmilter::review {

Check NumberingCheck();          // numbering.cc
Check MangledPatchCheck();       // mangled_patch.cc
Check WhitespaceCheck();         // whitespace.cc
Check ConflictMarkersCheck();    // conflict_markers.cc
Check SignOffCheck();            // sign_off.cc
Check FixesMalformedCheck();     // fixes_malformed.cc
Check FixesUnknownCheck();       // fixes_target.cc
Check FixesMismatchCheck();      // fixes_target.cc
Check FileModeCheck();           // file_mode.cc
Check BinaryFileCheck();         // binary_file.cc
Check StrayFileCheck();          // binary_file.cc
Check UsedBeforeDefinedCheck();  // used_before_defined.cc
Check DoesNotApplyCheck();       // does_not_apply.cc
Check AlreadyAppliedCheck();     // already_applied.cc

}  // namespace patchmilter::review

#endif  // PATCHMILTER_REVIEW_CHECKS_ALL_H_
