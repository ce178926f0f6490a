# ps and inspect: tables, filters, templates, json. info and version.
load helpers

@test "ps: running only; -a all; -q ids; -n and -l the last" {
  ok run -d --name run1 $IMAGE sleep 100
  ok run --name done1 $IMAGE true
  ok create --name new1 $IMAGE true
  out ps --format '{{.Names}}'
  is run1
  out ps -a --format '{{.Names}}'
  eq "$(sort <<<"$output" | xargs)" "done1 new1 run1"
  out ps -q
  is "$(c inspect --format '{{.Id}}' run1 | cut -c1-12)"
  out ps -aq --no-trunc
  eq "$(wc -l <<<"$output")" 3
  out ps -n 1 --format '{{.Names}}'
  is new1
  out ps -l --format '{{.Names}}'
  is new1
}
@test "ps: the table" {
  ok run -d --name tab $IMAGE sleep 100
  out ps
  matches '^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES'
  has "$IMAGE"
  has "sleep 100"
  has "Up "
  has tab
  out ps --noheading
  hasnt "CONTAINER ID"
  out ps -a --filter name=nosuch
  matches '^CONTAINER ID'
}
@test "ps: an empty store" {
  out ps -a -q
  is ""
  out ps -a --format json
  is "[]"
}
@test "ps: status words" {
  not_podman "4.3 says Created for both"
  ok create --name c1 $IMAGE true
  ok run --name c2 $IMAGE sh -c 'exit 3' || true
  out ps -a --filter name=c1 --format '{{.Status}}|{{.State}}'
  matches '^Created.*\|created$'
  out ps -a --filter name=c2 --format '{{.Status}}|{{.State}}'
  matches '^Exited \(3\).*ago\|exited$'
}
@test "ps: json" {
  ok run -d --name js -l k=v $IMAGE sleep 100
  out ps --format json
  eq "$(json '.[0].Names[0]')" js
  eq "$(json '.[0].Image')" $IMAGE
  eq "$(json '.[0].State')" running
  eq "$(json '.[0].Labels.k')" v
  eq "$(json '.[0].Command | join(" ")')" "sleep 100"
  eq "$(json '.[0].Id')" "$(c inspect --format '{{.Id}}' js)"
  eq "$(json '.[0].Pid')" "$(c inspect --format '{{.State.Pid}}' js)"
  eq "$(json '.[0].Exited')" false
}
@test "ps: templates" {
  ok run -d --name tp -l k=v $IMAGE sleep 100
  out ps --format '{{.ID}} {{.Names}} {{.Image}} {{.Command}}'
  is "$(c ps -q) tp $IMAGE sleep 100"
  out ps --format 'table {{.ID}} {{.Names}}'
  matches '^CONTAINER ID +NAMES'
  out ps --format '{{.Labels}}'
  has "k"
  out ps --format '{{.Label "k"}}' || true
  out ps --format '{{json .Names}}'
  is '["tp"]' || is '"tp"'
  fails 125 ps --format '{{.NoSuchField}}'
}
@test "ps: filters" {
  ok run -d --name f1 -l app=web -l tier=a $IMAGE sleep 100
  ok create --name f2 -l app=db $IMAGE true
  ok run --name f3 $IMAGE sh -c 'exit 4' || true
  for pair in name=f1:f1 label=app=web:f1 label=app:f1,f2 status=created:f2 status=running:f1 status=exited:f3 exited=4:f3 \
    ancestor=$IMAGE#f1,f2,f3 before=f2:f1 since=f2:f3 "id=$(c inspect --format '{{.Id}}' f2)#f2" 'name=^f[13]$#f1,f3'; do
    sep=:
    [[ $pair == *'#'* ]] && sep='#'
    out ps -a --filter "${pair%"$sep"*}" --format '{{.Names}}'
    eq "$(sort <<<"$output" | paste -sd,)" "${pair##*"$sep"}"
  done
  out ps -a --filter label=app --filter status=running --format '{{.Names}}'
  is f1
  fails 125 ps --filter nosuch=1
  fails 125 ps --filter status=nosuch
}
@test "ps: --sort and --size, -p, --no-trunc" {
  ok create --name zz $IMAGE true
  ok create --name aa $IMAGE true
  out ps -a --sort names --format '{{.Names}}'
  is "aa
zz"
  out ps -a --sort created --format '{{.Names}}'
  is "zz
aa"
  out ps -a -s --format '{{.Size}}'
  has B
  out ps -a --no-trunc --filter name=aa
  has "$(c inspect --format '{{.Id}}' aa)"
}
@test "inspect: what scripts read" {
  ok run -d --name ins -e A=b -w /tmp -l k=v --memory 64m --entrypoint sleep $IMAGE 100
  out inspect ins
  eq "$(json 'length')" 1
  eq "$(json '.[0].Name')" ins
  eq "$(json '.[0].ImageName')" $IMAGE
  eq "$(json '.[0].Config.WorkingDir')" /tmp
  eq "$(json '.[0].Config.Env | index("A=b") != null')" true
  eq "$(json '.[0].Config.Cmd | join(" ")')" 100
  eq "$(json '.[0].Path')" sleep
  eq "$(json '.[0].Args | join(" ")')" 100
  eq "$(json '.[0].State.Status')" running
  eq "$(json '.[0].State.Running')" true
  eq "$(json '.[0].State.Paused')" false
  eq "$(json '.[0].HostConfig.Memory')" 67108864
  eq "$(json '.[0].OCIRuntime')" crun
  eq "$(json '.[0].Image')" "$(c image inspect --format '{{.Id}}' $IMAGE)"
  eq "$(json '.[0].Mounts | length')" 0
  eq "$(json '.[0].HostConfig.LogConfig.Type')" k8s-file
  eq "$(json '.[0].EffectiveCaps | index("CAP_CHOWN") != null')" true
}
@test "inspect: templates" {
  ok run -d --name tpl -e A=b -l k=v -v "$BASE:/data" $IMAGE sleep 100
  out inspect -f '{{.Name}} {{.State.Status}} {{len .ID}}' tpl
  is "tpl running 64"
  out inspect -f '{{json .Config.Labels}}' tpl
  eq "$(json .k)" v
  out inspect -f '{{index .Config.Labels "k"}}' tpl
  is v
  out inspect -f '{{range .Mounts}}{{.Source}}->{{.Destination}}{{end}}' tpl
  is "$BASE->/data"
  out inspect -f '{{if .State.Running}}yes{{else}}no{{end}}' tpl
  is yes
  out inspect -f '{{range $i, $e := .Config.Cmd}}{{$i}}={{$e}};{{end}}' tpl
  is "0=sleep;1=100;"
  out inspect -f '{{.State.Pid | printf "%d"}}' tpl
  matches '^[0-9]+$'
  fails 125 inspect -f '{{.NoSuch}}' tpl
  fails 125 inspect -f '{{.Name' tpl
}
@test "inspect: several, images too, --type, -l" {
  ok create --name i1 $IMAGE true
  ok create --name i2 $IMAGE true
  out inspect i1 i2
  eq "$(json 'length')" 2
  out inspect --type image $IMAGE
  eq "$(json '.[0].RepoTags[0]')" $IMAGE
  out inspect $IMAGE
  eq "$(json '.[0].RepoTags[0]')" $IMAGE
  fails 125 inspect --type container $IMAGE
  out inspect -l --format '{{.Name}}'
  is i2
  out container inspect i1
  eq "$(json '.[0].Name')" i1
  fails 125 inspect i1 nosuch
  has nosuch
}
@test "info: what is in use" {
  out info --format json
  eq "$(json '.store.graphRoot')" "$ROOT"
  eq "$(json '.store.runRoot')" "$RUNROOT"
  eq "$(json '.host.ociRuntime.name')" crun
  eq "$(json '.store.graphDriverName')" overlay
  matches cgroup
  out info --format '{{.Store.GraphRoot}}'
  is "$ROOT"
  out info
  has graphRoot
}
@test "version, --version" {
  out version
  has Version
  out --version
  matches '[0-9]+\.[0-9]+\.[0-9]+'
  out version --format '{{.Client.Version}}'
  matches '^[0-9]+\.[0-9]+\.[0-9]+'
  out version --format json
  matches '"Version"'
}
@test "help: every command, near names suggested, usage errors are 125" {
  out --help
  for word in run create start stop restart kill rm ps inspect logs attach exec wait pause unpause load pull images tag untag rmi; do has "$word"; done
  out run --help
  has --name
  out container --help
  has cleanup
  fails 125 nosuchcommand
  fails 125 run
  fails 125 ps --nosuch
  fails 125 create
  needs cove
  fails 125 psx
  has ps
}
