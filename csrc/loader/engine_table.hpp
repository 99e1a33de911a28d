// The places for engines in this process.
#pragma once

#include <cstdint>

#include "stats/layout.hpp"

namespace aiges {

class Engine;

constexpr uint32_t kEnginePlaces = stats::kSlotCount;

// A free place, now taken; NULL: all are. Engine objects are never destroyed, only used again, and
// the one that was free for the longest time first: a late callback or call with an old handle
// finds a closed engine, not freed memory.
Engine* take_engine_place();
void free_engine_place(Engine* engine);

// Of a place that was taken at least once.
Engine& engine_at(uint32_t place);

}  // namespace aiges
