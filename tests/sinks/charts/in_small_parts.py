"""The charts process with a rebuild of many steps, as one of millions of events has:
python -m tests.sinks.charts.in_small_parts charts
"""

from sinks.__main__ import main
from sinks.charts import merging, rebuild

EVENTS_A_PART = 80

if __name__ == "__main__":
    rebuild.EVENTS_A_PART = EVENTS_A_PART
    merging.FEW = 10
    main()
