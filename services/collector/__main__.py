"""`python -m services.collector`."""

from services.collector.service import CollectorService
from services.collector.settings import CollectorSettings
from shared.service.run import main

main(CollectorService, CollectorSettings)
