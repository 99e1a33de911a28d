/* Takes its time to start; a request that comes before it is ready kills it. */
#define OWN_INIT
#define OWN_EXEC
#include "good.h"
static int ready;
int wrapperInit(pConfig cfg) {
    (void)cfg;
    usleep(900000);
    __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
    return 0;
}
int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData, unsigned int psrIds[],
                int psrCnt) {
    (void)usrTag, (void)params, (void)psrIds, (void)psrCnt;
    if (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) abort();
    return *respData = museum_copy(reqData), 0;
}
