"""How good a model is: metrics, probes of embeddings, the protocol, reports.

:mod:`~kinefuse.evaluate.metrics` and :mod:`~kinefuse.evaluate.probes` take arrays, and tensors on
the CPU as well; they know neither stores nor networks.
"""
