/* wrapperFini fails. */
#define OWN_FINI
#include "good.h"
int wrapperFini(void) { return 55; }
