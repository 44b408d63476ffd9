"""python -m services.status_api."""

from services.status_api.service import StatusApi
from services.status_api.settings import StatusApiSettings
from shared.service.run import main

main(StatusApi, StatusApiSettings)
