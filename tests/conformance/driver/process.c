/* The process: its end, dlclose, fork, and many threads. Wrapper threads.py. */
#include "host.h"

#include <dlfcn.h>
#include <signal.h>
#include <sys/wait.h>

/* F33: the process ends with its own code, whatever runs. Words: how, and what runs. */
static void *endless(void *unused) {
    while (true) good_call();
    return unused;
}
static void *sleeping(void *unused) {
    ask_code(params("do", "sleep", NULL), text_node("x"));
    return unused;
}

static void leave(void) {
    start();
    good_call();
    if (strcmp(words[1], "busy") == 0)
        for (int n = 0; n < 4; ++n) in_thread(n == 0 ? sleeping : endless, NULL);
    if (strcmp(words[1], "background") == 0) ask_text(params("do", "background", "daemon", "0", NULL), text_node("x"));
    if (strcmp(words[1], "stopped") == 0) stop();
    pause_ms(50);
    if (strcmp(words[0], "exit") == 0) exit(42);
    if (strcmp(words[0], "quick") == 0) quick_exit(42);
}

/* F34 */
static void reopen(void) {
    dlclose(engine.library);
    open_engine(); /* before Init */
    start();
    good_call();
    dlclose(engine.library); /* without Fini */
    open_engine();
    SAME(engine.init(config), AIGES_ERR_ALREADY_INIT);
    good_call();
    stop();
    dlclose(engine.library);
    pause_ms(250); /* its threads run on */
    open_engine();
    start();
    good_call();
    stop();
}

/* F35 */
static void expect_child(int (*child)(void)) {
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) _exit(child());
    int status = 0;
    for (int n = 0; n < 6000; ++n) {
        if (waitpid(pid, &status, WNOHANG) == pid) {
            if (!WIFEXITED(status)) FAIL("the child was ended by signal %d", WTERMSIG(status));
            SAME(WEXITSTATUS(status), 0);
            return;
        }
        pause_ms(10);
    }
    kill(pid, 9);
    FAIL("the child hangs");
}

static int child_of_ready(void) {
    struct DataList *data = text_node("x"), *response = (void *)8;
    int code = 0;
    SAME(engine.exec("t", NULL, data, &response, NULL, 0), AIGES_ERR_FORKED);
    CHECK(response == NULL);
    SAME(engine.exec_async("t", NULL, data, take_a, 10, NULL, 0), AIGES_ERR_FORKED);
    CHECK(engine.create("t", NULL, take_a, NULL, 0, &code) == NULL);
    SAME(code, AIGES_ERR_FORKED);
    SAME(engine.write("h", data), AIGES_ERR_FORKED);
    SAME(engine.read("h", &response), AIGES_ERR_FORKED);
    SAME(engine.destroy("h"), AIGES_ERR_FORKED);
    SAME(engine.load_res(data, 1), AIGES_ERR_FORKED);
    SAME(engine.unload_res(1), AIGES_ERR_FORKED);
    SAME(engine.fini(), AIGES_ERR_FORKED);
    SAME(engine.init(config), AIGES_ERR_FORKED);
    CHECK(strlen(engine.error(AIGES_ERR_FORKED)) > 0);
    CHECK(strlen(engine.error(5)) > 0);
    CHECK(engine.version() != NULL);
    SAME_TEXT(engine.debug_info("h"), "");
    pause_ms(30);
    SAME(inbox_a.count, 0);
    return 0;
}

static struct DataList *held_by_parent;
static int child_frees(void) {
    const int code = engine.exec_free("t", &held_by_parent);
    CHECK(code == 0 || code == AIGES_ERR_FORKED);
    return child_of_ready();
}

static int child_before_init(void) {
    start();
    good_call();
    stop();
    return 0;
}

static int child_execs(void) {
    execl("/bin/true", "true", (char *)NULL);
    return 1;
}

static void forks(void) {
    expect_child(child_before_init);
    expect_child(child_before_init); /* each process for itself */
    start();
    good_call();
    struct DataList *data = text_node("x");
    SAME(engine.exec("t", NULL, data, &held_by_parent, NULL, 0), 0);
    expect_child(child_of_ready);
    expect_child(child_frees);
    expect_child(child_execs);
    for (int n = 0; n < 4; ++n) in_thread(endless, NULL); /* whatever locks they hold */
    for (int n = 0; n < 20; ++n) expect_child(child_of_ready);
    SAME(engine.exec_free("t", &held_by_parent), 0);
    good_call();
    _exit(0);
}

/* F36 */
static void *one_call(void *unused) { return good_call(), unused; }

static void many_threads(int count) {
    pthread_t threads[10];
    for (int round = 0; round < count / 10; ++round) {
        for (int n = 0; n < 10; ++n) threads[n] = in_thread(one_call, NULL);
        for (int n = 0; n < 10; ++n) join(threads[n]);
    }
}

static void threads(void) {
    start();
    many_threads(500);
    SAME_TEXT(ask_text(params("do", "calls", NULL), NULL), "1");
    SAME_TEXT(ask_text(params("do", "calls", NULL), NULL), "2"); /* threading.local survives */
    const long before = resident_kb();
    many_threads(5000);
    const long growth = resident_kb() - before;
    if (growth * 1024 > 5000 * 64 + (512 << 10) && !sanitized())
        FAIL("5000 threads left %ld KB, that is %ld bytes each", growth, growth * 1024 / 5000);
    const int states = atoi(ask_text(params("do", "states", NULL), NULL));
    if (states > 20) FAIL("%d thread states are left", states);
    stop();
}

/* Threads that called in, and end after Fini. */
static pthread_barrier_t barrier;
static void *end_late(void *unused) {
    good_call();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return unused;
}

static void late_ends(void) {
    pthread_t threads[20];
    start();
    pthread_barrier_init(&barrier, NULL, 21);
    for (int n = 0; n < 20; ++n) threads[n] = in_thread(end_late, NULL);
    pthread_barrier_wait(&barrier);
    stop();
    pthread_barrier_wait(&barrier);
    for (int n = 0; n < 20; ++n) join(threads[n]);
    start();
    good_call();
    stop();
}

/* Calls that end by pthread_exit or cancellation of a thread while it waits in Python are not survived by any engine;
 * a thread that ends by pthread_exit in between is an ordinary end. */
static void *exits(void *unused) {
    good_call();
    pthread_exit(unused);
}

static void thread_exit(void) {
    start();
    for (int n = 0; n < 50; ++n) join(in_thread(exits, NULL));
    good_call();
    stop();
}

/* Threads of all kinds at once, for the thread sanitizer. */
static void *mixed(void *number) {
    struct answer *answer = malloc(sizeof *answer);
    for (int n = 0; n < 200; ++n) {
        int code;
        good_call();
        SAME(start_async("tag", params("how", "inline", NULL), "x", take_a, 1000), 0);
        const void *handle = create("t", NULL, (intptr_t)number % 2 ? take_b : NULL, &code);
        SAME(write_text(handle, "x", DataContinue), 0);
        SAME(read_text(handle, answer), 0);
        engine.debug_info(handle);
        SAME(engine.destroy(handle), 0);
        engine.error(n);
    }
    free(answer);
    return NULL;
}

static void mixture(void) {
    pthread_t threads[8];
    for (int round = 0; round < 3; ++round) {
        start();
        for (intptr_t n = 0; n < 8; ++n) threads[n] = in_thread(mixed, (void *)n);
        for (int n = 0; n < 8; ++n) join(threads[n]);
        stop();
    }
}

const struct command process_commands[] = {
    {"leave", leave},         {"reopen", reopen},           {"forks", forks},     {"threads", threads},
    {"late-ends", late_ends}, {"thread-exit", thread_exit}, {"mixture", mixture}, {NULL, NULL},
};
