"""Writes what the reference implementation of VADER says of texts, one JSON object a line.

    pip install vaderSentiment==3.3.2 && python generate.py > golden.jsonl

Python up to 3.11: from 3.12 on `sum` adds floats with compensation, which can move a digit.
The sentences below are made up for these tests, a few for each rule; 400 more are random words
from the lists beneath them. `--random N` changes their number, and files named as arguments
(plain or .gz; .txt with three columns between tabs, .csv with a `text` column) are scored
instead, to compare with the real texts of the data folder:

    python generate.py --random 20000 ../../../shared/data/*/*.{txt,csv.gz} > all.jsonl
    SHOAL_TEST_VADER=$PWD/all.jsonl cargo test --test vader_golden
"""

import argparse
import csv
import gzip
import json
import random

from vaderSentiment.vaderSentiment import (
    BOOSTER_DICT,
    NEGATE,
    SPECIAL_CASES,
    SentimentIntensityAnalyzer,
)

SENTENCES = """
The bridge works and the fees are fair.
The bridge works and the fees are FAIR.
The bridge works and the fees are very fair!
The bridge works and the fees are VERY fair!!
The bridge works and the fees are very VERY FAIR!!! :)
THE BRIDGE WORKS AND THE FEES ARE FAIR
the launch was somewhat good
the launch was kind of good
the launch was just enough good
the launch was sort of a good one
kind of a good launch
The launch wasn't good.
The launch was not really good.
The launch was not at all that good.
The launch was never so good.
The launch was never this good
The launch was never been this good
never so very good
so much great news this good week
without doubt good
without a doubt good
without doubt an excellent trade
without any doubt excellent
nobody made a good trade without help
The validator set is great, but the wallet is awful.
great but great but great
awful awful but good good
But it is good
good good bad BUT good bad bad
The least good exchange
At least good support answered
the very least good outcome
least good
no good
no problem for ETH holders
no bad or good news
no bad nor terrible news
No, thanks
NO good news today
there is NO support left
no
no no no
yeah right, a great upgrade
this wallet is the shit
this wallet is the bomb, really
a really bad ass wallet here
the badass wallet of all
a quiet bus stop near me is ugly
the kiss of death for this token
fees to die for this evening
tonight a beating heart of joy
is this good?
is this good??
is this good???
is this good????????
is this good?! really?!
wow!!!!!!!!!
!!!
???
:) :( :D :-P <3 </3 ;-) O_o
:)good:(
good:)
($good)
"good"
'good'
g.o.o.d
good,bad
good/bad
can't lose, won't fail
cant lose, wont fail
I couldn't be happier
rarely happy, seldom sad, despite gains
uh-uh, happy
he ain't happy n't happy
😀
😀😀
good😀bad
good 😀 bad
😡 and 💔 but ❤️ wins
🚀🚀🚀 to the moon 🚀!!!
👎🏽 thumbs
🇬🇧 news is good
KILL the bug
İSTANBUL is GOOD
ΣΟΦΟΣ good ΣΟΦΟΣ
ǅ GOOD ǅ
GOOD\u00a0bad\u2003fine\u3000ugly
GOOD\u001cbad\u001dfine\u0085ugly\u200bgood
\ufeffgood
 good 
\u00a0
.
a
ok
b4 lol
LOL
lol LOL rofl
most extreme total utter little less
extremely good extremely extremely bad
barely scarcely hardly good
good good good good good good good good good good good good good good good good good good
bad bad bad bad bad bad bad bad bad bad bad bad bad bad bad bad bad bad bad bad bad bad bad
sushi fucking rocks, so good
FUCKING good
the FUCKING worst
it is Almost BAD
Bitcoin crashes 20% as fear grips the market; analysts warn of more pain
$ETH to the MOON!!! #bullish
Exchange hacked, funds lost, users furious
Regulator approves fund: investors cheer
Not bad. Not bad at all.
This is neither good nor bad
the good, the bad; the ugly...
mixed feelings: love the app - hate the fees
""".strip("\n").split("\n")

ODD = ["but", "But", "BUT", "no", "NO", "or", "nor", "least", "at", "very", "never", "so", "this",
       "without", "doubt", "kind", "of", "sort", "just", "enough", "yeah", "right", "bus", "stop",
       "the", "shit", "bomb", "to", "die", "for", "kiss", "death", "beating", "heart", "bad",
       "ass", "!", "?", "!!", "??", "...", ":)", ":(", "<3", ":D", "=D", "😀", "😡", "🚀", "❤️", "👨‍👩‍👧",
       "\u00a0", "\u001f", "\u2028", "\u200b", "İ", "ß", "ẞ", "ǅ", "Σ", "ΑΣ", "\u212aILL", "ſo",
       "中文", "123", "A1", "it's", "n't", "don't", "DON'T", "café", "ﬁne", "'", "\"", "--", "_good_"]


def random_text(source, lexicon):
    words = []
    for _ in range(source.randrange(1, 16)):
        kind = source.random()
        if kind < 0.35:
            word = source.choice(lexicon)
        elif kind < 0.5:
            word = source.choice(sorted(BOOSTER_DICT))
        elif kind < 0.6:
            word = source.choice(NEGATE)
        elif kind < 0.65:
            word = source.choice(sorted(SPECIAL_CASES))
        elif kind < 0.95:
            word = source.choice(ODD)
        else:
            word = "".join(chr(source.choice([source.randrange(1, 0x250), source.randrange(0x250, 0xD800),
                                              source.randrange(0x1F300, 0x1FAFF)])) for _ in range(3))
        shape = source.random()
        if shape < 0.2:
            word = word.upper()
        elif shape < 0.3:
            word = word.title()
        elif shape < 0.4:
            word = source.choice("!?.,:;'\"()#$") + word + source.choice("!?.,:;'\"()")
        words.append(word + source.choice([" ", " ", " ", " ", "  ", "", "\t"]))
    return "".join(words)


def texts_of(path):
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        if ".csv" in path:
            for row in csv.DictReader(file):
                yield row["text"]
        else:
            for line in file.read().split("\n"):
                if line:
                    yield line.rstrip("\r").split("\t", 2)[2]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--random", type=int, default=400)
    arguments.add_argument("files", nargs="*")
    arguments = arguments.parse_args()
    analyzer = SentimentIntensityAnalyzer()
    source = random.Random(3)
    lexicon = sorted(analyzer.lexicon)
    texts = [] if arguments.files else list(SENTENCES)
    for path in arguments.files:
        texts.extend(texts_of(path))
    texts.extend(random_text(source, lexicon) for _ in range(arguments.random))
    for text in texts:
        print(json.dumps({"text": text, **analyzer.polarity_scores(text)}))


main()
