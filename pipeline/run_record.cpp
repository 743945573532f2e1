#include "pipeline/run_record.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/file_digest.h"
#include "base/file_writer.h"
#include "pipeline/json_reader.h"
#include "pipeline/json_text.h"
#include "pipeline/report_text.h"
#include "pipeline/version_lines.h"

namespace figurant::pipeline {
namespace fs = std::filesystem;

namespace {

/// The graph's file, beside the facts that decide the results: told where the stages are others.
constexpr std::string_view graph_fact = "the graph";

bool lies_in(const std::string& path, const std::string& folder) {
    return !folder.empty() && path.starts_with(folder) &&
           (path.size() == folder.size() || path[folder.size()] == '/');
}

/// Calls use(value, whether a folder would be read) for the values of all path parameters that decide
/// results, those of graphs that are run by themselves included: into a sink's folders it writes.
template <class Use>
void for_each_path(const Plan& plan, const Use& use) {
    for (const auto& stage : plan.stages) {
        for (const auto& declaration : stage.type->parameters) {
            const auto value = stage.values.find(declaration.name);
            if (declaration.type == ParameterType::path && declaration.affects_result &&
                value != stage.values.end())
                use(value->second, stage.type->kind != Kind::sink);
        }
        if (!stage.sub_graph) continue;
        for (const auto& [name, value] : stage.sub_graph->parameters) use(value, true);
    }
}

/// The files that path parameters name, with their digests; what the run itself writes is none of them.
class NamedFiles {
  public:
    explicit NamedFiles(std::string output) : output_(std::move(output)) {}

    void add(const ParameterValue& value, bool reads_folders) {
        for (const auto& scalar : value.items) {
            const auto* path = std::get_if<std::string>(&scalar);
            if (!path || path->empty() || lies_in(*path, output_)) continue;
            add_file(*path);
            if (reads_folders) add_file(*path + "/model.h5");  // a folder stands for the model in it
            add_checkpoint(*path);
        }
    }
    const std::map<std::string, std::string>& digests() const { return digests_; }

  private:
    void add_file(const std::string& path) {
        std::error_code ignored;
        if (!fs::is_regular_file(path, ignored)) return;
        auto& digest = digests_[path];
        if (digest.empty()) digest = file_digest(path);
    }
    /// The files of a TensorFlow checkpoint that is named by their prefix.
    void add_checkpoint(const std::string& prefix) {
        std::error_code failed;
        if (!fs::is_regular_file(prefix + ".index", failed)) return;
        add_file(prefix + ".index");
        const fs::path parent = fs::path(prefix).parent_path();
        const std::string start = fs::path(prefix).filename().string() + ".data-";
        for (fs::directory_iterator at(parent.empty() ? "." : parent, failed), end; !failed && at != end;
             at.increment(failed))
            if (at->path().filename().string().starts_with(start))
                add_file((parent / at->path().filename()).string());
    }

    std::string output_;
    std::map<std::string, std::string> digests_;
};

std::string json_facts(const PlanFacts& facts) {
    std::string json;
    for (const auto& [what, value] : facts)
        if (what != graph_fact)
            json += (json.empty() ? "\n    " : ",\n    ") + json_string(what) + ": " + json_string(value);
    return "{" + json + "\n  }";
}

std::string json_folders(const FolderDigests& digests) {
    std::string json;
    for (const auto& [folder, digest] : digests)
        json += (json.empty() ? "" : ", ") + json_string(folder) + ": " + json_string(digest);
    return "{" + json + "}";
}

std::string json_texts(const std::vector<std::string>& texts) {
    std::string json;
    for (const auto& text : texts) json += (json.empty() ? "" : ", ") + json_string(text);
    return "[" + json + "]";
}

[[noreturn]] void damaged(const fs::path& path) {
    throw Error(Cause::configuration, path.string() + ": is damaged, so the run in this folder is not known",
                "run again without --resume, or into another --output");
}

bool number_of(const JsonValue& value, std::size_t& into) {
    const char* const end = value.text.data() + value.text.size();
    return value.kind == JsonValue::Kind::number && std::from_chars(value.text.data(), end, into).ptr == end;
}

RunRecord record_of(const JsonValue& json, const fs::path& path) {
    RunRecord record;
    for (const auto& [what, value] : json["decides"].members) record.facts.emplace_back(what, value.text);
    record.command.graph = json["graph"].text;
    record.facts.emplace_back(graph_fact, json["graph"].text);
    for (const auto& each : json["set"].items) record.command.set.push_back(each.text);
    for (const auto& [folder, digest] : json["folders"].members) record.folders[folder] = digest.text;
    for (const auto& library : json["libraries"].items) record.libraries.push_back(library.text);
    for (const auto& [name, value] : json["parameters"].members)
        if (auto parameter = parameter_value(value)) record.command.parameters[name] = std::move(*parameter);
    for (const auto& input : json["inputs"].items) {
        auto& each = record.inputs.emplace_back(RunRecord::Input{input["name"].text, input["digest"].text});
        if (!number_of(input["place"], each.place) || each.place >= UINT32_MAX) damaged(path);
    }
    if (record.inputs.empty()) damaged(path);
    return record;
}

/// `call(name, json, line)` for each whole line that tells of an input.
template <class Call>
void read_lines(const fs::path& path, const Call& call) {
    std::error_code ignored;
    if (!fs::exists(path, ignored)) return;
    const std::string text = read_file(path);
    std::size_t at = 0;
    for (auto end = text.find('\n'); end != std::string::npos; at = end + 1, end = text.find('\n', at)) {
        const std::string line = text.substr(at, end - at);
        const auto json = parse_json(line);
        if (!json || (*json)["input"].kind != JsonValue::Kind::text) continue;
        call((*json)["input"].text, *json, line);
    }
}

/// Of a stage that only one of two runs has, its type is enough.
bool tells_enough(const std::string& what, const std::map<std::string, std::string>& other) {
    const auto end = what.find("\": ");
    if (!what.starts_with("stage ") || end == std::string::npos) return true;
    const std::string type = what.substr(0, end + 3) + "type";
    return what == type || other.contains(type);
}

bool is_type(const std::string& what) { return what.starts_with("stage ") && what.ends_with("\": type"); }

/// Whether one has stages that the other has not, or of other types.
bool other_stages(const std::map<std::string, std::string>& a, const std::map<std::string, std::string>& b) {
    const auto lacks = [](const auto& these, const auto& those) {
        return std::any_of(these.begin(), these.end(), [&](const auto& fact) {
            const auto found = those.find(fact.first);
            return is_type(fact.first) && (found == those.end() || found->second != fact.second);
        });
    };
    return lacks(a, b) || lacks(b, a);
}

/// The name of the graph, which is no fact of its own from here on: a copy under another name does the same.
std::string take_graph(std::map<std::string, std::string>& facts) {
    const auto node = facts.extract(std::string(graph_fact));
    return node.empty() ? std::string() : fs::path(node.mapped()).stem().string();
}

Told told_of(const std::string& text) {
    Told told;
    const auto json = parse_json(text);
    if (!json) return told;
    for (const auto& [what, amount] : records_of(*json).counts) told.counts[what] = amount;
    for (const auto& each : (*json)["warnings"].items) told.warnings.push_back(each.text);
    for (const auto& each : (*json)["printed"].items) told.printed.push_back(each.text);
    return told;
}

std::string value_text(const std::string& value) { return value.empty() ? "empty" : value; }

}  // namespace

std::string told_text(const Told& told) {
    std::string counts;
    for (const auto& [what, amount] : told.counts)
        counts += (counts.empty() ? "" : ", ") + json_string(what) + ": " + std::to_string(amount);
    return "{\"counts\": {" + counts + "}, \"warnings\": " + json_texts(told.warnings) +
           ", \"printed\": " + json_texts(told.printed) + "}\n";
}

std::string as_booked(std::string_view text) {
    const auto json = parse_json(json_string(text));
    return json ? json->text : std::string(text);
}

PlanFacts run_facts(const Plan& plan, const RunSettings& settings) {
    PlanFacts facts = plan.facts;
    NamedFiles named(plan.output.string());
    for_each_path(plan,
                  [&](const ParameterValue& value, bool reads_folders) { named.add(value, reads_folders); });
    for (const auto& [file, digest] : named.digests())
        facts.emplace_back(std::string(file_fact) + file, digest);
    facts.emplace_back("--device", settings.device);
    facts.emplace_back("the program's version", FIGURANT_VERSION);
    facts.emplace_back(graph_fact, plan.file.string());
    return facts;
}

FolderDigests folder_digests(const Plan& plan) {
    FolderDigests digests;
    for_each_path(plan, [&](const ParameterValue& value, bool reads_folders) {
        for (const auto& scalar : value.items) {
            const auto* path = std::get_if<std::string>(&scalar);
            std::error_code ignored;
            if (reads_folders && path && !path->empty() && !lies_in(*path, plan.output.string()) &&
                fs::is_directory(*path, ignored))
                digests[*path] = folder_digest(*path, plan.output);
        }
    });
    return digests;
}

std::string run_record_text(const Plan& plan, const RunSettings& settings, const PlanFacts& facts,
                            const FolderDigests& folders, std::span<const RunRecord::Input> inputs) {
    std::string json =
        "{\n  \"title\": " + json_string(plan.title) + ",\n  \"graph\": " + json_string(plan.file.string()) +
        ",\n  \"digest\": " + json_string(plan.digest) +
        ",\n  \"parameters\": " + json_object(plan.parameters) + ",\n  \"set\": " + json_texts(plan.set) +
        ",\n  \"threads\": " + std::to_string(settings.threads) +
        ",\n  \"memory\": " + std::to_string(settings.memory) +
        ",\n  \"device\": " + json_string(settings.device) +
        ",\n  \"libraries\": " + json_texts(VersionLines::global().deciding()) +
        ",\n  \"folders\": " + json_folders(folders) + ",\n  \"decides\": " + json_facts(facts) +
        ",\n  \"stages\": [";
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
        const auto& stage = plan.stages[i];
        json += std::string(i ? "," : "") + "\n    {\"name\": " + json_string(stage.name) +
                ", \"type\": " + json_string(stage.type->name) +
                ", \"parameters\": " + json_object(stage.values) + "}";
    }
    json += "\n  ],\n  \"inputs\": [";
    for (std::size_t i = 0; i < inputs.size(); ++i)
        json += std::string(i ? "," : "") + "\n    {\"name\": " + json_string(inputs[i].name) +
                ", \"digest\": " + json_string(inputs[i].digest) +
                ", \"place\": " + std::to_string(inputs[i].place) + "}";
    return json + "\n  ]\n}\n";
}

std::vector<std::string> differences(const PlanFacts& then, const PlanFacts& now) {
    std::map<std::string, std::string> before(then.begin(), then.end()), after;
    for (const auto& [what, value] : now) after[as_booked(what)] = as_booked(value);
    const std::string graph_then = take_graph(before), graph_now = take_graph(after);
    // Of another graph each stage differs, and none of that tells what is the matter.
    if (!graph_then.empty() && graph_then != graph_now && other_stages(before, after))
        return {"it is a run of " + in_one_line(graph_then) + ", and not of " + in_one_line(graph_now)};
    std::vector<std::string> found, files;
    const auto tell = [&](const std::string& what, const std::string& text, const auto& other) {
        if (what.starts_with(file_fact))
            files.push_back(what + text);
        else if (tells_enough(what, other))
            found.push_back(what + text);
    };
    for (const auto& [what, value] : before) {
        const auto other = after.find(what);
        if (other == after.end())
            tell(what, " was " + value_text(value) + ", and is there no more", after);
        else if (other->second != value)
            found.push_back(what + (what.starts_with(file_fact) ? " has changed"
                                                                : " was " + value_text(value) + ", and is " +
                                                                      value_text(other->second)));
    }
    for (const auto& [what, value] : after)
        if (!before.contains(what)) tell(what, " was not there, and is " + value_text(value), before);
    // That a file came or went is told by the parameter that names it.
    if (found.empty()) found = files;
    const auto same = [](const auto& a, const auto& b) { return a.first == as_booked(b.first); };
    if (found.empty() && !std::equal(then.begin(), then.end(), now.begin(), now.end(), same))
        found.push_back("the graph's stages stand in another order");
    return found;
}

std::optional<EarlierRun> EarlierRun::read(const fs::path& folder) {
    const fs::path book = folder / ".figurant", path = book / "run.json";
    std::error_code ignored;
    if (!fs::exists(path, ignored)) return std::nullopt;
    const auto json = parse_json(read_file(path));
    if (!json) damaged(path);
    EarlierRun run;
    run.record = record_of(*json, path);
    read_lines(
        book / "done.jsonl", [&](const std::string& name, const JsonValue& line, const std::string& text) {
            run.done[name] = {line["digest"].text, text, line["partial"].text == "true", records_of(line)};
        });
    read_lines(folder / "failures.jsonl",
               [&](const std::string& name, const JsonValue&, const std::string& text) {
                   if (!name.empty() && !run.done.contains(name)) run.failed[name] = text;
               });
    run.complete = fs::exists(book / "complete", ignored);
    if (run.complete) run.told = told_of(read_file(book / "complete"));
    return run;
}

RecordedCommand recorded_command(const fs::path& folder) {
    const auto run = EarlierRun::read(folder);
    if (!run)
        throw Error(Cause::configuration,
                    folder.string() + ": holds no run of figurant (no .figurant/run.json)",
                    "name the --output of an earlier run");
    return run->record.command;
}

}  // namespace figurant::pipeline
