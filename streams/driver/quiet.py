"""The logger of everything that is Faust's: its talk of starting and stopping is not ours to tell.

A subclass of a Faust service would else log under its own module's name, at our level.
"""

import logging

FAUST_LOG = logging.getLogger("faust")
