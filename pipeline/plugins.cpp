#include "pipeline/plugins.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <exception>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>

#include "pipeline/abi.h"
#include "pipeline/abi_note.h"
#include "pipeline/registry.h"

namespace figurant::pipeline {

namespace {

namespace fs = std::filesystem;

// Far beyond what linkers write.
constexpr std::size_t most_segments = 4096;
constexpr std::uint64_t most_note_bytes = std::uint64_t{1} << 20;

[[noreturn]] void refuse(const fs::path& file, const std::string& why, std::string next_step = {}) {
    throw Error(Cause::configuration, file.string() + " " + why, std::move(next_step));
}

/// A file of ELF's shape, of which nothing is believed before it is checked.
class ElfFile {
  public:
    explicit ElfFile(const fs::path& file) : file_(file), in_(file, std::ios::binary) {
        std::error_code failed;
        const auto bytes = fs::is_regular_file(file, failed) ? fs::file_size(file, failed) : 0;
        if (failed || !in_) refuse(file, "cannot be read: there is no such library");
        bytes_ = bytes;
        if (bytes_ < sizeof header_) refuse(file, "is no shared library");
        read(0, &header_, sizeof header_);
        if (!std::equal(ELFMAG, ELFMAG + SELFMAG, header_.e_ident)) refuse(file, "is no shared library");
    }

    const ElfW(Ehdr) & header() const { return header_; }

    /// The contents of all segments of notes, with their alignments.
    std::vector<std::pair<std::string, std::uint64_t>> note_segments() {
        if (header_.e_phentsize != sizeof(ElfW(Phdr)) || header_.e_phnum > most_segments) damaged();
        std::vector<ElfW(Phdr)> segments(header_.e_phnum);
        check(header_.e_phoff, segments.size() * sizeof(ElfW(Phdr)));
        read(header_.e_phoff, segments.data(), segments.size() * sizeof(ElfW(Phdr)));
        std::vector<std::pair<std::string, std::uint64_t>> notes;
        for (const auto& segment : segments) {
            if (segment.p_type != PT_NOTE) continue;
            if (segment.p_filesz > most_note_bytes) damaged();
            check(segment.p_offset, segment.p_filesz);
            std::string bytes(segment.p_filesz, '\0');
            read(segment.p_offset, bytes.data(), bytes.size());
            notes.emplace_back(std::move(bytes), segment.p_align == 8 ? 8 : 4);
        }
        return notes;
    }

    [[noreturn]] void damaged() const { refuse(file_, "is damaged: its ELF header or notes do not add up"); }

  private:
    void check(std::uint64_t offset, std::uint64_t bytes) const {
        if (offset > bytes_ || bytes > bytes_ - offset) damaged();
    }
    void read(std::uint64_t offset, void* into, std::size_t bytes) {
        in_.seekg(static_cast<std::streamoff>(offset));
        if (!in_.read(static_cast<char*>(into), static_cast<std::streamsize>(bytes))) damaged();
    }

    fs::path file_;
    std::ifstream in_;
    std::uint64_t bytes_ = 0;
    ElfW(Ehdr) header_{};
};

/// The next `bytes` of a segment, and past its padding; nothing when it ends before.
std::optional<std::string_view> take(std::string_view& rest, std::uint64_t bytes, std::uint64_t alignment) {
    if (bytes > rest.size()) return std::nullopt;
    const auto taken = rest.substr(0, bytes);
    const std::uint64_t padded = (bytes + alignment - 1) / alignment * alignment;
    rest.remove_prefix(std::min<std::uint64_t>(padded, rest.size()));
    return taken;
}

/// The texts of our notes, by their kind.
using Notes = std::map<std::uint32_t, std::vector<std::string>>;

/// Those in one segment; false when it is damaged.
bool read_notes(std::string_view segment, std::uint64_t alignment, Notes& notes) {
    while (!segment.empty()) {
        ElfW(Nhdr) note{};
        const auto head = take(segment, sizeof note, 1);
        if (!head) return false;
        std::copy(head->begin(), head->end(), reinterpret_cast<char*>(&note));
        const auto name = take(segment, note.n_namesz, alignment);
        const auto text = name ? take(segment, note.n_descsz, alignment) : std::nullopt;
        if (!text) return false;
        if (*name == std::string_view("figurant\0", 9)) notes[note.n_type].emplace_back(*text);
    }
    return true;
}

std::vector<std::string> notes_of(ElfFile& elf, detail::AbiNoteKind kind) {
    std::vector<std::string> texts;
    for (const auto& [bytes, alignment] : elf.note_segments()) {
        Notes notes;
        // Linkers put notes that are aligned to 4 bytes behind one that is to 8, in one segment of 8.
        if (!read_notes(bytes, alignment, notes)) {
            notes.clear();
            if (alignment == 4 || !read_notes(bytes, 4, notes)) elf.damaged();
        }
        for (auto& text : notes[static_cast<std::uint32_t>(kind)]) texts.push_back(std::move(text));
    }
    return texts;
}

constexpr const char* own_file = "/proc/self/exe";

bool same_machine(const ElfW(Ehdr) & one, const ElfW(Ehdr) & other) {
    return one.e_ident[EI_CLASS] == other.e_ident[EI_CLASS] &&
           one.e_ident[EI_DATA] == other.e_ident[EI_DATA] && one.e_machine == other.e_machine;
}

/// What may go to a terminal of a text that is not trusted.
std::string shown(std::string_view text) {
    std::string clean(text.substr(0, 80));
    std::replace_if(
        clean.begin(), clean.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return clean;
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    std::istringstream in{std::string(text)};
    for (std::string line; lines.size() < 16 && std::getline(in, line);) lines.push_back(line);
    return lines;
}

/// "compiler: Clang 14.0 (here GCC 12.2)", for the lines in which a stamp differs from ours.
std::string differences(std::string_view stamp) {
    const auto theirs = lines_of(stamp), ours = lines_of(own_stamp());
    std::string text;
    for (std::size_t i = 0; i < ours.size(); ++i) {
        if (i < theirs.size() && theirs[i] == ours[i]) continue;
        text += (text.empty() ? "" : ", ") + (i < theirs.size() ? shown(theirs[i]) : "nothing") + " (here " +
                ours[i].substr(ours[i].find(": ") + 2) + ")";
    }
    return text.empty() ? "its stamp has more lines" : text;
}

/// "OpenCV" of "OpenCV: 4.6", the colon with it.
std::string_view name_of(std::string_view library) { return library.substr(0, library.find(": ") + 1); }

/// Where program and library both share types with a third, it must be the same for both.
void check_libraries(const fs::path& file) {
    const auto ours = plugin_libraries(own_file);
    for (const auto& theirs : plugin_libraries(file))
        for (const auto& own : ours)
            if (name_of(own) == name_of(theirs) && own != theirs)
                refuse(file,
                       "was built for another program: " + shown(theirs) + " (here " +
                           own.substr(name_of(own).size() + 1) + "); nothing in it was run",
                       "build it again with the libraries that this program was built with");
}

void check_stamps(const fs::path& file) {
    const auto stamps = plugin_stamps(file);
    if (stamps.empty())
        refuse(file, "carries no stamp of figurant; nothing in it was run",
               "include \"pipeline/plugin.h\" in the source files of its stages, and build it again");
    for (const auto& stamp : stamps)
        if (stamp != own_stamp())
            refuse(file, "was built for another program: " + differences(stamp) + "; nothing in it was run",
                   "build it again with this program's package and compiler");
    check_libraries(file);
}

/// What a library registers while it is being loaded.
struct Registering {
    std::vector<StageType> types;
    std::exception_ptr trouble;
};

struct Plugins {
    std::mutex mutex;                                ///< one library at a time
    std::map<fs::path, std::optional<Error>> tried;  ///< with what was wrong, if anything was
    static Plugins& all() {
        static Plugins plugins;
        return plugins;
    }
};

/// Set while this thread loads a library: initialisation runs on the thread that calls dlopen.
thread_local Registering* registering = nullptr;

/// The library's initialisation, which is where its stages register themselves.
Registering initialised(const fs::path& file, const fs::path& real) {
    Registering result;
    registering = &result;
    void* const library = dlopen(real.c_str(), RTLD_NOW | RTLD_LOCAL);
    registering = nullptr;
    // It stays loaded for the rest of the process, whatever it registered: its code may be in use.
    if (!library) refuse(file, std::string("cannot be loaded: ") + dlerror());
    return result;
}

void load_new(const fs::path& file, const fs::path& real) {
    check_stamps(file);
    auto made = initialised(file, real);
    try {
        if (made.trouble) std::rethrow_exception(made.trouble);
        if (made.types.empty()) throw Error(Cause::configuration, "it registers no stages");
        for (auto& type : made.types) {
            type.family = real.filename().string();
            type.plugin = real;
        }
        Registry::global().add_all(std::move(made.types));
    } catch (const std::exception& error) {
        refuse(file, std::string("cannot be used: ") + error.what());
    }
}

}  // namespace

std::string_view own_stamp() { return FIGURANT_ABI; }

std::vector<std::string> plugin_stamps(const fs::path& file) {
    ElfFile elf(file), program(own_file);
    if (elf.header().e_type != ET_DYN) refuse(file, "is no shared library");
    if (!same_machine(elf.header(), program.header()))
        refuse(file, "is a library for another kind of machine", "build it on this one");
    return notes_of(elf, detail::AbiNoteKind::stamp);
}

std::vector<std::string> plugin_libraries(const fs::path& file) {
    ElfFile elf(file);
    return notes_of(elf, detail::AbiNoteKind::library);
}

void load_plugin(const fs::path& given) {
    const fs::path file = given.lexically_normal();
    auto& plugins = Plugins::all();
    const std::scoped_lock lock(plugins.mutex);
    std::error_code failed;
    const fs::path real = fs::canonical(file, failed);
    if (failed) refuse(file, "cannot be read: there is no such library");
    const auto [tried, first] = plugins.tried.try_emplace(real);
    // Its initialisation runs once in a process.
    if (!first && tried->second) throw Error(*tried->second);
    if (!first) return;
    try {
        load_new(file, real);
    } catch (const Error& error) {
        tried->second = error;
        throw;
    }
}

void detail::register_stage(const std::function<StageType()>& describe) {
    if (!registering) {
        Registry::global().add(describe());
        return;
    }
    try {
        registering->types.push_back(describe());
    } catch (...) {
        if (!registering->trouble) registering->trouble = std::current_exception();
    }
}

}  // namespace figurant::pipeline
