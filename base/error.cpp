#include "base/error.h"

namespace figurant {

std::string_view cause_name(Cause cause) {
    switch (cause) {
        case Cause::configuration:
            return "configuration";
        case Cause::input:
            return "input";
        case Cause::output:
            return "output";
        case Cause::model:
            return "model";
        case Cause::truth:
            return "truth";
        case Cause::divergence:
            return "divergence";
        case Cause::limit:
            return "limit";
        case Cause::interrupted:
            return "interrupted";
        case Cause::internal:
            return "internal";
    }
    return "internal";
}

int exit_code(Cause cause) {
    switch (cause) {
        case Cause::configuration:
        case Cause::input:
            return 2;
        case Cause::output:
            return 4;
        case Cause::model:
        case Cause::truth:
            return 5;
        case Cause::divergence:
            return 6;
        case Cause::limit:
            return 7;
        case Cause::interrupted:
            return 130;
        case Cause::internal:
            return 1;
    }
    return 1;
}

}  // namespace figurant
