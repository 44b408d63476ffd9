"""The HTML pages that GLPI sends where JSON was asked for."""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
   <title>{title} - GLPI</title>
   <meta charset="utf-8">
</head>
<body>
   <h1>{title}</h1>
   <p>{text}</p>
</body>
</html>
"""


def maintenance_page() -> str:
    """The page of the maintenance mode (status 200 in both releases)."""
    return _PAGE.format(title="MAINTENANCE MODE", text="Service is down for maintenance. It will be back shortly.")


def database_page(version: str) -> str:
    """The page shown when the database does not answer."""
    title = "Mysql Error" if version == "10" else "Error"
    return _PAGE.format(title=title, text="A link to the SQL server could not be established.")


def crash_page() -> str:
    """GLPI 11's page for an uncaught error."""
    return _PAGE.format(title="Error", text="An unexpected error occurred.")
