#include "pipeline/run_inputs.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "pipeline/report_text.h"

namespace figurant::pipeline {

namespace {

class InputPlacer {
  public:
    InputPlacer(std::vector<InputReference> listed, const EarlierRuns& earlier)
        : listed_(std::move(listed)), earlier_(earlier) {
        for (auto& input : listed_) {
            const std::string name = as_booked(input.name);
            if (!by_name_.emplace(name, &input).second) ambiguous_.insert(name);
        }
    }

    std::vector<RunInput> placed(std::vector<std::string>& added) {
        const EarlierRun* base = earlier_.replayed && !earlier_.in_place ? earlier_.replayed : earlier_.own;
        std::unordered_map<const InputReference*, std::size_t> places;
        std::size_t free = 0;
        if (base)
            for (const auto& known : base->record.inputs) {
                free = std::max(free, known.place + 1);
                if (const auto* input = find(known.name)) places.emplace(input, known.place);
            }
        std::vector<RunInput> inputs(free);
        for (auto& empty : inputs) empty.standing = Standing::absent;
        for (auto& input : listed_) {
            const auto known = places.find(&input);
            if (known == places.end()) {
                if (base) added.push_back(input.name);
                inputs.push_back({std::move(input)});
            } else {
                inputs[known->second] = {std::move(input)};
            }
        }
        for (std::size_t place = 0; place < inputs.size(); ++place) inputs[place].reference.place = place;
        return inputs;
    }

    void check(std::vector<std::string>& problems) const {
        if (!earlier_.own) return;
        for (const auto& known : earlier_.own->record.inputs) {
            if (ambiguous_.contains(known.name)) continue;
            const auto* input = find(known.name);
            // The problems become lines of one message.
            const std::string text = "the input " + in_one_line(known.name);
            if (!input)
                problems.push_back(text + " is not among the inputs any more");
            else if (as_booked(input->digest) != known.digest && !earlier_.own->failed.contains(known.name))
                problems.push_back(text + " has changed");
        }
    }

    void give_standing(RunInput& input, bool restart) const {
        if (input.standing == Standing::absent) return;
        const std::string name = as_booked(input.reference.name);
        if (earlier_.own && !restart && !ambiguous_.contains(name)) {
            const auto done = earlier_.own->done.find(name);
            if (done != earlier_.own->done.end() &&
                done->second.digest == as_booked(input.reference.digest)) {
                input.standing = Standing::done;
                input.partial = done->second.partial;
                input.records = done->second.records;
                return;
            }
        }
        if (earlier_.replayed && !earlier_.replayed->failed.contains(name))
            input.standing = !earlier_.in_place ? Standing::absent
                             : restart          ? Standing::to_do
                                                : Standing::later;
    }

  private:
    const InputReference* find(const std::string& name) const {
        const auto found = by_name_.find(name);
        return found == by_name_.end() ? nullptr : found->second;
    }

    std::vector<InputReference> listed_;
    const EarlierRuns& earlier_;
    std::unordered_map<std::string, InputReference*> by_name_;
    std::set<std::string> ambiguous_;  ///< names that the books cannot tell apart: they are done again
};

}  // namespace

std::vector<RunInput> place_inputs(std::vector<InputReference> listed, const EarlierRuns& earlier,
                                   bool regroups, std::vector<std::string>& added,
                                   std::vector<std::string>& problems) {
    InputPlacer placer(std::move(listed), earlier);
    placer.check(problems);
    auto inputs = placer.placed(added);
    const bool restart = regroups && earlier.own && !(earlier.own->complete && added.empty());
    for (auto& input : inputs) placer.give_standing(input, restart);
    return inputs;
}

}  // namespace figurant::pipeline
