#pragma once
// `run` and `create`: their tables and the request that they make.
#include "cli_options/common.hpp"
#include "engine/plan/request.hpp"

namespace cove::cli_options {

extern const options::Spec kRunSpec, kCreateSpec;

// How to get the image, if it is to be pulled.
struct PullFlags {
  bool quiet = false, all_tags = false;
  std::string policy;  // "" (not said), always, missing, never, newer
  std::string authfile, cert_dir, creds, signature_policy, retry_delay;
  std::string os, arch, variant;
  std::vector<std::string> decryption_keys;
  std::optional<bool> tls_verify;
  std::optional<unsigned> retry;
};

// `policy_option`: "pull" for run and create, "policy" for pull. docker's spellings (true, false) are taken.
Result<PullFlags> fill_pull_flags(const options::Parsed& parsed, std::string_view policy_option);

// Parsed options whose feature has no place in CreateRequest.
struct CreateExtras {
  std::string init_ctr, personality, rdt_class, seccomp_policy, link_local_ip;
  std::vector<std::string> chroot_dirs;
  std::string health_log_destination, health_startup_interval, health_startup_timeout;
  std::optional<unsigned> health_max_log_count, health_max_log_size, health_startup_retries, health_startup_success;
  std::vector<std::string> warnings;  // to be printed, one a line
};

struct CreateOptions {
  plan::CreateRequest request;
  PullFlags pull;
  CreateExtras extras;
  std::vector<std::string> env_file_texts, label_file_texts;  // what --env-file and --label-file hold, for the plan
};

// What the checks need to know about us.
struct Terminals {
  bool in = false, out = false, err = false;  // is a terminal
};

// `argv` is kept in the request for inspect. The checks that need neither image nor host are made here, with podman's
// texts: options that exclude each other, formats of --add-host, --dns, --annotation, --label, sizes and numbers. The
// files of --env-file and --label-file are read here, where the user stands; the plan reads their texts.
Result<CreateOptions> fill_create(const options::Parsed& parsed, std::vector<std::string> argv,
                                  const Terminals& terminals);
// The same with run's own: --detach, --sig-proxy, --rmi, --preserve-fd(s), --detach-keys, --passwd.
Result<CreateOptions> fill_run(const options::Parsed& parsed, std::vector<std::string> argv,
                               const Terminals& terminals);

}  // namespace cove::cli_options
