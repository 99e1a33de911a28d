import os
import a_library_that_is_not_there
from aiges.sdk import *


class Wrapper(WrapperBase):
    pass
