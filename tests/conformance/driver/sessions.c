/* Sessions: handles, the race of Destroy with other calls, and methods that fail. */
#include "host.h"

/* F17, wrapper callbacks.py */
static void handles(void) {
    int code;
    struct answer answer;
    start();
    const void *first = create("t", NULL, NULL, &code);
    SAME_TEXT((const char *)first, "session 1"); /* some callers print it */
    SAME(write_text(first, "one", DataContinue), 0);
    SAME(read_text(first, &answer), 0);
    SAME_TEXT(answer.text, "one");
    CHECK(strstr(engine.debug_info(first), "session 1") != NULL);
    SAME(engine.destroy(first), 0);
    SAME(engine.destroy(first), AIGES_ERR_UNKNOWN_HANDLE);
    char *foreign = strdup("session 1");
    const void *odd[] = {NULL, first, foreign, (const void *)1, (const void *)~(uintptr_t)7, &code};
    for (size_t n = 0; n < sizeof odd / sizeof *odd; ++n) {
        SAME(write_text(odd[n], "x", DataOnce), AIGES_ERR_UNKNOWN_HANDLE);
        SAME(read_text(odd[n], &answer), AIGES_ERR_UNKNOWN_HANDLE);
        SAME(engine.destroy(odd[n]), AIGES_ERR_UNKNOWN_HANDLE);
        SAME_TEXT(engine.debug_info(odd[n]), "");
    }
    /* An address is not used again for the next 1024 Destroys. */
    for (int round = 0; round < 1000; ++round) {
        const void *handle = create("t", NULL, NULL, &code);
        CHECK(handle != first);
        SAME(engine.destroy(handle), 0);
    }
    const void *open = create("t", NULL, NULL, &code);
    stop();
    SAME(engine.destroy(open), AIGES_ERR_UNKNOWN_HANDLE);
    start();
    for (int round = 0; round < 500; ++round) {
        const void *handle = create("t", NULL, NULL, &code);
        CHECK(handle != open); /* Fini retired it like a Destroy */
        SAME(engine.destroy(handle), 0);
    }
    SAME(engine.destroy(open), AIGES_ERR_UNKNOWN_HANDLE);
    free(foreign);
    good_call();
    stop();
}

/* A list that was read lives until the next read, also over a write. */
static void read_lists(void) {
    int code;
    struct DataList *first = NULL, *second = NULL;
    start();
    const void *handle = create("t", NULL, NULL, &code);
    SAME(write_text(handle, "one", DataContinue), 0);
    SAME(engine.read(handle, &first), 0);
    SAME(write_text(handle, "two", DataContinue), 0);
    for (int n = 0; n < 200; ++n) good_call();
    CHECK(memcmp(first->data, "one", 3) == 0);
    SAME(engine.read(handle, &second), 0);
    CHECK(memcmp(second->data, "two", 3) == 0);
    SAME(engine.read(handle, &second), 0);
    CHECK(second == NULL);
    SAME(engine.destroy(handle), 0);
    stop();
}

/* F18 */
static const void *shared;
static int shared_code;
static void *write_waiting(void *text) {
    shared_code = write_text(shared, text, DataContinue);
    return NULL;
}
static void *read_waiting(void *unused) {
    (void)unused;
    struct answer answer;
    shared_code = read_text(shared, &answer);
    return NULL;
}

static void open_gate(const char *name) { ask_text(params("do", "open", "gate", name, NULL), NULL); }

static void await_gate(const char *name) { /* until a call waits there */
    while (strcmp(ask_text(params("do", "waits", "gate", name, NULL), NULL), "1") != 0) pause_ms(1);
}

static void destroy_race(void) {
    int code;
    struct answer answer;
    start();
    shared = create("t", NULL, NULL, &code);
    pthread_t thread = in_thread(write_waiting, (void *)"wait w");
    await_gate("w");
    SAME(engine.destroy(shared), 0);
    SAME(write_text(shared, "x", DataOnce), AIGES_ERR_UNKNOWN_HANDLE);
    open_gate("w");
    join(thread);
    SAME(shared_code, 0);

    shared = create("t", NULL, NULL, &code);
    SAME(write_text(shared, "block r", DataContinue), 0);
    thread = in_thread(read_waiting, NULL);
    await_gate("r");
    SAME(read_text(shared, &answer), AIGES_ERR_BUSY); /* T3 */
    SAME(engine.destroy(shared), 0);
    open_gate("r");
    join(thread);
    SAME(shared_code, AIGES_ERR_UNKNOWN_HANDLE);
    good_call();
    stop();
}

/* The same as a storm. */
static const void *storm_handle;
static pthread_barrier_t storm_barrier;
static void *storm(void *kind) {
    struct answer *answer = malloc(sizeof *answer);
    for (int round = 0; round < 2000; ++round) {
        pthread_barrier_wait(&storm_barrier);
        const void *handle = storm_handle;
        int code = 0;
        if (*(char *)kind == 'w') code = write_text(handle, "x", DataContinue);
        if (*(char *)kind == 'r') code = read_text(handle, answer);
        if (*(char *)kind == 'd') engine.destroy(handle);
        if (code != 0 && code != AIGES_ERR_UNKNOWN_HANDLE && code != AIGES_ERR_BUSY)
            FAIL("%c: %d", *(char *)kind, code);
        pthread_barrier_wait(&storm_barrier);
    }
    free(answer);
    return NULL;
}

static void destroy_storm(void) {
    char kinds[] = "wrrd";
    pthread_t threads[4];
    int code;
    start();
    pthread_barrier_init(&storm_barrier, NULL, 5);
    for (int n = 0; n < 4; ++n) threads[n] = in_thread(storm, &kinds[n]);
    for (int round = 0; round < 2000; ++round) {
        storm_handle = create("t", NULL, NULL, &code);
        SAME(write_text(storm_handle, "first", DataContinue), 0);
        pthread_barrier_wait(&storm_barrier);
        pthread_barrier_wait(&storm_barrier);
    }
    for (int n = 0; n < 4; ++n) join(threads[n]);
    good_call();
    stop();
}

/* F19, wrapper raises.py */
static void destroy_fails(void) {
    int code;
    start();
    const void *handle = create("t", params("in", "destroy", "do", "exception", NULL), NULL, &code);
    SAME(engine.destroy(handle), AIGES_ERR_WRAPPER_RAISED);
    SAME(engine.destroy(handle), AIGES_ERR_UNKNOWN_HANDLE);
    handle = create("t", params("in", "code", "do", "", NULL), NULL, &code);
    SAME(engine.destroy(handle), 4321);
    SAME(engine.destroy(handle), AIGES_ERR_UNKNOWN_HANDLE);
    stop();
}

/* F20, wrapper returns.py. Words: what is returned, the code, ... */
static void create_fails(void) {
    int code;
    start();
    for (char **word = words; *word != NULL; word += 2) {
        CHECK(create("t", params("do", word[0], NULL), take_a, &code) == NULL);
        if (code != atoi(word[1])) FAIL("do=%s: code %d, expected %s", word[0], code, word[1]);
    }
    const void *handle = create("t", params("do", "str", NULL), NULL, &code);
    SAME_TEXT((const char *)handle, "a text as handle");
    SAME(engine.destroy(handle), 0);
    handle = create("t", params("do", "odd", NULL), NULL, &code);
    SAME_TEXT((const char *)handle, "odd \xff");
    SAME(engine.destroy(handle), 0);
    SAME(inbox_a.count, 0);
    stop();
}

const struct command session_commands[] = {
    {"handles", handles},
    {"read-lists", read_lists},
    {"destroy-race", destroy_race},
    {"destroy-storm", destroy_storm},
    {"destroy-fails", destroy_fails},
    {"create-fails", create_fails},
    {NULL, NULL},
};
