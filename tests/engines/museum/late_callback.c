/* Calls back after the final result of an asynchronous request, and after wrapperDestroy of a session. */
#define OWN_EXECASYNC
#define OWN_CREATE
#define OWN_WRITE
#define OWN_DESTROY
#include "good.h"

static wrapperCallback callback_of_session;
static char tag_of_session[64];

int wrapperExecAsync(const char *usrTag, pParamList params, pDataList reqData, wrapperCallback callback, int timeout,
                     unsigned int psrIds[], int psrCnt) {
    (void)params, (void)timeout, (void)psrIds, (void)psrCnt;
    pDataList node = museum_copy(reqData);
    for (int i = 0; i < 3; i++) callback(usrTag, node, 0); /* each of them says that it is the last */
    callback(usrTag, NULL, 5);
    return free(node), 0;
}

const void *wrapperCreate(const char *usrTag, pParamList params, wrapperCallback cb, unsigned int psrIds[], int psrCnt,
                          int *errNum) {
    (void)params, (void)psrIds, (void)psrCnt;
    *errNum = 0;
    callback_of_session = cb;
    strncpy(tag_of_session, usrTag != NULL ? usrTag : "", sizeof tag_of_session - 1);
    return &museum_session;
}

int wrapperWrite(const void *handle, pDataList reqData) {
    (void)handle;
    pDataList node = museum_copy(reqData);
    node->status = DataContinue;
    callback_of_session(tag_of_session, node, 0);
    return free(node), 0;
}

static void *call_late(void *unused) {
    char text[] = "late";
    struct DataList node = {.key = text, .data = text, .len = 4, .status = DataOnce};
    usleep(50000);
    callback_of_session(tag_of_session, &node, 0);
    return unused;
}

int wrapperDestroy(const void *handle) {
    pthread_t thread;
    (void)handle;
    if (pthread_create(&thread, NULL, call_late, NULL) == 0) pthread_detach(thread);
    return 0;
}
