/* Forgets one of the fifteen: there is no wrapperExec. */
#define OWN_EXEC
#include "good.h"
