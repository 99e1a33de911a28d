/* A host as AIGES is one: it loads ./libwrapper.so from a folder with a wrapper.py and calls it from threads that come
 * and go. One sub-command per promise; the tests beside it run them (test_*.py). It says nothing and exits with 0 when
 * the promise is kept; what it prints otherwise names the line.
 *
 *     driver COMMAND [ARGUMENT...] [KEY=VALUE...]        KEY=VALUE: the configuration for wrapperInit
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "host.h"

int call_noexcept(int (*call)(void *), void *argument); /* noexcept_caller.cpp */

extern char **environ;

static struct ParamList config_nodes[16];
static pConfig config = NULL;
static char **arguments; /* after the command, without the configuration; ends with NULL */

static void *do_init(void *unused) {
    (void)unused;
    CHECK_CODE(host.init(config), 0);
    return NULL;
}

static void *do_fini(void *unused) {
    (void)unused;
    CHECK_CODE(host.fini(), 0);
    return NULL;
}

static void *do_echo(void *text) {
    echo(text);
    return NULL;
}

static void begin(void) {
    give_controls();
    do_init(NULL);
}

/* ---- What the host keeps for itself ----------------------------------------------------------------------------- */

struct host_state {
    struct sigaction actions[65];
    sigset_t blocked;
    stack_t alternate_stack;
    char locale[256];
    char directory[4096];
    char environment[65536];
    mode_t mask;
};

static void note_state(struct host_state *state) {
    memset(state, 0, sizeof *state);
    for (int number = 1; number < 65; ++number) sigaction(number, NULL, &state->actions[number]);
    sigprocmask(SIG_BLOCK, NULL, &state->blocked);
    sigaltstack(NULL, &state->alternate_stack);
    snprintf(state->locale, sizeof state->locale, "%s", setlocale(LC_ALL, NULL));
    CHECK(getcwd(state->directory, sizeof state->directory) != NULL);
    size_t used = 0;
    for (char **variable = environ; *variable != NULL; ++variable)
        used += (size_t)snprintf(state->environment + used, sizeof state->environment - used, "%s\n", *variable);
    CHECK(used < sizeof state->environment);
    state->mask = umask(0);
    umask(state->mask);
}

static void check_same(const struct host_state *before) {
    struct host_state *now = malloc(sizeof *now);
    note_state(now);
    for (int number = 1; number < 65; ++number) {
        const struct sigaction *a = &before->actions[number], *b = &now->actions[number];
        const int same_flags = ((a->sa_flags ^ b->sa_flags) & ~0x04000000) == 0;   /* SA_RESTORER is the C library's */
        const bool no_mask = a->sa_handler == SIG_DFL || a->sa_handler == SIG_IGN; /* what stands there is not used */
        const bool same_mask = no_mask || memcmp(&a->sa_mask, &b->sa_mask, sizeof(unsigned long)) == 0;
        if (a->sa_handler == b->sa_handler && same_flags && same_mask) continue;
        dprintf(2, "the action of signal %d changed: handler %p -> %p, flags %x -> %x\n", number,
                (void *)(uintptr_t)a->sa_handler, (void *)(uintptr_t)b->sa_handler, a->sa_flags, b->sa_flags);
        _exit(101);
    }
    CHECK(memcmp(&before->blocked, &now->blocked, sizeof(unsigned long)) == 0);
    CHECK(before->alternate_stack.ss_sp == now->alternate_stack.ss_sp);
    CHECK(strcmp(before->locale, now->locale) == 0);
    CHECK(strcmp(before->directory, now->directory) == 0);
    CHECK(strcmp(before->environment, now->environment) == 0);
    CHECK(before->mask == now->mask);
    free(now);
}

static void on_signal(int number) { (void)number; }

/* host-state [MODULES]: nothing of the process changes, whatever the wrapper imports. */
static void host_state(void) {
    struct sigaction own = {.sa_handler = &on_signal, .sa_flags = SA_ONSTACK | SA_RESTART};
    sigaction(SIGUSR1, &own, NULL);
    sigaction(SIGTERM, &own, NULL);
    sigset_t some;
    sigemptyset(&some);
    sigaddset(&some, SIGUSR2);
    sigprocmask(SIG_BLOCK, &some, NULL);
    CHECK(setlocale(LC_NUMERIC, "C.UTF-8") != NULL || setlocale(LC_NUMERIC, "C.utf8") != NULL);
    umask(027);
    struct host_state *before = malloc(sizeof *before);
    note_state(before);
    begin();
    check_same(before);
    echo("ready");
    check_same(before);
    if (arguments[0] != NULL) {
        echo_with("imported", "import", arguments[0]);
        check_same(before);
        elsewhere(&do_echo, "elsewhere");
    }
    do_fini(NULL);
    check_same(before);
    free(before);
}

/* ask EXPRESSION: prints what it is in the wrapper. */
static void ask(void) {
    begin();
    pDataList answer = NULL;
    CHECK_CODE(exec_words("tag", "?", "eval", arguments[0], &answer), 0);
    printf("%.*s\n", (int)answer->len, (const char *)answer->data);
    CHECK_CODE(host.exec_free("tag", &answer), 0);
}

/* init-fails: prints code and text of a failed wrapperInit; then every function answers (table 2.2), and once more. */
static int never_called(const void *tag, pDataList list, int code) {
    (void)tag, (void)list, (void)code;
    CHECK(!"a callback");
    return 0;
}

static void check_not_ready(void) {
    pDataList answer = (pDataList)&answer;
    struct request request;
    int code = 0;
    fill_request(&request, "x", "", NULL);
    CHECK_CODE(host.exec("t", request.params, &request.data, &answer, NULL, 0), AIGES_ERR_NOT_READY);
    CHECK(answer == NULL);
    CHECK_CODE(host.exec_async("t", request.params, &request.data, &never_called, 0, NULL, 0), AIGES_ERR_NOT_READY);
    CHECK(host.create("t", request.params, NULL, NULL, 0, &code) == NULL);
    CHECK_CODE(code, AIGES_ERR_NOT_READY);
    CHECK(host.create("t", request.params, &never_called, NULL, 0, NULL) == NULL);
    CHECK_CODE(host.write(&request, &request.data), AIGES_ERR_NOT_READY);
    answer = (pDataList)&answer;
    CHECK_CODE(host.read(&request, &answer), AIGES_ERR_NOT_READY);
    CHECK(answer == NULL);
    CHECK_CODE(host.destroy(&request), AIGES_ERR_UNKNOWN_HANDLE);
    CHECK_CODE(host.load_res(&request.data, 1), AIGES_ERR_NOT_READY);
    CHECK_CODE(host.unload_res(1), AIGES_ERR_NOT_READY);
    CHECK_CODE(host.exec_free("t", &answer), 0);
    CHECK_CODE(host.exec_free("t", NULL), AIGES_ERR_INVALID_ARG);
    CHECK_CODE(host.fini(), 0);
    CHECK(host.error(AIGES_ERR_NOT_READY)[0] != '\0' && host.error(987654)[0] != '\0');
    CHECK(host.version()[0] >= '0' && host.version()[0] <= '9');
    CHECK(host.debug_info(&request) != NULL);
    CHECK_CODE(host.set_ctrl(CTMetricsLog, NULL), 0);
}

static void *do_check_not_ready(void *unused) {
    (void)unused;
    check_not_ready();
    return NULL;
}

static void init_fails(void) {
    give_controls();
    const int code = host.init(config);
    printf("%d\n%s\n", code, host.error(code));
    CHECK(code != 0);
    check_not_ready();
    elsewhere(&do_check_not_ready, NULL);
    CHECK_CODE(host.init(config), code);
    check_not_ready();
    const char *again = arguments[0]; /* VALUE of python.executable that works */
    if (again == NULL) return;
    struct ParamList good = {(char *)"python.executable", (char *)again, 0, NULL};
    CHECK_CODE(host.init(&good), 0);
    echo("mended");
}

/* ---- Threads that come and go ----------------------------------------------------------------------------------- */

/* threads: Init on a thread that ends, calls on threads of their own, Fini on another one. */
static void threads(void) {
    give_controls();
    elsewhere(&do_init, NULL);
    echo("main");
    for (int round = 0; round < 200; ++round) elsewhere(&do_echo, "short-lived");
    pthread_t many[16];
    for (int i = 0; i < 16; ++i) many[i] = start(&do_echo, "together");
    for (int i = 0; i < 16; ++i) join(many[i]);
    CHECK(ask_number("thread", NULL) == 1); /* the wrapper's thread locals live as long as the thread */
    CHECK(ask_number("thread", NULL) == 2);
    elsewhere(&do_fini, NULL);
    check_not_ready();
    elsewhere(&do_check_not_ready, NULL);
}

struct session_call {
    const void *handle;
    const char *text;
    int number;
};

static void *session_create(void *argument) {
    struct session_call *call = argument;
    int code = -1;
    char tag[32];
    snprintf(tag, sizeof tag, "hopper-%d", call->number);
    call->handle = host.create(tag, NULL, NULL, NULL, 0, &code);
    CHECK_CODE(code, 0);
    CHECK(call->handle != NULL);
    return NULL;
}

static void *session_write(void *argument) {
    struct session_call *call = argument;
    struct request request;
    fill_request(&request, call->text, NULL, NULL);
    request.data.status = DataContinue;
    CHECK_CODE(host.write(call->handle, &request.data), 0);
    return NULL;
}

static void *session_read(void *argument) {
    struct session_call *call = argument;
    pDataList answer = NULL;
    CHECK_CODE(host.read(call->handle, &answer), 0);
    CHECK(call->text == NULL ? answer == NULL : node_is(answer, call->text));
    return NULL;
}

static void *session_destroy(void *argument) {
    struct session_call *call = argument;
    CHECK_CODE(host.destroy(call->handle), 0);
    return NULL;
}

static void *one_session(void *number) {
    struct session_call call = {NULL, NULL, (int)(intptr_t)number};
    char text[32];
    elsewhere(&session_create, &call);
    for (int piece = 0; piece < 5; ++piece) {
        snprintf(text, sizeof text, "%d/%d", call.number, piece);
        call.text = text;
        elsewhere(&session_write, &call);
        elsewhere(&session_read, &call);
    }
    call.text = NULL;
    elsewhere(&session_read, &call);
    CHECK(host.debug_info(call.handle) != NULL);
    elsewhere(&session_destroy, &call);
    return NULL;
}

/* sessions: each call of a session on another thread, eight sessions at a time. */
static void sessions(void) {
    begin();
    pthread_t running[8];
    for (int i = 0; i < 8; ++i) running[i] = start(&one_session, (void *)(intptr_t)i);
    for (int i = 0; i < 8; ++i) join(running[i]);
    do_fini(NULL);
}

static void *hog(void *milliseconds) {
    echo_with("hogged", "hog", milliseconds);
    return NULL;
}

static void *call_and_end_late(void *unused) {
    (void)unused;
    echo_with("kept", "keep", NULL);
    post("called");
    AWAIT("hogging");
    return NULL;
}

/* hogged-exit: a thread with a thread state ends while another one keeps the GIL. */
static void hogged_exit(void) {
    begin();
    pthread_t ending = start(&call_and_end_late, NULL);
    AWAIT("called");
    CHECK(ask_number("kept", NULL) == 1);
    pthread_t hogging = start(&hog, "300");
    join(ending);
    join(hogging);
    CHECK(ask_number("kept", NULL) == 0); /* its thread locals went with it */
    do_fini(NULL);
}

static long resident_bytes(void) {
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%ld %ld", &pages, &resident) == 2);
    fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

static void *keep_and_end(void *unused) {
    (void)unused;
    echo_with("kept", "keep", NULL);
    return NULL;
}

/* many-threads COUNT: prints the bytes that each one left behind. */
static void many_threads(void) {
    const int count = atoi(arguments[0]);
    begin();
    for (int i = 0; i < 1000; ++i) elsewhere(&keep_and_end, NULL);
    CHECK(ask_number("eval", "__import__('gc').collect() * 0") == 0);
    const long before = resident_bytes();
    for (int i = 0; i < count; ++i) elsewhere(&keep_and_end, NULL);
    CHECK(ask_number("eval", "__import__('gc').collect() * 0") == 0);
    printf("%.1f\n", (double)(resident_bytes() - before) / count);
    CHECK(ask_number("kept", NULL) == 0);
    pthread_t late = start(&call_and_end_late, NULL);
    AWAIT("called");
    do_fini(NULL);
    post("hogging");
    join(late); /* a thread may end after Fini */
}

/* rounds COUNT: Init, calls, Fini; each call on a thread of its own. */
static void rounds(void) {
    give_controls();
    for (int round = 0; round < atoi(arguments[0]); ++round) {
        elsewhere(&do_init, NULL);
        elsewhere(&do_echo, "round");
        elsewhere(&one_session, (void *)(intptr_t)round);
        elsewhere(&do_fini, NULL);
        check_not_ready();
    }
}

/* twice: the second Init, and a Fini too many, change nothing. */
static void twice(void) {
    CHECK_CODE(host.fini(), 0);
    begin();
    CHECK_CODE(host.init(config), AIGES_ERR_ALREADY_INIT);
    echo("untouched");
    do_fini(NULL);
    do_fini(NULL);
    check_not_ready();
    do_init(NULL);
    echo("again");
}

/* foreign: calls between PyGILState_Ensure and Release of other code of the host, in every order; and calls with the
 * GIL held. */
static int (*gilstate_ensure)(void);
static void (*gilstate_release)(int);
static void *(*save_thread)(void);
static void (*restore_thread)(void *);

static void *foreign_pairs(void *unused) {
    (void)unused;
    for (int round = 0; round < 20; ++round) {
        int state = gilstate_ensure(); /* makes a state, which Release deletes */
        echo("with the GIL held");
        void *saved = save_thread();
        echo("in a borrowed state");
        restore_thread(saved);
        gilstate_release(state);
        if (round % 2 == 0) echo("in our own state");
        state = gilstate_ensure();
        const int inner = gilstate_ensure();
        echo("nested");
        gilstate_release(inner);
        gilstate_release(state);
        echo("after");
    }
    return NULL;
}

static void foreign(void) {
    give_controls();
    elsewhere(&do_init, NULL);
    CHECK((*(void **)&gilstate_ensure = dlsym(RTLD_DEFAULT, "PyGILState_Ensure")) != NULL);
    CHECK((*(void **)&gilstate_release = dlsym(RTLD_DEFAULT, "PyGILState_Release")) != NULL);
    CHECK((*(void **)&save_thread = dlsym(RTLD_DEFAULT, "PyEval_SaveThread")) != NULL);
    CHECK((*(void **)&restore_thread = dlsym(RTLD_DEFAULT, "PyEval_RestoreThread")) != NULL);
    pthread_t running[4];
    for (int i = 0; i < 4; ++i) running[i] = start(&foreign_pairs, NULL);
    foreign_pairs(NULL);
    for (int i = 0; i < 4; ++i) join(running[i]);
    elsewhere(&do_fini, NULL);
}

/* ---- Callbacks -------------------------------------------------------------------------------------------------- */

#define REQUESTS 400
static atomic_int results[REQUESTS];
static atomic_int results_in;

static int count_result(const void *tag, pDataList list, int code) {
    const int number = atoi((const char *)tag);
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    CHECK_CODE(code, 0);
    CHECK(node_is(list, text));
    atomic_fetch_add(&results[number], 1);
    if (atomic_fetch_add(&results_in, 1) == REQUESTS - 1) post("all");
    return 0;
}

static void *send_requests(void *first) {
    static const char *const hows[] = {"inline", "thread", "daemon", "later"};
    for (int number = (int)(intptr_t)first; number < REQUESTS; number += 4) {
        char tag[16];
        snprintf(tag, sizeof tag, "%d", number);
        CHECK_CODE(exec_async_words(tag, tag, hows[number / 4 % 4], NULL, &count_result, 0), 0);
        if (number % 40 == 0) ask_number("answer", NULL);
    }
    return NULL;
}

/* callbacks: each request of four threads is answered once, whoever answers it. */
static void callbacks(void) {
    begin();
    pthread_t senders[4];
    for (int i = 0; i < 4; ++i) senders[i] = start(&send_requests, (void *)(intptr_t)i);
    for (int i = 0; i < 4; ++i) join(senders[i]);
    ask_number("answer", NULL);
    AWAIT("all");
    for (int i = 0; i < REQUESTS; ++i) CHECK(atomic_load(&results[i]) == 1);
    do_fini(NULL);
}

static const void *reentered_session;

static int reenter(const void *tag, pDataList list, int code) {
    (void)list;
    CHECK(code == 0 || code == 4321);
    echo("from inside a callback");
    CHECK(host.error(4321)[0] != '\0');
    CHECK_CODE(host.fini(), AIGES_ERR_BUSY);
    CHECK_CODE(host.init(config), AIGES_ERR_ALREADY_INIT);
    if (reentered_session != NULL) {
        const void *handle = reentered_session;
        struct request request;
        reentered_session = NULL;
        fill_request(&request, "inner", NULL, NULL);
        CHECK_CODE(host.write(handle, &request.data), 0); /* calls back, nested */
        CHECK_CODE(host.destroy(handle), 0);
        CHECK_CODE(host.write(handle, &request.data), AIGES_ERR_UNKNOWN_HANDLE);
    }
    post(tag);
    return 0;
}

static int reentering_meter(const void *tag, const char *key, int count) {
    (void)tag, (void)key, (void)count;
    echo("from inside a meter");
    CHECK_CODE(host.fini(), AIGES_ERR_BUSY);
    return 0;
}

/* reenter: every function may be called from a callback; only Fini is refused. */
static void reenter_all(void) {
    begin();
    CHECK_CODE(exec_async_words("inline", "x", "inline", NULL, &reenter, 0), 0);
    AWAIT("inline");
    CHECK_CODE(exec_async_words("thread", "x", "thread", NULL, &reenter, 0), 0);
    AWAIT("thread");
    int code = -1;
    reentered_session = host.create("session", NULL, &reenter, NULL, 0, &code);
    CHECK_CODE(code, 0);
    struct request request;
    fill_request(&request, "outer", NULL, NULL);
    request.data.status = DataContinue;
    CHECK_CODE(host.write(reentered_session, &request.data), 0);
    AWAIT("session");
    CHECK_CODE(host.set_ctrl(CTMeterCustom, (void *)&reentering_meter), 0);
    echo_with("metered", "enter", NULL);
    do_fini(NULL);
}

static int block(const void *tag, pDataList list, int code) {
    (void)tag, (void)list;
    CHECK_CODE(code, 0);
    post("blocked");
    AWAIT("unblock");
    post("unblocked");
    return 0;
}

static void *call_into_block(void *how) {
    CHECK_CODE(exec_async_words(how, "x", how, NULL, &block, 0), 0);
    post("returned");
    return NULL;
}

static void *write_into_block(void *handle) {
    struct request request;
    fill_request(&request, "x", NULL, NULL);
    request.data.status = DataContinue;
    CHECK_CODE(host.write(handle, &request.data), 0);
    post("returned");
    return NULL;
}

/* blocked-callback: nobody but its own request waits for a host that does not return, Fini neither, which may wait for
 * an hour (aiges.fini_wait_ms=3600000). */
static void blocked_callback(void) {
    begin();
    pthread_t calling = start(&call_into_block, "inline");
    AWAIT("blocked");
    CHECK_CODE(exec_async_words("thread", "x", "thread", NULL, &block, 0), 0);
    AWAIT("blocked");
    int code = -1;
    const void *handle = host.create("session", NULL, &block, NULL, 0, &code);
    CHECK_CODE(code, 0);
    pthread_t writing = start(&write_into_block, (void *)(uintptr_t)handle);
    AWAIT("blocked");
    for (int i = 0; i < 20; ++i) elsewhere(&do_echo, "not held up");
    CHECK_CODE(host.destroy(handle), 0);
    do_fini(NULL);
    do_init(NULL); /* while they still are in the engine before */
    echo("a new life");
    for (int i = 0; i < 3; ++i) post("unblock");
    for (int i = 0; i < 3; ++i) AWAIT("unblocked");
    join(calling);
    join(writing);
    echo("still alive");
    do_fini(NULL);
}

static void *hang_in_wrapper(void *unused) {
    (void)unused;
    pDataList answer = NULL;
    const int code = exec_words("tag", "late", "enter hold", NULL, &answer);
    CHECK_CODE(code, 0);
    CHECK(node_is(answer, "late"));
    CHECK_CODE(host.exec_free("tag", &answer), 0);
    return NULL;
}

/* hanging-fini: waits its time (aiges.fini_wait_ms=100), then stops; the late call ends well. */
static void hanging_fini(void) {
    begin();
    pthread_t late = start(&hang_in_wrapper, NULL);
    AWAIT("entered");
    const int64_t begun = now_ms();
    CHECK_CODE(host.fini(), 0);
    CHECK(now_ms() - begun >= 90);
    check_not_ready();
    do_init(NULL);
    echo_with("a new life", "let_go", NULL);
    join(late);
    do_fini(NULL);
}

static void *exec_until_stopped(void *unused) {
    (void)unused;
    pDataList answer = NULL;
    int code;
    post("running");
    while ((code = exec_words("tag", "x", "compute", NULL, &answer)) == 0) {
        CHECK_CODE(host.exec_free("tag", &answer), 0);
        usleep(100); /* else the GIL goes back to who gave it away, and others wait for seconds */
    }
    CHECK(code == AIGES_ERR_STOPPING || code == AIGES_ERR_NOT_READY);
    return NULL;
}

/* busy-fini: Fini while calls run; each of these ends, later ones are refused. */
static void busy_fini(void) {
    begin();
    pthread_t running[8];
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 8; ++i) running[i] = start(&exec_until_stopped, NULL);
        for (int i = 0; i < 8; ++i) AWAIT("running");
        do_fini(NULL);
        for (int i = 0; i < 8; ++i) join(running[i]);
        do_init(NULL);
    }
    echo("alive");
}

/* ---- The end of the process ------------------------------------------------------------------------------------- */

static int exit_inside(const void *tag, pDataList list, int code) {
    (void)tag, (void)list, (void)code;
    exit(5);
}

static int count_piece(const void *tag, pDataList list, int code) {
    (void)tag, (void)list, (void)code;
    post("piece");
    return 0;
}

static void *init_and_exit(void *unused) {
    do_init(unused);
    exit(5);
}

/* ending HOW: leaves while READY or busy, by exit(5) or by return from main (5). True: return. */
static bool ending(void) {
    const char *how = arguments[0];
    if (strcmp(how, "init-thread") == 0) elsewhere(&init_and_exit, NULL);
    begin();
    if (strcmp(how, "return") == 0) return true;
    if (strcmp(how, "calls") == 0 || strcmp(how, "calls-return") == 0) {
        for (int i = 0; i < 6; ++i) start(&exec_until_stopped, NULL);
        for (int i = 0; i < 6; ++i) AWAIT("running");
        for (int i = 0; i < 10; ++i) echo("busy");
        if (strcmp(how, "calls-return") == 0) return true;
    } else if (strcmp(how, "sleeping") == 0) {
        start(&hang_in_wrapper, NULL);
        AWAIT("entered");
    } else if (strcmp(how, "hogged") == 0) {
        start(&hog, "3000");
        AWAIT("hogging");
    } else if (strcmp(how, "blocked") == 0) {
        start(&call_into_block, "inline");
        start(&call_into_block, "thread");
        AWAIT("blocked");
        AWAIT("blocked");
    } else if (strcmp(how, "async") == 0) {
        for (int i = 0; i < 4; ++i) {
            char tag[16];
            snprintf(tag, sizeof tag, "%d", i);
            CHECK_CODE(exec_async_words(tag, "x", "endless", NULL, &count_piece, 0), 0);
        }
        for (int i = 0; i < 200; ++i) AWAIT("piece");
        CHECK_CODE(exec_async_words("pending", "x", "later", NULL, &count_piece, 60000), 0);
    } else if (strcmp(how, "callback") == 0) {
        CHECK_CODE(exec_async_words("tag", "x", arguments[1], NULL, &exit_inside, 0), 0);
        AWAIT("never");
    } else if (strcmp(how, "results") == 0) {
        pDataList answer[32];
        for (int i = 0; i < 32; ++i) CHECK_CODE(exec_words("tag", "kept", "", NULL, &answer[i]), 0);
        for (int i = 0; i < 16; ++i) CHECK_CODE(host.exec_free("tag", &answer[i]), 0);
    } else {
        CHECK(strcmp(how, "exit") == 0);
    }
    exit(5);
}

/* reload: dlclose leaves everything as it was; the next dlopen finds it. */
static void reload(void) {
    begin();
    echo("first");
    dlclose(host.library);
    load_engine("./libwrapper.so");
    CHECK_CODE(host.init(config), AIGES_ERR_ALREADY_INIT);
    echo("second");
    do_fini(NULL);
    dlclose(host.library);
    load_engine("./libwrapper.so");
    do_init(NULL);
    elsewhere(&do_echo, "third");
}

static int wait_for_child(pid_t child) {
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void check_forked(const void *handle, pDataList answer) {
    struct request request;
    pDataList more = NULL;
    int code = 0;
    fill_request(&request, "x", "", NULL);
    CHECK_CODE(host.exec("t", request.params, &request.data, &more, NULL, 0), AIGES_ERR_FORKED);
    CHECK_CODE(host.exec_async("t", request.params, &request.data, &never_called, 0, NULL, 0), AIGES_ERR_FORKED);
    CHECK(host.create("t", request.params, NULL, NULL, 0, &code) == NULL);
    CHECK_CODE(code, AIGES_ERR_FORKED);
    CHECK_CODE(host.write(handle, &request.data), AIGES_ERR_FORKED);
    CHECK_CODE(host.read(handle, &more), AIGES_ERR_FORKED);
    CHECK_CODE(host.destroy(handle), AIGES_ERR_FORKED);
    CHECK_CODE(host.load_res(&request.data, 1), AIGES_ERR_FORKED);
    CHECK_CODE(host.unload_res(1), AIGES_ERR_FORKED);
    CHECK_CODE(host.init(config), AIGES_ERR_FORKED);
    CHECK_CODE(host.fini(), AIGES_ERR_FORKED);
    CHECK_CODE(host.exec_free("t", &answer), 0);
    CHECK(host.error(AIGES_ERR_FORKED)[0] != '\0' && host.error(77)[0] != '\0' && host.debug_info(handle) != NULL);
}

/* fork: before Init each process is one of its own; afterwards the child is refused, while threads of the parent are
 * anywhere, and ends well. */
static void forks(void) {
    pid_t child = fork();
    if (child == 0) {
        begin();
        echo("a process of its own");
        exit(6);
    }
    CHECK(wait_for_child(child) == 6);
    begin();
    int code = -1;
    const void *handle = host.create("t", NULL, NULL, NULL, 0, &code);
    CHECK_CODE(code, 0);
    for (int i = 0; i < 2; ++i) start(&exec_until_stopped, NULL);
    for (int i = 0; i < 2; ++i) AWAIT("running");
    for (int round = 0; round < 20; ++round) {
        pDataList answer = NULL;
        CHECK_CODE(exec_words("tag", "x", "", NULL, &answer), 0);
        child = fork();
        if (child == 0) {
            alarm(PATIENCE_S);
            check_forked(handle, answer);
            if (round % 2 == 0) _exit(7);
            exit(7);
        }
        CHECK(wait_for_child(child) == 7);
        CHECK_CODE(host.exec_free("tag", &answer), 0);
    }
    CHECK(ask_number("fork", NULL) == 7);
    CHECK(ask_number("processes", NULL) == 45);
    exit(0);
}

/* ---- A guest of somebody else's Python --------------------------------------------------------------------------- */

static void (*py_initialize)(int);
static int (*py_finalize)(void);
static int (*py_run)(const char *, void *);

static void load_python(const char *path, int flags) {
    void *python = dlopen(path, flags);
    CHECK(python != NULL);
    CHECK((*(void **)&py_initialize = dlsym(python, "Py_InitializeEx")) != NULL);
    CHECK((*(void **)&py_finalize = dlsym(python, "Py_FinalizeEx")) != NULL);
    CHECK((*(void **)&py_run = dlsym(python, "PyRun_SimpleStringFlags")) != NULL);
    CHECK((*(void **)&save_thread = dlsym(python, "PyEval_SaveThread")) != NULL);
    CHECK((*(void **)&restore_thread = dlsym(python, "PyEval_RestoreThread")) != NULL);
}

static int sleep_in_wrapper(void *milliseconds) {
    pDataList answer = NULL;
    return exec_words("tag", "x", "enter sleep", milliseconds, &answer);
}

static void *sleep_below_noexcept(void *milliseconds) {
    call_noexcept(&sleep_in_wrapper, milliseconds);
    post("came back");
    return NULL;
}

static void *exec_after_the_end(void *unused) {
    pDataList answer = NULL;
    exec_until_stopped(unused);
    CHECK_CODE(exec_words("tag", "x", "", NULL, &answer), AIGES_ERR_STOPPING);
    return NULL;
}

/* guest LIBPYTHON HOW: this program owns Python, ends it while native threads call, and lives on. */
static void guest(void) {
    const char *how = arguments[1];
    load_python(arguments[0], RTLD_NOW | RTLD_LOCAL);
    py_initialize(0);
    void *state = save_thread();
    give_controls();
    elsewhere(&do_init, NULL);
    echo("guest");
    pthread_t running[6];
    const bool calls = strcmp(how, "calls") == 0;
    for (int i = 0; calls && i < 6; ++i) running[i] = start(&exec_after_the_end, NULL);
    for (int i = 0; calls && i < 6; ++i) AWAIT("running");
    if (strcmp(how, "sleeper") == 0) { /* longer than the drain waits (aiges.drain_ms): parked, never unwound */
        start(&sleep_below_noexcept, (void *)"2000");
        AWAIT("entered");
        while (ask_number("eval", "sum(f.f_code.co_name == 'do_sleep' for f in sys._current_frames().values())") == 0) {
        } /* it has come back from the meter, where it would be parked at once */
    }
    if (strcmp(how, "blocked") == 0) { /* a host that does not return holds nothing up */
        start(&call_into_block, "inline");
        start(&call_into_block, "thread");
        AWAIT("blocked");
        AWAIT("blocked");
        AWAIT("returned"); /* the second one */
    }
    restore_thread(state);
    const int64_t begun = now_ms();
    py_finalize();
    printf("%lld\n", (long long)(now_ms() - begun));
    for (int i = 0; calls && i < 6; ++i) join(running[i]);
    CHECK_CODE(exec_words("tag", "x", "", NULL, &(pDataList){NULL}), AIGES_ERR_STOPPING);
    if (strcmp(how, "sleeper") == 0) CHECK(!wait_for("came back", 2500));
    if (strcmp(how, "blocked") == 0) {
        post("unblock");
        post("unblock");
        AWAIT("unblocked");
        AWAIT("unblocked");
        CHECK(!wait_for("returned", 200)); /* parked: its frames are Python's */
    }
    host.fini();
}

/* not-started LIBPYTHON: a libpython that is loaded but not started is the one that is used. */
static void not_started(void) {
    load_python(arguments[0], RTLD_NOW | RTLD_LOCAL);
    begin();
    echo("host");
    int copies = 0;
    char line[4096], first[4096] = "";
    FILE *maps = fopen("/proc/self/maps", "r");
    CHECK(maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL) {
        const char *path = strchr(line, '/');
        if (path == NULL || strstr(path, "/libpython3.") == NULL || strcmp(path, first) == 0) continue;
        snprintf(first, sizeof first, "%s", path);
        ++copies;
    }
    fclose(maps);
    CHECK(copies == 1);
}

/* ---- A C engine behind libwrapper.so ----------------------------------------------------------------------------- */

static atomic_int echo_meters, echo_traces;

static int echo_meter(const void *tag, const char *key, int count) {
    (void)tag, (void)count;
    if (strcmp(key, "echo.calls") == 0) atomic_fetch_add(&echo_meters, 1);
    return 0;
}

static int echo_trace(const char *tag, const char *key, const char *value) {
    (void)tag, (void)value;
    if (strcmp(key, "echo.bytes") == 0) atomic_fetch_add(&echo_traces, 1);
    return 0;
}

static int echo_result(const void *tag, pDataList list, int code) {
    CHECK_CODE(code, 0);
    CHECK(node_is(list, "async") && strcmp(tag, "async") == 0);
    post("answered");
    return 0;
}

static bool python_is_loaded(void) {
    char line[4096];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "r");
    CHECK(maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL) found = found || strstr(line, "/libpython3.") != NULL;
    fclose(maps);
    return found;
}

/* front: the fifteen functions act on libecho.so; what SetCtrl got before Init reaches it; no Python starts. */
static void front(void) {
    CHECK_CODE(host.set_ctrl(CTMeterCustom, (void *)&echo_meter), 0);
    CHECK_CODE(host.set_ctrl(CTTraceLog, (void *)&echo_trace), 0);
    elsewhere(&do_init, NULL);
    CHECK_CODE(host.init(config), AIGES_ERR_ALREADY_INIT);
    for (int i = 0; i < 10; ++i) elsewhere(&do_echo, "front");
    CHECK(atomic_load(&echo_meters) == 10 && atomic_load(&echo_traces) == 10);
    CHECK_CODE(host.set_ctrl(CTMeterCustom, NULL), 0);
    echo("no meter");
    CHECK(atomic_load(&echo_meters) == 10 && atomic_load(&echo_traces) == 11);
    CHECK_CODE(exec_async_words("async", "async", "", NULL, &echo_result, 0), 0);
    AWAIT("answered");
    elsewhere(&one_session, NULL);
    struct ParamList wish = {(char *)"echo.fail", (char *)"4711", 0, NULL};
    struct request request;
    pDataList answer = NULL;
    fill_request(&request, "x", "", NULL);
    request.params[0] = wish;
    CHECK_CODE(host.exec("t", request.params, &request.data, &answer, NULL, 0), 4711);
    CHECK(host.error(4711)[0] != '\0');
    CHECK(answer == NULL);
    elsewhere(&do_fini, NULL);
    CHECK_CODE(exec_words("t", "x", "", NULL, &answer), AIGES_ERR_NOT_READY);
    do_init(NULL);
    echo("again");
    do_fini(NULL);
    CHECK(!python_is_loaded());
    if (arguments[0] == NULL) return;
    CHECK_CODE(host.init(NULL), 0); /* without the key: the Python engine, in the same process */
    CHECK(python_is_loaded());
    CHECK(ask_number("thread", NULL) == 1);
    do_fini(NULL);
}

/* echo: Init, one call on this and one on another thread, Fini. */
static void simple(void) {
    begin();
    echo("hello");
    elsewhere(&do_echo, "elsewhere");
    echo_with("printed", "print", NULL);
    do_fini(NULL);
}

/* ---- */

static const struct {
    const char *name;
    void (*run)(void);
} commands[] = {
    {"ask", &ask},
    {"blocked-callback", &blocked_callback},
    {"busy-fini", &busy_fini},
    {"callbacks", &callbacks},
    {"echo", &simple},
    {"foreign", &foreign},
    {"fork", &forks},
    {"front", &front},
    {"guest", &guest},
    {"hanging-fini", &hanging_fini},
    {"hogged-exit", &hogged_exit},
    {"host-state", &host_state},
    {"init-fails", &init_fails},
    {"many-threads", &many_threads},
    {"not-started", &not_started},
    {"reenter", &reenter_all},
    {"reload", &reload},
    {"rounds", &rounds},
    {"sessions", &sessions},
    {"threads", &threads},
    {"twice", &twice},
};

static void split_arguments(char **words) {
    int nodes = 0;
    char **kept = words;
    arguments = words;
    for (; *words != NULL; ++words) {
        char *equals = strchr(*words, '=');
        if (equals == NULL || strpbrk(*words, " ()") != NULL) {
            *kept++ = *words;
            continue;
        }
        CHECK(nodes < 16);
        *equals = '\0';
        config_nodes[nodes].key = *words;
        config_nodes[nodes].value = equals + 1;
        config_nodes[nodes].next = config;
        config = &config_nodes[nodes++];
    }
    *kept = NULL;
}

int main(int count, char **words) {
    if (count < 2) return 2;
    const char *command = words[1];
    split_arguments(words + 2);
    load_engine("./libwrapper.so");
    if (strcmp(command, "ending") == 0) return ending() ? 5 : 1;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i) {
        if (strcmp(command, commands[i].name) != 0) continue;
        commands[i].run();
        return 0;
    }
    dprintf(2, "unknown command '%s'\n", command);
    return 2;
}
