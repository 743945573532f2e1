#pragma once
// Tables as CSV (RFC 4180): losses, scores, whatever a spreadsheet should open. See csv.md.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace figurant::data_formats {

/// A field: nothing, a number, or a text.
using CsvField = std::variant<std::monostate, std::int64_t, double, std::string>;

/// One line with its end ("\n"). Numbers in the shortest form that reads back as the same, never by the
/// locale
/// ("nan", "inf", "-inf" where not finite); texts quoted where they must be.
std::string csv_line(const std::vector<CsvField>& fields);

/// Texts to one line, for headings.
std::string csv_heading(const std::vector<std::string>& names);

/// The fields of a CSV text, line by line, all as texts. Lines end with "\n" or "\r\n"; quoted fields may
/// hold line ends. Error(Cause::input) naming `name` and the line: a quote that does not end, or text after
/// one.
std::vector<std::vector<std::string>> parse_csv(std::string_view text, const std::string& name);

}  // namespace figurant::data_formats
