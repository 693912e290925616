// Applying a step, and its text form: the name of the step, then its members in order, `split(oc, 4)`.
#include "schedule/schedule.h"

#include <fmt/format.h>

#include <charconv>

#include "loop/text.h"
#include "schedule/steps.h"

namespace midge::schedule {
namespace {

// X(step, name in print, members...)
#define MIDGE_FOR_EACH_STEP(X)                                    \
  X(Split, "split", s.var, s.factor)                              \
  X(Sink, "sink", s.var)                                          \
  X(Reorder, "reorder", s.vars)                                   \
  X(Unroll, "unroll", s.var)                                      \
  X(Partition, "partition", s.var)                                \
  X(Trim, "trim", s.var)                                          \
  X(Stage, "stage", s.buffer, s.at, s.dtype, s.memory, s.padding) \
  X(Fuse, "fuse", s.outer, s.inner)

// step_name(s) and visit_members(s, f): f of each member, in printing order.
#define MIDGE_STEP(type, name, ...)                  \
  std::string_view step_name(const type&) {          \
    return name;                                     \
  }                                                  \
  void visit_members(const type& s, const auto& f) { \
    f(__VA_ARGS__);                                  \
  }                                                  \
  void visit_members(type& s, const auto& f) {       \
    f(__VA_ARGS__);                                  \
  }
MIDGE_FOR_EACH_STEP(MIDGE_STEP)
#undef MIDGE_STEP

std::string text_of(const std::string& name) {
  return name;
}
std::string text_of(int64_t number) {
  return fmt::format("{}", number);
}
std::string text_of(DType type) {
  return std::string(name_of(type));
}
std::string text_of(Memory memory) {
  return std::string(loop::name_of(memory));
}
std::string text_of(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

// Cuts `name(a, b, c)` steps out of a text; steps stand side by side or are separated by ';'.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() {
    skip(" \t\r\n;");
    return at_ == text_.size();
  }

  Result<Step> step() {
    const size_t start = at_;
    const std::string_view name = word();
    if (!take('(')) return fail(start, "a step is written name(arguments)");
    arguments_.clear();
    do arguments_.push_back(std::string(word()));
    while (take(','));
    if (!take(')')) return fail(at_, "')' expected");
    next_ = 0;
    good_ = true;
    std::optional<Step> found;
#define MIDGE_STEP(type, step_text, ...) \
  if (name == step_text) found = read<type>();
    MIDGE_FOR_EACH_STEP(MIDGE_STEP)
#undef MIDGE_STEP
    if (!found) return fail(start, fmt::format("unknown step '{}'", name));
    if (!good_ || next_ != arguments_.size())
      return fail(start, fmt::format("wrong arguments for '{}'", name));
    return *std::move(found);
  }

 private:
  template <class T>
  Step read() {
    T step;
    visit_members(step, [&](auto&... members) { (member(members), ...); });
    return step;
  }

  std::string next() {
    if (next_ < arguments_.size()) return arguments_[next_++];
    good_ = false;
    return {};
  }
  void member(std::string& name) {
    name = next();
    good_ = good_ && loop::is_identifier(name);
  }
  void member(int64_t& number) {
    const std::string text = next();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    good_ = good_ && error == std::errc() && end == text.data() + text.size();
  }
  void member(DType& type) { known(parse_dtype(next()), type); }
  void member(Memory& memory) { known(loop::parse_memory(next()), memory); }
  void member(std::vector<std::string>& names) {
    while (next_ < arguments_.size()) member(names.emplace_back());
  }
  template <class T>
  void known(std::optional<T> value, T& member) {
    good_ = good_ && value;
    if (value) member = *value;
  }

  void skip(std::string_view what) { at_ = std::min(text_.find_first_not_of(what, at_), text_.size()); }
  std::string_view word() {
    skip(" \t\r\n");
    const size_t begin = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_' || text_[at_] == '-'))
      ++at_;
    return text_.substr(begin, at_ - begin);
  }
  bool take(char wanted) {
    skip(" \t\r\n");
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  Error fail(size_t at, std::string what) const {
    return usage_error(fmt::format("schedule, character {}: {}", at + 1, what));
  }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<std::string> arguments_;
  size_t next_ = 0;
  bool good_ = true;
};

}  // namespace

std::string print(const Step& step) {
  return std::visit(
      [](const auto& s) {
        std::vector<std::string> members;
        visit_members(s, [&](const auto&... member) { (members.push_back(text_of(member)), ...); });
        return fmt::format("{}({})", step_name(s), fmt::join(members, ", "));
      },
      step);
}

std::string print(const Schedule& schedule) {
  std::vector<std::string> steps;
  for (const Step& step : schedule) steps.push_back(print(step));
  return fmt::format("{}", fmt::join(steps, "; "));
}

Result<Schedule> parse(std::string_view text) {
  Schedule schedule;
  for (Reader reader(text); !reader.at_end();) {
    MIDGE_ASSIGN(Step step, reader.step());
    schedule.push_back(std::move(step));
  }
  return schedule;
}

Result<loop::Kernel> apply(const loop::Kernel& kernel, const Step& step) {
  const Kernel simple = loop::simplify(kernel);
  MIDGE_ASSIGN(const Kernel result, std::visit([&](const auto& s) { return transform(simple, s); }, step));
  return loop::simplify(result);
}

}  // namespace midge::schedule
