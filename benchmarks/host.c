/* The C host of the benchmarks: loads libwrapper.so as a service would and measures it beside its floors.
 *
 *     cc -std=c11 -O2 -Iinclude benchmarks/host.c -o host -ldl -pthread
 *     ./host exec    LIBWRAPPER FLOOR ECHO WRAPPER CASE...    CASE = payload:params:threads[:out]/...,rounds,us
 *     ./host session LIBWRAPPER FLOOR ECHO WRAPPER rounds us
 *     ./host async   LIBWRAPPER FLOOR ECHO WRAPPER rounds us in_flight
 *     ./host start   LIBWRAPPER WRAPPER
 *     ./host bare    LIBPYTHON EXECUTABLE PROGRAM
 *
 * All contenders of a case take turns in rounds of `us` microseconds, in an order that rotates, so that a disturbance of
 * the machine hits all of them alike. One JSON object per line goes to stdout, with the figures of every round; what they
 * mean is for the Python side. */
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aiges/wrapper.h"

enum { THREADS = 16, CONTENDERS = 8, VARIANTS = 8, SAMPLES = 100000, EXTRA_PARAMS = 32 };

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void die(const char *what, const char *why) {
    fprintf(stderr, "host: %s: %s\n", what, why);
    exit(1);
}

static void *library_at(const char *path, int flags) {
    void *library = dlopen(path, flags);
    if (library == NULL) die("cannot load", dlerror());
    return library;
}

static void *symbol(void *library, const char *name) {
    void *address = dlsym(library, name);
    if (address == NULL) die("missing symbol", name);
    return address;
}

/* ---- Contenders ----------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    wrapperExecPtr exec;
    wrapperExecFreePtr exec_free;
} Contender;

static Contender contenders[CONTENDERS];
static int contender_count;
static void *ours, *echo, *floors;

static void add(const char *name, void *exec, void *exec_free) {
    contenders[contender_count++] = (Contender){name, (wrapperExecPtr)exec, (wrapperExecFreePtr)exec_free};
}

static void start_engine(void *library, const char *wrapper) {
    struct ParamList level = {.key = "log.level", .value = "warning", .vlen = 7};
    struct ParamList file = {
        .key = "wrapper.file", .value = (char *)wrapper, .vlen = (unsigned int)strlen(wrapper), .next = &level};
    const int code = ((wrapperInitPtr)symbol(library, "wrapperInit"))(wrapper[0] ? &file : NULL);
    if (code) die("wrapperInit", ((wrapperErrorPtr)symbol(library, "wrapperError"))(code));
}

static void open_all(char **paths) {
    ours = library_at(paths[0], RTLD_NOW | RTLD_LOCAL);
    start_engine(ours, paths[3]);
    echo = library_at(paths[2], RTLD_NOW | RTLD_LOCAL);
    start_engine(echo, "");
    floors = library_at(paths[1], RTLD_NOW | RTLD_LOCAL); /* libwrapper.so has made Python's symbols visible */
    if (((int (*)(const char *))symbol(floors, "floor_init"))(paths[3])) die("floor", paths[3]);
}

/* ---- A request -------------------------------------------------------------------------------------------------------- */

typedef struct {
    struct DataList node;
    struct ParamList params[1 + EXTRA_PARAMS];
    char names[EXTRA_PARAMS][16], values[EXTRA_PARAMS][16];
} Request;

static void make_request(Request *request, size_t payload, int params, const char *out) {
    memset(request, 0, sizeof *request);
    request->node =
        (struct DataList){.key = "data", .data = malloc(payload), .len = (unsigned int)payload, .status = DataOnce};
    memset(request->node.data, 'x', payload);
    request->params[0] = (struct ParamList){.key = "sid", .value = "bench0001@sid", .vlen = 13};
    for (int i = 1; i < params; ++i) {
        snprintf(request->names[i], 16, "param_%d", i);
        snprintf(request->values[i], 16, "value %d", i);
        if (out[0] && i == 1) {
            strcpy(request->names[i], "out");
            snprintf(request->values[i], 16, "%s", out);
        }
        request->params[i] = (struct ParamList){
            .key = request->names[i], .value = request->values[i], .vlen = (unsigned int)strlen(request->values[i])};
        request->params[i - 1].next = &request->params[i];
    }
}

static inline void call(const Contender *it, Request *request) {
    pDataList result = NULL;
    const int code = it->exec("bench0001@sid", request->params, &request->node, &result, NULL, 0);
    if (__builtin_expect(code != 0, 0)) {
        char text[32];
        snprintf(text, sizeof text, "code %d", code);
        die(it->name, text);
    }
    it->exec_free("bench0001@sid", &result);
}

/* ---- exec: threads that run one contender for a while ------------------------------------------------------------------ */

/* What is asked in a turn, and by how many threads. Variants of one case take turns like contenders do. */
typedef struct {
    size_t payload;
    int params, threads;
    char out[16];
} Variant;

typedef struct {
    pthread_t thread;
    Request requests[VARIANTS];
    uint64_t calls;
    int64_t ns;
    uint32_t *samples; /* durations of single calls */
    uint32_t sample_count;
    int index;
} Worker;

typedef struct {
    double *mean, *p50, *p99; /* one of each per round */
} Figures;

static Variant variants[VARIANTS];
static Worker workers[THREADS];
static int variant_count, worker_count;
static uint32_t *pooled;

/* The turn: written while all workers wait at the gate. */
static pthread_barrier_t gate;
static struct {
    const Contender *contender;
    int variant;
    int64_t ns;
    bool single, over;
} turn;

static void run_turn(Worker *worker) {
    const Contender *it = turn.contender;
    Request *request = &worker->requests[turn.variant];
    const uint64_t batch = request->node.len <= 65536 ? 32 : 1;
    const int64_t begin = now_ns(), end = begin + turn.ns;
    int64_t now = begin;
    uint64_t calls = 0;
    worker->sample_count = 0;
    if (turn.single) {
        do {
            call(it, request);
            const int64_t then = now;
            now = now_ns();
            if (worker->sample_count < SAMPLES) worker->samples[worker->sample_count++] = (uint32_t)(now - then);
        } while (now < end);
    } else {
        do {
            for (uint64_t i = 0; i < batch; ++i) call(it, request);
            calls += batch;
        } while ((now = now_ns()) < end);
    }
    worker->calls = calls;
    worker->ns = now - begin;
}

/* Ours and the floor must give the same answer, or they do not do the same work. */
static void compare_answers(Request *request) {
    pDataList results[2] = {NULL, NULL};
    for (int i = 0; i < 2; ++i)
        if (contenders[i].exec("bench0001@sid", request->params, &request->node, &results[i], NULL, 0))
            die(contenders[i].name, "failed");
    const struct DataList *a = results[0], *b = results[1];
    if (strcmp(a->key, b->key) || a->len != b->len || memcmp(a->data, b->data, a->len) || a->type != b->type ||
        a->status != b->status || a->next != NULL || b->next != NULL)
        die("the answers differ", contenders[1].name);
    for (int i = 0; i < 2; ++i) contenders[i].exec_free("bench0001@sid", &results[i]);
}

static void *worker_main(void *pointer) {
    Worker *worker = pointer;
    for (int v = 0; v < variant_count; ++v) compare_answers(&worker->requests[v]);
    for (int i = 0; i < contender_count; ++i)
        for (int k = 0; k < 20; ++k) call(&contenders[i], &worker->requests[0]); /* earns views, makes thread states */
    for (;;) {
        pthread_barrier_wait(&gate);
        if (turn.over) return NULL;
        if (worker->index < variants[turn.variant].threads) run_turn(worker);
        pthread_barrier_wait(&gate);
    }
}

static void measure(int contender, int variant, int64_t ns, bool single) {
    turn.contender = &contenders[contender];
    turn.variant = variant;
    turn.ns = ns;
    turn.single = single;
    pthread_barrier_wait(&gate);
    pthread_barrier_wait(&gate);
}

static int compare(const void *a, const void *b) {
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* p50 and p99 of the single calls of all threads in the last turn */
static void percentiles(int threads, double *p50, double *p99) {
    size_t count = 0;
    for (int i = 0; i < threads; ++i) {
        memcpy(pooled + count, workers[i].samples, workers[i].sample_count * sizeof *pooled);
        count += workers[i].sample_count;
    }
    qsort(pooled, count, sizeof *pooled, compare);
    *p50 = pooled[count / 2];
    *p99 = pooled[count * 99 / 100];
}

/* ns of wall time per call in the last turn, all threads together */
static double ns_per_call(int threads) {
    double rate = 0;
    for (int i = 0; i < threads; ++i) rate += (double)workers[i].calls / (double)workers[i].ns;
    return 1 / rate;
}

static void print_row(const char *key, const double *values, int count) {
    printf("\"%s\": [", key);
    for (int i = 0; i < count; ++i) printf(i ? ", %.2f" : "%.2f", values[i]);
    printf("]");
}

static void print_variant(const Variant *variant, const Figures *figures, int rounds) {
    printf("{\"payload\": %zu, \"params\": %d, \"threads\": %d, \"contenders\": {", variant->payload, variant->params,
           variant->threads);
    for (int c = 0; c < contender_count; ++c) {
        printf("%s\"%s\": {", c ? ", " : "", contenders[c].name);
        print_row("ns", figures[c].mean, rounds);
        printf(", ");
        print_row("p50", figures[c].p50, rounds);
        printf(", ");
        print_row("p99", figures[c].p99, rounds);
        printf("}");
    }
    printf("}}\n");
}

/* payload:params:threads[:out]/...,rounds,us */
static void read_case(const char *text, int *rounds, int64_t *ns) {
    int us = 0, used = 0;
    variant_count = worker_count = 0;
    for (const char *at = text;; ++at) {
        Variant *it = &variants[variant_count++];
        it->out[0] = '\0';
        if (variant_count > VARIANTS || sscanf(at, "%zu:%d:%d%n", &it->payload, &it->params, &it->threads, &used) < 3 ||
            it->params < 1 || it->params > EXTRA_PARAMS || it->threads < 1 || it->threads > THREADS)
            die("cannot read case", text);
        at += used;
        if (*at == ':' && sscanf(at, ":%15[0-9]%n", it->out, &used) == 1) at += used;
        if (it->threads > worker_count) worker_count = it->threads;
        if (*at == '/') continue;
        if (sscanf(at, ",%d,%d", rounds, &us) != 2 || *rounds < 1) die("cannot read case", text);
        *ns = (int64_t)us * 1000;
        return;
    }
}

static void start_workers(void) {
    turn.over = false;
    pthread_barrier_init(&gate, NULL, (unsigned int)worker_count + 1);
    pooled = malloc(sizeof *pooled * SAMPLES * (size_t)worker_count);
    for (int i = 0; i < worker_count; ++i) {
        workers[i].index = i;
        workers[i].samples = malloc(sizeof *workers[i].samples * SAMPLES);
        for (int v = 0; v < variant_count; ++v)
            make_request(&workers[i].requests[v], variants[v].payload, variants[v].params, variants[v].out);
        pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]);
    }
}

static void stop_workers(void) {
    turn.over = true;
    pthread_barrier_wait(&gate);
    for (int i = 0; i < worker_count; ++i) {
        pthread_join(workers[i].thread, NULL);
        free(workers[i].samples);
        for (int v = 0; v < variant_count; ++v) free(workers[i].requests[v].node.data);
    }
    free(pooled);
    pthread_barrier_destroy(&gate);
}

static void exec_case(const char *text) {
    static Figures figures[VARIANTS][CONTENDERS];
    int rounds;
    int64_t ns;
    read_case(text, &rounds, &ns);
    start_workers();
    const int sides = contender_count * variant_count;
    for (int side = 0; side < sides; ++side) {
        Figures *it = &figures[side / contender_count][side % contender_count];
        it->mean = malloc(3 * sizeof(double) * (size_t)rounds);
        it->p50 = it->mean + rounds;
        it->p99 = it->p50 + rounds;
        measure(side % contender_count, side / contender_count, ns, false); /* warm */
    }
    for (int round = 0; round < 2 * rounds; ++round)
        for (int k = 0; k < sides; ++k) {
            const int side = (k + round) % sides, c = side % contender_count, v = side / contender_count;
            const bool single = round % 2;
            measure(c, v, ns, single);
            if (single)
                percentiles(variants[v].threads, &figures[v][c].p50[round / 2], &figures[v][c].p99[round / 2]);
            else
                figures[v][c].mean[round / 2] = ns_per_call(variants[v].threads);
        }
    for (int v = 0; v < variant_count; ++v) {
        print_variant(&variants[v], figures[v], rounds);
        for (int c = 0; c < contender_count; ++c) free(figures[v][c].mean);
    }
    fflush(stdout);
    stop_workers();
}

static void exec_command(int count, char **args) {
    add("ours", symbol(ours, "wrapperExec"), symbol(ours, "wrapperExecFree"));
    add("compat", symbol(floors, "compat_exec"), symbol(floors, "compat_exec_free"));
    add("gil", symbol(floors, "gil_exec"), symbol(floors, "compat_exec_free"));
    add("view", symbol(floors, "view_exec"), symbol(floors, "compat_exec_free"));
    add("once", symbol(floors, "once_exec_bytes"), symbol(floors, "compat_exec_free"));
    add("copied", symbol(floors, "copied_exec"), symbol(floors, "copied_exec_free"));
    add("c_echo", symbol(echo, "wrapperExec"), symbol(echo, "wrapperExecFree"));
    for (int i = 0; i < count; ++i) {
        const char *chosen = args[i];
        if (strcmp(chosen, "pair") == 0)
            contender_count = 2; /* ours and compat only, from here on */
        else
            exec_case(chosen);
    }
}

/* ---- session: create, 10 writes of 1 KB, destroy --------------------------------------------------------------------- */

typedef struct {
    const char *name;
    wrapperCreatePtr create;
    wrapperWritePtr write;
    wrapperDestroyPtr destroy;
} SessionSide;

static void session_loop(const SessionSide *it, Request *request) {
    int code = 0;
    const void *handle = it->create("bench0001@sid", request->params, NULL, NULL, 0, &code);
    if (handle == NULL) die(it->name, "create");
    for (int i = 0; i < 10; ++i) {
        request->node.status = i == 0 ? DataBegin : i == 9 ? DataEnd : DataContinue;
        if (it->write(handle, &request->node)) die(it->name, "write");
    }
    if (it->destroy(handle)) die(it->name, "destroy");
}

static void session_command(int rounds, int64_t ns) {
    const SessionSide sides[] = {
        {"ours", (wrapperCreatePtr)symbol(ours, "wrapperCreate"), (wrapperWritePtr)symbol(ours, "wrapperWrite"),
         (wrapperDestroyPtr)symbol(ours, "wrapperDestroy")},
        {"compat", (wrapperCreatePtr)symbol(floors, "compat_create"), (wrapperWritePtr)symbol(floors, "compat_write"),
         (wrapperDestroyPtr)symbol(floors, "compat_destroy")},
        {"c_echo", (wrapperCreatePtr)symbol(echo, "wrapperCreate"), (wrapperWritePtr)symbol(echo, "wrapperWrite"),
         (wrapperDestroyPtr)symbol(echo, "wrapperDestroy")},
    };
    enum { SIDES = sizeof sides / sizeof *sides };
    double *figures[SIDES];
    Request request;
    make_request(&request, 1024, 1, "");
    for (int c = 0; c < SIDES; ++c) {
        figures[c] = malloc(sizeof(double) * (size_t)rounds);
        for (int i = 0; i < 200; ++i) session_loop(&sides[c], &request);
    }
    for (int round = 0; round < rounds; ++round)
        for (int k = 0; k < SIDES; ++k) {
            const int c = (k + round) % SIDES;
            const int64_t begin = now_ns();
            int64_t now;
            int loops = 0;
            do {
                for (int i = 0; i < 4; ++i) session_loop(&sides[c], &request);
                loops += 4;
            } while ((now = now_ns()) < begin + ns);
            figures[c][round] = (double)(now - begin) / loops;
        }
    printf("{\"ns\": {");
    for (int c = 0; c < SIDES; ++c) {
        printf(c ? ", " : "");
        print_row(sides[c].name, figures[c], rounds);
    }
    printf("}}\n");
}

/* ---- async: round trips with a number of requests in flight -------------------------------------------------------------- */

static sem_t room; /* free places in flight */
static _Atomic long answered;

static int on_answer(const void *tag, pDataList result, int ret) {
    (void)tag;
    if (ret || result == NULL || result->len != 64) die("async", "wrong answer");
    atomic_fetch_add_explicit(&answered, 1, memory_order_relaxed);
    sem_post(&room);
    return 0;
}

static double async_turn(wrapperExecAsyncPtr exec_async, Request *request, int in_flight, int64_t ns) {
    static unsigned long number;
    char tag[32];
    long sent = 0;
    atomic_store(&answered, 0);
    const int64_t begin = now_ns();
    do {
        sem_wait(&room);
        snprintf(tag, sizeof tag, "bench-%lu", ++number);
        if (exec_async(tag, request->params, &request->node, on_answer, 0, NULL, 0)) die("async", "not taken");
        ++sent;
    } while (now_ns() < begin + ns);
    for (int i = 0; i < in_flight; ++i) sem_wait(&room);
    const int64_t end = now_ns();
    for (int i = 0; i < in_flight; ++i) sem_post(&room);
    if (atomic_load(&answered) != sent) die("async", "answers are missing");
    return (double)(end - begin) / (double)sent;
}

static void async_command(int rounds, int64_t ns, int in_flight) {
    const char *names[] = {"ours", "compat", "c_echo"};
    const wrapperExecAsyncPtr sides[] = {(wrapperExecAsyncPtr)symbol(ours, "wrapperExecAsync"),
                                         (wrapperExecAsyncPtr)symbol(floors, "compat_exec_async"),
                                         (wrapperExecAsyncPtr)symbol(echo, "wrapperExecAsync")};
    double *figures[3];
    Request request;
    make_request(&request, 64, 1, "");
    sem_init(&room, 0, (unsigned int)in_flight);
    for (int c = 0; c < 3; ++c) {
        figures[c] = malloc(sizeof(double) * (size_t)rounds);
        async_turn(sides[c], &request, in_flight, ns);
    }
    for (int round = 0; round < rounds; ++round)
        for (int k = 0; k < 3; ++k) {
            const int c = (k + round) % 3;
            figures[c][round] = async_turn(sides[c], &request, in_flight, ns);
        }
    printf("{\"in_flight\": %d, \"ns\": {", in_flight);
    for (int c = 0; c < 3; ++c) {
        printf(c ? ", " : "");
        print_row(names[c], figures[c], rounds);
    }
    printf("}}\n");
}

/* ---- start: one process, one start ------------------------------------------------------------------------------------- */

static long resident_kb(void) {
    long pages = 0, total = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &total, &pages) != 2) die("cannot read", "/proc/self/statm");
    fclose(file);
    return pages * 4;
}

static void print_start(int64_t loaded, int64_t began) {
    const int64_t end = now_ns();
    printf("{\"ms\": %.3f, \"load_ms\": %.3f, \"rss_kb\": %ld}\n", (double)(end - began) / 1e6,
           (double)(loaded - began) / 1e6, resident_kb());
}

static void start_command(const char *library, const char *wrapper) {
    const int64_t began = now_ns();
    void *handle = library_at(library, RTLD_NOW | RTLD_LOCAL);
    const int64_t loaded = now_ns();
    start_engine(handle, wrapper);
    print_start(loaded, began);
}

/* What any host that embeds Python does, with the same import. */
static void bare_command(const char *libpython, const char *executable, const char *program) {
    static wchar_t wide[4096];
    const int64_t began = now_ns();
    void *handle = library_at(libpython, RTLD_NOW | RTLD_GLOBAL);
    const int64_t loaded = now_ns();
    mbstowcs(wide, executable, 4095);
    ((void (*)(const wchar_t *))symbol(handle, "Py_SetProgramName"))(wide);
    ((void (*)(int))symbol(handle, "Py_InitializeEx"))(0);
    if (((int (*)(const char *))symbol(handle, "PyRun_SimpleString"))(program)) die("bare", program);
    print_start(loaded, began);
}

int main(int count, char **args) {
    if (count == 4 && strcmp(args[1], "start") == 0) {
        start_command(args[2], args[3]);
        fflush(stdout);
        _Exit(0);
    }
    if (count == 5 && strcmp(args[1], "bare") == 0) {
        bare_command(args[2], args[3], args[4]);
        fflush(stdout);
        _Exit(0);
    }
    if (count < 6) die("usage", "host COMMAND LIBWRAPPER FLOOR ECHO WRAPPER ...; see the head of host.c");
    open_all(args + 2);
    if (strcmp(args[1], "exec") == 0)
        exec_command(count - 6, args + 6);
    else if (strcmp(args[1], "session") == 0 && count == 8)
        session_command(atoi(args[6]), atoll(args[7]) * 1000);
    else if (strcmp(args[1], "async") == 0 && count == 9)
        async_command(atoi(args[6]), atoll(args[7]) * 1000, atoi(args[8]));
    else
        die("unknown command", args[1]);
    fflush(stdout);
    _Exit(0); /* Python stays as it is */
}
