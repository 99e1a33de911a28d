/* Was built for another major version of the contract. */
#include "good.h"
WrapperAPI unsigned int aiges_abi_version(void);
unsigned int aiges_abi_version(void) { return 2 * 65536; }
