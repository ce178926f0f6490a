# Resource limits, on cgroup v1 and v2.  # spec: G19 G21
load helpers

# value V1FILE V2FILE: of a running container's cgroup, read on the host through its process.
value() {
  local pid
  pid=$(c inspect --format '{{.State.Pid}}' "$1")
  if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    cat "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$pid/cgroup")/$3"
  else
    local controller=${2%%.*}
    cat "/sys/fs/cgroup/$controller$(sed -nE "s/^[0-9]+:([^:]*,)?$controller(,[^:]*)?://p" "/proc/$pid/cgroup")/$2"
  fi
}
start() { ok run -d --name lim "$@" $IMAGE sleep 100; }

@test "memory" {
  start --memory 64m
  eq "$(value lim memory.limit_in_bytes memory.max)" 67108864
  out inspect --format '{{.HostConfig.Memory}}' lim
  is 67108864
}
@test "memory reservation and swappiness" {
  start --memory 64m --memory-reservation 32m
  eq "$(value lim memory.soft_limit_in_bytes memory.low)" 33554432
}
@test "too little memory is an error, a bad number too" {
  fails 125 run --rm --memory lots $IMAGE true
  has lots
}
@test "cpus, cpu-shares, cpu-quota" {
  start --cpus 0.5
  if [ -f /sys/fs/cgroup/cgroup.controllers ]; then eq "$(value lim x cpu.max)" "50000 100000"; else eq "$(value lim cpu.cfs_quota_us -)" 50000; fi
  ok rm -f -t 0 lim
  start --cpu-period 50000 --cpu-quota 25000 --cpu-shares 512
  if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    eq "$(value lim x cpu.max)" "25000 50000"
  else
    eq "$(value lim cpu.cfs_quota_us -)" 25000
    eq "$(value lim cpu.shares -)" 512
  fi
  fails 125 run --rm --cpus 0.5 --cpu-quota 1000 $IMAGE true
}
@test "cpuset" {
  start --cpuset-cpus 0
  eq "$(value lim cpuset.cpus cpuset.cpus)" 0
}
@test "pids: the default, a limit, none" {
  start --pids-limit 17
  eq "$(value lim pids.max pids.max)" 17
  ok rm -f -t 0 lim
  start
  eq "$(value lim pids.max pids.max)" 2048
  ok rm -f -t 0 lim
  start --pids-limit -1
  eq "$(value lim pids.max pids.max)" max
}
@test "a fork bomb is held" {
  run c run --rm --pids-limit 20 $IMAGE sh -c 'for i in $(seq 40); do sleep 1 & done; wait' 
  has "fork"
}
@test "out of memory: 137 and OOMKilled" {
  not_podman "not seen on this set-up"
  fails 137 run --name oom --memory 16m --memory-swap 16m $IMAGE tail /dev/zero
  out inspect --format '{{.State.OOMKilled}}' oom
  is true
}
@test "shm size" {
  # spec: M1 G4
  out run --rm $IMAGE sh -c 'grep " /dev/shm " /proc/mounts'
  has "shm /dev/shm tmpfs"
  has nosuid
  has nodev
  has noexec
  matches "size=(64000|65536)k"
  out run --rm --shm-size 8m $IMAGE sh -c 'df -k /dev/shm | tail -1'
  has 8192
  fails 125 run --rm --shm-size -1 $IMAGE true
}
@test "cgroup parent" {
  not_podman "its path is checked elsewhere"
  start --cgroup-parent /cove-e2e-parent
  pid=$(c inspect --format '{{.State.Pid}}' lim)
  grep -q /cove-e2e-parent/ "/proc/$pid/cgroup"
  ok rm -f -t 0 lim
  find /sys/fs/cgroup -depth -type d -name cove-e2e-parent -exec rmdir {} \; 2>/dev/null || true
}
@test "a limit above what may be set is lowered with a warning" {
  not_podman "the start fails"
  out run --rm --ulimit nofile=2000000000:2000000000 $IMAGE sh -c 'ulimit -n'
  [[ "$err" == *nofile* ]]
  [ "$output" -le 2000000000 ]
}
@test "blkio weight is taken, or refused with a clear message" {
  run c run --rm --blkio-weight 200 $IMAGE true
  [ "$status" -eq 0 ] || has weight
}
@test "update-like limits appear in inspect" {
  start --memory 64m --cpus 1.5 --pids-limit 33 --cpu-shares 100
  out inspect lim
  eq "$(json '.[0].HostConfig | "\(.Memory) \(.NanoCpus) \(.PidsLimit) \(.CpuShares)"')" "67108864 1500000000 33 100"
}
