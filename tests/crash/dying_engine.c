/* An engine that ends the process: its first parameter says "abort" or "segfault". */
#define OWN_EXEC
#include "../engines/museum/good.h"

int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData, unsigned int psrIds[],
                int psrCnt) {
    (void)usrTag, (void)reqData, (void)respData, (void)psrIds, (void)psrCnt;
    if (strcmp(params->value, "abort") == 0) abort();
    volatile int *volatile nowhere = NULL;
    return *nowhere;
}
