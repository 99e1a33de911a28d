/* A host in ten lines: opens an engine by name, asks it one thing, prints the answer.
 *
 *     cc ten_lines.c -o ten_lines $(pkg-config --cflags --libs aiges) && ./ten_lines echo hello
 *
 * README.md beside this file says where pkg-config finds aiges. */
#include <stdio.h>
#include <string.h>

#include "aiges/loader.h"

int main(int count, char **words) {
    const char *name = count > 1 ? words[1] : "echo";
    char *text = count > 2 ? words[2] : "hello";
    aiges_engine *engine = NULL;
    if (aiges_engine_open(name, NULL, &engine) != 0 || aiges_engine_init(engine, NULL) != 0)
        return fprintf(stderr, "%s\n", aiges_last_error()), 1;

    struct DataList question = {.key = "text", .data = text, .len = (unsigned)strlen(text), .status = DataOnce};
    aiges_call call = AIGES_CALL_INIT;
    call.request = &question;
    pDataList answer = NULL;
    int code = aiges_engine_exec(engine, &call, &answer);
    if (code == 0)
        printf("%.*s\n", (int)answer->len, (const char *)answer->data);
    else
        fprintf(stderr, "%s (%d)\n", aiges_engine_error(engine, code), code);

    aiges_engine_release(engine, &answer);
    aiges_engine_close(engine, 1000);
    return code != 0;
}
