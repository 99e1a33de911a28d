/* Says that four bytes are 4 GiB. Whoever only carries the result must not touch them. */
#define OWN_EXEC
#include "good.h"
int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData, unsigned int psrIds[],
                int psrCnt) {
    (void)usrTag, (void)params, (void)psrIds, (void)psrCnt;
    *respData = museum_copy(reqData);
    (*respData)->len = 0xffffffffu;
    return 0;
}
