/* wrapperExec returns only when it is cancelled. */
#define OWN_EXEC
#include "good.h"
WrapperAPI int aiges_session_cancel(const void *handle, const char *usrTag);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cancelled = PTHREAD_COND_INITIALIZER;
static int working, given_up;

int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData, unsigned int psrIds[],
                int psrCnt) {
    (void)usrTag, (void)params, (void)reqData, (void)psrIds, (void)psrCnt;
    *respData = NULL;
    pthread_mutex_lock(&lock);
    working = 1;
    while (!given_up) pthread_cond_wait(&cancelled, &lock);
    working = given_up = 0;
    pthread_mutex_unlock(&lock);
    return 88;
}

int aiges_session_cancel(const void *handle, const char *usrTag) {
    (void)handle, (void)usrTag;
    pthread_mutex_lock(&lock);
    int known = working;
    given_up = working;
    pthread_cond_broadcast(&cancelled);
    pthread_mutex_unlock(&lock);
    return known ? 0 : -20004;
}
