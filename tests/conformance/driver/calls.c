/* One-shot calls: what a wrapper does wrong, what a host passes, what comes back. */
#include "host.h"

#include <sys/mman.h>
#include <sys/resource.h>

static struct ParamList *doing(const char *what) { return params("sid", "the-sid", "do", what, NULL); }

static void expect_code(const char *what, int code) {
    const int got = ask_code(doing(what), text_node("PAYLOAD-SECRET"));
    if (got != code) FAIL("do=%s: code %d, expected %d", what, got, code);
    good_call();
}

/* F1, wrapper raises.py. Words: what is raised. */
static void raises(void) {
    int code;
    start();
    for (char **what = words; *what != NULL; ++what) {
        expect_code(*what, AIGES_ERR_WRAPPER_RAISED);
        SAME(start_async("tag", params("do", *what, NULL), "PAYLOAD-SECRET", take_a, 0), AIGES_ERR_WRAPPER_RAISED);
        CHECK(create("tag", params("in", "create", "do", *what, NULL), NULL, &code) == NULL);
        SAME(code, AIGES_ERR_WRAPPER_RAISED);
        const void *handle = create("tag", params("in", "write", "do", *what, NULL), NULL, &code);
        SAME(write_text(handle, "PAYLOAD-SECRET", DataOnce), AIGES_ERR_WRAPPER_RAISED);
        SAME(engine.destroy(handle), 0);
        handle = create("tag", params("in", "read", "do", *what, NULL), NULL, &code);
        struct answer answer;
        SAME(read_text(handle, &answer), AIGES_ERR_WRAPPER_RAISED);
        SAME(engine.destroy(handle), 0);
    }
    SAME(inbox_a.count, 0);
    CHECK(strlen(engine.error(4242)) > 0); /* wrapperError raises, too */
    stop();
}

/* F2, F3, wrapper returns.py. Words: what is returned, then the code, ... */
static void returns(void) {
    start();
    for (char **word = words; *word != NULL; word += 2) expect_code(word[0], atoi(word[1]));
    stop();
}

/* F3, F13: reads that are errors and reads that are nothing yet. Words: what is returned, the code, the text, ... */
static void reads(void) {
    static char pieces[4096];
    int code;
    struct answer answer;
    start();
    for (char **word = words; *word != NULL; word += 3) {
        strcat(pieces, word[0]);
        strcat(pieces, ",");
    }
    const void *handle = create("tag", params("do", "good", "pieces", pieces, NULL), NULL, &code);
    CHECK(handle != NULL);
    for (char **word = words; *word != NULL; word += 3) {
        code = read_text(handle, &answer);
        if (code != atoi(word[1])) FAIL("read of %s: code %d, expected %s", word[0], code, word[1]);
        SAME_TEXT(answer.text, word[2]);
        SAME(answer.count, word[2][0] != '\0');
    }
    SAME(engine.destroy(handle), 0);
    stop();
}

/* F5, wrapper bare.py: methods that are missing. */
static void missing_methods(void) {
    int code;
    start();
    SAME(ask_code(NULL, text_node("x")), AIGES_ERR_METHOD_MISSING);
    SAME(start_async("tag", NULL, "x", take_a, 0), AIGES_ERR_METHOD_MISSING);
    CHECK(create("tag", NULL, NULL, &code) == NULL);
    SAME(code, AIGES_ERR_METHOD_MISSING);
    struct DataList *data = text_node("x");
    SAME(engine.load_res(data, 1), 0);
    SAME(engine.unload_res(1), 0);
    free_data(data);
    CHECK(strlen(engine.error(5)) > 0);
    stop();
}

/* ---- What a host may pass: wrapper shows.py ---- */

static void expect_shown(struct ParamList *wishes, struct DataList *data, const char *expected) {
    SAME_TEXT(ask_text(wishes, data), expected);
}

/* F8, F9: the forms of nothing. */
static void nothing(void) {
    static const char shown[] = "{\"nodes\": [], \"params\": {\"sid\": \"\"}, \"persId\": 0, \"tag\": \"tag\"}";
    start();
    expect_shown(NULL, NULL, shown);
    expect_shown(calloc(1, sizeof(struct ParamList)), node(NULL, NULL, 0, 0, 0, NULL), shown);
    /* key NULL in the middle, value NULL, key "" */
    struct ParamList *wishes = params("a", "1", "gone", "2", "b", "3", "", "empty", NULL);
    free(wishes->next->key);
    wishes->next->key = NULL;
    free(wishes->next->next->value);
    wishes->next->next->value = NULL;
    wishes->next->next->vlen = 0;
    expect_shown(
        wishes, node(NULL, "x", 1, 0, 3, node("", NULL, 0, 1, 2, node("k", "", 0, 9, 7, NULL))),
        "{\"nodes\": [[\"\", \"78\", 1, 0, 3, {}], [\"\", \"\", 0, 1, 2, {}], [\"k\", \"\", 0, 9, 7, {}]], "
        "\"params\": {\"\": \"empty\", \"a\": \"1\", \"b\": \"\", \"sid\": \"\"}, \"persId\": 0, \"tag\": \"tag\"}");
    /* usrTag NULL is None, and callback(response, None) finds its way back */
    struct DataList *data = text_node("x"), *response = NULL;
    SAME(engine.exec(NULL, NULL, data, &response, NULL, 0), 0);
    CHECK(strstr(response->data, "\"tag\": null") != NULL);
    SAME(engine.exec_free(NULL, &response), 0);
    SAME(engine.exec_async(NULL, NULL, data, take_a, 0, NULL, 0), 0);
    free_data(data);
    SAME(inbox_a.count, 1);
    SAME_TEXT(inbox_a.all[0].tag, "(null)");
    SAME_TEXT(inbox_a.all[0].text, "None");
    SAME(engine.init(NULL), AIGES_ERR_ALREADY_INIT);
    stop();
}

/* F12, L2-L4: odd bytes, lengths of values, equal keys. */
static void odd_bytes(void) {
    start();
    struct ParamList *wishes = params("a", "first", "a", "second", "cut", "12345", "nul", "x", "\xff", "\xfe", NULL);
    wishes->next->next->vlen = 3;
    wishes->next->next->next->vlen = 2; /* with its NUL */
    expect_shown(
        wishes, node("\xfd", "a\0b\xff", 4, 0, 3, NULL),
        "{\"nodes\": [[\"\\udcfd\", \"610062ff\", 4, 0, 3, {}]], \"params\": {\"a\": \"first\", \"cut\": \"123\", "
        "\"nul\": \"x\", \"sid\": \"\", \"\\udcff\": \"\\udcfe\"}, \"persId\": 0, \"tag\": \"tag\"}");
    /* and back out unchanged */
    struct DataList *data = node("\xfd\xfc", "\0\xff", 2, -7, 77, NULL), *response = NULL;
    data->desc = params("\xfb", "\xfa", NULL);
    wishes = doing("echo");
    SAME(engine.exec("\xf9", wishes, data, &response, NULL, 0), 0);
    free_params(wishes);
    free_data(data);
    SAME_TEXT(response->key, "\xfd\xfc");
    SAME(response->len, 2);
    CHECK(memcmp(response->data, "\0\xff", 2) == 0);
    SAME((int)response->type, -7);
    SAME((int)response->status, DataOnce);
    SAME_TEXT(response->desc->key, "\xfb");
    SAME_TEXT(response->desc->value, "\xfa");
    SAME(response->desc->vlen, 1);
    SAME(engine.exec_free(NULL, &response), 0);
    unsigned int ids[] = {4000000000u, 2};
    data = text_node("x");
    SAME(engine.exec("t", NULL, data, &response, ids, 2), 0);
    CHECK(strstr(response->data, "\"persId\": 4000000000") != NULL);
    SAME(engine.exec_free(NULL, &response), 0);
    SAME(engine.exec("t", NULL, data, &response, NULL, -3), 0);
    SAME(engine.exec_free(NULL, &response), 0);
    free_data(data);
    stop();
}

/* F13, F15: zero lengths; a thousand nodes in and out; objects kept past the call. */
static void many_nodes(void) {
    struct DataList *list = NULL, *response = NULL;
    struct ParamList *wishes = doing("len0");
    start();
    SAME(engine.exec("t", wishes, NULL, &response, NULL, 0), 0);
    for (list = response; list != NULL; list = list->next) SAME(list->len, 0);
    SAME_TEXT(response->next->key, "text");
    SAME_TEXT(response->next->next->key, "array");
    SAME(engine.exec_free(NULL, &response), 0);
    free_params(wishes);
    for (int n = 999; n >= 0; --n) {
        char text[8];
        snprintf(text, sizeof text, "%d", n);
        list = node(n % 3 ? "k" : "kk", text, (unsigned int)strlen(text), DataText, DataOnce, list);
    }
    struct answer *answer = ask(doing("echo"), list);
    SAME(answer->code, 0);
    SAME(answer->count, 1000);
    SAME(answer->len, 2890);
    CHECK(strncmp(answer->text, "0123456789101112", 16) == 0);
    answer = ask(doing("copies"), NULL);
    SAME(answer->count, 1000);
    SAME(answer->len, 2890);
    for (int round = 0; round < 3; ++round) {
        const char *how = round == 1 ? "keep_unseen" : "keep";
        ask_text(doing(how), node("one", "11", 2, 0, 3, node("two", "222", 3, 0, 3, NULL)));
    }
    SAME_TEXT(ask_text(doing("kept"), NULL), "[[2, 5, \"one\"], [2, 5, \"one\"], [2, 5, \"one\"]]");
    stop();
}

/* F10, F11: pointers that must not be NULL. */
static void invalid_args(void) {
    struct DataList *response = (void *)8;
    struct DataList *data = node("k", NULL, 5, 0, 3, NULL);
    int code;
    start();
    SAME(engine.exec("t", NULL, data, &response, NULL, 0), AIGES_ERR_INVALID_ARG);
    CHECK(response == NULL);
    SAME(engine.exec_async("t", NULL, data, take_a, 0, NULL, 0), AIGES_ERR_INVALID_ARG);
    SAME(engine.load_res(data, 1), AIGES_ERR_INVALID_ARG);
    SAME(engine.load_res(NULL, 1), AIGES_ERR_INVALID_ARG);
    const void *handle = create("t", NULL, take_a, &code);
    CHECK(handle != NULL);
    SAME(engine.write(handle, data), AIGES_ERR_INVALID_ARG);
    SAME(engine.read(handle, NULL), AIGES_ERR_INVALID_ARG);
    SAME(engine.destroy(handle), 0);
    free_data(data);
    data = text_node("x");
    SAME(engine.exec("t", NULL, data, &response, NULL, 1), AIGES_ERR_INVALID_ARG);
    SAME(engine.exec_async("t", NULL, data, take_a, 0, NULL, 1), AIGES_ERR_INVALID_ARG);
    SAME(engine.exec("t", NULL, data, NULL, NULL, 0), AIGES_ERR_INVALID_ARG);
    SAME(engine.exec_async("t", NULL, data, NULL, 0, NULL, 0), AIGES_ERR_INVALID_ARG);
    SAME(engine.exec_free("t", NULL), AIGES_ERR_INVALID_ARG);
    CHECK(engine.create("t", NULL, NULL, NULL, 1, &code) == NULL);
    SAME(code, AIGES_ERR_INVALID_ARG);
    CHECK((handle = engine.create("t", NULL, NULL, NULL, 0, NULL)) != NULL);
    SAME(engine.destroy(handle), 0);
    SAME(inbox_a.count, 0);
    free_data(data);
    good_call();
    stop();
}

/* F14, wrapper returns.py: lengths. */
static void lengths(void) {
    start();
    SAME_TEXT(ask_text(doing("assigned"), NULL), "abc");
    SAME_TEXT(ask_text(doing("assigned_more"), NULL), "abcdef");
    SAME_TEXT(ask_text(doing("assigned_more"), NULL), "abcdef");
    SAME_TEXT(ask_text(doing("look_alike"), NULL), "look\xc3\xa4like");
    SAME_TEXT(ask_text(doing("list"), NULL), "in a list");
    SAME_TEXT(ask_text(doing("desc"), NULL), "abc");
    SAME(ask(doing("numbers"), NULL)->len, 4);
    for (int round = 0; round < 3; ++round) SAME_TEXT(ask_text(params("twice", "1", NULL), NULL), "the same");
    stop();
}

static void too_large(void) {
    start();
    SAME(ask_code(doing("huge"), NULL), AIGES_ERR_TOO_LARGE);
    good_call();
    stop();
}

/* A request that is longer than the memory left. */
static void no_memory(void) {
    const size_t size = (size_t)3 << 30;
    void *memory = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(memory != MAP_FAILED);
    start();
    good_call();
    long pages;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%ld", &pages) == 1);
    fclose(file);
    const struct rlimit limit = {(rlim_t)pages * 4096 + (1u << 30), RLIM_INFINITY};
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    struct DataList *response = NULL, list = {0};
    list.key = (char *)"k";
    list.data = memory;
    list.len = (unsigned int)size;
    SAME(engine.exec("t", NULL, &list, &response, NULL, 0), AIGES_ERR_NO_MEMORY);
    CHECK(response == NULL);
    good_call();
    stop();
}

/* F16 */
static void exec_free(void) {
    struct DataList *response = NULL, *data = text_node("x"), *second = NULL;
    SAME(engine.exec_free("t", &second), 0);
    start();
    SAME(engine.exec("t", NULL, data, &response, NULL, 0), 0);
    SAME(engine.exec_free("t", &response), 0);
    CHECK(response == NULL);
    SAME(engine.exec_free("t", &response), 0);
    SAME(engine.exec("t", NULL, data, &response, NULL, 0), 0);
    response->next = response; /* a host that relinks the list */
    SAME(engine.exec_free("t", &response), 0);
    SAME(engine.exec("t", NULL, data, &response, NULL, 0), 0);
    SAME(engine.exec("t", NULL, data, &second, NULL, 0), 0);
    stop();
    CHECK(memcmp(response->data, "x", 1) == 0); /* still the host's */
    SAME(engine.exec_free("t", &response), 0);
    SAME(engine.exec_free("t", &response), 0);
    start();
    CHECK(memcmp(second->data, "x", 1) == 0);
    SAME(engine.exec_free("t", &second), 0);
    free_data(data);
    good_call();
    stop();
}

/* F31, wrapper callbacks.py */
static int metered, traced;
static int meter(const void *tag, const char *key, int count) {
    CHECK(strcmp(tag, "tag") == 0 && strcmp(key, "meter") == 0);
    metered += count;
    return 3;
}
static int trace(const char *tag, const char *key, const char *value) {
    CHECK(strcmp(tag, "tag") == 0 && strcmp(key, "key") == 0 && strcmp(value, "value") == 0);
    ++traced;
    return 4;
}

static void meters(void) {
    SAME(engine.set_ctrl(CTMeterCustom, (void *)meter), 0); /* before Init */
    start();
    SAME_TEXT(ask_text(doing("meter"), NULL), "3");
    SAME_TEXT(ask_text(doing("trace"), NULL), "-1");
    SAME(engine.set_ctrl(CTTraceLog, (void *)trace), 0);
    SAME_TEXT(ask_text(doing("trace"), NULL), "4");
    SAME(engine.set_ctrl(CTMeterCustom, NULL), 0);
    SAME_TEXT(ask_text(doing("meter"), NULL), "-1");
    SAME(engine.set_ctrl(CTMetricsLog, (void *)meter), 0);
    SAME(engine.set_ctrl((CtrlType)99, (void *)meter), 0);
    SAME_TEXT(ask_text(doing("meter"), NULL), "-1");
    SAME(metered, 7);
    SAME(traced, 1);
    stop();
}

/* F32 */
static struct DataList *resource(const char *text, const char *patch_id) {
    struct DataList *data = text_node(text);
    data->type = DataPer;
    data->status = DataEnd;
    if (patch_id != NULL) data->desc = params("other", "1", "patch_id", patch_id, NULL);
    return data;
}

static int load(const char *text, const char *patch_id, unsigned int id) {
    struct DataList *data = resource(text, patch_id);
    const int code = engine.load_res(data, id);
    free_data(data);
    return code;
}

static void *load_and_unload(void *argument) {
    const unsigned int id = *(unsigned int *)argument;
    for (int round = 0; round < 300; ++round) {
        SAME(load("x", NULL, id), 0);
        SAME(engine.unload_res(id), 0);
    }
    return NULL;
}

static void resources(void) {
    unsigned int ids[] = {101, 102, 103};
    pthread_t threads[3];
    start();
    SAME(engine.unload_res(7), AIGES_ERR_UNKNOWN_RESOURCE);
    SAME(load("seven", "named", 7), 0);
    SAME(load("eight", NULL, 8), 0);
    SAME(load("nine", "", 9), 0);
    SAME_TEXT(ask_text(doing("resources"), NULL), "[('8', 'eight'), ('9', 'nine'), ('named', 'seven')]");
    SAME(engine.unload_res(7), 0);
    SAME(engine.unload_res(7), AIGES_ERR_UNKNOWN_RESOURCE);
    SAME_TEXT(ask_text(doing("resources"), NULL), "[('8', 'eight'), ('9', 'nine')]");
    SAME(engine.load_res(NULL, 5), AIGES_ERR_INVALID_ARG);
    struct DataList *empty = node(NULL, NULL, 0, 0, 0, NULL);
    SAME(engine.load_res(empty, 5), AIGES_ERR_INVALID_ARG);
    free_data(empty);
    SAME(load("x", NULL, 0xFFFFFFFFu), 0);
    SAME(engine.unload_res(0xFFFFFFFFu), 0);
    for (int n = 0; n < 3; ++n) threads[n] = in_thread(load_and_unload, &ids[n]);
    for (int n = 0; n < 300; ++n) good_call();
    for (int n = 0; n < 3; ++n) join(threads[n]);
    stop();
}

/* F32, wrapper raises.py: the old mapping stays when a load fails; an unload drops it in any case. */
static void resources_fail(void) {
    start();
    SAME(load("x", "old", 1), 0);
    ask_text(params("resource_fails", "1", NULL), text_node("x"));
    SAME(load("y", "new", 1), AIGES_ERR_WRAPPER_RAISED);
    SAME(load("y", "new", 2), AIGES_ERR_WRAPPER_RAISED);
    SAME(engine.unload_res(2), AIGES_ERR_UNKNOWN_RESOURCE);
    SAME(engine.unload_res(1), AIGES_ERR_WRAPPER_RAISED);
    SAME(engine.unload_res(1), AIGES_ERR_UNKNOWN_RESOURCE);
    good_call();
    stop();
}

/* F37, wrapper prints.py; also for any other that only has to work. */
static void works(void) {
    start();
    good_call();
    stop();
}

const struct command call_commands[] = {
    {"raises", raises},
    {"returns", returns},
    {"reads", reads},
    {"missing-methods", missing_methods},
    {"nothing", nothing},
    {"odd-bytes", odd_bytes},
    {"many-nodes", many_nodes},
    {"invalid-args", invalid_args},
    {"lengths", lengths},
    {"too-large", too_large},
    {"no-memory", no_memory},
    {"exec-free", exec_free},
    {"meters", meters},
    {"resources", resources},
    {"resources-fail", resources_fail},
    {"works", works},
    {NULL, NULL},
};
