/* What libaiges.so adds to a call: exec and release of a 64-byte echo, against calling the engine's functions directly,
 * alternating in one run. Not a test; prints medians in ns.
 *
 *     cc -O2 -Iinclude tests/unit/loader/overhead.c -o overhead -Laiges_native/lib -laiges -ldl -Wl,-rpath,$PWD/aiges_native/lib
 *     ./overhead library/libecho.so */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aiges/loader.h"
#include "aiges/wrapper.h"

enum { CALLS = 300000, ROUNDS = 31 };

static double now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    const double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static double median(double values[ROUNDS]) {
    qsort(values, ROUNDS, sizeof *values, ascending);
    return values[ROUNDS / 2];
}

int main(int argc, char **argv) {
    aiges_engine *engine = NULL;
    if (argc < 2 || aiges_engine_open(argv[1], NULL, &engine) || aiges_engine_init(engine, NULL))
        return fprintf(stderr, "usage: overhead ENGINE.so; %s\n", aiges_last_error()), 2;
    void *library = dlopen(aiges_engine_path(engine), RTLD_NOW);
    wrapperExecPtr exec = (wrapperExecPtr)dlsym(library, "wrapperExec");
    wrapperExecFreePtr exec_free = (wrapperExecFreePtr)dlsym(library, "wrapperExecFree");
    char payload[64];
    memset(payload, 'x', sizeof payload);
    struct DataList request = {.key = "text", .data = payload, .len = sizeof payload, .status = DataOnce};
    aiges_call call = AIGES_CALL_INIT;
    call.request = &request;
    double direct[ROUNDS], through[ROUNDS], added[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        for (int i = 0; i < CALLS; i++) {
            pDataList result = NULL;
            exec(NULL, NULL, &request, &result, NULL, 0);
            exec_free("", &result);
        }
        direct[round] = (now_ns() - start) / CALLS;
        start = now_ns();
        for (int i = 0; i < CALLS; i++) {
            pDataList result = NULL;
            aiges_engine_exec(engine, &call, &result);
            aiges_engine_release(engine, &result);
        }
        through[round] = (now_ns() - start) / CALLS;
        added[round] = through[round] - direct[round];
    }
    printf("direct %.1f ns, libaiges %.1f ns, added %.1f ns\n", median(direct), median(through), median(added));
    return aiges_engine_close(engine, 1000);
}
