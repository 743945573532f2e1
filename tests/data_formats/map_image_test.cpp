#include "data_formats/map_image/map_image.h"

#include <doctest/doctest.h>
#include <gdal_priv.h>
#include <ogr_spatialref.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <thread>

#include "base/digest.h"
#include "base/error.h"
#include "base/file_writer.h"
#include "data_formats/gdal/area_average.h"
#include "tests/data_formats/scratch_folder.h"

using namespace figurant;
using data_formats::open_map;

namespace {

/// Smooth colours with some structure, RGB: survives lossy formats.
cv::Mat picture(int width, int height) {
    cv::Mat rgb(height, width, CV_8UC3);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            rgb.at<cv::Vec3b>(y, x) =
                cv::Vec3b(static_cast<uchar>(x * 255 / width), static_cast<uchar>(y * 255 / height),
                          static_cast<uchar>(128 + 100 * std::sin(x * 0.05) * std::cos(y * 0.03)));
    return rgb;
}

void write_with_opencv(const std::filesystem::path& path, const cv::Mat& rgb, std::vector<int> options = {}) {
    cv::Mat bgr;
    cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
    REQUIRE(cv::imwrite(path.string(), bgr, options));
}

/// `bands`: 8 or 16 bit, interleaved. Creation options as GDAL's.
void write_with_gdal(const std::filesystem::path& path, const cv::Mat& bands, const char* driver_name,
                     std::vector<const char*> options = {}, std::vector<int> overviews = {}) {
    GDALAllRegister();
    options.push_back(nullptr);
    const GDALDataType type = bands.depth() == CV_8U    ? GDT_Byte
                              : bands.depth() == CV_16U ? GDT_UInt16
                                                        : GDT_Float32;
    GDALDriver* memory = GetGDALDriverManager()->GetDriverByName("MEM");
    GDALDriver* driver = GetGDALDriverManager()->GetDriverByName(driver_name);
    GDALDatasetUniquePtr in(memory->Create("", bands.cols, bands.rows, bands.channels(), type, nullptr));
    REQUIRE(in->RasterIO(GF_Write, 0, 0, bands.cols, bands.rows, bands.data, bands.cols, bands.rows, type,
                         bands.channels(), nullptr, static_cast<GSpacing>(bands.elemSize()),
                         static_cast<GSpacing>(bands.step[0]), static_cast<GSpacing>(bands.elemSize1()),
                         nullptr) == CE_None);
    GDALDatasetUniquePtr out(driver->CreateCopy(path.c_str(), in.get(), FALSE,
                                                const_cast<char**>(options.data()), nullptr, nullptr));
    REQUIRE(out);
    if (overviews.empty()) return;
    CPLSetThreadLocalConfigOption("GDAL_NUM_THREADS", "1");
    REQUIRE(out->BuildOverviews("AVERAGE", static_cast<int>(overviews.size()), overviews.data(), 0, nullptr,
                                nullptr, nullptr) == CE_None);
}

double mean_difference(const cv::Mat& a, const cv::Mat& b) {
    REQUIRE(a.size() == b.size());
    return cv::norm(a, b, cv::NORM_L1) / static_cast<double>(a.total() * 3);
}

bool same(const cv::Mat& a, const cv::Mat& b) {
    return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

/// The message of the error that `body` ends with.
template <class Body>
std::string rejection(Body body) {
    try {
        body();
    } catch (const Error& error) {
        CHECK((error.cause() == Cause::input || error.cause() == Cause::limit));
        CHECK(!error.next_step().empty());
        return error.what();
    }
    return "";
}

constexpr data_formats::MapOptions by_windows{0};

}  // namespace

TEST_CASE("a map of every kind gives its pixels, whole and by windows") {
    const ScratchFolder folder;
    const cv::Mat rgb = picture(700, 500);
    write_with_opencv(folder / "a.png", rgb);
    write_with_opencv(folder / "a.jpg", rgb, {cv::IMWRITE_JPEG_QUALITY, 95});
    write_with_opencv(folder / "progressive.jpg", rgb,
                      {cv::IMWRITE_JPEG_QUALITY, 95, cv::IMWRITE_JPEG_PROGRESSIVE, 1});
    write_with_opencv(folder / "a.webp", rgb, {cv::IMWRITE_WEBP_QUALITY, 95});
    write_with_gdal(folder / "stripes.tif", rgb, "GTiff");
    write_with_gdal(folder / "tiles.tif", rgb, "GTiff",
                    {"TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=64", "COMPRESS=DEFLATE"});
    write_with_gdal(folder / "big.tif", rgb, "GTiff", {"BIGTIFF=YES", "COMPRESS=LZW"});
    write_with_gdal(folder / "cog.tif", rgb, "COG", {"BLOCKSIZE=128"});
    write_with_gdal(folder / "inside.tif", rgb, "GTiff",
                    {"COMPRESS=JPEG", "PHOTOMETRIC=YCBCR", "JPEG_QUALITY=95", "TILED=YES"});
    write_with_gdal(folder / "a.jp2", rgb, "JP2OpenJPEG", {"QUALITY=50"});
    for (const char* name : {"a.png", "a.jpg", "progressive.jpg", "a.webp", "stripes.tif", "tiles.tif",
                             "big.tif", "cog.tif", "inside.tif", "a.jp2"}) {
        CAPTURE(name);
        const auto whole = open_map(folder / name, name), windows = open_map(folder / name, name, by_windows);
        CHECK(whole->info().name == name);
        CHECK(whole->info().width == 700);
        CHECK(whole->info().height == 500);
        const cv::Rect all(0, 0, 700, 500), part(130, 70, 300, 250);
        const cv::Mat pixels = whole->read(all);
        const bool exact = std::string(name) == "a.png" ||
                           (std::string(name).ends_with("tif") && std::string(name) != "inside.tif");
        CHECK(mean_difference(pixels, rgb) <= (exact ? 0 : 3));
        CHECK(same(windows->read(all), pixels));
        CHECK(same(windows->read(part), pixels(part)));
        CHECK(same(whole->read(part), pixels(part)));
        CHECK(!whole->read(part).isSubmatrix());
        CHECK(same(windows->read(part, {200, 180}), whole->read(part, {200, 180})));
        CHECK(whole->warnings().empty());
        CHECK(whole->bytes() >= 700 * 500 * 3);
        CHECK(windows->bytes() < 100'000);
    }
}

TEST_CASE("greys, palettes, transparency, sixteen bits and real numbers become RGB of eight bits") {
    const ScratchFolder folder;
    const cv::Rect one(0, 0, 1, 1);
    const auto first = [&](const char* name) {
        return open_map(folder / name, name)->read(one).at<cv::Vec3b>(0, 0);
    };
    const auto fill = [](int type, cv::Scalar color) { return cv::Mat(20, 20, type, color); };
    write_with_gdal(folder / "grey.png", fill(CV_8UC1, {77}), "PNG");
    CHECK(first("grey.png") == cv::Vec3b(77, 77, 77));
    write_with_gdal(folder / "grey_alpha.png", fill(CV_8UC2, {0, 51}), "PNG");
    CHECK(first("grey_alpha.png") == cv::Vec3b(204, 204, 204));
    write_with_gdal(folder / "rgba.png", fill(CV_8UC4, {255, 0, 100, 0}), "PNG");
    CHECK(first("rgba.png") == cv::Vec3b(255, 255, 255));
    write_with_gdal(folder / "rgba.tif", fill(CV_8UC4, {255, 0, 100, 255}), "GTiff",
                    {"PHOTOMETRIC=RGB", "ALPHA=YES"});
    CHECK(first("rgba.tif") == cv::Vec3b(255, 0, 100));
    write_with_gdal(folder / "deep.png", fill(CV_16UC3, {65535, 257 * 100, 0}), "PNG");
    CHECK(first("deep.png") == cv::Vec3b(255, 100, 0));
    write_with_gdal(folder / "twelve.tif", fill(CV_16UC1, {4095}), "GTiff", {"NBITS=12"});
    CHECK(first("twelve.tif") == cv::Vec3b(255, 255, 255));
    std::vector<uchar> five;
    for (int i = 0; i < 20 * 20 * 5; ++i) five.push_back(static_cast<uchar>(1 + i % 5));
    write_with_gdal(folder / "five.tif", cv::Mat(20, 20, CV_8UC(5), five.data()), "GTiff",
                    {"PHOTOMETRIC=RGB", "ALPHA=NO"});
    CHECK(first("five.tif") == cv::Vec3b(1, 2, 3));
    CHECK(open_map(folder / "five.tif", "five.tif")->warnings().size() == 1);
    cv::Mat real(20, 20, CV_32FC1, cv::Scalar(-5));
    real.at<float>(0, 0) = 5;
    write_with_gdal(folder / "real.tif", real, "GTiff");
    CHECK(first("real.tif") == cv::Vec3b(255, 255, 255));
    CHECK(open_map(folder / "real.tif", "real.tif")->warnings().size() == 1);
}

TEST_CASE("a palette's colours and their transparency are followed") {
    const ScratchFolder folder;
    GDALAllRegister();
    GDALDriver* tiff = GetGDALDriverManager()->GetDriverByName("GTiff");
    {
        GDALDatasetUniquePtr out(tiff->Create((folder / "p.tif").c_str(), 4, 4, 1, GDT_Byte, nullptr));
        GDALColorTable table;
        const GDALColorEntry red{200, 10, 20, 255};
        table.SetColorEntry(0, &red);
        out->GetRasterBand(1)->SetColorTable(&table);
        out->GetRasterBand(1)->Fill(0);
    }
    CHECK(open_map(folder / "p.tif", "p")->read(cv::Rect(0, 0, 4, 4)).at<cv::Vec3b>(3, 3) ==
          cv::Vec3b(200, 10, 20));
}

TEST_CASE("who draws on the pixels that were read does not draw on the map") {
    const ScratchFolder folder;
    write_with_opencv(folder / "a.png", picture(50, 30));
    for (const auto& options : {data_formats::MapOptions{}, by_windows}) {
        const auto map = open_map(folder / "a.png", "m", options);
        for (const cv::Rect window : {cv::Rect(0, 0, 50, 30), cv::Rect(0, 0, 50, 10), cv::Rect(5, 5, 10, 10)})
            map->read(window).setTo(cv::Scalar(1, 2, 3));
        CHECK(same(map->read(cv::Rect(0, 0, 50, 30)), picture(50, 30)));
    }
}

TEST_CASE("printers' inks become colours") {
    const ScratchFolder folder;
    GDALAllRegister();
    GDALDriver* memory = GetGDALDriverManager()->GetDriverByName("MEM");
    GDALDatasetUniquePtr in(memory->Create("", 32, 32, 4, GDT_Byte, nullptr));
    const GDALColorInterp inks[] = {GCI_CyanBand, GCI_MagentaBand, GCI_YellowBand, GCI_BlackBand};
    const double amounts[] = {0, 127.5, 255, 51};
    for (int i = 0; i < 4; ++i) {
        in->GetRasterBand(i + 1)->SetColorInterpretation(inks[i]);
        in->GetRasterBand(i + 1)->Fill(amounts[i]);
    }
    GDALDriver* tiff = GetGDALDriverManager()->GetDriverByName("GTiff");
    char photometric[] = "PHOTOMETRIC=CMYK";
    char* options[] = {photometric, nullptr};
    GDALDatasetUniquePtr(
        tiff->CreateCopy((folder / "ink.tif").c_str(), in.get(), FALSE, options, nullptr, nullptr));
    const cv::Vec3b color = open_map(folder / "ink.tif", "m")->read({0, 0, 32, 32}).at<cv::Vec3b>(5, 5);
    CHECK(color[0] == 204);
    CHECK(std::abs(color[1] - 102) <= 1);
    CHECK(color[2] == 0);
}

TEST_CASE("where a map lies on the earth is read, if it says so") {
    const ScratchFolder folder;
    GDALAllRegister();
    GDALDriver* tiff = GetGDALDriverManager()->GetDriverByName("GTiff");
    double expected[6] = {600'000, 2.5, 0, 200'000, 0, -2.5};
    {
        GDALDatasetUniquePtr out(tiff->Create((folder / "geo.tif").c_str(), 8, 8, 3, GDT_Byte, nullptr));
        out->SetGeoTransform(expected);
        OGRSpatialReference reference;
        reference.importFromEPSG(21781);
        out->SetSpatialRef(&reference);
    }
    const auto transform = data_formats::read_geo_transform(folder / "geo.tif");
    REQUIRE(transform);
    for (std::size_t i = 0; i < 6; ++i) CHECK(transform->t[i] == expected[i]);
    CHECK(transform->wkt.find("21781") != std::string::npos);
    write_with_opencv(folder / "plain.png", picture(8, 8));
    CHECK(!data_formats::read_geo_transform(folder / "plain.png"));
    CHECK_THROWS_AS(data_formats::read_geo_transform(folder / "gone.tif"), Error);
}

TEST_CASE("shrinking averages areas, whichever way the pixels are read") {
    const ScratchFolder folder;
    const cv::Mat rgb = picture(1100, 700);
    write_with_gdal(folder / "plain.tif", rgb, "GTiff", {"TILED=YES", "COMPRESS=DEFLATE"});
    write_with_gdal(folder / "pyramid.tif", rgb, "GTiff", {"TILED=YES", "COMPRESS=DEFLATE"}, {2, 4, 8});
    for (const cv::Size size : {cv::Size(300, 200), cv::Size(64, 64), cv::Size(1, 1), cv::Size(1000, 50)}) {
        const cv::Rect window(37, 11, 1001, 603);
        const cv::Mat whole = open_map(folder / "plain.tif", "m")->read(window, size);
        CHECK(same(open_map(folder / "plain.tif", "m", by_windows)->read(window, size), whole) == true);
        CHECK(mean_difference(open_map(folder / "pyramid.tif", "m", by_windows)->read(window, size), whole) <
              1.5);
        cv::Mat expected;
        if (size.width < 500) {
            cv::resize(rgb(window), expected, size, 0, 0, cv::INTER_AREA);
            CHECK(cv::norm(whole, expected, cv::NORM_INF) <= 1);
        }
    }
}

TEST_CASE("area averages agree with a slow average, however the source is cut") {
    const std::uint64_t seed = 7;
    MESSAGE("seed ", seed);
    for (std::uint64_t round = 0; round < 30; ++round) {
        auto pick = [&, n = std::uint64_t{0}](int least, int most) mutable {
            return least + static_cast<int>(mix(seed * 100 + round, n++) %
                                            static_cast<std::uint64_t>(most - least + 1));
        };
        const cv::Size source(pick(1, 60), pick(1, 60)),
            target(pick(1, source.width), pick(1, source.height));
        cv::Mat pixels(source, CV_8UC3);
        for (int i = 0; i < static_cast<int>(pixels.total()) * 3; ++i)
            pixels.data[i] = static_cast<uchar>(mix(seed, static_cast<unsigned>(i)));
        data_formats::AreaAverage average(cv::Rect2d(0, 0, source.width, source.height), target);
        const int cut_x = pick(0, source.width), cut_y = pick(0, source.height);
        for (const cv::Rect& part :
             {cv::Rect(0, 0, cut_x, cut_y), cv::Rect(cut_x, 0, source.width - cut_x, cut_y),
              cv::Rect(0, cut_y, cut_x, source.height - cut_y),
              cv::Rect(cut_x, cut_y, source.width - cut_x, source.height - cut_y)})
            if (!part.empty()) average.add(pixels(part), part.tl());
        const cv::Mat result = average.result();
        const double sx = static_cast<double>(source.width) / target.width,
                     sy = static_cast<double>(source.height) / target.height;
        for (int y = 0; y < target.height; ++y)
            for (int x = 0; x < target.width; ++x) {
                double sum = 0;
                for (int v = 0; v < source.height; ++v)
                    for (int u = 0; u < source.width; ++u) {
                        const double w =
                            std::max(0.0, std::min((x + 1) * sx, u + 1.0) - std::max(x * sx, u + 0.0));
                        const double h =
                            std::max(0.0, std::min((y + 1) * sy, v + 1.0) - std::max(y * sy, v + 0.0));
                        sum += w * h / (sx * sy) * pixels.at<cv::Vec3b>(v, u)[0];
                    }
                CHECK(std::abs(result.at<cv::Vec3b>(y, x)[0] - sum) <= 0.51);
            }
    }
}

TEST_CASE("several threads read the same pixels that one reads") {
    const ScratchFolder folder;
    const cv::Mat rgb = picture(800, 700);
    write_with_gdal(folder / "t.tif", rgb, "GTiff", {"TILED=YES", "COMPRESS=DEFLATE"}, {2, 4});
    write_with_opencv(folder / "t.jpg", rgb);
    write_with_opencv(folder / "t.png", rgb);
    for (const char* name : {"t.tif", "t.jpg", "t.png"})
        for (const auto& options : {data_formats::MapOptions{}, by_windows}) {
            const auto alone = open_map(folder / name, name, options),
                       shared = open_map(folder / name, name, options);
            std::vector<cv::Mat> expected(12), found(12);
            const auto window = [](int i) { return cv::Rect(i * 20, i * 15, 512, 512); };
            const auto size = [](int i) {
                return i % 3 == 0 ? cv::Size(100, 100) : i % 3 == 1 ? cv::Size(512, 512) : cv::Size(300, 280);
            };
            for (int i = 0; i < 12; ++i)
                expected[static_cast<std::size_t>(i)] = alone->read(window(i), size(i));
            std::vector<std::thread> threads;
            for (int t = 0; t < 4; ++t)
                threads.emplace_back([&, t] {
                    for (int i = 11 - t; i >= 0; i -= 4)
                        found[static_cast<std::size_t>(i)] = shared->read(window(i), size(i));
                });
            for (auto& each : threads) each.join();
            for (std::size_t i = 0; i < 12; ++i) CHECK(same(found[i], expected[i]));
        }
}

TEST_CASE("a file that is no good map is refused with its name and what to do") {
    const ScratchFolder folder;
    const cv::Mat rgb = picture(60, 40);
    write_with_opencv(folder / "a.png", rgb);
    const auto refused = [&](const std::filesystem::path& path) {
        return rejection([&] { open_map(path, "m"); });
    };
    CHECK(refused(folder / "gone.jpg").find("gone.jpg: does not exist") != std::string::npos);
    CHECK(refused(folder.path()).find("is not a file") != std::string::npos);
    CHECK(refused(folder.put("empty.jpg", "")).find("empty.jpg: is empty") != std::string::npos);
    CHECK(refused(folder.put("text.jpg", "Dear map,\nhow are you?\n"))
              .find("text.jpg: is no image of a kind") != std::string::npos);
    std::filesystem::copy(folder / "a.png", folder / "b.jpg");
    CHECK(refused(folder / "b.jpg").find("is named as a JPEG file, but holds a PNG image") !=
          std::string::npos);
    CHECK(refused(folder.put("vrt.tif", "<VRTDataset rasterXSize=\"5\" rasterYSize=\"5\"/>")) != "");
    std::string claims = read_file(folder / "a.png");
    for (const int at : {16, 20}) claims.replace(static_cast<std::size_t>(at), 4, "\x7f\xff\xff\xf0");
    const auto huge = folder.put("huge.png", claims);
    CHECK(rejection([&] { open_map(huge, "m")->read({0, 0, 100, 100}); }) != "");
}

TEST_CASE("what a decoder would have to hold at once is bounded") {
    const ScratchFolder folder;
    write_with_opencv(folder / "p.jpg", picture(60, 40), {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
    std::string bytes = read_file(folder / "p.jpg");
    const auto frame = bytes.find("\xFF\xC2");
    REQUIRE(frame != std::string::npos);
    bytes.replace(frame + 5, 4, "\xFF\x00\xFF\x00", 4);
    const std::string message = rejection([&] { open_map(folder.put("large.jpg", bytes), "m"); });
    CHECK(message.find("MB must be held at once") != std::string::npos);
}

TEST_CASE("a map cut short is an error that names file and window, not grey pixels") {
    const ScratchFolder folder;
    cv::Mat rgb = picture(300, 200);
    write_with_opencv(folder / "a.png", rgb);
    write_with_opencv(folder / "a.jpg", rgb);
    write_with_opencv(folder / "p.jpg", rgb, {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
    write_with_opencv(folder / "a.webp", rgb);
    write_with_gdal(folder / "a.tif", rgb, "GTiff", {"COMPRESS=DEFLATE"});
    write_with_gdal(folder / "j.tif", rgb, "GTiff", {"COMPRESS=JPEG", "PHOTOMETRIC=YCBCR"});
    write_with_gdal(folder / "a.jp2", rgb, "JP2OpenJPEG");
    for (const char* name : {"a.png", "a.jpg", "p.jpg", "a.webp", "a.tif", "j.tif", "a.jp2"}) {
        const std::string good = read_file(folder / name);
        for (const double part : {0.02, 0.3, 0.6, 0.9, 0.97})
            for (const auto& options : {data_formats::MapOptions{}, by_windows}) {
                CAPTURE(name);
                CAPTURE(part);
                const auto cut = folder.put(
                    std::string("cut_") + name,
                    good.substr(0, static_cast<std::size_t>(static_cast<double>(good.size()) * part)));
                figures::MapHandle map;
                const std::string message = rejection([&] {
                    map = open_map(cut, name, options);
                    map->read({0, 0, 300, 200});
                });
                CHECK(message.find(cut.string()) != std::string::npos);
                if (map) {
                    CHECK(message.find("300 x 200 pixels at (0, 0)") != std::string::npos);
                    CHECK(rejection([&] { map->read({0, 0, 300, 200}); }) != "");
                }
            }
    }
}

TEST_CASE("no damage of a byte ends otherwise than in pixels or a typed error") {
    const ScratchFolder folder;
    cv::Mat rgb = picture(24, 16);
    write_with_opencv(folder / "a.png", rgb);
    write_with_opencv(folder / "a.jpg", rgb);
    write_with_opencv(folder / "a.webp", rgb);
    write_with_gdal(folder / "a.tif", rgb, "GTiff", {"COMPRESS=LZW"});
    write_with_gdal(folder / "a.jp2", rgb, "JP2OpenJPEG");
    for (const char* name : {"a.png", "a.jpg", "a.webp", "a.tif", "a.jp2"}) {
        const std::string good = read_file(folder / name);
        const auto attempt = [&](const std::string& bytes) {
            const auto file = folder.put(std::string("damaged_") + name, bytes);
            try {
                const auto map = open_map(file, name);
                const int width = static_cast<int>(map->info().width),
                          height = static_cast<int>(map->info().height);
                if (width < 2000 && height < 2000) map->read({0, 0, width, height});
            } catch (const Error& error) {
                CHECK((error.cause() == Cause::input || error.cause() == Cause::limit));
            }
        };
        const std::size_t step = std::max<std::size_t>(1, good.size() / 50);
        for (std::size_t i = 0; i < good.size(); i += step) attempt(good.substr(0, i));
        for (std::size_t i = 0; i < good.size(); i += step)
            for (const int bit : {1, 7}) {
                std::string bad = good;
                bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
                attempt(bad);
            }
    }
}
