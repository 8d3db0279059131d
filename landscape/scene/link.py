"""Link: the address of a scene as somebody pastes it, and the keys in it that say nothing of a scene."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

# What others put into an address on its way: mail programs and ad networks say by it where a visitor comes from, messengers and networks
# whose share it was. A visitor wrote none of them, so that none is worth a word. (utm: Google, Matomo and most newsletters; mtm and pk:
# Matomo; gclid to gbraid: Google Ads; dclid: Google; fbclid, igshid and igsh: Meta; msclkid: Microsoft; twclid, ttclid and yclid: X,
# TikTok and Yandex; li_fat_id: LinkedIn; mc_cid and mc_eid: Mailchimp; _hsenc and _hsmi: HubSpot; si: YouTube and Spotify; ref and ref_src:
# X and others; spm: Alibaba; from, isappinstalled and nsukey: WeChat.)
APPENDED = (
    *("gclid", "wbraid", "gbraid", "dclid", "fbclid", "igshid", "igsh", "msclkid", "twclid", "ttclid", "yclid", "li_fat_id", "mc_cid"),
    *("mc_eid", "_hsenc", "_hsmi", "si", "ref", "ref_src", "spm", "from", "isappinstalled", "nsukey"),
)
APPENDED_GROUPS = ("utm_", "mtm_", "pk_")
# What the app's address says beside the scene: its language, and how Streamlit is to embed it.
BESIDE = ("lang", "embed", "embed_options")
# The addresses of the app's pages but Explore, whose scene is the only one that a landscape can be made of from outside the app.
OTHER_PAGES = ("saddles", "minima", "losses", "outliers", "sculpt", "race", "replication", "open_result")


class Unread(NamedTuple):
    """A key of a link that is read by nobody: `nearest` is the known key that it resembles most, "" where it resembles none.

    That of an entry which the link does not name, such as "penalty.strength" without a penalty, has its key, "penalty", in `entry`.
    """

    key: str
    nearest: str
    entry: str = ""


def parts_of(address: str) -> tuple[str, str]:
    """Return the page of an address, which is the last part of its path, such as "race" or "" for the first page, and its query.

    The address may lack its scheme, and a text that is only a query, with or without its "?", is one of the first page.
    """
    place, _, query = address.partition("?")
    whole = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", place)
    if not whole and (place == address or {"=", "&"} & set(place)):
        return "", address
    path = urlsplit(place).path if whole else place.partition("/")[2]
    return unquote(path).rpartition("/")[2], query.partition("#")[0]


def passing(key: str) -> bool:
    """Say whether a key belongs to the app's own address, or to somebody whom it went through, so that no scene has to know it."""
    return key in BESIDE or key in APPENDED or key.startswith(APPENDED_GROUPS)
