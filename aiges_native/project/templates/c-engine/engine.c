/* @SERVICE@: counts words. An engine of the AIGES ABI (aiges/wrapper.h): all fifteen functions, nothing else exported.
 *
 * One-shot: the words of all texts in the request. Session: after each piece the words so far, through the callback or,
 * without one, through wrapperRead; a word may begin in one piece and end in the next. Parameter, and its default in
 * the configuration: min = shortest word that counts (1).
 *
 * For an engine of your own, replace the parts called THE WORK. The rest keeps the rules of the contract: requests are
 * read while the call lasts, results are memory of our own, a handle is looked up and never dereferenced, and no lock is
 * held during the work or a call of the host. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aiges/errors.h"
#include "aiges/version.h"
#include "aiges/wrapper.h"

/* Codes of this engine; any but 0 and -20001..-20199, which errors.h has. */
enum { NO_TEXT = 5001, BAD_NUMBER, ENDED, ABSENT = AIGES_ERR_METHOD_MISSING };

struct work {             /* THE WORK, 1: what a request asks for, and how far it has come */
    int min;              /* from the parameters */
    unsigned int words;   /* so far */
    unsigned int letters; /* bytes of the word that the last piece ended in */
};

/* A result. The node comes first, so that its address is the block's. */
struct answer {
    struct DataList node;
    char text[16];
};

struct session {
    struct session *next;
    const void *handle;
    wrapperCallback callback;
    struct work work;
    unsigned int answers; /* given so far */
    bool waiting, last;   /* the newest count was not read yet; the input has ended */
    struct answer given;  /* by wrapperRead: lives until the next one or wrapperDestroy */
    const char *tag;      /* NULL, or the text behind: a copy of the host's */
    char text[];
};

static struct {
    _Atomic int refusal;  /* what calls are refused with; 0: ready */
    atomic_int calling;   /* callbacks that run */
    int min;              /* from the configuration */
    pthread_mutex_t lock; /* for what follows, a few instructions at a time */
    uintptr_t last_handle;
    struct session *sessions;
} engine = {.refusal = AIGES_ERR_NOT_READY, .lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- THE WORK, 2: reads parameters, also those of the configuration ---- */

static int number(const struct ParamList *params, const char *key, int otherwise, int *code) {
    while (params != NULL && (params->key == NULL || strcmp(params->key, key) != 0)) params = params->next;
    if (params == NULL) return otherwise;
    char text[16] = "", *end; /* a copy, as the value need not end in NUL; with vlen 0 it does */
    int length = params->vlen != 0 && params->vlen < sizeof text ? (int)params->vlen : (int)sizeof text;
    snprintf(text, sizeof text, "%.*s", length, params->value != NULL ? params->value : "");
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < 0 || value > 1000) *code = BAD_NUMBER;
    return (int)value;
}

/* What every request and session begins with. */
static int begin(const struct ParamList *params, int resources, struct work *work) {
    int code = engine.refusal;
    if (code != 0) return code;
    *work = (struct work){.min = number(params, "min", engine.min, &code)};
    return resources > 0 ? AIGES_ERR_UNKNOWN_RESOURCE : code;
}

/* ---- THE WORK, 3: one piece of data ---- */

static void end_word(struct work *work) {
    if (work->letters > 0 && work->letters >= (unsigned int)work->min) work->words++;
    work->letters = 0;
}

/* Counts what is in a request; gives the number of texts. `last`: a text is the last one of its session. */
static int count(struct work *work, const struct DataList *node, bool *last) {
    int texts = 0;
    for (; node != NULL; node = node->next) {
        bool nothing = node->data == NULL && (node->key == NULL || node->len > 0); /* key too: an empty list */
        if (node->type != DataText || nothing) continue;
        if (node->status == DataEnd || node->status == DataOnce) *last = true;
        const char *bytes = node->data;
        for (unsigned int i = 0; i < node->len; i++)
            strchr(" \t\r\n", bytes[i]) != NULL ? end_word(work) : (void)work->letters++;
        if (*last) end_word(work);
        texts++;
    }
    return texts;
}

/* Writes the count into a result. */
static void fill(struct answer *answer, const struct work *work, DataStatus status) {
    answer->node = (struct DataList){.key = "words", .data = answer->text, .type = DataText, .status = status};
    answer->node.len = (unsigned int)snprintf(answer->text, sizeof answer->text, "%u", work->words);
}

/* ---- One-shot ---- */

int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData, unsigned int psrIds[],
                int psrCnt) {
    (void)usrTag, (void)psrIds;
    if (respData == NULL) return AIGES_ERR_INVALID_ARG;
    *respData = NULL;
    struct work work;
    int code = begin(params, psrCnt, &work);
    if (code != 0) return code;
    bool last = true; /* every text is whole */
    if (count(&work, reqData, &last) == 0) return NO_TEXT;
    struct answer *answer = malloc(sizeof *answer);
    if (answer == NULL) return AIGES_ERR_NO_MEMORY;
    fill(answer, &work, DataOnce);
    *respData = &answer->node;
    return 0;
}

int wrapperExecFree(const char *usrTag, pDataList *respData) {
    (void)usrTag; /* may be gone already: never read here */
    if (respData == NULL) return AIGES_ERR_INVALID_ARG;
    free(*respData);
    *respData = NULL;
    return 0;
}

/* ---- Sessions ---- */

/* The session behind a handle, or NULL; taken out of the list if it is to end. Calls of one handle come one by one. */
static struct session *find(const void *handle, bool take) {
    pthread_mutex_lock(&engine.lock);
    struct session **link = &engine.sessions;
    while (*link != NULL && (*link)->handle != handle) link = &(*link)->next;
    struct session *session = *link;
    if (take && session != NULL) *link = session->next;
    pthread_mutex_unlock(&engine.lock);
    return session;
}

const void *wrapperCreate(const char *usrTag, pParamList params, wrapperCallback cb, unsigned int psrIds[], int psrCnt,
                          int *errNum) {
    (void)psrIds;
    struct work work;
    size_t size = usrTag != NULL ? strlen(usrTag) + 1 : 0;
    struct session *session = NULL;
    int code = begin(params, psrCnt, &work);
    if (code == 0 && (session = malloc(sizeof *session + size)) == NULL) code = AIGES_ERR_NO_MEMORY;
    if (errNum != NULL) *errNum = code;
    if (code != 0) return NULL;
    *session = (struct session){.callback = cb, .work = work};
    if (usrTag != NULL) session->tag = memcpy(session->text, usrTag, size);
    pthread_mutex_lock(&engine.lock);
    const void *handle = session->handle = (const void *)++engine.last_handle; /* a number that is never used again */
    session->next = engine.sessions;
    engine.sessions = session;
    pthread_mutex_unlock(&engine.lock);
    return handle;
}

static struct DataList *answer_next(struct session *session, struct answer *answer) {
    bool first = session->answers++ == 0;
    fill(answer, &session->work, session->last ? DataEnd : first ? DataBegin : DataContinue);
    return &answer->node;
}

int wrapperWrite(const void *handle, pDataList reqData) {
    struct session *session = find(handle, false);
    if (session == NULL) return AIGES_ERR_UNKNOWN_HANDLE;
    if (session->last) return ENDED;
    if (count(&session->work, reqData, &session->last) == 0) return 0;
    session->waiting = session->callback == NULL;
    if (session->waiting) return 0;
    struct answer answer; /* ours: the host may read it until it returns. It may destroy the session meanwhile */
    struct DataList *node = answer_next(session, &answer);
    engine.calling++;
    session->callback(session->tag, node, 0);
    engine.calling--;
    return 0;
}

/* Never blocks: 0 with NULL when nothing is new. A count that nobody read is overtaken by the next. */
int wrapperRead(const void *handle, pDataList *respData) {
    if (respData == NULL) return AIGES_ERR_INVALID_ARG;
    *respData = NULL;
    struct session *session = find(handle, false);
    if (session == NULL) return AIGES_ERR_UNKNOWN_HANDLE;
    if (session->waiting) *respData = answer_next(session, &session->given);
    session->waiting = false;
    return 0;
}

int wrapperDestroy(const void *handle) {
    struct session *session = find(handle, true);
    free(session);
    return session != NULL ? 0 : AIGES_ERR_UNKNOWN_HANDLE;
}

/* ---- Life ---- */

int wrapperInit(pConfig cfg) {
    if (engine.refusal != AIGES_ERR_NOT_READY) return AIGES_ERR_ALREADY_INIT;
    int code = 0;
    engine.min = number(cfg, "min", 1, &code);
    if (code == 0) engine.refusal = 0; /* load your model before this */
    return code;
}

int wrapperFini(void) {
    if (engine.calling > 0) return AIGES_ERR_BUSY; /* from inside a call of the host */
    engine.refusal = AIGES_ERR_NOT_READY;
    for (struct session *session; (session = engine.sessions) != NULL; free(session)) engine.sessions = session->next;
    return 0;
}

/* Depends on the code alone: hosts ask later, perhaps on another thread. */
const char *wrapperError(int errNum) {
    if (errNum == 0) return "success";
    if (errNum == NO_TEXT) return "the request holds no text";
    if (errNum == BAD_NUMBER) return "'min' is no whole number from 0 to 1000";
    if (errNum == ENDED) return "the session has had its last piece";
    if (errNum == ABSENT) return "the engine does not do this";
    if (errNum == AIGES_ERR_NOT_READY) return "the engine is not started";
    if (errNum == AIGES_ERR_UNKNOWN_HANDLE) return "there is no such session";
    return "the call failed: errors.h has the code";
}

const char *wrapperVersion(void) { return "1.0.0"; }
const char *wrapperDebugInfo(const void *handle) { return (void)handle, ""; }
int wrapperSetCtrl(CtrlType type, void *func) { return (void)type, (void)func, 0; }
WrapperAPI unsigned int aiges_abi_version(void) { return AIGES_ABI_VERSION; }

/* ---- What this engine does not do. Every function must be there, and say so. ---- */

int wrapperLoadRes(pDataList perData, unsigned int resId) { return (void)perData, (void)resId, ABSENT; }
int wrapperUnloadRes(unsigned int resId) { return (void)resId, ABSENT; }
int wrapperExecAsync(const char *usrTag, pParamList params, pDataList reqData, wrapperCallback callback, int timeout,
                     unsigned int psrIds[], int psrCnt) {
    (void)usrTag, (void)params, (void)reqData, (void)callback, (void)timeout, (void)psrIds, (void)psrCnt;
    return ABSENT; /* hosts then use wrapperExec */
}
