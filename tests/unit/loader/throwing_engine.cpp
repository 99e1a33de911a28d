// An engine that breaks the contract: its wrapperExec throws.
#include <stdexcept>

#include "aiges/wrapper.h"

int wrapperSetCtrl(CtrlType, void*) { return 0; }
int wrapperInit(pConfig) { return 0; }
int wrapperFini() { return 0; }
const char* wrapperError(int) { return nullptr; }
const char* wrapperVersion() { return nullptr; }
int wrapperLoadRes(pDataList, unsigned int) { return 0; }
int wrapperUnloadRes(unsigned int) { return 0; }
const void* wrapperCreate(const char*, pParamList, wrapperCallback, unsigned int[], int, int*) {
    throw std::runtime_error("thrown by wrapperCreate");
}
int wrapperWrite(const void*, pDataList) { return 0; }
int wrapperRead(const void*, pDataList*) { return 0; }
int wrapperDestroy(const void*) { return 0; }
int wrapperExec(const char*, pParamList, pDataList, pDataList*, unsigned int[], int) {
    throw std::runtime_error("thrown by wrapperExec");
}
int wrapperExecFree(const char*, pDataList*) { return 0; }
int wrapperExecAsync(const char*, pParamList, pDataList, wrapperCallback, int, unsigned int[], int) { throw 1; }
const char* wrapperDebugInfo(const void*) { return nullptr; }
