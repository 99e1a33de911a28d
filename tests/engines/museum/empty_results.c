/* Gives a node of nothing as its result; without a request, success without any list. */
#define OWN_EXEC
#include "good.h"
int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData, unsigned int psrIds[],
                int psrCnt) {
    (void)usrTag, (void)params, (void)psrIds, (void)psrCnt;
    *respData = reqData != NULL ? (pDataList)calloc(1, sizeof **respData) : NULL;
    return 0;
}
