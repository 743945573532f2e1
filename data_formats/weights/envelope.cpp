#include "data_formats/weights/envelope.h"

#include "base/digest.h"
#include "base/error.h"

namespace figurant::data_formats {

namespace {

constexpr std::string_view title = "figurant weights, format ";
constexpr std::string_view version = "1";

[[noreturn]] void reject(const std::string& name, const std::string& why, const std::string& next_step) {
    throw Error(Cause::model, name + ": " + why, next_step);
}

}  // namespace

void BodyHash::add(std::string_view bytes) { value_ = hash64(bytes, value_); }

std::string make_envelope(std::uint64_t body_size, std::uint64_t body_hash) {
    std::string hash(16, '0');
    for (std::size_t i = 0; i < 16; ++i) hash[i] = "0123456789abcdef"[(body_hash >> (60 - 4 * i)) & 15];
    std::string text = std::string(title) + std::string(version) + "\nbytes " + std::to_string(body_size) +
                       "\nhash " + hash + "\nAn HDF5 file begins after these " +
                       std::to_string(envelope_size) + " bytes.\n";
    text.resize(envelope_size, '\0');
    return text;
}

void check_kind_of_file(std::string_view head, const std::string& name) {
    const std::string convert = "convert TensorFlow's files first: figurant run convert_model";
    const std::string other = "give a model or checkpoint of this program; " + convert;
    if (head.empty()) reject(name, "is empty", "copy the file again");
    if (head.starts_with("PK\x03\x04")) reject(name, "is a zip archive, as PyTorch writes them", other);
    if (head.starts_with("\x89HDF\r\n"))
        reject(name, "is an HDF5 file that was not written as a model or checkpoint by this program", other);
    if (!head.starts_with(title.substr(0, head.size())) || head.size() < title.size() + 2)
        reject(name, "is no weights file of this program", other);
    const std::string_view found = head.substr(title.size(), head.find('\n') - title.size());
    if (found != version)
        reject(name,
               "has format " + std::string(found.substr(0, 20)) + " of weights files; this program knows " +
                   std::string(version),
               "use a newer version of this program, or write the file again");
}

void check_envelope(std::string_view envelope, std::uint64_t body_size, std::uint64_t body_hash,
                    const std::string& name) {
    check_kind_of_file(envelope, name);
    const std::string copy = "copy the file again, or take another";
    const auto line = envelope.find("\nbytes ");
    std::uint64_t promised = 0;
    if (line != std::string_view::npos)
        for (std::size_t i = line + 7; i < envelope.size() && envelope[i] >= '0' && envelope[i] <= '9'; ++i)
            promised = promised * 10 + static_cast<std::uint64_t>(envelope[i] - '0');
    if (promised > body_size)
        reject(name,
               "is cut short: " + std::to_string(body_size) + " of " + std::to_string(promised) + " bytes",
               copy);
    if (envelope != make_envelope(body_size, body_hash))
        reject(name, "is damaged: its checksum does not fit its bytes", copy);
}

}  // namespace figurant::data_formats
