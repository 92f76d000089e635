"""Draw the pictures of the sample shop: `python data/shop/drawing` writes `data/shop/images/<product>.svg`."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import camp
import clothes
import packs
import shoes
import small
from ink import GROUNDS, Tones, picture, tones

SHOP = Path(__file__).resolve().parents[1]
Draw = Callable[[Tones], str]
WIDE, NARROW = (214.0, 336.0, 138.0), (200.0, 340.0, 84.0)

DRAWINGS: dict[str, Draw] = {
    "buty-granit": shoes.boot,
    "buty-granit-lady": lambda t: shoes.boot(t, slim=True),
    "buty-polonina": lambda t: shoes.boot(t, mid=True),
    "buty-zbojnik": shoes.approach,
    "buty-kosodrzewina": shoes.runner,
    "buty-zima": lambda t: shoes.boot(t, winter=True),
    "sandaly-dunajec": shoes.sandal,
    "buty-skrzat": shoes.kids_boot,
    "kurtka-wichr": clothes.jacket,
    "kurtka-wichr-lady": lambda t: clothes.jacket(t, shaped=True),
    "kurtka-mzawka": lambda t: clothes.jacket(t, light=True),
    "kurtka-puch": clothes.down,
    "kurtka-puch-lady": lambda t: clothes.down(t, shaped=True),
    "kurtka-ostoja": lambda t: clothes.down(t, flat=True),
    "softshell-halny": clothes.softshell,
    "wiatrowka-piorko": clothes.windbreaker,
    "peleryna-parasol": clothes.poncho,
    "polar-baca": clothes.fleece,
    "polar-gazdzina": lambda t: clothes.fleece(t, shaped=True),
    "bluza-gran": lambda t: clothes.fleece(t, technical=True),
    "koszulka-merino": clothes.shirt,
    "koszulka-merino-lady": lambda t: clothes.shirt(t, shaped=True),
    "bielizna-zimowit": clothes.base_layer,
    "spodnie-turnia": lambda t: clothes.trousers(t, patches=True),
    "spodnie-hala": lambda t: clothes.trousers(t, slim=True),
    "spodnie-potok": lambda t: clothes.trousers(t, shell=True),
    "szorty-lato": clothes.shorts,
    "skarpety-piechur": shoes.socks,
    "skarpety-biegowe": lambda t: shoes.socks(t, high=False),
    "skarpety-mroz": lambda t: shoes.socks(t, thick=True),
    "rekawice-lawina": clothes.gloves,
    "rekawiczki-polarowe": lambda t: clothes.gloves(t, heavy=False),
    "lapawice-niedzwiedz": clothes.mittens,
    "czapka-baran": clothes.beanie,
    "czapka-daszek": clothes.cap,
    "komin-merino": clothes.neck_warmer,
    "plecak-tragarz-65": lambda t: packs.backpack(t, 65),
    "plecak-tragarz-50": lambda t: packs.backpack(t, 50),
    "plecak-wedrowiec-32": lambda t: packs.backpack(t, 32),
    "plecak-skoczek-18": lambda t: packs.backpack(t, 18),
    "plecak-maly-odkrywca": packs.kids_pack,
    "worek-wodoszczelny": packs.dry_bag,
    "namiot-koliba-2": lambda t: camp.dome_tent(t, 2),
    "namiot-koliba-3": lambda t: camp.dome_tent(t, 3),
    "namiot-puchacz-1": camp.pole_tent,
    "namiot-szalas-4": camp.family_tent,
    "tarp-okap": camp.tarp,
    "spiwor-suselek": camp.mummy_bag,
    "spiwor-niedzwiedz": camp.mummy_bag,
    "spiwor-jez": lambda t: camp.mummy_bag(t, warm=False),
    "spiwor-borsuk": lambda t: camp.mummy_bag(t, warm=False, square=True),
    "wkladka-jedwab": camp.liner,
    "mata-mech": lambda t: camp.inflatable(t, tubes=False),
    "materac-oblok": camp.inflatable,
    "karimata-klasyk": camp.foam_roll,
    "czolowka-swietlik": camp.headlamp,
    "czolowka-cma": camp.headlamp,
    "czolowka-zbik": lambda t: camp.headlamp(t, strong=True),
    "lampka-ogarek": camp.lantern,
    "kuchenka-watra": small.burner,
    "kuchenka-samowar": small.cooking_system,
    "kartusz-230": small.canister,
    "menazka-duet": small.mess_kit,
    "termos-zadymka": small.thermos,
    "bidon-zrodlo": small.bottle,
    "liofilizat-bigos": lambda t: small.meal(t, vegan=False),
    "liofilizat-leczo": lambda t: small.meal(t, vegan=True),
    "kije-ciupaga": camp.trekking_poles,
    "kije-trzcina": camp.folding_poles,
    "raczki-lod": shoes.microspikes,
    "stuptuty-zaspa": shoes.gaiters,
    "impregnat-krople": small.spray,
    "wosk-do-skory": small.wax,
    "apteczka-gopr": small.first_aid,
    "mapa-tatry": small.folded_map,
    "karta-podarunkowa-100": lambda t: small.gift_card(t, "100 zł"),
    "karta-podarunkowa-300": lambda t: small.gift_card(t, "300 zł"),
}
FIRST_COLOUR = {"karta-podarunkowa-100": "turkusowy", "karta-podarunkowa-300": "malinowy"}


def draw(product: str, category: str, colour: str) -> str:
    """The picture of a product in its first colour."""
    shadow = WIDE if DRAWINGS[product].__module__ == "shoes" else (200.0, 338.0, 120.0)
    return picture(GROUNDS[category], DRAWINGS[product](tones(colour)), shadow)


def main() -> None:
    colours: dict[str, str] = dict(FIRST_COLOUR)
    for variant in csv.DictReader((SHOP / "variants.csv").open(encoding="utf-8")):
        colours.setdefault(variant["product_id"], variant["colour_pl"])
    (SHOP / "images").mkdir(exist_ok=True)
    for product in csv.DictReader((SHOP / "products.csv").open(encoding="utf-8")):
        svg = draw(product["id"], product["category"], colours[product["id"]])
        (SHOP / "images" / f"{product['id']}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
