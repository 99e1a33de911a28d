/* What calls leave behind: nothing. Wrapper echoes.py. */
#include "host.h"

#include <malloc.h>

static void expect_code(int got, int expected) {
    if (got != expected) FAIL("code %d, expected %d", got, expected);
}

static void exec_round(void) { SAME(ask_code(NULL, text_node("x")), 0); }

static void fail_round(void) {
    expect_code(ask_code(params("do", "raise", NULL), text_node("x")), AIGES_ERR_WRAPPER_RAISED);
}

static void session_round(void) {
    static struct answer answer;
    int code;
    const void *handle = create("t", params("sid", "s", NULL), NULL, &code);
    SAME(write_text(handle, "piece", DataContinue), 0);
    SAME(read_text(handle, &answer), 0);
    SAME(engine.destroy(handle), 0);
}

static void async_round(void) { SAME(start_async("t", NULL, "x", take_a, 3600000), 0); }

static void create_fail_round(void) {
    int code;
    CHECK(create("t", params("do", "fail", NULL), take_a, &code) == NULL);
}

static long blocks(void) { return atol(ask_text(params("do", "blocks", NULL), NULL)); }

static long heap_bytes(void) {
    struct mallinfo2 info = mallinfo2();
    return (long)(info.uordblks + info.hblkhd);
}

static bool leaves_nothing(void (*round)(void), int count, bool last) {
    pause_ms(250);
    const long blocks_before = blocks(), heap_before = heap_bytes(), resident_before = resident_kb();
    for (int n = 0; n < count; ++n) round();
    pause_ms(250);
    const long objects = blocks() - blocks_before, heap = heap_bytes() - heap_before;
    const long resident = resident_kb() - resident_before;
    const bool nothing = objects <= 100 && (sanitized() || (heap <= count / 4 + 65536 && resident <= 1024));
    if (!nothing && last)
        FAIL("%d calls left %ld Python objects, %ld bytes of heap, %ld KB resident", count, objects, heap, resident);
    return nothing;
}

/* Words: what, how often. */
static void leaks(void) {
    static const struct {
        const char *name;
        void (*round)(void);
    } kinds[] = {{"exec", exec_round},
                 {"fail", fail_round},
                 {"session", session_round},
                 {"async", async_round},
                 {"create-fail", create_fail_round}};
    void (*round)(void) = NULL;
    for (size_t n = 0; n < sizeof kinds / sizeof *kinds; ++n)
        if (strcmp(kinds[n].name, words[0]) == 0) round = kinds[n].round;
    CHECK(round != NULL);
    const int count = atoi(words[1]);
    start();
    for (int n = 0; n < count / 4 + 2500; ++n) round();
    /* The interpreter's own caches grow now and then: a leak shows every time. */
    for (int attempt = 1; !leaves_nothing(round, count, attempt == 3); ++attempt) continue;
    stop();
}

/* A host that frees and then never calls again. */
static void silent(void) {
    struct DataList *held[32], *data = text_node("x");
    struct ParamList *wishes = params("do", "large", NULL);
    start();
    for (int n = 0; n < 50; ++n) good_call();
    pause_ms(1500); /* the reaper sleeps for good by now */
    const long before = resident_kb();
    for (int n = 0; n < 32; ++n) SAME(engine.exec("t", wishes, data, &held[n], NULL, 0), 0);
    CHECK(resident_kb() - before > 500 * 1024);
    for (int n = 0; n < 32; ++n) SAME(engine.exec_free("t", &held[n]), 0);
    const double begin = now();
    while (resident_kb() - before > 2048 && now() - begin < 30) pause_ms(10);
    if (resident_kb() - before > 2048)
        FAIL("%ld KB are still held after %.1f s", resident_kb() - before, now() - begin);
    /* small ones, which are parked with their thread */
    SAME(engine.exec("t", NULL, data, &held[0], NULL, 0), 0);
    SAME(engine.exec_free("t", &held[0]), 0);
    free_params(wishes);
    free_data(data);
    stop();
}

const struct command leak_commands[] = {{"leaks", leaks}, {"silent", silent}, {NULL, NULL}};
