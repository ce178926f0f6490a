# Binds, tmpfs, propagation, options, the engine's own files.
load helpers

setup() {
  engine_command
  mark_resources
  mkdir -p "$BASE/vol"
  echo data >"$BASE/vol/file"
}
teardown() {
  T=60 c rm -f -a -t 0 >/dev/null
  umount -R "$BASE/vol" 2>/dev/null || true
  rm -rf "$BASE/vol"
  leak_check
}
opts() { awk -v p="$1" '$5 == p { print $6 " " $0 }' <<<"$output" | tail -1; }

@test "-v bind, both ways" {
  out run --rm -v "$BASE/vol:/data" $IMAGE sh -c 'cat /data/file; echo back >/data/new'
  is data
  eq "$(cat "$BASE/vol/new")" back
}
@test "-v ro, and other options" {
  run c run --rm -v "$BASE/vol:/data:ro" $IMAGE sh -c 'cat /data/file; echo x >/data/file'
  [ "$status" -ne 0 ]
  has data
  out run --rm -v "$BASE/vol:/data:ro,noexec,nosuid,nodev" $IMAGE cat /proc/self/mountinfo
  [[ "$(opts /data)" == *ro*nosuid*nodev*noexec* ]]
}
@test "a file can be a volume; a missing source is an error" {
  out run --rm -v "$BASE/vol/file:/etc/issue:ro" $IMAGE cat /etc/issue
  is data
  fails 125 run --rm -v /no/such/dir:/data $IMAGE true || [ "$status" -eq 126 ]
  has /no/such/dir
}
@test "--mount type=bind and type=tmpfs" {
  out run --rm --mount "type=bind,source=$BASE/vol,destination=/data,ro" $IMAGE cat /data/file
  is data
  out run --rm --mount "type=bind,src=$BASE/vol,target=/data,readonly=true" $IMAGE sh -c 'touch /data/x 2>/dev/null || echo refused'
  is refused
  out run --rm --mount type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=0700 $IMAGE sh -c 'df -k /t | tail -1; stat -c %a /t'
  has 1024
  has 700
  fails 125 run --rm --mount type=nonsense,dst=/t $IMAGE true
  fails 125 run --rm --mount type=bind,dst=/t $IMAGE true
}
@test "--tmpfs with options, and copy-up" {
  out run --rm --tmpfs /t:size=2m,mode=1770,noexec $IMAGE cat /proc/self/mountinfo
  [[ "$(opts /t)" == *noexec* ]]
  has size=2048k
  out run --rm --tmpfs /etc $IMAGE cat /etc/os-release
  has busybox
  out run --rm --tmpfs /etc:notmpcopyup $IMAGE sh -c 'ls /etc/os-release 2>/dev/null || echo empty'
  is empty
}
@test "propagation" {
  needs root
  for p in private rprivate slave rslave shared rshared; do
    mount --bind "$BASE/vol" "$BASE/vol"
    mount --make-shared "$BASE/vol"
    out run --rm -v "$BASE/vol:/data:$p" $IMAGE cat /proc/self/mountinfo
    case $p in
      *private) ! grep -qE ' /data .*(shared|master):' <<<"$output" ;;
      *slave) grep -qE ' /data .*master:' <<<"$output" ;;
      *shared) grep -qE ' /data .*shared:' <<<"$output" ;;
    esac
    umount "$BASE/vol"
  done
}
@test "rslave: a mount made later on the host appears inside" {
  mount --bind "$BASE/vol" "$BASE/vol"
  mount --make-shared "$BASE/vol"
  mkdir "$BASE/vol/sub"
  ok run -d --name prop -v "$BASE/vol:/data:rslave" $IMAGE sleep 100
  mount -t tmpfs -o size=1m none "$BASE/vol/sub"
  touch "$BASE/vol/sub/late"
  out exec prop ls /data/sub
  is late
  umount "$BASE/vol/sub"
  out exec prop ls /data/sub
  is ""
  ok rm -f -t 0 prop
  umount "$BASE/vol"
}
@test "a bind brings its submounts unless bind-nonrecursive" {
  not_podman "4.3 brings them all the same"
  mkdir "$BASE/vol/sub"
  mount -t tmpfs -o size=1m none "$BASE/vol/sub"
  touch "$BASE/vol/sub/deep"
  out run --rm -v "$BASE/vol:/data" $IMAGE ls /data/sub
  is deep
  out run --rm --mount "type=bind,src=$BASE/vol,dst=/data,bind-nonrecursive" $IMAGE ls /data/sub
  is ""
  umount "$BASE/vol/sub"
}
@test "the order of mounts: no mount covers a later one" {
  # spec: G20
  mkdir -p "$BASE/vol/a" "$BASE/vol/b"
  echo inner >"$BASE/vol/b/f"
  out run --rm -v "$BASE/vol/b:/x/y/z" -v "$BASE/vol/a:/x/y" -v "$BASE/vol:/x" $IMAGE cat /x/y/z/f
  is inner
}
@test "two volumes at one place are an error" {
  fails 125 run --rm -v "$BASE/vol:/d" -v "$BASE:/d" $IMAGE true
  has /d
}
@test "a destination must be absolute" {
  fails 125 run --rm -v "$BASE/vol:data" $IMAGE true
}
@test "a link in the image does not lead a volume out" {
  "$TOP/tools/make-busybox-root" "$BASE/linkroot"
  ln -s "../../../../../../../$BASE/vol" "$BASE/linkroot/data"
  rm -rf "$BASE/other" && mkdir "$BASE/other"
  run c run --rm --rootfs -v "$BASE/other:/data" "$BASE/linkroot" sh -c 'echo x >/data/out'
  [ ! -e "$BASE/vol/out" ]
  rm -rf "$BASE/linkroot" "$BASE/other"
}
@test "the engine's own files: hosts, hostname, resolv.conf, .containerenv" {
  # spec: G5
  out run --rm --network host $IMAGE sh -c 'grep -c localhost /etc/hosts; test -s /etc/resolv.conf && echo r; test -f /run/.containerenv && echo e'
  matches '^[1-9]
r
e$'
  out run --rm --add-host box:10.1.2.3 $IMAGE grep box /etc/hosts
  has 10.1.2.3
  out run --rm --read-only $IMAGE sh -c 'echo x 2>/dev/null >>/etc/hosts || echo refused'
  is refused
  echo mine >"$BASE/vol/hosts"
  out run --rm -v "$BASE/vol/hosts:/etc/hosts" $IMAGE cat /etc/hosts
  is mine
}
@test "--dns options" {
  out run --rm --network host --dns 9.9.9.9 --dns-search example.test --dns-option ndots:3 $IMAGE cat /etc/resolv.conf
  has "nameserver 9.9.9.9"
  has example.test
  has ndots:3
}
@test "--rootfs runs a directory, and leaves it writable" {
  "$TOP/tools/make-busybox-root" "$BASE/rfs"
  out run --rm --rootfs "$BASE/rfs" sh -c 'echo from-rootfs; touch /made'
  is from-rootfs
  [ -e "$BASE/rfs/made" ]
  fails 125 run --rm --rootfs /no/such true || [ "$status" -eq 126 ]
  has /no/such
  rm -rf "$BASE/rfs"
}
@test "volumes that the image declares" {
  # spec: G7
  "$TOP/tools/make-busybox-image" --tag localhost/vols:1 --config '{"Env":["PATH=/bin"],"Volumes":{"/home/user":{},"/fresh":{}}}' "$BASE/vols.tar"
  ok load -i "$BASE/vols.tar"
  out run --rm localhost/vols:1 sh -c 'echo x >/fresh/f && cat /fresh/f'
  is x
  out run --rm --image-volume tmpfs localhost/vols:1 grep -c 'tmpfs /fresh\|tmpfs /home/user' /proc/mounts
  is 2
  out run --rm --image-volume ignore localhost/vols:1 sh -c 'grep -c -E " /fresh " /proc/mounts || true'
  is 0
  ok rmi -f localhost/vols:1
}
@test "--volumes-from" {
  ok create --name src -v "$BASE/vol:/data" $IMAGE true
  out run --rm --volumes-from src $IMAGE cat /data/file
  is data
  out run --rm --volumes-from src:ro $IMAGE sh -c 'touch /data/y 2>/dev/null || echo refused'
  is refused
}
@test "the host's mount table does not grow with a container" {
  needs cove
  before=$(cat /proc/self/mountinfo)
  ok run -d --name quiet -v "$BASE/vol:/data" --tmpfs /t $IMAGE sleep 100
  eq "$(cat /proc/self/mountinfo)" "$before"
}
