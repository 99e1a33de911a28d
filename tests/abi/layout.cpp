#include "layout.h"

#include <type_traits>

static_assert(std::is_same<pConfig, ParamList*>::value && std::is_same<pDescList, ParamList*>::value, "one list type");
static_assert(std::is_standard_layout<DataList>::value && std::is_trivial<DataList>::value, "a plain C structure");

int main() { return 0; }
