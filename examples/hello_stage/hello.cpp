// hello: greets people by name; a stage in a library of its own (docs/guides/a_stage_of_your_own.md).
#include "base/digest.h"
#include "pipeline/plugin.h"

namespace figurant::hello {
using namespace pipeline;

struct Hello : Source {
    static constexpr std::string_view sentence = "Greets each guest by name.";
    static constexpr Out<std::string> greeting{"greeting", "what to say to the guest"};
    static auto ports() { return std::tuple(greeting); }

    struct Parameters {
        std::vector<std::string> names;
        std::string word = "Hello";
    };
    static auto parameters() {
        return ParameterList<Parameters>{}
            .add("names", &Parameters::names, "who is greeted", required)
            .add("word", &Parameters::word, "how", choices({"Hello", "Salve", "Moin"}));
    }
    explicit Hello(Parameters parameters) : given(std::move(parameters)) {}

    std::vector<InputReference> inputs() const override {
        std::vector<InputReference> guests;
        for (const auto& name : given.names)
            guests.push_back({"guest " + name, hex_digest(name), 100 + 2 * name.size()});
        return guests;
    }
    void open(const InputReference& guest, Outputs& out, Context& context) const override {
        const std::string& name = given.names[guest.place];
        if (name.empty()) throw Error(Cause::input, "a guest without a name", "leave it out, or ask");
        context.print(given.word + ", " + name + "!\n");
        out.emit(greeting, given.word + ", " + name + "!");
    }

    const Parameters given;
};
const Registered<Hello> registered("hello");
}  // namespace figurant::hello
