#include "format/run.hpp"

#include <strings.h>
#include <algorithm>

#include "format/quote.hpp"

namespace cove::format {
namespace {

const json::Value& null_value() {
  static const json::Value null;
  return null;
}

// The member of that name; JSON names differ from Go's by case ("Id" and "ID"), so an exact match is tried first.
const json::Value* find_member(const json::Value& object, std::string_view name) {
  if (const json::Value* exact = object.find(name)) return exact;
  for (const auto& [key, value] : object.members())
    if (key.size() == name.size() && strncasecmp(key.data(), name.data(), name.size()) == 0) return &value;
  return nullptr;
}

bool holds(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool is_map_member(const Shape& shape, std::string_view name) {
  static constexpr std::string_view kMaps[] = {"Labels",       "Annotations",  "Options", "Networks", "Ports",
                                               "PortBindings", "ExposedPorts", "Tmpfs",   "Sysctls"};
  return std::find(std::begin(kMaps), std::end(kMaps), name) != std::end(kMaps) || holds(shape.maps, name);
}

bool is_time_member(const Shape& shape, std::string_view name) { return holds(shape.times, name); }

bool is_true(const Ref& ref) {
  const json::Value& value = *ref.value;
  if (ref.missing || value.is_null()) return false;
  if (value.is_bool()) return value.as_bool();
  if (value.is_integer()) return value.as_int() != 0 || value.as_uint() != 0;
  if (value.is_number()) return value.as_double() != 0;
  if (value.is_string()) return !value.as_string().empty();
  return value.is_object() && !ref.map ? true : !value.empty();
}

std::string type_of(const Ref& ref, const Shape& shape) {
  const json::Value& value = *ref.value;
  if (value.is_bool()) return "bool";
  if (value.is_integer()) return "int";
  if (value.is_number()) return "float64";
  if (value.is_string()) return "string";
  if (value.is_array()) return "[]interface {}";
  if (value.is_object()) return ref.map ? "map[string]interface {}" : std::string(shape.type_name);
  return "<nil>";
}

Error Run::over_limit() const {
  return Error(Code::invalid, fmt::format("template: {}: the output is too large", tree_.name));
}

Error Run::fail(const Operand& at, std::string_view cause) const {
  std::string source = tree_.text.substr(at.position, at.length);
  if (source.size() > 20) source = source.substr(0, 20) + "...";
  return Error(Code::invalid, fmt::format("template: {}: executing \"{}\" at <{}>: {}",
                                          location(tree_, at.position, true), tree_.name, source, cause));
}

Result<> Run::charge(size_t bytes) {
  bytes_ += bytes;
  if (++steps_ > limits_.steps || bytes_ > limits_.output || out_.size() - start_ > limits_.output)
    return Failure(over_limit());
  return {};
}

Ref Run::keep(json::Value value) { return {&kept_.emplace_back(std::move(value))}; }

Result<> Run::all(const json::Value& data) {
  root_ = {&data, shape_.root_is_map && data.is_object()};
  TRY(nodes(tree_.nodes, root_));
  return {};
}

Result<Run::Flow> Run::nodes(const std::vector<Node>& list, const Ref& dot) {
  for (const Node& each : list) {
    const Flow flow = TRY(node(each, dot));
    if (flow != Flow::normal) return flow;
  }
  return Flow::normal;
}

Result<Run::Flow> Run::node(const Node& node, const Ref& dot) {
  TRY(charge(0));
  switch (node.kind) {
    case NodeKind::text:
      out_ += node.text;
      return Flow::normal;
    case NodeKind::action: {
      const Ref value = TRY(pipeline(node.pipeline, dot));
      if (node.pipeline.variables.empty()) print_value(value, shape_, out_);
      return Flow::normal;
    }
    case NodeKind::if_:
    case NodeKind::with: {
      const size_t visible = variables_.size();
      const Ref value = TRY(pipeline(node.pipeline, dot));
      const bool yes = is_true(value);
      const Flow flow = TRY(nodes(yes ? node.body : node.otherwise, yes && node.kind == NodeKind::with ? value : dot));
      variables_.resize(std::min(visible, variables_.size()));
      return flow;
    }
    case NodeKind::range:
      return range(node, dot);
    case NodeKind::break_:
      return Flow::break_;
    case NodeKind::continue_:
      return Flow::continue_;
  }
  return Flow::normal;
}

// One round of a range: stores the variables, runs the body.
Result<Run::Flow> Run::turn(const Node& node, Ref key, Ref element) {
  const size_t visible = variables_.size();
  const auto& names = node.pipeline.variables;
  auto put = [&](const std::string& name, const Ref& value) {
    if (!node.pipeline.assigns) {
      variables_.push_back({name, value});
      return;
    }
    for (auto at = variables_.rbegin(); at != variables_.rend(); ++at)
      if (at->name == name) {
        at->value = value;
        return;
      }
  };
  if (names.size() == 2) put(names[0], key);
  if (!names.empty()) put(names.back(), element);
  const Flow flow = TRY(nodes(node.body, element));
  variables_.resize(std::min(visible, variables_.size()));
  return flow;
}

Result<Run::Flow> Run::range(const Node& node, const Ref& dot) {
  Pipeline plain;
  const size_t visible = variables_.size();
  const Ref over = TRY(pipeline(node.pipeline, dot));
  variables_.resize(std::min(visible, variables_.size()));
  const json::Value& value = *over.value;
  bool any = false;
  auto round = [&](const Ref& key, const Ref& element) -> Result<bool> {
    any = true;
    TRY(charge(0));
    const bool wants_key = node.pipeline.variables.size() == 2;
    return TRY(turn(node, wants_key ? key : Ref{&null_value()}, element)) != Flow::break_;
  };
  if (value.is_array()) {
    int64_t index = 0;
    const bool wants_key = node.pipeline.variables.size() == 2;
    for (const auto& item : value.items()) {
      const Ref key = wants_key ? keep(json::Value(index++)) : Ref{&null_value()};
      if (!TRY(round(key, {&item, shape_.root_is_map && item.is_object()}))) break;
    }
  } else if (value.is_object() && over.map) {
    std::vector<const json::Member*> sorted;
    for (const auto& entry : value.members()) sorted.push_back(&entry);
    std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
    for (const auto* entry : sorted) {
      TRY(charge(entry->first.size()));
      if (!TRY(round(keep(json::Value(entry->first)), {&entry->second}))) break;
    }
  } else if (value.is_integer()) {
    for (int64_t i = 0; i < value.as_int(); ++i) {
      TRY(charge(sizeof(json::Value)));
      const Ref number = keep(json::Value(i));
      if (!TRY(round(number, number))) break;
    }
  } else if (!value.is_null()) {
    std::string shown;
    print_value(over, shape_, shown);
    Operand at;
    at.position = node.pipeline.position;
    at.length = std::min(tree_.text.find('}', at.position), tree_.text.size()) - at.position;
    return Failure(fail(at, fmt::format("range can't iterate over {}", shown)));
  }
  if (!any) return nodes(node.otherwise, dot);
  return Flow::normal;
}

void Run::store(const Pipeline& pipeline, const Ref& value) {
  for (const auto& name : pipeline.variables) {
    auto at = variables_.rbegin();
    if (pipeline.assigns) at = std::find_if(at, variables_.rend(), [&](const Variable& v) { return v.name == name; });
    if (pipeline.assigns && at != variables_.rend())
      at->value = value;
    else
      variables_.push_back({name, value});
  }
}

Result<Ref> Run::pipeline(const Pipeline& pipeline, const Ref& dot) {
  Ref value{&null_value()};
  const Ref* last = nullptr;
  for (const auto& words : pipeline.commands) {
    value = TRY(command(words, dot, last));
    last = &value;
  }
  store(pipeline, value);
  return value;
}

Result<Ref> Run::command(const CommandWords& words, const Ref& dot, const Ref* last) {
  TRY(charge(0));
  const Operand& first = words.front();
  if (first.kind == OperandKind::function) return call_function(words, dot, last);
  if (words.size() == 1 && !last) {
    if (first.kind == OperandKind::nil) return Failure(fail(first, "nil is not a command"));
    return operand(first, dot);
  }
  if (!first.fields.empty()) return call_member(words, dot, last);
  return Failure(fail(
      first, fmt::format("can't give argument to non-function {}", tree_.text.substr(first.position, first.length))));
}

Result<Ref> Run::operand(const Operand& word, const Ref& dot) { return fields(dot, word, word.fields.size()); }

// The word's own value, then its first `up_to` fields.
Result<Ref> Run::fields(Ref from, const Operand& word, size_t up_to) {
  switch (word.kind) {
    case OperandKind::dot:
      break;
    case OperandKind::variable: {
      const auto at = std::find_if(variables_.rbegin(), variables_.rend(),
                                   [&](const Variable& variable) { return variable.name == word.name; });
      from = at == variables_.rend() ? root_ : at->value;
      break;
    }
    case OperandKind::literal:
      from = {&word.literal};
      break;
    case OperandKind::nil:
      from = {&null_value()};
      break;
    case OperandKind::group:
      from = TRY(pipeline(*word.group, from));
      break;
    case OperandKind::function:
      from = TRY(call_builtin(*this, word, {}));
      break;
  }
  for (size_t i = 0; i < up_to; ++i) from = TRY(member(from, word.fields[i], word));
  return from;
}

Result<Ref> Run::member(const Ref& of, const std::string& name, const Operand& at) {
  TRY(charge(0));
  const json::Value& value = *of.value;
  if (of.missing || value.is_null()) {
    if (of.missing) return Failure(fail(at, fmt::format("nil data; no entry for key \"{}\"", name)));
    return Failure(fail(at, fmt::format("nil pointer evaluating {}.{}", shape_.type_name, name)));
  }
  if (value.is_object()) {
    const json::Value* found = of.map ? value.find(name) : find_member(value, name);
    if (found)
      return Ref{found, found->is_object() && is_map_member(shape_, name), false, is_time_member(shape_, name)};
    if (of.map) return Ref{&null_value(), false, true};
    if (holds(shape_.optional, name)) return Ref{&null_value()};
  }
  return Failure(fail(at, fmt::format("can't evaluate field {} in type {}", name, type_of(of, shape_))));
}

// {{.Label "x"}}: the one method with an argument that podman's rows have; it looks the label up.
Result<Ref> Run::call_member(const CommandWords& words, const Ref& dot, const Ref* last) {
  const Operand& word = words.front();
  const std::string& name = word.fields.back();
  const Ref of = TRY(fields(dot, word, word.fields.size() - 1));
  const json::Value* labels = name == "Label" && of.value->is_object() ? find_member(*of.value, "Labels") : nullptr;
  if (!labels || words.size() + (last ? 1 : 0) != 2)
    return Failure(fail(word, fmt::format("{} has arguments but cannot be invoked as function", name)));
  const Ref key = last ? *last : TRY(operand(words[1], dot));
  if (!key.value->is_string()) return Failure(fail(word, "wrong type for value; expected string"));
  const json::Value* found = labels->find(key.value->as_string());
  return found ? Ref{found} : keep(json::Value(""));
}

Result<Ref> Run::call_function(const CommandWords& words, const Ref& dot, const Ref* last) {
  const Operand& function = words.front();
  if (function.name == "and" || function.name == "or") {
    const bool stops_at = function.name == "or";
    Ref value{&null_value()};
    if (words.size() == 1 && !last)
      return Failure(fail(function, fmt::format("wrong number of args for {}: want at least 1 got 0", function.name)));
    for (size_t i = 1; i < words.size(); ++i) {
      value = TRY(operand(words[i], dot));
      if (is_true(value) == stops_at) return value;
    }
    return last ? *last : value;
  }
  std::vector<Ref> args;
  for (size_t i = 1; i < words.size(); ++i) args.push_back(TRY(operand(words[i], dot)));
  if (last) args.push_back(*last);
  Ref value = TRY(call_builtin(*this, function, args));
  return value;
}

}  // namespace cove::format
