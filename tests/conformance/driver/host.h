/* A host in a few functions: lists, the fifteen functions of one engine, checks, and an inbox for callbacks.
 *
 * Inputs are overwritten and freed as soon as the engine's function returned, as known hosts do it. */
#ifndef AIGES_TEST_HOST_H
#define AIGES_TEST_HOST_H

#define _GNU_SOURCE
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "aiges/errors.h"
#include "aiges/wrapper.h"

/* ---- The engine, and what the command line said ---- */

struct engine {
    void *library;
    wrapperSetCtrlPtr set_ctrl;
    wrapperInitPtr init;
    wrapperFiniPtr fini;
    wrapperErrorPtr error;
    wrapperVersionPtr version;
    wrapperLoadResPtr load_res;
    wrapperUnloadResPtr unload_res;
    wrapperCreatePtr create;
    wrapperWritePtr write;
    wrapperReadPtr read;
    wrapperDestroyPtr destroy;
    wrapperExecPtr exec;
    wrapperExecFreePtr exec_free;
    wrapperExecAsyncPtr exec_async;
    wrapperDebugInfoPtr debug_info;
};
extern struct engine engine;
extern const char *engine_path;
extern struct ParamList *config; /* arguments of the form key=value, in their order */
extern char **words;             /* the others, NULL-terminated */

void open_engine(void);
void start(void); /* Init, which must succeed */
void stop(void);  /* Fini, which must succeed */

/* ---- Checks: the first that fails ends the program with a line on stderr ---- */

_Noreturn void fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
void same_int(const char *file, int line, const char *what, long long got, long long expected);
void same_text(const char *file, int line, const char *what, const char *got, const char *expected);
#define FAIL(...) fail(__FILE__, __LINE__, __VA_ARGS__)
#define CHECK(condition) ((condition) ? (void)0 : FAIL("not true: %s", #condition))
#define SAME(got, expected) same_int(__FILE__, __LINE__, #got, (got), (expected))
#define SAME_TEXT(got, expected) same_text(__FILE__, __LINE__, #got, (got), (expected))

/* ---- Lists, on the heap ---- */

/* params("key", "value", ..., NULL): NULL without arguments. */
struct ParamList *params(const char *key, ...) __attribute__((sentinel));
struct DataList *node(const char *key, const void *data, unsigned int len, int type, int status, struct DataList *next);
struct DataList *text_node(const char *text); /* key "text", type text, status once */
/* Overwrite and free. */
void free_params(struct ParamList *list);
void free_data(struct DataList *list);

/* ---- Calls ---- */

struct answer {
    int code;
    int count;          /* nodes */
    unsigned int len;   /* bytes of all nodes */
    char text[1 << 14]; /* of all nodes, one after the other, NUL-terminated */
};
void read_list(struct DataList *list, struct answer *answer);
/* wrapperExec and wrapperExecFree. Frees `wishes` and `data`. Checks what must hold after any call. */
struct answer *ask(struct ParamList *wishes, struct DataList *data); /* until the next ask of this thread */
int ask_code(struct ParamList *wishes, struct DataList *data);
const char *ask_text(struct ParamList *wishes, struct DataList *data); /* checks that the code is 0 */
void good_call(void);                                                  /* the process is healthy */
/* wrapperCreate; frees the params. *code: errNum. */
const void *create(const char *tag, struct ParamList *wishes, wrapperCallback callback, int *code);
int write_text(const void *handle, const char *text, int status);
int read_text(const void *handle, struct answer *answer);
int start_async(const char *tag, struct ParamList *wishes, const char *text, wrapperCallback callback, int timeout);

/* ---- Callbacks: two receivers ---- */

struct received {
    int ret, final;
    char tag[64]; /* "(null)" for NULL */
    char text[256];
};
struct inbox {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int count, inside, most_inside, answer;
    struct received all[256];
    void (*hook)(struct inbox *box); /* runs inside the callback */
};
extern struct inbox inbox_a, inbox_b;
int take_a(const void *tag, pDataList list, int ret);
int take_b(const void *tag, pDataList list, int ret);
void await_count(struct inbox *box, int count); /* fails after 10 s */
void empty_inbox(struct inbox *box);

/* ---- Time and threads ---- */

double now(void);
void pause_ms(int milliseconds);
pthread_t in_thread(void *(*function)(void *), void *argument);
void join(pthread_t thread);
long resident_kb(void);
bool sanitized(void);

/* ---- Commands ---- */

struct command {
    const char *name;
    void (*run)(void);
};
extern const struct command call_commands[], session_commands[], callback_commands[], life_commands[],
    process_commands[], leak_commands[], script_commands[], buffer_commands[];

#endif
