/* The engine contract: fifteen functions between an inference host and an engine. ABI 1.0.
 *
 * An engine is a shared library that exports all fifteen. A host loads it, calls wrapperInit once, then any mix of
 * one-shot calls (wrapperExec), sessions (wrapperCreate, wrapperWrite, wrapperRead, wrapperDestroy) and asynchronous
 * one-shot calls (wrapperExecAsync), and at last wrapperFini. README.md beside this file writes an engine in ten
 * minutes; csrc/engines/echo.c is the one to copy; errors.h lists the codes of aiges_native.
 *
 * How to read the headings of each function:
 *   When        at which point of the engine's life, and how often
 *   Threads     what may run at the same time
 *   parameters  who owns what the pointer names (six words, one meaning each):
 *               owned                    you must release it
 *               borrowed until X         valid until X, not yours to free
 *               transferred on success   on failure it stays with the giver
 *               copied                   the giver may free it at once
 *               kept alive by X          valid as long as X is
 *               consumed always          gone whatever is returned
 *   Returns     0 is success everywhere; any other int is a failure
 *   On failure  what is left behind
 *   Errors      codes that the Python engine of aiges_native gives; engines choose their own, outside -20001..-20199
 *   Callback    when and where a function of the host is called
 *   Since       the ABI version that brought it
 *
 * No C++ exception, longjmp, FILE* or C++ type crosses this boundary in either direction. Memory is released only by
 * the side that made it. Engines install no signal handler and leave cwd, locale, umask and stdout alone. */
#ifndef __AIGES_WRAPPER_H__
#define __AIGES_WRAPPER_H__

#include "aiges/type.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef WrapperAPI
#define WrapperAPI __attribute__((visibility("default")))
#endif

/* ------------------------------------------------------------------------------------------------------------------
 * Functions that the host gives to the engine
 * --------------------------------------------------------------------------------------------------------------- */

/* Delivers a result of a session created with a callback, or of wrapperExecAsync.
 * When:       0..n times per session, once per wrapperExecAsync. The call with ret != 0, or with any node of status
 *             DataEnd or DataOnce, is the final one; none follows.
 * Threads:    any thread, also inline before the starting function returns. The engine serialises calls of one tag.
 * usrTag:     borrowed until return; equal in content, not in address, to the tag of the starting call; may be NULL.
 * respData:   borrowed until return; NULL when ret != 0. The engine frees it.
 * ret:        0, or the failure code; the host may call wrapperError(ret) from inside.
 * Returns:    0 taken; anything else: the host does not know this tag (any more). Not an error, not retried.
 * On failure: -
 * Errors:     -
 * Since:      ABI 1.0 */
typedef int (*wrapperCallback)(const void *usrTag, pDataList respData, int ret);

/* Counts a custom meter (CTMeterCustom).
 * When:       any time after it was set.
 * Threads:    any thread, concurrently.
 * usrTag, meterKey: borrowed until return, NUL-terminated.
 * count:      units to add.
 * Returns:    0, or the host's code.
 * On failure: -
 * Errors:     -
 * Since:      ABI 1.0 */
typedef int (*wrapperMeterCustom)(const void *usrTag, const char *meterKey, int count);

/* Adds a key and value to the trace of a request (CTTraceLog).
 * When, Threads, Returns, Since: as wrapperMeterCustom.
 * usrTag, key, value: borrowed until return, NUL-terminated.
 * On failure: -
 * Errors:     - */
typedef int (*wrapperTraceLog)(const char *usrTag, const char *key, const char *value);

/* ------------------------------------------------------------------------------------------------------------------
 * Life of the engine
 * --------------------------------------------------------------------------------------------------------------- */

/* Hands a function of the host to the engine.
 * When:       0..n times, in any state, also before wrapperInit. The last one wins and takes effect at once.
 * Threads:    concurrently with everything.
 * type:       which function; unknown values are ignored.
 * func:       borrowed until replaced or the process ends; NULL unsets.
 * Returns:    0.
 * On failure: nothing changed.
 * Errors:     none.
 * Since:      ABI 1.0 */
WrapperAPI int wrapperSetCtrl(CtrlType type, void *func);
typedef int (*wrapperSetCtrlPtr)(CtrlType type, void *func);

/* Starts the engine: reads its configuration, loads its models. May take minutes.
 * When:       once per life, before everything but wrapperSetCtrl; again after a failed one or after wrapperFini.
 * Threads:    alone.
 * cfg:        borrowed until return; may be NULL.
 * Returns:    0, the engine is ready; else a code.
 * On failure: not ready. wrapperError(code) gives the cause; every other call fails with a code until a wrapperInit
 *             succeeds. (Hosts exist that go on serving: it must not crash.)
 * Errors:     ALREADY_INIT, INTERPRETER, MODULE_MISSING, MODULE_BROKEN, CLASS_MISSING, CONSTRUCTOR, SIGNATURE,
 *             WRAPPER_RAISED, BAD_RETURN, FORKED; the wrapper's own.
 * Since:      ABI 1.0 */
WrapperAPI int wrapperInit(pConfig cfg);
typedef int (*wrapperInitPtr)(pConfig cfg);

/* Stops the engine and releases what it holds.
 * When:       once, last, when all sessions have ended; idempotent, harmless before wrapperInit. Often on another
 *             thread than wrapperInit.
 * Threads:    alone.
 * Returns:    0 or a code; the engine is stopped in any case.
 * On failure: stopped.
 * Errors:     BUSY (called from inside a callback: nothing was stopped), WRAPPER_RAISED, FORKED; the wrapper's own.
 * Callback:   sessions that are still open are dropped; no callback begins after it returned.
 * Since:      ABI 1.0 */
WrapperAPI int wrapperFini(void);
typedef int (*wrapperFiniPtr)(void);

/* Text for a code.
 * When:       after any failure, in any state, also inside a wrapperCallback.
 * Threads:    concurrently with everything.
 * errNum:     any int.
 * Returns:    text, borrowed until the library is unloaded; never NULL.
 * On failure: a generic text.
 * Errors:     -
 * Since:      ABI 1.0 */
WrapperAPI const char *wrapperError(int errNum);
typedef const char *(*wrapperErrorPtr)(int errNum);

/* Version of the engine, "MAJOR.MINOR.PATCH" first.
 * When:       any time, in any state.
 * Threads:    concurrently with everything.
 * Returns:    static text; never NULL.
 * On failure: -
 * Errors:     -
 * Since:      ABI 1.0 */
WrapperAPI const char *wrapperVersion(void);
typedef const char *(*wrapperVersionPtr)(void);

/* ------------------------------------------------------------------------------------------------------------------
 * Personalised resources
 * --------------------------------------------------------------------------------------------------------------- */

/* Loads a resource that requests may name by its id (psrIds).
 * When:       any time while ready.
 * Threads:    concurrently with everything but a wrapperLoadRes/wrapperUnloadRes of the same id.
 * perData:    borrowed until return; first node: type DataPer, status DataEnd, desc `patch_id` = the resource's name.
 * resId:      the id; a second load of the same id replaces the first.
 * Returns:    0 or a code.
 * On failure: the former resource of this id stays.
 * Errors:     NOT_READY, STOPPING, FORKED, INVALID_ARG, NO_MEMORY, WRAPPER_RAISED, BAD_RETURN; the wrapper's own.
 * Since:      ABI 1.0 */
WrapperAPI int wrapperLoadRes(pDataList perData, unsigned int resId);
typedef int (*wrapperLoadResPtr)(pDataList perData, unsigned int resId);

/* Releases a resource.
 * When:       after a wrapperLoadRes of this id.
 * Threads:    as wrapperLoadRes.
 * resId:      the id.
 * Returns:    0 or a code.
 * On failure: the id is free in any case.
 * Errors:     NOT_READY, STOPPING, FORKED, UNKNOWN_RESOURCE, WRAPPER_RAISED, BAD_RETURN; the wrapper's own.
 * Since:      ABI 1.0 */
WrapperAPI int wrapperUnloadRes(unsigned int resId);
typedef int (*wrapperUnloadResPtr)(unsigned int resId);

/* ------------------------------------------------------------------------------------------------------------------
 * Sessions (streaming)
 * --------------------------------------------------------------------------------------------------------------- */

/* Opens a session.
 * When:       once per session, while ready.
 * Threads:    concurrently with everything.
 * usrTag:     borrowed until return; NUL-terminated or NULL; given back in cb.
 * params:     borrowed until return; `sid` names the session in logs.
 * cb:         NULL: results are fetched with wrapperRead. Else kept until the final callback or wrapperDestroy.
 * psrIds:     borrowed until return; psrCnt resource ids, none if psrCnt <= 0.
 * errNum:     out only; written on failure, and 0 on success; NULL is survived, the code is lost then.
 * Returns:    a handle, owned by the host until wrapperDestroy; or NULL.
 * On failure: NULL and *errNum != 0; nothing to release, no wrapperDestroy.
 * Errors:     NOT_READY, STOPPING, FORKED, INVALID_ARG, NO_MEMORY, METHOD_MISSING, WRAPPER_RAISED, BAD_RETURN; the
 *             wrapper's own.
 * Callback:   may run before this returns.
 * Since:      ABI 1.0 */
WrapperAPI const void *wrapperCreate(const char *usrTag, pParamList params, wrapperCallback cb, unsigned int psrIds[],
                                     int psrCnt, int *errNum);
typedef const void *(*wrapperCreatePtr)(const char *usrTag, pParamList params, wrapperCallback cb,
                                        unsigned int psrIds[], int psrCnt, int *errNum);

/* Feeds a session.
 * When:       1..n times per session.
 * Threads:    one call per handle at a time; any thread.
 * handle:     borrowed until return.
 * reqData:    borrowed until return: copy what is needed later.
 * Returns:    0 or a code.
 * On failure: the session stays valid; hosts usually destroy it.
 * Errors:     NOT_READY, STOPPING, FORKED, UNKNOWN_HANDLE, INVALID_ARG, NO_MEMORY, WRAPPER_RAISED, BAD_RETURN; the
 *             wrapper's own.
 * Callback:   may run before this returns.
 * Since:      ABI 1.0 */
WrapperAPI int wrapperWrite(const void *handle, pDataList reqData);
typedef int (*wrapperWritePtr)(const void *handle, pDataList reqData);

/* Fetches results of a session opened without a callback.
 * When:       any number of times per session. May block until there is a result.
 * Threads:    one call per handle at a time; any thread.
 * handle:     borrowed until return.
 * respData:   NULL on entry. Receives a list kept alive by the engine: borrowed until the next wrapperRead or
 *             wrapperDestroy of this handle. A wrapperWrite does not end it. The host writes nothing to it.
 * Returns:    0 with a list; 0 with NULL: nothing ready yet; or a code. Each datum is given once; the last piece
 *             carries DataEnd or DataOnce.
 * On failure: *respData NULL.
 * Errors:     as wrapperWrite; BUSY (another wrapperRead of this handle runs), BAD_RESPONSE, TOO_LARGE.
 * Since:      ABI 1.0 */
WrapperAPI int wrapperRead(const void *handle, pDataList *respData);
typedef int (*wrapperReadPtr)(const void *handle, pDataList *respData);

/* Ends a session.
 * When:       exactly once per successful wrapperCreate.
 * Threads:    one call per handle at a time; any thread. The Python engine survives one during wrapperWrite or
 *             wrapperRead of the same handle.
 * handle:     consumed always.
 * Returns:    0 or a code.
 * On failure: the handle is gone in any case.
 * Errors:     UNKNOWN_HANDLE, FORKED, WRAPPER_RAISED, BAD_RETURN; the wrapper's own.
 * Callback:   none begins after it returned.
 * Since:      ABI 1.0 */
WrapperAPI int wrapperDestroy(const void *handle);
typedef int (*wrapperDestroyPtr)(const void *handle);

/* ------------------------------------------------------------------------------------------------------------------
 * One-shot calls
 * --------------------------------------------------------------------------------------------------------------- */

/* Runs one request and waits for its result.
 * When:       any time while ready.
 * Threads:    concurrently with everything.
 * usrTag:     borrowed until return; NUL-terminated or NULL.
 * params:     borrowed until return.
 * reqData:    borrowed until return.
 * respData:   NULL on entry; receives a list, transferred on success: give its head back with wrapperExecFree.
 * psrIds:     borrowed until return; psrCnt resource ids, none if psrCnt <= 0.
 * Returns:    0 with a list, or a code. Every node's status is DataOnce.
 * On failure: *respData NULL; no wrapperExecFree.
 * Errors:     NOT_READY, STOPPING, FORKED, INVALID_ARG, NO_MEMORY, TOO_LARGE, METHOD_MISSING, WRAPPER_RAISED,
 *             BAD_RETURN, BAD_RESPONSE, EMPTY_RESPONSE; the wrapper's own.
 * Since:      ABI 1.0 */
WrapperAPI int wrapperExec(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData,
                           unsigned int psrIds[], int psrCnt);
typedef int (*wrapperExecPtr)(const char *usrTag, pParamList params, pDataList reqData, pDataList *respData,
                              unsigned int psrIds[], int psrCnt);

/* Gives the result of wrapperExec back.
 * When:       once per successful wrapperExec, in any state, also with a NULL list.
 * Threads:    concurrently with everything, also on another thread than wrapperExec.
 * usrTag:     not read: it may dangle.
 * respData:   address of the head that wrapperExec gave; consumed always and set to NULL.
 * Returns:    0.
 * On failure: INVALID_ARG if respData itself is NULL.
 * Errors:     INVALID_ARG.
 * Since:      ABI 1.0 */
WrapperAPI int wrapperExecFree(const char *usrTag, pDataList *respData);
typedef int (*wrapperExecFreePtr)(const char *usrTag, pDataList *respData);

/* Starts one request; its result comes through the callback.
 * When:       any time while ready; returns soon.
 * Threads:    concurrently with everything.
 * usrTag:     copied; NUL-terminated or NULL.
 * params, reqData, psrIds: borrowed until return: the engine copies what it needs later.
 * callback:   kept until the final callback; not NULL.
 * timeout:    ms; <= 0: the engine's own limit. When it passes, the callback gets TIMEOUT.
 * Returns:    0: exactly one final callback follows. Or a code: none does.
 * On failure: no callback.
 * Errors:     NOT_READY, STOPPING, FORKED, INVALID_ARG, NO_MEMORY, METHOD_MISSING, WRAPPER_RAISED, BAD_RETURN; the
 *             wrapper's own. Through the callback also TIMEOUT and BAD_RESPONSE.
 * Callback:   may run before this returns.
 * Since:      ABI 1.0 */
WrapperAPI int wrapperExecAsync(const char *usrTag, pParamList params, pDataList reqData, wrapperCallback callback,
                                int timeout, unsigned int psrIds[], int psrCnt);
typedef int (*wrapperExecAsyncPtr)(const char *usrTag, pParamList params, pDataList reqData, wrapperCallback callback,
                                   int timeout, unsigned int psrIds[], int psrCnt);

/* Text for people about a session.
 * When:       any time, in any state.
 * Threads:    one call per handle at a time.
 * handle:     borrowed until return; an unknown or NULL handle gives "".
 * Returns:    text, borrowed until the next wrapperDebugInfo or wrapperDestroy of the handle. Hosts tolerate NULL.
 * On failure: "".
 * Errors:     -
 * Since:      ABI 1.0 */
WrapperAPI const char *wrapperDebugInfo(const void *handle);
typedef const char *(*wrapperDebugInfoPtr)(const void *handle);

/* ------------------------------------------------------------------------------------------------------------------
 * Optional functions: found with dlsym; absent means "not supported"
 * --------------------------------------------------------------------------------------------------------------- */

/* Version of the contract that the engine was built for: AIGES_ABI_VERSION of its headers. Absent: 1.0.
 * When:       any time, in any state.
 * Threads:    concurrently with everything.
 * Returns:    major * 65536 + minor. Engines of the same major are compatible.
 * On failure: -
 * Errors:     -
 * Since:      ABI 1.0, optional */
typedef unsigned int (*aiges_abi_version_fn)(void);

/* Tells the engine that nobody waits for a session or a one-shot request any more.
 * When:       any time, also after the end; idempotent.
 * Threads:    concurrently with everything; returns within 1 ms and takes no lock that a request may hold.
 * handle:     the session, or NULL. usrTag: the one-shot request, or the session that wrapperCreate is still making, or
 *             NULL. Borrowed until return.
 * Returns:    0, or UNKNOWN_HANDLE when nothing of that name is running.
 * On failure: nothing changed.
 * Errors:     UNKNOWN_HANDLE, NOT_READY.
 * Callback:   the request still ends with its own final callback.
 * Since:      ABI 1.0, optional */
typedef int (*aiges_session_cancel_fn)(const void *handle, const char *usrTag);

#ifdef __cplusplus
}
#endif

#endif /* __AIGES_WRAPPER_H__ */
