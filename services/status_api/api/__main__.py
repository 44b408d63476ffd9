"""`python -m services.status_api.api`: the OpenAPI document on standard output."""

import json
import sys

from services.status_api.api.openapi import document

sys.stdout.write(json.dumps(document(), ensure_ascii=False) + "\n")
