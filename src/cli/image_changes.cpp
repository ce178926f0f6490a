// image exists, tag, untag, rmi, load, pull.
#include <unistd.h>

#include <cstdio>

#include "base/process.hpp"
#include "cli/commands.hpp"
#include "cli/exit.hpp"
#include "cli/session.hpp"
#include "cli_options/container.hpp"
#include "cli_options/listing.hpp"
#include "engine/verbs.hpp"

namespace cove::cli {
namespace {

// The helper takes over our streams; its exit status is ours. It ends with us, so that a killed load leaves no process.
Result<int> run_helper(engine::Engine& e, const std::string& verb, const std::vector<std::string>& args) {
  std::vector<std::string> argv = {TRY(e.helper("cove-image")), verb,        "--root",
                                   e.paths().graph_root,        "--runroot", e.paths().run_root};
  argv.insert(argv.end(), args.begin(), args.end());
  SpawnSpec spec{.argv = std::move(argv), .in = STDIN_FILENO, .out = STDOUT_FILENO, .err = STDERR_FILENO};
  spec.die_with_parent = true;
  Child child = TRY(spawn(spec));
  ExitStatus status = TRY(child.wait());
  return status.shell_code();
}

Result<> remove_users(engine::Engine& e, const std::string& name) {
  auto found = e.images().find(name);
  if (!found) return {};
  // By one of several names only that name goes: the image stays, and so do its containers.
  const auto& all = found->image.names;
  if (all.size() > 1 && std::find(all.begin(), all.end(), found->name) != all.end()) return {};
  for (const auto& user : TRY(e.store.users_of_image(found->image.id))) {
    auto done = engine::remove(e, user, {.force = true, .limit = std::chrono::seconds(0)});
    if (!done && done.error().code() != Code::not_found && done.error().code() != Code::gone)
      return Failure(std::move(done).error());
  }
  return {};
}

// podman's statuses: 2 where something still uses an image, 1 where nothing worse happened than that one is unknown.
class RemovalStatus {
 public:
  void add(const Error& error, bool used) {
    in_use_ |= error.code() == Code::in_use && used;
    unknown_ |= error.code() == Code::not_found;
    other_ |= error.code() != Code::not_found && !(error.code() == Code::in_use && used);
  }
  int code() const { return in_use_ ? 2 : other_ ? 125 : unknown_ ? 1 : 0; }

 private:
  bool in_use_ = false, unknown_ = false, other_ = false;
};

bool is_used(engine::Engine& e, const std::string& name) {
  auto found = e.images().find(name);
  if (!found) return false;
  auto users = e.store.users_of_image(found->image.id);
  return users && !users->empty();
}

Result<std::vector<std::string>> ids_of_all(engine::Engine& e) {
  std::vector<std::string> out;
  for (const auto& i : TRY(e.images().list())) out.push_back(i.id);
  return out;
}

bool has_transport(const std::string& name) {
  for (const char* prefix : {"docker-archive:", "oci-archive:", "oci:", "dir:"}) {
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace

Result<int> image_exists(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_exists(invocation.line.own));
  auto e = TRY(open(invocation));
  return TRY(e.images().exists(o.name)) ? 0 : 1;
}

Result<int> tag(options::Invocation& invocation) {
  auto e = TRY(open(invocation));
  const auto& args = invocation.line.own.args();
  for (size_t i = 1; i < args.size(); i++) TRY(e.images().tag(args[0], args[i]));
  return 0;
}

Result<int> untag(options::Invocation& invocation) {
  auto e = TRY(open(invocation));
  const auto& args = invocation.line.own.args();
  TRY(e.images().untag(args.at(0), {args.begin() + 1, args.end()}));
  return 0;
}

Result<int> rmi(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_rmi(invocation.line.own));
  auto e = TRY(open(invocation));
  auto layers = TRY(storage::LayerStore::open(e.paths().graph_root));
  std::vector<std::string> names = o.all ? TRY(ids_of_all(e)) : o.names;
  std::vector<std::string> untagged, deleted;
  std::vector<Error> errors;
  RemovalStatus status;
  storage::RemoveOptions remove{.force = o.force || o.all};
  remove.users = [&](const std::string& id) { return e.store.users_of_image(id); };
  for (const auto& name : names) {
    if (o.force) TRY(remove_users(e, name));
    auto removed = e.images().remove(layers, name, remove);
    if (removed) {
      untagged.insert(untagged.end(), removed->untagged.begin(), removed->untagged.end());
      if (removed->removed) deleted.push_back(removed->id);
      continue;
    }
    if (removed.error().code() == Code::not_found && (o.ignore || o.force)) continue;
    status.add(removed.error(), is_used(e, name));
    errors.push_back(std::move(removed).error());
  }
  for (const auto& u : untagged) fmt::print("Untagged: {}\n", u);
  for (const auto& d : deleted) fmt::print("Deleted: {}\n", d);
  std::fflush(stdout);
  for (const auto& error : errors) print_error(error);
  return status.code();
}

Result<int> load(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_load(invocation.line.own, ::isatty(STDIN_FILENO) == 1));
  auto e = TRY(open(invocation));
  std::vector<std::string> args;
  if (o.quiet) args.emplace_back("--quiet");
  if (!o.input.empty()) args.insert(args.end(), {"-i", o.input});
  return run_helper(e, "load", args);
}

Result<int> pull(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_pull(invocation.line.own));
  auto e = TRY(open(invocation));
  int status = 0;
  for (const auto& name : o.names) {
    // `missing` and `never` are content with what is here.
    if (!has_transport(name) && (o.flags.policy == "missing" || o.flags.policy == "never")) {
      auto here = e.images().find(name);
      if (here) {
        fmt::print("{}\n", here->image.id);
        std::fflush(stdout);
        continue;
      }
      if (o.flags.policy == "never") return Failure(std::move(here).error());
    }
    std::vector<std::string> args;
    if (o.flags.quiet) args.emplace_back("--quiet");
    args.push_back(name);
    status = std::max(status, TRY(run_helper(e, "pull", args)));
  }
  return status;
}

}  // namespace cove::cli
