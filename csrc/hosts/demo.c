/* The main job from C: a C engine speaks a sentence, a Python wrapper hears it, another reads a picture.
 *
 *     cc -std=c11 -O2 csrc/hosts/demo.c -o demo $(pkg-config --cflags --libs aiges)
 *     ./demo [LIBRARY [WAV]]        default: library /tmp/aiges-demo.wav
 *
 * All of it goes through include/aiges/loader.h, which makes no difference between the two kinds of engine.
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

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static double ms_since(int64_t began) { return (double)(now_ns() - began) / 1e6; }

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
 * Speaking: text in, sound out, written to the WAV piece by piece
 * --------------------------------------------------------------------------------------------------------------- */

/* What was spoken: 16-bit mono samples. */
struct sound {
    unsigned char *data;
    uint32_t bytes, rate;
    unsigned int pieces;
};

static double seconds(const struct sound *sound) { return (double)sound->bytes / 2 / (double)sound->rate; }

static void put_le(unsigned char *at, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++) at[i] = (unsigned char)(value >> 8 * i);
}

/* The 44 bytes before the samples. Written twice: the length is known at the end. */
static bool put_header(FILE *wav, const struct sound *sound) {
    unsigned char head[44] = "RIFF....WAVEfmt ";
    put_le(head + 4, 36 + sound->bytes, 4);
    put_le(head + 16, 16, 4);
    put_le(head + 20, 1, 2); /* PCM */
    put_le(head + 22, 1, 2); /* channels */
    put_le(head + 24, sound->rate, 4);
    put_le(head + 28, sound->rate * 2, 4);
    put_le(head + 32, 2, 2);
    put_le(head + 34, 16, 2);
    memcpy(head + 36, "data", 4);
    put_le(head + 40, sound->bytes, 4);
    rewind(wav);
    return fwrite(head, sizeof head, 1, wav) == 1;
}

static bool take_piece(struct sound *sound, const struct DataList *piece, FILE *wav) {
    unsigned char *data = realloc(sound->data, sound->bytes + piece->len + 1);
    if (data == NULL) return false;
    sound->data = data;
    if (piece->len > 0) memcpy(data + sound->bytes, piece->data, piece->len);
    sound->bytes += piece->len;
    sound->rate = (uint32_t)attribute(piece, "sample_rate");
    sound->pieces++;
    return fwrite(piece->data, 1, piece->len, wav) == piece->len;
}

/* Reads pieces until the last one. */
static bool take_sound(aiges_engine *espeak, aiges_session *session, struct sound *sound, FILE *wav) {
    bool last = false;
    while (!last) {
        pDataList piece = NULL; /* the engine's, until the next read */
        if (failed(espeak, "speak", aiges_session_read(session, &piece))) return false;
        for (; piece != NULL; piece = piece->next) {
            last = is_last(piece);
            if (take_piece(sound, piece, wav)) continue;
            fprintf(stderr, "cannot write '%s'; try: demo %s OTHER.wav\n", wav_path, library);
            return false;
        }
    }
    return put_header(wav, sound);
}

static bool say_sentence(aiges_engine *espeak, struct sound *sound, FILE *wav) {
    struct ParamList speed = {.key = "speed", .value = "150"};
    struct ParamList voice = {.key = "voice", .value = "en-us", .next = &speed};
    struct DataList text = {.key = "text", .data = SENTENCE, .len = sizeof SENTENCE - 1, .status = DataOnce};
    aiges_call call = AIGES_CALL_INIT;
    call.params = &voice;
    aiges_session *session = NULL;
    int64_t began = now_ns();
    int code = aiges_session_create(espeak, &call, NULL, NULL, &session);
    if (code == 0) code = aiges_session_write(session, &text);
    bool good = !failed(espeak, "speak", code) && take_sound(espeak, session, sound, wav);
    double ms = ms_since(began);
    aiges_session_destroy(session);
    if (good)
        printf("speak: %u pieces, %.2f s of sound, %.1f ms, %.4f x real time, espeak (C engine) -> %s\n", sound->pieces,
               seconds(sound), ms, ms / 1000 / seconds(sound), wav_path);
    return good;
}

static bool speak(struct sound *sound) {
    aiges_engine *espeak =
        open_engine("libespeak.so", NULL, "sudo apt-get install libespeak-ng-dev espeak-ng-data && make engines");
    if (espeak == NULL) return false;
    FILE *wav = fopen(wav_path, "wb");
    bool good = wav != NULL && put_header(wav, sound);
    if (!good) fprintf(stderr, "cannot write '%s'; try: demo %s OTHER.wav\n", wav_path, library);
    if (good) printf("say \"%s\"\n", SENTENCE);
    good = good && say_sentence(espeak, sound, wav);
    if (wav != NULL) good = fclose(wav) == 0 && good;
    aiges_engine_close(espeak, 1000);
    return good;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Hearing: sound in, 200 ms at a time, guesses out while it goes on
 * --------------------------------------------------------------------------------------------------------------- */

struct hearing {
    aiges_session *session;
    unsigned int pieces, guesses;
    char final[512];
};

static int take_guesses(struct hearing *hearing) {
    pDataList guess = NULL;
    int code = aiges_session_read(hearing->session, &guess);
    for (; guess != NULL; guess = guess->next) {
        hearing->guesses++;
        printf("  %4.1f s  %.*s%s\n", (double)attribute(guess, "audio_ms") / 1000, (int)guess->len,
               (const char *)guess->data, is_last(guess) ? "." : "");
        if (is_last(guess))
            snprintf(hearing->final, sizeof hearing->final, "%.*s", (int)guess->len, (const char *)guess->data);
    }
    return code;
}

/* Writes the sound in pieces and prints what is made of it so far. */
static int hear_sound(struct hearing *hearing, const struct sound *sound) {
    char rate[16];
    snprintf(rate, sizeof rate, "%u", sound->rate);
    struct ParamList desc = {.key = "sample_rate", .value = rate};
    uint32_t step = sound->rate / 5 * 2;
    int code = 0;
    for (uint32_t at = 0; code == 0 && at < sound->bytes; at += step) {
        bool last = sound->bytes - at <= step;
        struct DataList piece = {.key = "audio",
                                 .data = sound->data + at,
                                 .len = last ? sound->bytes - at : step,
                                 .type = DataAudio,
                                 .status = last ? DataEnd : DataContinue,
                                 .desc = &desc};
        code = aiges_session_write(hearing->session, &piece);
        if (code == 0) code = take_guesses(hearing);
        hearing->pieces++;
    }
    return code;
}

static bool hear_with(aiges_engine *listen, const struct sound *sound) {
    struct hearing hearing = {0};
    aiges_call call = AIGES_CALL_INIT;
    int64_t began = now_ns();
    int code = aiges_session_create(listen, &call, NULL, NULL, &hearing.session);
    if (code == 0) code = hear_sound(&hearing, sound);
    double ms = ms_since(began);
    aiges_session_destroy(hearing.session);
    if (failed(listen, "hear", code)) return false;
    printf("hear:  %u pieces, %u guesses, %.1f ms, %.4f x real time, listen (Python wrapper)\n", hearing.pieces,
           hearing.guesses, ms, ms / 1000 / seconds(sound));
    if (strcmp(hearing.final, SENTENCE) == 0) return true;
    fprintf(stderr, "heard '%s', spoken was '%s'\n", hearing.final, SENTENCE);
    return false;
}

static bool hear(const struct sound *sound) {
    unsigned int length = 0;
    char *grammar = read_file("listen/commands.jsgf", &length);
    if (grammar == NULL) return false;
    struct ParamList config = {.key = "listen.grammar", .value = grammar, .vlen = length};
    aiges_engine *listen = open_engine("listen", &config, "pip install -r library/listen/requirements.txt");
    bool good = listen != NULL && hear_with(listen, sound);
    aiges_engine_close(listen, 1000);
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
    pDataList response = NULL;
    int64_t began = now_ns();
    int code = aiges_engine_exec(ocr, &call, &response);
    double ms = ms_since(began);
    if (failed(ocr, "read the picture", code)) return false;

    unsigned int lines = 0;
    bool same = false;
    printf("read %s\n", in_library("ocr/sample.png"));
    for (const struct DataList *node = response; node != NULL; node = node->next)
        if (strcmp(node->key, "text") == 0) same = print_lines(node, expected, &lines);
    printf("read:  1 picture, %u lines, %.1f ms, ocr (Python wrapper)\n", lines, ms);
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
    struct sound sound = {0};
    bool talked = speak(&sound) && hear(&sound);
    bool read = read_picture();
    free(sound.data);
    return talked && read ? 0 : 1;
}
