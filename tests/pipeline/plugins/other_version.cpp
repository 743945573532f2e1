#include "pipeline/build_stamp.h"
#undef FIGURANT_STAMP_VERSION
#define FIGURANT_STAMP_VERSION "0.0.7"

#include "pipeline/plugin.h"
#include "tests/pipeline/plugins/ran.h"
#include "tests/pipeline/plugins/stage.h"

const figurant::pipeline::Registered<Nothing> registered("plugin_other_version");
