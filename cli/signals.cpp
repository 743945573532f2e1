#include "cli/signals.h"

#include <signal.h>
#include <unistd.h>

#include <string_view>

namespace figurant::cli {

namespace {

// A handler reaches nothing but globals; lock-free atomics are what it may touch.
std::atomic<int> stop_level{0};
std::atomic<int> first_signal{0};
std::atomic<int> times_asked{0};
static_assert(std::atomic<int>::is_always_lock_free);

void say(std::string_view text) {
    // Nothing to be done if standard error is gone.
    [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
}

void on_signal(int signal_number) {
    const int level = ++stop_level;
    int none = 0;
    first_signal.compare_exchange_strong(none, signal_number);
    if (level == 1) {
        say("\nfinishing what is in flight; once more to stop now\n");
    } else {
        say("\nstopping now\n");
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
    }
}

void on_question(int) { ++times_asked; }

void install(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    if (handler != SIG_DFL) {
        action.sa_handler = on_question;
        sigaction(SIGUSR1, &action, nullptr);
    } else {
        // Who asks at the very end must not end the program.
        action.sa_handler = SIG_IGN;
        sigaction(SIGUSR1, &action, nullptr);
    }
}

}  // namespace

CaughtSignals::CaughtSignals() {
    stop_level = 0;
    first_signal = 0;
    install(on_signal);
}

CaughtSignals::~CaughtSignals() { install(SIG_DFL); }

const std::atomic<int>& CaughtSignals::stop() const { return stop_level; }

const std::atomic<int>& CaughtSignals::asked() const { return times_asked; }

int CaughtSignals::first() const { return first_signal; }

}  // namespace figurant::cli
