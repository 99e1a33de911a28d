/* An engine as they were written for the headers 1.x to 3.x: functions without prototypes, the export macro in the
 * middle, GNU's old designators, declarations at the top of blocks. It has to compile as it is. */
#include "aiges/wrapper.h"

#include <stdlib.h>
#include <string.h>

/* as the old headers had them */
int WrapperAPI wrapperFini();
const char *WrapperAPI wrapperVersion();

static wrapperMeterCustom meter = NULL;
static wrapperTraceLog trace = NULL;
static struct ParamList old_desc = {key : "rate", value : "16000", vlen : 5, next : NULL};

int WrapperAPI wrapperSetCtrl(CtrlType type, void *func) {
    switch (type) {
        case CTMeterCustom:
            meter = (wrapperMeterCustom)func;
            break;
        case CTTraceLog:
            trace = (wrapperTraceLog)func;
            break;
        default:
            break;
    }
    return 0;
}

int WrapperAPI wrapperInit(pConfig cfg) {
    pConfig p;
    for (p = cfg; p; p = p->next)
        if (p->key && !strcmp(p->key, "fail")) return atoi(p->value);
    return 0;
}

int WrapperAPI wrapperFini() { return 0; }
const char *WrapperAPI wrapperError(int errNum) { return errNum ? "failed" : "success"; }
const char *WrapperAPI wrapperVersion() { return "3.0.0"; }
int WrapperAPI wrapperLoadRes(pDataList perData, unsigned int resId) { return perData == NULL && resId == 0; }
int WrapperAPI wrapperUnloadRes(unsigned int resId) { return resId == 0; }

const void *WrapperAPI wrapperCreate(const char *usrTag, pParamList params, wrapperCallback cb, unsigned int psrIds[],
                                     int psrCnt, int *errNum) {
    static int handle;
    *errNum = usrTag == NULL && params == NULL && cb == NULL && psrIds == NULL && psrCnt;
    return *errNum ? NULL : &handle;
}

int WrapperAPI wrapperWrite(const void *handle, pDataList reqData) { return handle == NULL || reqData == NULL; }

int WrapperAPI wrapperRead(const void *handle, pDataList *respData) {
    *respData = NULL;
    return handle == NULL;
}

int WrapperAPI wrapperDestroy(const void *handle) { return handle == NULL; }

int WrapperAPI wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData,
                           unsigned int psrIds[], int psrCnt) {
    pDataList result = (pDataList)calloc(1, sizeof(struct DataList));
    (void)params, (void)psrIds, (void)psrCnt;
    if (!result || !reqData) return -1;
    result->key = strdup(reqData->key);
    result->data = malloc(reqData->len);
    memcpy(result->data, reqData->data, reqData->len);
    result->len = reqData->len;
    result->type = reqData->type;
    result->status = DataOnce;
    result->desc = &old_desc;
    if (meter) meter(usrTag, "calls", 1);
    if (trace) trace(usrTag, "key", "value");
    *respData = result;
    return 0;
}

int WrapperAPI wrapperExecFree(const char *usrTag, pDataList *respData) {
    (void)usrTag;
    free((*respData)->key);
    free((*respData)->data);
    free(*respData);
    return 0;
}

int WrapperAPI wrapperExecAsync(const char *usrTag, pParamList params, pDataList reqData, wrapperCallback callback,
                                int timeout, unsigned int psrIds[], int psrCnt) {
    (void)params, (void)timeout, (void)psrIds, (void)psrCnt;
    return callback(usrTag, reqData, 0);
}

const char *WrapperAPI wrapperDebugInfo(const void *handle) { return handle ? "session" : ""; }
