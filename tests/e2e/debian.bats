# The main job: a Debian root file system, loaded from an archive, run with limits, logs, exec and a clean end.
load helpers

# A small Debian: the installed files of these packages of the host, with links of the merged /usr.
debian_root() {
  local root=$1 list=$BASE/files package
  command -v dpkg-query >/dev/null || skip "needs a Debian host to take packages from"
  mkdir -p "$root"
  for package in base-files base-passwd bash coreutils dash debianutils diffutils dpkg findutils gpgv grep gzip hostname libacl1 libattr1 \
    libbz2-1.0 libc-bin libc6 libcap2 libcrypt1 libdebconfclient0 libgcc-s1 libgmp10 liblzma5 libmd0 libpam-modules libpam0g libpcre2-8-0 \
    libselinux1 libssl3 libstdc++6 libsystemd0 libtinfo6 libzstd1 login mawk ncurses-base passwd perl-base procps libproc2-0 sed tar util-linux zlib1g; do
    dpkg-query -L "$package" 2>/dev/null
  done | grep -v -E '^/usr/share/(doc|man|locale|info)/|^/\.$|^/(bin|sbin|lib|lib64)$' | sort -u |
    while read -r f; do if [ -e "$f" ] || [ -L "$f" ]; then printf '%s\n' ".$f"; fi; done |
    sed -E 's,^\./(bin|sbin|lib|lib64)/,./usr/\1/,' >"$list"
  tar -C / --no-recursion --ignore-failed-read -cf - -T "$list" 2>/dev/null | tar -C "$root" -xf -
  for d in bin sbin lib lib64; do
    mkdir -p "$root/usr/$d"
    [ -e "$root/$d" ] || ln -s "usr/$d" "$root/$d"
  done
  mkdir -p "$root"/{dev,proc,sys,tmp,run,root,etc,home}
  cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
  cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
  cp /etc/debian_version "$root/etc/"
}

@test "load, run, limits, logs, exec, stop, remove" {
  debian_root "$BASE/debian"
  "$TOP/tools/make-image" --format oci --compress gzip --tag localhost/debian:12 --config '{"Env":["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["bash"]}' \
    "$BASE/debian.tar" "$BASE/debian"
  T=120 ok load -i "$BASE/debian.tar"
  out run --rm debian:12 cat /etc/debian_version
  matches '^12'
  out run --rm debian:12 bash -c 'set -e; . /etc/os-release; echo $ID; perl -e "print 6*7, qq(\n)"; find / -xdev -type f | wc -l | grep -q "...." && echo many; ps -e | wc -l | grep -q . && echo ps'
  is "debian
42
many
ps"
  ok run -d --name job --memory 128m --cpus 0.8 --pids-limit 64 --read-only --user nobody --cap-drop all -e GREETING=hello debian:12 \
    bash -c 'trap "echo bye; exit 3" TERM; echo "$GREETING from $(id -un)"; i=0; while :; do echo tick $((i++)); sleep 0.1; done'
  wait_for 10 logs_have job "tick 3"
  out logs job
  has "hello from nobody"
  out exec job bash -c 'id -un; tr "\0" " " </proc/1/cmdline | cut -c1-4'
  is "nobody
bash"
  out exec -u root job sh -c 'id -u; touch /etc/x 2>/dev/null || echo read-only'
  is "0
read-only"
  out ps --format '{{.Names}} {{.Image}}'
  is "job localhost/debian:12"
  ok pause job
  ok unpause job
  ok stop -t 5 job
  out inspect --format '{{.State.ExitCode}}' job
  is 3
  out logs --tail 1 job
  is bye
  ok rm job
  fails 2 rmi nosuch || true
  ok rmi debian:12
}
@test "writes of a Debian container stay its own; a second start sees them" {
  [ -f "$BASE/debian.tar" ] || skip "no Debian root file system"
  T=120 ok load -i "$BASE/debian.tar"
  out run --name keep debian:12 bash -c 'echo n >>/etc/count; wc -l </etc/count'
  is 1
  out start -a keep
  is 2
  out run --rm debian:12 bash -c 'test -e /etc/count || echo none'
  is none
  ok rm keep
  ok rmi debian:12
}
