"""Arrays as plain pointers: compiled functions hand them on in registers, without counting references.

The array must be kept alive by whoever asks for its pointer; an index is not checked.
"""

from __future__ import annotations

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def pointer_to(typing_context, array):  # noqa: ARG001
    """Return the pointer to the first entry of an array."""
    signature = types.CPointer(array.dtype)(array)

    def code(context, builder, called, arguments):
        made = cgutils.create_struct_proxy(called.args[0])(context, builder, value=arguments[0])
        return made.data

    return signature, code
