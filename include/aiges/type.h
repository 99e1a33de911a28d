/* Data types of the AIGES engine ABI 1.0: parameter lists, data lists and their enumerations.
 *
 * Layout is frozen (LP64, natural alignment, no packing) and checked at compile time below: an engine or a host built
 * against any AIGES header since 3.0 exchanges these structures with ours byte for byte.
 *
 * Rules that hold for every list:
 *   - An empty list has two valid forms: a NULL head, or one node whose key is NULL (value/data NULL, length 0).
 *   - Text is NUL-terminated, UTF-8 by custom, not by guarantee.
 *   - The order of a ParamList means nothing; of equal keys the first wins. The order of a DataList, and equal keys in
 *     it, are kept.
 *   - Unknown enumerator values are carried through, not rejected. In C++, read and write them as int. */
#ifndef __AIGES_TYPE_H__
#define __AIGES_TYPE_H__

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which function wrapperSetCtrl hands over. */
typedef enum {
    CTMeterCustom = 0, /* wrapperMeterCustom */
    CTMetricsLog = 1,  /* reserved: accepted and ignored */
    CTTraceLog = 2     /* wrapperTraceLog */
} CtrlType;

/* What a data node holds. */
typedef enum {
    DataText = 0,
    DataAudio = 1,
    DataImage = 2,
    DataVideo = 3,
    DataPer = 4 /* personalised resource (wrapperLoadRes); elsewhere: opaque bytes */
} DataType;

/* Where a data node stands in its stream. DataOnce is a stream of one piece. */
typedef enum { DataBegin = 0, DataContinue = 1, DataEnd = 2, DataOnce = 3 } DataStatus;

/* One key and its text: engine configuration, request parameters, attributes of a data node.
 * The value is `vlen` bytes when vlen is not 0 (one trailing NUL is not counted), else it ends at its NUL.
 * A NULL value reads as "". */
typedef struct ParamList {
    char *key;
    char *value;
    unsigned int vlen;
    struct ParamList *next;
} *pParamList, *pConfig, *pDescList;

/* One named piece of data. `data` is `len` bytes without a terminator; with len 0 the pointer is not read. */
typedef struct DataList {
    char *key;
    void *data;
    unsigned int len;
    DataType type;
    DataStatus status;
    pDescList desc;
    struct DataList *next;
} *pDataList;

#ifdef __cplusplus
}
#define AIGES_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define AIGES_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

AIGES_STATIC_ASSERT(sizeof(void *) == 8, "the ABI is defined for LP64 only");
AIGES_STATIC_ASSERT(sizeof(CtrlType) == 4 && sizeof(DataType) == 4 && sizeof(DataStatus) == 4,
                    "enumerations are 4 bytes: do not build with -fshort-enums");
AIGES_STATIC_ASSERT(sizeof(struct ParamList) == 32, "struct ParamList is 32 bytes");
AIGES_STATIC_ASSERT(offsetof(struct ParamList, key) == 0 && offsetof(struct ParamList, value) == 8 &&
                        offsetof(struct ParamList, vlen) == 16 && offsetof(struct ParamList, next) == 24,
                    "offsets of struct ParamList");
AIGES_STATIC_ASSERT(sizeof(struct DataList) == 48, "struct DataList is 48 bytes");
AIGES_STATIC_ASSERT(offsetof(struct DataList, key) == 0 && offsetof(struct DataList, data) == 8 &&
                        offsetof(struct DataList, len) == 16 && offsetof(struct DataList, type) == 20 &&
                        offsetof(struct DataList, status) == 24 && offsetof(struct DataList, desc) == 32 &&
                        offsetof(struct DataList, next) == 40,
                    "offsets of struct DataList");

#endif /* __AIGES_TYPE_H__ */
