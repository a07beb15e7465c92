"""Pieces of sentences that text.py joins: `{p}` is a product, `{o}` another of its kind, `{d}` a detail, `{f}` a fault, `{n}` a number."""

from __future__ import annotations

OPENERS = (
    "", "", "", "", "Okay, so: ", "Small update. ", "Well. ", "Confession: ", "Long day, but ", "For the record, ", "Honestly, ",
    "Not what I planned to write today, but ", "Quick note: ", "Right then. ", "Since somebody asked: ",
)  # fmt: skip

DETAILS = {
    "coffee": (
        "the cup stays clean even with a fine grind", "no grit at the bottom any more", "it fits in the desk drawer",
        "the lid does not drip", "cleaning it takes ten seconds", "it survived a week of camping", "the handle stays cool",
        "the taste is rounder than from my old pot", "four minutes and done", "the filter finally sits straight",
        "even my mother asked where it came from", "it keeps heat through a meeting",
    ),
    "shoes": (
        "wet stone is no problem", "my knees stopped complaining", "the heel stays put downhill",
        "after {n} kilometres they look like new", "the laces hold all day", "they drain fast after a stream",
        "no blisters on the first long run", "the grip on mud is absurd", "there is room for wide toes",
        "they feel light but not flimsy", "the sole is still whole after {n} runs", "I took a minute off my loop",
    ),
    "headphones": (
        "the train just disappears", "the bass is there without shouting", "{n} hours and still some charge",
        "the microphone is fine in wind", "my ears stay cool", "pairing took one try", "voices sound like people again",
        "they fold flat", "no hiss in a silent room", "the case is small enough for a pocket", "I forgot that I wore them",
        "the fan next door is gone",
    ),
}  # fmt: skip
FAULTS = {
    "coffee": (
        "the seal leaks after {n} days", "the plunger sticks", "the glass cracked in the sink", "everything tastes of plastic",
        "the strainer lets grit through",
    ),
    "shoes": (
        "the sole came off after {n} runs", "the tongue slides to one side", "they run half a size small", "the mesh tore at the toe",
        "zero grip on wet leaves",
    ),
    "headphones": (
        "the left side cuts out", "the app wants my address book", "the hinge squeaks", "it dropped the call {n} times today",
        "the pads peel already",
    ),
}  # fmt: skip
NOUNS = {"coffee": "coffee maker", "shoes": "pair of running shoes", "headphones": "set of headphones"}
CATEGORY_TAGS = {
    "coffee": ("coffee", "espresso", "brewing"),
    "shoes": ("running", "trailrunning", "runhappy"),
    "headphones": ("audio", "headphones", "music"),
}

SENTENCES: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "own": (
            "my {p} arrived today, {d}.", "I gave in and bought the {p}. So far {d}.", "First week with my new {p}: {d}.",
            "Just got the {p}, {d}.", "I now own a {p} and {d}.", "New here on my desk: the {p}. Already {d}.",
            "Picked up a {p} this morning. Can say that {d}.", "The {p} is mine at last. Turns out {d}.",
            "Swapped my old one for the {p}; {d}.", "Birthday money went into a {p}, and {d}.",
        ),
        "recommend": (
            "If you look for one, take the {p}: {d}.", "You should try the {p}, really, {d}.",
            "I tell everybody the same: get the {p}, {d}.", "Would buy the {p} again tomorrow because {d}.",
            "My advice stays the {p}; {d}.", "Get yourself a {p}. Trust me, {d}.",
            "Recommended without a but: {p}. You will find that {d}.", "Do not overthink it, the {p} is the one, {d}.",
        ),
        "praise": (
            "I love my {p}, {d}.", "Still happy with the {p}: {d}.", "The {p} keeps surprising me, {d}.",
            "Two years in and the {p} is great, {d}.", "Whoever designed the {p} deserves a medal, {d}.",
            "The {p} made my morning: {d}.", "What a joy the {p} is. I mean it, {d}.",
        ),
        "complain": (
            "Not impressed by the {p}: {f}.", "My {p} goes back to the shop, {f}.", "{n} days with the {p} and {f}. Disappointed.",
            "I wanted to like the {p}, but {f}.", "Is it only mine or is it every {p}? Here {f}.", "The {p} is a waste of money, {f}.",
            "Third letter to support about my {p}: {f}.",
        ),
        "compare": (
            "Tried the {p} next to the {o} for a week. They are closer than I thought.",
            "{p} or {o}? I keep both and use whichever is nearer.", "The {p} is lighter, the {o} lasts longer. Choose your fight.",
            "Side by side: {p} for travel, {o} for home.", "Moved from the {o} to the {p} and back again. No winner.",
        ),
        "ask": (
            "Does anybody here use the {p}? Worth it?", "Which one would you take, {p} or {o}?", "Is the {p} any good for beginners?",
            "How long does a {p} last you?", "Thinking about a {p}. What should I know before?",
            "Anyone with a {p} who can tell me how it is after {n} months?", "Looking for advice: is the {p} worth the price?",
        ),
        "answer": (
            "Thanks, that helps!", "Same here.", "I was about to ask that.", "Interesting, tell us more after a month.",
            "Noted, thank you 🙏", "Mine behaves differently, but okay.", "Ha, exactly.", "How is it in the cold?", "Saved for later.",
            "Good to know before payday.", "That settles it for me.", "Agreed on every word.", "Hm, I am not sure yet.",
            "Could you post a picture?",
        ),
        "promotion": (
            "New season, new colours: the {p} is here. Have a look at {site}", "This week only: {n} euros off the {p} at {site} #ad",
            "Thank you for all your pictures of the {p}! Our favourites are on {site}",
            "Our repair desk is open again: bring your {p}. {site}",
        ),
    },
    "es": {
        "own": (
            "Por fin tengo mi {p} ☕ y estoy encantado.", "Me compré la {p} ayer, primera impresión: muy bien.",
            "Estreno {p} esta semana, qué gusto.",
        ),
        "recommend": ("Si dudas, compra la {p}, no te vas a arrepentir.", "Recomiendo la {p} a todo el mundo.", "Yo lo tengo claro: {p}."),
        "praise": ("Me encanta mi {p}, cada mañana mejor.", "La {p} sigue funcionando de maravilla.", "Qué buena es la {p}, de verdad."),
        "complain": (
            "Mi {p} se rompió a los {n} días, qué decepción.", "No me convence la {p}, esperaba más.",
            "La {p} va de vuelta a la tienda.",
        ),
        "compare": ("¿{p} o {o}? Llevo una semana con las dos y sigo sin decidir.",),
        "ask": ("¿Alguien usa la {p}? ¿Vale la pena?", "Busco consejo: ¿qué tal la {p}?"),
        "answer": ("¡Gracias por contarlo!", "A mí me pasa lo mismo.", "Qué interesante.", "Tomo nota."),
        "chatter": ("Hoy toca paseo largo y libro.", "Qué bien huele la cocina por la mañana.", "Se me fue el tren, otra vez."),
    },
    "de": {
        "own": (
            "Seit heute habe ich den {p}, erster Eindruck: prima.", "Ich habe mir den {p} gekauft und bin froh darüber.",
            "Neu bei mir: {p}.",
        ),
        "recommend": ("Nehmt den {p}, ihr werdet es nicht bereuen.", "Klare Empfehlung: {p}.", "Wer sucht, sollte den {p} ausprobieren."),
        "praise": ("Der {p} ist einfach großartig.", "Ich liebe meinen {p}, auch nach Monaten.", "Mit dem {p} macht es jeden Tag Freude."),
        "complain": (
            "Mein {p} ist nach {n} Tagen kaputt. Schade ums Geld.", "Vom {p} bin ich enttäuscht.",
            "Der {p} geht zurück, nichts als Ärger.",
        ),
        "compare": ("{p} gegen {o}: am Ende nehmen sie sich wenig.",),
        "ask": ("Hat jemand Erfahrung mit dem {p}?", "Lohnt sich der {p}, oder lieber der {o}?"),
        "answer": ("Danke dir!", "Geht mir genauso.", "Spannend, berichte mal weiter.", "Gut zu wissen."),
        "chatter": (
            "Heute nur kurz durch den Wald, dafür mit Sonne.", "Der Bus kam pünktlich, ich nicht.",
            "Feierabend und Suppe, mehr brauche ich nicht.",
        ),
    },
    "ja": {
        "own": ("{p} をついに買いました。とても良いです。", "今日から {p} を使い始めた!", "{p} が届いた、うれしい。"),
        "recommend": ("迷っているなら {p} をおすすめします。", "{p} は本当に買ってよかった。みんなにすすめたい。"),
        "praise": ("{p} が大好き、毎日使っています。", "やっぱり {p} は最高。"),
        "complain": ("{p} が{n}日で壊れた。残念。", "{p} は期待していたほどではなかった。"),
        "compare": ("{p} と {o}、一週間くらべてみたけど決められない。",),
        "ask": ("{p} を使っている人いますか?", "{p} と {o} ならどちらがいい?"),
        "answer": ("ありがとう!", "わかります。", "なるほど、参考になります。"),
        "chatter": ("今日は雨なので家で読書。", "朝の散歩が気持ちいい。", "電車が遅れている…"),
    },
    "ar": {
        "own": ("اشتريت {p} اليوم وأنا سعيد به.", "وصلني {p} أخيرا، ممتاز.", "صار عندي {p} منذ أسبوع."),
        "recommend": ("أنصحكم بتجربة {p}.", "إذا كنت مترددا فخذ {p} ولن تندم."),
        "praise": ("أحب {p} كثيرا، رائع كل صباح.", "{p} ما زال ممتازا."),
        "complain": ("تعطل {p} بعد {n} أيام، للأسف.", "لم يعجبني {p}، توقعت أفضل."),
        "compare": ("{p} أم {o}؟ ما زلت محتارا.",),
        "ask": ("هل جرب أحد {p}؟ هل يستحق؟", "ما رأيكم في {p}؟"),
        "answer": ("شكرا لك!", "وأنا كذلك.", "معلومة مفيدة."),
        "chatter": ("صباح الخير، الجو جميل اليوم.", "يوم طويل لكنه انتهى.", "أبحث عن كتاب جيد للسفر."),
    },
}  # fmt: skip

# Why somebody bought: a pointer to the person, and one to what they wrote.
POINTERS = {
    "en": (
        "Bought because of {who}.",
        "{who} talked me into it.",
        "Thanks to {who} for the tip.",
        "Blame {who}.",
        "After what {who} wrote I could not resist.",
    ),
    "es": ("La culpa es de {who}.", "Gracias a {who} por el consejo."),
    "de": ("Schuld ist {who}.", "Danke an {who} für den Tipp."),
    "ja": ("{who} さんのおすすめで。",),
    "ar": ("بسبب {who}.", "شكرا {who} على النصيحة."),
}
LINKED = {
    "en": ("It was this that did it: {post}", "Read this first: {post}"),
    "es": ("Lo leí aquí: {post}",),
    "de": ("Hier gelesen: {post}",),
}

CHATTER = {
    "espresso": (
        "Anyone else weigh their beans twice?", "The kettle is older than my bike.",
        "Dialled in the grinder, lost an hour, regret nothing.", "Kitchen smells of toast and rain.",
        "Ran out of filters on day {n} of the holidays.", "The roaster down the road has a queue of {n}.",
        "Milk art attempt number {n}: a potato.", "Half decaf today, wish me luck.",
    ),
    "running": (
        "Easy ten this morning, legs like wood.", "Saw {n} deer and one very fast dog.", "Rest day. I am bad at rest days.",
        "Marathon entry is open and so is my wallet.", "{n} hills, no regrets.", "Got lost on my own loop.", "Negative splits for once.",
        "Headwind both ways, as usual.",
    ),
    "work": (
        "{n} meetings today, zero decisions.", "The cat has joined the call again.", "New desk, same back.",
        "Whoever invented status reports, we need to talk.", "Inbox at {n}, that counts as zero.", "Somebody is drilling next door.",
        "Lunch at the desk, crumbs in the keyboard.", "Two time zones, one calendar, no hope.",
    ),
    "audio": (
        "Spent the evening with one record and no phone.", "Soldered the wrong end.", "That third track deserves better speakers.",
        "A quiet room is the best upgrade.", "Found {n} old cassettes in the attic.", "Cable drawer sorted, felt like therapy.",
        "The neighbour plays the tuba now.", "Measured the room, wish I had not.",
    ),
    "birds": (
        "{n} swifts over the church tonight.", "The heron is back at the pond.", "Frost on the hide, thermos empty.",
        "Owl pellets on the doorstep, lovely.", "Counted {n} lapwings before the rain.", "A wren has moved into the shed.",
        "Binoculars fogged at the worst moment.", "Geese heading south already.",
    ),
    "sea": (
        "Fog until noon, then a perfect evening.", "The ferry horn is my alarm clock.", "Found {n} pieces of sea glass.",
        "Salt on every window, as it should be.", "Swam for {n} minutes, froze for an hour.", "The chip shop closed for the winter.",
        "Seals on the sandbank again.", "Wind from the north, washing on the line.",
    ),
    "study": (
        "Library until ten, then noodles.", "{n} pages to go and no will to live.", "Group work is a social experiment.",
        "Passed the exam!! 🎉", "My flatmate eats cereal at {n} in the morning.", "Thesis title changed for the third time.",
        "The printer knows when you are late.", "Who needs sleep.",
    ),
}  # fmt: skip
CHATTER_TAILS = (
    "", "", "", "", " That is all.", " No complaints.", " Same tomorrow, I guess.", " Could be worse.", " Somebody bring cake.",
    " Off to bed.", " Not even {day} yet.", " Happy {day} everyone.", " Very much a {day} mood.", " Pictures later.", " Do not ask.",
    " I will take it.",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
STORY_TITLES = (
    "A timer that only counts up", "Show HN: I mapped every bench in my town", "The quiet death of the office library",
    "Why our team stopped estimating", "Show HN: A feed reader in {n}00 lines", "Ask HN: What do you do on a slow {day}?",
    "Notes on {n} years of keeping a diary", "How lighthouses were automated", "A field guide to broken spreadsheets",
    "The case for boring databases", "Ask HN: Best tool you built for yourself?", "{n} things a ferry timetable taught me",
)  # fmt: skip

# The words of brands in a sense that has nothing to do with them.
AMBIGUOUS = (
    "A kestrel nest on the old mill, {n} chicks this year!", "Watched a common kestrel hover over the motorway for minutes.",
    "Lesser kestrel seen near the quarry, first of the season.", "The kestrels are back above the meadow.",
    "High tide at {n} past six, path is closed.", "Low tide and the whole bay smells of weed.",
    "Spent an hour at a tide pool with the kids, {n} crabs.", "Check the tide table before you walk out there.",
    "Careful, rip tide warning at the north beach.",
)  # fmt: skip
EMOJI = ("", "", "", " ☕", " 🏃", " 🎧", " 🙌", " 😅", " ❤️", " 🤷", " 👀", " 🔥")

WIKI_FACTS = (
    "{t} is described in most buying guides with a caution about marketing claims.",
    "Early forms of {t} are known from workshop records.", "Reviews differ on how much {t} matters in daily use.",
    "A survey of {n}00 users found no clear favourite.", "The term {t} is used loosely in shops.",
    "Standards bodies have published test methods since the {n}0s.", "Maintenance is simple and seldom done.",
    "Prices fell by about {n} per cent in a decade.", "Hobby groups keep lists of models and their faults.",
    "The history section needs sources.",
)  # fmt: skip
WIKI_COMMENTS = (
    "add a fact",
    "copy edit",
    "source",
    "tone",
    "fix typo",
    "expand",
    "/* Reception */ reworded",
    "remove unsourced claim",
    "update figures",
)
REWORDINGS = (
    (" differ ", " disagree "),
    (" simple ", " easy "),
    (" about ", " around "),
    (" loosely ", " freely "),
    (" subject ", " topic "),
)
TALK_HEADINGS = ("Sources?", "Wording", "Is this neutral?", "Photo wanted")
