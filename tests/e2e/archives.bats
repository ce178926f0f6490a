# Hostile archives: a clear error or a harmless result, nothing written outside, memory bounded.
load helpers

TARMAKE="$BATS_TEST_DIRNAME/tarmake"
setup() {
  engine_command
  mark_resources
  mkdir -p "$BASE/h"
}
teardown() {
  T=60 c rm -f -a -t 0 >/dev/null
  for i in $(c images -q --filter reference='localhost/bad*'); do c rmi -f "$i" >/dev/null; done
  rm -rf "$BASE/h"
  [ ! -e "$BASE/escaped" ] && [ ! -e /tmp/cove-escaped ] || { rm -f "$BASE/escaped" /tmp/cove-escaped; echo "WROTE OUTSIDE"; return 1; }
  leak_check
}
# layer ENTRY…: an image localhost/bad:1 of one crafted layer in $BASE/h/img.tar (entries: see tarmake).
layer() {
  c rmi -f localhost/bad:1 >/dev/null 2>&1 || true
  "$TARMAKE" "$@" >"$BASE/h/layer.tar"
  "$TOP/tools/make-image" --tag localhost/bad:1 "$BASE/h/img.tar" "$BASE/h/layer.tar"
}
# Loaded or refused, but quickly and with a message.
tries() {
  T=60 run c load -i "$BASE/h/img.tar"
  [ "$status" -eq 0 ] || [ "$status" -eq 125 ] || { echo "status $status: $output"; return 1; }
  [ "$status" -eq 0 ] || [ -n "$output" ]
}
refused() {
  status=0
  output=$(T=60 c load -i "$BASE/h/img.tar" 2>&1) || status=$?
  [ "$status" -eq 125 ] && [ -n "$output" ] || { echo "not refused: $status $output"; return 1; }
  fails 1 image exists localhost/bad:1
}

@test ".. in a name" {
  layer "file ../../../../../../../../..$BASE/escaped x"
  tries
  layer "file a/../../../../../../../../..$BASE/escaped x"
  tries
}
@test "an absolute name stays below the root" {
  layer "file $BASE/escaped x" "file /tmp/cove-escaped x"
  tries
}
@test "a symbolic link out, then a file through it" {
  layer "link out $BASE" "file out/escaped x"
  tries
  layer "link out ../../../../../../../../..$BASE" "file out/escaped x"
  tries
  layer "link a b" "link b $BASE" "file a/escaped x"
  tries
}
@test "a directory replaced by a link, then a file in it" {
  layer "dir d" "file d/x 1" "link d $BASE" "file d/escaped x"
  tries
}
@test "a hard link to a file outside" {
  echo secret >"$BASE/secret"
  layer "hard copy $BASE/secret"
  tries
  [ "$status" -ne 0 ] || { run c run --rm localhost/bad:1 /copy; hasnt secret; }
  layer "hard copy ../../../../../../..$BASE/secret"
  tries
  eq "$(stat -c %h "$BASE/secret")" 1
}
@test "a hard link through a link, and to itself" {
  layer "link out $BASE" "hard copy out/secret"
  tries
  layer "hard self self"
  refused
}
@test "a whiteout through a link, of .., of the root" {
  touch "$BASE/precious"
  layer "link out $BASE" "file out/.wh.precious"
  tries
  layer "file .wh... " "file .wh.." "file .wh."
  tries
  layer "file ../../../../../../../../..$BASE/.wh.precious"
  tries
  [ -e "$BASE/precious" ]
}
@test "device nodes of the host are harmless or refused" {
  layer "block disk 254 0" "char mem 1 1"
  tries
}
@test "a size that the archive does not hold" {
  layer "size huge 8000000000000"
  refused
  layer "size big 77777777777"
  refused
  layer "size neg -1"
  refused
}
@test "a broken checksum, garbage after a header, a cut header" {
  layer "file ok x"
  printf 'garbage garbage' | dd of="$BASE/h/layer.tar" bs=1 seek=10 conv=notrunc status=none
  "$TOP/tools/make-image" --tag localhost/bad:1 "$BASE/h/img.tar" "$BASE/h/layer.tar"
  refused
  "$TARMAKE" "file ok x" | head -c 300 >"$BASE/h/layer.tar"
  "$TOP/tools/make-image" --tag localhost/bad:1 "$BASE/h/img.tar" "$BASE/h/layer.tar"
  refused
}
@test "truncated gzip, gzip that lies about its content" {
  layer "file ok x"
  gzip -c "$BASE/h/layer.tar" | head -c 60 >"$BASE/h/cut.gz"
  "$TOP/tools/make-image" --tag localhost/bad:1 "$BASE/h/img.tar" "$BASE/h/cut.gz"
  refused
  (gzip -c "$BASE/h/layer.tar" | head -c -8; printf '12345678') >"$BASE/h/lie.gz"
  "$TOP/tools/make-image" --tag localhost/bad:1 "$BASE/h/img.tar" "$BASE/h/lie.gz"
  refused
}
@test "a layer whose digest is not the configuration's" {
  layer "file ok x"
  mkdir "$BASE/h/t"
  tar -C "$BASE/h/t" -xf "$BASE/h/img.tar"
  "$TARMAKE" "file evil x" >"$(ls "$BASE"/h/t/*.tar)"
  (cd "$BASE/h/t" && tar -cf "$BASE/h/img.tar" -- *)
  refused
}
@test "an OCI blob that is not its digest" {
  mkdir "$BASE/h/new"
  head -c 50000 /dev/urandom >"$BASE/h/new/data"
  "$TOP/tools/make-image" --format oci-dir --tag localhost/bad:1 "$BASE/h/oci" "$BASE/h/new"
  big=$(ls -S "$BASE"/h/oci/blobs/sha256/* | head -1)
  printf X | dd of="$big" bs=1 seek=3000 conv=notrunc status=none
  fails 125 pull "oci:$BASE/h/oci:localhost/bad:1"
  fails 1 image exists localhost/bad:1
}
@test "manifests: missing, not JSON, wrong types, a path out of the archive, huge" {
  layer "file ok x"
  for manifest in '' 'nonsense' '{}' '[]' '[{}]' '[{"Config":7}]' '[{"Config":"../../../etc/passwd","RepoTags":["localhost/bad:1"],"Layers":[]}]' \
    '[{"Config":"/etc/passwd","RepoTags":null,"Layers":["/etc/shadow"]}]' "[$(printf '[%.0s' {1..20000})"; do
    rm -rf "$BASE/h/t"
    mkdir "$BASE/h/t"
    tar -C "$BASE/h/t" -xf "$BASE/h/img.tar"
    printf '%s' "$manifest" >"$BASE/h/t/manifest.json"
    (cd "$BASE/h/t" && tar -cf "$BASE/h/m.tar" -- *)
    status=0
    output=$(T=30 c load -i "$BASE/h/m.tar" 2>&1) || status=$?
    [ "$status" -eq 125 ] || [[ "$manifest" == '[]' && "$status" -eq 0 ]] || { echo "manifest ${manifest:0:60}: $status $output"; return 1; }
  done
}
@test "a docker archive whose layer is a link out" {
  layer "file ok x"
  mkdir "$BASE/h/t"
  tar -C "$BASE/h/t" -xf "$BASE/h/img.tar"
  f=$(ls "$BASE"/h/t/*.tar)
  ln -sf /etc/passwd "$f"
  (cd "$BASE/h/t" && tar -cf "$BASE/h/img.tar" -- *)
  refused
}
@test "the same name twice: the last wins" {
  layer "file f one" "file f two" "dir d" "file d/x 1" "file d two"
  tries
}
@test "names: empty, dot, very long, with newline, not UTF-8" {
  layer "file . x" "file ./ x" "file ./././a x" "dir ./" "file $(printf 'y%.0s' {1..255}) x" "long $(printf 'deep/%.0s' {1..700})f x"
  tries
  layer "file $(printf 'z%.0s' {1..300}) x"
  tries
  layer "file $(printf 'a\nb') x" "file $(printf 'a\377b') x"
  tries
}
@test "PAX records: huge, broken, lying" {
  layer "pax 99999999999 path=x" "file f x"
  refused
  layer "paxraw nonsense" "file f x"
  tries
  layer "pax 0 path=../../../../../../../../..$BASE/escaped" "file f x"
  tries
  layer "pax 0 size=99999999999999999999" "file f x"
  refused
}
@test "a million entries: bounded memory" {
  needs cove
  "$TARMAKE" --count 1000000 >"$BASE/h/layer.tar"
  "$TOP/tools/make-image" --tag localhost/bad:1 "$BASE/h/img.tar" "$BASE/h/layer.tar"
  rm "$BASE/h/layer.tar"
  # 600 MB of address space is all it gets
  status=0
  output=$(ulimit -v 600000; T=200 c load -i "$BASE/h/img.tar" 2>&1) || status=$?
  [ "$status" -eq 0 ] || [ "$status" -eq 125 ] || { echo "$status $output"; return 1; }
}
@test "a killed load leaves nothing visible and the next works" {
  needs cove
  head -c 200M /dev/urandom >"$BASE/h/blob"
  mkdir "$BASE/h/big"
  mv "$BASE/h/blob" "$BASE/h/big/blob"
  "$TOP/tools/make-image" --tag localhost/bad:1 "$BASE/h/img.tar" "$BASE/h/big"
  for t in 0.02 0.05 0.1 0.2 0.3; do
    timeout -s KILL $t "${ENGINE_CMD[@]}" load -q -i "$BASE/h/img.tar" >/dev/null 2>&1 || true
    if c image exists localhost/bad:1; then c rmi localhost/bad:1; fi
  done
  ok load -q -i "$BASE/h/img.tar"
  ok image exists localhost/bad:1
}
