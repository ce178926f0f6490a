# logs: drivers, times, tails, following, partial lines, rotation.
load helpers

@test "logs: both streams, in order, to their own stream" {
  ok run --name lg $IMAGE sh -c 'echo one; sleep 0.05; echo two >&2; sleep 0.05; echo three'
  out logs lg
  is "one
three"
  eq "$err" two
}
@test "logs --tail, -n" {
  ok run --name tl $IMAGE seq 1 1000
  eq "$(c logs tl | wc -l)" 1000
  out logs --tail 3 tl
  is "998
999
1000"
  eq "$(c logs -n tl | head -1)" "$(c logs --names tl | head -1)"
  out logs --tail 0 tl
  is ""
  out logs --tail 5000 tl
  eq "$(wc -l <<<"$output")" 1000
}
@test "logs -t: RFC 3339 times" {
  ok run --name ts $IMAGE echo x
  out logs -t ts
  matches '^20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-9:]+\.?[0-9]*(Z|[+-][0-9:]+) x$'
}
@test "logs --since and --until" {
  ok run --name si $IMAGE sh -c 'echo early; sleep 2; echo late'
  end=$(c inspect --format '{{.State.FinishedAt}}' si | sed -E 's/^([0-9-]+) ([0-9:.]+) ([+-][0-9]+).*/\1T\2\3/')
  middle=$(date -u -d "$(c logs -t si | tail -1 | cut -d' ' -f1) - 1 second" +%Y-%m-%dT%H:%M:%SZ)
  out logs --since "$middle" si
  is late
  out logs --until "$middle" si
  is early
  out logs --since 1h si
  is "early
late"
}
@test "logs -f follows to the end" {
  ok run -d --name fo $IMAGE sh -c 'for i in 1 2 3 4 5; do echo line $i; sleep 0.2; done'
  T=20 out logs -f fo
  eq "$(wc -l <<<"$output")" 5
  has "line 5"
}
@test "logs -f --tail" {
  not_podman "4.3 shows nothing of before"
  ok run -d --name ft $IMAGE sh -c 'seq 1 10; sleep 1; echo end'
  wait_for 5 logs_have ft 10
  T=20 out logs -f --tail 1 ft
  is "10
end"
}
@test "logs of several, with names" {
  ok run --name la $IMAGE echo from-a
  ok run --name lb $IMAGE echo from-b
  out logs --names la lb
  has "from-a"
  has "from-b"
  has la
}
@test "a line without an end, a very long line, NUL and high bytes" {
  ok run --name pa $IMAGE printf 'no newline'
  eq "$(c logs pa)" "no newline"
  ok run --name lo $IMAGE sh -c 'head -c 100000 /dev/zero | tr "\0" x; echo; echo after'
  eq "$(c logs lo | head -1 | wc -c)" 100001
  eq "$(c logs lo | tail -1)" after
  ok run --name by $IMAGE sh -c 'printf "a\001\377\n"'
  eq "$(c logs by | od -An -tx1 | tr -d ' \n')" "6101ff0a"
}
@test "k8s-file: the format on disk" {
  needs cove
  ok run --name kf --log-driver k8s-file --log-opt path="$BASE/kf.log" $IMAGE sh -c 'echo full; printf part'
  grep -qE '^[0-9T:.+-]+Z? stdout F full$' "$BASE/kf.log"
  grep -qE '^[0-9T:.+-]+Z? stdout P part$' "$BASE/kf.log" || grep -qE '^[0-9T:.+-]+Z? stdout F part$' "$BASE/kf.log"
}
@test "json-file, none, and an unknown driver" {
  ok run --name jf --log-driver json-file $IMAGE echo in-json
  out logs jf
  is in-json
  ok run --name nf --log-driver none $IMAGE echo nothing
  run c logs nf
  hasnt nothing
  fails 125 run --rm --log-driver nosuch $IMAGE true
}
@test "rotation by --log-opt max-size loses no follower" {
  needs cove
  ok run -d --name rot --log-opt max-size=20k $IMAGE sh -c 'sleep 0.5; for i in $(seq 1 5000); do echo "line number $i"; done; sleep 0.3'
  T=30 out logs -f rot
  eq "$(head -1 <<<"$output")" "line number 1"
  eq "$(tail -1 <<<"$output")" "line number 5000"
  eq "$(wc -l <<<"$output")" 5000
}
@test "the attached output and the log agree" {
  out run --name ag $IMAGE seq 1 30000
  eq "$(md5sum <<<"$output")" "$(c logs ag | md5sum)"
}
@test "logs of a created container, of an unknown one" {
  ok create --name cr $IMAGE true
  out logs cr
  is ""
  fails 125 logs nosuch
  fails 125 logs
}
@test "ten followers see every line" {
  not_podman "its followers lose lines"
  ok run -d --name ten $IMAGE sh -c 'sleep 0.5; seq 1 3000'
  for i in {1..10}; do c logs -f ten >"$BASE/f$i" 3>&- & pids[i]=$!; done
  for i in {1..10}; do wait "${pids[i]}"; done
  eq "$(md5sum "$BASE"/f? "$BASE"/f10 | cut -d' ' -f1 | sort -u)" "$(seq 1 3000 | md5sum | cut -d' ' -f1)"
}
