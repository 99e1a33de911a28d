/* States: Init, Fini, and every call in the wrong one. */
#include "host.h"

static void expect_not_ready(int create_code) {
    struct DataList *data = text_node("x"), *response = (void *)8;
    int code = 0;
    SAME(engine.exec("t", NULL, data, &response, NULL, 0), AIGES_ERR_NOT_READY);
    CHECK(response == NULL);
    response = (void *)8;
    SAME(engine.read("h", &response), AIGES_ERR_NOT_READY);
    CHECK(response == NULL);
    SAME(engine.write("h", data), AIGES_ERR_NOT_READY);
    SAME(engine.load_res(data, 1), AIGES_ERR_NOT_READY);
    SAME(engine.unload_res(1), AIGES_ERR_NOT_READY);
    SAME(engine.exec_async("t", NULL, data, take_a, 10, NULL, 0), AIGES_ERR_NOT_READY);
    CHECK(engine.create("t", NULL, take_a, NULL, 0, &code) == NULL);
    SAME(code, create_code);
    CHECK(engine.create("t", NULL, take_a, NULL, 0, NULL) == NULL);
    SAME(engine.destroy("h"), AIGES_ERR_UNKNOWN_HANDLE);
    response = NULL;
    SAME(engine.exec_free("t", &response), 0);
    SAME(engine.set_ctrl(CTTraceLog, NULL), 0);
    SAME(engine.fini(), 0);
    CHECK(strlen(engine.error(AIGES_ERR_NOT_READY)) > 0);
    CHECK(strlen(engine.error(123)) > 0);
    CHECK(engine.version()[0] >= '0' && engine.version()[0] <= '9');
    SAME_TEXT(engine.debug_info("h"), "");
    free_data(data);
    pause_ms(20);
    SAME(inbox_a.count, 0);
}

static struct ParamList *with(const char *key, const char *value) { /* in front of the config: the first wins */
    struct ParamList *first = params(key, value, NULL);
    first->next = config;
    return first;
}

/* F4-F7. Words: the code, then what the text must hold. An Init that fails can be tried again. */
static void init_fails(void) {
    for (int round = 0; round < 2; ++round) {
        const int code = engine.init(config);
        if (code != atoi(words[0]))
            FAIL("wrapperInit returned %d, expected %s: %s", code, words[0], engine.error(code));
        const char *text = engine.error(code);
        for (char **word = words + 1; *word != NULL; ++word)
            if (strstr(text, *word) == NULL) FAIL("'%s' does not say '%s'", text, *word);
        expect_not_ready(AIGES_ERR_NOT_READY);
        if (strcmp(engine.error(code), text) != 0) FAIL("the cause was forgotten");
    }
    const char *good = getenv("GOOD_WRAPPER");
    if (good == NULL) return;
    struct ParamList *mended = params("wrapper.file", good, NULL);
    const int code = engine.init(mended);
    if (code != 0) FAIL("wrapperInit of a good wrapper returned %d: %s", code, engine.error(code));
    free_params(mended);
    good_call();
    stop();
}

/* F24, wrapper life.py */
static void states(void) {
    expect_not_ready(AIGES_ERR_NOT_READY);
    SAME(engine.init(with("init", "77")), 77);
    SAME_TEXT(engine.error(77), "text of 77"); /* the wrapper is kept to answer */
    expect_not_ready(AIGES_ERR_NOT_READY);
    start();
    good_call();
    stop();
    expect_not_ready(AIGES_ERR_NOT_READY);
}

/* F21 */
static void twice(void) {
    SAME(engine.fini(), 0);
    start();
    SAME(engine.init(config), AIGES_ERR_ALREADY_INIT);
    SAME(engine.init(NULL), AIGES_ERR_ALREADY_INIT);
    SAME_TEXT(ask_text(params("do", "lives", NULL), NULL), "1");
    good_call();
    stop();
    SAME(engine.fini(), 0);
}

/* F22 */
static void *start_in_thread(void *unused) { return start(), unused; }
static void *call_in_thread(void *unused) { return good_call(), unused; }
static void *stop_in_thread(void *unused) { return stop(), unused; }

static void rounds(void) {
    for (int round = 0; round < 4; ++round) {
        join(in_thread(start_in_thread, NULL)); /* Python's main thread, which ends */
        for (int n = 0; n < 20; ++n) join(in_thread(call_in_thread, NULL));
        good_call();
        char lives[4];
        snprintf(lives, sizeof lives, "%d", round + 1);
        SAME_TEXT(ask_text(params("do", "lives", NULL), NULL), lives);
        join(in_thread(stop_in_thread, NULL));
    }
}

/* F23 */
static void *hold(void *seconds) {
    SAME_TEXT(ask_text(params("do", "hold", "seconds", seconds, NULL), text_node("late")), "late");
    return NULL;
}

static void fini_fails(void) {
    SAME(engine.init(with("fini", "raise")), 0);
    SAME(engine.fini(), AIGES_ERR_WRAPPER_RAISED);
    expect_not_ready(AIGES_ERR_NOT_READY);
    SAME(engine.init(with("fini", "88")), 0);
    SAME(engine.fini(), 88);
    SAME(engine.fini(), 0);
    SAME(engine.init(with("fini", "none")), 0);
    SAME(engine.fini(), 0);
    SAME(engine.init(with("fini", "99999999999")), 0);
    SAME(engine.fini(), AIGES_ERR_BAD_RETURN);
    start();
    good_call();
    stop();
}

static pthread_t start_holding(const char *seconds) {
    pthread_t thread = in_thread(hold, (void *)seconds);
    while (strcmp(ask_text(params("do", "holding", NULL), NULL), "1") != 0) pause_ms(1);
    return thread;
}

static void fini_busy(void) {
    start();
    pthread_t thread = start_holding("0.5");
    stop();
    const double stopped = now();
    join(thread);
    expect_not_ready(AIGES_ERR_NOT_READY);
    start();
    CHECK(atof(ask_text(params("do", "held_until", NULL), NULL)) <= stopped);
    stop();
}

static void *refused_while_stopping(void *unused) {
    int code;
    while ((code = ask_code(NULL, text_node("x"))) == 0) pause_ms(1);
    SAME(code, AIGES_ERR_STOPPING);
    return unused;
}

static void fini_hung(void) { /* aiges.fini_wait_ms=1000 */
    int code;
    start();
    create("t", NULL, take_a, &code);
    pthread_t thread = start_holding("600");
    pthread_t other = in_thread(refused_while_stopping, NULL);
    const double begin = now();
    stop();
    CHECK(now() - begin > 0.99);
    expect_not_ready(AIGES_ERR_NOT_READY);
    join(other);
    start();
    good_call();
    ask_code(params("do", "let_go", NULL), text_node("x"));
    join(thread); /* finished on kept objects */
    good_call();
    stop();
}

/* Calls of many threads while Fini and Init come and go. */
static volatile bool storm_over;
static void *storm(void *unused) {
    struct answer *answer = malloc(sizeof *answer);
    while (!storm_over) {
        int code = ask_code(NULL, text_node("x"));
        if (code != 0 && code != AIGES_ERR_NOT_READY && code != AIGES_ERR_STOPPING) FAIL("code %d", code);
        const void *handle = create("t", NULL, NULL, &code);
        if (handle == NULL) continue;
        code = read_text(handle, answer);
        if (code != 0 && code != AIGES_ERR_NOT_READY && code != AIGES_ERR_STOPPING && code != AIGES_ERR_UNKNOWN_HANDLE)
            FAIL("code %d", code);
        CHECK(engine.error(77)[0] != '\0');
        engine.debug_info(handle);
        /* not destroyed: Fini drops it */
    }
    free(answer);
    return unused;
}

static void fini_storm(void) {
    pthread_t threads[4];
    for (int n = 0; n < 4; ++n) threads[n] = in_thread(storm, NULL);
    for (int round = 0; round < 100; ++round) {
        start();
        pause_ms(3);
        stop();
    }
    storm_over = true;
    for (int n = 0; n < 4; ++n) join(threads[n]);
    start();
    good_call();
    stop();
}

const struct command life_commands[] = {
    {"init-fails", init_fails}, {"states", states},         {"twice", twice},
    {"rounds", rounds},         {"fini-fails", fini_fails}, {"fini-busy", fini_busy},
    {"fini-hung", fini_hung},   {"fini-storm", fini_storm}, {NULL, NULL},
};
