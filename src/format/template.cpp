#include "format/template.hpp"

#include "format/run.hpp"

namespace cove::format {

Template::Template(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;
Template::~Template() = default;

Result<Template> Template::parse(std::string_view text, std::string_view name) {
  auto tree = std::make_unique<Tree>();
  tree->name = name;
  tree->text = text;
  TRY(parse_tree(*tree));
  return Template(std::move(tree));
}

Result<> Template::execute(const json::Value& data, std::string& out, const Shape& shape, const Limits& limits) const {
  return Run(*tree_, shape, limits, out).all(data);
}

Result<std::string> Template::execute(const json::Value& data, const Shape& shape, const Limits& limits) const {
  std::string out;
  TRY(execute(data, out, shape, limits));
  return out;
}

}  // namespace cove::format
