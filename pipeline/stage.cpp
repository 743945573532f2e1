#include "pipeline/stage.h"

#include <algorithm>

namespace figurant::pipeline {

namespace {

/// Both are mostly the very constant of the stage's class.
bool same_name(std::string_view a, std::string_view b) {
    return (a.data() == b.data() && a.size() == b.size()) || a == b;
}

}  // namespace

const Payload& Inputs::payload(std::string_view name) const {
    for (std::size_t i = 0; i < ports_.size(); ++i)
        if (same_name(ports_[i].name, name)) return payloads_[i];
    throw Error(Cause::internal, "no input port is named \"" + std::string(name) + "\"");
}

void Outputs::put(std::string_view name, Payload payload) {
    for (std::size_t i = 0; i < ports_.size(); ++i) {
        if (!same_name(ports_[i].name, name)) continue;
        if (payloads_[i])
            throw Error(Cause::internal, "output port \"" + std::string(name) + "\" was filled twice");
        payloads_[i] = std::move(payload);
        return;
    }
    throw Error(Cause::internal, "no output port is named \"" + std::string(name) + "\"");
}

std::vector<Payload> Outputs::take() {
    check_filled();
    auto taken = std::move(payloads_);
    payloads_.assign(ports_.size(), {});
    return taken;
}

void Outputs::check_filled() const {
    for (std::size_t i = 0; i < ports_.size(); ++i)
        if (!payloads_[i])
            throw Error(Cause::internal,
                        "nothing was put into output port \"" + std::string(ports_[i].name) + "\"");
}

bool Outputs::empty() const {
    return std::none_of(payloads_.begin(), payloads_.end(),
                        [](const Payload& payload) { return bool(payload); });
}

void Outputs::reset(std::span<const PortDeclaration> ports) {
    ports_ = ports;
    if (payloads_.size() != ports.size()) payloads_.resize(ports.size());
    for (auto& payload : payloads_)
        if (payload) payload = {};
}

}  // namespace figurant::pipeline
