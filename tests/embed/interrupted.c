/* A host that cancels calls which go on (wrapper_hanging/wrapper.py). One sub-command per promise, as in driver.c.
 *
 *     interrupted COMMAND [KEY=VALUE...]        KEY=VALUE: the configuration for wrapperInit
 */
#define _GNU_SOURCE
#include "host.h"

static struct ParamList config_nodes[16];
static pConfig config = NULL;
static int limit_ms = 0; /* aiges.interrupt_after_ms */
static int rounds = 0;

static void begin(wrapperMeterCustom metering) {
    CHECK_CODE(host.set_ctrl(CTMeterCustom, (void *)metering), 0);
    CHECK_CODE(host.set_ctrl(CTTraceLog, (void *)&trace), 0);
    CHECK_CODE(host.init(config), 0);
}

static void end(void) {
    echo("alive");
    CHECK(ask_number("", NULL) == 0); /* nobody was interrupted who was not cancelled */
    CHECK_CODE(host.fini(), 0);
}

/* ---- Calls on threads of their own ------------------------------------------------------------------------------ */

struct call {
    const char *tag, *words, *argument;
    const void *handle; /* of a session: the call is a write, or without words a read */
    int code;
    int64_t ended_ms;
    pthread_t thread;
};

static int never_called(const void *tag, pDataList list, int code) {
    (void)tag, (void)list, (void)code;
    CHECK(!"a callback");
    return 0;
}

static int write_words(const void *handle, const char *text) {
    struct request request;
    fill_request(&request, text, NULL, NULL);
    return host.write(handle, &request.data);
}

static const void *create_session(const char *tag, const char *words, const char *argument, int *code) {
    struct request request;
    fill_request(&request, "", words, argument);
    return host.create(tag, request.params, NULL, NULL, 0, code);
}

static void *do_call(void *pointer) {
    struct call *call = pointer;
    pDataList answer = NULL;
    if (call->handle != NULL)
        call->code = call->words != NULL ? write_words(call->handle, call->words) : host.read(call->handle, &answer);
    else
        call->code = exec_words(call->tag, "x", call->words, call->argument, &answer);
    call->ended_ms = now_ms();
    if (call->code == 0 && call->handle == NULL) CHECK_CODE(host.exec_free(call->tag, &answer), 0);
    return NULL;
}

static void *do_create(void *pointer) {
    struct call *call = pointer;
    CHECK(create_session(call->tag, call->words, NULL, &call->code) == NULL);
    call->ended_ms = now_ms();
    return NULL;
}

static void *do_async(void *pointer) {
    struct call *call = pointer;
    call->code = exec_async_words(call->tag, "x", call->words, NULL, &never_called, 0);
    call->ended_ms = now_ms();
    return NULL;
}

/* Starts a call, cancels it once it says that it is in the wrapper, waits for its end. How often its time was over. */
static int64_t cancel_in(thread_main run, struct call *call, int expected) {
    call->thread = start(run, call);
    AWAIT("entered");
    const int64_t begun_ms = now_ms();
    CHECK_CODE(host.cancel(call->handle, call->handle == NULL ? call->tag : NULL), 0);
    join(call->thread);
    CHECK_CODE(call->code, expected);
    CHECK(call->ended_ms - begun_ms + 1 >= limit_ms);
    return (call->ended_ms - begun_ms + 1) / limit_ms;
}

static int64_t cancel_exec(const char *words, const char *argument, int expected) {
    struct call call = {.tag = "hanging", .words = words, .argument = argument};
    return cancel_in(&do_call, &call, expected);
}

/* ends: whatever it does. Its thread is free of it afterwards. */
static void ends(void) {
    begin(&meter);
    cancel_exec("enter spin", NULL, AIGES_ERR_WRAPPER_RAISED);
    cancel_exec("enter doze", NULL, AIGES_ERR_WRAPPER_RAISED);
    cancel_exec("enter sleep", "400", AIGES_ERR_WRAPPER_RAISED);
    struct call starting = {.tag = "starting", .words = "enter doze"};
    cancel_in(&do_async, &starting, AIGES_ERR_WRAPPER_RAISED);
    end();
}

/* stubborn: one that swallows the exception is sent another, each after the same time. */
static void stubborn(void) {
    begin(&meter);
    CHECK(cancel_exec("enter stubborn", "2", AIGES_ERR_WRAPPER_RAISED) >= 3);
    for (int i = 0; i < 2; ++i) AWAIT("swallowed");
    end();
}

/* off: without a limit a cancelled call ends when it likes. */
static void off(void) {
    CHECK(limit_ms <= 0);
    limit_ms = 1; /* what its time is counted in */
    begin(&meter);
    CHECK(cancel_exec("enter heed", "500", 0) >= 500);
    end();
}

/* ---- Sessions --------------------------------------------------------------------------------------------------- */

/* sessions: each of their calls but Destroy; one that begins after the cancel has as much time. */
static void sessions(void) {
    begin(&meter);
    struct call creating = {.tag = "creating", .words = "enter doze"};
    cancel_in(&do_create, &creating, AIGES_ERR_WRAPPER_RAISED);
    for (int reads = 0; reads < 2; ++reads) {
        int code = -1;
        const void *handle = create_session("slow-end", NULL, "enter doze", &code);
        CHECK_CODE(code, 0);
        struct call call = {.handle = handle, .words = reads ? NULL : "enter doze"};
        cancel_in(&do_call, &call, AIGES_ERR_WRAPPER_RAISED);
        CHECK_CODE(write_words(handle, ""), 0);
        usleep(3000 * (useconds_t)limit_ms); /* so that nobody looks at calls any more */
        const int64_t begun_ms = now_ms();
        CHECK_CODE(write_words(handle, "doze"), AIGES_ERR_WRAPPER_RAISED);
        CHECK(now_ms() - begun_ms + 1 >= limit_ms);
        CHECK_CODE(host.destroy(handle), 0);
        AWAIT("destroyed");
    }
    end();
}

/* destroy: to destroy a session is no cancel; a write that is still under way goes on, also when others are interrupted. */
static void destroy(void) {
    begin(&meter);
    int code = -1;
    struct call call = {.handle = create_session("slow-end", NULL, "", &code), .words = "enter sleep,1500"};
    CHECK_CODE(code, 0);
    call.thread = start(&do_call, &call);
    AWAIT("entered");
    CHECK_CODE(host.destroy(call.handle), 0);
    cancel_exec("enter spin", NULL, AIGES_ERR_WRAPPER_RAISED);
    join(call.thread);
    CHECK_CODE(call.code, 0);
    end();
}

/* cancel-hangs: a wrapperCancel that does not return keeps nobody from being interrupted. */
static void cancel_hangs(void) {
    begin(&meter);
    int code = -1;
    CHECK_CODE(host.cancel(create_session("slow-cancel", NULL, NULL, &code), NULL), 0);
    AWAIT("cancelling");
    cancel_exec("enter spin", NULL, AIGES_ERR_WRAPPER_RAISED);
    _exit(0); /* Fini would wait for it */
}

/* ---- The host in between ---------------------------------------------------------------------------------------- */

static void *call_and_tell(void *pointer) {
    do_call(pointer);
    post("over");
    return NULL;
}

/* away: a call whose thread is in the host whenever somebody looks is interrupted when it comes back. */
static void away(void) {
    begin(&meter);
    struct call call = {.tag = "hanging", .words = "enter wait"};
    call.thread = start(&call_and_tell, &call);
    AWAIT("entered");
    CHECK_CODE(host.cancel(NULL, "hanging"), 0);
    for (int left = PATIENCE_S * 1000 / (2 * limit_ms); left > 0 && !wait_for("over", 2 * limit_ms); --left) {
        CHECK(left > 1);
        post("go");
    }
    join(call.thread);
    CHECK_CODE(call.code, AIGES_ERR_WRAPPER_RAISED);
    end();
}

/* A call inside the call. It lasts until the outer one has been over its time for long. */
static int nesting_meter(const void *tag, const char *key, int count) {
    if (strcmp(key, "nested") != 0) return meter(tag, key, count);
    char argument[16];
    snprintf(argument, sizeof argument, "%d", 5 * limit_ms * 1000);
    post("inside");
    echo_with("inner", "pause", argument);
    echo_with("inner", "work", argument);
    post("nested");
    return 0;
}

static int hanging_meter(const void *tag, const char *key, int count) {
    if (strcmp(key, "nested") != 0) return meter(tag, key, count);
    struct call inner = {.tag = "inner", .words = "enter doze"};
    do_call(&inner);
    CHECK_CODE(inner.code, AIGES_ERR_WRAPPER_RAISED);
    return 0;
}

/* nested: neither the outer nor the inner call takes what is the other's. */
static void nested(void) {
    begin(&nesting_meter);
    struct call outer = {.tag = "outer", .words = "nest spin"};
    outer.thread = start(&do_call, &outer);
    AWAIT("inside");
    CHECK_CODE(host.cancel(NULL, "outer"), 0);
    join(outer.thread);
    CHECK_CODE(outer.code, AIGES_ERR_WRAPPER_RAISED);
    AWAIT("nested");
    CHECK_CODE(host.set_ctrl(CTMeterCustom, (void *)&hanging_meter), 0);
    outer = (struct call){.tag = "outer", .words = "nest work", .argument = "1000"};
    outer.thread = start(&do_call, &outer);
    AWAIT("entered");
    CHECK_CODE(host.cancel(NULL, "inner"), 0);
    join(outer.thread);
    CHECK_CODE(outer.code, 0);
    end();
}

/* fini: waits for the interruption of a cancelled call as for any end of one. */
static void fini(void) {
    begin(&meter);
    struct call call = {.tag = "hanging", .words = "enter doze"};
    call.thread = start(&do_call, &call);
    AWAIT("entered");
    CHECK_CODE(host.cancel(NULL, "hanging"), 0);
    CHECK_CODE(host.fini(), 0);
    join(call.thread);
    CHECK_CODE(call.code, AIGES_ERR_WRAPPER_RAISED);
    CHECK_CODE(host.init(config), 0);
    end();
}

/* ---- Storm ------------------------------------------------------------------------------------------------------ */

/* One who cancels what another thread calls, at any time. */
struct canceller {
    sem_t asked, done;
    const void *handle;
    char tag[32];
    int delay_us, code;
    pthread_t thread;
};

static void *cancel_what_is_asked(void *pointer) {
    struct canceller *own = pointer;
    while (sem_wait(&own->asked) == 0 && own->delay_us >= 0) {
        usleep((useconds_t)own->delay_us);
        own->code = host.cancel(own->handle, own->handle == NULL ? own->tag : NULL);
        sem_post(&own->done);
    }
    return NULL;
}

static atomic_int interruptions;

/* One call of any length, or a read of the session, and perhaps its cancel. Who is not cancelled in time ends well. */
static void storm_call(struct canceller *canceller, unsigned *seed, const void *handle) {
    static const char *const kinds[] = {"work", "pause", "work nest", "pause work"};
    char argument[16];
    const char *words = kinds[(unsigned)rand_r(seed) % 4];
    snprintf(argument, sizeof argument, "%d", rand_r(seed) % (3 * limit_ms * 1000));
    canceller->handle = handle;
    canceller->delay_us = rand_r(seed) % (2 * limit_ms * 1000);
    const bool cancels = rand_r(seed) % 2 == 0;
    if (cancels) sem_post(&canceller->asked);
    struct call call = {canceller->tag, handle != NULL ? NULL : words, argument, handle, 0, 0, 0};
    do_call(&call);
    if (cancels) CHECK(sem_wait(&canceller->done) == 0);
    if (call.code != 0) {
        CHECK_CODE(call.code, AIGES_ERR_WRAPPER_RAISED);
        CHECK(cancels && canceller->code == 0);
        atomic_fetch_add(&interruptions, 1);
    }
}

static int storm_meter(const void *tag, const char *key, int count) {
    (void)tag, (void)key, (void)count;
    echo_with("inner", "work pause", "500");
    return 0;
}

static void *storm_thread(void *number) {
    struct canceller canceller = {.handle = NULL};
    unsigned seed = (unsigned)(uintptr_t)number;
    CHECK(sem_init(&canceller.asked, 0, 0) == 0 && sem_init(&canceller.done, 0, 0) == 0);
    canceller.thread = start(&cancel_what_is_asked, &canceller);
    for (int round = 0; round < rounds; ++round) {
        snprintf(canceller.tag, sizeof canceller.tag, "storm %u %d", (unsigned)(uintptr_t)number, round);
        storm_call(&canceller, &seed, NULL);
        if (round % 4 != 0) continue;
        int code = -1;
        const void *handle = create_session(canceller.tag, NULL, NULL, &code);
        CHECK_CODE(code, 0);
        storm_call(&canceller, &seed, handle);
        CHECK_CODE(host.destroy(handle), 0);
    }
    canceller.delay_us = -1;
    sem_post(&canceller.asked);
    join(canceller.thread);
    return NULL;
}

/* storm: calls of any length, cancelled at any time, on four threads, with calls inside. Prints how many were hit. */
static void storm(void) {
    begin(&storm_meter);
    pthread_t threads[4];
    for (uintptr_t i = 0; i < 4; ++i) threads[i] = start(&storm_thread, (void *)(i + 1));
    for (int i = 0; i < 4; ++i) join(threads[i]);
    end();
    printf("%d\n", atomic_load(&interruptions));
}

/* ---- */

static const struct {
    const char *name;
    void (*run)(void);
} commands[] = {
    {"away", &away},       {"cancel-hangs", &cancel_hangs},
    {"destroy", &destroy}, {"ends", &ends},
    {"fini", &fini},       {"nested", &nested},
    {"off", &off},         {"sessions", &sessions},
    {"storm", &storm},     {"stubborn", &stubborn},
};

static void read_config(char **words) {
    for (int nodes = 0; words[nodes] != NULL; ++nodes) {
        char *equals = strchr(words[nodes], '=');
        CHECK(nodes < 16 && equals != NULL);
        *equals = '\0';
        config_nodes[nodes].key = words[nodes];
        config_nodes[nodes].value = equals + 1;
        config_nodes[nodes].next = config;
        config = &config_nodes[nodes];
        if (strcmp(words[nodes], "aiges.interrupt_after_ms") == 0) limit_ms = atoi(equals + 1);
        if (strcmp(words[nodes], "rounds") == 0) rounds = atoi(equals + 1);
    }
}

int main(int count, char **words) {
    if (count < 2) return 2;
    read_config(words + 2);
    load_engine("./libwrapper.so");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i) {
        if (strcmp(words[1], commands[i].name) != 0) continue;
        commands[i].run();
        return 0;
    }
    dprintf(2, "unknown command '%s'\n", words[1]);
    return 2;
}
