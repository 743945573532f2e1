#include "test_stages.h"

namespace figurant::pipeline::test {

Lab& Lab::named(const std::string& name) {
    static std::mutex mutex;
    static std::map<std::string, Lab> labs;
    const std::scoped_lock lock(mutex);
    return labs[name];
}

}  // namespace figurant::pipeline::test
