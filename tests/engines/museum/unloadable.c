/* Was linked without a library that it needs: a symbol is found nowhere. */
#define OWN_INIT
#include "good.h"
int exhibit_needs_this_function(void);
int wrapperInit(pConfig cfg) { return (void)cfg, exhibit_needs_this_function(); }
