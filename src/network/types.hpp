#pragma once
// What a network is, what a container asks of it and what it got. Shapes as in podman's network files and in the CNI
// result (types/100), so that both are written without a second model.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.hpp"
#include "base/util.hpp"

namespace cove::network {

using Strings = std::vector<std::string>;
using StringMap = std::map<std::string, std::string>;

struct LeaseRange {
  std::optional<IpAddress> start, end;  // inclusive
};
struct Subnet {
  IpPrefix subnet;  // host bits clear
  std::optional<IpAddress> gateway;
  std::optional<LeaseRange> lease_range;
};
struct Route {
  IpPrefix destination;
  IpAddress gateway;
  std::optional<uint32_t> metric;
};

// One network, as one JSON file describes it.
struct Definition {
  std::string name, id;           // id: 64 hex digits
  std::string driver = "bridge";  // bridge, macvlan, ipvlan
  std::string interface;          // bridge: the bridge's name; macvlan, ipvlan: the parent's, or empty
  Nanos created = 0;
  std::vector<Subnet> subnets;
  std::vector<Route> routes;
  bool ipv6_enabled = false, internal = false, dns_enabled = false;
  std::vector<IpAddress> dns_servers;
  StringMap labels;
  StringMap options;       // mtu, vlan, metric, mode, isolate (true, strict), no_default_route, vrf, …
  StringMap ipam_options;  // driver: host-local (default), dhcp, none
};

// One container's place in one network.
struct Attachment {
  Definition network;
  std::string interface;       // inside the container: "eth0"
  std::vector<IpAddress> ips;  // leased already: one for each subnet of the network (none with ipam none or dhcp)
  std::string mac;             // "": the back end chooses
  Strings aliases;             // DNS names beside the container's own
  StringMap options;           // of this attachment: mtu, metric, host_interface_name, mode, bclim, …
};

// A published port, or a range of them. Host ports are chosen before (never 0).
struct Port {
  std::optional<IpAddress> host_ip;  // none: every address of the host, both families
  uint16_t host_port = 0, container_port = 0, range = 1;
  std::string protocol = "tcp";  // tcp, udp, sctp
  bool operator==(const Port&) const = default;
};

struct Request {
  std::string container_id, container_name;
  std::vector<Attachment> attachments;
  std::vector<Port> ports;
};

// What an interface has, as inspect and the CNI result say it.
struct AddressStatus {
  IpPrefix address;  // the interface's own address with the subnet's prefix length
  std::optional<IpAddress> gateway;
};
struct InterfaceStatus {
  std::string network, interface;  // names
  std::string mac;                 // "aa:bb:…", lower case
  std::vector<AddressStatus> addresses;
  std::vector<IpAddress> dns_servers;
  Strings dns_search;
};
using Status = std::vector<InterfaceStatus>;  // in the order of the attachments

}  // namespace cove::network
