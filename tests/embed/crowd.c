/* Native threads in somebody else's Python: a library that a Python program loads (guest.py). Its threads call the
 * engine until the process ends, whatever Python does meanwhile; a code other than 0 and STOPPING ends it with 101. */
#define _GNU_SOURCE
#include "host.h"

static const char *crowd_how;
static atomic_int crowd_calls;

static bool may_go_on(int code) {
    if (code == 0 || code == AIGES_ERR_STOPPING) return true;
    /* Python 3.12 starts no thread any more when it ends: the wrapper that wants one raises. */
    if (code == AIGES_ERR_WRAPPER_RAISED && strcmp(crowd_how, "daemon") == 0) return true;
    dprintf(2, "crowd: unexpected code %d (%s)\n", code, host.error(code));
    _exit(101);
}

static int crowd_result(const void *tag, pDataList list, int code) {
    (void)tag, (void)list;
    may_go_on(code);
    return 0;
}

static int crowd_session(void) {
    struct request request;
    pDataList answer = NULL;
    int code = 0;
    const void *handle = host.create("crowd", NULL, NULL, NULL, 0, &code);
    if (handle == NULL) return code;
    fill_request(&request, "piece", NULL, NULL);
    request.data.status = DataContinue;
    if ((code = host.write(handle, &request.data)) == 0) code = host.read(handle, &answer);
    const int destroyed = host.destroy(handle);
    return code != 0 ? code : destroyed;
}

static int crowd_call(void) {
    pDataList answer = NULL;
    if (strcmp(crowd_how, "session") == 0) return crowd_session();
    if (strcmp(crowd_how, "inline") == 0 || strcmp(crowd_how, "daemon") == 0)
        return exec_async_words("crowd", "x", crowd_how, NULL, &crowd_result, 0);
    const char *argument = strcmp(crowd_how, "sleep") == 0 ? "20" : "2000";
    const int code = exec_words("crowd", "x", crowd_how, argument, &answer);
    if (code == 0) host.exec_free("crowd", &answer);
    return code;
}

static void *crowd_member(void *unused) {
    for (;;) {
        const int code = crowd_call();
        may_go_on(code);
        atomic_fetch_add(&crowd_calls, 1);
        post("crowd called");
        if (code != 0) usleep(1000); /* it will never change: no need to keep a core busy */
    }
    return unused;
}

static void *crowd_passer_by(void *unused) {
    may_go_on(crowd_call());
    return unused;
}

/* Threads that are born, call once and die, for as long as the process lives. */
static void *crowd_street(void *unused) {
    for (;;) {
        elsewhere(&crowd_passer_by, NULL);
        post("crowd called");
    }
    return unused;
}

static void *crowd_init(void *drain_ms) {
    struct ParamList config = {(char *)"aiges.drain_ms", drain_ms, NULL};
    CHECK_CODE(host.init(&config), 0);
    return NULL;
}

/* Loads the engine; Init on a thread that ends. */
WrapperAPI void crowd_load(const char *library, const char *drain_ms) {
    load_engine(library);
    give_controls();
    elsewhere(&crowd_init, (void *)drain_ms);
}

/* Starts `members` threads that call and as many that make others call; returns when calls were made. */
WrapperAPI void crowd_begin(int members, const char *how) {
    crowd_how = strdup(how);
    for (int i = 0; i < members; ++i) start(i % 2 == 0 ? &crowd_member : &crowd_street, NULL);
    for (int i = 0; i < members; ++i) AWAIT("crowd called");
}

/* One call on this thread. */
WrapperAPI void crowd_echo(void) { echo("hello"); }

/* Calls `function` on `count` native threads, one after the other. */
static void *run_function(void *function) {
    (*(void (**)(void))function)();
    return NULL;
}

WrapperAPI void crowd_run(void (*function)(void), int count) {
    while (count-- > 0) elsewhere(&run_function, &function);
}

WrapperAPI int crowd_fini(void) { return host.fini(); }
