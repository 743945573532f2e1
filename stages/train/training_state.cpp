#include "stages/train/training_state.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "base/digest.h"
#include "base/error.h"
#include "base/file_writer.h"
#include "data_formats/csv/csv.h"
#include "data_formats/weights/weights.h"

namespace figurant::stages {

using pipeline::RunSettings;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view place_name = "training_place";    // step, next example, data set
constexpr std::string_view losses_name = "training_losses";  // a row for each step, bits of float64
constexpr std::string_view saved_prefix = "saved-", saved_suffix = ".csv";

NamedArray integers(std::string_view name, std::vector<std::int64_t> shape,
                    const std::vector<std::int64_t>& numbers) {
    NamedArray array{std::string(name), ElementType::int64, std::move(shape), {}};
    array.bytes.renew(numbers.size() * sizeof(std::int64_t));
    if (!numbers.empty()) std::memcpy(array.bytes.data(), numbers.data(), array.bytes.size());
    return array;
}

/// Nothing where the file has no such array of integers.
std::optional<std::vector<std::int64_t>> integers_of(const WeightsFile& file, std::string_view name) {
    for (const auto& array : file.arrays) {
        if (array.name != name || array.type != ElementType::int64) continue;
        std::vector<std::int64_t> numbers(array.bytes.size() / sizeof(std::int64_t));
        if (!numbers.empty()) std::memcpy(numbers.data(), array.bytes.data(), array.bytes.size());
        return numbers;
    }
    return std::nullopt;
}

std::int64_t number_of(std::string_view data) { return static_cast<std::int64_t>(hash64(data)); }

fs::path state_file(const RunSettings& settings) { return settings.state / "training.h5"; }

fs::path saved_file(const RunSettings& settings, std::int64_t step) {
    return settings.state / (std::string(saved_prefix) + std::to_string(step) + std::string(saved_suffix));
}

/// Rows of step, learning rate and losses, all as 64 bits.
NamedArray losses_array(const std::vector<LossRow>& rows) {
    std::vector<std::int64_t> bits;
    for (const auto& row : rows) {
        bits.push_back(row.step);
        bits.push_back(std::bit_cast<std::int64_t>(row.learning_rate));
        for (const double loss : row.losses) bits.push_back(std::bit_cast<std::int64_t>(loss));
    }
    const auto count = static_cast<std::int64_t>(rows.size());
    return integers(losses_name, {count, count ? static_cast<std::int64_t>(bits.size()) / count : 0}, bits);
}

std::vector<LossRow> losses_of(const WeightsFile& file) {
    std::vector<LossRow> rows;
    for (const auto& array : file.arrays) {
        if (array.name != losses_name || array.shape.size() != 2 || array.shape[1] < 2) continue;
        const auto bits = *integers_of(file, losses_name);
        const auto width = static_cast<std::size_t>(array.shape[1]);
        for (std::size_t at = 0; at + width <= bits.size(); at += width) {
            LossRow row{bits[at], std::bit_cast<double>(bits[at + 1]), {}};
            for (std::size_t i = 2; i < width; ++i) row.losses.push_back(std::bit_cast<double>(bits[at + i]));
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

template <class Number>
Number number_in(const std::string& text, const fs::path& file) {
    Number number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size())
        throw Error(Cause::input, file.string() + ": is damaged: \"" + text + "\" is no number",
                    "begin the training again, without --resume");
    return number;
}

/// The step that a name of the state folder tells of, if it does.
std::optional<std::int64_t> saved_step(const std::string& name) {
    if (!name.starts_with(saved_prefix) || !name.ends_with(saved_suffix)) return std::nullopt;
    const auto digits =
        name.substr(saved_prefix.size(), name.size() - saved_prefix.size() - saved_suffix.size());
    std::int64_t step = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), step);
    return read.ec == std::errc() && read.ptr == digits.data() + digits.size() ? std::optional(step)
                                                                               : std::nullopt;
}

/// Paths inside the run's folder are kept relative to it: it may be moved.
std::string kept_path(const RunSettings& settings, const fs::path& path) {
    const auto relative = path.lexically_relative(settings.output);
    return relative.empty() || *relative.begin() == ".." ? fs::absolute(path).string() : relative.string();
}

SavedModel read_saved(const RunSettings& settings, std::int64_t step) {
    const auto file = saved_file(settings, step);
    const auto lines = data_formats::parse_csv(read_file(file), file.string());
    if (lines.size() < 2 || lines[0].size() != 2 || lines[1].size() < 2)
        throw Error(Cause::input, file.string() + ": is damaged",
                    "begin the training again, without --resume");
    SavedModel saved{step,
                     settings.output / lines[0][0],
                     settings.output / lines[0][1],
                     {lines[1].begin() + 2, lines[1].end()},
                     {}};
    for (std::size_t i = 2; i < lines.size(); ++i) {
        const auto& fields = lines[i];
        if (fields.size() != lines[1].size())
            throw Error(Cause::input, file.string() + ": is damaged in line " + std::to_string(i + 1),
                        "begin the training again, without --resume");
        LossRow row{number_in<std::int64_t>(fields[0], file), number_in<double>(fields[1], file), {}};
        for (std::size_t k = 2; k < fields.size(); ++k)
            row.losses.push_back(number_in<double>(fields[k], file));
        saved.losses.push_back(std::move(row));
    }
    for (const auto& path : {saved.model, saved.checkpoint})
        if (!fs::exists(path))
            throw Error(Cause::input, path.string() + ": is gone, so the training cannot go on from it",
                        "put it back, or begin the training again, without --resume");
    return saved;
}

std::vector<std::int64_t> saved_numbers(const RunSettings& settings) {
    std::vector<std::int64_t> steps;
    std::error_code none;
    if (settings.state.empty()) return steps;
    for (const auto& entry : fs::directory_iterator(settings.state, none))
        if (const auto step = saved_step(entry.path().filename().string())) steps.push_back(*step);
    std::sort(steps.begin(), steps.end());
    return steps;
}

/// Nothing when the file counts in other data.
std::optional<TrainingState> read_state(const fs::path& file, std::string_view data) {
    TrainingState state;
    state.checkpoint = data_formats::read_weights(file, "checkpoint");
    const auto found = place_of(state.checkpoint, data);
    if (!found.next_example) return std::nullopt;
    state.place = {found.step, *found.next_example};
    state.losses = losses_of(state.checkpoint);
    return state;
}

}  // namespace

void add_place(WeightsFile& checkpoint, const TrainingPlace& place, std::string_view data) {
    checkpoint.arrays.push_back(integers(place_name, {3}, {place.step, place.next_example, number_of(data)}));
}

FoundPlace place_of(const WeightsFile& checkpoint, std::string_view data) {
    const auto step = integers_of(checkpoint, "global_step");
    FoundPlace found{step && step->size() == 1 ? step->front() : 0, std::nullopt};
    const auto place = integers_of(checkpoint, place_name);
    const bool here = place && place->size() == 3 && (*place)[0] == found.step && (*place)[1] >= 0 &&
                      (*place)[2] == number_of(data);
    if (here) found.next_example = (*place)[1];
    return found;
}

void keep_state(const RunSettings& settings, const TrainingState& state) {
    WeightsFile file = state.checkpoint;
    if (!state.losses.empty()) file.arrays.push_back(losses_array(state.losses));
    data_formats::write_weights(state_file(settings), file);
}

void keep_saved(const RunSettings& settings, const SavedModel& saved) {
    if (settings.state.empty()) return;
    std::string text =
        data_formats::csv_heading({kept_path(settings, saved.model), kept_path(settings, saved.checkpoint)});
    std::vector<std::string> heading{"step", "learning_rate"};
    heading.insert(heading.end(), saved.loss_names.begin(), saved.loss_names.end());
    text += data_formats::csv_heading(heading);
    for (const auto& row : saved.losses) {
        std::vector<data_formats::CsvField> fields{row.step, row.learning_rate};
        fields.insert(fields.end(), row.losses.begin(), row.losses.end());
        text += data_formats::csv_line(fields);
    }
    write_file(saved_file(settings, saved.step), text);
}

bool is_saved(const RunSettings& settings, std::int64_t step) {
    std::error_code none;
    return fs::exists(saved_file(settings, step), none);
}

std::vector<SavedModel> saved_steps(const RunSettings& settings) {
    std::vector<SavedModel> all;
    for (const auto step : saved_numbers(settings)) all.push_back(read_saved(settings, step));
    return all;
}

bool forget_states(const RunSettings& settings) {
    const auto steps = saved_numbers(settings);
    std::error_code none;
    bool kept = !settings.state.empty() && fs::exists(state_file(settings), none);
    // The latest last: what is left by a kill in between is still of other data, and tells so.
    for (const auto step : steps) remove_file(saved_file(settings, step));
    if (kept) remove_file(state_file(settings));
    return kept || !steps.empty();
}

std::optional<TrainingState> latest_state(const RunSettings& settings, std::string_view data) {
    if (settings.state.empty()) return std::nullopt;
    std::optional<TrainingState> latest;
    std::error_code none;
    if (fs::exists(state_file(settings), none)) latest = read_state(state_file(settings), data);
    const auto steps = saved_numbers(settings);
    if (steps.empty() || (latest && latest->place.step >= steps.back())) return latest;
    return read_state(read_saved(settings, steps.back()).checkpoint, data);
}

}  // namespace figurant::stages
