# create, start, stop, restart, kill, pause, wait, rm, cleanup, exists, rename-free life of a container.
load helpers

@test "create, start, end, start again" {
  id=$(c create --name life $IMAGE sh -c 'echo run; exit 4')
  state_is life created
  out start life
  is life
  wait_for 5 state_is life exited
  fails 4 start -a life
  eq "$(c logs life)" "run
run"
  out inspect --format '{{.State.ExitCode}} {{.State.Running}}' life
  is "4 false"
}
@test "start: running is no error, unknown is, several at once" {
  ok run -d --name s1 $IMAGE sleep 100
  ok start s1
  ok create --name s2 $IMAGE sleep 100
  ok create --name s3 $IMAGE sleep 100
  out start s2 s3
  is "s2
s3"
  fails 125 start nosuch
  has nosuch
  fails 125 start
}
@test "start of a command that cannot run" {
  ok create --name bad $IMAGE /no/such
  fails 127 start bad || fails 125 start bad
  has /no/such
  state_is bad created || state_is bad exited
  ok create --name bad2 $IMAGE /etc
  fails 126 start -a bad2 || [ "$status" -eq 125 ]
}
@test "names: unique prefix of an id, ambiguity, unknown" {
  id=$(c create $IMAGE true)
  ok inspect "${id:0:6}"
  ok start "${id:0:12}"
  ok wait "${id:0:12}"
  fails 125 inspect nosuch
  has nosuch
  ids=()
  for i in {1..20}; do ids+=("$(c create $IMAGE true)"); done
  first=$(printf '%s\n' "${ids[@]}" | cut -c1 | sort | uniq -d | head -1)
  fails 125 stop "$first"
}
@test "stop: TERM, then KILL after the time" {
  ok run -d --name polite $IMAGE sh -c 'trap "exit 11" TERM; echo ready; while :; do sleep 0.05; done'
  wait_for 5 logs_have polite ready
  out stop polite
  is polite
  out inspect --format '{{.State.ExitCode}} {{.State.Status}}' polite
  is "11 exited"
  ok run -d --name deaf $IMAGE sleep 100
  start=$SECONDS
  ok stop -t 1 deaf
  [ $((SECONDS - start)) -lt 6 ]
  out inspect --format '{{.State.ExitCode}}' deaf
  is 137
}
@test "stop -t 0 kills at once; a stopped one is no error; -a; --ignore" {
  ok run -d --name q1 $IMAGE sleep 100
  ok run -d --name q2 $IMAGE sleep 100
  ok stop -t 0 q1
  ok stop q1
  ok stop -a -t 0
  state_is q2 exited
  ok stop --ignore nosuch
  fails 125 stop nosuch
}
@test "--stop-signal and --stop-timeout" {
  ok run -d --name sig --stop-signal USR2 $IMAGE sh -c 'trap "exit 12" USR2; echo ready; while :; do sleep 0.05; done'
  wait_for 5 logs_have sig ready
  ok stop sig
  out inspect --format '{{.State.ExitCode}}' sig
  is 12
  ok run -d --name tmo --stop-timeout 1 $IMAGE sleep 100
  start=$SECONDS
  ok stop tmo
  [ $((SECONDS - start)) -lt 6 ]
  fails 125 create --stop-signal NOSUCH $IMAGE true
}
@test "restart" {
  ok run -d --name re $IMAGE sh -c 'echo begin; sleep 100'
  wait_for 5 logs_have re begin
  pid=$(c inspect --format '{{.State.Pid}}' re)
  out restart -t 0 re
  is re
  state_is re running
  [ "$(c inspect --format '{{.State.Pid}}' re)" != "$pid" ]
  wait_for 5 eval '[ "$(c logs re | grep -c begin)" = 2 ]'
  ok create --name re2 $IMAGE sleep 100
  ok restart re2
  state_is re2 running
  ok restart -a -t 0
  fails 125 restart nosuch
}
@test "kill: default, a signal, errors" {
  ok run -d --name k $IMAGE sh -c 'trap "echo hup" HUP; echo ready; while :; do sleep 0.05; done'
  wait_for 5 logs_have k ready
  ok kill -s HUP k
  wait_for 5 logs_have k hup
  ok kill --signal SIGHUP k
  ok kill -s 1 k
  fails 125 kill -s NOSUCH k
  out kill k
  is k
  wait_for 5 state_is k exited
  out inspect --format '{{.State.ExitCode}}' k
  is 137
  fails 125 kill k
  fails 125 kill nosuch
}
@test "kill -9 from outside is seen at once" {
  ok run -d --name out $IMAGE sleep 100
  kill -9 "$(c inspect --format '{{.State.Pid}}' out)"
  out wait out
  is 137
  state_is out exited
}
@test "pause and unpause" {
  ok run -d --name p $IMAGE sh -c 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done'
  wait_for 5 logs_have p 2
  out pause p
  is p
  state_is p paused
  n=$(c logs p | wc -l)
  sleep 0.4
  eq "$(c logs p | wc -l)" "$n"
  fails_any "125 255" exec p true
  fails 125 pause p
  out ps --filter status=paused --format '{{.Names}}'
  is p
  out unpause p
  is p
  state_is p running
  fails 125 unpause p
  wait_for 5 eval '[ "$(c logs p | wc -l)" -gt "$n" ]'
  ok pause p
  ok rm -f -t 0 p
}
@test "wait: exit code, several, condition, already ended" {
  ok run -d --name w1 $IMAGE sh -c 'sleep 0.3; exit 6'
  out wait w1
  is 6
  out wait w1
  is 6
  ok run -d --name w2 $IMAGE sh -c 'sleep 0.2; exit 8'
  out wait w1 w2
  is "6
8"
  ok run -d --name w3 $IMAGE sleep 100
  T=10 out wait --condition running w3
  fails 125 wait nosuch
}
@test "wait on a --rm container still gets the code" {
  ok run -d --rm --name wr $IMAGE sh -c 'sleep 0.5; exit 9'
  out wait wr
  is 9
}
@test "many waiters, none lost" {
  ok run -d --name many $IMAGE sh -c 'sleep 1; exit 5'
  for i in {1..10}; do c wait many >"$BASE/w$i" 3>&- & pids[i]=$!; done
  for i in {1..10}; do wait "${pids[i]}"; done
  eq "$(cat "$BASE"/w? "$BASE"/w10 | sort | uniq -c | tr -s ' ')" " 10 5"
}
@test "rm: running needs -f, unknown is an error, -i is none, -a" {
  ok run -d --name r1 $IMAGE sleep 100
  fails 2 rm r1 || fails 125 rm r1
  has running
  ok rm -f -t 0 r1
  fails 1 rm nosuch || fails 125 rm nosuch
  ok rm -i nosuch
  ok rm -f nosuch
  ok create --name r2 $IMAGE true
  ok create --name r3 $IMAGE true
  out rm r2
  is r2
  ok rm -a
  eq "$(c ps -aq)" ""
}
@test "rm -f ends a program that ignores TERM" {
  ok run -d --name stubborn $IMAGE sh -c 'trap "" TERM; while :; do sleep 1; done'
  start=$SECONDS
  ok rm -f -t 1 stubborn
  [ $((SECONDS - start)) -lt 8 ]
}
@test "rm takes its processes with it" {
  ok run -d --name tree $IMAGE sh -c 'for i in 1 2 3; do (trap "" TERM HUP; sleep 4242) & done; sleep 4242'
  wait_for 5 eval '[ "$(pgrep -fxc "sleep 4242")" -ge 4 ]'
  ok rm -f -t 0 tree
  wait_for 5 eval '! pgrep -fx "sleep 4242" >/dev/null'
}
@test "rm works while a process of the host holds a file of it" {
  ok run -d --name held $IMAGE sh -c 'echo x >/f; sleep 100'
  wait_for 5 c exec held test -f /f
  exec 7<"/proc/$(c inspect --format '{{.State.Pid}}' held)/root/f"
  ok rm -f -t 0 held
  exec 7<&-
}
@test "exists: 0, 1" {
  ok create --name ex $IMAGE true
  ok container exists ex
  fails 1 container exists nosuch
}
@test "cleanup of a stopped container, of all" {
  ok run --name cl $IMAGE true
  ok container cleanup cl
  ok container cleanup -a
  ok container cleanup --rm cl
  fails 1 container exists cl
}
@test "--restart on-failure and always" {
  ok run -d --name again --restart on-failure:2 $IMAGE sh -c 'echo go; exit 3'
  wait_for 15 eval '[ "$(c logs again | grep -c go)" = 3 ]'
  wait_for 5 state_is again exited
  out inspect --format '{{.RestartCount}} {{.HostConfig.RestartPolicy.Name}}' again
  is "2 on-failure"
}
@test "commands on several containers go on after an error" {
  ok run -d --name m1 $IMAGE sleep 100
  ok create --name mid $IMAGE true
  ok run -d --name m2 $IMAGE sleep 100
  fails 125 kill m1 mid m2
  has created
  wait_for 5 state_is m1 exited
  wait_for 5 state_is m2 exited
}
@test "a container survives the command that started it" {
  bash -c '"$@" run -d --name orphan '"$IMAGE"' sh -c "sleep 1; echo later" >/dev/null' _ "${ENGINE_CMD[@]}"
  wait_for 5 logs_have orphan later
}
@test "times are there and in order" {
  ok run --name times $IMAGE true
  out inspect times
  a=$(json '.[0].Created') b=$(json '.[0].State.StartedAt') d=$(json '.[0].State.FinishedAt')
  [ "$(date -d "$a" +%s%N)" -le "$(date -d "$b" +%s%N)" ]
  [ "$(date -d "$b" +%s%N)" -le "$(date -d "$d" +%s%N)" ]
}
