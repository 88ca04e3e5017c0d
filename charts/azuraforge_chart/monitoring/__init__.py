"""Dashboards and alerts as code: what Grafana shows, and when somebody is called.

Written into the chart's files by ``make manifests``; every query of them runs in a test against a
Prometheus and a Loki that real jobs have filled.
"""
