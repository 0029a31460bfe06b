"""A controller engine that has never heard of federation, nor of HTTP.

``watch`` makes one endless stream of listing and watching, ``store`` folds it into the latest state, ``workqueue`` has
the keys that are to be looked at, and ``controller`` puts these together: the contract is there. ``backoff`` and
``breaker`` say when to ask again, ``log`` how lines are written.
"""
