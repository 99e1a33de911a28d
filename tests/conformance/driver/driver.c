/* usage: driver LIBRARY COMMAND [key=value | word]...
 *
 * Drives an engine through one command and says nothing when all is well. key=value: config of the engine. */
#include "host.h"

static const struct command *const tables[] = {call_commands,    session_commands, callback_commands, life_commands,
                                               process_commands, leak_commands,    script_commands,   buffer_commands};

static const struct command *find(const char *name) {
    for (size_t table = 0; table < sizeof tables / sizeof *tables; ++table)
        for (const struct command *command = tables[table]; command->name != NULL; ++command)
            if (strcmp(command->name, name) == 0) return command;
    return NULL;
}

static void read_arguments(char **argument) {
    struct ParamList **end = &config;
    char **word = words = calloc(64, sizeof *words);
    for (; *argument != NULL; ++argument) {
        char *value = strchr(*argument, '=');
        if (value == NULL) {
            *word++ = *argument;
            continue;
        }
        *value = '\0';
        *end = params(*argument, value + 1, NULL);
        end = &(*end)->next;
    }
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    const struct command *command = find(arguments[2]);
    if (command == NULL) {
        fprintf(stderr, "no command '%s'\n", arguments[2]);
        return 2;
    }
    engine_path = arguments[1];
    read_arguments(arguments + 3);
    if (strcmp(command->name, "kept-buffers") != 0) open_engine();
    command->run();
    return 0;
}
