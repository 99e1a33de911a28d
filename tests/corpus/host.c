/* usage: host LIBRARY SEEN < SCENARIO
 *
 * Plays a scenario on an engine and writes what a host sees into the file SEEN, one line for each observation; the
 * output is left to the engine. A line of the scenario is a verb and its words; texts and data are percent-encoded, so that a word has no blanks.
 *
 *     init [p:KEY=VALUE]...                     -> init CODE
 *     exec | async [t:TAG] [i:ID]... [p:...]... [n:KEY:TYPE:STATUS:DATA [d:KEY=VALUE]...]...
 *     create s:NUMBER [c] [t:TAG] [i:ID]... [p:...]...     c: with a callback
 *     crowd e:THREADS ...                       exec on so many threads at once, again and again: exec, if all are equal
 *     write s:NUMBER n:...                      -> write CODE
 *     read s:NUMBER                             -> read CODE ITEM...
 *     fetch s:NUMBER                            reads until the last item: fetch CODE ITEM...
 *     destroy s:NUMBER
 *     cancel s:NUMBER                           (aiges_session_cancel)
 *     load i:ID n:... | unload i:ID
 *     results t:TAG e:COUNT                     waits for results by callback: result CODE ITEM..., for each
 *     error e:CODE                              -> error CODE
 *     meters | traces                           what came since the last time: meters KEY=VALUE...
 *     fini
 *
 * After a CODE that is not 0 stands the engine's text for it as !TEXT. An ITEM is KEY:TYPE:STATUS:DATA[:KEY=VALUE]...
 * Inputs are overwritten and freed as soon as the engine's function returned, as known hosts do it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aiges/wrapper.h"

enum { MOST_IDS = 4, MOST_SESSIONS = 16, PATIENCE_S = 60 };

static struct {
    wrapperSetCtrlPtr set_ctrl;
    wrapperInitPtr init;
    wrapperFiniPtr fini;
    wrapperErrorPtr error;
    wrapperLoadResPtr load_res;
    wrapperUnloadResPtr unload_res;
    wrapperCreatePtr create;
    wrapperWritePtr write;
    wrapperReadPtr read;
    wrapperDestroyPtr destroy;
    wrapperExecPtr exec;
    wrapperExecFreePtr exec_free;
    wrapperExecAsyncPtr exec_async;
    aiges_session_cancel_fn cancel;
} engine;

static const void *sessions[MOST_SESSIONS];
static FILE *seen;

_Noreturn static void fail(const char *what, const char *which) {
    fprintf(stderr, "host: %s '%s'\n", what, which);
    exit(2);
}

/* ---- Words ---- */

struct words {
    struct ParamList *params;
    struct DataList *data;
    char *tag;
    unsigned int ids[MOST_IDS];
    int ids_count, session, number;
    bool calls_back;
};

static unsigned int digit(char hex) {
    const unsigned int lower = (unsigned char)hex | 32;
    return lower <= '9' ? lower - '0' : lower - 'a' + 10;
}

/* Decodes in place; the length of the bytes, which a NUL follows. */
static unsigned int decode(char *text) {
    char *out = text, *start = out;
    for (; *text != '\0'; ++text) {
        if (text[0] == '%' && text[1] != '\0' && text[2] != '\0') {
            *out++ = (char)(digit(text[1]) << 4 | digit(text[2]));
            text += 2;
        } else {
            *out++ = *text;
        }
    }
    *out = '\0';
    return (unsigned int)(out - start);
}

static void *copy(const char *bytes, size_t length) {
    char *made = malloc(length + 1);
    memcpy(made, bytes, length);
    made[length] = '\0';
    return made;
}

static void append_param(struct ParamList **list, char *word) {
    char *value = strchr(word, '=');
    if (value == NULL) fail("no '=' in the word", word);
    *value++ = '\0';
    while (*list != NULL) list = &(*list)->next;
    *list = calloc(1, sizeof **list);
    (*list)->key = copy(word, decode(word));
    (*list)->vlen = decode(value);
    (*list)->value = copy(value, (*list)->vlen);
}

static struct DataList **end_of(struct DataList **list) {
    while (*list != NULL) list = &(*list)->next;
    return list;
}

static void append_node(struct DataList **list, char *word) {
    char *key = strsep(&word, ":"), *type = strsep(&word, ":"), *status = strsep(&word, ":");
    if (word == NULL) fail("the node is not KEY:TYPE:STATUS:DATA:", key);
    struct DataList *made = *end_of(list) = calloc(1, sizeof *made);
    made->key = copy(key, decode(key));
    made->type = (DataType)atoi(type);
    made->status = (DataStatus)atoi(status);
    made->len = decode(word);
    made->data = copy(word, made->len);
}

static void read_word(struct words *words, char *word) {
    char *text = word + 2;
    struct DataList *last = words->data;
    while (last != NULL && last->next != NULL) last = last->next;
    switch (word[0]) {
        case 'p':
            append_param(&words->params, text);
            break;
        case 'n':
            append_node(&words->data, text);
            break;
        case 'd':
            if (last == NULL) fail("no node before the word", word);
            append_param(&last->desc, text);
            break;
        case 't':
            words->tag = copy(text, decode(text));
            break;
        case 'i':
            if (words->ids_count == MOST_IDS) fail("too many ids at", word);
            words->ids[words->ids_count++] = (unsigned int)atoi(text);
            break;
        case 's':
            words->session = atoi(text) % MOST_SESSIONS;
            break;
        case 'e':
            words->number = atoi(text);
            break;
        case 'c':
            words->calls_back = true;
            break;
        default:
            fail("unknown word", word);
    }
}

static void spoil(void *memory, size_t size) {
    if (memory != NULL) memset(memory, 0xDD, size);
    free(memory);
}

static void free_params(struct ParamList *list) {
    while (list != NULL) {
        struct ParamList *next = list->next;
        spoil(list->key, strlen(list->key));
        spoil(list->value, list->vlen);
        spoil(list, sizeof *list);
        list = next;
    }
}

static void free_words(struct words *words) {
    free_params(words->params);
    words->params = NULL;
    while (words->data != NULL) {
        struct DataList *next = words->data->next;
        spoil(words->data->key, strlen(words->data->key));
        spoil(words->data->data, words->data->len);
        free_params(words->data->desc);
        spoil(words->data, sizeof *words->data);
        words->data = next;
    }
    if (words->tag != NULL) spoil(words->tag, strlen(words->tag));
    words->tag = NULL;
}

/* ---- Observations ---- */

static void put(FILE *out, const void *bytes, size_t length) {
    static const char digits[] = "0123456789abcdef";
    for (const unsigned char *byte = bytes, *end = byte + length; byte < end; ++byte) {
        if ((*byte | 32) >= 'a' && (*byte | 32) <= 'z') {
            putc_unlocked(*byte, out);
        } else {
            putc_unlocked('%', out);
            putc_unlocked(digits[*byte >> 4], out);
            putc_unlocked(digits[*byte & 15], out);
        }
    }
}

static void put_items(FILE *out, const struct DataList *list) {
    for (; list != NULL; list = list->next) {
        fputc(' ', out);
        put(out, list->key, strlen(list->key));
        fprintf(out, ":%d:%d:", (int)list->type, (int)list->status);
        put(out, list->data, list->len);
        for (const struct ParamList *desc = list->desc; desc != NULL; desc = desc->next) {
            fputc(':', out);
            put(out, desc->key, strlen(desc->key));
            fputc('=', out);
            put(out, desc->value, desc->vlen);
        }
    }
}

static void put_outcome(FILE *out, const char *verb, int code, const struct DataList *list) {
    fprintf(out, "%s %d", verb, code);
    if (code != 0) {
        const char *text = engine.error(code);
        fputs(" !", out);
        put(out, text, strlen(text));
    } else {
        put_items(out, list);
    }
    fputc('\n', out);
}

static bool has_last(const struct DataList *list) {
    for (; list != NULL; list = list->next)
        if ((int)list->status >= DataEnd) return true;
    return false;
}

/* ---- What comes by itself: results by callback, meters, traces ---- */

struct arrival {
    char *tag, *line;
    struct arrival *next;
};
static struct arrival *arrivals;
static FILE *meters, *traces;
static char *meters_text, *traces_text;
static size_t meters_size, traces_size;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;

static int take_result(const void *tag, pDataList list, int code) {
    struct arrival *made = calloc(1, sizeof *made);
    size_t size;
    FILE *out = open_memstream(&made->line, &size);
    put_outcome(out, "result", code, list);
    fclose(out);
    made->tag = strdup(tag != NULL ? tag : "");
    pthread_mutex_lock(&lock);
    struct arrival **end = &arrivals;
    while (*end != NULL) end = &(*end)->next;
    *end = made;
    pthread_cond_broadcast(&arrived);
    pthread_mutex_unlock(&lock);
    return 0;
}

/* With the lock. */
static struct arrival *take_arrival(const char *tag) {
    for (struct arrival **link = &arrivals; *link != NULL; link = &(*link)->next) {
        struct arrival *found = *link;
        if (tag != NULL && strcmp(found->tag, tag) != 0) continue;
        *link = found->next;
        return found;
    }
    return NULL;
}

static void print_arrival(struct arrival *arrival, const char *prefix) {
    fprintf(seen, "%s%s", prefix, arrival->line);
    free(arrival->tag);
    free(arrival->line);
    free(arrival);
}

static void await_results(const char *tag, int count) {
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&lock);
    while (count > 0) {
        struct arrival *found = take_arrival(tag);
        if (found != NULL) {
            print_arrival(found, "");
            --count;
        } else if (pthread_cond_timedwait(&arrived, &lock, &limit) != 0) {
            fprintf(seen, "missing %d\n", count);
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}

static void print_strays(void) {
    struct arrival *found;
    pthread_mutex_lock(&lock);
    while ((found = take_arrival(NULL)) != NULL) print_arrival(found, "stray ");
    pthread_mutex_unlock(&lock);
}

static int take_meter(const void *tag, const char *key, int count) {
    (void)tag;
    pthread_mutex_lock(&lock);
    fputc(' ', meters);
    put(meters, key, strlen(key));
    fprintf(meters, "=%d", count);
    pthread_mutex_unlock(&lock);
    return 0;
}

static int take_trace(const char *tag, const char *key, const char *value) {
    (void)tag;
    pthread_mutex_lock(&lock);
    fputc(' ', traces);
    put(traces, key, strlen(key));
    fputc('=', traces);
    put(traces, value, strlen(value));
    pthread_mutex_unlock(&lock);
    return 0;
}

static void print_all(const char *verb, FILE **stream, char **text, size_t *size) {
    pthread_mutex_lock(&lock);
    fclose(*stream);
    fprintf(seen, "%s%s\n", verb, *text);
    free(*text);
    *stream = open_memstream(text, size);
    pthread_mutex_unlock(&lock);
}

/* ---- Steps ---- */

static void step_init(struct words *words) { put_outcome(seen, "init", engine.init(words->params), NULL); }

static void step_exec(struct words *words) {
    struct DataList *result = NULL;
    const int code = engine.exec(words->tag, words->params, words->data, &result, words->ids, words->ids_count);
    free_words(words); /* before the result is looked at */
    put_outcome(seen, "exec", code, result);
    if (code == 0) engine.exec_free(NULL, &result);
}

static void step_async(struct words *words) {
    const int code =
        engine.exec_async(words->tag, words->params, words->data, take_result, 0, words->ids, words->ids_count);
    free_words(words);
    put_outcome(seen, "async", code, NULL);
}

static void step_create(struct words *words) {
    int code = 0;
    wrapperCallback callback = words->calls_back ? take_result : NULL;
    sessions[words->session] = engine.create(words->tag, words->params, callback, words->ids, words->ids_count, &code);
    put_outcome(seen, "create", code, NULL);
}

static void step_write(struct words *words) {
    const int code = engine.write(sessions[words->session], words->data);
    free_words(words);
    put_outcome(seen, "write", code, NULL);
}

static void step_read(struct words *words) {
    struct DataList *result = NULL;
    const int code = engine.read(sessions[words->session], &result);
    put_outcome(seen, "read", code, result);
}

static void step_fetch(struct words *words) {
    const struct timespec pause = {0, 1000000};
    bool over = false;
    char *text;
    size_t size;
    FILE *items = open_memstream(&text, &size);
    int code = 0;
    for (int round = 0; round < PATIENCE_S * 1000 && code == 0 && !over; ++round) {
        struct DataList *result = NULL;
        code = engine.read(sessions[words->session], &result);
        put_items(items, code == 0 ? result : NULL);
        over = has_last(result);
        if (!over) nanosleep(&pause, NULL);
    }
    fclose(items);
    if (code != 0) {
        put_outcome(seen, "fetch", code, NULL);
    } else {
        fprintf(seen, "fetch 0%s\n", text);
    }
    free(text);
}

static void step_destroy(struct words *words) {
    put_outcome(seen, "destroy", engine.destroy(sessions[words->session]), NULL);
}

static void step_cancel(struct words *words) {
    put_outcome(seen, "cancel", engine.cancel(sessions[words->session], NULL), NULL);
}

static void step_load(struct words *words) {
    put_outcome(seen, "load", engine.load_res(words->data, words->ids[0]), NULL);
}

static void step_unload(struct words *words) { put_outcome(seen, "unload", engine.unload_res(words->ids[0]), NULL); }

static void step_results(struct words *words) { await_results(words->tag, words->number); }

static void step_error(struct words *words) { put_outcome(seen, "error", words->number, NULL); }

static void step_meters(struct words *words) {
    (void)words;
    print_all("meters", &meters, &meters_text, &meters_size);
}

static void step_traces(struct words *words) {
    (void)words;
    print_all("traces", &traces, &traces_text, &traces_size);
}

static void step_fini(struct words *words) {
    (void)words;
    put_outcome(seen, "fini", engine.fini(), NULL);
}

static const struct {
    const char *verb;
    void (*play)(struct words *words);
} steps[] = {
    {"init", step_init},     {"exec", step_exec},     {"async", step_async},   {"create", step_create},
    {"write", step_write},   {"read", step_read},     {"fetch", step_fetch},   {"destroy", step_destroy},
    {"cancel", step_cancel}, {"load", step_load},     {"unload", step_unload}, {"results", step_results},
    {"error", step_error},   {"meters", step_meters}, {"traces", step_traces}, {"fini", step_fini},
};

static void play(char *line) {
    char *save, *verb = strtok_r(line, " \n", &save), *word;
    struct words words = {0};
    if (verb == NULL || verb[0] == '#') return;
    while ((word = strtok_r(NULL, " \n", &save)) != NULL) read_word(&words, word);
    for (size_t step = 0; step < sizeof steps / sizeof *steps; ++step) {
        if (strcmp(steps[step].verb, verb) != 0) continue;
        steps[step].play(&words);
        fflush(seen); /* what came before a crash is known */
        free_words(&words);
        return;
    }
    fail("unknown verb", verb);
}

/* ---- A crowd: one request from many threads ---- */

enum { CROWD_ROUNDS = 25, MOST_THREADS = 32 };

struct member {
    pthread_t thread;
    char *line;
    char *outcome; /* NULL until there is one, and when two differ */
    bool differs;
};

static void read_words(struct words *words, char *line) {
    char *save, *word = strtok_r(line, " \n", &save);
    while ((word = strtok_r(NULL, " \n", &save)) != NULL) read_word(words, word);
}

static char *exec_outcome(const char *request) {
    char *line = strdup(request), *outcome;
    size_t size;
    struct DataList *result = NULL;
    struct words words = {0};
    read_words(&words, line);
    FILE *out = open_memstream(&outcome, &size);
    const int code = engine.exec(words.tag, words.params, words.data, &result, words.ids, words.ids_count);
    free_words(&words);
    put_outcome(out, "exec", code, result);
    fclose(out);
    if (code == 0) engine.exec_free(NULL, &result);
    free(line);
    return outcome;
}

static void *run_member(void *argument) {
    struct member *member = argument;
    member->outcome = exec_outcome(member->line);
    for (int round = 1; round < CROWD_ROUNDS; ++round) {
        char *next = exec_outcome(member->line);
        if (strcmp(next, member->outcome) != 0) member->differs = true;
        free(next);
    }
    return NULL;
}

static void play_crowd(char *line) {
    struct member crowd[MOST_THREADS] = {0};
    struct words words = {0};
    char *copy = strdup(line);
    bool differs = false;
    read_words(&words, copy);
    for (int n = 0; n < words.number; ++n) {
        crowd[n].line = line;
        pthread_create(&crowd[n].thread, NULL, run_member, &crowd[n]);
    }
    for (int n = 0; n < words.number; ++n) {
        pthread_join(crowd[n].thread, NULL);
        differs |= crowd[n].differs || strcmp(crowd[n].outcome, crowd[0].outcome) != 0;
    }
    fputs(differs ? "missing 1\n" : crowd[0].outcome, seen);
    for (int n = 0; n < words.number; ++n) free(crowd[n].outcome);
    fflush(seen);
    free_words(&words);
    free(copy);
}

/* ---- The engine ---- */

static void *symbol(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (found == NULL) fail("the engine lacks the symbol", name);
    return found;
}

static void open_engine(const char *path) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) fail("cannot open the engine", dlerror());
    engine.set_ctrl = symbol(library, "wrapperSetCtrl");
    engine.init = symbol(library, "wrapperInit");
    engine.fini = symbol(library, "wrapperFini");
    engine.error = symbol(library, "wrapperError");
    engine.load_res = symbol(library, "wrapperLoadRes");
    engine.unload_res = symbol(library, "wrapperUnloadRes");
    engine.create = symbol(library, "wrapperCreate");
    engine.write = symbol(library, "wrapperWrite");
    engine.read = symbol(library, "wrapperRead");
    engine.destroy = symbol(library, "wrapperDestroy");
    engine.exec = symbol(library, "wrapperExec");
    engine.exec_free = symbol(library, "wrapperExecFree");
    engine.exec_async = symbol(library, "wrapperExecAsync");
    engine.cancel = symbol(library, "aiges_session_cancel");
    engine.set_ctrl(CTMeterCustom, take_meter);
    engine.set_ctrl(CTTraceLog, take_trace);
}

int main(int count, char **arguments) {
    char *line = NULL;
    size_t room = 0;
    if (count != 3)
        fail("usage: host LIBRARY SEEN < SCENARIO; expected 2 arguments, the last is", arguments[count - 1]);
    seen = fopen(arguments[2], "w");
    if (seen == NULL) fail("cannot write", arguments[2]);
    meters = open_memstream(&meters_text, &meters_size);
    traces = open_memstream(&traces_text, &traces_size);
    open_engine(arguments[1]);
    while (getline(&line, &room, stdin) > 0)
        if (strncmp(line, "crowd ", 6) == 0)
            play_crowd(line);
        else
            play(line);
    print_strays();
    fclose(seen);
    free(line);
    return 0;
}
