#include "compile/compile.h"

#include <fmt/format.h>

#include "compile/storage.h"
#include "loop/simplify.h"
#include "passes/passes.h"

namespace midge::compile {
namespace {

constexpr std::string_view kBeforePasses[] = {"import"};
constexpr std::string_view kAfterPasses[] = {"fuse",     "lower", "schedule", "unroll",
                                             "simplify", "hoist", "plan"};

// What the phases hand on, and how each is shown.
class Compiler {
 public:
  Compiler(graph::Graph graph, const Options& options) : options_(options) {
    program_.name = options.name;
    program_.graph = std::move(graph);
  }

  Result<Program> run() {
    MIDGE_TRY(graph::verify(program_.graph));
    if (options_.keep_layers) keep_layers();
    show_graph("import");
    MIDGE_TRY(passes::run_pipeline(program_.graph, [&](std::string_view pass) { show_graph(pass); }));
    groups_ = passes::fuse(program_.graph);
    show("fuse", [&] { return print_groups(); });

    MIDGE_TRY(lower());
    show_kernels("lower");
    // From here on nothing depends on the operators: the rest sees loops only.
    mark_in_place();
    if (options_.scheduled) schedule();
    show("schedule", [&] { return print_schedules(); });
    for_each_kernel("unroll", loop::unroll);
    for_each_kernel("simplify", [](const loop::Kernel& k) { return loop::simplify(k); });
    if (options_.scheduled) for_each_kernel("hoist", loop::hoist);

    plan_storage(program_, in_place_);
    show("plan", [&] { return plan::draw(program_.problem, program_.plan); });
    return std::move(program_);
  }

 private:
  void keep_layers() {
    graph::Graph& graph = program_.graph;
    for (const graph::Node& node : graph.nodes)
      for (ValueId id : node.outputs)
        if (!graph.is_output(id)) graph.outputs.push_back(id);
  }

  Result<void> lower() {
    for (const lower::Group& group : groups_) {
      MIDGE_ASSIGN(lower::Lowered lowered, lower::lower(program_.graph, group));
      lowered.kernel = loop::simplify(lowered.kernel);
      program_.steps.push_back({std::move(lowered.kernel), {}, std::move(lowered.arguments), {}});
    }
    return {};
  }

  void mark_in_place() {
    for (const Step& step : program_.steps) in_place_.push_back(in_place_arguments(step));
  }

  void schedule() {
    for (Step& step : program_.steps) {
      schedule::Scheduled scheduled = schedule::default_schedule(step.kernel);
      step.schedule = std::move(scheduled.schedule);
      step.kernel = std::move(scheduled.kernel);
    }
  }

  template <class Pass>
  void for_each_kernel(std::string_view phase, Pass pass) {
    for (Step& step : program_.steps) step.kernel = pass(step.kernel);
    show_kernels(phase);
  }

  void show(std::string_view phase, const std::function<std::string()>& text) const {
    if (options_.after_phase) options_.after_phase(phase, text);
  }
  void show_graph(std::string_view phase) const {
    show(phase, [&] { return graph::print(program_.graph); });
  }
  void show_kernels(std::string_view phase) const {
    show(phase, [&] {
      std::string text;
      for (const Step& step : program_.steps) text += loop::print(step.kernel) + "\n";
      return text;
    });
  }

  std::string print_groups() const {
    std::string text;
    for (const lower::Group& group : groups_) {
      std::string sources;
      for (NodeId id : group.nodes)
        sources += (sources.empty() ? "" : " + ") + program_.graph.node(id).source;
      text += sources + "\n";
    }
    return text;
  }

  std::string print_schedules() const {
    std::string text;
    for (const Step& step : program_.steps)
      text += fmt::format("{}  # {}\n{}\n{}\n", step.kernel.name, step.kernel.source,
                          schedule::print(step.schedule), loop::print(step.kernel));
    return text;
  }

  const Options& options_;
  Program program_;
  std::vector<lower::Group> groups_;
  std::vector<InPlaceArguments> in_place_;
};

}  // namespace

Result<Program> compile(graph::Graph graph, const Options& options) {
  return Compiler(std::move(graph), options).run();
}

std::vector<std::string_view> phase_names() {
  std::vector<std::string_view> names(std::begin(kBeforePasses), std::end(kBeforePasses));
  for (const passes::Pass& pass : passes::pipeline()) names.push_back(pass.name);
  names.insert(names.end(), std::begin(kAfterPasses), std::end(kAfterPasses));
  return names;
}

}  // namespace midge::compile
