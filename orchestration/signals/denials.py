"""What is plainly no adoption by the author, whatever a model thinks, as tags alone, and what the author plainly gives back."""

from __future__ import annotations

import re

import polars as pl

EXTRACTOR_VERSION = "denials-2"
# A post of nothing but tags, links and names says nothing of its author: 640 of 2,733 adoptions of a simulated night were such.
TAGS = re.compile(r"[#@][\w.@-]+|https?://\S+")
WORD = re.compile(r"[^\W\d_]{2,}")
INSIDE = r"[^.!?\n,;]"  # of a clause
NEVER = (
    r"(?<!why )\b(?:never|didn['’]t|did not|don['’]t|do not|haven['’]t|have not|not)\s+(?:(?:ever|actually|yet|even)\s+)?"  # noqa: RUF001
    r"(?:bought|buy|buying|own|owned|order|ordered|ordering|purchased?)\b",
    rf"\b(?:nie|niemals|nicht(?! nur)|kein\w*)\b{INSIDE}{{0,40}}\b(?:gekauft|bestellt|besessen|zugelegt)\b",
    r"\b(?:jamais|pas)\s+(?:encore\s+)?(?:acheté|commandé|possédé)\w*",
    r"\b(?:nunca|no|jamás)\s+(?:(?:he|la|lo|me|las|los|había)\s+){0,3}(?:compré|comprado|pedí|pedido)\b",
    r"\b(?:nunca|não)\s+(?:(?:a|o|me|tinha)\s+){0,2}(?:comprei|comprado|pedi|encomendei)\b",
    r"\bnon\s+(?:(?:la|lo|ho|mi|sono)\s+){0,3}(?:mai\s+)?(?:comprat\w|ordinat\w|posseduto)\b",
    r"(?:買っ|購入し|注文し|持っ)(?:たことは?(?:ない|ありません)|てい?(?:ない|ません))",
)
SOMEBODY_ELSE = (
    r"\b(?:my|our|a|his|her)\s+(?:neighbou?r|sister|brother|friend|mom|mum|mother|dad|father|boss|roommate|coworker|colleague|cousin|uncle|aunt)\s+"
    r"(?:(?:just|recently|also|has)\s+)?(?:bought|ordered|purchased|owns|uses)\b(?!\s+(?:me|us|my|our|mine)\b)",
    r"\bmein\w*\s+(?:nachbar\w*|schwester|bruder|freund\w*|mutter|vater|chef\w*|kolleg\w+|cousin\w*|tante|onkel)\s+hat\s+(?!mir|uns)"
    rf"{INSIDE}{{0,60}}\b(?:gekauft|bestellt|geholt)\b",
    r"\b(?:mon|ma)\s+(?:voisine?|sœur|frère|amie?|mère|père|chef|collègue|cousine?)\s+(?:a|s['’]est)\s+(?:acheté|commandé)",  # noqa: RUF001
    r"\bmi\s+(?:vecin[oa]|herman[oa]|amig[oa]|madre|padre|jef[ea]|compañer[oa]|prim[oa])\s+(?:se\s+)?(?:ha\s+)?(?:compró|comprado|pidió|pedido)\b",
    r"\b(?:meu|minha)\s+(?:vizinh[oa]|irmã|irmão|amig[oa]|mãe|pai|chefe|colega|prim[oa])\s+(?:já\s+)?(?:comprou|pediu|encomendou)\b",
    r"\bmi[oa]\s+(?:vicin[oa]|sorella|fratello|amic[oa]|madre|padre|capo|collega|cugin[oa])\s+(?:ha|si è)\s+(?:comprat|ordinat)\w",
    r"(?:隣の人|友達|友人|姉|兄|妹|弟|母|父|上司|同僚)[がは][^。!?\n]{0,40}(?:買|購入|注文)",
)
RETURNED = (
    r"\b(?:go(?:es|ing)?|went|gone|is|are)\s+(?:(?:right|straight)\s+)?back\s+(?:to|at)\s+the\s+(?:shop|store|seller|dealer)\b",
    r"\b(?:sent|sending|send|took|taking|brought)\s+(?:it|mine|them|both|this one|that one)\s+back\s*"
    r"(?:[.,!?;]|$|(?:to|after|because|since|for)\b)",
    r"\b(?:returned|returning)\s+(?:it|mine|them|my|both|this one|that one)\b",
    r"\b(?:geht|gehen|ging|gingen)\s+(?:wieder\s+)?zurück\b|\bzurück(?:geschickt|gesendet|gegeben|gebracht)\b",
    r"\b(?:renvoyé\w*|retourné\w*\s+au\s+(?:magasin|vendeur)|repart\s+au\s+magasin)",
    r"\b(?:devuelto|devolv[ií]|devuelvo|vuelve\s+a\s+la\s+tienda)\b",
    r"\b(?:devolvi|devolvido|volta\s+(?:para|pra)\s+a\s+loja)\b",
    r"\b(?:restituit[oaie]|torna\s+(?:al|in)\s+negozio)\b",
    r"返品",
)
DENIED = re.compile("|".join((*NEVER, *SOMEBODY_ELSE)))
GIVEN_BACK = re.compile("|".join(RETURNED))


def given_back(sentences: list[str]) -> pl.Series:
    """Of each sentence, in lower case, whether it plainly tells of giving the thing back: it was had, and is recommended to nobody."""
    return pl.Series("is_given_back", [GIVEN_BACK.search(sentence) is not None for sentence in sentences], pl.Boolean)


def denied(contexts: pl.Series, sentences: list[str]) -> pl.Series:
    """Of each mention whether it is plainly none. contexts: its surroundings in lower case; sentences: the one that names it."""
    return pl.Series(
        "is_denied",
        [
            DENIED.search(sentence) is not None or WORD.search(TAGS.sub(" ", context)) is None
            for context, sentence in zip(contexts, sentences, strict=True)
        ],
        pl.Boolean,
    )
