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

#include <errno.h>
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

WrapperAPI unsigned int aiges_abi_version(void);
WrapperAPI int aiges_session_cancel(const void *handle, const char *usrTag);

/* Codes of this engine. */
enum {
    SAY_NOTHING = 4101,
    SAY_BAD_TEXT = 4102,
    SAY_UNKNOWN_VOICE = 4103,
    SAY_BAD_SPEED = 4104,
    SAY_BAD_PITCH = 4105,
    SAY_BAD_VOLUME = 4106,
    SAY_FAILED = 4107,
    SAY_CANCELLED = 4108,
    SAY_NO_DATA = 4109,
    SAY_ENDED = 4110,
    SAY_OTHER_DATA = 4111
};

static const struct {
    int code;
    const char *text;
} texts[] = {
    {0, "success"},
    {SAY_NOTHING, "nothing to say: the request holds no text"},
    {SAY_BAD_TEXT, "cannot read the request: nodes must be of type DataText and hold UTF-8 without NUL"},
    {SAY_UNKNOWN_VOICE,
     "unknown voice: give a name or language that `espeak-ng --voices` lists, such as en, de, "
     "fr+f3"},
    {SAY_BAD_SPEED, "bad speed: give 80 to 450 words a minute"},
    {SAY_BAD_PITCH, "bad pitch: give 0 to 100"},
    {SAY_BAD_VOLUME, "bad volume: give 0 to 200"},
    {SAY_FAILED, "espeak-ng could not speak the text"},
    {SAY_CANCELLED, "the request was cancelled"},
    {SAY_NO_DATA,
     "no voice data: install espeak-ng-data, or let espeak.data name the folder that holds "
     "espeak-ng-data"},
    {SAY_ENDED, "the session has ended: its last text was written already"},
    {SAY_OTHER_DATA, "espeak.data cannot change: espeak-ng has read other voice data in this process already"},
    {AIGES_ERR_NOT_READY, "the engine is not ready: wrapperInit has not succeeded"},
    {AIGES_ERR_ALREADY_INIT, "wrapperInit was called before; the engine runs"},
    {AIGES_ERR_INVALID_ARG, "invalid argument: NULL where something must be"},
    {AIGES_ERR_UNKNOWN_HANDLE, "no such session: never created, or destroyed"},
    {AIGES_ERR_NO_MEMORY, "out of memory"},
    {AIGES_ERR_TOO_LARGE, "too much text: at most 65536 bytes in one request or write"},
    {AIGES_ERR_TIMEOUT, "the request took longer than it was given"},
    {AIGES_ERR_STOPPING, "the engine is stopping"},
    {AIGES_ERR_FORKED, "the engine does not work in a forked child: load it there after exec"},
    {AIGES_ERR_BUSY,
     "busy: another wrapperRead of this session runs, too much sound waits to be read, or "
     "wrapperFini "
     "was called from inside a callback"},
    {AIGES_ERR_UNKNOWN_RESOURCE, "no resource of this id is loaded: this engine has none"},
    {AIGES_ERR_NOT_SUPPORTED, "this engine has no resources to load"},
};

enum {
    PIECE_MS = 200,           /* length of a piece of sound */
    TEXT_LIMIT = 65536,       /* bytes in one request */
    UNREAD_LIMIT = 64 << 20,  /* bytes of sound that may wait in a session before writes are refused */
    READ_MS = 1000,           /* how long wrapperRead waits for sound that is being made */
    HOUR_MS = 60 * 60 * 1000, /* limit of an asynchronous request without a timeout */
    GRACE_MS = 200,           /* how long wrapperFini waits for a courier that is inside the host's callback */
    SHELVES = 64
};

/* A piece of sound, as the host gets it: one block. */
struct piece {
    struct piece *next;
    struct DataList node;
    struct ParamList desc[4];
    char rate[12];
    size_t room; /* bytes that fit behind */
    unsigned char sound[];
};

/* How to speak. */
struct manner {
    char voice[48];
    int speed, pitch, volume, deadline_ms;
};

/* A request or session, shared by the calls in it, the speaker and the courier. */
struct speech {
    struct speech *next, **link; /* shelf of the table, or of the one-shot requests */
    uint64_t id;                 /* 0: a one-shot request */
    unsigned int users;
    struct manner manner;
    wrapperCallback callback;
    bool whole;                   /* one node of everything, instead of pieces */
    bool closed;                  /* the last text was given */
    bool begun, complete;         /* the first, the last piece was published */
    bool reading;                 /* a wrapperRead is inside */
    int ended;                    /* 0, or the code it was ended with */
    int64_t limit;                /* 0: none */
    unsigned int pending;         /* utterances in line or being spoken */
    struct piece *held;           /* not published: it may turn out to be the last */
    struct piece *first, **last;  /* published, not read */
    struct piece *given;          /* by the last wrapperRead */
    size_t unread;                /* bytes in first.. */
    unsigned long long published; /* pieces */
    char info[96];
    char *tag; /* points behind the structure, or NULL */
};

struct utterance {
    struct utterance *next;
    struct speech *speech;
    bool last; /* of its speech */
    size_t length;
    char text[];
};

struct courier {
    struct courier *next;
    pthread_t thread;
    struct speech *speech;
    bool inside_host, left, abandoned;
};

enum state { LOADED, READY, STOPPING, STOPPED, FAILED, FORKED };

static struct {
    _Atomic int state;
    pthread_mutex_t lock;   /* everything below; never held while sound is made or the host runs */
    pthread_cond_t changed; /* something was published, ended, or left */
    pthread_cond_t posted;  /* an utterance is in line, or the engine stops */
    struct speech *sessions[SHELVES], *requests;
    uint64_t last_id;
    struct utterance *first, **last;
    struct courier *couriers;
    pthread_t speaker;
    int rate;
    char *folder;  /* espeak.data at the start of espeak-ng; NULL: not started. Kept, like the next two */
    char **voices; /* names, identifiers and languages that espeak-ng knows */
    size_t voice_count;
} engine = {.lock = PTHREAD_MUTEX_INITIALIZER, .last = &engine.first};

static _Thread_local int inside_host;

/* ------------------------------------------------------------------------------------------------------------------
 * Small things
 * --------------------------------------------------------------------------------------------------------------- */

static int refusal(void) {
    int state = atomic_load_explicit(&engine.state, memory_order_acquire);
    if (state == READY) return 0;
    if (state == FORKED) return AIGES_ERR_FORKED;
    return state == STOPPING ? AIGES_ERR_STOPPING : AIGES_ERR_NOT_READY;
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t in_ms(int ms) { return now_ns() + (int64_t)ms * 1000000; }

/* The lock is held. `moment` 0: wait without end. */
static void wait_changed(int64_t moment) {
    struct timespec until = {.tv_sec = (time_t)(moment / 1000000000), .tv_nsec = (long)(moment % 1000000000)};
    if (moment == 0)
        pthread_cond_wait(&engine.changed, &engine.lock);
    else
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

/* ------------------------------------------------------------------------------------------------------------------
 * Reading a request
 * --------------------------------------------------------------------------------------------------------------- */

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
    char text[16], *end = NULL;
    if (!find_text(params, key, text, sizeof text)) return 0;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < low || value > high) return error;
    *number = (int)value;
    return 0;
}

/* Only what espeak-ng listed gets through: it would take a name for a path, too. */
static bool is_voice(const char *voice) {
    size_t length = strcspn(voice, "+");
    if (voice[length] == '+' &&
        strspn(voice + length + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
            strlen(voice + length + 1))
        return false;
    for (size_t i = 0; i < engine.voice_count; i++)
        if (strlen(engine.voices[i]) == length && strncasecmp(engine.voices[i], voice, length) == 0) return true;
    return false;
}

static int read_manner(const struct ParamList *params, struct manner *manner) {
    *manner = (struct manner){.voice = "en", .speed = espeakRATE_NORMAL, .pitch = 50, .volume = 100};
    find_text(params, "voice", manner->voice, sizeof manner->voice);
    if (!is_voice(manner->voice)) return SAY_UNKNOWN_VOICE;
    int code = find_number(params, "speed", espeakRATE_MINIMUM, espeakRATE_MAXIMUM, &manner->speed, SAY_BAD_SPEED);
    if (code == 0) code = find_number(params, "pitch", 0, 100, &manner->pitch, SAY_BAD_PITCH);
    if (code == 0) code = find_number(params, "volume", 0, 200, &manner->volume, SAY_BAD_VOLUME);
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
        if (node->type != DataText || !is_text(node->data, node->len)) return SAY_BAD_TEXT;
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

/* ------------------------------------------------------------------------------------------------------------------
 * Speeches and pieces of sound
 * --------------------------------------------------------------------------------------------------------------- */

static void free_pieces(struct piece *piece) {
    while (piece != NULL) {
        struct piece *next = piece->next;
        free(piece);
        piece = next;
    }
}

/* The lock is held. The last user frees the record. */
static void release_speech(struct speech *speech) {
    if (--speech->users > 0) return;
    free_pieces(speech->first);
    free(speech->held);
    free(speech->given);
    free(speech);
}

/* The lock is held. Nothing more happens for it; whoever waits for it learns why. */
static void end_speech(struct speech *speech, int code) {
    if (speech->ended == 0) speech->ended = code;
    pthread_cond_broadcast(&engine.changed);
}

static struct speech *new_speech(const char *tag, const struct manner *manner, wrapperCallback callback, bool whole) {
    size_t tag_size = tag != NULL ? strlen(tag) + 1 : 0;
    struct speech *speech = calloc(1, sizeof *speech + tag_size);
    if (speech == NULL) return NULL;
    speech->users = 1;
    speech->manner = *manner;
    speech->callback = callback;
    speech->whole = whole;
    speech->last = &speech->first;
    if (tag != NULL) speech->tag = memcpy((char *)(speech + 1), tag, tag_size);
    return speech;
}

/* The lock is held. Puts it into the table (or among the one-shot requests), where cancel and wrapperFini find it. */
static void enlist(struct speech *speech, struct speech **shelf) {
    speech->next = *shelf;
    speech->link = shelf;
    if (speech->next != NULL) speech->next->link = &speech->next;
    *shelf = speech;
}

static void delist(struct speech *speech) {
    if (speech->link == NULL) return;
    *speech->link = speech->next;
    if (speech->next != NULL) speech->next->link = speech->link;
    speech->link = NULL;
}

static struct piece *new_piece(size_t room) {
    struct piece *piece = malloc(sizeof *piece + room);
    if (piece != NULL) piece->room = room, piece->node.len = 0, piece->next = NULL;
    return piece;
}

/* Fills in what the host reads. Values are constants and our own text: hosts do not write to results. */
static void dress(struct piece *piece, DataStatus status) {
    static char key[] = "audio", names[4][12] = {"sample_rate", "channels", "bit_depth", "encoding"};
    static char values[4][4] = {"", "1", "16", "raw"};
    snprintf(piece->rate, sizeof piece->rate, "%d", engine.rate);
    for (int i = 0; i < 4; i++) {
        char *value = i == 0 ? piece->rate : values[i];
        piece->desc[i] = (struct ParamList){.key = names[i], .value = value, .vlen = (unsigned int)strlen(value)};
        if (i < 3) piece->desc[i].next = &piece->desc[i + 1];
    }
    piece->node = (struct DataList){.key = key,
                                    .data = piece->sound,
                                    .len = piece->node.len,
                                    .type = DataAudio,
                                    .status = status,
                                    .desc = piece->desc};
}

/* The lock is held. Publishes the piece that was held back; the last one may be empty. */
static void publish(struct speech *speech, bool last) {
    struct piece *piece = speech->held;
    speech->held = NULL;
    if (piece == NULL && last) piece = new_piece(0);
    if (piece == NULL) {
        if (last) end_speech(speech, AIGES_ERR_NO_MEMORY);
        return;
    }
    if (last)
        dress(piece, speech->begun ? DataEnd : DataOnce);
    else
        dress(piece, speech->begun ? DataContinue : DataBegin);
    speech->begun = true;
    speech->complete = last;
    speech->published++;
    speech->unread += piece->node.len;
    *speech->last = piece;
    speech->last = &piece->next;
    pthread_cond_broadcast(&engine.changed);
}

/* The lock is held. */
static struct piece *take_piece(struct speech *speech) {
    struct piece *piece = speech->first;
    if (piece == NULL) return NULL;
    speech->first = piece->next;
    if (speech->first == NULL) speech->last = &speech->first;
    speech->unread -= piece->node.len;
    piece->next = NULL;
    return piece;
}

/* ------------------------------------------------------------------------------------------------------------------
 * The speaker: the only thread that makes sound
 * --------------------------------------------------------------------------------------------------------------- */

/* The lock is held. Adds sound to the piece held back: a new one each time, or ever the same one, doubled. */
static int add_sound(struct speech *speech, const short *samples, size_t bytes) {
    struct piece *held = speech->held;
    if (held != NULL && !speech->whole) {
        publish(speech, false);
        held = NULL;
    }
    size_t used = held != NULL ? held->node.len : 0;
    if (used + bytes > INT_MAX) return AIGES_ERR_TOO_LARGE;
    if (held == NULL) {
        held = new_piece(speech->whole ? 8 * bytes : bytes);
        if (held == NULL) return AIGES_ERR_NO_MEMORY;
    } else if (used + bytes > held->room) {
        size_t room = 2 * held->room + bytes;
        held = realloc(held, sizeof *held + room);
        if (held == NULL) return AIGES_ERR_NO_MEMORY;
        held->room = room;
    }
    speech->held = held;
    memcpy(held->sound + used, samples, bytes);
    held->node.len = (unsigned int)(used + bytes);
    return 0;
}

/* espeak-ng calls this on the speaker with 200 ms of sound. Not 0: stop. */
static int take_sound(short *samples, int count, espeak_EVENT *events) {
    struct utterance *utterance = events->user_data;
    struct speech *speech = utterance->speech;
    pthread_mutex_lock(&engine.lock);
    if (speech->ended == 0 && samples != NULL && count > 0) {
        int code = add_sound(speech, samples, (size_t)count * sizeof *samples);
        if (code != 0) end_speech(speech, code);
    }
    bool stop = speech->ended != 0;
    pthread_mutex_unlock(&engine.lock);
    return stop;
}

/* No lock is held. */
static int synthesise(struct utterance *utterance) {
    const struct manner *manner = &utterance->speech->manner;
    if (utterance->length == 0) return 0;
    if (espeak_ng_SetVoiceByName(manner->voice) != ENS_OK) return SAY_UNKNOWN_VOICE;
    espeak_ng_SetParameter(espeakRATE, manner->speed, 0);
    espeak_ng_SetParameter(espeakPITCH, manner->pitch, 0);
    espeak_ng_SetParameter(espeakVOLUME, manner->volume, 0);
    espeak_ng_STATUS status = espeak_ng_Synthesize(utterance->text, utterance->length + 1, 0, POS_CHARACTER, 0,
                                                   espeakCHARS_UTF8, NULL, utterance);
    return status == ENS_OK || status == ENS_SPEECH_STOPPED ? 0 : SAY_FAILED;
}

static void *speak(void *unused) {
    (void)unused;
    /* espeak-ng classifies letters with the C library, which the "C" locale does not allow beyond ASCII. Ours is set
     * for this thread only. */
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (utf8 != (locale_t)0) uselocale(utf8);
    pthread_mutex_lock(&engine.lock);
    for (;;) {
        struct utterance *utterance = engine.first;
        if (utterance == NULL) {
            if (atomic_load(&engine.state) != READY) break;
            pthread_cond_wait(&engine.posted, &engine.lock);
            continue;
        }
        engine.first = utterance->next;
        if (engine.first == NULL) engine.last = &engine.first;
        struct speech *speech = utterance->speech;
        if (speech->ended == 0) {
            pthread_mutex_unlock(&engine.lock);
            int code = synthesise(utterance);
            pthread_mutex_lock(&engine.lock);
            if (code != 0) end_speech(speech, code);
        }
        speech->pending--;
        if (speech->ended == 0 && (utterance->last || !speech->whole)) publish(speech, utterance->last);
        pthread_cond_broadcast(&engine.changed);
        release_speech(speech);
        free(utterance);
    }
    pthread_mutex_unlock(&engine.lock);
    if (utf8 != (locale_t)0) {
        uselocale(LC_GLOBAL_LOCALE);
        freelocale(utf8);
    }
    return NULL;
}

/* The lock is held. */
static void post(struct speech *speech, struct utterance *utterance) {
    speech->users++;
    speech->pending++;
    speech->closed = speech->closed || utterance->last;
    utterance->speech = speech;
    *engine.last = utterance;
    engine.last = &utterance->next;
    pthread_cond_signal(&engine.posted);
}

/* ------------------------------------------------------------------------------------------------------------------
 * Couriers: one for each request that has a callback
 * --------------------------------------------------------------------------------------------------------------- */

/* Carries one piece, or the code that ended the speech, to the host. The lock is held on entry and on return. */
static void carry(struct courier *self, struct piece *piece, int code) {
    struct speech *speech = self->speech;
    self->inside_host = true;
    pthread_mutex_unlock(&engine.lock);
    inside_host++;
    speech->callback(speech->tag, piece != NULL ? &piece->node : NULL, code);
    inside_host--;
    free(piece);
    pthread_mutex_lock(&engine.lock);
    self->inside_host = false;
}

/* Codes after which the host is not called: it has destroyed the session or stopped the engine. */
static bool is_silent(int code) { return code == AIGES_ERR_UNKNOWN_HANDLE || code == AIGES_ERR_STOPPING; }

static void *run_errands(void *argument) {
    struct courier *self = argument;
    struct speech *speech = self->speech;
    pthread_mutex_lock(&engine.lock);
    for (bool final = false; !final && !self->abandoned;) {
        struct piece *piece = NULL;
        if (speech->ended != 0) {
            if (!is_silent(speech->ended)) carry(self, NULL, speech->ended);
            final = true;
        } else if ((piece = take_piece(speech)) != NULL) {
            final = piece->node.status == DataEnd || piece->node.status == DataOnce;
            if (final && speech->id == 0) delist(speech); /* cannot be cancelled any more */
            carry(self, piece, 0);
        } else if (speech->limit != 0 && now_ns() >= speech->limit) {
            end_speech(speech, AIGES_ERR_TIMEOUT);
        } else {
            wait_changed(speech->limit);
        }
    }
    if (speech->id == 0) delist(speech);
    release_speech(speech);
    bool abandoned = self->abandoned;
    self->left = true;
    pthread_cond_broadcast(&engine.changed);
    pthread_mutex_unlock(&engine.lock);
    if (abandoned) free(self);
    return NULL;
}

/* Joins the couriers that have left. The lock is held on entry and on return. */
static void join_left(void) {
    for (struct courier **link = &engine.couriers, *courier; (courier = *link) != NULL;) {
        if (!courier->left) {
            link = &courier->next;
            continue;
        }
        *link = courier->next;
        pthread_join(courier->thread, NULL); /* it does nothing any more but return: this does not wait */
        free(courier);
    }
}

/* The lock is held. */
static bool send_courier(struct speech *speech) {
    join_left();
    struct courier *courier = calloc(1, sizeof *courier);
    if (courier == NULL) return false;
    courier->speech = speech;
    if (!start_thread(&courier->thread, run_errands, courier)) {
        free(courier);
        return false;
    }
    speech->users++;
    courier->next = engine.couriers;
    engine.couriers = courier;
    return true;
}

/* Waits for the couriers, but not for a callback that does not return: that courier is left behind and frees itself
 * when it comes back (link with -z nodelete). The lock is held on entry and on return. */
static void stop_couriers(void) {
    int64_t until = in_ms(GRACE_MS);
    for (struct courier *courier; (courier = engine.couriers) != NULL;) {
        if (courier->left) {
            join_left();
        } else if (courier->inside_host && now_ns() >= until) {
            engine.couriers = courier->next;
            courier->abandoned = true;
            pthread_detach(courier->thread);
        } else {
            wait_changed(courier->inside_host ? until : 0);
        }
    }
}

/* ------------------------------------------------------------------------------------------------------------------
 * Life of the engine
 * --------------------------------------------------------------------------------------------------------------- */

static void after_fork_in_child(void) {
    int state = atomic_load(&engine.state);
    if (state == READY || state == STOPPING) atomic_store(&engine.state, FORKED);
}

static void prepare(void) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&engine.changed, &monotonic);
    pthread_cond_init(&engine.posted, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

static bool add_voice(const char *name) {
    char **grown = realloc(engine.voices, (engine.voice_count + 1) * sizeof *grown);
    if (grown == NULL) return false;
    engine.voices = grown;
    grown[engine.voice_count] = strdup(name);
    return grown[engine.voice_count] != NULL && ++engine.voice_count > 0;
}

/* Notes every word that a request may name a voice with. */
static bool note_voices(void) {
    bool noted = true;
    const espeak_VOICE **voices = espeak_ListVoices(NULL);
    for (size_t i = 0; voices != NULL && voices[i] != NULL && noted; i++) {
        noted = (voices[i]->name == NULL || add_voice(voices[i]->name)) &&
                (voices[i]->identifier == NULL || add_voice(voices[i]->identifier));
        /* Languages: a byte of priority, the name, a NUL, ... and a byte 0 at the end. */
        for (const char *entry = voices[i]->languages; noted && entry != NULL && *entry != 0;
             entry += strlen(entry + 1) + 2)
            noted = add_voice(entry + 1);
    }
    return noted;
}

/* espeak-ng takes a folder without data for "look elsewhere"; who names one wants that one. */
static bool holds_data(const char *folder) {
    static const char *const places[] = {"%s/phontab", "%s/espeak-ng-data/phontab"};
    char path[PATH_MAX];
    for (size_t i = 0; i < 2; i++) {
        int length = snprintf(path, sizeof path, places[i], folder);
        if (length > 0 && (size_t)length < sizeof path && access(path, R_OK) == 0) return true;
    }
    return false;
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
    if (folder[0] != '\0' && !holds_data(folder)) return SAY_NO_DATA;
    if (engine.rate != 0) return folder[0] == '\0' || strcmp(folder, engine.folder) == 0 ? 0 : SAY_OTHER_DATA;
    if (engine.folder != NULL) return SAY_FAILED; /* started by half, some time ago */
    char *kept = strdup(folder);
    if (kept == NULL) return AIGES_ERR_NO_MEMORY;
    if (start_library(folder) != ENS_OK) {
        free(kept);
        return SAY_NO_DATA;
    }
    engine.folder = kept;
    if (espeak_ng_InitializeOutput(ENOUTPUT_MODE_SYNCHRONOUS, PIECE_MS, NULL) != ENS_OK || !note_voices())
        return SAY_FAILED;
    espeak_SetSynthCallback(take_sound);
    engine.rate = espeak_ng_GetSampleRate();
    return 0;
}

int wrapperSetCtrl(CtrlType type, void *func) {
    (void)type, (void)func; /* nothing is metered or traced here */
    return 0;
}

int wrapperInit(pConfig cfg) {
    static pthread_once_t prepared = PTHREAD_ONCE_INIT;
    if (atomic_load(&engine.state) == FORKED) return AIGES_ERR_FORKED;
    pthread_once(&prepared, prepare);
    pthread_mutex_lock(&engine.lock);
    int state = atomic_load(&engine.state);
    int code = state == READY ? AIGES_ERR_ALREADY_INIT : state == STOPPING ? AIGES_ERR_STOPPING : 0;
    if (code == 0) {
        code = start_espeak(cfg);
        atomic_store(&engine.state, code == 0 ? READY : FAILED); /* before the speaker looks */
        if (code == 0 && !start_thread(&engine.speaker, speak, NULL)) {
            atomic_store(&engine.state, FAILED);
            code = AIGES_ERR_NO_MEMORY;
        }
    }
    pthread_mutex_unlock(&engine.lock);
    return code;
}

int wrapperFini(void) {
    if (inside_host > 0) return AIGES_ERR_BUSY;
    if (atomic_load(&engine.state) == FORKED) return AIGES_ERR_FORKED;
    pthread_mutex_lock(&engine.lock);
    if (atomic_load(&engine.state) != READY) {
        pthread_mutex_unlock(&engine.lock);
        return 0;
    }
    atomic_store(&engine.state, STOPPING);
    for (struct speech *speech = engine.requests; speech != NULL; speech = speech->next)
        end_speech(speech, AIGES_ERR_STOPPING);
    for (size_t i = 0; i < SHELVES; i++)
        for (struct speech *speech; (speech = engine.sessions[i]) != NULL;) {
            end_speech(speech, AIGES_ERR_STOPPING);
            delist(speech);
            release_speech(speech);
        }
    pthread_cond_broadcast(&engine.posted);
    pthread_mutex_unlock(&engine.lock);
    pthread_join(engine.speaker, NULL); /* it takes the rest of the line, all of it ended, and leaves */
    pthread_mutex_lock(&engine.lock);
    stop_couriers();
    atomic_store(&engine.state, STOPPED);
    pthread_mutex_unlock(&engine.lock);
    return 0;
}

const char *wrapperError(int errNum) {
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].code == errNum) return texts[i].text;
    return "espeak failed with a code that it has no text for";
}

const char *wrapperVersion(void) { return "1.0.0"; }

unsigned int aiges_abi_version(void) { return AIGES_ABI_VERSION; }

int wrapperLoadRes(pDataList perData, unsigned int resId) {
    (void)perData, (void)resId;
    int code = refusal();
    return code != 0 ? code : AIGES_ERR_NOT_SUPPORTED;
}

int wrapperUnloadRes(unsigned int resId) {
    (void)resId;
    int code = refusal();
    return code != 0 ? code : AIGES_ERR_UNKNOWN_RESOURCE;
}

/* ------------------------------------------------------------------------------------------------------------------
 * One-shot calls
 * --------------------------------------------------------------------------------------------------------------- */

static int check_resources(const unsigned int *ids, int count) {
    if (count <= 0) return 0;
    return ids == NULL ? AIGES_ERR_INVALID_ARG : AIGES_ERR_UNKNOWN_RESOURCE;
}

/* Reads a whole request. */
static int read_request(const struct ParamList *params, const struct DataList *request, const unsigned int *ids,
                        int count, struct manner *manner, struct utterance **utterance) {
    int code = check_resources(ids, count);
    if (code == 0) code = read_manner(params, manner);
    if (code == 0) code = read_text(request, utterance);
    if (code != 0) return code;
    if ((*utterance)->length == 0) {
        free(*utterance);
        return SAY_NOTHING;
    }
    (*utterance)->last = true;
    return 0;
}

/* Makes a one-shot request known and puts it in line. Returns 0 with the lock held, or a code without it. */
static int begin_request(struct speech *speech, struct utterance *utterance, int limit_ms) {
    if (speech == NULL) {
        free(utterance);
        return AIGES_ERR_NO_MEMORY;
    }
    speech->limit = limit_ms > 0 ? in_ms(limit_ms) : 0;
    pthread_mutex_lock(&engine.lock);
    int code = refusal();
    if (code == 0 && speech->callback != NULL && !send_courier(speech)) code = AIGES_ERR_NO_MEMORY;
    if (code == 0) {
        enlist(speech, &engine.requests);
        post(speech, utterance);
        return 0;
    }
    release_speech(speech);
    pthread_mutex_unlock(&engine.lock);
    free(utterance);
    return code;
}

int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData, unsigned int psrIds[],
                int psrCnt) {
    if (respData == NULL) return AIGES_ERR_INVALID_ARG;
    *respData = NULL;
    int code = refusal();
    if (code != 0) return code;
    struct manner manner;
    struct utterance *utterance = NULL;
    if ((code = read_request(params, reqData, psrIds, psrCnt, &manner, &utterance)) != 0) return code;
    struct speech *speech = new_speech(usrTag, &manner, NULL, true);
    if ((code = begin_request(speech, utterance, manner.deadline_ms)) != 0) return code;
    while (speech->ended == 0 && speech->first == NULL) {
        if (speech->limit != 0 && now_ns() >= speech->limit)
            end_speech(speech, AIGES_ERR_TIMEOUT);
        else
            wait_changed(speech->limit);
    }
    code = speech->ended;
    struct piece *piece = code == 0 ? take_piece(speech) : NULL;
    delist(speech);
    release_speech(speech);
    pthread_mutex_unlock(&engine.lock);
    if (piece != NULL) *respData = &piece->node;
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
    int code = refusal();
    if (code != 0) return code;
    if (callback == NULL) return AIGES_ERR_INVALID_ARG;
    struct manner manner;
    struct utterance *utterance = NULL;
    if ((code = read_request(params, reqData, psrIds, psrCnt, &manner, &utterance)) != 0) return code;
    int limit = timeout > 0 ? timeout : HOUR_MS;
    if (manner.deadline_ms > 0 && manner.deadline_ms < limit) limit = manner.deadline_ms;
    struct speech *speech = new_speech(usrTag, &manner, callback, true);
    if ((code = begin_request(speech, utterance, limit)) != 0) return code;
    release_speech(speech); /* the courier keeps it */
    pthread_mutex_unlock(&engine.lock);
    return 0;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Sessions
 * --------------------------------------------------------------------------------------------------------------- */

/* The lock is held. */
static struct speech *find_session(const void *handle) {
    uint64_t id = (uint64_t)(uintptr_t)handle;
    struct speech *speech = engine.sessions[id % SHELVES];
    while (speech != NULL && speech->id != id) speech = speech->next;
    return speech;
}

/* Returns 0 with the lock held and the session kept, or a code without the lock. */
static int enter_session(const void *handle, struct speech **speech) {
    int code = refusal();
    if (code != 0) return code;
    pthread_mutex_lock(&engine.lock);
    *speech = find_session(handle);
    if (*speech != NULL) {
        (*speech)->users++;
        return 0;
    }
    pthread_mutex_unlock(&engine.lock);
    return AIGES_ERR_UNKNOWN_HANDLE;
}

static void leave_session(struct speech *speech) {
    release_speech(speech);
    pthread_mutex_unlock(&engine.lock);
}

static int create_session(const char *tag, const struct ParamList *params, wrapperCallback callback,
                          const unsigned int *ids, int count, const void **handle) {
    int code = refusal();
    struct manner manner;
    if (code == 0) code = check_resources(ids, count);
    if (code == 0) code = read_manner(params, &manner);
    if (code != 0) return code;
    struct speech *speech = NULL;
    pthread_mutex_lock(&engine.lock);
    code = refusal();
    if (code == 0 && (speech = new_speech(tag, &manner, callback, false)) == NULL) code = AIGES_ERR_NO_MEMORY;
    if (code == 0) speech->id = ++engine.last_id;
    if (code == 0 && callback != NULL && !send_courier(speech)) {
        release_speech(speech);
        code = AIGES_ERR_NO_MEMORY;
    }
    if (code == 0) {
        enlist(speech, &engine.sessions[speech->id % SHELVES]);
        *handle = (const void *)(uintptr_t)speech->id;
    }
    pthread_mutex_unlock(&engine.lock);
    return code;
}

const void *wrapperCreate(const char *usrTag, pParamList params, wrapperCallback cb, unsigned int psrIds[], int psrCnt,
                          int *errNum) {
    const void *handle = NULL;
    int code = create_session(usrTag, params, cb, psrIds, psrCnt, &handle);
    if (errNum != NULL) *errNum = code;
    return handle;
}

int wrapperWrite(const void *handle, pDataList reqData) {
    struct speech *speech;
    int code = enter_session(handle, &speech);
    if (code != 0) return code;
    pthread_mutex_unlock(&engine.lock);
    struct utterance *utterance = NULL;
    code = read_text(reqData, &utterance);
    pthread_mutex_lock(&engine.lock);
    if (code == 0) code = speech->ended;
    if (code == 0 && speech->closed) code = SAY_ENDED;
    if (code == 0 && speech->unread > UNREAD_LIMIT) code = AIGES_ERR_BUSY;
    if (code == 0 && (utterance->length > 0 || utterance->last)) {
        post(speech, utterance);
        utterance = NULL;
    }
    leave_session(speech);
    free(utterance);
    return code;
}

/* Waits for sound as long as some is being made, at most a second; 0 with NULL when nothing is. */
int wrapperRead(const void *handle, pDataList *respData) {
    if (respData == NULL) return AIGES_ERR_INVALID_ARG;
    *respData = NULL;
    struct speech *speech;
    int code = enter_session(handle, &speech);
    if (code != 0) return code;
    struct piece *former = NULL;
    if (speech->reading) {
        code = AIGES_ERR_BUSY;
    } else {
        speech->reading = true;
        int64_t until = in_ms(READ_MS);
        while (speech->ended == 0 && speech->callback == NULL && speech->first == NULL && speech->pending > 0 &&
               now_ns() < until)
            wait_changed(until);
        speech->reading = false;
        code = speech->ended;
        if (code == 0 && speech->callback == NULL) {
            former = speech->given;
            speech->given = take_piece(speech);
            if (speech->given != NULL) *respData = &speech->given->node;
        }
    }
    leave_session(speech);
    free(former);
    return code;
}

int wrapperDestroy(const void *handle) {
    struct speech *speech;
    int code = enter_session(handle, &speech);
    if (code == AIGES_ERR_FORKED) return code;
    if (code != 0) return AIGES_ERR_UNKNOWN_HANDLE;
    end_speech(speech, AIGES_ERR_UNKNOWN_HANDLE);
    speech->ended = AIGES_ERR_UNKNOWN_HANDLE; /* also after a cancel: no callback begins from here on */
    delist(speech);
    release_speech(speech);
    leave_session(speech);
    return 0;
}

const char *wrapperDebugInfo(const void *handle) {
    struct speech *speech;
    if (enter_session(handle, &speech) != 0) return "";
    snprintf(speech->info, sizeof speech->info, "espeak session %llu: %llu pieces, %u texts to speak%s",
             (unsigned long long)speech->id, speech->published, speech->pending,
             speech->ended != 0 ? ", ended"
             : speech->complete ? ", complete"
                                : "");
    const char *info = speech->info;
    leave_session(speech);
    return info;
}

/* The speaker looks at every 200 ms of sound, that is, within a millisecond or so. */
int aiges_session_cancel(const void *handle, const char *usrTag) {
    int code = refusal();
    if (code != 0) return code;
    code = AIGES_ERR_UNKNOWN_HANDLE;
    pthread_mutex_lock(&engine.lock);
    struct speech *speech = handle != NULL ? find_session(handle) : NULL;
    if (speech != NULL) {
        end_speech(speech, SAY_CANCELLED);
        code = 0;
    }
    for (speech = engine.requests; usrTag != NULL && speech != NULL; speech = speech->next) {
        if (speech->tag == NULL || strcmp(speech->tag, usrTag) != 0) continue;
        end_speech(speech, SAY_CANCELLED);
        code = 0;
    }
    pthread_mutex_unlock(&engine.lock);
    return code;
}
