#include "pipeline/plugin.h"
#include "tests/pipeline/plugins/stage.h"

const figurant::pipeline::Registered<Nothing> first("plugin_same_name_first");
const figurant::pipeline::Registered<Nothing> second("plugin_length");
