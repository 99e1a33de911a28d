/* Text to speech on espeak-ng: text in, 16-bit mono sound out.
 *
 *     cc -std=c11 -O2 -fPIC -shared -fvisibility=hidden -Iinclude -o library/libespeak.so csrc/engines/espeak.c \
 *        -pthread $(pkg-config --cflags --libs espeak-ng)
 *
 * Request          nodes of type DataText, UTF-8, any key; of several the texts are spoken one after the other
 * Result           nodes of type DataAudio, key "audio", desc sample_rate, channels, bit_depth, encoding = raw
 *   wrapperExec, wrapperExecAsync   one node, DataOnce
 *   session                         pieces of 200 ms as they are made: DataBegin, DataContinue, DataEnd; spoken up to the
 *                                   write whose status is DataEnd or DataOnce
 * Parameters       voice = en, de, fr+f3 ...; speed = 80..450 words a minute; pitch = 0..100; volume = 0..200
 * Configuration    espeak.data = folder of the voice data, if it is not where the library looks
 *
 * Threads: espeak-ng is one synthesiser per process and not re-entrant, so one thread, the speaker, owns it and works
 * through a line of utterances. It never calls the host: every request that has a callback gets a courier, a thread
 * that carries the pieces there. A callback that does not return keeps its own courier, and nobody else.
 *
 * echo.c explains what an engine has to do in general; the same names mean the same things here. */
#define _POSIX_C_SOURCE 200809L

#include <espeak-ng/espeak_ng.h>
#include <espeak-ng/speak_lib.h>
#include <limits.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "aiges/errors.h"
#include "aiges/version.h"
#include "aiges/wrapper.h"

/* Codes of this engine, explained in texts[]. */
enum { NOTHING = 4101, BAD_TEXT, UNKNOWN_VOICE, BAD_SPEED, BAD_PITCH, BAD_VOLUME };
enum { FAILED = 4107, CANCELLED, NO_DATA, ENDED, OTHER_DATA };

enum {
    PIECE_MS = 200,           /* length of a piece of sound */
    TEXT_LIMIT = 65536,       /* bytes in one request */
    UNREAD_LIMIT = 64 << 20,  /* bytes of sound that may wait in a session before writes are refused */
    READ_MS = 1000,           /* how long wrapperRead waits for sound that is being made */
    HOUR_MS = 60 * 60 * 1000, /* limit of an asynchronous request without a timeout */
    GRACE_MS = 200            /* how long wrapperFini waits for a callback that does not return */
};

/* A piece of sound, as the host gets it: one block. */
struct piece {
    struct piece *next;
    size_t room; /* bytes that fit behind */
    struct DataList node;
    unsigned char sound[];
};

/* How to speak. */
struct manner {
    char voice[48];
    int speed, pitch, volume, deadline_ms;
};

/* A session or a one-shot request, shared by the calls in it, the speaker and the courier. */
struct speech {
    struct speech *next;
    const void *handle; /* NULL: a one-shot request, which gets one node of everything instead of pieces */
    const char *tag;
    struct manner manner;
    wrapperCallback callback;
    int64_t limit; /* moment at which it times out */
    /* Under the lock: */
    unsigned int users;
    unsigned int pending;        /* utterances in line or being spoken */
    int ended;                   /* 0, or the code it was ended with */
    bool begun, closed;          /* the first piece was published, the last text was given */
    bool reading;                /* a wrapperRead is inside */
    struct piece *held;          /* not published: it may turn out to be the last */
    struct piece *first, **last; /* published, not read */
    struct piece *given;         /* by the last wrapperRead */
    size_t unread;               /* bytes in first.. */
    char text[];                 /* of the tag */
};

struct utterance {
    struct utterance *next;
    struct speech *speech;
    bool last; /* of its speech */
    size_t length;
    char text[];
};

/* The format of all sound. Hosts do not write to results, so that all share it. */
static char rate[12];
static struct ParamList format[] = {{"sample_rate", rate, 0, &format[1]},
                                    {"channels", "1", 1, &format[2]},
                                    {"bit_depth", "16", 2, &format[3]},
                                    {"encoding", "raw", 3, NULL}};

static struct {
    _Atomic int refusal; /* what calls are refused with; 0: ready */
    _Atomic uintptr_t last_handle;
    pthread_mutex_t lock;   /* for the following; never held while sound is made or the host runs */
    pthread_cond_t changed; /* something was published, ended, or left */
    pthread_cond_t posted;  /* an utterance is in line, or the engine stops */
    struct speech *speeches;
    struct utterance *first, **last;
    unsigned int couriers, calling; /* threads; those inside the host */
    pthread_t speaker;
    char *folder; /* espeak.data at the start of espeak-ng; NULL: not started. Kept for good, like the next */
    const espeak_VOICE **voices;
} engine = {.refusal = AIGES_ERR_NOT_READY, .lock = PTHREAD_MUTEX_INITIALIZER, .last = &engine.first};

/* How many calls of the host this thread is inside of: wrapperFini from there would wait for itself. */
static _Thread_local int inside_host __attribute__((tls_model("initial-exec")));

static void lock(void) { pthread_mutex_lock(&engine.lock); }
static void unlock(void) { pthread_mutex_unlock(&engine.lock); }

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t in_ms(int ms) { return now_ns() + (int64_t)ms * 1000000; }

/* Gives the lock away until something changed, or the moment came. */
static void wait_until(int64_t moment) {
    struct timespec until = {.tv_sec = (time_t)(moment / 1000000000), .tv_nsec = (long)(moment % 1000000000)};
    pthread_cond_timedwait(&engine.changed, &engine.lock, &until);
}

/* Starts a thread that no signal of the host is delivered to. */
static bool start_thread(pthread_t *thread, void *(*run)(void *), void *argument) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(thread, NULL, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed == 0;
}

/* ---- Reading a request ---- */

/* Copies the value of a parameter; false if it is absent. One that does not fit is cut to something invalid: "". */
static bool find_text(const struct ParamList *params, const char *key, char *text, size_t room) {
    for (const struct ParamList *item = params; item != NULL; item = item->next) {
        if (item->key == NULL || strcmp(item->key, key) != 0) continue;
        size_t length = item->value == NULL ? 0 : item->vlen != 0 ? item->vlen : strlen(item->value);
        if (length > 0 && item->value[length - 1] == '\0') length--;
        if (length >= room) length = 0;
        if (length > 0) memcpy(text, item->value, length);
        text[length] = '\0';
        return true;
    }
    return false;
}

static int find_number(const struct ParamList *params, const char *key, long low, long high, int *number, int error) {
    char text[16], *end;
    if (!find_text(params, key, text, sizeof text)) return 0;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < low || value > high) return error;
    *number = (int)value;
    return 0;
}

static bool is_word(const char *word, const char *voice, size_t length) {
    return word != NULL && strlen(word) == length && strncasecmp(word, voice, length) == 0;
}

/* Only what espeak-ng listed gets through, with a variant or without: it would take a name for a path, too. */
static bool is_voice(const char *voice) {
    size_t length = strcspn(voice, "+");
    if (strpbrk(voice + length, "./") != NULL) return false;
    for (const espeak_VOICE **known = engine.voices; *known != NULL; known++) {
        if (is_word((*known)->name, voice, length) || is_word((*known)->identifier, voice, length)) return true;
        /* Languages: a byte of priority, the name, a NUL, ... and a byte 0 at the end. */
        for (const char *entry = (*known)->languages; *entry != 0; entry += strlen(entry + 1) + 2)
            if (is_word(entry + 1, voice, length)) return true;
    }
    return false;
}

static int read_manner(const struct ParamList *params, struct manner *manner) {
    *manner = (struct manner){.voice = "en", .speed = espeakRATE_NORMAL, .pitch = 50, .volume = 100};
    find_text(params, "voice", manner->voice, sizeof manner->voice);
    if (!is_voice(manner->voice)) return UNKNOWN_VOICE;
    int code = find_number(params, "speed", espeakRATE_MINIMUM, espeakRATE_MAXIMUM, &manner->speed, BAD_SPEED);
    if (code == 0) code = find_number(params, "pitch", 0, 100, &manner->pitch, BAD_PITCH);
    if (code == 0) code = find_number(params, "volume", 0, 200, &manner->volume, BAD_VOLUME);
    if (code == 0)
        code = find_number(params, "aiges.deadline_ms", INT_MIN, INT_MAX, &manner->deadline_ms, AIGES_ERR_INVALID_ARG);
    return code;
}

/* UTF-8 without NUL, as far as a reader of it needs: every lead byte is followed by its continuation bytes. */
static bool is_text(const unsigned char *byte, size_t length) {
    const unsigned char *end = byte + length;
    while (byte < end) {
        size_t more = *byte >= 0xf0 ? 3 : *byte >= 0xe0 ? 2 : *byte >= 0xc2 ? 1 : 0;
        if (*byte == 0 || *byte > 0xf4 || (*byte >= 0x80 && more == 0) || (size_t)(end - byte) <= more) return false;
        for (byte++; more > 0; more--, byte++)
            if ((*byte & 0xc0) != 0x80) return false;
    }
    return true;
}

static bool is_blank(const struct DataList *node) { return node->key == NULL && node->data == NULL && node->len == 0; }

/* Copies the texts of a request into an utterance. `last`: does a node say that it is the last one? */
static int read_text(const struct DataList *request, struct utterance **utterance) {
    size_t length = 0;
    bool last = false;
    for (const struct DataList *node = request; node != NULL; node = node->next) {
        if (is_blank(node)) continue;
        if (node->data == NULL && node->len > 0) return AIGES_ERR_INVALID_ARG;
        last = last || node->status == DataEnd || node->status == DataOnce;
        if (node->len == 0) continue;
        if (node->type != DataText || !is_text(node->data, node->len)) return BAD_TEXT;
        length += node->len + 1;
        if (length > TEXT_LIMIT) return AIGES_ERR_TOO_LARGE;
    }
    struct utterance *made = malloc(sizeof *made + length + 1);
    if (made == NULL) return AIGES_ERR_NO_MEMORY;
    *made = (struct utterance){.last = last, .length = length};
    char *end = made->text;
    for (const struct DataList *node = request; node != NULL; node = node->next) {
        if (node->len == 0) continue;
        memcpy(end, node->data, node->len);
        end += node->len;
        *end++ = ' ';
    }
    *end = '\0';
    *utterance = made;
    return 0;
}

static int check_resources(const unsigned int *ids, int count) {
    if (count <= 0) return 0;
    return ids == NULL ? AIGES_ERR_INVALID_ARG : AIGES_ERR_UNKNOWN_RESOURCE;
}

/* ---- Speeches and pieces of sound: the lock is held ---- */

/* The last user frees the record. */
static void release_speech(struct speech *speech) {
    if (--speech->users > 0) return;
    for (struct piece *piece; (piece = speech->first) != NULL; free(piece)) speech->first = piece->next;
    free(speech->held);
    free(speech->given);
    free(speech);
}

static void unlink_speech(struct speech *speech) {
    struct speech **link = &engine.speeches;
    while (*link != speech) link = &(*link)->next;
    *link = speech->next;
    pthread_cond_broadcast(&engine.changed);
}

/* Nothing more happens for it; whoever waits for it learns why. */
static void end_speech(struct speech *speech, int code) {
    if (speech->ended == 0) speech->ended = code;
    pthread_cond_broadcast(&engine.changed);
}

/* Waits for something to happen, but not beyond the limit. */
static void wait_for_news(struct speech *speech) {
    if (now_ns() < speech->limit)
        wait_until(speech->limit);
    else
        end_speech(speech, AIGES_ERR_TIMEOUT);
}

/* Publishes the piece that was held back; the last one may be empty. */
static void publish(struct speech *speech, bool last) {
    struct piece *piece = speech->held;
    if (piece == NULL && !last) return;
    if (piece == NULL && (piece = calloc(1, sizeof *piece)) == NULL) {
        end_speech(speech, AIGES_ERR_NO_MEMORY);
        return;
    }
    DataStatus status = last ? (speech->begun ? DataEnd : DataOnce) : speech->begun ? DataContinue : DataBegin;
    piece->node = (struct DataList){"audio", piece->sound, piece->node.len, DataAudio, status, format, NULL};
    speech->held = NULL;
    speech->begun = true;
    speech->unread += piece->node.len;
    *speech->last = piece;
    speech->last = &piece->next;
    pthread_cond_broadcast(&engine.changed);
}

static struct piece *take_piece(struct speech *speech) {
    struct piece *piece = speech->first;
    if (piece == NULL) return NULL;
    speech->first = piece->next;
    if (speech->first == NULL) speech->last = &speech->first;
    speech->unread -= piece->node.len;
    piece->next = NULL;
    return piece;
}

static void post(struct speech *speech, struct utterance *utterance) {
    speech->users++;
    speech->pending++;
    speech->closed = speech->closed || utterance->last;
    utterance->speech = speech;
    *engine.last = utterance;
    engine.last = &utterance->next;
    pthread_cond_signal(&engine.posted);
}

/* ---- The speaker: the only thread that makes sound ---- */

/* Adds sound to the piece held back: a new one each time, or for a one-shot request ever the same one, doubled. The
 * lock is held. */
static int add_sound(struct speech *speech, const short *samples, size_t bytes) {
    if (speech->handle != NULL) publish(speech, false);
    struct piece *held = speech->held;
    size_t used = held != NULL ? held->node.len : 0;
    if (used + bytes > INT_MAX) return AIGES_ERR_TOO_LARGE;
    if (held == NULL || used + bytes > held->room) {
        size_t room = 2 * used + bytes;
        struct piece *grown = realloc(held, sizeof *held + room);
        if (grown == NULL) return AIGES_ERR_NO_MEMORY;
        if (held == NULL) grown->next = NULL;
        grown->room = room;
        speech->held = held = grown;
    }
    memcpy(held->sound + used, samples, bytes);
    held->node.len = (unsigned int)(used + bytes);
    return 0;
}

/* espeak-ng calls this on the speaker with 200 ms of sound. Not 0: stop. */
static int take_sound(short *samples, int count, espeak_EVENT *events) {
    struct speech *speech = ((struct utterance *)events->user_data)->speech;
    lock();
    if (speech->ended == 0 && samples != NULL && count > 0) {
        int code = add_sound(speech, samples, (size_t)count * sizeof *samples);
        if (code != 0) end_speech(speech, code);
    }
    bool stop = speech->ended != 0;
    unlock();
    return stop;
}

/* No lock is held. */
static int synthesise(struct utterance *utterance) {
    const struct manner *manner = &utterance->speech->manner;
    if (utterance->length == 0) return 0;
    if (espeak_ng_SetVoiceByName(manner->voice) != ENS_OK) return UNKNOWN_VOICE;
    espeak_ng_SetParameter(espeakRATE, manner->speed, 0);
    espeak_ng_SetParameter(espeakPITCH, manner->pitch, 0);
    espeak_ng_SetParameter(espeakVOLUME, manner->volume, 0);
    espeak_ng_STATUS status = espeak_ng_Synthesize(utterance->text, utterance->length + 1, 0, POS_CHARACTER, 0,
                                                   espeakCHARS_UTF8, NULL, utterance);
    return status == ENS_OK || status == ENS_SPEECH_STOPPED ? 0 : FAILED;
}

static void *speak(void *unused) {
    (void)unused;
    /* espeak-ng classifies letters with the C library, which the "C" locale does not allow beyond ASCII. Ours is set
     * for this thread only. */
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (utf8 != (locale_t)0) uselocale(utf8);
    lock();
    for (;;) {
        struct utterance *utterance = engine.first;
        if (utterance == NULL) {
            if (engine.refusal != 0) break;
            pthread_cond_wait(&engine.posted, &engine.lock);
            continue;
        }
        engine.first = utterance->next;
        if (engine.first == NULL) engine.last = &engine.first;
        struct speech *speech = utterance->speech;
        if (speech->ended == 0) {
            unlock();
            int code = synthesise(utterance);
            lock();
            if (code != 0) end_speech(speech, code);
        }
        speech->pending--;
        if (speech->ended == 0 && (utterance->last || speech->handle != NULL)) publish(speech, utterance->last);
        pthread_cond_broadcast(&engine.changed);
        release_speech(speech);
        free(utterance);
    }
    unlock();
    if (utf8 != (locale_t)0) {
        uselocale(LC_GLOBAL_LOCALE);
        freelocale(utf8);
    }
    return NULL;
}

/* ---- Starting a speech ---- */

/* The courier: carries pieces, or the code that ended the speech, to the host. */
static void *carry(void *argument) {
    struct speech *speech = argument;
    lock();
    for (bool final = false; !final;) {
        struct piece *piece = speech->ended == 0 ? take_piece(speech) : NULL;
        int code = speech->ended;
        if (piece == NULL && code == 0) {
            wait_for_news(speech);
            continue;
        }
        final = code != 0 || piece->node.status == DataEnd || piece->node.status == DataOnce;
        if (final && speech->handle == NULL) unlink_speech(speech); /* cannot be cancelled any more */
        /* After these the host is not called: it has destroyed the session or stopped the engine. */
        if (code == AIGES_ERR_UNKNOWN_HANDLE || code == AIGES_ERR_STOPPING) break;
        engine.calling++, inside_host++;
        unlock();
        speech->callback(speech->tag, code == 0 ? &piece->node : NULL, code);
        free(piece);
        lock();
        engine.calling--, inside_host--;
    }
    release_speech(speech);
    engine.couriers--;
    pthread_cond_broadcast(&engine.changed);
    unlock();
    return NULL;
}

/* Makes a speech like the given one and all that belongs to it. Frees the utterance if it fails. */
static int begin(const struct speech *like, const char *tag, struct utterance *utterance, struct speech **begun) {
    size_t size = tag != NULL ? strlen(tag) + 1 : 0;
    struct speech *speech = *begun = malloc(sizeof *speech + size);
    lock();
    int code = speech != NULL ? engine.refusal : AIGES_ERR_NO_MEMORY;
    if (code == 0) {
        *speech = *like;
        if (tag != NULL) speech->tag = memcpy(speech->text, tag, size);
        speech->last = &speech->first;
        speech->users = like->handle != NULL && like->callback != NULL ? 2 : 1; /* list or caller, courier */
        pthread_t courier;
        if (like->callback != NULL && !start_thread(&courier, carry, speech)) code = AIGES_ERR_NO_MEMORY;
        if (like->callback != NULL && code == 0) {
            pthread_detach(courier);
            engine.couriers++;
        }
    }
    if (code == 0) {
        speech->next = engine.speeches;
        engine.speeches = speech;
        if (utterance != NULL) post(speech, utterance);
    }
    unlock();
    if (code != 0) {
        free(speech);
        free(utterance);
    }
    return code;
}

/* ---- One-shot calls ---- */

static int read_request(const struct ParamList *params, const struct DataList *request, const unsigned int *ids,
                        int count, struct manner *manner, struct utterance **utterance) {
    int code = engine.refusal;
    if (code == 0) code = check_resources(ids, count);
    if (code == 0) code = read_manner(params, manner);
    if (code == 0) code = read_text(request, utterance);
    if (code != 0) return code;
    (*utterance)->last = true;
    if ((*utterance)->length > 0) return 0;
    free(*utterance);
    return NOTHING;
}

int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData, unsigned int psrIds[],
                int psrCnt) {
    if (respData == NULL) return AIGES_ERR_INVALID_ARG;
    *respData = NULL;
    struct utterance *utterance;
    struct speech *speech, like = {.limit = INT64_MAX};
    int code = read_request(params, reqData, psrIds, psrCnt, &like.manner, &utterance);
    if (code != 0) return code;
    if (like.manner.deadline_ms > 0) like.limit = in_ms(like.manner.deadline_ms);
    if ((code = begin(&like, usrTag, utterance, &speech)) != 0) return code;
    lock();
    while (speech->ended == 0 && speech->first == NULL) wait_for_news(speech);
    code = speech->ended;
    if (code == 0) *respData = &take_piece(speech)->node;
    unlink_speech(speech);
    release_speech(speech);
    unlock();
    return code;
}

int wrapperExecFree(const char *usrTag, pDataList *respData) {
    (void)usrTag;
    if (respData == NULL) return AIGES_ERR_INVALID_ARG;
    if (*respData != NULL) free((char *)*respData - offsetof(struct piece, node));
    *respData = NULL;
    return 0;
}

int wrapperExecAsync(const char *usrTag, pParamList params, pDataList reqData, wrapperCallback callback, int timeout,
                     unsigned int psrIds[], int psrCnt) {
    if (callback == NULL) return AIGES_ERR_INVALID_ARG;
    struct utterance *utterance;
    struct speech *speech, like = {.callback = callback};
    int code = read_request(params, reqData, psrIds, psrCnt, &like.manner, &utterance);
    if (code != 0) return code;
    int limit = timeout > 0 ? timeout : HOUR_MS;
    if (like.manner.deadline_ms > 0 && like.manner.deadline_ms < limit) limit = like.manner.deadline_ms;
    like.limit = in_ms(limit);
    return begin(&like, usrTag, utterance, &speech);
}

/* ---- Sessions ---- */

const void *wrapperCreate(const char *usrTag, pParamList params, wrapperCallback cb, unsigned int psrIds[], int psrCnt,
                          int *errNum) {
    const void *handle = (const void *)++engine.last_handle;
    struct speech *speech, like = {.handle = handle, .callback = cb, .limit = INT64_MAX};
    int code = engine.refusal;
    if (code == 0) code = check_resources(psrIds, psrCnt);
    if (code == 0) code = read_manner(params, &like.manner);
    if (code == 0) code = begin(&like, usrTag, NULL, &speech);
    if (errNum != NULL) *errNum = code;
    return code == 0 ? handle : NULL;
}

/* Returns 0 with the lock held, or a code without it. */
static int find_session(const void *handle, struct speech **speech) {
    if (engine.refusal != 0) return engine.refusal;
    lock();
    for (*speech = engine.speeches; *speech != NULL; *speech = (*speech)->next)
        if (handle != NULL && (*speech)->handle == handle) return 0;
    unlock();
    return AIGES_ERR_UNKNOWN_HANDLE;
}

int wrapperWrite(const void *handle, pDataList reqData) {
    if (engine.refusal != 0) return engine.refusal;
    struct utterance *utterance = NULL;
    struct speech *speech = NULL;
    int code = read_text(reqData, &utterance), unknown = find_session(handle, &speech);
    if (unknown == 0) {
        if (code == 0) code = speech->ended;
        if (code == 0 && speech->closed) code = ENDED;
        if (code == 0 && speech->unread > UNREAD_LIMIT) code = AIGES_ERR_BUSY;
        if (code == 0 && (utterance->length > 0 || utterance->last)) {
            post(speech, utterance);
            utterance = NULL;
        }
        unlock();
    }
    free(utterance);
    return unknown != 0 ? unknown : code;
}

/* Waits for sound as long as some is being made, at most a second; 0 with NULL when nothing is. */
int wrapperRead(const void *handle, pDataList *respData) {
    if (respData == NULL) return AIGES_ERR_INVALID_ARG;
    *respData = NULL;
    struct speech *speech = NULL;
    int code = find_session(handle, &speech);
    if (code != 0) return code;
    if (speech->reading) code = AIGES_ERR_BUSY;
    if (code == 0 && speech->callback == NULL) {
        speech->reading = true;
        speech->users++; /* a wrapperDestroy meanwhile leaves the rest of it to us */
        for (int64_t until = in_ms(READ_MS);
             speech->ended == 0 && speech->first == NULL && speech->pending > 0 && now_ns() < until;)
            wait_until(until);
        speech->reading = false;
        if ((code = speech->ended) == 0) {
            free(speech->given);
            speech->given = take_piece(speech);
            if (speech->given != NULL) *respData = &speech->given->node;
        }
        release_speech(speech);
    }
    unlock();
    return code;
}

int wrapperDestroy(const void *handle) {
    struct speech *speech = NULL;
    int code = find_session(handle, &speech);
    if (code != 0) return code == AIGES_ERR_FORKED ? code : AIGES_ERR_UNKNOWN_HANDLE;
    speech->ended = AIGES_ERR_UNKNOWN_HANDLE; /* also after a cancel: no callback begins from here on */
    unlink_speech(speech);
    release_speech(speech);
    unlock();
    return 0;
}

const char *wrapperDebugInfo(const void *handle) {
    struct speech *speech = NULL;
    if (find_session(handle, &speech) != 0) return "";
    const char *info = speech->pending > 0 ? "espeak session: speaking" : "espeak session: silent";
    unlock();
    return info;
}

/* The speaker looks at every 200 ms of sound, that is, within a millisecond or so. */
WrapperAPI int aiges_session_cancel(const void *handle, const char *usrTag) {
    if (engine.refusal != 0) return engine.refusal;
    int code = AIGES_ERR_UNKNOWN_HANDLE;
    lock();
    for (struct speech *speech = engine.speeches; speech != NULL; speech = speech->next) {
        bool tagged = speech->handle == NULL && speech->tag && usrTag != NULL && strcmp(speech->tag, usrTag) == 0;
        if (!tagged && (handle == NULL || speech->handle != handle)) continue;
        end_speech(speech, CANCELLED);
        code = 0;
    }
    unlock();
    return code;
}

/* ---- Life of the engine ---- */

static void after_fork_in_child(void) {
    if (engine.refusal != AIGES_ERR_NOT_READY) engine.refusal = AIGES_ERR_FORKED;
}

static void prepare(void) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&engine.changed, &monotonic);
    pthread_cond_init(&engine.posted, &monotonic);
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

/* espeak-ng takes a folder without data for "look elsewhere"; who names one wants that one. */
static bool holds_data(const char *folder) {
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/phontab", folder);
    if (access(path, R_OK) == 0) return true;
    snprintf(path, sizeof path, "%s/espeak-ng-data/phontab", folder);
    return access(path, R_OK) == 0;
}

/* Its start sets the process's LC_CTYPE, which is the host's: it is put back at once. */
static espeak_ng_STATUS start_library(const char *folder) {
    const char *locale = setlocale(LC_CTYPE, NULL);
    char *before = strdup(locale != NULL ? locale : "C");
    espeak_ng_ERROR_CONTEXT context = NULL;
    espeak_ng_InitializePath(folder[0] != '\0' ? folder : NULL);
    espeak_ng_STATUS status = espeak_ng_Initialize(&context);
    espeak_ng_ClearErrorContext(&context);
    if (before != NULL) setlocale(LC_CTYPE, before);
    free(before);
    return status;
}

/* Once per process, and never undone: espeak-ng 1.51 hangs in its second espeak_ng_Terminate. */
static int start_espeak(const struct ParamList *cfg) {
    char folder[PATH_MAX] = "";
    find_text(cfg, "espeak.data", folder, sizeof folder);
    if (folder[0] != '\0' && !holds_data(folder)) return NO_DATA;
    if (engine.folder != NULL && folder[0] != '\0' && strcmp(folder, engine.folder) != 0) return OTHER_DATA;
    if (engine.folder != NULL) return engine.voices != NULL ? 0 : FAILED; /* FAILED: started by half, some time ago */
    char *kept = strdup(folder);
    if (kept == NULL) return AIGES_ERR_NO_MEMORY;
    if (start_library(folder) != ENS_OK) {
        free(kept);
        return NO_DATA;
    }
    engine.folder = kept;
    if (espeak_ng_InitializeOutput(ENOUTPUT_MODE_SYNCHRONOUS, PIECE_MS, NULL) != ENS_OK) return FAILED;
    espeak_SetSynthCallback(take_sound);
    snprintf(rate, sizeof rate, "%d", espeak_ng_GetSampleRate());
    format[0].vlen = (unsigned int)strlen(rate);
    engine.voices = espeak_ListVoices(NULL); /* stays as it is: nobody lists them again */
    return engine.voices != NULL ? 0 : FAILED;
}

int wrapperSetCtrl(CtrlType type, void *func) {
    (void)type, (void)func; /* nothing is metered or traced here */
    return 0;
}

int wrapperInit(pConfig cfg) {
    static pthread_once_t prepared = PTHREAD_ONCE_INIT;
    if (engine.refusal != AIGES_ERR_NOT_READY) return engine.refusal != 0 ? engine.refusal : AIGES_ERR_ALREADY_INIT;
    pthread_once(&prepared, prepare);
    int code = start_espeak(cfg);
    if (code != 0) return code;
    engine.refusal = 0; /* before the speaker looks */
    if (start_thread(&engine.speaker, speak, NULL)) return 0;
    engine.refusal = AIGES_ERR_NOT_READY;
    return AIGES_ERR_NO_MEMORY;
}

/* Ends what runs and waits for it, but for the host only GRACE_MS: see echo.c. */
int wrapperFini(void) {
    if (inside_host > 0) return AIGES_ERR_BUSY;
    if (engine.refusal != 0) return engine.refusal == AIGES_ERR_FORKED ? AIGES_ERR_FORKED : 0;
    lock();
    engine.refusal = AIGES_ERR_STOPPING;
    for (struct speech *speech = engine.speeches, *next; speech != NULL; speech = next) {
        next = speech->next;
        end_speech(speech, AIGES_ERR_STOPPING);
        if (speech->handle == NULL) continue; /* its thread unlinks it */
        unlink_speech(speech);
        release_speech(speech);
    }
    pthread_cond_broadcast(&engine.posted);
    unlock();
    pthread_join(engine.speaker, NULL); /* it takes the rest of the line, all of it ended, and leaves */
    lock();
    int64_t grace = in_ms(GRACE_MS);
    for (bool busy; (busy = engine.speeches != NULL || engine.couriers > engine.calling) ||
                    (engine.couriers > 0 && now_ns() < grace);)
        wait_until(busy ? INT64_MAX : grace);
    engine.refusal = AIGES_ERR_NOT_READY;
    unlock();
    return 0;
}

int wrapperLoadRes(pDataList perData, unsigned int resId) {
    (void)perData, (void)resId;
    return engine.refusal != 0 ? engine.refusal : AIGES_ERR_NOT_SUPPORTED;
}

int wrapperUnloadRes(unsigned int resId) {
    (void)resId;
    return engine.refusal != 0 ? engine.refusal : AIGES_ERR_UNKNOWN_RESOURCE;
}

static const struct {
    int code;
    const char *text;
} texts[] = {
    {0, "success"},
    {NOTHING, "nothing to say: the request holds no text"},
    {BAD_TEXT, "cannot read the request: nodes must be of type DataText and hold UTF-8 without NUL"},
    {UNKNOWN_VOICE, "unknown voice: name one that `espeak-ng --voices` lists, such as en, de, fr+f3"},
    {BAD_SPEED, "bad speed: give 80 to 450 words a minute"},
    {BAD_PITCH, "bad pitch: give 0 to 100"},
    {BAD_VOLUME, "bad volume: give 0 to 200"},
    {FAILED, "espeak-ng could not speak the text"},
    {CANCELLED, "the request was cancelled"},
    {NO_DATA, "no voice data: install espeak-ng-data, or let espeak.data name the folder it is in"},
    {ENDED, "the session has ended: its last text was written already"},
    {OTHER_DATA, "espeak.data cannot change: espeak-ng has read other voice data in this process already"},
    {AIGES_ERR_NOT_READY, "the engine is not ready: wrapperInit has not succeeded"},
    {AIGES_ERR_ALREADY_INIT, "wrapperInit was called before; the engine runs"},
    {AIGES_ERR_INVALID_ARG, "invalid argument: NULL where something must be"},
    {AIGES_ERR_UNKNOWN_HANDLE, "no such session: never created, or destroyed"},
    {AIGES_ERR_NO_MEMORY, "out of memory"},
    {AIGES_ERR_TOO_LARGE, "too much text: at most 65536 bytes in one request or write"},
    {AIGES_ERR_TIMEOUT, "the request took longer than it was given"},
    {AIGES_ERR_STOPPING, "the engine is stopping"},
    {AIGES_ERR_FORKED, "the engine does not work in a forked child: load it there after exec"},
    {AIGES_ERR_BUSY, "busy: a second wrapperRead, too much unread sound, or wrapperFini inside a callback"},
    {AIGES_ERR_UNKNOWN_RESOURCE, "no resource of this id is loaded: this engine has none"},
    {AIGES_ERR_NOT_SUPPORTED, "this engine has no resources to load"},
};

const char *wrapperError(int errNum) {
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].code == errNum) return texts[i].text;
    return "espeak failed with a code that it has no text for";
}

const char *wrapperVersion(void) { return "1.0.0"; }
WrapperAPI unsigned int aiges_abi_version(void) { return AIGES_ABI_VERSION; }
