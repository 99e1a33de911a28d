/* Accepts an asynchronous request and forgets it. */
#define OWN_EXECASYNC
#include "good.h"
int wrapperExecAsync(const char *usrTag, pParamList params, pDataList reqData, wrapperCallback callback, int timeout,
                     unsigned int psrIds[], int psrCnt) {
    (void)usrTag, (void)params, (void)reqData, (void)callback, (void)timeout, (void)psrIds, (void)psrCnt;
    return 0;
}
