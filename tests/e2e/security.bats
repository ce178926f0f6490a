# Capabilities, seccomp, privileged, masks, devices, sysctls: podman's defaults.
load helpers

status_of() { out run --rm "$@" $IMAGE grep -E '^(CapEff|CapBnd|CapPrm|CapInh|CapAmb|Seccomp|NoNewPrivs):' /proc/self/status; }
field() { awk -v n="$1:" '$1 == n { print $2 }' <<<"$output"; }

@test "default capabilities are podman's eleven" {
  # spec: G21
  status_of
  # CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT
  eq "$(field CapEff)" 00000000800405fb
  eq "$(field CapBnd)" 00000000800405fb
  eq "$(field CapInh)" 0000000000000000
}
@test "a user other than root has no effective capabilities" {
  status_of -u 1000
  eq "$(field CapEff)" 0000000000000000
  eq "$(field CapBnd)" 00000000800405fb
}
@test "--cap-add and --cap-drop" {
  status_of --cap-drop all
  eq "$(field CapEff)" 0000000000000000
  eq "$(field CapBnd)" 0000000000000000
  status_of --cap-drop all --cap-add net_raw
  eq "$(field CapEff)" 0000000000002000
  status_of --cap-add CAP_SYS_ADMIN
  eq "$(field CapEff)" 00000000802405fb
  status_of --cap-drop chown
  eq "$(field CapEff)" 00000000800405fa
  fails 125 run --rm --cap-add no_such $IMAGE true
  [[ "${output,,}" == *no_such* ]]
}
@test "--cap-add for a user gives it effective and ambient" {
  status_of -u 1000 --cap-add net_raw
  eq "$(field CapEff)" 0000000000002000
  eq "$(field CapAmb)" 0000000000002000
}
@test "seccomp: on by default, off with unconfined, own profile" {
  status_of
  eq "$(field Seccomp)" 2
  status_of --security-opt seccomp=unconfined
  eq "$(field Seccomp)" 0
  printf '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":42}]}' >"$BASE/profile.json"
  run c run --rm --security-opt seccomp="$BASE/profile.json" $IMAGE mkdir /x
  [ "$status" -ne 0 ]
  fails 125 run --rm --security-opt seccomp=/no/such $IMAGE true || [ "$status" -eq 126 ]
}
@test "the default profile forbids what it should" {
  run c run --rm --cap-add sys_admin $IMAGE sh -c 'unshare -m true && echo yes'
  has yes
  run c run --rm $IMAGE unshare -m true
  [ "$status" -ne 0 ]
  run c run --rm $IMAGE mount -t tmpfs x /tmp
  [ "$status" -ne 0 ]
}
@test "no-new-privileges" {
  status_of --security-opt no-new-privileges
  eq "$(field NoNewPrivs)" 1
  status_of
  eq "$(field NoNewPrivs)" 0
}
@test "--privileged: all capabilities, no seccomp, writable /sys, the host's devices" {
  status_of --privileged
  eq "$(field CapEff)" "$(awk '/^CapBnd/ { print $2 }' /proc/self/status)"
  eq "$(field Seccomp)" 0
  out run --rm --privileged $IMAGE sh -c 'grep " /sys " /proc/mounts; ls /dev | wc -l; ls /dev/loop-control /dev/kmsg 2>/dev/null | wc -l'
  has "rw"
  out run --rm --privileged $IMAGE mount -t tmpfs x /tmp
}
@test "masked and read-only paths" {
  run c run --rm $IMAGE sh -c 'cat /proc/kcore 2>/dev/null | head -c 1 | wc -c; cat /proc/timer_list | wc -c; ls /sys/firmware | wc -l'
  is "0
0
0"
  run c run --rm $IMAGE sh -c 'echo 1 >/proc/sys/kernel/panic'
  [ "$status" -ne 0 ]
  run c run --rm $IMAGE sh -c 'echo b >/proc/sysrq-trigger'
  [ "$status" -ne 0 ]
  run c run --rm $IMAGE sh -c 'mkdir /sys/x'
  [ "$status" -ne 0 ]
}
@test "--security-opt unmask=ALL and mask=" {
  out run --rm --security-opt unmask=ALL $IMAGE sh -c 'grep -c -E " /proc/(kcore|timer_list|keys) " /proc/mounts || true'
  is 0
  out run --rm --security-opt mask=/etc/os-release $IMAGE sh -c 'cat /etc/os-release | wc -c'
  is 0
}
@test "/dev has the usual and no more" {
  out run --rm $IMAGE sh -c 'cd /dev; ls -d null zero full random urandom tty ptmx pts shm mqueue fd stdin stdout stderr | wc -l; ls | grep -c -E "^(sd|vd|loop|mem|kmsg)" || true'
  is "14
0"
  out run --rm $IMAGE sh -c 'echo x >/dev/null; head -c 4 /dev/zero | wc -c; head -c 4 /dev/urandom | wc -c'
  is "4
4"
}
@test "--device: node, other name, rights; what is not given is refused" {
  out run --rm --device /dev/kmsg $IMAGE sh -c 'test -c /dev/kmsg && echo there'
  is there
  out run --rm --device /dev/null:/dev/nix $IMAGE sh -c 'echo a >/dev/nix && stat -c "%t %T" /dev/nix'
  is "1 3"
  if [ -c /dev/loop-control ]; then
    out run --rm --device /dev/loop-control:/dev/ro:r $IMAGE sh -c "true </dev/ro && echo read; true 2>/dev/null >/dev/ro || echo refused"
    is "read
refused"
  fi
  run c run --rm --cap-add mknod $IMAGE sh -c 'mknod /tmp/d b 254 0 && head -c 1 /tmp/d'
  [ "$status" -ne 0 ]
  fails 125 run --rm --device /dev/no-such $IMAGE true || [ "$status" -eq 126 ]
  has no-such
}
@test "sysctls: of own namespaces only" {
  out run --rm --sysctl kernel.msgmax=1234 $IMAGE cat /proc/sys/kernel/msgmax
  is 1234
  out run --rm --sysctl net.ipv4.ip_forward=1 $IMAGE cat /proc/sys/net/ipv4/ip_forward
  is 1
  fails 125 run --rm --sysctl kernel.panic=1 $IMAGE true
  has kernel.panic
  fails 125 run --rm --network host --sysctl net.ipv4.ip_forward=1 $IMAGE true
}
@test "--read-only, with writable tmpfs of /tmp, /run, /var/tmp" {
  run c run --rm --read-only $IMAGE sh -c 'echo x >/etc/x'
  [ "$status" -ne 0 ]
  out run --rm --read-only $IMAGE sh -c 'echo x >/tmp/x && echo x >/run/x && echo x >/var/tmp/x && echo x >/dev/shm/x && echo fine'
  is fine
  run c run --rm --read-only --read-only-tmpfs=false $IMAGE sh -c 'echo x >/tmp/x'
  [ "$status" -ne 0 ]
}
@test "--oom-score-adj" {
  out run --rm --oom-score-adj 321 $IMAGE cat /proc/self/oom_score_adj
  is 321
}
@test "apparmor and label options are taken where the host has neither" {
  out run --rm --security-opt label=disable --security-opt apparmor=unconfined $IMAGE echo ok
  is ok
}
