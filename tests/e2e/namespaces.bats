# Namespaces: host, private, none; user namespaces by idmapped mounts.
load helpers

ns() { readlink "/proc/self/ns/$1"; }

@test "private by default" {
  out run --rm $IMAGE sh -c 'for n in net pid ipc uts mnt; do readlink /proc/self/ns/$n; done'
  for n in net pid ipc uts mnt; do hasnt "$(ns $n)"; done
}
@test "--pid host, --ipc host, --uts host, --network host" {
  out run --rm --pid host $IMAGE readlink /proc/self/ns/pid
  is "$(ns pid)"
  out run --rm --ipc host $IMAGE readlink /proc/self/ns/ipc
  is "$(ns ipc)"
  out run --rm --uts host $IMAGE sh -c 'readlink /proc/self/ns/uts; hostname'
  is "$(ns uts)
$(hostname)"
  out run --rm --network host $IMAGE readlink /proc/self/ns/net
  is "$(ns net)"
}
@test "--network none has only loopback, up" {
  out run --rm --network none --cap-add net_raw $IMAGE sh -c 'ls /sys/class/net; ping -c 1 -W 1 127.0.0.1 >/dev/null && echo up'
  is "lo
up"
}
@test "--cgroupns" {
  out run --rm --cgroupns host $IMAGE readlink /proc/self/ns/cgroup
  is "$(ns cgroup)"
  out run --rm --cgroupns private $IMAGE readlink /proc/self/ns/cgroup
  hasnt "$(ns cgroup)"
}
@test "--ipc host uses the host's /dev/shm" {
  # spec: G4
  touch /dev/shm/cove-e2e-mark
  out run --rm --ipc host $IMAGE ls /dev/shm
  rm /dev/shm/cove-e2e-mark
  has cove-e2e-mark
}
@test "--ipc none has no shm" {
  not_podman "4.3 mounts one"
  out run --rm --ipc none $IMAGE sh -c 'grep -c " /dev/shm " /proc/mounts || true'
  is 0
}
@test "--pid private: the program is process 1" {
  out run --rm $IMAGE sh -c 'echo $$'
  is 1
}
@test "--uts host refuses --hostname" {
  fails 125 run --rm --uts host --hostname x $IMAGE true
}
@test "join another container's namespaces" {
  # spec: G13
  ok run -d --name base --ipc shareable $IMAGE sleep 100
  for kind in pid network uts ipc; do
    file=${kind/network/net}
    out run --rm --$kind container:base $IMAGE readlink "/proc/self/ns/$file"
    is "$(readlink "/proc/$(c inspect --format '{{.State.Pid}}' base)/ns/$file")"
  done
  fails 125 run --rm --pid container:nosuch $IMAGE true
  has nosuch
}
@test "--uidmap and --gidmap: inside root, outside another, files as in the image" {
  needs userns
  out run --rm --uidmap 0:200000:70000 --gidmap 0:300000:70000 $IMAGE sh -c 'cat /proc/self/uid_map /proc/self/gid_map; stat -c "%u %g" /etc/passwd; id -u'
  eq "$(tr -s ' ' <<<"$output" | sed 's/^ //')" "0 200000 70000
0 300000 70000
0 0
0"
  ok run -d --name map --uidmap 0:200000:70000 $IMAGE sleep 100
  eq "$(stat -c %u "/proc/$(c inspect --format '{{.State.Pid}}' map)")" 200000
}
@test "a mapped container writes to its own layer and to volumes" {
  needs userns
  not_podman "its clean-up fails on this set-up"
  out run --name mapw --uidmap 0:200000:70000 $IMAGE sh -c 'echo x >/root/f && chown user /root/f && stat -c %u /root/f'
  is 1000
  out start -a mapw
  is 1000
}
@test "--userns auto gives ranges that do not overlap" {
  needs userns
  not_podman "it reads the subuid of the host"
  (cat /etc/subuid 2>/dev/null; echo containers:2147483647:2147483648) >"$BASE/subuid"
  for f in /etc/subuid /etc/subgid; do [ -f $f ] || skip "no $f"; mount --bind "$BASE/subuid" $f; done
  ok run -d --name a1 --userns auto $IMAGE sleep 100
  ok run -d --name a2 --userns auto $IMAGE sleep 100
  read -r _ first size < <(c exec a1 cat /proc/self/uid_map)
  read -r _ second _ < <(c exec a2 cat /proc/self/uid_map)
  [ "$first" -ne 0 ]
  [ $((first > second ? first - second : second - first)) -ge "$size" ]
  umount /etc/subuid /etc/subgid
}
@test "--userns nomap keeps the caller out" {
  needs userns
  run c run --rm --userns nomap $IMAGE id -u
  [ "$status" -eq 0 ] && is 0 || has nomap
}
@test "a bad namespace is an error" {
  fails 125 run --rm --pid nonsense $IMAGE true
  fails 125 run --rm --ipc nonsense $IMAGE true
  fails 125 run --rm --userns nonsense $IMAGE true
}
