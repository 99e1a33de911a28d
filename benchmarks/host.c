/* The C host of the benchmarks: loads libwrapper.so as a service would and measures it beside its floors.
 *
 *     cc -std=c11 -O2 -Iinclude benchmarks/host.c -o host -ldl -pthread
 *     ./host exec    LIBWRAPPER FLOOR ECHO WRAPPER CASE...    CASE = payload,params,threads,rounds,us[,out]
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

enum { THREADS = 16, CONTENDERS = 8, SAMPLES = 200000, EXTRA_PARAMS = 32 };

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
    struct ParamList file = {.key = "wrapper.file", .value = (char *)wrapper, .vlen = (unsigned int)strlen(wrapper),
                             .next = &level};
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
    request->node = (struct DataList){.key = "data", .data = malloc(payload), .len = (unsigned int)payload,
                                      .status = DataOnce};
    memset(request->node.data, 'x', payload);
    request->params[0] = (struct ParamList){.key = "sid", .value = "bench0001@sid", .vlen = 13};
    for (int i = 1; i < params; ++i) {
        snprintf(request->names[i], 16, "param_%d", i);
        snprintf(request->values[i], 16, "value %d", i);
        if (out != NULL && i == 1) {
            strcpy(request->names[i], "out");
            snprintf(request->values[i], 16, "%s", out);
        }
        request->params[i] = (struct ParamList){.key = request->names[i], .value = request->values[i],
                                                .vlen = (unsigned int)strlen(request->values[i])};
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

typedef struct {
    pthread_t thread;
    Request request;
    uint64_t calls;
    int64_t ns;
    uint32_t *samples; /* durations of single calls; NULL: not wanted */
    uint32_t sample_count;
    int index;
} Worker;

static Worker workers[THREADS];
static pthread_barrier_t gate;
static const Contender *turn;
static int64_t turn_ns;
static uint64_t turn_batch;
static bool timing_single, all_done;
static int worker_count;

static void run_turn(Worker *worker) {
    const Contender *it = turn;
    const int64_t begin = now_ns(), end = begin + turn_ns;
    int64_t now = begin;
    uint64_t calls = 0;
    worker->sample_count = 0;
    if (timing_single) {
        do {
            call(it, &worker->request);
            const int64_t then = now;
            now = now_ns();
            if (worker->sample_count < SAMPLES) worker->samples[worker->sample_count++] = (uint32_t)(now - then);
            ++calls;
        } while (now < end);
    } else {
        do {
            for (uint64_t i = 0; i < turn_batch; ++i) call(it, &worker->request);
            calls += turn_batch;
        } while ((now = now_ns()) < end);
    }
    worker->calls = calls;
    worker->ns = now - begin;
}

static void *worker_main(void *pointer) {
    Worker *worker = pointer;
    for (int i = 0; i < contender_count; ++i)
        for (int k = 0; k < 20; ++k) call(&contenders[i], &worker->request); /* earns views, makes thread states */
    for (;;) {
        pthread_barrier_wait(&gate);
        if (all_done) return NULL;
        run_turn(worker);
        pthread_barrier_wait(&gate);
    }
}

static int compare(const void *a, const void *b) {
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t *pooled;

static double percentile(double share) {
    size_t count = 0;
    for (int i = 0; i < worker_count; ++i) {
        memcpy(pooled + count, workers[i].samples, workers[i].sample_count * sizeof *pooled);
        count += workers[i].sample_count;
    }
    qsort(pooled, count, sizeof *pooled, compare);
    const size_t at = (size_t)(share * (double)count);
    return count ? pooled[at < count ? at : count - 1] : 0;
}

static void measure(const Contender *it, int64_t ns, bool single) {
    turn = it;
    turn_ns = ns;
    timing_single = single;
    pthread_barrier_wait(&gate);
    pthread_barrier_wait(&gate);
}

/* ns of wall time per call, all threads together */
static double ns_per_call(void) {
    double rate = 0;
    for (int i = 0; i < worker_count; ++i) rate += (double)workers[i].calls / (double)workers[i].ns;
    return 1 / rate;
}

static void print_row(const char *key, const double *values, int count) {
    printf("\"%s\": [", key);
    for (int i = 0; i < count; ++i) printf(i ? ", %.2f" : "%.2f", values[i]);
    printf("]");
}

static void exec_case(const char *text) {
    size_t payload;
    int params, rounds, us, out_at = 0;
    if (sscanf(text, "%zu,%d,%d,%d,%d,%n", &payload, &params, &worker_count, &rounds, &us, &out_at) < 5 || params < 1 ||
        params > EXTRA_PARAMS || worker_count < 1 || worker_count > THREADS || rounds < 1)
        die("cannot read case", text);
    const char *out = out_at && text[out_at] ? text + out_at : NULL;
    const int64_t ns = (int64_t)us * 1000;
    turn_batch = payload <= 65536 ? 32 : 1;
    all_done = false;
    pthread_barrier_init(&gate, NULL, (unsigned int)worker_count + 1);
    pooled = malloc(sizeof *pooled * SAMPLES * (size_t)worker_count);
    for (int i = 0; i < worker_count; ++i) {
        workers[i].index = i;
        workers[i].samples = malloc(sizeof *workers[i].samples * SAMPLES);
        make_request(&workers[i].request, payload, params, out);
        pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]);
    }
    double *mean[CONTENDERS], *p50[CONTENDERS], *p99[CONTENDERS];
    for (int c = 0; c < contender_count; ++c) {
        mean[c] = malloc(sizeof(double) * (size_t)rounds);
        p50[c] = malloc(sizeof(double) * (size_t)rounds);
        p99[c] = malloc(sizeof(double) * (size_t)rounds);
        measure(&contenders[c], ns, false); /* warm */
    }
    for (int round = 0; round < rounds; ++round)
        for (int k = 0; k < contender_count; ++k) {
            const int c = (k + round) % contender_count;
            measure(&contenders[c], ns, false);
            mean[c][round] = ns_per_call();
        }
    for (int round = 0; round < rounds; ++round)
        for (int k = 0; k < contender_count; ++k) {
            const int c = (k + round) % contender_count;
            measure(&contenders[c], ns, true);
            p50[c][round] = percentile(0.5);
            p99[c][round] = percentile(0.99);
        }
    all_done = true;
    pthread_barrier_wait(&gate);
    printf("{\"payload\": %zu, \"params\": %d, \"threads\": %d, \"contenders\": {", payload, params, worker_count);
    for (int c = 0; c < contender_count; ++c) {
        printf("%s\"%s\": {", c ? ", " : "", contenders[c].name);
        print_row("ns", mean[c], rounds);
        printf(", ");
        print_row("p50", p50[c], rounds);
        printf(", ");
        print_row("p99", p99[c], rounds);
        printf("}");
        free(mean[c]), free(p50[c]), free(p99[c]);
    }
    printf("}}\n");
    fflush(stdout);
    for (int i = 0; i < worker_count; ++i) {
        pthread_join(workers[i].thread, NULL);
        free(workers[i].samples);
        free(workers[i].request.node.data);
    }
    free(pooled);
    pthread_barrier_destroy(&gate);
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
    make_request(&request, 1024, 1, NULL);
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
    make_request(&request, 64, 1, NULL);
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
