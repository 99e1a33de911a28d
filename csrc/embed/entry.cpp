// The fifteen functions, and the optional ones, of libwrapper.so.
//
// They act on the default Python engine, or on the C engine that the last wrapperInit named.

#include <atomic>
#include <cstring>
#include <mutex>

#include "aiges/errors.h"
#include "aiges/instance.h"
#include "aiges/version.h"
#include "aiges/wrapper.h"
#include "common/error_text.hpp"
#include "common/log.hpp"
#include "embed/barrier.hpp"
#include "embed/c_engine.hpp"
#include "embed/config.hpp"
#include "embed/error_text.hpp"
#include "embed/python_engine.hpp"

using namespace aiges;
using namespace aiges::embed;

namespace {

std::atomic<const EngineSymbols*> front{nullptr};  // the C engine in front, if there is one
std::atomic<const char*> front_cause{nullptr};     // why it could not be opened
std::atomic<int> front_code{0};

const EngineSymbols* c_engine() { return front.load(std::memory_order_acquire); }

// The functions the host gave before the engine was known.
void hand_over_controls(const EngineSymbols& engine) {
    const HostFunctions given = default_engine().host_functions();
    if (given.meter != nullptr) engine.set_ctrl(CTMeterCustom, reinterpret_cast<void*>(given.meter));
    if (given.trace != nullptr) engine.set_ctrl(CTTraceLog, reinterpret_cast<void*>(given.trace));
}

int init_c_engine(const std::string& path, pConfig config) {
    int code = 0;
    std::string cause;
    configure_log(config);
    const EngineSymbols* engine = open_engine(path, &code, &cause);
    if (engine == nullptr) {
        front_code.store(code);
        front_cause.store(intern_text(cause, error_text(code)));
        log::write(log::Level::error, cause);
        return code;
    }
    front.store(engine, std::memory_order_release);
    hand_over_controls(*engine);
    return engine->init(config);
}

}  // namespace

extern "C" {

WrapperAPI int wrapperSetCtrl(CtrlType type, void* func) {
    return guarded([&] {
        int kind;  // any value may come, and loading one outside the enumerators is undefined in C++
        memcpy(&kind, &type, sizeof kind);
        default_engine().set_ctrl(kind, func);
        const EngineSymbols* engine = c_engine();
        if (engine == nullptr || kind < CTMeterCustom || kind > CTTraceLog) return 0;
        return engine->set_ctrl(type, func);
    });
}

WrapperAPI int wrapperInit(pConfig cfg) {
    return guarded([&] {
        const std::string path = wanted_engine(cfg);
        front_code.store(0);
        if (!path.empty()) return init_c_engine(path, cfg);
        front.store(nullptr, std::memory_order_release);
        return default_engine().init(cfg);
    });
}

WrapperAPI int wrapperFini(void) {
    return guarded([] { return c_engine() != nullptr ? c_engine()->fini() : default_engine().fini(); });
}

WrapperAPI const char* wrapperError(int errNum) {
    const char* text = nullptr;
    guarded([&] {
        if (errNum != 0 && errNum == front_code.load()) text = front_cause.load();
        if (text == nullptr) text = c_engine() != nullptr ? c_engine()->error(errNum) : default_engine().error(errNum);
        return 0;
    });
    return text != nullptr ? text : "no text for this code";
}

WrapperAPI const char* wrapperVersion(void) {
    return c_engine() != nullptr ? c_engine()->version() : AIGES_VERSION_STRING " (aiges_native)";
}

WrapperAPI int wrapperLoadRes(pDataList perData, unsigned int resId) {
    return guarded([&] {
        return c_engine() != nullptr ? c_engine()->load_res(perData, resId) : default_engine().load_res(perData, resId);
    });
}

WrapperAPI int wrapperUnloadRes(unsigned int resId) {
    return guarded(
        [&] { return c_engine() != nullptr ? c_engine()->unload_res(resId) : default_engine().unload_res(resId); });
}

WrapperAPI const void* wrapperCreate(const char* usrTag, pParamList params, wrapperCallback cb, unsigned int psrIds[],
                                     int psrCnt, int* errNum) {
    const void* handle = nullptr;
    int code = 0;
    const int caught = guarded([&] {
        handle = c_engine() != nullptr ? c_engine()->create(usrTag, params, cb, psrIds, psrCnt, &code)
                                       : default_engine().create(usrTag, params, cb, psrIds, psrCnt, &code);
        return 0;
    });
    if (errNum != nullptr) *errNum = caught != 0 ? caught : code;
    return handle;
}

WrapperAPI int wrapperWrite(const void* handle, pDataList reqData) {
    return guarded([&] {
        return c_engine() != nullptr ? c_engine()->write(handle, reqData) : default_engine().write(handle, reqData);
    });
}

WrapperAPI int wrapperRead(const void* handle, pDataList* respData) {
    return guarded([&] {
        return c_engine() != nullptr ? c_engine()->read(handle, respData) : default_engine().read(handle, respData);
    });
}

WrapperAPI int wrapperDestroy(const void* handle) {
    return guarded(
        [&] { return c_engine() != nullptr ? c_engine()->destroy(handle) : default_engine().destroy(handle); });
}

WrapperAPI int wrapperExec(const char* usrTag, pParamList params, pDataList reqData, pDataList* respData,
                           unsigned int psrIds[], int psrCnt) {
    return guarded([&] {
        return c_engine() != nullptr ? c_engine()->exec(usrTag, params, reqData, respData, psrIds, psrCnt)
                                     : default_engine().exec(usrTag, params, reqData, respData, psrIds, psrCnt);
    });
}

WrapperAPI int wrapperExecFree(const char* usrTag, pDataList* respData) {
    return guarded([&] {
        return c_engine() != nullptr ? c_engine()->exec_free(usrTag, respData) : PythonEngine::exec_free(respData);
    });
}

WrapperAPI int wrapperExecAsync(const char* usrTag, pParamList params, pDataList reqData, wrapperCallback callback,
                                int timeout, unsigned int psrIds[], int psrCnt) {
    return guarded([&] {
        return c_engine() != nullptr
                   ? c_engine()->exec_async(usrTag, params, reqData, callback, timeout, psrIds, psrCnt)
                   : default_engine().exec_async(usrTag, params, reqData, callback, timeout, psrIds, psrCnt);
    });
}

WrapperAPI const char* wrapperDebugInfo(const void* handle) {
    const char* text = "";
    guarded([&] {
        text = c_engine() != nullptr ? c_engine()->debug_info(handle) : default_engine().debug_info(handle);
        return 0;
    });
    return text;
}

WrapperAPI unsigned int aiges_abi_version(void) { return AIGES_ABI_VERSION; }

WrapperAPI int aiges_session_cancel(const void* handle, const char* usrTag) {
    return guarded([&] {
        if (c_engine() == nullptr) return default_engine().cancel(handle, usrTag);
        return c_engine()->session_cancel != nullptr ? c_engine()->session_cancel(handle, usrTag)
                                                     : static_cast<int>(AIGES_ERR_UNKNOWN_HANDLE);
    });
}

}  // extern "C"
