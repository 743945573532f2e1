#pragma once
// What a stage is. A stage is one class of one of the kinds below, with typed ports and one parameter struct;
// const while it runs, its run state beside it (Cursor, Fold, Part). Its last line registers it (registry.h):
//
//     class Resize : public Map {
//       public:
//         static constexpr std::string_view sentence = "Scales each tile.";
//         static constexpr In<Tile> tile{"tile", "the tile to scale"};
//         static constexpr Out<Tile> scaled{"tile", "the scaled tile"};
//         static auto ports() { return std::tuple(tile, scaled); }
//         struct Parameters { double factor = 0.5; };
//         static const ParameterList<Parameters>& parameters();
//         explicit Resize(Parameters parameters);
//         void process(const Inputs& in, Outputs& out, Context& context) const override {
//             out.emit(scaled, resize(in[tile], factor));
//         }
//     };
//     const Registered<Resize> registered("resize");

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "pipeline/payload.h"

namespace figurant::pipeline {

// ---- Ports
// -----------------------------------------------------------------------------------------------------------

/// An input port, a typed constant of its stage's class.
template <class T>
struct In {
    std::string_view name;
    std::string_view sentence;
};

/// An output port.
template <class T>
struct Out {
    std::string_view name;
    std::string_view sentence;
};

/// A port without its type, for checking and documentation.
struct PortDeclaration {
    std::string_view name;
    std::string_view sentence;
    const PayloadType* type = nullptr;  ///< null: any type (for_each_graph)
};

/// The payloads that met at a stage's input ports, in the order of its ports.
class Inputs {
  public:
    Inputs(std::span<const PortDeclaration> ports, std::span<const Payload> payloads, const Lineage& lineage)
        : ports_(ports), payloads_(payloads), lineage_(lineage) {}

    template <class T>
    const T& operator[](const In<T>& port) const {
        return *static_cast<const T*>(payload(port.name).data.get());
    }
    /// To keep the payload beyond the call, or to pass it on without a copy.
    template <class T>
    std::shared_ptr<const T> shared(const In<T>& port) const {
        return std::static_pointer_cast<const T>(payload(port.name).data);
    }
    const Payload& payload(std::string_view name) const;
    const Payload& at(std::size_t index) const { return payloads_[index]; }
    const Lineage& lineage() const { return lineage_; }

  private:
    std::span<const PortDeclaration> ports_;
    std::span<const Payload> payloads_;
    const Lineage& lineage_;
};

/// Where a body puts what it made: one payload for each output port, once.
class Outputs {
  public:
    explicit Outputs(std::span<const PortDeclaration> ports) : ports_(ports), payloads_(ports.size()) {}

    template <class T>
    void emit(const Out<T>& port, T value) {
        put(port.name, Payload::of(std::move(value)));
    }
    /// Passes a shared payload on as it is.
    template <class T>
    void emit(const Out<T>& port, std::shared_ptr<const T> value) {
        const std::size_t bytes = PayloadTraits<T>::bytes(*value);
        put(port.name, Payload{std::move(value), &payload_type<T>(), bytes});
    }
    void put(std::string_view name, Payload payload);
    /// Moves the payloads out; Error(Cause::internal) naming the port that got none.
    std::vector<Payload> take();
    bool empty() const;
    /// For whoever calls bodies: the same object again for another call, without new memory.
    void reset(std::span<const PortDeclaration> ports);
    /// Throws as `take` does when a port got nothing.
    void check_filled() const;
    Payload& at(std::size_t port) { return payloads_[port]; }

  private:
    std::span<const PortDeclaration> ports_;
    std::vector<Payload> payloads_;
};

/// Outputs of a stage that may emit any number of items at a call (regroup).
class Emitter {
  public:
    explicit Emitter(std::span<const PortDeclaration> ports) : ports_(ports) {}
    /// A new item; fill its ports.
    Outputs& item() { return items_.emplace_back(ports_); }
    std::deque<Outputs>& items() { return items_; }

  private:
    std::span<const PortDeclaration> ports_;
    std::deque<Outputs> items_;  // references to earlier items stay valid
};

// ---- The run around a body
// -------------------------------------------------------------------------------------------

/// One input of the run, as its source lists it.
struct InputReference {
    std::string name;       ///< unique in the run: a relative path
    std::string digest;     ///< changes when the input does; for --resume
    std::size_t bytes = 0;  ///< upper bound of the payloads that opening it emits
    std::size_t place = 0;  ///< in the run, from 0; stays when a run is resumed; set by the scheduler
    std::size_t index = 0;  ///< in the list that the source gave; set by the scheduler
};

/// What the run was asked for, the same for all its stages.
struct RunSettings {
    std::size_t memory =
        0;            ///< bytes: target for the process's resident memory; 0: three quarters of the machine's
    int threads = 0;  ///< computing threads, all libraries together; 0: as many as the machine has
    std::string device = "cpu";    ///< "cpu", "cuda", "cuda:1"
    std::filesystem::path output;  ///< the run's folder; empty for a graph that has none
    /// A folder for what stages keep for themselves while a run goes on: files there are there again when it
    /// is resumed, and gone when a run begins afresh or is complete. It may have to be made. Empty without
    /// `output`; set by the scheduler, and not to be looked into before the first item comes.
    std::filesystem::path state;
};

/// What a body may ask of the run, and tell it. Valid during the call. Thread-safe.
class Context {
  public:
    virtual ~Context() = default;
    virtual const Lineage& lineage() const = 0;
    /// The input that this item belongs to (behind a regroup: the first of them).
    virtual const InputReference& input() const = 0;
    virtual const RunSettings& settings() const = 0;
    /// True once the run is asked to end: long bodies return early with an Error(Cause::interrupted).
    virtual bool stopping() const = 0;
    /// Adds to a total that the closing table and the report show, e.g. count("figures", 12).
    virtual void count(std::string_view what, std::int64_t amount) = 0;
    /// The latest state in a few words, shown beside the progress ("loss 1.23").
    virtual void note(std::string text) = 0;
    /// Something the user should know that is no failure; shown once per input and text.
    virtual void warn(std::string text) = 0;
    /// Text for standard output, printed when the run ends (a metrics table). In source order, then by stage.
    virtual void print(std::string text) = 0;
    /// Calls body(0 … n-1) side by side on the run's own workers, at most `Needs::threads` at a time, and
    /// waits.
    virtual void parallel(std::size_t n, const std::function<void(std::size_t)>& body) = 0;
};

// ---- Kinds
// -----------------------------------------------------------------------------------------------------------

enum class Kind { source, map, expand, gather, regroup, sink, finish, graph, for_each_graph };
std::string_view kind_name(Kind kind);

/// What one call of a stage takes of the machine.
struct Needs {
    int threads = 1;            ///< computing threads of a call
    std::size_t workspace = 0;  ///< bytes of memory a call takes beyond payloads, times the calls in flight
    std::vector<std::string> resources;  ///< shared things by name ("hdf5"): one call at a time each
};

class Stage {
  public:
    virtual ~Stage() = default;
    /// Once, before anything runs: loads models, checks what the whole run depends on. An Error ends the run
    /// before it begins, with the exit code of its cause.
    virtual void prepare(const RunSettings&) {}
    virtual Needs needs() const { return {}; }
    /// Memory that the stage keeps for the whole run (models, caches), in bytes; known after prepare.
    virtual std::size_t resident_bytes() const { return 0; }
};

/// 0 -> the inputs of the run. Pulled: an input is opened only when there is room for it.
class Source : public Stage {
  public:
    /// All inputs in source order, names unique. Nothing found at all: Error(Cause::input).
    virtual std::vector<InputReference> inputs() const = 0;
    virtual void open(const InputReference& input, Outputs& out, Context& context) const = 0;
};

/// 1 -> 1.
class Map : public Stage {
  public:
    /// Upper bound of what `process` will emit, in bytes; credits are taken before it is called.
    virtual std::size_t output_bytes(const Inputs&) const { return 0; }
    virtual void process(const Inputs& in, Outputs& out, Context& context) const = 0;

    struct BatchItem {
        const Inputs& in;
        Outputs& out;
        Context& context;
    };
    /// More than 1: `process_batch` may be given that many items, across inputs. For speed only: the same
    /// results.
    virtual std::size_t most_in_batch() const { return 1; }
    virtual void process_batch(std::span<BatchItem> items) const {
        for (auto& item : items) process(item.in, item.out, item.context);
    }
};

/// Yields an expand's items one by one; called by one thread at a time.
class Cursor {
  public:
    virtual ~Cursor() = default;
    /// Upper bound of the next item, in bytes.
    virtual std::size_t next_bytes() const { return 0; }
    /// Fills `out` and returns true, or returns false at the end, leaving `out` empty.
    virtual bool next(Outputs& out, Context& context) = 0;
    /// The ordinal of the first item: more than 0 where those before it are not needed again, because what
    /// was made of them is there (a stage's state, RunSettings::state).
    virtual std::uint32_t first() const { return 0; }
    /// How many items there will be in all, where known; for progress.
    virtual std::optional<std::uint64_t> count() const { return std::nullopt; }
};

/// 1 -> N, opens a group. Pulled.
class Expand : public Stage {
  public:
    virtual std::unique_ptr<Cursor> open(const Inputs& in, Context& context) const = 0;
};

/// The state of one open group; called by one thread at a time.
class Fold {
  public:
    virtual ~Fold() = default;
    /// The group's next item, in lineage order (unless Gather::any_order).
    virtual void add(const Inputs& in, Context& context) = 0;
    /// Once, when the group is complete; also of an empty group.
    virtual void end(Outputs& out, Context& context) = 0;
};

/// N -> 1, closes the group of the expand that the graph names (`group = "tiles"`). Not called for a failed
/// input.
class Gather : public Stage {
  public:
    virtual std::unique_ptr<Fold> begin() const = 0;
    /// True: the result does not depend on the order of `add`, so items need not wait for earlier ones.
    virtual bool any_order() const { return false; }
    /// Upper bound of a group's result, in bytes.
    virtual std::size_t output_bytes() const { return 0; }
};

/// The state of a regroup, for the whole run; called by one thread at a time, in lineage order.
class Stream {
  public:
    virtual ~Stream() = default;
    virtual void add(const Inputs& in, Emitter& out, Context& context) = 0;
    /// After the last item of the run.
    virtual void end(Emitter& out, Context& context) = 0;
};

/// N -> M across inputs, in lineage order: examples to batches, batches to checkpoints. What it emits belongs
/// to the inputs whose items were added since it emitted last.
class Regroup : public Stage {
  public:
    virtual std::unique_ptr<Stream> begin() const = 0;
    /// Upper bound of what one call of `add` or `end` may emit, in bytes.
    virtual std::size_t output_bytes() const { return 0; }
};

/// A sink's work on one input (behind a regroup: on one item). Destroyed without commit, it undoes what it
/// did.
class Part {
  public:
    virtual ~Part() = default;
    virtual void add(const Inputs& in, Context& context) = 0;
    /// Everything to the disk, still aside. Called when the input has succeeded in all stages.
    virtual void flush() = 0;
    /// Final names; called after all sinks of the input are flushed.
    virtual void commit() = 0;
};

/// N -> 0, per input.
class Sink : public Stage {
  public:
    virtual std::unique_ptr<Part> begin(const InputReference& input) const = 0;
};

/// What a finish stage kept of one input.
struct FinishPart {
    const InputReference* input = nullptr;
    bool partial = false;  ///< an item of it was skipped
    std::vector<std::string>
        items;  ///< what `part` gave for each item, in lineage order; empty if the input failed
};

/// Once, after all inputs, over their parts in source order.
class Finish : public Stage {
  public:
    /// What to keep of an item, as bytes of the stage's own choosing; kept in the run folder.
    virtual std::string part(const Inputs& in, Context& context) const = 0;
    /// `next` gives one input's part at a time, in source order, then nothing.
    virtual void finish(const std::function<std::optional<FinishPart>()>& next, Context& context) const = 0;
};

/// What for_each_graph emits: one finished sub-run.
struct SubRun {
    std::filesystem::path output;
    int exit_code = 0;
    double seconds = 0;
    ParameterValues parameters;
};
template <>
struct PayloadTraits<SubRun> {
    static constexpr std::string_view name = "sub_run";
    static std::size_t bytes(const SubRun&) { return sizeof(SubRun) + 1024; }
};

}  // namespace figurant::pipeline
