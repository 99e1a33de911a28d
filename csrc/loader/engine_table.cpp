#include "loader/engine_table.hpp"

#include <atomic>
#include <mutex>

#include "loader/engine.hpp"

namespace aiges {
namespace {

struct EngineTable {
    std::mutex mutex;  // guards who has which place
    std::atomic<Engine*> engines[kEnginePlaces] = {};
    bool is_taken[kEnginePlaces] = {};
    uint32_t next = 0;
};

EngineTable& engine_table() {
    // Never destroyed: engines may call while the process exits.
    static auto* table = new EngineTable;
    return *table;
}

}  // namespace

Engine* take_engine_place() {
    EngineTable& table = engine_table();
    const std::lock_guard<std::mutex> lock(table.mutex);
    for (uint32_t tried = 0; tried < kEnginePlaces; ++tried) {
        const uint32_t place = table.next;
        table.next = (place + 1) % kEnginePlaces;
        if (table.is_taken[place]) continue;
        Engine* engine = table.engines[place].load(std::memory_order_relaxed);
        if (!engine) table.engines[place].store(engine = new Engine(place), std::memory_order_release);
        table.is_taken[place] = true;
        return engine;
    }
    return nullptr;
}

void free_engine_place(Engine* engine) {
    EngineTable& table = engine_table();
    const std::lock_guard<std::mutex> lock(table.mutex);
    table.is_taken[engine->place()] = false;
}

Engine& engine_at(uint32_t place) { return *engine_table().engines[place].load(std::memory_order_acquire); }

}  // namespace aiges
