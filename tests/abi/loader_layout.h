/* Numbers of loader.h and instance.h that other languages rely on: members are only ever appended. */
#include <stddef.h>

#include "aiges/instance.h"
#include "aiges/loader.h"

#ifdef __cplusplus
#define HOLDS(condition) static_assert(condition, #condition)
#else
#define HOLDS(condition) _Static_assert(condition, #condition)
#endif

HOLDS(offsetof(aiges_call, usr_tag) == 8 && offsetof(aiges_call, params) == 16 && offsetof(aiges_call, request) == 24);
HOLDS(offsetof(aiges_call, psr_ids) == 32 && offsetof(aiges_call, psr_count) == 40);
HOLDS(offsetof(aiges_call, timeout_ms) == 44 && offsetof(aiges_call, deadline_ms) == 48);
HOLDS(offsetof(aiges_open_options, search_path) == 8 && offsetof(aiges_open_options, python_library) == 16);
HOLDS(offsetof(aiges_buffer, retain) == 8 && offsetof(aiges_buffer, release) == 16);
HOLDS(offsetof(aiges_buffer, magic) == 24 && offsetof(aiges_buffer, data) == 32 &&
      offsetof(aiges_buffer, length) == 40);
HOLDS(offsetof(aiges_stats, name) == 8 && offsetof(aiges_stats, calls) == 72);
HOLDS(offsetof(aiges_instance_api, create) == 8);
