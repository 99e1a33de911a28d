/* Plays a script (test_conformance.py) on any engine and prints what a host saw: one line for each step.
 *
 *     exec|async|write|load|create|read|destroy|unload|error|wait ARGUMENT...      see `step`
 *
 * Arguments: p:KEY:VALUE, n:KEY:TYPE:STATUS:HEX, d:KEY:VALUE (desc of the last n), t:TAG, i:ID, s:NUMBER (session),
 * c (with a callback), e:CODE. */
#include "host.h"

struct step {
    struct ParamList *params;
    struct DataList *data;
    char tag[64];
    unsigned int id;
    int session, code;
    bool callback;
};

static const void *sessions[8];

static unsigned int unhex(const char *hex, unsigned char *bytes) {
    unsigned int length = 0;
    for (unsigned int byte; sscanf(hex, "%2x", &byte) == 1; hex += 2) bytes[length++] = (unsigned char)byte;
    return length;
}

static void append_param(struct ParamList **list, char *text) {
    char *value = strchr(text, ':');
    *value = '\0';
    while (*list != NULL) list = &(*list)->next;
    *list = params(text, value + 1, NULL);
}

static struct DataList **last_node(struct DataList **list) {
    while ((*list)->next != NULL) list = &(*list)->next;
    return list;
}

static void append_node(struct DataList **list, char *text) {
    static unsigned char bytes[8192];
    char key[64] = "", hex[16384] = "";
    int type = 0, status = 3;
    char *rest = strchr(text, ':');
    snprintf(key, sizeof key, "%.*s", (int)(rest - text), text);
    sscanf(rest, ":%d:%d:%16383s", &type, &status, hex);
    struct DataList *made = node(key, bytes, unhex(hex, bytes), type, status, NULL);
    if (*list == NULL)
        *list = made;
    else
        (*last_node(list))->next = made;
}

static void read_argument(struct step *step, char *argument) {
    char *text = argument + 2;
    switch (argument[0]) {
        case 'p':
            append_param(&step->params, text);
            break;
        case 'n':
            append_node(&step->data, text);
            break;
        case 'd':
            append_param(&(*last_node(&step->data))->desc, text);
            break;
        case 't':
            snprintf(step->tag, sizeof step->tag, "%s", text);
            break;
        case 'i':
            step->id = (unsigned int)atoi(text);
            break;
        case 's':
            step->session = atoi(text);
            break;
        case 'e':
            step->code = atoi(text);
            break;
        case 'c':
            step->callback = true;
            break;
        default:
            FAIL("argument '%s'", argument);
    }
}

static void show(char **out, struct DataList *list) {
    for (; list != NULL; list = list->next) {
        *out += sprintf(*out, " %s:%d:%d:", list->key, (int)list->type, (int)list->status);
        for (unsigned int n = 0; n < list->len; ++n) *out += sprintf(*out, "%02x", ((unsigned char *)list->data)[n]);
        for (struct ParamList *desc = list->desc; desc != NULL; desc = desc->next)
            *out += sprintf(*out, " %s=%.*s", desc->key, (int)desc->vlen, desc->value);
    }
}

static char came[1 << 16], *came_end = came;
static int came_count;
static pthread_mutex_t came_lock = PTHREAD_MUTEX_INITIALIZER;

static int take_script(const void *tag, pDataList list, int ret) {
    pthread_mutex_lock(&came_lock);
    came_end += sprintf(came_end, "  callback %s %d", tag != NULL ? (const char *)tag : "(null)", ret);
    show(&came_end, list);
    *came_end++ = '\n';
    *came_end = '\0';
    ++came_count;
    pthread_mutex_unlock(&came_lock);
    return 0;
}

static void await_callbacks(int count) {
    for (int n = 0; n < 6000; ++n) {
        pthread_mutex_lock(&came_lock);
        const bool enough = came_count >= count;
        if (enough) {
            fputs(came, stdout);
            came_end = came;
            came[0] = '\0';
            came_count = 0;
        }
        pthread_mutex_unlock(&came_lock);
        if (enough) return;
        pause_ms(10);
    }
    FAIL("%d callbacks came, expected %d", came_count, count);
}

static int play(const char *verb, struct step *step, struct DataList **result) {
    const char *tag = step->tag[0] != '\0' ? step->tag : NULL;
    unsigned int *ids = step->id != 0 ? &step->id : NULL;
    const int ids_count = step->id != 0;
    const void **session = &sessions[step->session];
    wrapperCallback callback = step->callback ? take_script : NULL;
    int code = 0;
    if (strcmp(verb, "exec") == 0) return engine.exec(tag, step->params, step->data, result, ids, ids_count);
    if (strcmp(verb, "async") == 0)
        return engine.exec_async(tag, step->params, step->data, take_script, 0, ids, ids_count);
    if (strcmp(verb, "write") == 0) return engine.write(*session, step->data);
    if (strcmp(verb, "load") == 0) return engine.load_res(step->data, step->id);
    if (strcmp(verb, "unload") == 0) return engine.unload_res(step->id);
    if (strcmp(verb, "read") == 0) return engine.read(*session, result);
    if (strcmp(verb, "destroy") == 0) return engine.destroy(*session);
    if (strcmp(verb, "create") != 0) FAIL("step '%s'", verb);
    *session = engine.create(tag, step->params, callback, ids, ids_count, &code);
    return code;
}

static void run_line(char *line) {
    static char shown[1 << 16];
    char *save, *verb = strtok_r(line, " \n", &save), *argument, *out = shown;
    struct step step = {0};
    struct DataList *result = NULL;
    if (verb == NULL || verb[0] == '#') return;
    while ((argument = strtok_r(NULL, " \n", &save)) != NULL) read_argument(&step, argument);
    if (strcmp(verb, "wait") == 0) {
        await_callbacks(step.session);
        return;
    }
    if (strcmp(verb, "error") == 0) {
        printf("error %s\n", engine.error(step.code));
        return;
    }
    const int code = play(verb, &step, &result);
    show(&out, result);
    *out = '\0';
    printf("%s %d%s\n", verb, code, shown);
    if (strcmp(verb, "exec") == 0) engine.exec_free(step.tag, &result);
    free_params(step.params);
    free_data(step.data);
}

static void script(void) {
    static char line[32768];
    start();
    while (fgets(line, sizeof line, stdin) != NULL) run_line(line);
    fflush(stdout);
    stop();
}

const struct command script_commands[] = {{"script", script}, {NULL, NULL}};
