// info, version, system check.
#include <cstdio>

#include "cli/commands.hpp"
#include "cli/facts.hpp"
#include "cli/session.hpp"
#include "cli_options/listing.hpp"
#include "engine/verbs.hpp"
#include "format/report.hpp"

namespace cove::cli {
namespace {

// Templates say Go's names of the fields. Those that differ from ours only by case are found anyway.
void add_go_names(json::Value& document) {
  json::Value& host = document.at_or_add("host");
  host.set("CgroupsVersion", host["cgroupVersion"]);
  json::Value& security = host.at_or_add("security");
  security.set("DefaultCapabilities", security["capabilities"]);
  security.set("SECCOMPEnabled", security["seccompEnabled"]);
}

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

Result<std::string> from_template(const std::string& text, std::string_view name, const json::Value& document) {
  format::Report report{.name = name, .origin = format::Origin::single, .template_text = text};
  std::string out = TRY(format::render(report, document));
  if (!out.ends_with('\n')) out += '\n';
  return out;
}

}  // namespace

Result<int> info(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_format(invocation.line.own));
  auto e = TRY(open(invocation));
  auto views = TRY(engine::list(e));
  auto images = TRY(e.images().list());
  json::Value document = info_document(e, views, images.size(), read_host_numbers(e.paths().graph_root));
  if (!o.format_set) {
    print(to_yaml(document));
  } else if (format::is_json_format(o.format)) {
    print(document.dump(2) + "\n");
  } else {
    add_go_names(document);
    print(TRY(from_template(o.format, "info", document)));
  }
  return 0;
}

// Opens nothing: it must answer at once, and where nothing is set up.
Result<int> version(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_format(invocation.line.own));
  json::Value client = version_document();
  json::Value document = json::Value::object({{"Client", client}});
  if (!o.format_set) {
    print(format::align_columns(fmt::format("Client:\tcove\nVersion:\t{}\nAPI Version:\t{}\nOS/Arch:\t{}\n",
                                            client["Version"].as_string(), client["APIVersion"].as_string(),
                                            client["OsArch"].as_string())));
  } else if (format::is_json_format(o.format)) {
    print(document.dump(2) + "\n");
  } else {
    auto text = from_template(o.format, "version", document);
    if (!text) {  // as podman: {{.Version}} and {{.Server.Version}} mean the client's
      std::string other = o.format;
      for (size_t at = other.find(".Server."); at != std::string::npos; at = other.find(".Server.")) other.erase(at, 7);
      text = from_template(other, "version", client);
    }
    print(TRY(std::move(text)));
  }
  return 0;
}

Result<int> system_check(options::Invocation& invocation) {
  auto o = TRY(cli_options::fill_check(invocation.line.own));
  auto e = TRY(open(invocation));
  auto report = TRY(engine::sweep(e, !o.quick));
  for (const auto& line : report.findings) fmt::print("{}\n", line);
  if (report.findings.empty()) fmt::print("no problem found\n");
  return 0;
}

}  // namespace cove::cli
