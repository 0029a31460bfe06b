"""The only package that opens a socket to a cluster; it knows no schema.

``config`` says where a cluster is and who asks, ``request`` what is asked: both values. ``session`` asks. ``api`` has
the verbs, and ``discovery``, ``lease`` and ``events`` what is made of them.
"""
