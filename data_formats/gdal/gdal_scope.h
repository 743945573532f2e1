#pragma once
// GDAL, spoken to politely: only the drivers that are wanted, messages caught per thread, settings per
// thread.

#include <string>
#include <utility>
#include <vector>

namespace figurant::data_formats {

/// The drivers that may open a map, for GDALOpenEx; registers them at the first call.
const char* const* map_drivers();

/// While it lives, GDAL's messages on this thread are kept here instead of printed, and its settings on this
/// thread are ours: no worker threads, no files written beside the map. Scopes may be nested.
class GdalScope {
  public:
    GdalScope();
    ~GdalScope();
    GdalScope(const GdalScope&) = delete;
    GdalScope& operator=(const GdalScope&) = delete;

    /// The first message that means damaged or unreadable data; empty: none so far.
    const std::string& damage() const { return damage_; }
    const std::vector<std::string>& warnings() const { return warnings_; }
    /// Called by the handler.
    void receive(bool failure, std::string message);

  private:
    std::string damage_;
    std::vector<std::string> warnings_;
    std::vector<std::pair<const char*, std::string>>
        former_;  ///< settings to put back; "" where there was none
};

}  // namespace figurant::data_formats
