/* An engine that tells what it gets, as text: the parameters of a request or session, and of each node its key, type,
 * status, length and attributes. Its parameter "do" makes it do something else:
 *
 *     empty   success, and no result           begin   a result that says it is the first of several
 *     none    success, and one blank node      crash   SIGSEGV
 *     fail    code 4711                        hang    never returns */
#define OWN_EXEC
#define OWN_ERROR
#define OWN_CREATE
#define OWN_WRITE
#define OWN_READ
#define OWN_DESTROY
#define OWN_EXECASYNC
#include "../engines/museum/good.h"

#include <stdarg.h>
#include <stdio.h>

enum { ROOM = 1 << 16 };

struct told {
    struct DataList node;
    size_t size;
    char text[ROOM];
};

static void tell(struct told *told, const char *format, ...) {
    va_list words;
    va_start(words, format);
    int size = vsnprintf(told->text + told->size, ROOM - told->size, format, words);
    va_end(words);
    if (size > 0) told->size += (size_t)size < ROOM - told->size ? (size_t)size : ROOM - told->size - 1;
}

static void tell_list(struct told *told, const char *prefix, const struct ParamList *item) {
    for (; item != NULL; item = item->next) {
        const char *value = item->value != NULL ? item->value : "";
        tell(told, "%s%s=%.*s\n", prefix, item->key, (int)(item->vlen > 0 ? item->vlen : strlen(value)), value);
    }
}

static struct told *new_told(const struct ParamList *params) {
    struct told *told = calloc(1, sizeof *told);
    tell_list(told, "param ", params);
    return told;
}

static void tell_nodes(struct told *told, const struct DataList *node) {
    for (; node != NULL; node = node->next) {
        tell(told, "node %s type=%d status=%d len=%u\n", node->key, node->type, node->status, node->len);
        tell_list(told, "desc ", node->desc);
    }
}

static pDataList finished(struct told *told, DataStatus status) {
    told->node = (struct DataList){
        .key = (char *)"told", .data = told->text, .len = (unsigned int)told->size, .type = DataText, .status = status};
    return &told->node;
}

static const char *wish(const struct ParamList *item) {
    for (; item != NULL; item = item->next)
        if (strcmp(item->key, "do") == 0) return item->value;
    return "tell";
}

int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData, unsigned int psrIds[],
                int psrCnt) {
    (void)usrTag, (void)psrIds, (void)psrCnt;
    const char *what = wish(params);
    *respData = NULL;
    if (strcmp(what, "empty") == 0) return 0;
    if (strcmp(what, "fail") == 0) return 4711;
    if (strcmp(what, "none") == 0) return *respData = calloc(1, sizeof **respData), 0;
    while (strcmp(what, "hang") == 0) pause();
    volatile int *volatile nowhere = NULL;
    if (strcmp(what, "crash") == 0) return *nowhere;
    struct told *told = new_told(params);
    tell_nodes(told, reqData);
    *respData = finished(told, strcmp(what, "begin") == 0 ? DataBegin : DataOnce);
    return 0;
}

int wrapperExecAsync(const char *usrTag, pParamList params, pDataList reqData, wrapperCallback callback, int timeout,
                     unsigned int psrIds[], int psrCnt) {
    pDataList result = NULL;
    int code = wrapperExec(usrTag, params, reqData, &result, psrIds, psrCnt);
    if (code != 0) return code;
    if (result != NULL && result->key != NULL) tell((struct told *)result, "timeout %s\n", timeout > 0 ? "yes" : "no");
    if (result != NULL && result->key != NULL) result->len = (unsigned int)((struct told *)result)->size;
    callback(usrTag, result, 0);
    free(result);
    return 0;
}

const char *wrapperError(int errNum) { return errNum == 4711 ? "the engine's own text" : ""; }

/* A session tells at the end of its input. */
const void *wrapperCreate(const char *usrTag, pParamList params, wrapperCallback cb, unsigned int psrIds[], int psrCnt,
                          int *errNum) {
    (void)usrTag, (void)cb, (void)psrIds, (void)psrCnt;
    *errNum = 0;
    return new_told(params);
}

int wrapperWrite(const void *handle, pDataList reqData) {
    struct told *told = (struct told *)handle;
    tell_nodes(told, reqData);
    for (; reqData != NULL; reqData = reqData->next)
        if (reqData->status == DataEnd || reqData->status == DataOnce) finished(told, DataEnd);
    return 0;
}

int wrapperRead(const void *handle, pDataList *respData) {
    struct told *told = (struct told *)handle;
    *respData = told->node.key != NULL ? &told->node : NULL;
    return 0;
}

int wrapperDestroy(const void *handle) { return free((void *)handle), 0; }
