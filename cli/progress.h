#pragma once
// How a run shows its progress on standard error: a bar on a terminal, else a line now and then.

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "pipeline/run.h"

namespace figurant::cli {

enum class ProgressStyle { bar, lines, none };

/// "auto" chooses by whether standard error is a terminal.
ProgressStyle progress_style(const std::string& name);

/// The share that is done, from 0 to 1: of the inputs, or of the items where a single input has many.
double progress_share(const pipeline::Progress& progress);

/// "12/40 inputs, 1 failed, 3.2/s, 0:45 left, loss 1.23"
std::string progress_text(const pipeline::Progress& progress);

/// "[=====>    ] 31%  12/40 …", at most `width` columns.
std::string progress_bar(const pipeline::Progress& progress, std::size_t width);

/// "0:45", "1:02:03".
std::string duration_text(double seconds);

/// Shows what it is told, as often as its style wants it. `update` may be called by any thread; `clear` takes
/// the bar away, so that other text can be written.
class ProgressDisplay {
  public:
    ProgressDisplay(ProgressStyle style, std::ostream& out);
    ~ProgressDisplay();
    void update(const pipeline::Progress& progress);
    void clear();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace figurant::cli
