#include <sys/random.h>

#include <array>

#include "base/util.hpp"

namespace cove {
namespace {

void random_bytes(void* to, size_t size) {
  auto* p = static_cast<char*>(to);
  while (size > 0) {
    ssize_t n = ::getrandom(p, size, 0);
    if (n <= 0) continue;  // only a signal can interrupt it
    p += n;
    size -= static_cast<size_t>(n);
  }
}

constexpr std::array<std::string_view, 48> kQualities = {
    "amber", "brave",  "brisk",  "calm",  "clear",  "clever", "cosy",   "crisp",  "deep",  "eager",   "early", "fair",
    "fleet", "fresh",  "gentle", "glad",  "golden", "grand",  "green",  "happy",  "hardy", "honest",  "keen",  "kind",
    "light", "lively", "loyal",  "lucid", "merry",  "mild",   "misty",  "nimble", "noble", "patient", "plain", "proud",
    "quick", "quiet",  "rapid",  "sandy", "silent", "silver", "steady", "sunny",  "tidal", "vivid",   "warm",  "wise"};
constexpr std::array<std::string_view, 48> kPeople = {
    "abel",     "agnesi",    "archimedes",   "babbage",  "banach",   "bernoulli", "bohr",    "boole",
    "cantor",   "cauchy",    "curie",        "dijkstra", "dirac",    "euler",     "faraday", "fermat",
    "fourier",  "galois",    "gauss",        "germain",  "hamilton", "hilbert",   "hopper",  "hypatia",
    "kepler",   "knuth",     "kovalevskaya", "lagrange", "laplace",  "leibniz",   "liskov",  "lovelace",
    "maxwell",  "meitner",   "mendel",       "newton",   "noether",  "pascal",    "perlman", "planck",
    "poincare", "ramanujan", "riemann",      "ritchie",  "shannon",  "tesla",     "turing",  "wilkes"};

}  // namespace

std::string random_hex(size_t digits) {
  std::string bytes((digits + 1) / 2, '\0');
  random_bytes(bytes.data(), bytes.size());
  return to_hex(bytes).substr(0, digits);
}

std::string random_name() {
  std::array<unsigned char, 2> n{};
  random_bytes(n.data(), n.size());
  return fmt::format("{}_{}", kQualities.at(n[0] % kQualities.size()), kPeople.at(n[1] % kPeople.size()));
}

}  // namespace cove
