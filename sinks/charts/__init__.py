"""Events into ClickHouse, and charts out of it: writer, fold, migrations, views, the charts API.

Only the process of `python -m sinks charts` opens ClickHouse; every other command asks it by HTTP.
"""
