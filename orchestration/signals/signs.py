"""Words that tell who has, gets, wants, sells or praises a thing, in seven languages, and how often they stand in the parts of a text."""

from __future__ import annotations

import numpy as np

from orchestration.signals.features import Floats
from orchestration.signals.words import PARTS, Words, range_sums, running_sums

_WORDS = {
    "possessive": "my our mine ours mein meine meinen meinem meiner meines unser unsere unserem unseren mon ma mes notre nos mi mis mía "
    "mío nuestro nuestra meu minha meus minhas nosso nossa mio mia miei mie nostro nostra",
    "first person": "i we i've we've i'm i'd i'll ive im ich wir je j'ai j'avais nous yo nosotros eu io noi me mir mich moi",
    "having": "have own owned owns use used using wear wearing wore drive driving ride run running rocking love had has having been "
    "play playing drink drinking installed habe hab benutze nutze trage fahre besitze hatte verwende läuft ai utilise porte "
    "possède utilisais j'utilise avais tengo uso llevo tenía usando utilizo tenho tinha ando ho utilizzo avevo indosso "
    "possiedo",
    "getting": "got bought ordered purchased received picked grabbed scored snagged preordered arrived came found copped built "
    "finished gift gifted gave won haul new delivered upgraded switched paid thrifted gekauft bestellt bekommen geholt "
    "angekommen geschenkt gewonnen neu neue neuer neues zugelegt gegönnt acheté achetée commandé reçu offert arrivé nouveau "
    "nouvelle pris gagné comprado compré pedí recibí llegó regalaron nuevo nueva comprei pedi recebi chegou ganhei novo "
    "nova peguei comprato ordinato ricevuto arrivato regalato nuovo nuova preso",
    "wishing": "want wanted thinking considering looking consider should would could plan planning wish need interested might maybe "
    "anyone anybody opinions thoughts wondering worth vs or if better does which what recommendations suggestions advice "
    "will möchte überlege soll sollte lohnt jemand welche welches würde lieber vielleicht veux voudrais hésite vaut devrais "
    "quel quelle quelqu'un quiero quisiera pienso debería vale alguien cuál pensando quero queria devo alguém qual penso "
    "voglio vorrei dovrei qualcuno quale conviene",
    "parting": "sold sell selling returned returning return cancelled canceled refund stopped switching replaced broke wts trade "
    "verkauft verkaufe zurückgeschickt zurückgegeben storniert gekündigt vendu vends renvoyé rendu résilié annulé vendí "
    "vendo devolví cancelé vendi devolvi cancelei venduto restituito reso disdetto",
    "selling": "sale off deal deals free shipping coupon code promo discount clearance reg price prices % $ € save shipped cheap "
    "rabatt angebot gratis versand gutschein remise promo livraison réduction oferta descuento envío desconto frete "
    "promoção sconto offerta spedizione",
    "news": "announces announced announce ceo company says said report reports lawsuit sues release releases released launches "
    "launch unveils review video trailer official users customers firma unternehmen kündigt annonce entreprise empresa "
    "anuncia lanza azienda annuncia lança",
    "second person": "you your you're yours guys du dein deine ihr euch vous votre tu ton vosotros tú você vocês seu teu voi vi ti",
    "newness": "just finally today yesterday recently first mail arrived last ago gerade endlich heute gestern letzte vor viens enfin "
    "aujourd'hui hier dernier dernière acabo fin hoy ayer pasado acabei finalmente hoje ontem passado appena oggi ieri "
    "scorso",
    "lasting": "since years year months month weeks week daily every day always currently usually still seit jahren jahre täglich "
    "immer jeden depuis ans années toujours quotidien jours desde años siempre diario cada días há anos sempre diariamente "
    "dia anni giorni quotidiano",
    "urging": "recommend get try buy go check grab empfehle empfehlen kauf kauft holt hol nehmt recommande achetez prenez conseille "
    "recomiendo compra comprad recomendamos recomendo compre comprem consiglio compratelo comprate prendete",
    "negation": "not don't never no didn't haven't doesn't can't won't without dont nicht kein keine nie pas jamais non não nunca mai "
    "senza sin sem sans ohne",
    "asking": "? ??",
    "exclaiming": "! !!",
    "part": "case cable app store website customer support site cover charger strap hülle coque funda capa custodia",
    "others": "he she his her him they their friend brother sister wife husband girlfriend boyfriend dad mom boss roommate er sie "
    "freund freundin bruder schwester mann frau chef il elle ami amie frère sœur mari él ella amigo amiga hermano hermana "
    "ele ela irmão irmã marido lui lei amico amica fratello sorella marito moglie",
}
SIGNS = {kind: frozenset(words.split()) for kind, words in _WORDS.items()}
COLUMNS = (len(PARTS) + 1) * len(SIGNS) + 3


def signs_of(words: Words) -> Floats:
    """COLUMNS of each text: whether each of SIGNS stands in each part, the share of it among all words, and how long the text is."""
    sums = running_sums(np.stack([words.are(those) for those in SIGNS.values()], axis=1).astype(np.float64))
    counts = {part: range_sums(sums, words.parts[part]) for part in PARTS}
    size, before = (words.parts[part][1] - words.parts[part][0] for part in ("all", "before"))
    shares = counts["all"] / np.maximum(size, 1)[:, None]
    lengths = np.column_stack([np.log1p(size), np.log1p(before), before == 0])
    return np.hstack([*(np.minimum(count, 1) for count in counts.values()), shares, lengths])
