// Lets a C++ exception out of a C function.
#define OWN_EXEC
#include "good.h"

#include <stdexcept>

int wrapperExec(const char*, pParamList, pDataList, pDataList*, unsigned int[], int) {
    throw std::runtime_error("thrown out of wrapperExec");
}
