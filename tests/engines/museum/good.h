/* A small, well-behaved engine that the exhibits include and spoil. It echoes the first node; it knows one session.
 * An exhibit defines OWN_<FUNCTION> before it includes this file, and then writes that function itself, badly. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aiges/wrapper.h"

#ifdef __cplusplus
extern "C" {
#endif

static pDataList museum_copy(pDataList from) {
    pDataList node = (pDataList)calloc(1, sizeof *node + from->len);
    node->key = (char *)"copy";
    node->data = node + 1;
    node->len = from->len;
    node->type = from->type;
    node->status = DataOnce;
    memcpy(node->data, from->data, from->len);
    return node;
}

#ifndef OWN_SETCTRL
int wrapperSetCtrl(CtrlType type, void *func) { return (void)type, (void)func, 0; }
#endif
#ifndef OWN_INIT
int wrapperInit(pConfig cfg) { return (void)cfg, 0; }
#endif
#ifndef OWN_FINI
int wrapperFini(void) { return 0; }
#endif
#ifndef OWN_ERROR
const char *wrapperError(int errNum) { return (void)errNum, "the exhibit failed"; }
#endif
#ifndef OWN_VERSION
const char *wrapperVersion(void) { return "0.0.1"; }
#endif
#ifndef OWN_LOADRES
int wrapperLoadRes(pDataList perData, unsigned int resId) { return (void)perData, (void)resId, 0; }
#endif
#ifndef OWN_UNLOADRES
int wrapperUnloadRes(unsigned int resId) { return (void)resId, 0; }
#endif
static int museum_session;
#ifndef OWN_CREATE
const void *wrapperCreate(const char *usrTag, pParamList params, wrapperCallback cb, unsigned int psrIds[], int psrCnt,
                          int *errNum) {
    (void)usrTag, (void)params, (void)cb, (void)psrIds, (void)psrCnt;
    *errNum = 0;
    return &museum_session;
}
#endif
#ifndef OWN_WRITE
int wrapperWrite(const void *handle, pDataList reqData) { return (void)handle, (void)reqData, 0; }
#endif
#ifndef OWN_READ
int wrapperRead(const void *handle, pDataList *respData) { return (void)handle, *respData = NULL, 0; }
#endif
#ifndef OWN_DESTROY
int wrapperDestroy(const void *handle) { return (void)handle, 0; }
#endif
#ifndef OWN_EXEC
int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData, unsigned int psrIds[],
                int psrCnt) {
    (void)usrTag, (void)params, (void)psrIds, (void)psrCnt;
    return *respData = museum_copy(reqData), 0;
}
#endif
#ifndef OWN_EXECFREE
int wrapperExecFree(const char *usrTag, pDataList *respData) {
    (void)usrTag;
    free(*respData);
    return *respData = NULL, 0;
}
#endif
#ifndef OWN_EXECASYNC
int wrapperExecAsync(const char *usrTag, pParamList params, pDataList reqData, wrapperCallback callback, int timeout,
                     unsigned int psrIds[], int psrCnt) {
    (void)params, (void)timeout, (void)psrIds, (void)psrCnt;
    pDataList node = museum_copy(reqData);
    callback(usrTag, node, 0);
    return free(node), 0;
}
#endif
#ifndef OWN_DEBUGINFO
const char *wrapperDebugInfo(const void *handle) { return (void)handle, ""; }
#endif

#ifdef __cplusplus
}
#endif
