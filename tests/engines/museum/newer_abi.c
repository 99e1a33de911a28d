/* Not bad at all: a later minor version of the same contract, which has to load. */
#include "good.h"
WrapperAPI unsigned int aiges_abi_version(void);
unsigned int aiges_abi_version(void) { return 1 * 65536 + 900; }
