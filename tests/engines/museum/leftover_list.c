/* Fails and leaves a list behind that nobody may free. */
#define OWN_EXEC
#include "good.h"
int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData, unsigned int psrIds[],
                int psrCnt) {
    (void)usrTag, (void)params, (void)reqData, (void)psrIds, (void)psrCnt;
    *respData = (pDataList)(uintptr_t)0x10;
    return 66;
}
