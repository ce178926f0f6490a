#include "seccomp/seccomp.hpp"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <stdlib.h>

#include "base/fs.hpp"

namespace cove::seccomp {
namespace {

constexpr std::string_view kProfile = R"({
  "defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOSYS",
  "archMap": [
    {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
    {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}],
  "syscalls": [
    {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "args": [], "includes": {}, "excludes": {}},
    {"name": "chroot", "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_CHROOT"]}},
    {"names": ["chroot"], "action": "SCMP_ACT_ERRNO", "errno": "EPERM", "excludes": {"caps": ["CAP_SYS_CHROOT"]}},
    {"names": ["modify_ldt"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64", "x32"]}},
    {"names": ["sync_file_range2"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["ppc64le"]}},
    {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
    {"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "6.2"}},
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
     "args": [{"index": 0, "value": 4294967295, "valueTwo": 0, "op": "SCMP_CMP_EQ"}]}
  ]})";

Target target(std::vector<std::string> caps = {}) { return {"x86_64", "6.1.0-28-amd64", std::move(caps)}; }

json::Value expanded(std::string_view text, const Target& where) {
  auto profile = json::parse(text);
  EXPECT_TRUE(profile);
  auto section = expand(*profile, where);
  EXPECT_TRUE(section) << section.error().text();
  return *section;
}

std::vector<std::string> names(const json::Value& section) {
  std::vector<std::string> out;
  for (const auto& call : section["syscalls"].items())
    for (const auto& name : call["names"].strings()) out.push_back(name + " " + call["action"].as_string().substr(9));
  return out;
}

// spec: G21
TEST(Expand, ConditionsOnCapabilitiesArchitectureAndKernel) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(names(expanded(kProfile, target())), (Names{"read ALLOW", "write ALLOW", "chroot ERRNO", "modify_ldt ALLOW",
                                                        "ptrace ALLOW", "personality ALLOW"}));
  EXPECT_EQ(
      names(expanded(kProfile, target({"CAP_SYS_CHROOT"}))),
      (Names{"read ALLOW", "write ALLOW", "chroot ALLOW", "modify_ldt ALLOW", "ptrace ALLOW", "personality ALLOW"}));
  Target arm{"aarch64", "6.12.1", {}};
  EXPECT_EQ(names(expanded(kProfile, arm)),
            (Names{"read ALLOW", "write ALLOW", "chroot ERRNO", "ptrace ALLOW", "bpf ALLOW", "personality ALLOW"}));
}

TEST(Expand, ShapeOfTheSection) {
  auto section = expanded(kProfile, target());
  EXPECT_EQ(section["defaultAction"].as_string(), "SCMP_ACT_ERRNO");
  EXPECT_EQ(section["defaultErrnoRet"].as_int(), 38);
  EXPECT_EQ(section["architectures"].strings(),
            (std::vector<std::string>{"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"}));
  const auto& args = section["syscalls"].items().back()["args"].items();
  ASSERT_EQ(args.size(), 1U);
  EXPECT_EQ(args[0]["value"].as_uint(), 4294967295U);
}

TEST(Expand, RefusesNonsense) {
  for (auto text : {R"([])", R"({"syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]})",
                    R"({"defaultAction":"SCMP_ACT_ALLOW","architectures":["a"],"archMap":[{"architecture":"b"}]})",
                    R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"name":"a","names":["b"]}]})",
                    R"({"defaultAction":"SCMP_ACT_ALLOW","defaultErrno":"EWHAT"})"}) {
    auto profile = json::parse(text);
    ASSERT_TRUE(profile);
    EXPECT_FALSE(expand(*profile, target())) << text;
  }
  EXPECT_TRUE(expanded("{}", target()).is_null());  // seccomp switched off
}

// Runs the program as the kernel would, for the little that classic BPF filters use.
uint32_t run(const std::string& bytes, uint32_t arch, int nr, uint64_t arg0 = 0) {
  std::vector<sock_filter> program(bytes.size() / sizeof(sock_filter));
  memcpy(program.data(), bytes.data(), bytes.size());
  uint32_t data[16] = {static_cast<uint32_t>(nr),        arch, 0, 0, static_cast<uint32_t>(arg0),
                       static_cast<uint32_t>(arg0 >> 32)};
  uint32_t a = 0;
  for (size_t pc = 0; pc < program.size(); ++pc) {
    const auto& op = program[pc];
    auto jump = [&](bool yes) { pc += yes ? op.jt : op.jf; };
    switch (op.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        a = data[op.k / 4];
        break;
      case BPF_JMP | BPF_JA:
        pc += op.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        jump(a == op.k);
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        jump(a > op.k);
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        jump(a >= op.k);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        a &= op.k;
        break;
      case BPF_RET | BPF_K:
        return op.k;
      default:
        ADD_FAILURE() << "unknown instruction " << op.code;
        return 0;
    }
  }
  ADD_FAILURE() << "the program fell off its end";
  return 0;
}

constexpr uint32_t kX86_64 = 0xc000003e, kAllow = 0x7fff0000, kErrno = 0x00050000;

// spec: G21
TEST(Compile, TheProgramDecidesAsTheProfileSays) {
  auto program = compile(expanded(kProfile, target()));
  ASSERT_TRUE(program) << program.error().text();
  EXPECT_EQ(program->size() % sizeof(sock_filter), 0U);
  EXPECT_EQ(run(*program, kX86_64, 0), kAllow);                // read
  EXPECT_EQ(run(*program, kX86_64, 161), kErrno | 1);          // chroot: EPERM
  EXPECT_EQ(run(*program, kX86_64, 321), kErrno | 38);         // bpf: ENOSYS, the default
  EXPECT_EQ(run(*program, kX86_64, 135, 0xffffffff), kAllow);  // personality
  EXPECT_EQ(run(*program, kX86_64, 135, 8), kErrno | 38);
  EXPECT_NE(run(*program, 0x12345678, 0), kAllow);  // a foreign architecture
}

TEST(Compile, OneArgumentTwiceMeansEither) {
  auto section = json::parse(R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],"syscalls":[
    {"names":["personality"],"action":"SCMP_ACT_ALLOW","args":[
      {"index":0,"value":0,"op":"SCMP_CMP_EQ"},{"index":0,"value":8,"op":"SCMP_CMP_EQ"}]},
    {"names":["never_heard_of_it"],"action":"SCMP_ACT_ALLOW"}]})");
  ASSERT_TRUE(section);
  auto program = compile(*section);
  ASSERT_TRUE(program) << program.error().text();
  EXPECT_EQ(run(*program, kX86_64, 135, 0), kAllow);
  EXPECT_EQ(run(*program, kX86_64, 135, 8), kAllow);
  EXPECT_EQ(run(*program, kX86_64, 135, 9), kErrno | 1);
}

TEST(Compile, RefusesNonsense) {
  for (auto text : {R"({"defaultAction":"SCMP_ACT_WHAT"})", R"({"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":1})",
                    R"({"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_VAX"]})",
                    R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO",
                        "args":[{"index":6,"value":1,"op":"SCMP_CMP_EQ"}]}]})",
                    R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO",
                        "args":[{"index":0,"value":1,"op":"SCMP_CMP_WHAT"}]}]})"}) {
    auto section = json::parse(text);
    ASSERT_TRUE(section) << text;
    EXPECT_FALSE(compile(*section)) << text;
  }
}

TEST(Base64, Vectors) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64(std::string_view("\xff\xfe\x00", 3)), "//4A");
}

class Cache : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/seccomp-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    dir_ = pattern;
    ASSERT_TRUE(write_atomic(profile(), kProfile));
  }
  void TearDown() override { EXPECT_TRUE(remove_tree(dir_)); }
  std::string profile() const { return dir_ + "/profile.json"; }
  std::string cache() const { return dir_ + "/cache"; }
  Filter load(const Target& where, std::string_view salt = "crun 1.8.1") {
    auto filter = load_filter(profile(), where, cache(), salt);
    EXPECT_TRUE(filter) << filter.error().text();
    return filter ? *filter : Filter{};
  }
  std::string dir_;
};

TEST_F(Cache, TheSecondTimeIsAHit) {
  auto first = load(target());
  EXPECT_FALSE(first.cached);
  auto second = load(target());
  EXPECT_TRUE(second.cached);
  EXPECT_EQ(second.bpf_base64, first.bpf_base64);
}

TEST_F(Cache, WhateverTheBytesDependOnIsInTheKey) {
  load(target());
  EXPECT_FALSE(load(target({"CAP_SYS_CHROOT"})).cached);
  EXPECT_FALSE(load(target(), "crun 1.9").cached);
  auto kernel = target();
  kernel.kernel = "6.2.0";
  EXPECT_FALSE(load(kernel).cached);
  EXPECT_TRUE(load(target()).cached);
  ASSERT_TRUE(write_atomic(profile(), std::string(kProfile) + " "));
  EXPECT_FALSE(load(target()).cached);
}

TEST_F(Cache, ABrokenFileIsMadeAgain) {
  auto good = load(target());
  auto names_there = list_dir(cache());
  ASSERT_TRUE(names_there);
  ASSERT_EQ(names_there->size(), 1U);
  auto file = cache() + "/" + (*names_there)[0];
  for (auto text : {"", "nonsense", "cove-seccomp 1 4000\nAAAA", "cove-seccomp 1 0\n"}) {
    ASSERT_TRUE(write_atomic(file, text));
    auto again = load(target());
    EXPECT_FALSE(again.cached);
    EXPECT_EQ(again.bpf_base64, good.bpf_base64);
    EXPECT_TRUE(load(target()).cached);
  }
}

TEST_F(Cache, StaysSmall) {
  for (int i = 0; i < 80; ++i) load(target(), "salt " + std::to_string(i));
  auto files = list_dir(cache());
  ASSERT_TRUE(files);
  EXPECT_LE(files->size(), 64U);
  EXPECT_TRUE(load(target(), "salt 79").cached);
}

TEST_F(Cache, ACacheThatCannotBeWrittenIsNoError) {
  ASSERT_TRUE(write_atomic(cache(), "a file is in the way"));
  EXPECT_FALSE(load(target()).bpf_base64.empty());
}

TEST_F(Cache, FlagsAndListenersNeedTheSection) {
  ASSERT_TRUE(write_atomic(profile(), R"({"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_LOG"]})"));
  EXPECT_TRUE(load(target()).needs_section);
}

TEST_F(Cache, ErrorsNameTheProfile) {
  ASSERT_TRUE(write_atomic(profile(), "{"));
  auto filter = load_filter(profile(), target(), cache(), "");
  ASSERT_FALSE(filter);
  EXPECT_NE(filter.error().text().find("profile.json"), std::string::npos);
  EXPECT_FALSE(load_filter(dir_ + "/none.json", target(), cache(), ""));
}

TEST(DefaultProfile, TheAdministratorsWins) {
  std::string pattern = testing::TempDir() + "/seccomp-XXXXXX";
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  EXPECT_EQ(find_default_profile(pattern), "");
  for (auto dir : {"/usr/share/containers", "/etc/containers"}) {
    ASSERT_TRUE(ensure_dir(pattern + dir));
    ASSERT_TRUE(write_atomic(pattern + dir + "/seccomp.json", "{}"));
    EXPECT_EQ(find_default_profile(pattern), pattern + dir + "/seccomp.json");
  }
  EXPECT_TRUE(remove_tree(pattern));
}

}  // namespace
}  // namespace cove::seccomp
