/* Has no words: error, version and debug texts are NULL, and wrapperInit fails on request. */
#define OWN_ERROR
#define OWN_VERSION
#define OWN_DEBUGINFO
#define OWN_EXEC
#include "good.h"
const char *wrapperError(int errNum) { return (void)errNum, NULL; }
const char *wrapperVersion(void) { return NULL; }
const char *wrapperDebugInfo(const void *handle) { return (void)handle, NULL; }
int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData, unsigned int psrIds[],
                int psrCnt) {
    (void)usrTag, (void)params, (void)reqData, (void)psrIds, (void)psrCnt;
    return *respData = NULL, 44;
}
