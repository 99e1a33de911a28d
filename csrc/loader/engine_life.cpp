// Engine: open, init, fini, close.
#include <algorithm>
#include <cstring>
#include <thread>

#include "common/shared_library.hpp"
#include "loader/callback_frame.hpp"
#include "loader/engine.hpp"
#include "loader/engine_scopes.hpp"
#include "loader/engine_table.hpp"
#include "loader/last_error.hpp"
#include "loader/single_copy.hpp"
#include "loader/trampolines.hpp"
#include "stats/page.hpp"

namespace aiges {
namespace {

using stats::State;

bool has_key(const ParamList* list, const char* key) {
    for (; list; list = list->next)
        if (list->key && std::strcmp(list->key, key) == 0) return true;
    return false;
}

// Runs `undo` unless told otherwise.
template <typename Undo>
class Otherwise {
public:
    explicit Otherwise(Undo undo) : undo_(std::move(undo)) {}
    ~Otherwise() {
        if (!is_done_) undo_();
    }
    Otherwise(const Otherwise&) = delete;
    Otherwise& operator=(const Otherwise&) = delete;
    void no_more() { is_done_ = true; }

private:
    Undo undo_;
    bool is_done_ = false;
};

}  // namespace

int Engine::open(const char* name, const aiges_open_options& options, Engine** opened) {
    // Threads have trampolines and thread-exit functions of this library in their hands: it stays.
    static const bool pinned = (pin_object(reinterpret_cast<const void*>(&Engine::open)), true);
    static_cast<void>(pinned);
    prepare_barrier();
    if (const int code = check_single_copy()) return code;
    EngineLocation location;
    if (const int code = locate_engine(name, options.search_path, &location)) return code;
    Engine* engine = take_engine_place();
    if (!engine)
        return fail(AIGES_ERR_TOO_MANY_ENGINES, "cannot open engine '%s': %u engines are open, which is the limit",
                    name, kEnginePlaces);
    Otherwise leave([&] { free_engine_place(engine); });
    if (const int code = EngineLibrary::open(name, location, options.python_library, &engine->library_)) return code;
    stats::Slot* slot = stats::open_slot(location.name.c_str());
    if (!slot) {
        engine->library_.destroy_instance();
        engine->library_.release(false);
        return fail(AIGES_ERR_NO_MEMORY, "cannot open engine '%s': no memory for its statistics", name);
    }
    engine->move_in(location, slot);
    leave.no_more();
    *opened = engine;
    return AIGES_OK;
}

void Engine::move_in(const EngineLocation& location, stats::Slot* slot) {
    name_ = location.name;
    path_ = location.file;
    binding_ = library_.binding();
    is_ready_ = is_closing_ = false;
    has_called_.store(false, std::memory_order_relaxed);
    slot_.store(slot, std::memory_order_relaxed);
    binding_.attach_stats(slot, stats::kLayoutVersion);
    seal_.set(0);
    gate_.set(AIGES_ERR_NOT_READY);
}

int Engine::init(pConfig config) {
    const GuardScope guard(*this, seal_);
    if (guard.refusal()) return refused("start", guard.refusal());
    if (!acquire_life())
        return fail(AIGES_ERR_BUSY, "cannot start engine '%s': it is being started or stopped", name_.c_str());
    const Otherwise end([this] { release_life(); });
    if (is_closing_) return refused("start", AIGES_ERR_ENGINE_CLOSED);
    if (is_ready_)
        return fail(AIGES_ERR_ALREADY_INIT, "cannot start engine '%s': it is started already", name_.c_str());
    return start(config);
}

int Engine::start(pConfig config) {
    static char file_key[] = "wrapper.file";
    const std::string& file = library_.wrapper_file();
    ParamList entry{file_key, const_cast<char*>(file.c_str()), static_cast<unsigned int>(file.size()), config};
    if (!file.empty() && !has_key(config, file_key)) config = &entry;

    stats::set_state(&slot(), State::starting);
    Otherwise failed([this] { stats::set_state(&slot(), State::failed); });
    if (const int code = binding_.init(config)) return engine_failed("start", code);
    failed.no_more();
    starts_.fetch_add(1, std::memory_order_relaxed);
    is_ready_ = true;
    stats::set_state(&slot(), State::ready);
    shut_or_open(0);
    return AIGES_OK;
}

int Engine::fini() {
    if (CallbackFrame::is_inside(this))
        return fail(AIGES_ERR_BUSY, "cannot stop engine '%s' from inside one of its callbacks", name_.c_str());
    const GuardScope guard(*this, seal_);
    if (guard.refusal()) return refused("stop", guard.refusal());
    if (!acquire_life())
        return fail(AIGES_ERR_BUSY, "cannot stop engine '%s': it is being started or stopped", name_.c_str());
    const Otherwise end([this] { release_life(); });
    return is_ready_ ? stop() : AIGES_OK;
}

int Engine::stop() {
    shut_or_open(AIGES_ERR_STOPPING);
    stats::set_state(&slot(), State::stopping);
    const int code = binding_.fini();
    if (code == AIGES_ERR_BUSY) {  // nothing was stopped
        stats::set_state(&slot(), State::ready);
        shut_or_open(0);
        return engine_failed("stop", code);
    }
    is_ready_ = false;
    starts_.fetch_add(1, std::memory_order_relaxed);  // sessions of the past are known by this
    shut_or_open(AIGES_ERR_NOT_READY);
    stats::set_state(&slot(), State::stopped);
    end_routes();
    return code ? engine_failed("stop", code) : AIGES_OK;
}

int Engine::close(int timeout_ms) {
    if (is_closed()) return refused("close", AIGES_ERR_ENGINE_CLOSED);
    if (CallbackFrame::is_inside(this))
        return fail(AIGES_ERR_BUSY, "cannot close engine '%s' from inside one of its callbacks", name_.c_str());
    const Patience patience(timeout_ms);
    while (!acquire_life()) {
        if (patience.is_over()) return still_in_use("it is being started, stopped or closed");
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    int code = AIGES_OK;
    {
        const Otherwise end([this] { release_life(); });
        if (is_closed()) return refused("close", AIGES_ERR_ENGINE_CLOSED);  // another close was faster
        code = shut_down(patience);
        if (!is_closed()) return code;
    }
    free_engine_place(this);  // last: from here on another engine may move in
    return code;
}

int Engine::shut_down(const Patience& patience) {
    is_closing_ = true;
    gate_.set(AIGES_ERR_ENGINE_CLOSED);
    heavy_barrier();
    if (!wait_until_idle(patience)) return still_in_use(nullptr);
    // Nobody is in a call, nothing is lent out. Now keep out those who only ask (texts, cancel),
    // too.
    seal_.set(AIGES_ERR_ENGINE_CLOSED);
    Otherwise unseal([this] { seal_.set(0); });
    heavy_barrier();
    if (!wait_until_idle(patience)) return still_in_use(nullptr);
    const int stopped = is_ready_ ? stop() : AIGES_OK;
    if (is_ready_) return stopped;
    unset_hooks();
    if (const int code = library_.destroy_instance()) return engine_failed("close", code);
    move_out(stopped == AIGES_OK);
    unseal.no_more();
    return stopped;
}

void Engine::move_out(bool is_clean) {
    stats::close_slot(&slot());
    binding_ = {};
    // A thread of the engine that has called us may not be back in its own code yet, and one that
    // failed to stop may have threads left: unloading their code would end the process.
    library_.release(!is_clean || has_called_.load(std::memory_order_relaxed));
}

bool Engine::wait_until_idle(const Patience& patience) const {
    // Polled: to be woken, every call would have to look at its end whether somebody waits.
    auto pause = std::chrono::microseconds(20);
    while (!stats::read_balance(slot()).is_idle()) {
        if (patience.is_over()) return false;
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, std::chrono::microseconds(1000));
    }
    return true;
}

int Engine::still_in_use(const char* what) const {
    if (what) return fail(AIGES_ERR_BUSY, "cannot close engine '%s': %s", name_.c_str(), what);
    const stats::Balance open = stats::read_balance(slot());
    return fail(AIGES_ERR_BUSY,
                "cannot close engine '%s': %lld calls and %lld other uses are in flight, %lld "
                "results are not "
                "released, %lld sessions are open: end them and close again",
                name_.c_str(), static_cast<long long>(open.calls), static_cast<long long>(open.guards),
                static_cast<long long>(open.results), static_cast<long long>(open.sessions));
}

}  // namespace aiges
