#include "loader/trampolines.hpp"

#include <array>
#include <utility>

#include "loader/engine.hpp"
#include "loader/engine_table.hpp"
#include "loader/exception_barrier.hpp"

namespace aiges {
namespace {

// What the host's function returns goes back as it is; a failure of ours is "nobody knows this
// tag".
template <typename Body>
int called_by_engine(Body&& body) {
    int result = kUnknownTag;
    guarded([&] {
        result = body();
        return AIGES_OK;
    });
    return result;
}

template <uint32_t Place>
int deliver_result(const void* tag, pDataList response, int code) {
    return called_by_engine(
        [&] { return engine_at(Place).deliver_result(static_cast<const char*>(tag), response, code); });
}

template <uint32_t Place>
int deliver_meter(const void* tag, const char* key, int count) {
    return called_by_engine([&] { return engine_at(Place).deliver_meter(static_cast<const char*>(tag), key, count); });
}

template <uint32_t Place>
int deliver_trace(const char* tag, const char* key, const char* value) {
    return called_by_engine([&] { return engine_at(Place).deliver_trace(tag, key, value); });
}

template <size_t... Places>
constexpr std::array<Trampolines, sizeof...(Places)> make_all(std::index_sequence<Places...>) {
    return {Trampolines{deliver_result<Places>, deliver_meter<Places>, deliver_trace<Places>}...};
}

constexpr auto all_trampolines = make_all(std::make_index_sequence<kEnginePlaces>());

}  // namespace

const Trampolines& trampolines_of(uint32_t place) { return all_trampolines[place]; }

}  // namespace aiges
