#include "pipeline/plugin.h"
#include "tests/pipeline/plugins/ran.h"
#include "tests/pipeline/plugins/stage.h"

int defined_nowhere();
const int value = defined_nowhere();
const figurant::pipeline::Registered<Nothing> registered("plugin_missing_symbol");
