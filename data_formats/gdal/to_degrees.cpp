#include <ogr_spatialref.h>

#include <memory>

#include "base/error.h"
#include "data_formats/gdal/gdal_functions.h"
#include "data_formats/gdal/gdal_scope.h"

namespace figurant::data_formats {

namespace {

[[noreturn]] void fail(const std::string& map, const std::string& why) {
    throw Error(Cause::input,
                map + ": its reference system cannot be turned into longitude and latitude: " + why,
                "correct the map's reference system, or write pixel coordinates");
}

}  // namespace

gdal::ToDegrees gdal::to_degrees(const std::string& wkt, const std::string& map) {
    GdalScope scope;
    OGRSpatialReference from, to;
    from.importFromWkt(wkt.c_str());
    to.importFromEPSG(4326);
    from.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    to.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    const std::shared_ptr<OGRCoordinateTransformation> change(OGRCreateCoordinateTransformation(&from, &to));
    if (!change) fail(map, scope.damage());
    return [change, map](const cv::Point2d& point) {
        GdalScope here;
        double east = point.x, north = point.y;
        if (!change->Transform(1, &east, &north)) fail(map, here.damage());
        return cv::Point2d(east, north);
    };
}

}  // namespace figurant::data_formats
