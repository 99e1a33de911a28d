# include/aiges/type.h, one to one. Enumerators are ints: unknown values are carried through.

cdef extern from "aiges/type.h" nogil:
    cdef struct ParamList:
        char *key
        char *value
        unsigned int vlen
        ParamList *next
    ctypedef ParamList *pParamList
    ctypedef ParamList *pConfig
    ctypedef ParamList *pDescList

    ctypedef int DataType
    ctypedef int DataStatus
    ctypedef int CtrlType
    int DataText, DataAudio, DataImage, DataVideo, DataPer
    int DataBegin, DataContinue, DataEnd, DataOnce

    cdef struct DataList:
        char *key
        void *data
        unsigned int len
        DataType type
        DataStatus status
        pDescList desc
        DataList *next
    ctypedef DataList *pDataList
