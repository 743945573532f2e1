#include "data_formats/gdal/gdal_scope.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <gdal.h>
#include <gdal_frmts.h>

#include <array>
#include <mutex>
#include <string_view>

namespace figurant::data_formats {

namespace {

constexpr std::array<std::pair<const char*, const char*>, 5> settings = {{
    {"GDAL_PAM_ENABLED", "NO"},                     // never a .aux.xml beside a map
    {"GDAL_NUM_THREADS", "1"},                      // threads are the scheduler's to give
    {"GDAL_DISABLE_READDIR_ON_OPEN", "TRUE"},       // a folder of 100,000 maps is not listed for each of them
    {"GDAL_ALLOW_LARGE_LIBJPEG_MEM_ALLOC", "YES"},  // progressive JPEG; open_map bounds it
    {"GTIFF_REPORT_COMPD_CS", "NO"},
}};

/// libjpeg goes on after damage and only warns, filling the rest with grey; what it says then.
bool means_damage(std::string_view message) {
    // Padding before the end marker: many cameras write it, and every pixel is there.
    if (message.find("extraneous bytes before marker 0xd9") != std::string_view::npos) return false;
    for (const std::string_view sign :
         {"Premature end of", "Corrupt JPEG data", "Inconsistent progression sequence",
          "Invalid SOS parameters", "Invalid progressive parameters", "Huffman table", "truncated",
          "Truncated", "CRC error"})
        if (message.find(sign) != std::string_view::npos) return true;
    return false;
}

void CPL_STDCALL handle(CPLErr kind, CPLErrorNum, const char* message) {
    auto* scope = static_cast<GdalScope*>(CPLGetErrorHandlerUserData());
    if (kind == CE_Debug || kind == CE_None) return;
    scope->receive(kind == CE_Failure || kind == CE_Fatal, message);
}

}  // namespace

const char* const* map_drivers() {
    static constexpr std::array<const char*, 6> names = {"JPEG",        "PNG",  "GTiff",
                                                         "JP2OpenJPEG", "WEBP", nullptr};
    static std::once_flag registered;
    std::call_once(registered, [] {
        GDALRegister_GTiff();
        GDALRegister_JPEG();
        GDALRegister_PNG();
        GDALRegister_WEBP();
        GDALRegister_JP2OpenJPEG();
    });
    return names.data();
}

GdalScope::GdalScope() {
    for (const auto& [key, value] : settings) {
        const char* before = CPLGetThreadLocalConfigOption(key, nullptr);
        former_.emplace_back(key, before ? before : "");
        CPLSetThreadLocalConfigOption(key, value);
    }
    CPLPushErrorHandlerEx(handle, this);
}

GdalScope::~GdalScope() {
    CPLPopErrorHandler();
    for (const auto& [key, value] : former_)
        CPLSetThreadLocalConfigOption(key, value.empty() ? nullptr : value.c_str());
}

void GdalScope::receive(bool failure, std::string message) {
    // GDAL's advice to users of its own settings.
    message = message.substr(0, message.find(" (this warning can be turned"));
    if (failure || means_damage(message)) {
        if (damage_.empty()) damage_ = std::move(message);
    } else {
        warnings_.push_back(std::move(message));
    }
}

}  // namespace figurant::data_formats
