/* The frozen numbers of the contract, asserted by the compiler; included by layout.cpp and test_headers.py. */
#include <stddef.h>

#include "aiges/errors.h"
#include "aiges/type.h"
#include "aiges/version.h"
#include "aiges/wrapper.h"

#ifdef __cplusplus
#define HOLDS(condition) static_assert(condition, #condition)
#else
#define HOLDS(condition) _Static_assert(condition, #condition)
#endif
#define MEMBER(type, member, offset, size) \
    HOLDS(offsetof(type, member) == (offset) && sizeof(((type *)0)->member) == (size))

HOLDS(sizeof(struct ParamList) == 32);
MEMBER(struct ParamList, key, 0, 8);
MEMBER(struct ParamList, value, 8, 8);
MEMBER(struct ParamList, vlen, 16, 4);
MEMBER(struct ParamList, next, 24, 8);

HOLDS(sizeof(struct DataList) == 48);
MEMBER(struct DataList, key, 0, 8);
MEMBER(struct DataList, data, 8, 8);
MEMBER(struct DataList, len, 16, 4);
MEMBER(struct DataList, type, 20, 4);
MEMBER(struct DataList, status, 24, 4);
MEMBER(struct DataList, desc, 32, 8);
MEMBER(struct DataList, next, 40, 8);

HOLDS(CTMeterCustom == 0 && CTMetricsLog == 1 && CTTraceLog == 2 && sizeof(CtrlType) == 4);
HOLDS(DataText == 0 && DataAudio == 1 && DataImage == 2 && DataVideo == 3 && DataPer == 4 && sizeof(DataType) == 4);
HOLDS(DataBegin == 0 && DataContinue == 1 && DataEnd == 2 && DataOnce == 3 && sizeof(DataStatus) == 4);

HOLDS(AIGES_OK == 0);
HOLDS(AIGES_ERR_NOT_READY == -20001 && AIGES_ERR_ALREADY_INIT == -20002 && AIGES_ERR_INVALID_ARG == -20003);
HOLDS(AIGES_ERR_UNKNOWN_HANDLE == -20004 && AIGES_ERR_NO_MEMORY == -20005 && AIGES_ERR_TOO_LARGE == -20006);
HOLDS(AIGES_ERR_TIMEOUT == -20007 && AIGES_ERR_STOPPING == -20008 && AIGES_ERR_FORKED == -20009);
HOLDS(AIGES_ERR_INTERPRETER == -20010 && AIGES_ERR_BUSY == -20011 && AIGES_ERR_UNKNOWN_RESOURCE == -20012);
HOLDS(AIGES_ERR_MODULE_MISSING == -20020 && AIGES_ERR_MODULE_BROKEN == -20021 && AIGES_ERR_CLASS_MISSING == -20022);
HOLDS(AIGES_ERR_CONSTRUCTOR == -20023 && AIGES_ERR_METHOD_MISSING == -20024 && AIGES_ERR_SIGNATURE == -20025);
HOLDS(AIGES_ERR_WRAPPER_RAISED == -20030 && AIGES_ERR_BAD_RETURN == -20031 && AIGES_ERR_BAD_RESPONSE == -20032);
HOLDS(AIGES_ERR_EMPTY_RESPONSE == -20033 && AIGES_ERR_ENGINE_NOT_FOUND == -20100);
HOLDS(AIGES_ERR_ENGINE_UNLOADABLE == -20101 && AIGES_ERR_SYMBOL_MISSING == -20102 && AIGES_ERR_ABI_MISMATCH == -20103);
HOLDS(AIGES_ERR_ENGINE_IN_USE == -20104 && AIGES_ERR_NOT_SUPPORTED == -20105 && AIGES_ERR_ENGINE_CLOSED == -20106);
HOLDS(AIGES_ERR_TOO_MANY_ENGINES == -20107);

HOLDS(AIGES_ABI_MAJOR == 1 && AIGES_ABI_VERSION == AIGES_ABI_MAJOR * 65536 + AIGES_ABI_MINOR);

/* Each function has the type of its namePtr: an assignment that compiles only if they are the same. */
static inline void signatures_are_those_of_the_pointers(void) {
    wrapperSetCtrlPtr set_ctrl = wrapperSetCtrl;
    wrapperInitPtr init = wrapperInit;
    wrapperFiniPtr fini = wrapperFini;
    wrapperErrorPtr error = wrapperError;
    wrapperVersionPtr version = wrapperVersion;
    wrapperLoadResPtr load_res = wrapperLoadRes;
    wrapperUnloadResPtr unload_res = wrapperUnloadRes;
    wrapperCreatePtr create = wrapperCreate;
    wrapperWritePtr write = wrapperWrite;
    wrapperReadPtr read = wrapperRead;
    wrapperDestroyPtr destroy = wrapperDestroy;
    wrapperExecPtr exec = wrapperExec;
    wrapperExecFreePtr exec_free = wrapperExecFree;
    wrapperExecAsyncPtr exec_async = wrapperExecAsync;
    wrapperDebugInfoPtr debug_info = wrapperDebugInfo;
    (void)set_ctrl, (void)init, (void)fini, (void)error, (void)version, (void)load_res, (void)unload_res, (void)create;
    (void)write, (void)read, (void)destroy, (void)exec, (void)exec_free, (void)exec_async, (void)debug_info;
}
