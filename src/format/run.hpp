#pragma once
// One run of a template. Internal to this library.
#include <deque>
#include <string>
#include <vector>

#include "format/tree.hpp"

namespace cove::format {

// A value at hand: points into the data or into the run's store. `map`: an object that Go holds as a map; `missing`: a
// map had no such key; `time`: the text is a time.
struct Ref {
  const json::Value* value = nullptr;
  bool map = false, missing = false, time = false;
};

// Knows which members are maps and times.
bool is_map_member(const Shape& shape, std::string_view name);
bool is_time_member(const Shape& shape, std::string_view name);
bool is_true(const Ref& ref);
std::string type_of(const Ref& ref, const Shape& shape);
// As %v prints it.
void print_value(const Ref& ref, const Shape& shape, std::string& out);
// As Sprintf; wrong verbs give Go's %!d(string=x).
std::string go_printf(std::string_view format, const std::vector<Ref>& args, const Shape& shape, size_t max_size);

class Run {
 public:
  Run(const Template::Tree& tree, const Shape& shape, const Limits& limits, std::string& out)
      : tree_(tree), shape_(shape), limits_(limits), out_(out), start_(out.size()) {}
  Result<> all(const json::Value& data);

  const Shape& shape() const { return shape_; }
  const Limits& limits() const { return limits_; }
  Ref keep(json::Value value);    // a value that the run owns
  Result<> charge(size_t bytes);  // counts a step and temporary bytes
  Error fail(const Operand& at, std::string_view cause) const;
  Result<Ref> member(const Ref& of, const std::string& name, const Operand& at);

 private:
  enum class Flow : uint8_t { normal, break_, continue_ };
  struct Variable {
    std::string name;
    Ref value;
  };

  Result<Flow> nodes(const std::vector<Node>& list, const Ref& dot);
  Result<Flow> node(const Node& node, const Ref& dot);
  Result<Flow> range(const Node& node, const Ref& dot);
  Result<Flow> turn(const Node& node, Ref key, Ref element);
  Result<Ref> pipeline(const Pipeline& pipeline, const Ref& dot);
  Result<Ref> command(const CommandWords& words, const Ref& dot, const Ref* last);
  Result<Ref> operand(const Operand& word, const Ref& dot);
  Result<Ref> fields(Ref from, const Operand& word, size_t up_to);
  Result<Ref> call_member(const CommandWords& words, const Ref& dot, const Ref* last);
  Result<Ref> call_function(const CommandWords& words, const Ref& dot, const Ref* last);
  void store(const Pipeline& pipeline, const Ref& value);
  Error over_limit() const;

  const Template::Tree& tree_;
  const Shape& shape_;
  const Limits& limits_;
  std::string& out_;
  size_t start_, steps_ = 0, bytes_ = 0;
  Ref root_;
  std::deque<json::Value> kept_;
  std::vector<Variable> variables_;
};

// The functions other than `and` and `or`, which do not evaluate all their arguments.
Result<Ref> call_builtin(Run& run, const Operand& at, const std::vector<Ref>& args);

}  // namespace cove::format
