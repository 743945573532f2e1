#include "pipeline/graph_file.h"

#include "pipeline/graph_checker.h"

namespace figurant::pipeline {

namespace {

Plan made_plan(const std::filesystem::path& file, const ParameterValues& given,
               std::span<const Override> overrides, const GraphLibrary& library, bool may_be_missing) {
    Problems problems;
    DocumentCache documents;
    const GraphDocument& document = documents.read(file, problems);
    const Bindings bindings = root_bindings(document, given, may_be_missing, problems);
    const auto pending = parse_overrides(overrides, problems);
    ResolverContext context{documents, library, {std::filesystem::weakly_canonical(file)}, problems, false};
    const auto flat = resolve_graph(context, document, bindings, pending);

    Plan plan;
    plan.stages = checked_stages(flat, document.place, context);
    problems.throw_if_any();
    plan.title = document.title;
    plan.file = file;
    for (const auto& [name, binding] : bindings)
        if (binding.value) plan.parameters.emplace(name, *binding.value);
    if (const auto output = plan.parameters.find("output");
        output != plan.parameters.end() && !output->second.many)
        if (const auto* folder = std::get_if<std::string>(&output->second.items.at(0))) plan.output = *folder;
    plan.library = library.folders;
    for (const auto& each : overrides) plan.set.push_back(each.argument);
    std::vector<std::string> sub_digests;
    for (const auto& stage : flat) sub_digests.push_back(stage.sub_digest);
    plan.facts = plan_facts(plan.stages, sub_digests, plan.output.string());
    plan.digest = facts_digest(plan.facts);
    return plan;
}

}  // namespace

GraphHeader read_graph_header(const std::filesystem::path& file) {
    Problems problems;
    const GraphDocument document = read_graph_document(file, problems);
    GraphHeader header{file.stem().string(), document.title, file, {}};
    for (const auto& parameter : document.parameters) header.parameters.push_back(parameter.declaration);
    return header;
}

Plan plan_graph(const std::filesystem::path& file, const ParameterValues& given,
                std::span<const Override> overrides, const GraphLibrary& library) {
    return made_plan(file, given, overrides, library, false);
}

Plan check_graph(const std::filesystem::path& file, const ParameterValues& given,
                 std::span<const Override> overrides, const GraphLibrary& library) {
    return made_plan(file, given, overrides, library, true);
}

}  // namespace figurant::pipeline
