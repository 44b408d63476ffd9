"""Names of the MIBs' numbers: RFC 2790, RFC 3805 and IANA-PRINTER-MIB. A number without a name is told as a number."""

from collections.abc import Mapping

DEVICE_STATUS = {1: "unknown", 2: "running", 3: "warning", 4: "testing", 5: "down"}
PRINTER_STATUS = {1: "other", 2: "unknown", 3: "idle", 4: "printing", 5: "warmup"}

# hrPrinterDetectedErrorState: bit 0 is 0x80 of the first octet.
ERROR_BITS = (
    "lowPaper", "noPaper", "lowToner", "noToner", "doorOpen", "jammed", "offline", "serviceRequested",
    "inputTrayMissing", "outputTrayMissing", "markerSupplyMissing", "outputNearFull", "outputFull",
    "inputTrayEmpty", "overduePreventMaint",
)  # fmt: skip

SUPPLY_TYPES = {
    1: "other", 2: "unknown", 3: "toner", 4: "wasteToner", 5: "ink", 6: "inkCartridge", 7: "inkRibbon", 8: "wasteInk",
    9: "opc", 10: "developer", 11: "fuserOil", 12: "solidWax", 13: "ribbonWax", 14: "wasteWax", 15: "fuser",
    16: "coronaWire", 17: "fuserOilWick", 18: "cleanerUnit", 19: "fuserCleaningPad", 20: "transferUnit",
    21: "tonerCartridge", 22: "fuserOiler", 23: "water", 24: "wasteWater", 25: "glueWaterAdditive", 26: "wastePaper",
    27: "bindingSupply", 28: "bandingSupply", 29: "stitchingWire", 30: "shrinkWrap", 31: "paperWrap", 32: "staples",
    33: "inserts", 34: "covers", 35: "matteToner", 36: "matteInk",
}  # fmt: skip
CLASS_CONSUMED, CLASS_RECEPTACLE = 3, 4

# PrtMarkerSuppliesSupplyUnitTC, PrtCapacityUnitTC and PrtMarkerCounterUnitTC share their numbers.
UNITS = {
    1: "other", 2: "unknown", 3: "tenThousandthsOfInches", 4: "micrometers", 7: "impressions", 8: "sheets",
    11: "hours", 12: "thousandthsOfOunces", 13: "tenthsOfGrams", 14: "hundredthsOfFluidOunces",
    15: "tenthsOfMilliliters", 16: "feet", 17: "meters", 18: "items", 19: "percent",
}  # fmt: skip

COVER_STATUS = {1: "other", 2: "unknown", 3: "coverOpen", 4: "coverClosed", 5: "interlockOpen", 6: "interlockClosed"}
SEVERITIES = {1: "other", 3: "critical", 4: "warning", 5: "warningBinaryChangeEvent"}
ALERT_GROUPS = {
    1: "other", 3: "hostResourcesMIBStorageTable", 4: "hostResourcesMIBDeviceTable", 5: "generalPrinter", 6: "cover",
    7: "localization", 8: "input", 9: "output", 10: "marker", 11: "markerSupplies", 12: "markerColorant",
    13: "mediaPath", 14: "channel", 15: "interpreter", 16: "consoleDisplayBuffer", 17: "consoleLights", 18: "alert",
    30: "finDevice", 31: "finSupply", 32: "finSupplyMediaInput", 33: "finAttribute",
}  # fmt: skip
ALERT_CODES = {
    1: "other", 2: "unknown", 3: "coverOpen", 4: "coverClosed", 5: "interlockOpen", 6: "interlockClosed",
    7: "configurationChange", 8: "jam", 9: "subunitMissing", 10: "subunitLifeAlmostOver", 11: "subunitLifeOver",
    12: "subunitAlmostEmpty", 13: "subunitEmpty", 14: "subunitAlmostFull", 15: "subunitFull", 16: "subunitNearLimit",
    17: "subunitAtLimit", 18: "subunitOpened", 19: "subunitClosed", 20: "subunitTurnedOn", 21: "subunitTurnedOff",
    22: "subunitOffline", 23: "subunitPowerSaver", 24: "subunitWarmingUp", 25: "subunitAdded", 26: "subunitRemoved",
    27: "subunitResourceAdded", 28: "subunitResourceRemoved", 29: "subunitRecoverableFailure",
    30: "subunitUnrecoverableFailure", 31: "subunitRecoverableStorageError", 32: "subunitUnrecoverableStorageError",
    33: "subunitMotorFailure", 34: "subunitMemoryExhausted", 35: "subunitUnderTemperature",
    36: "subunitOverTemperature", 37: "subunitTimingFailure", 38: "subunitThermistorFailure",
    501: "doorOpen", 502: "doorClosed", 503: "powerUp", 504: "powerDown", 505: "printerNMSReset",
    506: "printerManualReset", 507: "printerReadyToPrint", 801: "inputMediaTrayMissing",
    802: "inputMediaSizeChange", 803: "inputMediaWeightChange", 804: "inputMediaTypeChange",
    805: "inputMediaColorChange", 806: "inputMediaFormPartsChange", 807: "inputMediaSupplyLow",
    808: "inputMediaSupplyEmpty", 809: "inputMediaChangeRequest", 810: "inputManualInputRequest",
    811: "inputTrayPositionFailure", 812: "inputTrayElevationFailure", 813: "inputCannotFeedSizeSelected",
    901: "outputMediaTrayMissing", 902: "outputMediaTrayAlmostFull", 903: "outputMediaTrayFull",
    904: "outputMailboxSelectFailure", 1001: "markerFuserUnderTemperature", 1002: "markerFuserOverTemperature",
    1003: "markerFuserTimingFailure", 1004: "markerFuserThermistorFailure", 1005: "markerAdjustingPrintQuality",
    1101: "markerTonerEmpty", 1102: "markerInkEmpty", 1103: "markerPrintRibbonEmpty", 1104: "markerTonerAlmostEmpty",
    1105: "markerInkAlmostEmpty", 1106: "markerPrintRibbonAlmostEmpty", 1107: "markerWasteTonerReceptacleAlmostFull",
    1108: "markerWasteInkReceptacleAlmostFull", 1109: "markerWasteTonerReceptacleFull",
    1110: "markerWasteInkReceptacleFull", 1111: "markerOpcLifeAlmostOver", 1112: "markerOpcLifeOver",
    1113: "markerDeveloperAlmostEmpty", 1114: "markerDeveloperEmpty", 1115: "markerTonerCartridgeMissing",
    1301: "mediaPathMediaTrayMissing", 1302: "mediaPathMediaTrayAlmostFull", 1303: "mediaPathMediaTrayFull",
    1304: "mediaPathCannotDuplexMediaSelected", 1501: "interpreterMemoryIncrease",
    1502: "interpreterMemoryDecrease", 1503: "interpreterCartridgeAdded", 1504: "interpreterCartridgeDeleted",
    1505: "interpreterResourceAdded", 1506: "interpreterResourceDeleted", 1507: "interpreterResourceUnavailable",
    1509: "interpreterComplexPageEncountered", 1801: "alertRemovalOfBinaryChangeEntry",
}  # fmt: skip

# PrtSubUnitStatusTC: availability in the lowest three bits, and flags.
AVAILABILITY = {
    0: "idle", 1: "unavailable", 2: "standby", 3: "broken", 4: "active", 5: "unknown", 6: "busy",
}  # fmt: skip
STATUS_FLAGS = ((8, "warning"), (16, "critical"), (32, "offline"), (64, "transitioning"))

# prtMarkerColorantValue: IANA-PRINTER-MIB lists these, "other" and "unknown"; agents spell them as they like.
COLOR_WORDS = {
    "black": "black", "bk": "black", "k": "black", "photo black": "photo black", "matte black": "matte black",
    "cyan": "cyan", "c": "cyan", "magenta": "magenta", "m": "magenta", "yellow": "yellow", "y": "yellow",
    "light cyan": "light cyan", "light magenta": "light magenta", "gray": "gray", "grey": "gray",
    "light gray": "light gray", "light grey": "light gray", "red": "red", "green": "green", "blue": "blue",
    "orange": "orange", "violet": "violet", "white": "white", "clear": "clear",
}  # fmt: skip

# Supplies in the panel's language, where no colorant table helps. Only words that are no part of other words for
# supplies: each is looked for anywhere in the text.
FOREIGN_COLOR_WORDS = {
    "schwarz": "black", "gelb": "yellow", "noir": "black", "jaune": "yellow", "negro": "black", "nero": "black",
    "preto": "black", "zwart": "black", "geel": "yellow", "amarillo": "yellow", "amarelo": "yellow", "giallo": "yellow",
    "ciano": "cyan", "cian ": "cyan", "cyaan": "cyan", "czarn": "black", "żółt": "yellow", "svart": "black",
    "černá": "black", "černý": "black", "žlut": "yellow", "azurov": "cyan", "purpurov": "magenta", "fekete": "black",
    "sárga": "yellow", "siyah": "black", "sarı": "yellow", "черн": "black", "чёрн": "black", "голуб": "cyan",
    "пурпур": "magenta", "желт": "yellow", "жёлт": "yellow", "чорн": "black", "жовт": "yellow", "ブラック": "black",
    "シアン": "cyan", "マゼンタ": "magenta", "イエロー": "yellow", "黑": "black", "黒": "black", "青色": "cyan",
    "洋紅": "magenta", "洋红": "magenta", "品紅": "magenta", "品红": "magenta", "黃": "yellow", "黄": "yellow",
    "검정": "black", "시안": "cyan", "마젠타": "magenta", "노랑": "yellow",
}  # fmt: skip


def named(names: Mapping[int, str], number: int | None) -> str | None:
    """The number's name; the number itself as text where it has none; None for None."""
    return None if number is None else names.get(number, str(number))
