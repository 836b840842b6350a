"""The safe Faust driver: runs pure steps in cycles, so that a crash anywhere loses nothing.

A cycle takes the records that wait, runs the step on each, and then in this order, always: outputs
delivered, states in the changelog, local store, positions to commit. Faust 0.15.3 gives group
membership, the assignment of table partitions and the worker; every record passes our code only.
"""
