/* Version of the project and of the engine ABI.
 *
 * The two move separately: AIGES_ABI_* changes only when a symbol or a structure is added to the contract (minor) or
 * when the contract itself changes (major, which would be a different library name). */
#ifndef AIGES_VERSION_H
#define AIGES_VERSION_H

#define AIGES_VERSION_MAJOR 0
#define AIGES_VERSION_MINOR 1
#define AIGES_VERSION_PATCH 0
#define AIGES_VERSION_STRING "0.1.0"

#define AIGES_ABI_MAJOR 1
#define AIGES_ABI_MINOR 0

/* What aiges_abi_version() of an engine returns: major * 65536 + minor. */
#define AIGES_ABI_VERSION (AIGES_ABI_MAJOR * 65536 + AIGES_ABI_MINOR)

#endif /* AIGES_VERSION_H */
