// Compiled for another ABI of the standard library, as a program of 2014 would be.
#define _GLIBCXX_USE_CXX11_ABI 0

#include "pipeline/plugin.h"
#include "tests/pipeline/plugins/ran.h"
#include "tests/pipeline/plugins/stage.h"

const figurant::pipeline::Registered<Nothing> registered("plugin_other_library");
