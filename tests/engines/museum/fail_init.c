/* Cannot start, and does not check that in any other function. */
#define OWN_INIT
#define OWN_ERROR
#define OWN_EXEC
#include "good.h"
int wrapperInit(pConfig cfg) { return (void)cfg, 77; }
const char *wrapperError(int errNum) { return errNum == 77 ? "the model file is missing" : "?"; }
int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData, unsigned int psrIds[],
                int psrCnt) {
    (void)usrTag, (void)params, (void)reqData, (void)respData, (void)psrIds, (void)psrCnt;
    abort(); /* the model it would use was never loaded */
}
