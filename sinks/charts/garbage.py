"""How often Python looks for what nobody refers to but in a circle.

A batch is tens of thousands of lists and dicts, none in a circle. Python's defaults look through the
new ones after each 700, and through all there are every few batches: an eighth of what writing cost.
"""

import gc

# Lists, dicts and the like that are made and not yet gone: more than a full batch is at a time.
NEW = 200_000
_OLDER, _OLDEST = 10, 10  # Python's own: every so many of the lesser searches


def look_rarely() -> None:
    """Called when all that lasts is made: that is never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW, _OLDER, _OLDEST)
