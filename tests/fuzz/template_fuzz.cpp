// fuzz-libs: format json base
// Templates come from the command line and from scripts that pass them on: any text must end in an answer, in bounded
// time, depth and memory. The input is a template, then, behind a zero byte, the data as JSON.
#include <cstdint>
#include <string_view>

#include "format/report.hpp"
#include "format/template.hpp"

namespace {

constexpr std::string_view kData =
    R"([{"ID":"abcdef","Names":["a","b"],"Labels":{"k":"v"},"State":{"Pid":1,"Ok":true,"None":null},"Half":1.5,)"
    R"("Created":"2026-01-02T03:04:05Z"},{"ID":"","Names":[],"Labels":{},"State":{},"Half":-0.0,"Created":"x"}])";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const size_t zero = input.find('\0');
  const std::string_view text = input.substr(0, zero);
  const std::string_view given = zero == input.npos ? kData : input.substr(zero + 1);
  const auto data = cove::json::parse(given);
  if (!data) return 0;
  const cove::format::Shape shape{.optional = {"Health"}, .times = {"Created"}};
  const cove::format::Limits limits{.output = 1 << 16, .steps = 20000};
  if (const auto parsed = cove::format::Template::parse(text, "fuzz")) (void)parsed->execute(*data, shape, limits);
  (void)cove::format::is_json_format(text);
  (void)cove::format::align_columns(text.substr(0, 4096));
  if (data->is_array() && size < 256)
    (void)cove::format::render({.name = "fuzz",
                                .origin = cove::format::Origin::user,
                                .template_text = text,
                                .titles = cove::format::make_titles({"ID", "Names"}),
                                .shape = shape},
                               *data);
  return 0;
}
