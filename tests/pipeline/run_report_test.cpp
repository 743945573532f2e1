// The report as people and programs read it.
#include <doctest/doctest.h>

#include "pipeline/run.h"

using namespace figurant;
using namespace figurant::pipeline;

namespace {

RunReport example() {
    RunReport report;
    report.inputs = 12;
    report.done = 10;
    report.partial = 1;
    report.failed = 1;
    report.not_started = 1;
    report.seconds = 75.25;
    report.threads = 2;
    report.memory_budget = std::size_t{8} << 30;
    report.credits = std::size_t{6} << 30;
    report.peak_credits = std::size_t{300} << 20;
    report.peak_resident = std::size_t{700} << 20;
    report.counts = {{"figures", 345}, {"tiles", 1200}};
    report.stages = {{"maps", "read_maps", 12, 0, 12, 0, 0, 0.5, 0, 0, 0},
                     {"figures.detect", "detect", 1200, 1200, 1200, 0, 0, 140.0, 0, 3.5, 0}};
    report.failures = {{"a \"map\".jpg", "maps", Cause::input, "is cut short\nat byte 7", "send it again"}};
    report.printed = {"AP 0.5"};
    report.exit_code = 3;
    return report;
}

}  // namespace

TEST_CASE("the closing table says what was done and where the time went") {
    CHECK(report_table(example()) ==
          "10 of 12 inputs done, 1 of them in part, 1 failed, 1 not done yet in 1 min 15 s\n"
          "345 figures, 1200 tiles\n"
          "\n"
          "  stage           calls  items        busy   share  room wait  worker wait\n"
          "  maps               12     12      0.50 s   0.4 %          -            -\n"
          "  figures.detect   1200   1200  2 min 20 s  99.6 %          -       3.50 s\n"
          "\n"
          "2 threads; payloads took at most 300 MB of 6.0 GB, the process 700 MB of 8.0 GB\n");
}

TEST_CASE("the report as JSON escapes what it must") {
    const auto json = report_json(Plan{}, example());
    CHECK(json.find("\"input\": \"a \\\"map\\\".jpg\"") != std::string::npos);
    CHECK(json.find("is cut short\\nat byte 7") != std::string::npos);
    CHECK(json.find("\"figures\": 345") != std::string::npos);
    CHECK(json.find("\"exit_code\": 3") != std::string::npos);
    CHECK(json.find("\"seconds\": 75.25") != std::string::npos);
}
