/* Aborts in wrapperExec. */
#define OWN_EXEC
#include "good.h"
int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData, unsigned int psrIds[],
                int psrCnt) {
    (void)usrTag, (void)params, (void)reqData, (void)respData, (void)psrIds, (void)psrCnt;
    abort();
}
