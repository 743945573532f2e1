#include "pipeline/plugin.h"
