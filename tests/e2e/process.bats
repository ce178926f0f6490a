# The process a container starts: user, groups, environment, directory, entry point, limits.
load helpers

root_with() { # a crafted root file system in $BASE/rootfs
  [ -d "$BASE/rootfs" ] || "$TOP/tools/make-busybox-root" "$BASE/rootfs"
}
teardown() {
  T=60 c rm -f -a -t 0 >/dev/null
  rm -rf "$BASE/rootfs"
  leak_check
}

@test "user by name, number and group forms" {
  # spec: G8
  out run --rm -u user $IMAGE id
  has "uid=1000(user) gid=1000(user)"
  out run --rm -u 1000 $IMAGE id -u -n
  is user
  out run --rm -u user:wheel $IMAGE sh -c 'id -u; id -g'
  is "1000
10"
  out run --rm -u 7:8 $IMAGE sh -c 'id -u; id -g'
  is "7
8"
  out run --rm -u 4321 $IMAGE sh -c 'id -u; id -g'
  is "4321
0"
  out run --rm -u root:63 $IMAGE sh -c 'id -u; id -g'
  is "0
63"
}
@test "an unknown user or group is an error that names it" {
  # spec: G8
  fails 126 run --rm -u stranger $IMAGE true || fails 125 run --rm -u stranger $IMAGE true
  has stranger
  fails 126 run --rm -u user:nogroup2 $IMAGE true || fails 125 run --rm -u user:nogroup2 $IMAGE true
  has nogroup2
}
@test "the groups that the container's /etc/group gives" {
  # spec: G10
  out run --rm -u user $IMAGE id -G
  is "1000 10 63"
  out run --rm $IMAGE id -u -n
  is root
  out run --rm -u user:user $IMAGE id -G
  is "1000"
}
@test "--group-add by name and number" {
  # spec: G9
  out run --rm --group-add audio --group-add 777 -u 1:1 $IMAGE id -G
  has 63
  has 777
  fails 126 run --rm --group-add nosuch $IMAGE true || fails 125 run --rm --group-add nosuch $IMAGE true
  has nosuch
}
@test "HOME is the user's" {
  out run --rm -u user $IMAGE sh -c 'echo $HOME'
  is /home/user
  out run --rm $IMAGE sh -c 'echo $HOME'
  is /root
  out run --rm -u 4321 $IMAGE sh -c 'echo $HOME'
  is /
}
@test "a passwd that is a link out of the root file system does not lead out" {
  # spec: G11
  root_with
  printf 'evil:x:4242:4242::/:/bin/sh\n' >"$BASE/passwd"
  ln -sf "../../../../../..$BASE/passwd" "$BASE/rootfs/etc/passwd"
  fails 126 run --rm -u evil --rootfs "$BASE/rootfs" id -u || fails 125 run --rm -u evil --rootfs "$BASE/rootfs" id -u
  hasnt 4242
  ln -sf "$BASE/passwd" "$BASE/rootfs/etc/passwd"
  fails 126 run --rm -u evil --rootfs "$BASE/rootfs" id -u || fails 125 run --rm -u evil --rootfs "$BASE/rootfs" id -u
  hasnt 4242
}
@test "a link inside the root file system is followed" {
  # spec: G11
  root_with
  mv "$BASE/rootfs/etc/passwd" "$BASE/rootfs/tmp/pw"
  ln -s /tmp/pw "$BASE/rootfs/etc/passwd"
  out run --rm -u user --rootfs "$BASE/rootfs" id -u
  is 1000
}
@test "a passwd or group that is a FIFO, a directory or a device does not block" {
  # spec: G11
  not_podman "it blocks on a FIFO"
  root_with
  rm "$BASE/rootfs/etc/passwd" "$BASE/rootfs/etc/group"
  mkfifo "$BASE/rootfs/etc/passwd" "$BASE/rootfs/etc/group"
  T=10 fails 126 run --rm -u user --rootfs "$BASE/rootfs" id -u || [ "$status" -eq 125 ]
  T=10 out run --rm -u 5:5 --rootfs "$BASE/rootfs" sh -c 'echo ran'
  is ran
  rm "$BASE/rootfs/etc/passwd"
  mkdir "$BASE/rootfs/etc/passwd"
  T=10 out run --rm -u 5:5 --rootfs "$BASE/rootfs" sh -c 'echo ran'
  is ran
}
@test "an image without passwd runs as root" {
  root_with
  rm "$BASE/rootfs/etc/passwd" "$BASE/rootfs/etc/group"
  out run --rm --rootfs "$BASE/rootfs" sh -c 'id -u'
  is 0
}
@test "-e, -e NAME, --env-file, and the defaults" {
  out run --rm -e A=1 -e 'B=two words' -e EMPTY= $IMAGE sh -c 'echo "$A|$B|$EMPTY|${EMPTY-unset}"'
  is "1|two words||"
  FROM_HOST=yes out run --rm -e FROM_HOST $IMAGE sh -c 'echo $FROM_HOST'
  is yes
  printf '# comment\nX=file\nY=a=b\n' >"$BASE/env"
  out run --rm --env-file "$BASE/env" -e X=line $IMAGE sh -c 'echo $X $Y'
  is "line a=b"
  out run --rm $IMAGE sh -c 'echo $PATH; echo ${TERM-unset}'
  has /bin
  fails 125 run --rm --env-file /no/such/file $IMAGE true
}
@test "container= is set unless the user sets it" {
  # spec: G18
  out run --rm $IMAGE sh -c 'echo $container'
  matches .
  out run --rm -e container=mine $IMAGE sh -c 'echo $container'
  is mine
}
@test "hostname: short id, --hostname, HOSTNAME" {
  # spec: G17
  id=$(c create $IMAGE hostname)
  out start -a "$id"
  is "${id:0:12}"
  out run --rm --hostname box.example $IMAGE sh -c 'hostname; echo $HOSTNAME; cat /etc/hostname'
  is "box.example
box.example
box.example"
}
@test "working directory: default, --workdir, created, missing" {
  out run --rm $IMAGE pwd
  is /
  out run --rm -w /etc $IMAGE pwd
  is /etc
  out run --rm -w /tmp/new/dir $IMAGE pwd || true
}
@test "entry point forms" {
  out run --rm --entrypoint echo $IMAGE a b
  is "a b"
  out run --rm --entrypoint '["echo","x y"]' $IMAGE z
  is "x y z"
  out run --rm --entrypoint '' $IMAGE echo plain
  is plain
}
@test "an image's Entrypoint, Cmd, Env, User, WorkingDir, Labels" {
  "$TOP/tools/make-busybox-image" --tag localhost/full:1 --config '{"Entrypoint":["/bin/sh","-c","echo $0 $GREETING $(pwd) $(id -u)"],
    "Cmd":["cmd"],"Env":["PATH=/bin","GREETING=hi"],"User":"user","WorkingDir":"/home/user","Labels":{"a":"b"},"StopSignal":"SIGINT"}' "$BASE/full.tar"
  ok load -i "$BASE/full.tar"
  out run --rm localhost/full:1
  is "cmd hi /home/user 1000"
  out run --rm localhost/full:1 other
  is "other hi /home/user 1000"
  out run --rm -e GREETING=yo -w / -u 0 localhost/full:1
  is "cmd yo / 0"
  # --entrypoint also drops the image's Cmd
  id=$(c create --entrypoint /bin/echo localhost/full:1)
  out start -a "$id"
  is ""
  out inspect --format '{{.Config.Labels.a}}' "$id"
  is b
  ok rmi -f localhost/full:1
}
@test "ulimits" {
  not_podman "it asks for more processes than the host allows"
  # spec: G21
  out run --rm --ulimit nofile=123:456 $IMAGE sh -c 'ulimit -Sn; ulimit -Hn'
  is "123
456"
  out run --rm --ulimit core=0 --ulimit nofile=99 $IMAGE sh -c 'ulimit -c; ulimit -Hn'
  is "0
99"
  fails 125 run --rm --ulimit nosuch=1 $IMAGE true
  has nosuch
}
@test "--init reaps and forwards" {
  needs catatonit
  out run --rm --init $IMAGE sh -c 'cat /proc/1/comm'
  matches 'catatonit|podman-init|init|cove'
  out run --rm --init $IMAGE sh -c 'sh -c "sleep 0.1 & exit" ; sleep 0.4; ps -o stat | grep -c Z || true'
  is 0
  fails 5 run --rm --init $IMAGE sh -c 'exit 5'
}
@test "-t gives a terminal with a size" {
  needs script
  run script -qec "${ENGINE_CMD[*]} run --rm -t $IMAGE sh -c 'test -t 0 && test -t 1 && echo tty; echo \$TERM'" /dev/null
  [ "$status" -eq 0 ]
  has tty
  has xterm
}
@test "-it passes keys, and its exit status" {
  needs script
  run script -qec "${ENGINE_CMD[*]} run --rm -it $IMAGE sh" /dev/null < <(sleep 1; echo 'echo $((6*7))'; sleep 0.5; echo 'exit 3'; sleep 1)
  [ "$status" -eq 3 ]
  has 42
}
@test "labels and annotations" {
  # spec: G16
  printf 'f=file\n' >"$BASE/labels"
  id=$(c create -l a=b --label empty --label-file "$BASE/labels" --annotation note=x $IMAGE true)
  out inspect "$id"
  eq "$(json '.[0].Config.Labels | "\(.a) \(.empty) \(.f)"')" "b  file"
  eq "$(json '.[0].Config.Annotations.note')" x
}
@test "--timeout ends it" {
  T=20 fails 137 run --rm --timeout 1 $IMAGE sleep 100 || [ "$status" -eq 255 ]
}
@test "--tz and --umask" {
  out run --rm --umask 0077 $IMAGE sh -c umask
  is 0077
}
@test "--unsetenv and --http-proxy" {
  http_proxy=http://p:1 out run --rm $IMAGE sh -c 'echo ${http_proxy-none}'
  is http://p:1
  http_proxy=http://p:1 out run --rm --http-proxy=false $IMAGE sh -c 'echo ${http_proxy-none}'
  is none
}
