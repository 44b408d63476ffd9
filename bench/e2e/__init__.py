"""The whole pipeline on one machine, and Celery doing nothing beside it: `python -m bench.e2e`."""
