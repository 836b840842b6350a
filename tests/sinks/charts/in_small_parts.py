"""The charts process with a rebuild of many steps, as one of millions of events has, and with sums of its
table whenever they can be made: python -m tests.sinks.charts.in_small_parts charts
"""

from datetime import timedelta

from sinks.__main__ import main
from sinks.charts import day_sums, merging, rebuild, tidying

EVENTS_A_PART = 80

if __name__ == "__main__":
    rebuild.EVENTS_A_PART = EVENTS_A_PART
    merging.FEW = day_sums.FEW = 10
    tidying._EVERY, tidying._RESTS = timedelta(seconds=0.5), 1
    main()
