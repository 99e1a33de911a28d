/* An engine that counts what the host gives back, shows what it was given, and waits when told to. For test_engine.py,
 * which reaches the counting_* functions through ctypes. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aiges/wrapper.h"

#define COUNTING __attribute__((visibility("default")))

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int live, inits, waiting, opened; /* results, starts less stops, calls that wait, whether they may go on */
static int sessions, nodes_seen;
static const void *seen[64]; /* data of the last request's nodes */
static unsigned int seen_len[64];
static wrapperMeterCustom meter;

COUNTING int counting_live(void) { return live; }
COUNTING int counting_started(void) { return inits; }
COUNTING int counting_sessions(void) { return sessions; }
COUNTING int counting_nodes(void) { return nodes_seen; }
COUNTING const void *counting_seen(int index) { return seen[index]; }
COUNTING unsigned int counting_seen_len(int index) { return seen_len[index]; }
COUNTING void counting_open_gate(int open) {
    pthread_mutex_lock(&lock);
    opened = open;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}
COUNTING void counting_await(int callers) { /* until so many calls wait */
    pthread_mutex_lock(&lock);
    while (waiting < callers) pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static void wait_at_gate(void) {
    pthread_mutex_lock(&lock);
    ++waiting;
    pthread_cond_broadcast(&changed);
    while (!opened) pthread_cond_wait(&changed, &lock);
    --waiting;
    pthread_mutex_unlock(&lock);
}

static unsigned int number(pParamList params, const char *key, unsigned int otherwise) {
    for (; params; params = params->next)
        if (params->key && strcmp(params->key, key) == 0) return (unsigned int)strtoul(params->value, NULL, 10);
    return otherwise;
}

static struct DataList *make_result(unsigned int nodes, unsigned int size) {
    struct DataList *head = NULL;
    while (nodes--) {
        struct DataList *node = calloc(1, sizeof *node);
        node->key = strdup("out");
        node->data = malloc(size ? size : 1);
        memset(node->data, 'a' + (int)(nodes % 26), size);
        node->len = size;
        node->status = DataOnce;
        node->next = head;
        head = node;
    }
    return head;
}

static void free_result(struct DataList *head) {
    while (head) {
        struct DataList *next = head->next;
        memset(head->data, 0xDD, head->len); /* a view that dangles shows it */
        free(head->data);
        free(head->key);
        free(head);
        head = next;
    }
}

WrapperAPI int wrapperSetCtrl(CtrlType type, void *func) {
    if (type == CTMeterCustom) memcpy(&meter, &func, sizeof meter);
    return 0;
}
WrapperAPI int wrapperInit(pConfig cfg) {
    (void)cfg;
    ++inits;
    return 0;
}
WrapperAPI int wrapperFini(void) {
    --inits;
    return 0;
}
WrapperAPI const char *wrapperError(int errNum) { return errNum == 4242 ? "the text of 4242" : "some code"; }
WrapperAPI const char *wrapperVersion(void) { return "7.8.9"; }
WrapperAPI int wrapperLoadRes(pDataList perData, unsigned int resId) {
    return perData && perData->type == DataPer && resId ? 0 : 4243;
}
WrapperAPI int wrapperUnloadRes(unsigned int resId) { return resId == 4242 ? 4242 : 0; }

WrapperAPI int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData,
                           unsigned int psrIds[], int psrCnt) {
    (void)psrIds;
    (void)psrCnt;
    unsigned int code = number(params, "count.fail", 0);
    pthread_mutex_lock(&lock);
    nodes_seen = 0;
    for (pDataList node = reqData; node; node = node->next) {
        if (nodes_seen < 64) seen[nodes_seen] = node->data, seen_len[nodes_seen] = node->len;
        ++nodes_seen;
    }
    pthread_mutex_unlock(&lock);
    if (meter) meter(usrTag, "count.calls", 1);
    if (number(params, "count.wait", 0)) wait_at_gate();
    if (code) return (int)code;
    *respData = make_result(number(params, "count.nodes", 1), number(params, "count.size", 4096));
    __atomic_add_fetch(&live, 1, __ATOMIC_SEQ_CST);
    return 0;
}
WrapperAPI int wrapperExecFree(const char *usrTag, pDataList *respData) {
    (void)usrTag;
    free_result(*respData);
    *respData = NULL;
    __atomic_sub_fetch(&live, 1, __ATOMIC_SEQ_CST);
    return 0;
}
WrapperAPI int wrapperExecAsync(const char *usrTag, pParamList params, pDataList reqData, wrapperCallback callback,
                                int timeout, unsigned int psrIds[], int psrCnt) {
    (void)reqData, (void)timeout, (void)psrIds, (void)psrCnt;
    if (number(params, "count.refuse", 0)) return 4242;
    struct DataList *result = make_result(1, 4);
    callback(usrTag, result, 0); /* inline, before this returns */
    free_result(result);
    return 0;
}

struct session {
    struct DataList *given;
    unsigned int waits;
    char info[8];
};
WrapperAPI const void *wrapperCreate(const char *usrTag, pParamList params, wrapperCallback cb, unsigned int psrIds[],
                                     int psrCnt, int *errNum) {
    (void)usrTag, (void)cb, (void)psrIds, (void)psrCnt;
    unsigned int code = number(params, "count.fail", 0);
    *errNum = (int)code;
    if (code) return NULL;
    struct session *session = calloc(1, sizeof *session);
    session->waits = number(params, "count.wait", 0);
    strcpy(session->info, "info");
    ++sessions;
    return session;
}
WrapperAPI int wrapperWrite(const void *handle, pDataList reqData) { return handle && reqData ? 0 : 4242; }
WrapperAPI int wrapperRead(const void *handle, pDataList *respData) {
    struct session *session = (struct session *)handle;
    if (session->waits) wait_at_gate();
    free_result(session->given);
    *respData = session->given = make_result(2, 2000);
    return 0;
}
WrapperAPI int wrapperDestroy(const void *handle) {
    struct session *session = (struct session *)handle;
    free_result(session->given);
    free(session);
    --sessions;
    return 0;
}
WrapperAPI const char *wrapperDebugInfo(const void *handle) { return ((const struct session *)handle)->info; }
