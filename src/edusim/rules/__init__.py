"""The rules of a school year, one process of the policy text a file.

Rules decide first, then record, then apply: a discrete decision (who, from where, to where, under
which clause, at what cost) is a small table before anything changes, and what cannot be paid does not
happen. Rules read the law of the year (:class:`~edusim.parameters.Law`), draw keyed numbers and call
the compiled loops of :mod:`edusim.equations`. They never import one another.
"""
