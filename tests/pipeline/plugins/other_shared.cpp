#include "pipeline/plugin.h"
#include "tests/pipeline/plugins/ran.h"
#include "tests/pipeline/plugins/stage.h"

FIGURANT_NOTE(unknown, library, "of no concern: 7.1")
FIGURANT_NOTE(shared, library, "a library of both: 1.9")

const figurant::pipeline::Registered<Nothing> registered("plugin_other_shared");
