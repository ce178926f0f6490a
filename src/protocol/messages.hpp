#pragma once
// What the engine and a container's monitor say to each other over a SOCK_SEQPACKET socket: one packet, one message.
// Pure data; protocol/codec.hpp turns it into bytes and back, protocol/channel.hpp moves it.
//
// Life of a connection: the launching engine sends one `launch` and is attach client number 0 from then on. Everybody
// else connects to the attach socket, says `hello`, is answered `welcome`, then sends any of the requests below.
// Tags of fields are never reused; a decoder skips tags that it does not know, so that a newer engine speaks to an
// older monitor and the other way round (`hello.version` says what the peer knows).
#include <cstdint>
#include <string>
#include <vector>

namespace cove::protocol {

constexpr uint32_t kVersion = 1;

enum class Type : uint8_t {
  // Engine to monitor.
  launch = 1,          // LaunchRequest; descriptors: see LaunchRequest
  hello = 2,           // Hello
  resize = 3,          // Resize
  input = 4,           // raw bytes for the container's stdin
  input_end = 5,       // no more of them: stdin is closed (ignored with a terminal)
  start = 6,           // starts a container that was launched with Mode::create
  exec = 7,            // ExecRequest; descriptors: stdin, stdout, stderr as `streams` says
  follow_log = 8,      // answered by log_segments, then log_data
  status = 9,          // answered by status_reply
  network_ready = 10,  // the engine has set up the network namespace that it was handed
  wait = 11,           // the exit notice is wanted (every client that said hello gets it anyway)
  // Monitor to engine.
  welcome = 64,       // StatusReply
  network = 65,       // one descriptor: the new network namespace
  created = 66,       // Started
  started = 67,       // Started
  failed = 68,        // Failed: the launch, start or exec (`session`) failed
  output = 69,        // raw bytes of the container's stdout (or its terminal)
  error_output = 70,  // raw bytes of its stderr
  exited = 71,        // Exited: the last message of a connection
  exec_started = 72,  // ExecStarted; one descriptor with a terminal: its master side
  exec_exited = 73,   // ExecExited
  log_segments = 74,  // LogSegments; descriptors: the log's files, oldest first, the last is the current one
  log_data = 75,      // raw bytes appended to the log after `log_segments` was answered
  status_reply = 76,  // StatusReply
};

enum class Mode : uint32_t { run = 0, create = 1 };

// passthrough: the container's stdio are descriptors of the caller; there is nothing to log or to attach to.
enum class LogDriver : uint32_t { none = 0, k8s_file = 1, json_file = 2, passthrough = 3 };

struct LogSpec {
  LogDriver driver = LogDriver::k8s_file;
  std::string path;
  uint64_t max_size = 0;   // bytes; a segment that would grow over it is renamed to path.1 and so on; 0: no limit
  uint32_t max_files = 1;  // old segments kept beside the current one
  std::string tag;         // json-file: the value of attrs.tag; empty: none

  template <class V>
  void fields(V& v) {
    v(1, driver), v(2, path), v(3, max_size), v(4, max_files), v(5, tag);
  }
};

// A detached mount to attach below the private tmpfs. Its descriptor travels beside the message.
struct MountTarget {
  std::string destination;  // relative to mount_dir: "root", "shm"; made as a directory
  std::string propagation;  // "", private, rprivate, shared, rshared, slave, rslave, unbindable, runbindable

  template <class V>
  void fields(V& v) {
    v(1, destination), v(2, propagation);
  }
};

// Which streams a client wants to get, and whether it sends stdin. Output that came before it attached is in the log.
struct Wants {
  bool out = false, err = false, in = false;

  template <class V>
  void fields(V& v) {
    v(1, out), v(2, err), v(3, in);
  }
};

// Everything that a monitor needs to know. Descriptors that come with it, in this order: the container's locked
// monitor.lock; one for each of `mounts`; with LogDriver::passthrough stdin, stdout and stderr; `preserve_fds` more,
// which the container gets as 3, 4, ….
struct LaunchRequest {
  std::string id;
  Mode mode = Mode::run;
  std::string bundle;                     // holds config.json
  std::string run_dir;                    // <runroot>/c/<id>; scratch files are made here
  std::string mount_dir;                  // <runroot>/mnt: exists; the monitor's own tmpfs covers it in its namespace
  std::string status_path;                // <runroot>/c/<id>/status
  std::vector<std::string> exit_records;  // <runroot>/exits/<id>, and more where wanted; each written by rename
  std::string attach_path;                // <runroot>/c/<id>/attach
  std::string spill_dir;                  // where a slow client's backlog goes (O_TMPFILE); empty: the log's folder
  std::vector<std::string> runtime;       // argv prefix: /usr/bin/crun --root … [--cgroup-manager=…]
  std::string runtime_name;               // "crun", for messages; empty: from runtime[0]
  std::vector<std::string> cleanup;  // argv executed at the very end, from the host's mount namespace; may be empty
  bool terminal = false;
  bool keep_stdin = false;         // -i: stdin is a pipe (or the terminal) that clients may write to
  uint32_t rows = 0, columns = 0;  // the terminal's first size; 0: the kernel's default
  LogSpec log;
  std::vector<MountTarget> mounts;
  bool hide_hybrid_cgroup = false;  // cover /sys/fs/cgroup/unified in the monitor's namespace (crun 1.8.1)
  bool make_netns = false;          // make a network namespace, bind it at <mount_dir>/netns, hand it out, wait
  uint32_t timeout_seconds = 0;     // --timeout: SIGKILL after so long; 0: never
  uint32_t preserve_fds = 0;
  std::vector<std::string> pid_files;          // of the container's first process
  std::vector<std::string> monitor_pid_files;  // of the monitor
  std::string cgroup_path;                     // absolute below the hierarchy; empty: read from /proc/PID/cgroup
  bool watch_oom = true;
  std::vector<std::string> monitor_cgroups;  // cgroup.procs files that the monitor writes itself into
  Wants wants;                               // of attach client 0

  template <class V>
  void fields(V& v) {
    v(1, id), v(2, mode), v(3, bundle), v(4, run_dir), v(5, mount_dir), v(6, status_path), v(7, exit_records);
    v(8, attach_path), v(9, spill_dir), v(10, runtime), v(11, runtime_name), v(12, cleanup), v(13, terminal);
    v(14, keep_stdin), v(15, rows), v(16, columns), v(17, log), v(18, mounts), v(19, hide_hybrid_cgroup);
    v(20, make_netns), v(21, timeout_seconds), v(22, preserve_fds), v(23, pid_files), v(24, monitor_pid_files);
    v(25, cgroup_path), v(26, watch_oom), v(27, monitor_cgroups), v(28, wants);
  }
};

struct Hello {
  uint32_t version = kVersion;
  Wants wants;

  template <class V>
  void fields(V& v) {
    v(1, version), v(2, wants);
  }
};

struct Resize {
  uint32_t rows = 0, columns = 0;

  template <class V>
  void fields(V& v) {
    v(1, rows), v(2, columns);
  }
};

enum class State : uint32_t { starting = 0, created = 1, running = 2, stopped = 3 };

struct StatusReply {
  uint32_t version = kVersion;
  State state = State::starting;
  int32_t pid = 0;         // of the container's first process; 0: none yet
  uint64_t pid_start = 0;  // /proc/PID/stat field 22
  int32_t monitor_pid = 0;
  bool terminal = false;
  int64_t created_at = 0, started_at = 0;  // nanoseconds since the epoch; 0: not yet

  template <class V>
  void fields(V& v) {
    v(1, version), v(2, state), v(3, pid), v(4, pid_start), v(5, monitor_pid), v(6, terminal), v(7, created_at);
    v(8, started_at);
  }
};

struct Started {
  int32_t pid = 0;
  uint64_t pid_start = 0;
  int32_t monitor_pid = 0;
  int64_t at = 0;

  template <class V>
  void fields(V& v) {
    v(1, pid), v(2, pid_start), v(3, monitor_pid), v(4, at);
  }
};

struct Failed {
  std::string error;           // Error::encode()
  std::string session;         // of the exec that failed; empty: the launch or start
  std::string runtime_output;  // what the OCI runtime wrote to its log, or else to stderr: the cause, where not empty
  std::string runtime_name;

  template <class V>
  void fields(V& v) {
    v(1, error), v(2, session), v(3, runtime_output), v(4, runtime_name);
  }
};

struct Exited {
  int32_t code = 0;    // valid where signal == 0
  int32_t signal = 0;  //
  bool oom = false;    // the kernel killed something of the container for want of memory
  int64_t started_at = 0, finished_at = 0;

  template <class V>
  void fields(V& v) {
    v(1, code), v(2, signal), v(3, oom), v(4, started_at), v(5, finished_at);
  }
};

// Which of the three streams come as descriptors with an exec request; the others are /dev/null.
enum ExecStream : uint32_t { kExecIn = 1, kExecOut = 2, kExecErr = 4 };

struct ExecRequest {
  std::string session;    // chosen by the client: names it in answers
  std::string process;    // the OCI runtime specification's `process` object, JSON
  bool terminal = false;  // the answer hands back the terminal; no streams then
  uint32_t rows = 0, columns = 0;
  uint32_t streams = 0;       // ExecStream bits
  uint32_t preserve_fds = 0;  // descriptors after the streams; the process gets them as 3, 4, …
  std::vector<std::string> pid_files;

  template <class V>
  void fields(V& v) {
    v(1, session), v(2, process), v(3, terminal), v(4, rows), v(5, columns), v(6, streams), v(7, preserve_fds);
    v(8, pid_files);
  }
};

struct ExecStarted {
  std::string session;
  int32_t pid = 0;
  uint64_t pid_start = 0;

  template <class V>
  void fields(V& v) {
    v(1, session), v(2, pid), v(3, pid_start);
  }
};

struct ExecExited {
  std::string session;
  int32_t code = 0, signal = 0;

  template <class V>
  void fields(V& v) {
    v(1, session), v(2, code), v(3, signal);
  }
};

struct LogSegments {
  uint64_t end = 0;  // how many bytes of the last (current) file were written when the answer was made

  template <class V>
  void fields(V& v) {
    v(1, end);
  }
};

}  // namespace cove::protocol
