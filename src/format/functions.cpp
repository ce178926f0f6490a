// The functions that templates may call: Go's own, then those of podman's report package.
#include <algorithm>
#include <cctype>

#include "base/util.hpp"
#include "format/quote.hpp"
#include "format/run.hpp"

namespace cove::format {
namespace {

using Args = std::vector<Ref>;

struct Function {
  std::string_view name;
  size_t least, most;
  Result<Ref> (*call)(Run&, const Operand&, const Args&);
};

Result<std::string> text_arg(Run& run, const Operand& at, const Ref& arg) {
  if (arg.value->is_string()) return arg.value->as_string();
  return Failure(run.fail(at, fmt::format("wrong type for value; expected string; got {}", type_of(arg, run.shape()))));
}

Result<int64_t> number_arg(Run& run, const Operand& at, const Ref& arg) {
  if (arg.value->is_integer()) return arg.value->as_int();
  return Failure(run.fail(at, fmt::format("wrong type for value; expected int; got {}", type_of(arg, run.shape()))));
}

Result<Ref> give(Run& run, std::string text) {
  TRY(run.charge(text.size()));
  return run.keep(json::Value(std::move(text)));
}

// Sprint puts blanks between operands when neither is a text, Sprintln always.
std::string print_all(Run& run, const Args& args, bool line) {
  std::string out;
  for (size_t i = 0; i < args.size(); ++i) {
    if (i > 0 && (line || (!args[i].value->is_string() && !args[i - 1].value->is_string()))) out += ' ';
    print_value(args[i], run.shape(), out);
    if (out.size() > run.limits().output) break;
  }
  if (line) out += '\n';
  return out;
}

Result<Ref> do_print(Run& run, const Operand&, const Args& args) { return give(run, print_all(run, args, false)); }
Result<Ref> do_println(Run& run, const Operand&, const Args& args) { return give(run, print_all(run, args, true)); }

Result<Ref> do_printf(Run& run, const Operand& at, const Args& args) {
  const std::string format = TRY(text_arg(run, at, args[0]));
  return give(run, go_printf(format, Args(args.begin() + 1, args.end()), run.shape(), run.limits().output));
}

Result<Ref> do_not(Run& run, const Operand&, const Args& args) { return run.keep(json::Value(!is_true(args[0]))); }

Result<Ref> do_len(Run& run, const Operand& at, const Args& args) {
  const json::Value& value = *args[0].value;
  if (value.is_string()) return run.keep(json::Value(static_cast<int64_t>(value.as_string().size())));
  if (value.is_array() || (value.is_object() && args[0].map))
    return run.keep(json::Value(static_cast<int64_t>(value.size())));
  return Failure(run.fail(at, value.is_null()
                                  ? "error calling len: len of nil pointer"
                                  : fmt::format("error calling len: len of type {}", type_of(args[0], run.shape()))));
}

// A missing key of a map of texts gives the empty text, as Go's zero value; of another map nil.
Result<Ref> index_map(Run& run, const Operand& at, const Ref& map, const Ref& key) {
  const std::string name = TRY(text_arg(run, at, key));
  if (const json::Value* found = map.value->find(name)) return Ref{found};
  for (const auto& [member, value] : map.value->members())
    if (!value.is_string()) return run.keep(json::Value());
  return run.keep(json::Value(""));
}

Result<Ref> do_index(Run& run, const Operand& at, const Args& args) {
  Ref value = args[0];
  for (size_t i = 1; i < args.size(); ++i) {
    if (value.value->is_object()) {
      value = TRY(index_map(run, at, value, args[i]));
      continue;
    }
    if (value.value->is_null()) return Failure(run.fail(at, "error calling index: index of untyped nil"));
    const bool text = value.value->is_string();
    if (!text && !value.value->is_array())
      return Failure(
          run.fail(at, fmt::format("error calling index: can't index item of type {}", type_of(value, run.shape()))));
    const int64_t index = TRY(number_arg(run, at, args[i]));
    const size_t size = text ? value.value->as_string().size() : value.value->size();
    if (index < 0 || static_cast<uint64_t>(index) >= size)
      return Failure(run.fail(at, fmt::format("error calling index: index out of range: {}", index)));
    value = text ? run.keep(json::Value(static_cast<int64_t>(
                       static_cast<unsigned char>(value.value->as_string()[static_cast<size_t>(index)]))))
                 : Ref{&value.value->items()[static_cast<size_t>(index)]};
  }
  return value;
}

Result<Ref> do_slice(Run& run, const Operand& at, const Args& args) {
  const json::Value& value = *args[0].value;
  if (!value.is_string() && !value.is_array())
    return Failure(
        run.fail(at, fmt::format("error calling slice: can't slice item of type {}", type_of(args[0], run.shape()))));
  const auto size = static_cast<int64_t>(value.is_string() ? value.as_string().size() : value.size());
  const int64_t from = args.size() > 1 ? TRY(number_arg(run, at, args[1])) : 0;
  const int64_t to = args.size() > 2 ? TRY(number_arg(run, at, args[2])) : size;
  for (const int64_t index : {from, to})
    if (index < 0 || index > size)
      return Failure(run.fail(at, fmt::format("error calling slice: index out of range: {}", index)));
  if (from > to)
    return Failure(run.fail(at, fmt::format("error calling slice: invalid slice index: {} > {}", from, to)));
  if (value.is_string())
    return give(run, value.as_string().substr(static_cast<size_t>(from), static_cast<size_t>(to - from)));
  TRY(run.charge(value.size() * sizeof(json::Value)));
  return run.keep(json::Value(json::Array(value.items().begin() + from, value.items().begin() + to)));
}

// -1, 0, 1; nothing where Go refuses to compare.
Result<int> compare(Run& run, const Operand& at, const Ref& a, const Ref& b, bool ordered) {
  const json::Value &x = *a.value, &y = *b.value;
  const std::string frame = fmt::format("error calling {}: ", at.name);
  if (x.is_string() && y.is_string()) return x.as_string().compare(y.as_string());
  if (x.is_integer() && y.is_integer()) {
    if (x == y) return 0;
    const bool both_small = x.as_int(INT64_MIN) != INT64_MIN && y.as_int(INT64_MIN) != INT64_MIN;
    return (both_small ? x.as_int() < y.as_int() : x.as_double() < y.as_double()) ? -1 : 1;
  }
  if (x.is_number() && y.is_number()) return x.as_double() < y.as_double() ? -1 : x.as_double() > y.as_double() ? 1 : 0;
  if (!ordered && x.is_bool() && y.is_bool()) return x.as_bool() == y.as_bool() ? 0 : 1;
  if (!ordered && (x.is_null() || y.is_null())) return x.is_null() && y.is_null() ? 0 : 1;
  const bool basic = !x.is_array() && !x.is_object() && !y.is_array() && !y.is_object() && !(ordered && x.is_bool());
  return Failure(run.fail(at, frame + (basic ? "incompatible types for comparison" : "invalid type for comparison")));
}

Result<Ref> do_eq(Run& run, const Operand& at, const Args& args) {
  if (args.size() < 2) return Failure(run.fail(at, "error calling eq: missing argument for comparison"));
  for (size_t i = 1; i < args.size(); ++i)
    if (TRY(compare(run, at, args[0], args[i], false)) == 0) return run.keep(json::Value(true));
  return run.keep(json::Value(false));
}

template <class Test>
Result<Ref> test(Run& run, const Operand& at, const Args& args, bool ordered, Test holds) {
  return run.keep(json::Value(holds(TRY(compare(run, at, args[0], args[1], ordered)))));
}
Result<Ref> do_ne(Run& run, const Operand& at, const Args& args) {
  return test(run, at, args, false, [](int c) { return c != 0; });
}
Result<Ref> do_lt(Run& run, const Operand& at, const Args& args) {
  return test(run, at, args, true, [](int c) { return c < 0; });
}
Result<Ref> do_le(Run& run, const Operand& at, const Args& args) {
  return test(run, at, args, true, [](int c) { return c <= 0; });
}
Result<Ref> do_gt(Run& run, const Operand& at, const Args& args) {
  return test(run, at, args, true, [](int c) { return c > 0; });
}
Result<Ref> do_ge(Run& run, const Operand& at, const Args& args) {
  return test(run, at, args, true, [](int c) { return c >= 0; });
}

Result<Ref> do_json(Run& run, const Operand&, const Args& args) { return give(run, args[0].value->dump()); }

Result<Ref> do_join(Run& run, const Operand& at, const Args& args) {
  const json::Value& list = *args[0].value;
  const std::string between = TRY(text_arg(run, at, args[1]));
  if (!list.is_array() && !list.is_null())
    return Failure(
        run.fail(at, fmt::format("wrong type for value; expected []string; got {}", type_of(args[0], run.shape()))));
  std::string out;
  for (const auto& item : list.items()) {
    if (&item != &list.items().front()) out += between;
    out += TRY(text_arg(run, at, Ref{&item}));
    if (out.size() > run.limits().output) break;
  }
  return give(run, std::move(out));
}

Result<Ref> do_split(Run& run, const Operand& at, const Args& args) {
  const std::string text = TRY(text_arg(run, at, args[0])), between = TRY(text_arg(run, at, args[1]));
  TRY(run.charge(text.size() * (between.empty() ? sizeof(json::Value) : 1)));
  json::Array parts;
  std::string_view rest = text;
  while (between.empty() ? !rest.empty() : true) {
    const size_t end = between.empty() ? first_runes(rest, 1).size() : rest.find(between);
    parts.emplace_back(rest.substr(0, end));
    if (end == rest.npos) break;
    rest.remove_prefix(end + between.size());
  }
  TRY(run.charge(parts.size() * sizeof(json::Value)));
  return run.keep(json::Value(std::move(parts)));
}

template <class Change>
Result<Ref> change(Run& run, const Operand& at, const Args& args, Change each) {
  std::string text = TRY(text_arg(run, at, args[0]));
  bool start = true;
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    c = static_cast<char>(each(byte, start));
    start = !std::isalnum(byte) && c != '_' && c != '\'' && byte < 0x80;
  }
  return give(run, std::move(text));
}
Result<Ref> do_lower(Run& run, const Operand& at, const Args& args) {
  return change(run, at, args, [](int c, bool) { return c < 0x80 ? std::tolower(c) : c; });
}
Result<Ref> do_upper(Run& run, const Operand& at, const Args& args) {
  return change(run, at, args, [](int c, bool) { return c < 0x80 ? std::toupper(c) : c; });
}
Result<Ref> do_title(Run& run, const Operand& at, const Args& args) {
  return change(run, at, args, [](int c, bool start) { return start && c < 0x80 ? std::toupper(c) : c; });
}

Result<Ref> do_pad(Run& run, const Operand& at, const Args& args) {
  const std::string text = TRY(text_arg(run, at, args[0]));
  const int64_t before = TRY(number_arg(run, at, args[1])), after = TRY(number_arg(run, at, args[2]));
  if (text.empty()) return give(run, text);
  if (before < 0 || after < 0) return Failure(run.fail(at, "error calling pad: negative Repeat count"));
  TRY(run.charge(static_cast<size_t>(std::min<int64_t>(before, INT32_MAX)) +
                 static_cast<size_t>(std::min<int64_t>(after, INT32_MAX))));
  return give(run, std::string(static_cast<size_t>(before), ' ') + text + std::string(static_cast<size_t>(after), ' '));
}

Result<Ref> do_truncate(Run& run, const Operand& at, const Args& args) {
  const std::string text = TRY(text_arg(run, at, args[0]));
  const int64_t length = TRY(number_arg(run, at, args[1]));
  if (length < 0) return Failure(run.fail(at, "error calling truncate: slice bounds out of range"));
  return give(run, text.substr(0, static_cast<size_t>(length)));
}

constexpr size_t kAny = SIZE_MAX;
constexpr Function kFunctions[] = {
    {"eq", 1, kAny, do_eq},
    {"ge", 2, 2, do_ge},
    {"gt", 2, 2, do_gt},
    {"index", 1, kAny, do_index},
    {"join", 2, 2, do_join},
    {"json", 1, 1, do_json},
    {"le", 2, 2, do_le},
    {"len", 1, 1, do_len},
    {"lower", 1, 1, do_lower},
    {"lt", 2, 2, do_lt},
    {"ne", 2, 2, do_ne},
    {"not", 1, 1, do_not},
    {"pad", 3, 3, do_pad},
    {"print", 0, kAny, do_print},
    {"printf", 1, kAny, do_printf},
    {"println", 0, kAny, do_println},
    {"slice", 1, 3, do_slice},
    {"split", 2, 2, do_split},
    {"title", 1, 1, do_title},
    {"truncate", 2, 2, do_truncate},
    {"upper", 1, 1, do_upper},
};

}  // namespace

bool is_function(std::string_view name) {
  return name == "and" || name == "or" ||
         std::any_of(std::begin(kFunctions), std::end(kFunctions), [&](const Function& f) { return f.name == name; });
}

Result<Ref> call_builtin(Run& run, const Operand& at, const std::vector<Ref>& args) {
  for (const Function& function : kFunctions) {
    if (function.name != at.name) continue;
    if (args.size() >= function.least && args.size() <= function.most) return function.call(run, at, args);
    return Failure(run.fail(at, fmt::format("wrong number of args for {}: want {}{} got {}", at.name,
                                            function.most == kAny ? "at least " : "", function.least, args.size())));
  }
  return Failure(run.fail(at, fmt::format("wrong number of args for {}: want at least 1 got 0", at.name)));
}

}  // namespace cove::format
