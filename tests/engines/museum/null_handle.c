/* wrapperCreate gives no handle and says that all went well. */
#define OWN_CREATE
#include "good.h"
const void *wrapperCreate(const char *usrTag, pParamList params, wrapperCallback cb, unsigned int psrIds[], int psrCnt,
                          int *errNum) {
    (void)usrTag, (void)params, (void)cb, (void)psrIds, (void)psrCnt;
    *errNum = 0;
    return NULL;
}
