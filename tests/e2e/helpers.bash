# Shared by every .bats file. COVE names the program (default build/release/bin/cove); ENGINE=podman runs the same tests
# against podman as an oracle (rule T7). Each file gets a store of its own with one image, localhost/busybox:latest; each
# test ends with a leak check (rule T3).
bats_require_minimum_version 1.5.0
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
ENGINE=${ENGINE:-cove}
COVE=${COVE:-$TOP/build/release/bin/cove}
IMAGE=localhost/busybox:latest

# c ARGS…: the engine on this file's store. T=seconds limits it (default 60).
c() { timeout --foreground -k 5 "${T:-60}" "${ENGINE_CMD[@]}" "$@" 3>&-; }

# ok ARGS…: must succeed; $output has both streams. fails CODE ARGS…: must fail with this status.
ok() {
  status=0
  output=$(c "$@" 2>&1) || status=$?
  [ "$status" -eq 0 ] || { echo "$ENGINE $* -> $status: $output"; return 1; }
}
fails() {
  local want=$1
  shift
  status=0
  output=$(c "$@" 2>&1) || status=$?
  [ "$status" -eq "$want" ] || { echo "$ENGINE $* -> $status, expected $want: $output"; return 1; }
}
# fails_any "CODES" ARGS…: podman versions differ here.
fails_any() {
  local want=$1
  shift
  status=0
  output=$(c "$@" 2>&1) || status=$?
  [[ " $want " == *" $status "* ]] || { echo "$ENGINE $* -> $status, expected one of $want: $output"; return 1; }
}
# out ARGS…: must succeed; $output is standard output alone, $err the other.
out() {
  status=0
  output=$(c "$@" 2>"$BASE/err") || status=$?
  err=$(cat "$BASE/err")
  [ "$status" -eq 0 ] || { echo "$ENGINE $* -> $status: $output $err"; return 1; }
}
is() { [ "$output" = "$1" ] || { printf 'expected: %s\ngot:      %s\n' "$1" "$output"; return 1; }; }
has() { [[ "$output" == *"$1"* ]] || { printf 'expected to contain: %s\ngot: %s\n' "$1" "$output"; return 1; }; }
hasnt() { [[ "$output" != *"$1"* ]] || { printf 'expected not to contain: %s\ngot: %s\n' "$1" "$output"; return 1; }; }
matches() { [[ "$output" =~ $1 ]] || { printf 'expected to match: %s\ngot: %s\n' "$1" "$output"; return 1; }; }
eq() { [ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$2" "$1"; return 1; }; }
json() { jq -r "$1" <<<"$output"; }

# wait_for SECONDS COMMAND…: until it succeeds.
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || { echo "waited in vain for: $*"; return 1; }
    sleep 0.05
  done
}
state_is() { [ "$(c inspect --format '{{.State.Status}}' "$1" 2>&1)" = "$2" ]; }
logs_have() { [[ "$(c logs "$1" 2>&1)" == *"$2"* ]]; }

needs() { # root | userns | cgroup1 | cgroup2 | PROGRAM: what the test cannot do without
  for what; do
    case $what in
      root) ((EUID == 0)) || skip "needs root" ;;
      userns) [ "$(cat /proc/sys/user/max_user_namespaces 2>/dev/null || echo 0)" -gt 0 ] || skip "needs user namespaces" ;;
      cgroup1) [ -d /sys/fs/cgroup/memory ] || skip "needs cgroup v1" ;;
      cgroup2) [ -f /sys/fs/cgroup/cgroup.controllers ] || skip "needs cgroup v2" ;;
      cove) [ "$ENGINE" = cove ] || skip "not for the oracle" ;;
      *) command -v "$what" >/dev/null || skip "needs the program $what" ;;
    esac
  done
}

# The oracle's program knows no such thing, or has a known bug there.
not_podman() { [ "$ENGINE" != podman ] || skip "podman differs: $1"; }

boot() {
  ((EUID == 0)) || skip "needs root"
  BASE=${TMPDIR:-/tmp}/cove-e2e.$(od -An -N6 -tx1 /dev/urandom | tr -d " ") # lower case: podman makes an image name of it
  mkdir "$BASE"
  chmod 755 "$BASE"
  ROOT=$BASE/root RUNROOT=$BASE/run
  if [ "$(stat -f -c %T /dev/shm 2>/dev/null)" = tmpfs ]; then
    RUNROOT=$(mktemp -d /dev/shm/cove-e2e.XXXXXX)
    chmod 755 "$RUNROOT"
  fi
  cat >"$BASE/containers.conf" <<'C'
[containers]
netns = "none"
log_driver = "k8s-file"
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
default_capabilities = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
C
  export BASE ROOT RUNROOT CONTAINERS_CONF=$BASE/containers.conf
  busybox_archive
  engine_command
  c load -q -i "$ARCHIVE" >/dev/null || { echo "load of $ARCHIVE failed"; return 1; }
}
engine_command() {
  if [ "$ENGINE" = podman ]; then
    ENGINE_CMD=(podman --root "$ROOT" --runroot "$RUNROOT" --cgroup-manager cgroupfs --runtime crun)
  else
    ENGINE_CMD=("$COVE" --root "$ROOT" --runroot "$RUNROOT")
  fi
}
busybox_archive() { # made once for all files
  ARCHIVE=${BATS_RUN_TMPDIR:-$BASE}/busybox.tar
  [ -f "$ARCHIVE" ] || "$TOP/tools/make-busybox-image" "$ARCHIVE"
  export ARCHIVE
}
shutdown_engine() {
  [ -n "${BASE:-}" ] || return 0
  engine_command
  T=60 c rm -f -a -t 0 >/dev/null 2>&1
  for m in $(awk -v a="$BASE" -v b="$RUNROOT" 'index($5, a) == 1 || index($5, b) == 1 { print $5 }' /proc/self/mountinfo | tac); do
    umount -l "$m"
  done
  rm -rf "$BASE" "$RUNROOT"
}

setup_file() { boot; }
teardown_file() { shutdown_engine; }
setup() {
  engine_command
  mark_resources
}
teardown() {
  local left
  T=60 c rm -f -a -t 0 >"$BASE/rm.out" 2>&1 || { echo "clean-up failed: $(cat "$BASE/rm.out")"; return 1; }
  leak_check
}

mark_resources() { "$TOP/tests/e2e/resources" "$ROOT" "$RUNROOT" >"$BASE/before"; }
new_resources() {
  "$TOP/tests/e2e/resources" "$ROOT" "$RUNROOT" >"$BASE/after"
  comm -13 "$BASE/before" "$BASE/after"
}
# Clean-up after the exit record is asynchronous: some patience.
leak_check() {
  local left i
  [ "$ENGINE" = cove ] || { eq "$(c ps -aq)" ""; return; }
  for i in {1..60}; do
    left=$(new_resources)
    [ -z "$left" ] && [ -z "$(c ps -aq 2>&1)" ] && return 0
    sleep 0.1
  done
  printf 'LEAK\n%s\n%s\n' "$left" "$(c ps -a 2>&1)"
  return 1
}
