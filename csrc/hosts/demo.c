/* The main job from C: a C engine speaks a sentence, a Python wrapper hears it, another reads a picture.
 *
 *     cc -std=c11 -O2 csrc/hosts/demo.c -o demo $(pkg-config --cflags --libs aiges)
 *     ./demo [LIBRARY [WAV]]        default: library /tmp/aiges-demo.wav
 *
 * All of it goes through include/aiges/loader.h, which makes no difference between the two kinds of engine. Each piece of
 * sound is written to the hearing session as it came out of the speaking one: the same list, not copied by the host.
 *
 * Exit code 0: the words heard are the words spoken, and the lines read are the lines of sample.txt. */
#define _POSIX_C_SOURCE 200809L

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aiges/loader.h"

#define SENTENCE "open the green door and then read the small picture"

static const char *library = "library", *wav_path = "/tmp/aiges-demo.wav";

/* ------------------------------------------------------------------------------------------------------------------
 * Small things
 * --------------------------------------------------------------------------------------------------------------- */

struct stopwatch {
    int64_t ns, began;
};

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void start(struct stopwatch *watch) { watch->began = now_ns(); }
static void stop(struct stopwatch *watch) { watch->ns += now_ns() - watch->began; }
static double ms(const struct stopwatch *watch) { return (double)watch->ns / 1e6; }

/* The path of a file in the library. Static text, good until the next call. */
static const char *in_library(const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", library, name);
    return path;
}

/* A file of the library with a NUL behind it, owned by the caller; NULL after a message. */
static char *read_file(const char *name, unsigned int *length) {
    const char *path = in_library(name);
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    long size = -1;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0) size = ftell(file);
    if (size >= 0 && (text = malloc((size_t)size + 1)) != NULL) {
        rewind(file);
        *length = (unsigned int)fread(text, 1, (size_t)size, file);
        text[*length] = '\0';
    }
    if (file != NULL) fclose(file);
    if (text == NULL) fprintf(stderr, "cannot read '%s'; try: demo LIBRARY, with the folder of the engines\n", path);
    return text;
}

/* Attribute of a data node as a number; 0 if it is not there. */
static long attribute(const struct DataList *node, const char *key) {
    for (const struct ParamList *item = node->desc; item != NULL; item = item->next)
        if (item->key != NULL && item->value != NULL && strcmp(item->key, key) == 0)
            return strtol(item->value, NULL, 10);
    return 0;
}

static bool is_last(const struct DataList *node) { return node->status == DataEnd || node->status == DataOnce; }

/* ------------------------------------------------------------------------------------------------------------------
 * Engines
 * --------------------------------------------------------------------------------------------------------------- */

/* Opens and starts an engine; NULL after a message that says what to install. */
static aiges_engine *open_engine(const char *name, pConfig config, const char *cure) {
    aiges_engine *engine = NULL;
    int code = aiges_engine_open(in_library(name), NULL, &engine);
    if (code == 0) code = aiges_engine_init(engine, config);
    if (code == 0) return engine;
    fprintf(stderr, "%s; try: %s\n", aiges_last_error(), cure);
    aiges_engine_close(engine, 0);
    return NULL;
}

static bool failed(aiges_engine *engine, const char *what, int code) {
    if (code != 0) fprintf(stderr, "cannot %s: %s (code %d)\n", what, aiges_engine_error(engine, code), code);
    return code != 0;
}

/* ------------------------------------------------------------------------------------------------------------------
 * WAV
 * --------------------------------------------------------------------------------------------------------------- */

static void put_le(unsigned char *at, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++) at[i] = (unsigned char)(value >> 8 * i);
}

/* The 44 bytes before 16-bit mono sound. Written twice: the length is known at the end. */
static bool put_header(FILE *wav, uint32_t rate, uint32_t bytes) {
    unsigned char head[44] = "RIFF....WAVEfmt ";
    put_le(head + 4, 36 + bytes, 4);
    put_le(head + 16, 16, 4);
    put_le(head + 20, 1, 2); /* PCM */
    put_le(head + 22, 1, 2); /* channels */
    put_le(head + 24, rate, 4);
    put_le(head + 28, rate * 2, 4);
    put_le(head + 32, 2, 2);
    put_le(head + 34, 16, 2);
    memcpy(head + 36, "data", 4);
    put_le(head + 40, bytes, 4);
    rewind(wav);
    return fwrite(head, sizeof head, 1, wav) == 1;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Speaking and hearing
 * --------------------------------------------------------------------------------------------------------------- */

struct talk {
    aiges_engine *espeak, *listen;
    aiges_session *mouth, *ear;
    FILE *wav;
    struct stopwatch speaking, hearing;
    unsigned int pieces, guesses;
    uint32_t bytes, rate;
    char heard[512]; /* the final guess */
};

static double seconds(const struct talk *talk) {
    return talk->rate == 0 ? 0 : (double)talk->bytes / 2 / (double)talk->rate;
}

/* Prints what the hearing session makes of the sound so far. */
static int take_guesses(struct talk *talk) {
    pDataList guess = NULL;
    int code = aiges_session_read(talk->ear, &guess);
    for (; guess != NULL; guess = guess->next) {
        talk->guesses++;
        printf("  %4.1f s  %.*s%s\n", (double)attribute(guess, "audio_ms") / 1000, (int)guess->len,
               (const char *)guess->data, is_last(guess) ? "." : "");
        if (is_last(guess))
            snprintf(talk->heard, sizeof talk->heard, "%.*s", (int)guess->len, (const char *)guess->data);
    }
    return code;
}

static bool take_piece(struct talk *talk, pDataList piece) {
    if (talk->rate == 0) {
        talk->rate = (uint32_t)attribute(piece, "sample_rate");
        put_header(talk->wav, talk->rate, 0);
    }
    talk->pieces++;
    talk->bytes += piece->len;
    if (piece->len > 0 && fwrite(piece->data, piece->len, 1, talk->wav) != 1) {
        fprintf(stderr, "cannot write '%s'; try: demo %s OTHER.wav\n", wav_path, library);
        return false;
    }
    start(&talk->hearing);
    int code = aiges_session_write(talk->ear, piece);
    if (code == 0) code = take_guesses(talk);
    stop(&talk->hearing);
    return !failed(talk->listen, "hear", code);
}

static bool converse(struct talk *talk) {
    struct ParamList speed = {.key = "speed", .value = "150"};
    struct ParamList voice = {.key = "voice", .value = "en-us", .next = &speed};
    aiges_call call = AIGES_CALL_INIT;
    call.params = &voice;
    if (failed(talk->espeak, "speak", aiges_session_create(talk->espeak, &call, NULL, NULL, &talk->mouth)))
        return false;
    call.params = NULL;
    if (failed(talk->listen, "hear", aiges_session_create(talk->listen, &call, NULL, NULL, &talk->ear))) return false;

    struct DataList text = {.key = "text", .data = SENTENCE, .len = sizeof SENTENCE - 1, .status = DataOnce};
    start(&talk->speaking);
    int code = aiges_session_write(talk->mouth, &text);
    for (bool last = false; code == 0 && !last;) {
        pDataList piece = NULL; /* the engine's, until the next read */
        code = aiges_session_read(talk->mouth, &piece);
        stop(&talk->speaking);
        for (; piece != NULL && !last; piece = piece->next) {
            struct DataList alone = *piece; /* the same bytes and attributes, one node at a time */
            alone.next = NULL;
            last = is_last(piece);
            if (!take_piece(talk, &alone)) return false;
        }
        start(&talk->speaking);
    }
    return !failed(talk->espeak, "speak", code);
}

static bool report_talk(const struct talk *talk) {
    printf("speak: %u pieces, %.2f s of sound, %.1f ms, %.3f x real time, espeak (C engine) -> %s\n", talk->pieces,
           seconds(talk), ms(&talk->speaking), ms(&talk->speaking) / 1000 / seconds(talk), wav_path);
    printf("hear:  %u pieces, %u guesses, %.1f ms, %.3f x real time, listen (Python wrapper)\n", talk->pieces,
           talk->guesses, ms(&talk->hearing), ms(&talk->hearing) / 1000 / seconds(talk));
    if (strcmp(talk->heard, SENTENCE) == 0) return true;
    fprintf(stderr, "heard '%s', spoken was '%s'\n", talk->heard, SENTENCE);
    return false;
}

static bool speak_and_hear(void) {
    struct talk talk = {0};
    unsigned int length = 0;
    char *grammar = read_file("listen/commands.jsgf", &length);
    struct ParamList config = {.key = "listen.grammar", .value = grammar, .vlen = length};
    bool good = grammar != NULL;
    if (good) {
        talk.espeak =
            open_engine("libespeak.so", NULL, "sudo apt-get install libespeak-ng-dev espeak-ng-data && make engines");
        good = talk.espeak != NULL;
    }
    if (good) {
        talk.listen = open_engine("listen", &config, "pip install -r library/listen/requirements.txt");
        good = talk.listen != NULL;
    }
    if (good && (talk.wav = fopen(wav_path, "wb")) == NULL) {
        fprintf(stderr, "cannot write '%s'; try: demo %s OTHER.wav\n", wav_path, library);
        good = false;
    }
    if (good) {
        printf("say \"%s\"\n", SENTENCE);
        good = converse(&talk);
    }
    if (talk.wav != NULL) {
        good = put_header(talk.wav, talk.rate, talk.bytes) && good;
        good = fclose(talk.wav) == 0 && good;
    }
    if (good) good = report_talk(&talk);
    aiges_session_destroy(talk.ear);
    aiges_session_destroy(talk.mouth);
    aiges_engine_close(talk.listen, 1000);
    aiges_engine_close(talk.espeak, 1000);
    free(grammar);
    return good;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Reading
 * --------------------------------------------------------------------------------------------------------------- */

/* Prints the lines of `text` and counts them; true if they are those of `expected`. */
static bool print_lines(const struct DataList *text, const char *expected, unsigned int *lines) {
    const char *at = text->data, *end = at + text->len;
    size_t length = strlen(expected);
    while (length > 0 && expected[length - 1] == '\n') length--;
    bool same = length == text->len && memcmp(at, expected, length) == 0;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL) stop = end;
        printf("          %.*s\n", (int)(stop - at), at);
        ++*lines;
        at = stop + (stop < end);
    }
    return same;
}

static bool read_with(aiges_engine *ocr, char *picture, unsigned int length, const char *expected) {
    struct DataList request = {.key = "picture", .data = picture, .len = length, .type = DataImage, .status = DataOnce};
    aiges_call call = AIGES_CALL_INIT;
    call.request = &request;
    struct stopwatch reading = {0};
    pDataList response = NULL;
    start(&reading);
    int code = aiges_engine_exec(ocr, &call, &response);
    stop(&reading);
    if (failed(ocr, "read the picture", code)) return false;

    unsigned int lines = 0;
    bool same = false;
    printf("read %s\n", in_library("ocr/sample.png"));
    for (const struct DataList *node = response; node != NULL; node = node->next)
        if (strcmp(node->key, "text") == 0) same = print_lines(node, expected, &lines);
    printf("read:  1 picture, %u lines, %.1f ms, ocr (Python wrapper)\n", lines, ms(&reading));
    if (!same) fprintf(stderr, "the lines read are not those of '%s'\n", in_library("ocr/sample.txt"));
    aiges_engine_release(ocr, &response);
    return same;
}

static bool read_picture(void) {
    unsigned int length = 0, text_length = 0;
    char *picture = read_file("ocr/sample.png", &length);
    char *expected = picture != NULL ? read_file("ocr/sample.txt", &text_length) : NULL;
    aiges_engine *ocr = NULL;
    if (expected != NULL) ocr = open_engine("ocr", NULL, "pip install -r library/ocr/requirements.txt");
    bool good = ocr != NULL && read_with(ocr, picture, length, expected);
    aiges_engine_close(ocr, 1000);
    free(expected);
    free(picture);
    return good;
}

int main(int argc, char **argv) {
    if (argc > 3 || (argc > 1 && argv[1][0] == '-')) {
        fprintf(stderr, "usage: %s [LIBRARY [WAV]]\n", argv[0]);
        return 2;
    }
    if (argc > 1) library = argv[1];
    if (argc > 2) wav_path = argv[2];
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("C host, libaiges %s\n", aiges_loader_version());
    bool talked = speak_and_hear();
    bool read = read_picture();
    return talked && read ? 0 : 1;
}
