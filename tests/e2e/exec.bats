# exec and attach.
load helpers

up() { ok run -d --name up "$@" $IMAGE sleep 1000; }

@test "exec: output, status, streams" {
  up
  out exec up echo hello
  is hello
  fails 9 exec up sh -c 'exit 9'
  out exec up sh -c 'echo o; echo e >&2'
  is o
  eq "$err" e
}
@test "exec -i passes standard input" {
  up
  run bash -c 'seq 1 50000 | "$@" | md5sum' _ "${ENGINE_CMD[@]}" exec -i up cat
  is "$(seq 1 50000 | md5sum)"
}
@test "exec -e -u -w --env-file" {
  up -e FROM=run
  printf 'X=file\n' >"$BASE/env"
  out exec -e A=1 --env-file "$BASE/env" -u user -w /tmp up sh -c 'echo $A $X $FROM; id -u; pwd; id -G'
  is "1 file run
1000
/tmp
1000 10 63"
  fails_any "125 126 255" exec -u nosuch up true
  has nosuch
  fails_any "126 127" exec -w /no/such up true
}
@test "exec: 125, 126, 127" {
  up
  fails 127 exec up /no/such
  fails 126 exec up /etc
  fails 125 exec nosuch true
  fails_any "125 255" exec up
  ok create --name off $IMAGE true
  fails_any "125 255" exec off true
  ok stop -t 0 up
  fails_any "125 255" exec up true
}
@test "exec -t and -it" {
  needs script
  up
  run script -qec "${ENGINE_CMD[*]} exec -t up sh -c 'test -t 1 && echo tty'" /dev/null
  [ "$status" -eq 0 ]
  has tty
  run script -qec "${ENGINE_CMD[*]} exec -it up sh" /dev/null < <(sleep 0.7; echo 'echo $((6*7))'; sleep 0.4; echo 'exit 4'; sleep 0.7)
  [ "$status" -eq 4 ]
  has 42
}
@test "exec -d" {
  up
  out exec -d up sh -c 'sleep 0.2; touch /tmp/made'
  matches '^[0-9a-f]{64}$' || is ""
  wait_for 5 c exec up test -f /tmp/made
}
@test "exec has the container's limits, capabilities and namespaces" {
  up --cap-drop all --pids-limit 50
  out exec up grep CapEff /proc/self/status
  has 0000000000000000
  eq "$(c exec up readlink /proc/self/ns/mnt)" "$(readlink "/proc/$(c inspect --format '{{.State.Pid}}' up)/ns/mnt")"
  out exec up cat /proc/self/cgroup
  out exec --privileged up grep CapEff /proc/self/status
  hasnt 0000000000000000
}
@test "exec leaves nothing behind" {
  up
  for i in 1 2 3 4 5; do ok exec up true; done
  sleep 0.3
  out inspect --format '{{len .ExecIDs}}' up
  is 0
  eq "$(c exec up ps -o pid | wc -l)" 3
}
@test "a killed exec client does not harm the container" {
  up
  "${ENGINE_CMD[@]}" exec up sleep 50 3>&- &
  pid=$!
  wait_for 5 eval 'c exec up ps -o args | grep -q "^sleep 50$"'
  kill -9 $pid
  wait $pid || true
  out exec up echo fine
  is fine
}
@test "ten execs at once" {
  up
  for i in {1..10}; do c exec up sh -c "exit $i" 3>&- & pids[i]=$!; done
  for i in {1..10}; do
    rc=0
    wait "${pids[i]}" || rc=$?
    eq $rc "$i"
  done
}
@test "exec ends with the container" {
  up
  c exec up sleep 500 3>&- &
  pid=$!
  sleep 0.7
  ok stop -t 0 up
  rc=0
  wait $pid || rc=$?
  [ $rc -ne 0 ]
}
@test "attach: output from now on, exit status" {
  ok run -d --name at $IMAGE sh -c 'sleep 1; echo seen; exit 6'
  T=10 fails_any "0 6" attach --no-stdin at
  has seen
}
@test "attach passes standard input to run -i" {
  ok run -d -i --name ain $IMAGE sh -c 'read x; echo got $x'
  run bash -c 'echo word | timeout 10 "$@"' _ "${ENGINE_CMD[@]}" attach ain
  [ "$status" -eq 0 ]
  has "got word"
}
@test "several clients see the same" {
  ok run -d --name multi $IMAGE sh -c 'sleep 1.5; seq 1 100'
  for i in 1 2 3; do c attach --no-stdin multi >"$BASE/a$i" 3>&- & pids[i]=$!; done
  for i in 1 2 3; do wait "${pids[i]}"; done
  for i in 1 2 3; do eq "$(grep . "$BASE/a$i" | md5sum)" "$(seq 1 100 | md5sum)"; done
}
@test "detach keys leave the container running" {
  needs script
  ok run -dit --name det $IMAGE sh
  run script -qec "timeout --foreground 15 ${ENGINE_CMD[*]} attach det" /dev/null < <(for i in 1 2 3 4 5; do sleep 1; printf "\020\021"; done)
  [ "$status" -eq 0 ]
  state_is det running
  run script -qec "timeout --foreground 15 ${ENGINE_CMD[*]} attach --detach-keys ctrl-a,x det" /dev/null < <(for i in 1 2 3 4 5; do sleep 1; printf "\001x"; done)
  [ "$status" -eq 0 ]
  state_is det running
}
@test "start -ai" {
  ok create -i --name sai $IMAGE sh -c 'read x; echo got $x; exit 2'
  run bash -c 'echo word | timeout 10 "$@"' _ "${ENGINE_CMD[@]}" start -ai sai
  [ "$status" -eq 2 ]
  has "got word"
}
@test "a slow client never blocks the container" {
  needs cove
  "${ENGINE_CMD[@]}" run --name slow $IMAGE sh -c 'seq 1 300000; touch /tmp/done; sleep 100' 3>&- > >(sleep 30) &
  pid=$!
  wait_for 20 c exec slow test -f /tmp/done
  kill -9 $pid
  wait $pid || true
  eq "$(c logs slow | wc -l)" 300000
}
@test "attach errors" {
  ok create --name no $IMAGE true
  fails 125 attach no
  fails 125 attach nosuch
}
