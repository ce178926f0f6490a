#pragma once
// The parsed form of a template. Internal to this library.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "format/template.hpp"

namespace cove::format {

enum class OperandKind : uint8_t { dot, variable, literal, nil, function, group };

struct Pipeline;

// One word of a command: .A.B, $x.A, "text", 12, len, (pipeline).A. `fields` are the names after it.
struct Operand {
  OperandKind kind = OperandKind::dot;
  size_t position = 0, length = 0;  // in the template's text
  std::string name;                 // of a variable (with $) or function
  json::Value literal;
  std::unique_ptr<Pipeline> group;
  std::vector<std::string> fields;
};

using CommandWords = std::vector<Operand>;

// a | b | c, perhaps stored into variables: {{$x := …}}, {{$x = …}}, {{range $i, $e := …}}.
struct Pipeline {
  std::vector<std::string> variables;
  bool assigns = false;  // = rather than :=
  size_t position = 0;
  std::vector<CommandWords> commands;
};

enum class NodeKind : uint8_t { text, action, if_, with, range, break_, continue_ };

struct Node {
  NodeKind kind = NodeKind::text;
  size_t position = 0;
  std::string text;
  Pipeline pipeline;
  std::vector<Node> body, otherwise;
};

struct Template::Tree {
  std::string name, text;
  std::vector<Node> nodes;
};

// Code::invalid with Go's text: `template: NAME:LINE: cause`.
Result<> parse_tree(Template::Tree& tree);
bool is_function(std::string_view name);
// "NAME:LINE:COLUMN" of a position, as Go counts (lines from 1, columns from 0).
std::string location(const Template::Tree& tree, size_t position, bool with_column);

}  // namespace cove::format
