# Sourced by ./demo and ./test (bash): saying what is done, and doing it.

say() { printf '%s\n' "== $*"; }
die() { printf '%s\n' "$program: $*" >&2; exit 1; }

# step LOG COMMAND...: runs it with its output in LOG, and a progress line every
# few seconds: the last "[n/m]" of ninja, or that it still runs. On failure the
# end of LOG is shown.
step() {
  local log=$1 started=$SECONDS next=10 status=0 child
  shift
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 </dev/null &
  child=$!
  # An interrupt reaches the child as well: wait for it, then stop.
  trap 'wait "$child"; exit 130' INT
  trap 'kill "$child"; wait "$child"; exit 143' TERM
  while kill -0 "$child" 2>/dev/null; do
    if [ $((SECONDS - started)) -ge $next ]; then
      printf '   %4d s  %s\n' $((SECONDS - started)) \
        "$(tail -c 4096 "$log" | grep -o '^\[[0-9]*/[0-9]*\]' | tail -1)"
      next=$((next + 10))
    fi
    sleep 0.2
  done
  wait "$child" || status=$?
  trap - INT TERM
  if [ $status -ne 0 ]; then
    grep -E -A 15 '^FAILED|error:|Error at' "$log" | tail -60 >&2
    tail -5 "$log" >&2
    die "this failed (status $status): $*; all of its output is in $log"
  fi
}

# build PRESET DIRECTORY [CMAKE OPTION...]: configures and builds all of it.
build() {
  local preset=$1 directory=$2 launcher=()
  shift 2
  if command -v ccache >/dev/null; then
    launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache
      -DCMAKE_C_COMPILER_LAUNCHER=ccache)
  fi
  step "$directory/configure.log" \
    cmake --preset "$preset" -B "$directory" "${launcher[@]}" "$@"
  step "$directory/build.log" cmake --build "$directory"
}

# What both need besides the build set: the private Postfix's programs.
get_parts() {
  tools/unpack-postfix "$PATCHMILTER_PARTS/postfix"
}
