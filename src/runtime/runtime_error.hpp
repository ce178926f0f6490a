#pragma once
// Making sense of what an OCI runtime writes when it fails.
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace cove::runtime {

// Turns what a runtime wrote (text or JSON log lines) into one clean line: no time stamps, no "level=error msg=". Where
// there are several lines, errors win over warnings and debug lines; the last error is the cause.
std::string clean_message(std::string_view log);

// The error of a failed start or exec: Code::no_command (127) and Code::not_executable (126) by what the message says,
// as podman reads crun's and runc's messages, else Code::runtime. Text: "<runtime>: <message>".
Error runtime_error(const std::string& runtime_name, std::string_view message);

}  // namespace cove::runtime
