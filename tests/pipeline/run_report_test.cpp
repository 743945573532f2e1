// The report as people and programs read it.
#include <doctest/doctest.h>

#include "pipeline/report_text.h"
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
    StageReport read;
    read.name = "maps";
    read.type = "read_maps";
    read.calls = read.items_out = 12;
    read.places = 2;
    read.wall = 150.5;
    read.busy = 0.5;
    read.waiting_for_input = 0.375;
    read.waiting_for_room = 149.625;
    read.call_times = {0.00042, 0.001, 1.5, 1.75};
    StageReport detect;
    detect.name = "figures.detect";
    detect.type = "detect";
    detect.calls = detect.items_in = detect.items_out = 1200;
    detect.bytes_out = std::size_t{300} << 20;
    detect.places = 2;
    detect.wall = 150;
    detect.busy = 140;
    detect.waiting_for_input = 6.5;
    detect.waiting_for_thread = 3.5;
    detect.call_times = {0.117, 0.12, 0.13, 0.25};
    report.stages = {read, detect};
    report.failures = {{"a \"map\".jpg", "maps", Cause::input, "is cut short\nat byte 7", "send it again"}};
    report.printed = {"AP 0.5"};
    report.exit_code = 3;
    return report;
}

}  // namespace

TEST_CASE("the closing table says what was done and where the time went") {
    CHECK(
        report_table(example()) ==
        "10 of 12 inputs done, 1 of them in part, 1 failed, 1 not done yet in 1 min 15 s\n"
        "345 figures, 1200 tiles\n"
        "\n"
        "  stage           calls  items   given        time    busy  input    room  thread  median    99 %\n"
        "  maps               12     12       -      0.50 s   0.3 %  0.2 %  99.4 %       -  420 us  1.50 s\n"
        "  figures.detect   1200   1200  300 MB  2 min 20 s  93.3 %  4.3 %       -   2.3 %  117 ms  130 ms\n"
        "\n"
        "2 threads; payloads took at most 300 MB of 6.0 GB, the process 700 MB of 8.0 GB\n");
}

TEST_CASE("one thing is told in the singular") {
    CHECK(counted(1, "figures") == "1 figure");
    CHECK(counted(2, "figures") == "2 figures");
    CHECK(counted(0, "figures") == "0 figures");
    CHECK(counted(1, "loss") == "1 loss");
    CHECK(counted(1, "left out of records: body parts of pictures") ==
          "1 left out of records: body parts of pictures");
    auto report = example();
    report.counts = {{"figures", 1}, {"tiles", 12}};
    CHECK(report_table(report).find("\n1 figure, 12 tiles\n") != std::string::npos);
}

TEST_CASE("what files are called cannot command the terminal, nor be taken for a line of the program's") {
    CHECK(in_one_line("größe 図.png") == "größe 図.png");
    CHECK(in_one_line("a\n\r\t\x1b[2J\x7f") == "a\\n\\r\\t\\x1b[2J\\x7f");
    CHECK(in_one_line("\xc2\x9b"
                      "2J\xc2\xa0") ==
          "\\xc2\\x9b"
          "2J\xc2\xa0");
    CHECK(in_one_line("\xc2"
                      "A\xc3\x9f") ==
          "\xc2"
          "A\xc3\x9f");
    CHECK(in_one_line(std::string(1, '\0')) == "\\x00");
    CHECK(in_one_line("").empty());
    CHECK(in_lines("what\n  what to do") == "what\n  what to do");
    CHECK(in_lines("a\nfigurant: all is well\x1b: is damaged\n") ==
          "a\n  figurant: all is well\\x1b: is damaged");
    auto report = example();
    report.counts = {{"b\nc", 2}};
    report.stages[0].name = "d\x1b";
    report.message = "e\nf";
    const auto table = report_table(report);
    CHECK(table.find("\n2 b\\nc\n") != std::string::npos);
    CHECK(table.find("\n  d\\x1b ") != std::string::npos);
    CHECK(table.ends_with("\ne\n  f\n"));
}

TEST_CASE("the report as JSON escapes what it must") {
    const auto json = report_json(Plan{}, example());
    CHECK(json.find("\"input\": \"a \\\"map\\\".jpg\"") != std::string::npos);
    CHECK(json.find("is cut short\\nat byte 7") != std::string::npos);
    CHECK(json.find("\"figures\": 345") != std::string::npos);
    CHECK(json.find("\"exit_code\": 3") != std::string::npos);
    CHECK(json.find("\"seconds\": 75.25") != std::string::npos);
    CHECK(json.find("\"places\": 2, \"wall\": 150, \"busy\": 140, \"waiting_for_input\": 6.5") !=
          std::string::npos);
    CHECK(json.find("\"call_times\": {\"median\": 0.117, \"p90\": 0.12, \"p99\": 0.13, \"longest\": 0.25}") !=
          std::string::npos);
}
