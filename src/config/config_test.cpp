#include "config/config.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/fs.hpp"
#include "base/util.hpp"

namespace cove::config {
namespace {

// A system of files below a temporary directory, and no environment but what a test sets.
class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    env_.root = testing::TempDir() + "config-" + random_hex(8);
    options_.runroot = env_.root + "/run";
  }
  ~ConfigTest() override { (void)remove_tree(env_.root); }
  void put(const std::string& path, const std::string& text) {
    std::string full = env_.root + path;
    ASSERT_TRUE(ensure_dir(full.substr(0, full.rfind('/'))));
    ASSERT_TRUE(write_atomic(full, text));
  }
  Config load() {
    auto c = load_config(options_, env_);
    EXPECT_TRUE(c) << c.error().text();
    return c ? std::move(*c) : Config{};
  }
  std::string error() {
    auto c = load_config(options_, env_);
    EXPECT_FALSE(c);
    return c ? "" : c.error().text();
  }
  Environment env_;
  GlobalOptions options_;
};

TEST_F(ConfigTest, Defaults) {
  options_.runroot.reset();
  Config c = load();
  EXPECT_EQ(c.storage.graph_root, "/var/lib/cove");
  EXPECT_EQ(c.storage.run_root, "/run/cove");
  EXPECT_EQ(c.containers.default_capabilities.size(), 11u);
  EXPECT_EQ(c.containers.shm_size, 65536 * 1024);
  EXPECT_EQ(c.containers.pids_limit, 2048);
  EXPECT_EQ(c.engine.stop_timeout, 10u);
  EXPECT_FALSE(c.rootless);
  EXPECT_TRUE(c.files.empty());
}

TEST_F(ConfigTest, RootlessPlaces) {
  options_.runroot.reset();
  env_.uid = 1000;
  env_.env = {{"HOME", "/home/anna"}, {"XDG_RUNTIME_DIR", "/run/user/1000"}};
  put("/home/anna/.config/containers/containers.conf", "[engine]\nruntime=\"user\"\n");
  put("/etc/containers/containers.rootless.conf.d/1000/a.conf", "[engine]\nstop_timeout=3\n");
  Config c = load();
  EXPECT_EQ(c.storage.graph_root, "/home/anna/.local/share/cove");
  EXPECT_EQ(c.storage.run_root, "/run/user/1000/cove");
  EXPECT_EQ(c.engine.runtime, "user");
  EXPECT_EQ(c.engine.stop_timeout, 3u);
  EXPECT_TRUE(c.rootless);
  env_.env = {};
  EXPECT_NE(error().find("HOME"), std::string::npos);
}

TEST_F(ConfigTest, SearchOrder) {
  put("/usr/share/containers/containers.conf",
      "[engine]\nruntime=\"usr\"\nnum_locks=1\npull_policy=\"never\"\nretry=9\n");
  put("/etc/containers/containers.conf", "[engine]\nruntime=\"etc\"\nnum_locks=2\npull_policy=\"always\"\n");
  put("/etc/containers/containers.conf.d/10.conf", "[engine]\nruntime=\"d10\"\nnum_locks=3\n");
  put("/etc/containers/containers.conf.d/20.conf", "[engine]\nruntime=\"d20\"\n");
  put("/etc/containers/containers.conf.d/README", "not toml [");
  Config c = load();
  EXPECT_EQ(c.engine.runtime, "d20");
  EXPECT_EQ(c.engine.num_locks, 3u);
  EXPECT_EQ(c.engine.pull_policy, "always");
  EXPECT_EQ(c.engine.retry, 9u);
  EXPECT_EQ(c.files.size(), 4u);
  put("/over.conf", "[engine]\nruntime=\"over\"\n");
  env_.env["CONTAINERS_CONF_OVERRIDE"] = "/over.conf";
  EXPECT_EQ(load().engine.runtime, "over");
  put("/only.conf", "[engine]\nretry=4\n");
  env_.env["CONTAINERS_CONF"] = "/only.conf";
  c = load();
  EXPECT_EQ(c.engine.retry, 4u);
  EXPECT_EQ(c.engine.num_locks, 2048u);
  EXPECT_EQ(c.engine.runtime, "over");
  options_.runtime = "option";
  EXPECT_EQ(load().engine.runtime, "option");
  env_.env["CONTAINERS_CONF"] = "/none.conf";
  EXPECT_NE(error().find("/none.conf"), std::string::npos);
}

TEST_F(ConfigTest, Modules) {
  put("/etc/containers/containers.conf.modules/gpu.conf", "[containers]\ninit=true\n");
  options_.modules = {"gpu.conf"};
  EXPECT_TRUE(load().containers.init);
  options_.modules = {"none.conf"};
  EXPECT_NE(error().find("none.conf"), std::string::npos);
}

TEST_F(ConfigTest, Values) {
  put("/etc/containers/containers.conf",
      "[containers]\ndefault_capabilities=[\"net_raw\",\"CAP_CHOWN\"]\nenv=[\"A=b\",{append=true}]\nshm_size=\"1m\"\n"
      "oom_score_adj=-5\nlog_size_max=1000\numask=\"0027\"\n"
      "[engine.runtimes]\nkata=[\"/opt/kata\"]\n"
      "[network]\ndefault_subnet_pools=[{base=\"10.1.0.0/16\",size=28}]\ndns_bind_port=53\n");
  Config c = load();
  EXPECT_EQ(c.containers.default_capabilities, (Strings{"CAP_NET_RAW", "CAP_CHOWN"}));
  EXPECT_EQ(c.containers.env.size(), 2u);
  EXPECT_EQ(c.containers.env[1], "A=b");
  EXPECT_EQ(c.containers.shm_size, 1 << 20);
  EXPECT_EQ(c.containers.oom_score_adj, -5);
  EXPECT_EQ(c.containers.umask, "0027");
  EXPECT_EQ(runtime_paths(c, "kata"), Strings{"/opt/kata"});
  EXPECT_EQ(runtime_paths(c, "/x/crun"), Strings{"/x/crun"});
  EXPECT_EQ(runtime_paths(c, "crun")[0], "/usr/bin/crun");
  EXPECT_EQ(c.network.default_subnet_pools, (std::vector<NetworkConfig::Pool>{{"10.1.0.0/16", 28}}));
  EXPECT_EQ(c.network.dns_bind_port, 53);
}

TEST_F(ConfigTest, WrongValuesNameThemselves) {
  struct Row {
    const char *text, *expected;
  } rows[] = {{"[engine]\nruntime=5\n", ":2: engine.runtime: a text was expected"},
              {"[engine]\n\nstop_timeout=\"5\"\n", ":3: engine.stop_timeout: a number was expected"},
              {"[engine]\nstop_timeout=-1\n", "engine.stop_timeout: -1 is out of range"},
              {"[containers]\ninit=\"yes\"\n", "containers.init: true or false was expected"},
              {"[containers]\nenv=\"A=b\"\n", "containers.env: a list of texts was expected"},
              {"[containers]\nshm_size=\"x\"\n", "containers.shm_size: "},
              {"[containers]\numask=\"0999\"\n", "containers.umask: "},
              {"[engine]\ncgroup_manager=\"magic\"\n", "engine.cgroup_manager: \"magic\" is none of"},
              {"[engine]\nruntime = crun\n", ":2: "}};
  for (const Row& row : rows) {
    put("/etc/containers/containers.conf", row.text);
    std::string text = error();
    EXPECT_NE(text.find(row.expected), std::string::npos) << text;
    EXPECT_NE(text.find("/etc/containers/containers.conf:"), std::string::npos) << text;
  }
}

TEST_F(ConfigTest, UnknownKeysAreFine) {
  put("/etc/containers/containers.conf", "[containers]\nnot_yet=1\n[machine]\ncpus=4\n[new.table]\nx=[\"y\"]\n");
  load();
}

TEST_F(ConfigTest, OthersStorageIsNotOurs) {
  put("/etc/containers/storage.conf",
      "[storage]\ndriver=\"btrfs\"\ngraphroot=\"/theirs\"\nrunroot=\"/theirs-run\"\n[storage.options]\n"
      "auto-userns-min-size=2000\n[storage.options.overlay]\nmountopt=\"nodev\"\nmount_program=\"/usr/bin/"
      "fuse-overlayfs\"\n");
  Config c = load();
  EXPECT_EQ(c.storage.graph_root, "/var/lib/cove");
  EXPECT_EQ(c.storage.driver, "");
  EXPECT_EQ(c.storage.options, Strings{"overlay.mountopt=nodev"});
  EXPECT_EQ(c.storage.auto_userns_min_size, 2000u);
  put("/etc/cove/storage.conf", "[storage]\ndriver=\"vfs\"\ngraphroot=\"/ours\"\n");
  c = load();
  EXPECT_EQ(c.storage.graph_root, "/ours");
  EXPECT_EQ(c.storage.driver, "vfs");
  env_.env = {{"COVE_ROOT", "/env"}, {"STORAGE_DRIVER", "overlay"}, {"STORAGE_OPTS", "a=b,c=d"}};
  options_.storage_opts = {"e=f"};
  c = load();
  EXPECT_EQ(c.storage.graph_root, "/env");
  EXPECT_EQ(c.storage.driver, "overlay");
  EXPECT_EQ(c.storage.options, (Strings{"overlay.mountopt=nodev", "a=b", "c=d", "e=f"}));
  options_.root = "/option/./x/../y";
  EXPECT_EQ(load().storage.graph_root, "/option/y");
  env_.env["STORAGE_DRIVER"] = "zfs";
  EXPECT_NE(error().find("zfs"), std::string::npos);
}

TEST_F(ConfigTest, CacheIsReadAndForgotten) {
  ASSERT_TRUE(ensure_dir(env_.root + "/run"));
  // Only what was considered long ago is cached, and change times cannot be set back: nothing is there, so all is old.
  load();
  std::string cache = env_.root + "/run/config.cache";
  ASSERT_TRUE(path_exists(cache));
  std::string text = *read_file(cache);
  size_t at = text.find("\n\nend\n");
  ASSERT_NE(at, std::string::npos) << text;
  std::string marked = text.substr(0, at) + "\n\nkt00 1\nengine.runtime\n/x\nvmarked\nend\n";
  ASSERT_TRUE(write_atomic(cache, marked, 0600));
  EXPECT_EQ(load().engine.runtime, "marked");
  // Writable by others: not believed.
  ASSERT_EQ(::chmod(cache.c_str(), 0666), 0);
  EXPECT_EQ(load().engine.runtime, "");
  // A file that has appeared.
  ASSERT_TRUE(write_atomic(cache, marked, 0600));
  put("/etc/containers/containers.conf", "[engine]\nruntime=\"new\"\n");
  EXPECT_EQ(load().engine.runtime, "new");
  // Changed this very moment, so it is not cached, and every change is seen.
  EXPECT_EQ(*read_file(cache), marked);
  put("/etc/containers/containers.conf", "[engine]\nruntime=\"abc\"\n");
  EXPECT_EQ(load().engine.runtime, "abc");
}

TEST_F(ConfigTest, TheHostsOwnFilesAreUnderstood) {
  env_.root = "";
  options_.root = "/tmp/x";
  options_.runroot = "/nonexistent/run";
  load();
  env_.root = "/nonexistent";
}

}  // namespace
}  // namespace cove::config
