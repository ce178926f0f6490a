#pragma once
// For tests only: making tar archives, hostile ones too, and a scratch directory.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/fs.hpp"
#include "base/sys/sys.hpp"

namespace cove::archive::testing {

// A directory that goes with the object.
struct TempDir {
  std::string path;
  TempDir() {
    std::string name = "/tmp/cove-test-XXXXXX";
    path = ::mkdtemp(name.data());
  }
  ~TempDir() { (void)remove_tree(path); }
};

// Appends members in the order of the calls; `bytes()` has no end blocks, `end()` adds them.
class TarBuilder {
 public:
  struct Member {
    std::string name, data = "", link = "";
    char type = '0';
    unsigned mode = 0644, uid = 0, gid = 0;
    long mtime = 1000000;
    unsigned major = 0, minor = 0;
    long claimed_size = -1;  // another size in the header than the data has
  };

  TarBuilder& add(const Member& m) {
    std::string h(512, '\0');
    put(h, 0, m.name.substr(0, 100));
    octal(h, 100, 8, m.mode);
    octal(h, 108, 8, m.uid);
    octal(h, 116, 8, m.gid);
    octal(h, 124, 12, m.claimed_size >= 0 ? static_cast<unsigned long>(m.claimed_size) : m.data.size());
    octal(h, 136, 12, static_cast<unsigned long>(m.mtime));
    h[156] = m.type;
    put(h, 157, m.link.substr(0, 100));
    std::memcpy(h.data() + 257, "ustar\00000", 8);
    octal(h, 329, 8, m.major);
    octal(h, 337, 8, m.minor);
    return raw_header(std::move(h)).raw_data(m.data);
  }
  TarBuilder& file(std::string name, std::string data) {
    return add({.name = std::move(name), .data = std::move(data)});
  }
  TarBuilder& dir(std::string name, unsigned mode = 0755) {
    return add({.name = std::move(name), .type = '5', .mode = mode});
  }
  TarBuilder& symlink(std::string name, std::string to) {
    return add({.name = std::move(name), .link = std::move(to), .type = '2', .mode = 0777});
  }
  TarBuilder& hard_link(std::string name, std::string to) {
    return add({.name = std::move(name), .link = std::move(to), .type = '1'});
  }
  TarBuilder& pax(const std::vector<std::pair<std::string, std::string>>& records, char type = 'x') {
    std::string data;
    for (const auto& [key, value] : records) {
      size_t body = key.size() + value.size() + 3, length = body;
      while (length != body + std::to_string(length).size()) length = body + std::to_string(length).size();
      data += std::to_string(length) + " " + key + "=" + value + "\n";
    }
    return add({.name = "PaxHeader", .data = data, .type = type});
  }
  // Computes the checksum.
  TarBuilder& raw_header(std::string h) {
    std::memset(h.data() + 148, ' ', 8);
    unsigned sum = 0;
    for (char c : h) sum += static_cast<unsigned char>(c);
    std::string text = fmt::format("{:06o}", sum);
    std::memcpy(h.data() + 148, text.c_str(), 7);
    out_ += h;
    return *this;
  }
  TarBuilder& raw_data(const std::string& data) {
    out_ += data;
    out_.append((512 - data.size() % 512) % 512, '\0');
    return *this;
  }
  const std::string& bytes() const { return out_; }
  std::string end() const { return out_ + std::string(1024, '\0'); }

  static void put(std::string& h, size_t at, const std::string& text) {
    std::memcpy(h.data() + at, text.data(), text.size());
  }
  static void octal(std::string& h, size_t at, size_t size, unsigned long n) {
    std::string text = fmt::format("{:0{}o}", n, size - 1);
    std::memcpy(h.data() + at, text.c_str(), size);
  }

 private:
  std::string out_;
};

inline void write_file(const std::string& path, const std::string& data) {
  auto fd = sys::open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd) (void)write_all(fd->get(), data);
}

}  // namespace cove::archive::testing
