"""`python -m services.scheduler`."""

from services.scheduler.service import Scheduler
from services.scheduler.settings import SchedulerSettings
from shared.service.run import main

main(Scheduler, SchedulerSettings)
