/* wrapperExec does not return, and there is no way to cancel it. */
#define OWN_EXEC
#include "good.h"
__attribute__((visibility("default"))) volatile int hangs;
int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData, unsigned int psrIds[],
                int psrCnt) {
    (void)usrTag, (void)params, (void)reqData, (void)respData, (void)psrIds, (void)psrCnt;
    for (hangs = 1;;) pause();
}
