#pragma once
// The one interface of every network back end (native, cni, netavark).
#include <memory>

#include "base/result.hpp"
#include "network/types.hpp"

namespace cove::network {

// All calls are made by the engine with the container's lock held; a back end keeps no state of its own beside what
// the kernel has and, where a foreign program needs them, files below its own directory.
class Backend {
 public:
  virtual ~Backend() = default;
  // Can this request be set up here? Drivers, options, features. Touches nothing.
  virtual Result<> validate(const Request& request) = 0;
  // `netns`: the container's network namespace. All or nothing: after an error nothing of the request is left.
  virtual Result<Status> setup(const Request& request, int netns) = 0;
  // Undoes setup() for the named attachments, goes on to its end (ERR5). `netns` -1: the namespace is gone already,
  // only names are left (firewall elements, leases of foreign programs). What is not there is no error.
  virtual ErrorList teardown(const Request& request, int netns) = 0;
};

}  // namespace cove::network
