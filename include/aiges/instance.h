/* Optional extension for engine libraries: many engines in one library. Since ABI 1.0.
 *
 * The fifteen functions of wrapper.h have no "which engine" parameter: a library is one engine. A library that exports
 * aiges_instance_functions offers the same functions with an instance as first parameter, so that one process can run
 * several engines from it (this is how libaiges.so runs several Python wrappers through one libwrapper.so). The fifteen
 * functions then act on a default instance.
 *
 * Every function means what its namesake in wrapper.h means; states, threads and ownership are per instance. */
#ifndef AIGES_INSTANCE_H
#define AIGES_INSTANCE_H

#include <stdint.h>

#include "aiges/wrapper.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct aiges_instance aiges_instance;

typedef struct aiges_instance_api {
    uint32_t version, size;               /* 1; readers touch nothing beyond size */
    aiges_instance *(*create)(void);      /* NULL: no memory. Owned until destroy */
    int (*destroy)(aiges_instance *self); /* consumed on 0; AIGES_ERR_BUSY while it is READY or in a call */
    /* Lets the engine add to the counters of csrc/stats: `slot` is kept until destroy. INVALID_ARG: other layout. */
    int (*attach_stats)(aiges_instance *self, void *slot, uint32_t layout);
    int (*set_ctrl)(aiges_instance *self, CtrlType type, void *func);
    int (*init)(aiges_instance *self, pConfig cfg);
    int (*fini)(aiges_instance *self);
    const char *(*error)(aiges_instance *self, int code);
    const char *(*engine_version)(aiges_instance *self);
    int (*load_res)(aiges_instance *self, pDataList data, unsigned int id);
    int (*unload_res)(aiges_instance *self, unsigned int id);
    const void *(*session_create)(aiges_instance *self, const char *usr_tag, pParamList params, wrapperCallback cb,
                                  unsigned int psr_ids[], int psr_count, int *error);
    int (*session_write)(aiges_instance *self, const void *handle, pDataList data);
    int (*session_read)(aiges_instance *self, const void *handle, pDataList *response);
    int (*session_destroy)(aiges_instance *self, const void *handle);
    int (*exec)(aiges_instance *self, const char *usr_tag, pParamList params, pDataList data, pDataList *response,
                unsigned int psr_ids[], int psr_count);
    int (*exec_free)(aiges_instance *self, const char *usr_tag, pDataList *response);
    int (*exec_async)(aiges_instance *self, const char *usr_tag, pParamList params, pDataList data,
                      wrapperCallback callback, int timeout_ms, unsigned int psr_ids[], int psr_count);
    const char *(*debug_info)(aiges_instance *self, const void *handle);
    int (*cancel)(aiges_instance *self, const void *handle, const char *usr_tag);
} aiges_instance_api;

/* The functions of this library; static, never NULL. */
typedef const aiges_instance_api *(*aiges_instance_functions_fn)(void);

#ifdef __cplusplus
}
#endif

#endif /* AIGES_INSTANCE_H */
