# Images: load and pull in every form, list, names, removal.
load helpers

mkimage() { "$TOP/tools/make-busybox-image" "$@"; }
gone() { c rmi -f -a >/dev/null 2>&1 || true; }
setup() {
  engine_command
  mark_resources
}
teardown() {
  T=60 c rm -f -a -t 0 >/dev/null
  for i in $(c images -q | sort -u); do c rmi -f "$i" >/dev/null; done
  rm -rf "$BASE"/img*
  c load -q -i "$ARCHIVE" >/dev/null
  leak_check
}
runs() { out run --rm "$1" echo works && is works; }

@test "load -i and from standard input" {
  gone
  out load -i "$ARCHIVE"
  has "Loaded image"
  has $IMAGE
  runs $IMAGE
  gone
  c load <"$ARCHIVE"
  runs $IMAGE
  fails 125 load -i /no/such
  printf nonsense >"$BASE/img"
  fails 125 load -i "$BASE/img"
  fails 125 load -i /dev/null
}
@test "load a gzip-compressed archive" {
  not_podman "4.3 refuses it"
  gone
  gzip -c "$ARCHIVE" >"$BASE/img.gz"
  ok load -i "$BASE/img.gz"
  runs $IMAGE
}
@test "load of the same again is no error and keeps one image" {
  ok load -i "$ARCHIVE"
  ok load -i "$ARCHIVE"
  eq "$(c images -q | wc -l)" 1
}
@test "pull docker-archive:, oci-archive:, oci:, dir:" {
  for form in docker-archive/docker oci-archive/oci oci/oci-dir dir/dir; do
    gone
    mkimage --format "${form#*/}" --tag localhost/form:1 "$BASE/img-${form#*/}"
    out pull -q "${form%/*}:$BASE/img-${form#*/}"
    matches '^[0-9a-f]{64}$'
    runs "$output"
  done
}
@test "layers: plain, gzip, zstd" {
  for z in none gzip zstd; do
    gone
    mkimage --format oci --compress $z "$BASE/img-$z"
    id=$(c pull -q "oci-archive:$BASE/img-$z")
    runs "$id"
  done
}
@test "a docker archive with gzip layers" {
  gone
  mkimage --compress gzip "$BASE/img-gz"
  ok load -i "$BASE/img-gz"
  runs $IMAGE
}
@test "pulled by its reference name" {
  gone
  mkimage --format oci-dir --tag localhost/named:7 "$BASE/img-o"
  ok pull "oci:$BASE/img-o:localhost/named:7"
  runs localhost/named:7 || runs "$(c images -q | head -1)"
}
@test "what skopeo writes" {
  needs skopeo
  gone
  for to in docker-archive:$BASE/img-a.tar:localhost/sk:1 oci-archive:$BASE/img-b.tar:localhost/sk:1 dir:$BASE/img-c oci:$BASE/img-d:localhost/sk:1; do
    skopeo copy -q "docker-archive:$ARCHIVE" "$to"
    from=$to
    [[ $to == docker-archive* || $to == oci-archive* ]] && from=${to%.tar:*}.tar
    id=$(c pull -q "$from")
    runs "$id"
    gone
  done
}
@test "whiteouts, opaque directories, links, modes, times, long names" {
  a=$BASE/img-l1 b=$BASE/img-l2
  "$TOP/tools/make-busybox-root" "$a"
  long=$(printf 'x%.0s' {1..200})
  mkdir -p "$a/d/keep" "$a/opq" "$a/was-dir" "$a/$long/$long"
  touch "$a/d/a" "$a/d/b" "$a/opq/old" "$a/was-dir/f" "$a/$long/$long/file"
  echo hard >"$a/h1"
  ln "$a/h1" "$a/h2"
  ln -s h1 "$a/soft"
  touch -d @1000000000 "$a/h1"
  chmod 4755 "$a/h1"
  mkfifo "$a/fifo"
  mkdir -p "$b/d" "$b/opq"
  touch "$b/d/.wh.a" "$b/opq/.wh..wh..opq" "$b/opq/new"
  echo now-a-file >"$b/was-dir"
  # made by hand: times kept
  tar -C "$a" --numeric-owner --owner=0 --group=0 -cf "$BASE/img1.tar" .
  "$TOP/tools/make-image" --tag localhost/layers:1 --config '{"Env":["PATH=/bin"]}' "$BASE/img.tar" "$BASE/img1.tar" "$b"
  ok load -i "$BASE/img.tar"
  out run --rm localhost/layers:1 sh -c 'ls /d /opq; cat /was-dir; stat -c "%a %Y %h" /h1; readlink /soft; stat -c %F /fifo; find / -xdev -name ".wh.*" | wc -l'
  is "/d:
b
keep

/opq:
new
now-a-file
4755 1000000000 2
h1
fifo
0"
  out run --rm localhost/layers:1 ls "/$long/$long"
  is file
}
@test "xattrs, file capabilities, owners, sparse files" {
  needs setcap setfattr
  a=$BASE/img-x
  "$TOP/tools/make-busybox-root" "$a"
  cp /bin/true "$a/capable"
  setcap cap_net_raw+ep "$a/capable"
  setfattr -n user.note -v hello "$a/etc/passwd" || skip "no user xattrs on $BASE"
  chown 12345:54321 "$a/tmp"
  truncate -s 1G "$a/sparse"
  echo end >>"$a/sparse"
  tar -C "$a" -S --xattrs --xattrs-include='*' --numeric-owner --format=posix -cf "$BASE/img-x.tar" .
  "$TOP/tools/make-image" --tag localhost/x:1 --config '{"Env":["PATH=/bin"]}' "$BASE/img.tar" "$BASE/img-x.tar"
  ok load -i "$BASE/img.tar"
  ok run -d --name x localhost/x:1 sleep 100
  r=/proc/$(c inspect --format '{{.State.Pid}}' x)/root
  eq "$(getcap -n "$r/capable" | awk '{print $2}')" cap_net_raw=ep
  eq "$(getfattr --only-values --absolute-names -n user.note "$r/etc/passwd")" hello
  eq "$(stat -c '%u %g' "$r/tmp")" "12345 54321"
  eq "$(stat -c %s "$r/sparse")" $((1024 ** 3 + 4))
  [ "$(stat -c %b "$r/sparse")" -lt 10000 ]
}
@test "many layers: 150" {
  "$TOP/tools/make-busybox-root" "$BASE/img-base"
  layers=()
  for i in {1..149}; do
    mkdir "$BASE/img-n$i"
    echo "$i" >"$BASE/img-n$i/f$i"
    layers+=("$BASE/img-n$i")
  done
  "$TOP/tools/make-image" --tag localhost/many:1 --config '{"Env":["PATH=/bin"]}' "$BASE/img.tar" "$BASE/img-base" "${layers[@]}"
  not_podman "at most 128"
  ok load -i "$BASE/img.tar"
  out run --rm localhost/many:1 sh -c 'cat /f1 /f100 /f149; ls /f* | wc -l'
  is "1
100
149
149"
}
@test "an archive of two images" {
  needs skopeo
  mkimage --tag localhost/two:a "$BASE/img-1"
  mkimage --tag localhost/two:b --config '{"Cmd":["true"]}' "$BASE/img-2"
  mkdir "$BASE/img-t"
  tar -C "$BASE/img-t" -xf "$BASE/img-1"
  m=$(cat "$BASE/img-t/manifest.json")
  tar -C "$BASE/img-t" -xf "$BASE/img-2"
  jq -s -c add <(echo "$m") "$BASE/img-t/manifest.json" >"$BASE/img-m"
  mv "$BASE/img-m" "$BASE/img-t/manifest.json"
  (cd "$BASE/img-t" && tar -cf "$BASE/img.tar" -- *)
  ok load -i "$BASE/img.tar"
  ok image exists localhost/two:a
  ok image exists localhost/two:b
}
@test "images: table, -q, --no-trunc, --digests, json, templates, filters, sort" {
  out images
  matches '^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE'
  has localhost/busybox
  out images -q
  matches '^[0-9a-f]{12}$'
  out images -q --no-trunc
  matches '^sha256:[0-9a-f]{64}$'
  out images --format '{{.Repository}}:{{.Tag}} {{.ID}}'
  is "$IMAGE $(c images -q)"
  out images --format json
  eq "$(json '.[0].Names[0]')" $IMAGE
  out images --digests
  has DIGEST
  has sha256:
  out images --noheading
  hasnt REPOSITORY
  ok tag $IMAGE localhost/other:2
  out images localhost/other
  has other
  out images --filter reference=localhost/oth\* --format "{{.Repository}}"
  has localhost/other
  out image ls -q
  out image list -q
}
@test "image inspect, exists, inspect templates" {
  out image inspect $IMAGE
  eq "$(json '.[0].Config.Cmd | join(" ")')" sh
  eq "$(json '.[0].Os')" linux
  eq "$(json '.[0].RootFS.Layers | length')" 1
  eq "$(json '.[0].RepoTags[0]')" $IMAGE
  out image inspect --format '{{.Id}} {{.Architecture}}' $IMAGE
  matches '^[0-9a-f]{64} '
  ok image exists $IMAGE
  fails 1 image exists localhost/nosuch
  fails 125 image inspect localhost/nosuch
  has nosuch
}
@test "the image id is the digest of its configuration" {
  eq "$(c image inspect --format '{{.Id}}' $IMAGE)" "$(tar -xOf "$ARCHIVE" manifest.json | jq -r '.[0].Config' | cut -d. -f1)"
}
@test "references: short name, tag, id, prefix, digest" {
  id=$(c images -q --no-trunc)
  id=${id#sha256:}
  for ref in busybox busybox:latest localhost/busybox $IMAGE "$id" "${id:0:12}" "sha256:$id"; do runs "$ref"; done
  digest=$(c image inspect --format '{{.Digest}}' $IMAGE)
  runs "localhost/busybox@$digest"
  fails 125 run --rm --pull never busybox:other true
  fails 125 run --rm --pull never 'UPPER/case' true
  fails 125 run --rm --pull never 'bad::ref' true
}
@test "tag and untag" {
  ok tag $IMAGE localhost/a:1 localhost/b
  ok image exists localhost/b:latest
  eq "$(c images -q | sort -u | wc -l)" 1
  ok untag $IMAGE localhost/a:1
  fails 1 image exists localhost/a:1
  ok image exists localhost/b:latest
  ok untag localhost/b
  eq "$(c images -q | wc -l)" 1
  fails 125 tag nosuch x
  fails 125 untag nosuch
}
@test "a tag moves to the image loaded last" {
  old=$(c images -q)
  mkimage --tag $IMAGE --config '{"Cmd":["false"]}' "$BASE/img-new"
  ok load -i "$BASE/img-new"
  [ "$(c image inspect --format '{{.Id}}' $IMAGE | cut -c1-12)" != "$old" ]
  out images -a --filter dangling=true -q
  is "$old"
}
@test "rmi: by name, by id, in use, -f, -a" {
  ok tag $IMAGE localhost/a:1
  out rmi localhost/a:1
  has Untagged
  ok image exists $IMAGE
  ok create --name user $IMAGE true
  fails 2 rmi $IMAGE || fails 125 rmi $IMAGE
  has "in use"
  ok image exists $IMAGE
  ok rm user
  id=$(c images -q)
  ok tag $IMAGE localhost/a:1
  fails 125 rmi "$id"
  ok rmi -f "$id"
  eq "$(c images -q)" ""
  fails 1 rmi localhost/nosuch
  fails 125 rmi
}
@test "rmi -f removes the containers that use it" {
  ok create --name user $IMAGE true
  ok rmi -f $IMAGE
  fails 1 container exists user
}
@test "rmi frees the layers, but not those that another image uses" {
  "$TOP/tools/make-busybox-root" "$BASE/img-r"
  mkdir "$BASE/img-e"
  echo more >"$BASE/img-e/more"
  "$TOP/tools/make-image" --tag localhost/low:1 --config '{"Env":["PATH=/bin"]}' "$BASE/img-1.tar" "$BASE/img-r"
  "$TOP/tools/make-image" --tag localhost/high:1 --config '{"Env":["PATH=/bin"]}' "$BASE/img-2.tar" "$BASE/img-r" "$BASE/img-e"
  ok load -i "$BASE/img-1.tar"
  ok load -i "$BASE/img-2.tar"
  ok rmi localhost/low:1
  out run --rm localhost/high:1 cat /more
  is more
  gone
  needs cove
  wait_for 5 eval '[ -z "$(ls "$ROOT/layers")" ]'
}
@test "--pull never and missing; an image that is nowhere" {
  fails 125 run --rm --pull never localhost/nosuch true
  has nosuch
  out run --rm --pull missing $IMAGE echo x
  is x
}
