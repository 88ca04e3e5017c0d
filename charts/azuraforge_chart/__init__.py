"""Writes the generated files of the Helm chart: `make manifests`.

The values' models here are the one source of ``values.yaml``, its schema and the table in the
chart's README; the custom resource comes from the contract, the descriptors from the plugins.

Never here: anything that runs in a cluster. No image contains this package.
"""
