// Text → graph. The form is described in text.h. Only the form is checked; `verify` checks the meaning.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "graph/reader.h"
#include "graph/text.h"

namespace midge::graph {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : reader_(text) {}
  Result<Graph> run();

 private:
  void line();
  void value_line(std::string name, size_t position);
  void node_line(const std::string& first, size_t position);
  Quantization quantization();
  DType dtype();
  ValueId reference();  // %name of a known value
  ValueId lookup(const std::string& name, size_t position);
  std::vector<ValueId> references();
  Op op();
  template <class OpType>
  bool attribute(OpType& op, const std::string& name);
  bool attribute(std::monostate, const std::string&) { return false; }

  void read(bool& value);
  void read(int32_t& value) { value = reader_.number<int32_t>(); }
  void read(int64_t& value) { value = reader_.number<int64_t>(); }
  void read(float& value) { value = reader_.number<float>(); }
  void read(double& value) { value = reader_.number<double>(); }
  template <class E>
    requires std::is_enum_v<E>
  void read(E& value);
  template <class T>
  void read(std::vector<T>& list);

  Reader reader_;
  Graph graph_;
  std::unordered_map<std::string, ValueId> ids_;
};

void Parser::read(bool& value) {
  if (reader_.accept("true"))
    value = true;
  else if (reader_.accept("false"))
    value = false;
  else
    reader_.fail("true or false expected");
}

template <class E>
  requires std::is_enum_v<E>
void Parser::read(E& value) {
  const size_t position = reader_.position();
  const std::string word = reader_.word();
  const std::span<const std::string_view> names = names_of(value);
  const auto found = std::find(names.begin(), names.end(), word);
  if (found == names.end())
    return reader_.fail_at(position, fmt::format("one of {} expected", fmt::join(names, ", ")));
  value = static_cast<E>(found - names.begin());
}

template <class T>
void Parser::read(std::vector<T>& list) {
  list.clear();
  reader_.expect("[");
  if (reader_.accept("]")) return;
  do {
    list.emplace_back();
    read(list.back());
  } while (!reader_.failed() && reader_.accept(","));
  reader_.expect("]");
}

DType Parser::dtype() {
  const size_t position = reader_.position();
  const std::optional<DType> found = parse_dtype(reader_.word());
  if (!found) reader_.fail_at(position, "an element type (i8, f32, ...) expected");
  return found.value_or(DType::kI8);
}

ValueId Parser::lookup(const std::string& name, size_t position) {
  const auto found = ids_.find(name);
  if (found != ids_.end()) return found->second;
  reader_.fail_at(position, "unknown value");
  return ValueId{};
}

ValueId Parser::reference() {
  const size_t position = reader_.position();
  reader_.expect("%");
  return lookup(reader_.name(), position);
}

std::vector<ValueId> Parser::references() {
  std::vector<ValueId> ids;
  do {
    ids.push_back(reader_.accept("_") ? ValueId{} : reference());
  } while (!reader_.failed() && reader_.accept(","));
  return ids;
}

Quantization Parser::quantization() {
  Quantization q;
  if (reader_.accept("axis")) {
    read(q.axis);
    reader_.expect("scale");
    read(q.scales);
    reader_.expect("zero");
    read(q.zero_points);
    return q;
  }
  reader_.expect("scale");
  q.scales = {reader_.number<float>()};
  reader_.expect("zero");
  q.zero_points = {reader_.number<int32_t>()};
  return q;
}

void Parser::value_line(std::string name, size_t position) {
  Value value;
  value.name = std::move(name);
  value.dtype = dtype();
  read(value.shape);
  if (reader_.peek("scale") || reader_.peek("axis")) value.quantization = quantization();
  if (reader_.accept("=")) value.data = std::make_shared<const Bytes>(reader_.hex());
  const auto id = ValueId{static_cast<int32_t>(graph_.values.size())};
  if (!ids_.emplace(value.name, id).second) reader_.fail_at(position, "the name is taken");
  graph_.values.push_back(std::move(value));
}

// Reads `name`'s value into the field of that name, if there is one.
template <class OpType>
bool Parser::attribute(OpType& op, const std::string& name) {
  bool found = false;
  OpType::fields(op, [&](const char* field, auto& value) {
    if (name != field) return;
    found = true;
    read(value);
  });
  return found;
}

Op Parser::op() {
  const size_t position = reader_.position();
  const std::string name = reader_.word();
#define MIDGE_MAKE(type, op_name) \
  if (name == #op_name) return type{};
  MIDGE_FOR_EACH_OP(MIDGE_MAKE)
#undef MIDGE_MAKE
  reader_.fail_at(position, "unknown operator");
  return Op{};
}

void Parser::node_line(const std::string& first, size_t position) {
  Node node;
  node.outputs = {lookup(first, position)};
  while (reader_.accept(",")) node.outputs.push_back(reference());
  reader_.expect("=");
  node.op = op();
  reader_.expect("(");
  if (!reader_.peek(")")) node.inputs = references();
  reader_.expect(")");
  while (!reader_.failed() && !reader_.at_end() && !reader_.peek("%") && !reader_.peek("}") &&
         !reader_.peek("outputs")) {
    const size_t begin = reader_.position();
    const std::string word = reader_.word();
    if (word == "from") {
      node.source = reader_.string();
      break;
    }
    reader_.expect("=");
    if (!std::visit([&](auto& op) { return attribute(op, word); }, node.op))
      reader_.fail_at(begin, fmt::format("{} has no attribute '{}'", op_name(node.op), word));
  }
  graph_.nodes.push_back(std::move(node));
}

void Parser::line() {
  if (reader_.accept("inputs")) {
    graph_.inputs = references();
  } else if (reader_.accept("outputs")) {
    graph_.outputs = references();
  } else {
    const size_t position = reader_.position();
    reader_.expect("%");
    std::string name = reader_.name();
    if (reader_.accept(":"))
      value_line(std::move(name), position);
    else
      node_line(name, position);
  }
}

Result<Graph> Parser::run() {
  reader_.expect("graph");
  graph_.name = reader_.string();
  reader_.expect("{");
  while (!reader_.failed() && !reader_.peek("}") && !reader_.at_end()) line();
  reader_.expect("}");
  if (!reader_.at_end()) reader_.fail("nothing more expected");
  if (reader_.failed()) return reader_.error();
  return std::move(graph_);
}

}  // namespace

Result<Graph> parse(std::string_view text) {
  return Parser(text).run();
}

}  // namespace midge::graph
