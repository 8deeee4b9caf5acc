// The first Ctrl-C (or SIGTERM) asks a long command to end where it can go on
// later; the second ends the process at once, as without this.
// Threads: Interrupted() from any; the rest from the first.
#ifndef PATCHMILTER_APP_INTERRUPT_H_
#define PATCHMILTER_APP_INTERRUPT_H_

namespace patchmilter::app {

// From now on until the process ends. `words` is what is written to standard
// error when the signal comes; it must live as long.
void CatchInterrupt(const char* words);
bool Interrupted();
// The exit status of a command that has ended so: 128 + the signal's number.
int InterruptedStatus();

}  // namespace patchmilter::app

#endif  // PATCHMILTER_APP_INTERRUPT_H_
