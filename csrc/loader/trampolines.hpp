// Functions for engines to call, one set for every place of the engine table.
#pragma once

#include <cstdint>

#include "aiges/wrapper.h"

namespace aiges {

constexpr int kUnknownTag = -1;  // what an engine is told when its call back is for nobody

// The contract's callbacks have no context parameter: a function of its own for every engine is how
// a result finds it.
struct Trampolines {
    wrapperCallback result;
    wrapperMeterCustom meter;
    wrapperTraceLog trace;
};

const Trampolines& trampolines_of(uint32_t place);

}  // namespace aiges
