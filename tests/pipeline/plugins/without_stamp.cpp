#include "tests/pipeline/plugins/ran.h"
#include "tests/pipeline/plugins/stage.h"

const figurant::pipeline::Registered<Nothing> registered("plugin_without_stamp");
