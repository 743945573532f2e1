#include "cli/progress.h"

#include <doctest/doctest.h>

#include <sstream>

using namespace figurant;
using namespace figurant::cli;

namespace {

pipeline::Progress sample() {
    pipeline::Progress progress;
    progress.inputs = 40;
    progress.finished = 10;
    progress.failed = 1;
    progress.seconds = 20;
    progress.note = "loss 1.23";
    return progress;
}

}  // namespace

TEST_CASE("progress tells what is done, failed, the rate, the time left, and the stage's note") {
    CHECK(progress_text(sample()) == "10/40 inputs, 1 failed, 30.0/min, 1:00 left, loss 1.23");
    auto early = sample();
    early.seconds = 0.5;
    CHECK(progress_text(early) == "10/40 inputs, 1 failed, loss 1.23");
}

TEST_CASE("the time left is told when enough is done to tell it by") {
    const auto told = [](std::uint64_t items, std::uint64_t expected, double seconds) {
        pipeline::Progress progress;
        progress.inputs = 1;
        progress.items = items;
        progress.items_expected = expected;
        progress.seconds = seconds;
        return progress_text(progress).find(" left") != std::string::npos;
    };
    CHECK_FALSE(told(1, 2000, 60));  // the first step is under way
    CHECK_FALSE(told(19, 2000, 60));
    CHECK(told(20, 2000, 60));        // enough items
    CHECK(told(5, 100, 60));          // enough of them
    CHECK_FALSE(told(500, 2000, 9));  // but not so soon
    CHECK_FALSE(told(500, 0, 60));    // of how many is not known
}

TEST_CASE("a resumed run's rate and time left are of what it does itself, its bar is of all") {
    auto resumed = sample();  // 10 of 40 in 20 s, of which 6 were done before
    resumed.earlier = 6;
    CHECK(progress_share(resumed) == 0.25);
    CHECK(progress_text(resumed) == "10/40 inputs, 1 failed, 12.0/min, 2:30 left, loss 1.23");
    resumed.items = 50;
    resumed.items_expected = 100;  // of this run
    CHECK(progress_share(resumed) == doctest::Approx((6 + 34 * 0.5) / 40));
    resumed.finished = resumed.earlier = 40;
    CHECK(progress_share(resumed) == 1);
}

TEST_CASE("a note cannot command the terminal") {
    auto progress = sample();
    progress.note = "größe.png\n\x1b[2J";
    CHECK(progress_text(progress).ends_with(", größe.png\\n\\x1b[2J"));
}

TEST_CASE("one input of many items moves too") {
    pipeline::Progress progress;
    progress.inputs = 1;
    progress.items = 250;
    progress.items_expected = 1000;
    progress.seconds = 10;
    CHECK(progress_share(progress) == 0.25);
    CHECK(progress_text(progress) == "0/1 inputs, 250/1000 items, 25.0/s, 0:30 left");
    progress.items = 1000;
    CHECK(progress_share(progress) == 0.99);  // its last items are still under way
}

TEST_CASE("the bar fits the terminal and fills with the share") {
    CHECK(progress_bar(sample(), 200) ==
          "[=====>              ]  25%  10/40 inputs, 1 failed, 30.0/min, 1:00 left, loss 1.23");
    CHECK(progress_bar(sample(), 30).size() == 30);
    auto done = sample();
    done.finished = 40;
    CHECK(progress_bar(done, 200).starts_with("[====================] 100%  40/40 inputs"));
    auto wide = sample();
    wide.note = "größer als der Rand";
    // A character of two bytes is kept or left out whole.
    for (std::size_t width = 60; width < 110; ++width)
        CHECK((progress_bar(wide, width).back() & 0xC0) != 0xC0);
}

TEST_CASE("without a terminal there is a line now and then") {
    std::ostringstream out;
    ProgressDisplay display(ProgressStyle::lines, out);
    auto progress = sample();
    for (int tenth = 0; tenth <= 250; ++tenth) {
        progress.seconds = tenth / 10.0;
        display.update(progress);
    }
    CHECK(out.str() ==
          "0:10  10/40 inputs, 1 failed, 1.0/s, 0:30 left, loss 1.23\n"
          "0:20  10/40 inputs, 1 failed, 30.0/min, 1:00 left, loss 1.23\n");
}

TEST_CASE("the bar is taken away before other text") {
    std::ostringstream out;
    ProgressDisplay display(ProgressStyle::bar, out);
    display.update(sample());
    display.clear();
    display.clear();
    const std::string shown = out.str();
    CHECK(shown.starts_with("\r\033[K[=====>"));
    CHECK(shown.ends_with("\r\033[K"));
    CHECK(shown.find("\r\033[K", 1) == shown.size() - 4);  // once
}

TEST_CASE("durations read like a clock") {
    CHECK(duration_text(0.4) == "0:00");
    CHECK(duration_text(59.6) == "1:00");
    CHECK(duration_text(3723) == "1:02:03");
}
