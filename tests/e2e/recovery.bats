# Recovery: whatever is killed, one command later the state is right and nothing is left.
load helpers

# pid_of_monitor NAME: the container's monitor is the parent of its first process.
pid_of_monitor() { awk '/^PPid:/ { print $2 }' "/proc/$(c inspect --format '{{.State.Pid}}' "$1")/status"; }

@test "the monitor dies: the container ends, ps knows" {
  needs cove
  ok run -d --name rec $IMAGE sh -c 'sleep 4343 & sleep 4343'
  kill -9 "$(pid_of_monitor rec)"
  out ps -a --format '{{.Status}}' --filter name=rec
  hasnt "Up"
  wait_for 5 eval '! pgrep -fx "sleep 4343" >/dev/null'
  state_is rec exited
  ok start rec
  state_is rec running
}
@test "the monitor dies: each command settles" {
  needs cove
  for command in 'rm -f -t 0 %' 'stop -t 0 %' 'start %' 'inspect %' 'wait %' 'logs %' 'container exists %' 'restart -t 0 %' 'rm %'; do
    ok run -d --name m $IMAGE sleep 1000
    kill -9 "$(pid_of_monitor m)"
    # shellcheck disable=SC2086
    T=20 run c ${command//%/m}
    [ "$status" -lt 124 ] || [ "$status" -eq 125 ] || { echo "$command: $status $output"; return 1; }
    ok rm -f -t 0 m
  done
}
@test "the container's process dies by the kernel's hand" {
  ok run -d --name k $IMAGE sleep 1000
  kill -9 "$(c inspect --format '{{.State.Pid}}' k)"
  out wait k
  is 137
  ok start k
  state_is k running
}
@test "cove killed during run -it, run and run --rm: the container goes on" {
  needs cove
  "${ENGINE_CMD[@]}" run --name fg $IMAGE sleep 1000 3>&- &
  pid=$!
  wait_for 10 state_is fg running
  kill -9 $pid
  wait $pid || true
  state_is fg running
  ok exec fg true
  ok rm -f -t 0 fg
  "${ENGINE_CMD[@]}" run --rm --name fgrm $IMAGE sleep 1 3>&- &
  pid=$!
  wait_for 10 state_is fgrm running
  kill -9 $pid
  wait $pid || true
  wait_for 10 eval '! c container exists fgrm'
}
@test "everything killed at once, as by a reboot" {
  needs cove
  for i in 1 2 3; do ok run -d --name b$i $IMAGE sleep 1000; done
  ok create --name b4 $IMAGE true
  for i in 1 2 3; do
    m=$(pid_of_monitor b$i)
    p=$(c inspect --format '{{.State.Pid}}' b$i)
    kill -9 "$m" "$p"
  done
  rm -rf "${RUNROOT:?}"/*
  find /sys/fs/cgroup -depth -type d -path "*libpod-*" -exec rmdir {} \; 2>/dev/null || true # a reboot empties these too
  out ps -a --format '{{.Names}} {{.State}}'
  eq "$(sort <<<"$output" | tr 'A-Z' 'a-z' | cut -d' ' -f1,2 | sed 's/ up.*//' | grep -c running)" 0
  eq "$(wc -l <<<"$output")" 4
  ok start b1
  state_is b1 running
}
@test "system check says what it found" {
  needs cove
  out system check
  ok run -d --name sc $IMAGE sleep 1000
  kill -9 "$(pid_of_monitor sc)"
  ok system check
  ok ps -a
}
@test "a name is free again after a create that was killed" {
  needs cove
  for t in 0.001 0.002 0.004 0.006 0.01 0.02; do
    timeout -s KILL $t "${ENGINE_CMD[@]}" create --name fresh $IMAGE true >/dev/null 2>&1 || true
    if c container exists fresh; then ok rm fresh; fi
    ok create --name fresh $IMAGE true
    ok rm fresh
  done
}
@test "a directory that is left in staging or trash is swept" {
  needs cove
  mkdir -p "$ROOT/staging/left/diff/x" "$ROOT/trash/left/y"
  ok ps -a
  ok system check
  wait_for 10 eval '[ ! -e "$ROOT/staging/left" ] && [ ! -e "$ROOT/trash/left" ]'
}
