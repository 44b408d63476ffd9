"""Names of protocols → what pysnmp calls them.

Sources: RFC 3414 (MD5, SHA-1, DES), RFC 7860 (SHA-2), RFC 3826 (AES-128), draft-blumenthal-aes-usm-04 (AES-192,
AES-256). The drafts never became a standard, so that two ways to lengthen a key exist: Blumenthal's, which net-snmp
and most printers use, and Reeder's, which Cisco and its kin use. MD5 and DES are broken: for devices that know nothing
better.
"""

from pysnmp.entity import config

AUTH: dict[str, tuple[int, ...]] = {
    "MD5": config.USM_AUTH_HMAC96_MD5,
    "SHA-1": config.USM_AUTH_HMAC96_SHA,
    "SHA-224": config.USM_AUTH_HMAC128_SHA224,
    "SHA-256": config.USM_AUTH_HMAC192_SHA256,
    "SHA-384": config.USM_AUTH_HMAC256_SHA384,
    "SHA-512": config.USM_AUTH_HMAC384_SHA512,
}
PRIV: dict[str, tuple[int, ...]] = {
    "DES": config.USM_PRIV_CBC56_DES,
    "AES-128": config.USM_PRIV_CFB128_AES,
    "AES-192": config.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "AES-256": config.USM_PRIV_CFB256_AES_BLUMENTHAL,
    "AES-192-Reeder": config.USM_PRIV_CFB192_AES,
    "AES-256-Reeder": config.USM_PRIV_CFB256_AES,
}
