"""Whether a post says that it was paid for, and where a reader would meet that: the cues are the tables below, by class and language.

Cues are looked for in the text as it is written; case, invisible characters, a full-width hash, curly quotes and a missing or separate
accent make no difference. A cue that is negated or only talked about loses its first character beforehand (`VOID_AFTER`,
`VOID_BEFORE`), which keeps all offsets. Rust's regular expressions have no lookaround, so what stands beside a cue is matched with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Set
from dataclasses import dataclass
from functools import cache

import polars as pl
from polars import col

EXTRACTOR_VERSION = "disclosure-2"
FOLD = 125  # characters that a feed shows before its "more"
CLASSES = ("clear", "affiliate", "ambiguous", "none")  # the first that a post has counts
DISCLOSURES = {
    "post_id": pl.String(),
    "disclosure_class": pl.String(),
    "disclosure_placement": pl.String(),
    "disclosure_cue": pl.String(),
    "cue_start": pl.Int32(),
    "cue_end": pl.Int32(),
}

UNSEEN = r"\u{AD}\u{200B}-\u{200F}\u{202A}-\u{202E}\u{2060}-\u{2069}\u{FEFF}"
MARKS = r"\u{FE0E}\u{FE0F}\u{20E3}"  # of an emoji: they make no letter
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}"  # scripts without spaces or, Hangul, with particles on the word
HASH, APOSTROPHE, QUOTES = r"#\u{FF03}", r"'\u{2018}\u{2019}", r"\x22\u{201C}-\u{201E}«»"
EDGE = rf"(?:^|[[^\w&/@{UNSEEN}]{UNSPACED}{MARKS}])[{UNSEEN}]*"
TAG_EDGE = rf"{EDGE}(?:[{HASH}]\w+)*"  # tags may follow each other without a space
TAG_END = rf"[{UNSEEN}]*(?:$|[[^\w\-{APOSTROPHE}{UNSEEN}]{MARKS}]|[\-{APOSTROPHE}](?:$|\W))"  # `#ad-free` is no `#ad`
WORD_END = rf"(?:$|[\W{UNSPACED}])"
LABEL_EDGE = rf"^[^\w\n&/@{HASH}]{{0,4}}"
LABEL_END = r"\s{0,2}(?:$|[:\u{FF1A}|/\n]|[-\u{2013}\u{2014}]\s)"
OPEN, CLOSE = r"[\[(\u{FF08}\u{3010}]\s?", r"\s?[\])\u{FF09}\u{3011}]"
SENTENCE = rf"(?:^|\n|[[^\w\s,&/@{APOSTROPHE}{QUOTES}-]{MARKS}])\s{{0,3}}"

LABELS = (
    r"ad|advert|advertisement|paid ad|sponsored|werbung|anzeige|publicidade?|publicité|pubblicità|reklame|reklam|annons|реклама|広告"
    r"|PR|\u{FF30}\u{FF32}"
)
TOPIC = "video|post|episode|show|podcast|reel|story|tweet|thread|stream|newsletter|article|blog|recipe|giveaway|vlog"
CODE_FOR = r"(?:use|using|enter|my|discount|promo|coupon|meinem?|mit|mi|con|mon|avec|meu|com|mio)"
CODE = r"(?:(?-i:[A-Z][A-Z0-9_]{2,20})|[a-z]{2,20}\d{1,4})"
THANKS = r"thank(?:s| you)(?: so much)?(?: to)?"
OWN_ROLE = r"(?:i'm|i am|we're|we are|i've been|(?:my|our) role as|proud)(?: (?:an?|the|their|one of their|proud|official|new|paid)){0,3}"
BENEFIT = r"(?:\d{1,2}\s?%|[$€£]\s?\d|\d\s?[€£]|free shipping|rabatt|descuento|desconto|discount|sconto|réduction)"
EARN = r"(?:earn|get|receive|make|generate)"


@dataclass(frozen=True)
class Cues:
    """Cues of one class that stand between the same edges; regular expressions, see `_spelt`."""

    disclosure_class: str
    cues: str
    before: str = EDGE
    after: str = WORD_END
    language: str | None = None  # a text has to show it for the cues to count; with a leading `!`, must not
    is_spoken: bool = False  # counts in audio and video only
    is_named: bool = False  # counts where its group `name` is the name of a brand that is looked for

    def regex(self) -> str:
        """The first group is what stands before the cue, the second the cue."""
        return f"(?i)(?P<before>{self.before})(?P<cue>{_spelt(self.cues)})(?:{self.after})"


LANGUAGES = {  # words and scripts that tell a language from English, no more
    "fr, pt": r"(?i)(?:^|\W)(?:les|des|une|avec|nous|notre|c.est|mes|et|j.ai|dans|uma|não|meu|minha|hoje|você|muito)\W",
    "it": r"(?i)(?:^|\W)(?:il|che|della|del|gli|sto|questo|questa|una|è|nuovo|nuova|la mia)\W",
    "ja": r"[\p{Hiragana}\p{Katakana}]",
    "pt": r"(?i)[ãõ]|(?:^|\W)(?:em|uma|hoje|pra|você|muito)\W",
}

CUES = (
    # English; German; Spanish and Portuguese; French and Italian; words of other languages for an ad
    Cues("clear", r"#(?:ad|\u{FF21}\u{FF24}|advert|advertisement|advertorial|sponsored|sponsored(?:post|content|by\w+)"
        r"|paid(?:partner|partnership|promotion|ad)|werbung|anzeige|bezahlte(?:werbung|partnerschaft)"
        r"|publi|publicidade?|publipost|patrocinado|parceriapaga|colaboraciónpagada"
        r"|publicité|sponsorisée?|collaborationcommerciale|partenariatrémunéré|pubblicità|sponsorizzato"
        r"|reclame|reklame|reklam|reklama|реклама|広告|タイアップ|企業案件|광고|협찬|유료광고|广告|廣告|إعلان|اعلان|פרסומת|iklan)",
        TAG_EDGE, TAG_END),
    Cues("clear", "#pub", TAG_EDGE, TAG_END, language="fr, pt"),
    Cues("clear", "#adv", TAG_EDGE, TAG_END, language="it"),
    Cues("clear", r"#(?:PR|\u{FF30}\u{FF32})", TAG_EDGE, TAG_END, language="ja"),
    Cues("clear", LABELS, LABEL_EDGE, LABEL_END),
    Cues("clear", LABELS, rf"(?m:^)[^\w\n]{{0,4}}{OPEN}", CLOSE),
    Cues("clear", LABELS, OPEN, rf"{CLOSE}[^\w\n]{{0,4}}(?m:$)"),
    Cues("clear", rf"(?:(?:this|today's) )?(?:(?:{TOPIC}) )?(?:proudly |kindly )?sponsored by", SENTENCE),
    Cues("clear", rf"(?:this|today's|this week's) (?:{TOPIC}) (?:is|was)(?: proudly| kindly| also)? sponsored by"
        r"|(?:i'm|i am|we're|we are) sponsored by|thank(?:s| you) to (?:\S{1,30} ){1,4}for sponsoring"
        r"|paid partnership with|in paid partnership|paid promotion|bezahlte (?:werbung|partnerschaft|kooperation)"
        r"|collaboration commerciale|partenariat rémunéré|colaboración pagada|parceria paga|collaborazione a pagamento"
        r"|платное партнёрство|タイアップ投稿|プロモーションを含みます|유료 ?광고 포함|赞助内容"),
    Cues("clear", "hashtag (?:ad|sponsored)|brought to you by|today's sponsor|our sponsor", is_spoken=True),
    Cues("affiliate", r"#(?:affiliate|affiliatelinks?|afflinks?|amazon(?:associate|affiliate)|commissions?earned|earnscommissions?)",
        TAG_EDGE, TAG_END),
    Cues("affiliate", r"aff(?:iliate)?[ -]links?|links? (?:are|is|may be) affiliate|amazon (?:associate|affiliate)"
        r"|earn from qualifying purchases|partnerlinks?|werbelinks?|liens? affiliés?"
        r"|(?:enlaces?|links?) (?:de )?afiliados?|link di affiliazione|партнёрск(?:ая ссылка|ие ссылки)"
        r"|アフィリエイト(?:リンク|プログラム|広告)|联盟链接|제휴 ?링크|쿠팡 ?파트너스"),
    Cues("affiliate", rf"(?:i|we|i'll|we'll) (?:(?:may|might|will|can|could|do|also) ){{0,3}}{EARN} (?:\S{{1,12}} ){{0,4}}commissions?"
        rf"|(?:may|might|will|could) {EARN} (?:\S{{1,12}} ){{0,4}}commissions?|creator earns commissions?"
        r"|commissions?(?: \S{1,12}){0,3} at no (?:extra|additional) cost"),
    Cues("affiliate", rf"{CODE_FOR} (?:\S{{1,15}} ){{0,2}}(?:code|código|codice|cupom|cupón|kod)[\s:{APOSTROPHE}{QUOTES}]{{1,4}}"
        rf"{CODE}\W[^\n]{{0,40}}?{BENEFIT}", after=""),
    Cues("ambiguous", "#sp", TAG_EDGE, TAG_END, language="!pt"),
    Cues("ambiguous", r"#(?:spon|collab|brandambassador|partner|brandpartner|gifted|giftedby\w+|kooperation|parceria|współpraca"
        r"|işbirliği)", TAG_EDGE, TAG_END),
    # Of 39,711 tweets 14 thanked or named an ambassador, and none of them for a brand: both count of brands that are looked for, or
    # where the rest says that it is about a thing sent or a role of one's own.
    Cues("ambiguous", r"#(?:thanks|thankyou)(?P<name>\w+)", TAG_EDGE, TAG_END, is_named=True),
    Cues("ambiguous", r"#(?P<name>\w+)(?:ambassador|partner)", TAG_EDGE, TAG_END, is_named=True),
    Cues("ambiguous", rf"{THANKS} (?P<name>\S{{1,30}}(?: \S{{1,30}})?) for sending", is_named=True),
    Cues("ambiguous", rf"{THANKS} (?:@\w{{1,30}}|(?-i:[A-Z])\w{{1,30}}(?: (?-i:[A-Z])\w{{1,30}})?)"
        r" for sending (?:(?:me|us|over|out) ){0,2}(?:their|this|these|a (?:pair|sample|box|set)|samples)"),
    Cues("ambiguous", rf"{OWN_ROLE} #?(?:brand ?)?ambassador"),
    Cues("ambiguous", "as (?:an?|their|the) (?:official |paid )?brand ?ambassador"),
    Cues("ambiguous", r"#?ambassador (?:for|with) @\w"),
    Cues("ambiguous", "gifted by"),
    Cues("ambiguous", "gifted", OPEN, CLOSE),
)  # fmt: skip

# What comes after these is negated, or talked about.
VOID_AFTER = (
    rf"(?i)((?:^|[^\w#])(?:not|no|non|none|never|without|(?:is|are|was|were|do|does|did|has|have|ai)n[{APOSTROPHE}]?t|nicht|keine?|keinen"
    r"|ohne|pas|sans|sin|sem|não|senza|hid(?:e|es|ing)|bury|burying|forg[eo]t|missing|hate|writ(?:e|ing)|adding"
    r"|(?:how|what|why) (?:do|are|is))\s{1,3}"
    r"(?:(?:an?|any|the|of|these|those|this|them|are|is|been|being|in|do|use|have|really|actually|even|une?|de|eine?|es)\s{1,3}){0,4})\S"
)
# These are no disclosures for what they go on with.
VOID_BEFORE = (
    rf"(?i)[{HASH}stgw]([{UNSEEN}]*(?:thanks(?:giving|m[ou]m|dad|god|jesus|alot|everyone|guys|for)"
    r"|gifted (?:kid|child|student|program|and talented)|partner in crime|ambassador (?:to|of) "
    r"|ponsored by (?:my |me\W|no ?one|nobody|nothing|caffeine|anxiety)|ifted by (?:my |his |her |our |god|nature)"
    r"|hank(?:s| you) (?:to )?(?:my|our|you|all|everyone|everybody|those|god|jesus|lord|mum|mom|dad|grandma|santa) |erbung\W{1,4}unbezahlt"
    r"|(?:ad|sponsored) (?:posts|tag|label|hashtag)|ad\W{1,3}(?:jk|just kidding|kidding|not really|i wish)))"
)

HASHTAG = rf"[{HASH}]\d*[^\W\d]\w*"
RUN = rf"(?:{HASHTAG}[^\w{HASH}\n]{{0,4}}\n?[^\w{HASH}\n]{{0,4}}){{2}}{HASHTAG}"

SHORTENERS = r"amzn\.to|liketk\.it|rstyle\.me|shopstyle\.it|shop-links\.co|howl\.me|shopmy\.us|magik\.ly|tidd\.ly|fave\.co|a\.r10\.to"
NETWORKS = (
    r"shareasale(?:-analytics)?\.com|awin1\.com|awin\.com|skimresources\.com|redirectingat\.com|linksynergy\.com|anrdoezrs\.net|dpbolvw\.net"
    r"|jdoqocy\.com|tkqlhce\.com|kqzyfj\.com|prf\.hn|pxf\.io|sjv\.io|avantlink\.com|shopltk\.com|ltk\.app\.link|s\.click\.aliexpress\.com"
    r"|hb\.afl\.rakuten\.co\.jp|px\.a8\.net|hop\.clickbank\.net|tradedoubler\.com|digidip\.net"
)
HOST = r"(?i)^(?:https?:)?(?://)?(?:[^/?#@]*@)?(?:[^/?#@]+\.)?"
SHOP = rf"{HOST}(?:amazon|amzn)\.[a-z.]{{2,6}}(?:[:/?#]|$)"
NETWORK_LINK = rf"{HOST}(?:{SHORTENERS}|{NETWORKS})(?:[:/?#]|$)"
AFFILIATE_PARAMETER = (
    r"(?i)[?&;](?:aff|affid|aff_id|aff_sub|affiliate|affiliate_id|irclickid|cjevent|awc|ransiteid|ranmid|sscid|rfsn|campid)=[^&#]"
    r"|[?&;]utm_(?:medium|source)=affiliates?(?:[&#]|$)"
)
REF_PARAMETER = r"(?i)[?&;]ref=[^&#]"
NO_ONES_REF = (  # a branch, a place in a page, the page before
    rf"{HOST}(?:(?:github|gitlab|google|etsy)\.|(?:amazon|amzn)\.)"
    r"|[?&;]ref=(?:nav|home|share|shop_|header|footer|search|main|master|twitter|facebook|instagram|x|email|newsletter)"
)


def read_disclosures(posts: pl.DataFrame, brand_names: Iterable[str] = ()) -> pl.DataFrame:
    """How each post discloses that it was paid for: one row per post, in order; the columns of DISCLOSURES.

    posts: post_id, text, urls (list of the post's links), is_paid_partnership (the platform's flag), media_type (`audio` and `video`
    have their transcript as text: what hosts say for a tag counts there); each but the first may be NULL. brand_names: how the brands
    that are looked for are written; who thanks others, or is an ambassador of others, discloses nothing.

    disclosure_class: the first of CLASSES that the post has a cue of; the platform's flag is `clear`, a tracked link `affiliate`.
    disclosure_placement: of the first cue of that class: `platform` (the flag), `buried` (in or after a run of three hashtags),
    `opening` (ends in the first FOLD characters), `after_fold`; NULL for `none` and for a link, which tells a reader nothing.
    disclosure_cue: the cue as written or the link; NULL for `none` and for the flag.
    cue_start, cue_end: characters of the text, end exclusive; NULL where the cue does not stand in the text.

    Sources: FTC Endorsement Guides, 16 CFR 255, and its "Disclosures 101": what is clear and conspicuous; ASA and CAP, "Influencers'
    guide to making clear that ads are ads": labels that suffice, and those (#sp, #spon, #gifted, ...) that do not.
    """
    posts = posts.select(
        "post_id",
        col("text").cast(pl.String),
        col("urls").cast(pl.List(pl.String)),
        col("is_paid_partnership").cast(pl.Boolean),
        is_spoken=col("media_type").cast(pl.String).is_in(["audio", "video"]).fill_null(False),
    ).with_row_index("row")
    flagged = posts.filter("is_paid_partnership").select("row", found_class=pl.lit("clear"), source=pl.lit(0))
    linked = posts.select("row", cue="urls").explode("cue").filter(_is_affiliate(col("cue")))
    linked = linked.with_columns(found_class=pl.lit("affiliate"), source=pl.lit(2))
    found = pl.concat([flagged, *_cues_in(posts, {_letters(name) for name in brand_names}), linked], how="diagonal_relaxed")
    found = found.with_columns(rank=col("found_class").replace_strict(CLASSES, range(len(CLASSES)), return_dtype=pl.Int32))
    found = found.sort("row", "rank", "source", "start", maintain_order=True).unique("row", keep="first", maintain_order=True)
    found = posts.select("row", "post_id", "text").join(found, on="row", how="left", maintain_order="left")
    run = _chars_before(pl.when(col("start").is_not_null()).then("text"), RUN)
    end = col("start") + col("cue").str.len_chars()
    placement = (
        pl.when(col("source") == 0)
        .then(pl.lit("platform"))
        .when(run <= col("start"))
        .then(pl.lit("buried"))
        .when(end <= FOLD)
        .then(pl.lit("opening"))
        .when(end > FOLD)
        .then(pl.lit("after_fold"))
    )
    return found.select(
        "post_id",
        disclosure_class=col("found_class").fill_null("none"),
        disclosure_placement=placement,
        disclosure_cue="cue",
        cue_start=col("start").cast(pl.Int32),
        cue_end=end.cast(pl.Int32),
    ).cast(DISCLOSURES)  # type: ignore[arg-type]


def _is_affiliate(link: pl.Expr) -> pl.Expr:
    refers = link.str.contains(REF_PARAMETER) & ~link.str.contains(NO_ONES_REF)
    tagged = link.str.contains(SHOP) & link.str.contains(r"(?i)[?&]tag=[\w-]")
    return link.str.contains(NETWORK_LINK) | link.str.contains(AFFILIATE_PARAMETER) | refers | tagged


@cache
def _spelt(cues: str) -> str:
    """The regular expression with its letters, spaces, hashes and apostrophes as they may be written; escapes and classes stay."""
    return re.sub(r"\\.|\(\?P<\w+>|\[[^]]*\]|\{[^}]*\}|\(\?[a-zA-Z-]*:|[^\W\d_]|[# ']", lambda found: _spelt_one(found[0]), cues)


def _spelt_one(part: str) -> str:
    if part in " #'":
        return {" ": r"\s{1,4}", "#": f"[{HASH}]", "'": f"[{APOSTROPHE}]"}[part]
    if len(part) > 1:
        return part
    base, *marks = list(unicodedata.normalize("NFD", part))
    if marks:
        part = f"(?:{part}|{base}{''.join(marks)}{'?' if base.isascii() else ''})"
    return f"(?:[{UNSEEN}]*{part})"


def _letters(name: str) -> str:
    """A name as it stands in a tag: without case, spaces, signs and marks."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFD", name).casefold())


def _cues_in(posts: pl.DataFrame, brand_letters: Set[str]) -> list[pl.DataFrame]:
    """Per entry of CUES one row for each post that has such a cue: the first one, with its place in characters."""
    texts = posts.drop_nulls("text").select("row", "text", "is_spoken")
    texts = texts.with_columns(col("text").str.replace_all(VOID_AFTER, "${1}_").str.replace_all(VOID_BEFORE, "_${1}"))
    found = []
    for cues in CUES:
        regex = cues.regex()
        counts = pl.lit(True)
        if cues.language:
            shown = col("text").str.contains(LANGUAGES[cues.language.lstrip("!")])
            counts = ~shown if cues.language.startswith("!") else shown
        hits = texts.filter(col("text").str.contains(regex)).filter(counts & (col("is_spoken") | pl.lit(not cues.is_spoken)))
        hits = hits.with_columns(col("text").str.extract_groups(regex).alias("parts"), at=_chars_before(col("text"), regex)).unnest("parts")
        if cues.is_named:
            hits = hits.filter(pl.Series([_letters(name) in brand_letters for name in hits["name"]], dtype=pl.Boolean))
        start = col("at") + col("before").str.len_chars()
        found.append(hits.select("row", "cue", start=start, found_class=pl.lit(cues.disclosure_class), source=pl.lit(1)))
    return found


def _chars_before(text: pl.Expr, regex: str) -> pl.Expr:
    """How many characters stand before the first match, which Polars finds by bytes; all of them where there is none."""
    return text.cast(pl.Binary).bin.slice(0, text.str.find(regex)).cast(pl.String).str.len_chars()
