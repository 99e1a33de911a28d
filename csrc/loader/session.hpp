// A session of an engine.
#pragma once

#include <cstdint>

#include "loader/route_table.hpp"

namespace aiges {

class Engine;

struct Session {
    Engine* engine;
    const void* handle;  // the engine's own
    uint32_t start;      // the engine was started so many times when the session was made
    RoutePtr route;      // NULL: results are read
};

}  // namespace aiges
