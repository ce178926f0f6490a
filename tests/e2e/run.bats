# What a user types first: run, its exit codes, its streams.
load helpers

@test "run prints what the program prints and ends with its status" {
  out run --rm $IMAGE echo hello
  is hello
  fails 7 run --rm $IMAGE sh -c 'exit 7'
  fails 1 run --rm $IMAGE false
}
@test "run without a command runs the image's" {
  run c run --rm -i $IMAGE <<<'echo from-sh'
  [ "$status" -eq 0 ]
  is from-sh
}
@test "standard error and output stay apart" {
  out run --rm $IMAGE sh -c 'echo o; echo e >&2'
  is o
  eq "$err" e
}
@test "run -i hands over standard input and its end" {
  run bash -c 'head -c 300000 /dev/zero | tr "\0" x | "$@" | wc -c' _ "${ENGINE_CMD[@]}" run --rm -i $IMAGE cat
  is 300000
}
@test "run without -i gives an empty standard input" {
  run c run --rm $IMAGE cat <<<'not for you'
  [ "$status" -eq 0 ]
  is ""
}
@test "bytes pass unchanged" {
  run bash -c 'head -c 100000 /bin/ls | "$@" | cmp - <(head -c 100000 /bin/ls)' _ "${ENGINE_CMD[@]}" run --rm -i $IMAGE cat
  [ "$status" -eq 0 ]
}
@test "a big output is complete" {
  run bash -c '"$@" | md5sum' _ "${ENGINE_CMD[@]}" run --rm $IMAGE sh -c 'seq 1 200000'
  is "$(seq 1 200000 | md5sum)"
}
@test "exit 127 where the command is not found, 126 where it cannot be executed, 125 for the engine's own errors" {
  fails 127 run --rm $IMAGE /no/such/program
  has such
  fails 127 run --rm $IMAGE no-such-program
  fails 126 run --rm $IMAGE /etc
  fails 126 run --rm $IMAGE /etc/passwd
  fails 125 run --rm --no-such-option $IMAGE true
  fails 125 run --rm --pull never localhost/no-such-image true
}
@test "a program ended by a signal gives 128 and the signal" {
  c run --name killed $IMAGE sleep 100 3>&- &
  pid=$!
  wait_for 10 state_is killed running
  ok kill killed
  rc=0
  wait $pid || rc=$?
  eq $rc 137
  out inspect --format "{{.State.ExitCode}}" killed
  is 137
}
@test "run -d prints the id and goes on" {
  out run -d --name bg $IMAGE sh -c 'echo up; sleep 100'
  matches '^[0-9a-f]{64}$'
  id=$output
  wait_for 5 logs_have bg up
  out inspect --format '{{.Id}} {{.State.Status}} {{.State.Running}}' bg
  is "$id running true"
}
@test "--rm removes, without it the container stays" {
  ok run --rm --name gone $IMAGE true
  fails 1 container exists gone
  ok run --name stays $IMAGE true
  ok container exists stays
  out inspect --format '{{.State.Status}} {{.State.ExitCode}}' stays
  is "exited 0"
  ok rm stays
}
@test "run -d --rm removes at its end" {
  ok run -d --rm --name brief $IMAGE sleep 0.3
  run_gone() { ! c container exists brief; }
  wait_for 10 run_gone
}
@test "--name: taken, bad, and --replace" {
  ok create --name one $IMAGE true
  first=$(c inspect --format '{{.Id}}' one)
  fails 125 create --name one $IMAGE true
  has one
  has "$first"
  fails 125 create --name 'not/good' $IMAGE true
  ok create --replace --name one $IMAGE true
  [ "$(c inspect --format '{{.Id}}' one)" != "$first" ]
  eq "$(c ps -aq | wc -l)" 1
}
@test "a container without --name gets one of two words" {
  id=$(c create $IMAGE true)
  out inspect --format '{{.Name}}' "$id"
  matches '^[a-z]+_[a-z]+'
}
@test "--cidfile and --pidfile" {
  rm -f "$BASE/cid" "$BASE/pid"
  ok run -d --cidfile "$BASE/cid" --pidfile "$BASE/pid" --name files $IMAGE sleep 100
  eq "$(cat "$BASE/cid")" "$(c inspect --format '{{.Id}}' files)"
  eq "$(cat "$BASE/pid")" "$(c inspect --format '{{.State.Pid}}' files)"
  fails 125 run --cidfile "$BASE/cid" $IMAGE true
  ok rm -f -t 0 --cidfile "$BASE/cid"
  fails 1 container exists files
}
@test "-a chooses the streams" {
  out run --rm -a stdout $IMAGE sh -c 'echo o; echo e >&2'
  is o
  eq "$err" ""
  out run --rm -a stderr $IMAGE sh -c 'echo o; echo e >&2'
  is ""
  eq "$err" e
}
@test "signals to run reach the container (--sig-proxy)" {
  "${ENGINE_CMD[@]}" run --name sig $IMAGE sh -c 'trap "echo got; exit 9" USR1; echo ready; while :; do sleep 0.05; done' >"$BASE/sig.out" 3>&- &
  pid=$!
  wait_for 10 grep -q ready "$BASE/sig.out"
  kill -USR1 $pid
  rc=0
  wait $pid || rc=$?
  eq $rc 9
  grep -q got "$BASE/sig.out"
}
@test "the writable layer is the container's own" {
  ok run --name w $IMAGE sh -c 'echo changed >/etc/os-release; rm /etc/group; mkdir /new'
  out run --rm $IMAGE cat /etc/os-release
  has busybox
  out run --rm $IMAGE ls /etc/group
  is /etc/group
}
@test "the same under cove container" {
  out container run --rm $IMAGE echo hello
  is hello
  id=$(c container create $IMAGE true)
  ok container start "$id"
  ok container wait "$id"
  ok container rm "$id"
}
@test "options end at the image" {
  out run --rm $IMAGE echo --name -x
  is "--name -x"
}
@test "twenty at once" {
  for i in {1..20}; do c run --rm $IMAGE sh -c "exit $i" 3>&- & pids[i]=$!; done
  for i in {1..20}; do
    rc=0
    wait "${pids[i]}" || rc=$?
    eq $rc "$i"
  done
}
