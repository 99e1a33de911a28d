/* Results by callback: who gets them, when, and what a host may do inside. Wrapper callbacks.py. */
#include "host.h"

static int say(const char *tag, const char *status, const char *text) {
    struct ParamList *wishes = params("do", "say", "status", status, "text", text, NULL);
    if (tag != NULL) { /* in front */
        struct ParamList *first = params("tag", tag, NULL);
        first->next = wishes;
        wishes = first;
    }
    return atoi(ask_text(wishes, NULL));
}

/* F25 */
static void late(void) {
    int code;
    start();
    SAME(say("nobody", "1", "x"), -1);
    SAME(say(NULL, "1", "x"), -1);
    const void *handle = create("tag a", params("early", "1", NULL), take_a, &code); /* the route is open already */
    SAME(inbox_a.count, 1);
    SAME_TEXT(inbox_a.all[0].text, "early");
    SAME(say("tag a", "1", "one"), 0);
    SAME(say("session 1", "1", "two"), 0); /* the handle is a name, too */
    inbox_a.answer = -1;                   /* "unknown tag" is not an error of the engine */
    SAME(say("tag a", "2", "last"), 0);
    SAME(say("tag a", "1", "x"), -1);
    SAME(engine.destroy(handle), 0);
    SAME(inbox_a.count, 4);
    SAME_TEXT(inbox_a.all[3].tag, "tag a");
    empty_inbox(&inbox_a);

    handle = create("tag b", params("sid", "sid b", NULL), take_a, &code);
    SAME(say("sid b", "1", "by sid"), 0);
    SAME(engine.destroy(handle), 0);
    SAME(say("tag b", "1", "x"), -1);
    SAME(say("sid b", "1", "x"), -1);
    SAME(start_async("tag c", params("how", "never", NULL), "x", take_a, 0), 0);
    handle = create("tag d", NULL, take_a, &code);
    SAME(say("tag c", "0", "partial"), 0);
    stop();
    SAME(inbox_a.count, 2);
    start();
    SAME(say("tag c", "1", "x"), -1);
    SAME(say("tag d", "1", "x"), -1);
    SAME(say("session 2", "1", "x"), -1);
    SAME(inbox_a.count, 2);
    stop();
}

/* F26 */
static void dawdle(struct inbox *box) {
    (void)box;
    pause_ms(5);
}

static void serial(void) {
    int code;
    start();
    const void *a = create("tag a", NULL, take_a, &code);
    const void *b = create("tag b", NULL, take_b, &code);
    const void *none = create("tag c", NULL, NULL, &code);
    inbox_a.hook = dawdle;
    ask_text(params("do", "say_from_many", "tag", "tag a", "status", "1", NULL), NULL);
    SAME(inbox_a.count, 8);
    SAME(inbox_a.most_inside, 1);
    SAME(say("tag b", "1", "to b"), 0);
    SAME(say("tag c", "1", "to nobody"), -1);
    SAME(say("tag a", "1", "to a"), 0);
    SAME(inbox_a.count, 9);
    SAME(inbox_b.count, 1);
    SAME_TEXT(inbox_b.all[0].text, "to b");
    /* of equal tags the newest wins, and then the older one again */
    const void *newer = create("tag a", NULL, take_b, &code);
    SAME(say("tag a", "1", "newest"), 0);
    SAME(inbox_b.count, 2);
    SAME(engine.destroy(newer), 0);
    SAME(say("tag a", "1", "older"), 0);
    SAME(inbox_a.count, 10);
    SAME(engine.destroy(a), 0);
    SAME(engine.destroy(b), 0);
    SAME(engine.destroy(none), 0);
    stop();
}

/* F27 */
static volatile bool unblocked;
static void block(struct inbox *box) {
    (void)box;
    while (!unblocked) pause_ms(5);
}

static void blocked(void) {
    int code;
    start();
    const void *handle = create("tag a", NULL, take_a, &code);
    inbox_a.hook = block;
    ask_text(params("do", "say_in_thread", "tag", "tag a", "status", "1", NULL), NULL);
    while (inbox_a.inside == 0) pause_ms(1);
    for (int n = 0; n < 100; ++n) good_call(); /* nothing below waits for it: it would wait for ever */
    const void *other = create("tag b", NULL, take_b, &code);
    SAME(write_text(other, "x", DataContinue), 0);
    SAME(inbox_b.count, 1);
    SAME(engine.destroy(other), 0);
    SAME(engine.destroy(handle), 0);
    stop();
    SAME(inbox_a.count, 0);
    unblocked = true;
    await_count(&inbox_a, 1);
    start();
    good_call();
    stop();
}

/* F28 */
static const void *inner;
static void call_back_in(struct inbox *box) {
    if (box->inside > 1) return;
    SAME_TEXT(ask_text(NULL, text_node("from inside")), "from inside");
    SAME_TEXT(engine.error(77), "text of 77");
    SAME(engine.fini(), AIGES_ERR_BUSY);
    if (strcmp(box->all[box->count % 256].text, "write again") == 0) {
        SAME(write_text(inner, "nested", DataContinue), 0); /* its callback is delivered inside this one */
        SAME(box->count, 1);
    }
    if (strcmp(box->all[box->count % 256].text, "destroy") == 0) SAME(engine.destroy(inner), 0);
}

static void reentrant(void) {
    int code;
    start();
    inbox_a.hook = call_back_in;
    inner = create("tag a", NULL, take_a, &code);
    SAME(write_text(inner, "write again", DataContinue), 0);
    SAME(inbox_a.count, 2);
    SAME(inbox_a.most_inside, 2);
    SAME(write_text(inner, "destroy", DataContinue), 0);
    SAME(engine.destroy(inner), AIGES_ERR_UNKNOWN_HANDLE);
    inner = create("tag a", NULL, take_a, &code);
    ask_text(params("do", "say_in_thread", "tag", "tag a", "status", "1", NULL), NULL);
    await_count(&inbox_a, 4);
    SAME(engine.destroy(inner), 0);
    SAME(start_async("tag z", params("how", "never", NULL), "x", take_a, 50), 0); /* from the timer's thread */
    await_count(&inbox_a, 5);
    good_call();
    stop();
}

/* F29 */
static void malformed(void) {
    static const char *const odd[] = {"none", "text", "class", "bad"};
    int code;
    start();
    for (int n = 0; n < 4; ++n) {
        const void *handle = create("tag", NULL, take_a, &code);
        SAME_TEXT(ask_text(params("do", "say", "tag", "tag", "what", odd[n], NULL), NULL), "-1");
        SAME(inbox_a.count, n + 1);
        SAME(inbox_a.all[n].ret, AIGES_ERR_BAD_RESPONSE);
        SAME(say("tag", "1", "x"), -1);
        SAME(engine.destroy(handle), 0);
    }
    empty_inbox(&inbox_a);
    const void *handle = create("tag", NULL, take_a, &code);
    SAME_TEXT(ask_text(params("do", "say", "tag", "tag", "what", "empty", NULL), NULL), "-1");
    SAME_TEXT(ask_text(params("do", "say", "tag", "nobody", "what", "none", NULL), NULL), "-1");
    SAME(inbox_a.count, 0);
    SAME(say("tag", "1", "still open"), 0);
    inbox_a.answer = 9;
    SAME_TEXT(ask_text(params("do", "say", "tag", "tag", "error", "4711", NULL), NULL), "9");
    SAME(inbox_a.all[1].ret, 4711);
    SAME(say("tag", "1", "x"), -1);
    SAME_TEXT(engine.error(4711), "text of 4711");
    SAME(engine.destroy(handle), 0);
    stop();
}

/* F30 */
static void async(void) {
    start();
    SAME(start_async("tag", params("how", "inline", NULL), "inline", take_a, 0), 0);
    SAME(inbox_a.count, 1);
    SAME_TEXT(inbox_a.all[0].text, "inline");
    SAME(start_async("tag", params("how", "later", NULL), "later", take_a, 0), 0);
    await_count(&inbox_a, 2);
    SAME_TEXT(inbox_a.all[1].text, "later");
    SAME(start_async("tag", params("how", "sid", "sid", "s", NULL), "x", take_a, 0), 0);
    SAME(start_async(NULL, params("how", "inline", NULL), "no tag", take_a, 0), 0);
    SAME_TEXT(inbox_a.all[3].tag, "(null)");
    empty_inbox(&inbox_a);
    SAME(start_async("f", params("how", "code", NULL), "x", take_a, 20), 4711);
    SAME(start_async("f", params("how", "raise", NULL), "x", take_a, 20), AIGES_ERR_WRAPPER_RAISED);
    SAME(start_async("f", params("how", "none", NULL), "x", take_a, 20), AIGES_ERR_BAD_RETURN);
    SAME(say("f", "3", "x"), -1);
    const double begin = now();
    SAME(start_async("silent", params("how", "never", NULL), "x", take_a, 200), 0);
    await_count(&inbox_a, 1);
    CHECK(now() - begin > 0.19);
    SAME(inbox_a.all[0].ret, AIGES_ERR_TIMEOUT);
    SAME_TEXT(inbox_a.all[0].tag, "silent");
    SAME(say("silent", "3", "x"), -1);
    stop();
}

/* C8: the configured limit of requests without a timeout; answered ones are not answered again. */
static void limit(void) {
    start(); /* aiges.answer_limit_ms=100 */
    SAME(start_async("answered", params("how", "inline", NULL), "x", take_a, 0), 0);
    SAME(start_async("silent", params("how", "never", NULL), "x", take_a, 0), 0);
    await_count(&inbox_a, 2);
    SAME(inbox_a.all[1].ret, AIGES_ERR_TIMEOUT);
    pause_ms(150);
    SAME(inbox_a.count, 2);
    stop();
}

const struct command callback_commands[] = {
    {"late", late},           {"serial", serial}, {"blocked", blocked}, {"reentrant", reentrant},
    {"malformed", malformed}, {"async", async},   {"limit", limit},     {NULL, NULL},
};
