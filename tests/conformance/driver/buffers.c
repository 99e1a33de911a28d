/* Buffers of loader.h, seen by a wrapper (keeps.py). The engine path is libaiges.so; words: the wrapper. */
#include "host.h"

#include <dlfcn.h>

#include "aiges/loader.h"

static void *symbol(const char *name) {
    void *library = dlopen(engine_path, RTLD_NOW | RTLD_LOCAL);
    void *found = library != NULL ? dlsym(library, name) : NULL;
    if (found == NULL) FAIL("%s", dlerror());
    return found;
}
#define LOADER(name) __typeof__(&name) name##_ = (__typeof__(&name))symbol(#name)

static void expect(aiges_engine *opened, const char *what, struct DataList *data, const char *expected) {
    LOADER(aiges_engine_exec);
    LOADER(aiges_engine_release);
    struct ParamList *wishes = params("do", what, NULL);
    struct DataList *response = NULL;
    struct answer answer;
    aiges_call call = {0};
    call.version = 1;
    call.size = sizeof call;
    call.params = wishes;
    call.request = data;
    SAME(aiges_engine_exec_(opened, &call, &response), 0);
    read_list(response, &answer);
    SAME_TEXT(answer.text, expected);
    SAME(aiges_engine_release_(opened, &response), 0);
    free_params(wishes);
}

/* A node over a loader-owned buffer may be kept and viewed: the wrapper reads it after the host let it go. */
static void kept_buffers(void) {
    LOADER(aiges_engine_open);
    LOADER(aiges_engine_init);
    LOADER(aiges_engine_close);
    LOADER(aiges_engine_stats);
    LOADER(aiges_buffer_create);
    LOADER(aiges_buffer_announce);
    aiges_engine *opened = NULL;
    aiges_buffer *buffer = NULL;
    aiges_buffer_announcement announcement;
    aiges_stats stats = {0};
    stats.version = 1;
    stats.size = sizeof stats;
    SAME(aiges_engine_open_(words[0], NULL, &opened), 0);
    SAME(aiges_engine_init_(opened, config), 0);
    for (int round = 0; round < 3; ++round) {
        SAME(aiges_buffer_create_(1 << 20, &buffer), 0);
        memset(buffer->data, 'a' + round, buffer->length);
        struct DataList data = {0};
        data.key = (char *)"k";
        data.data = (char *)buffer->data + 64;
        data.len = 1000;
        aiges_buffer_announce_(buffer, &announcement);
        data.desc = &announcement.node;
        expect(opened, round == 0 ? "keep_node" : round == 1 ? "keep_view" : "keep_array", &data, "kept");
        memset(&announcement, 0xDD, sizeof announcement);
        buffer->release(buffer);
    }
    expect(opened, "kept", NULL, "1000aaa 1000bbb 1000ccc");
    SAME(aiges_engine_stats_(opened, &stats), 0);
    SAME(stats.bytes_copied, 0);
    expect(opened, "forget", NULL, "forgotten");
    SAME(aiges_engine_close_(opened, 1000), 0);
}

const struct command buffer_commands[] = {{"kept-buffers", kept_buffers}, {NULL, NULL}};
