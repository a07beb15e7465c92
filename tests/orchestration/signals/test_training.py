from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp
from rich.progress import Progress

from orchestration.signals.classification import GENERAL
from orchestration.signals.features import Text
from orchestration.signals.intent import CLASSES
from orchestration.signals.models import DATA, load_lexicon, load_weights
from orchestration.signals.passages import LANGUAGES
from orchestration.signals.training import __main__ as command
from orchestration.signals.training.fit import STANCE, balanced
from orchestration.signals.training.labelled import (
    LabelledTextError,
    cleaned,
    intent_places,
    masked,
    read_examples,
    read_labelled,
    read_posts,
    read_sentences,
)
from orchestration.signals.words import OTHER, PARTS, TARGET, Words

GOOD, BAD, PLAIN = ("lovely", "great", "superb"), ("awful", "broken", "horrid"), ("blue", "square", "new")
LABELS = {-1: BAD, 0: PLAIN, 1: GOOD}


def write_labelled(folder: Path) -> None:
    """Files of the shape of the labelled text, with a few made-up sentences each; one training text is also in a test split."""
    rows = [
        {"split": split, "label": label, "word": word, "number": number}
        for split, numbers in (("train", 4), ("test", 1))
        for label, words in LABELS.items()
        for word in words
        for number in range(numbers)
    ]
    made = pl.DataFrame(rows).with_columns(
        text=pl.format("Kestrel number {} of {} is {}", "number", "split", "word"), dataset=pl.lit("acl14"), target=pl.lit("Kestrel")
    )
    made = pl.concat([made, made.filter(split="test").with_columns(split=pl.lit("train"))])
    made = made.with_columns(text_masked=pl.col("text").str.replace("Kestrel", "$T$"))
    made.write_parquet(folder / "targeted_tweets.parquet")
    reviews = [made.with_columns(dataset=pl.lit(name)) for name in ("restaurants", "laptops")]
    pl.concat(reviews).write_parquet(folder / "targeted_reviews.parquet")
    made.with_columns(topic=pl.lit("@kestrel"), label=pl.col("label").cast(pl.String)).write_parquet(
        folder / "tweets_topic_sentiment.parquet"
    )
    names = pl.col("label").replace_strict({-1: "negative", 0: "neutral", 1: "positive"}, return_dtype=pl.String)
    made.with_columns(label=names).write_parquet(folder / "tweets_sentiment.parquet")
    sentences = made.with_row_index("row").with_columns(id=pl.format("{}_1", "row"), mean_rating=pl.col("label") * 2.0)
    sentences.select("id", "mean_rating", "text").write_parquet(folder / "product_review_sentences.parquet")
    numbered = pl.DataFrame({"start": 3, "end": 10}).join(pl.DataFrame({"row": range(2323)}), how="cross")
    numbered.select("start", "end", text=pl.format("my Kestrel of row {}", "row")).write_parquet(
        folder / "product_posts_unlabelled.parquet"
    )
    said = [(language, f"{language} {word} {number}", label) for language in LANGUAGES for label, words in LABELS.items()
            for word in words for number in range(2)]  # fmt: skip
    pl.DataFrame(said, schema=["language", "text", "label"], orient="row").write_parquet(folder / "multilingual_sentiment.parquet")


def test_a_training_text_of_a_test_split_is_left_out(tmp_path: Path) -> None:
    write_labelled(tmp_path)
    for labelled in read_labelled(tmp_path).values():
        assert set(labelled.train.texts) & set(labelled.test.texts) == set()
        assert len(labelled.test.labels)


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")  # on so few made-up words; on real ones it does
def test_training_twice_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_labelled(tmp_path)
    few = tuple(split.where(np.arange(len(split.labels)) < 60) for split in read_examples())
    monkeypatch.setattr(command, "read_examples", lambda: few)
    posts, own = read_posts(tmp_path, "train"), read_sentences("train")
    monkeypatch.setattr(command, "read_posts", lambda folder, split: tuple(part.gather_every(9) for part in posts))
    monkeypatch.setattr(command, "read_sentences", lambda split: tuple(part.gather_every(9) for part in own))
    written = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        shutil.copy(DATA / "words.npz", tmp_path / name)
        with Progress(disable=True) as progress:
            written.append([path.read_bytes() for path in command.train(tmp_path, tmp_path / name, progress)])
    assert written[0] == written[1]
    assert len(written[0]) == 5


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelledTextError, match=r"nowhere.*--labelled"):
        read_labelled(tmp_path / "nowhere")


def test_what_is_learnt_is_what_is_read() -> None:
    """The weights score texts by running sums as the matrix of features does that they were learnt from."""
    texts = pl.Series([f"not so good , but {TARGET} is lovely !! 😍", f"{TARGET} or {OTHER} ?", "no target at all", "", "loooove", TARGET])
    text = Text(Words.read(texts), load_lexicon())
    signals = load_weights(GENERAL)["general"].scores_of_parts(text, PARTS)
    grams, dense = STANCE.matrix(text, signals)
    random = np.random.default_rng(0)
    coefficients = random.integers(-127, 128, size=(3, STANCE.columns + dense.shape[1])) / 100  # which a byte can hold
    mean, scale = STANCE.scales(dense, signals.shape[1])
    model = STANCE.weights(coefficients, np.array([0.1, 0.2, 0.3]), mean, scale, signals.shape[1])
    expected = sp.hstack([grams, (dense - mean) * scale]) @ coefficients.T + [0.1, 0.2, 0.3]
    np.testing.assert_allclose(model.scores(text, signals), expected, atol=1e-4)


def test_classes_weigh_the_same() -> None:
    labels = np.array([0, 0, 0, 2])
    assert balanced(labels).tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2])


def test_spelling_and_masks() -> None:
    assert cleaned(r"I do n't like it \u002c it 's &amp; was") == "I don't like it , it's & was"
    assert masked("so #IronMan and iron man", "iron man") == f"so  {TARGET}  and  {TARGET} "


def test_labels_stand_on_their_rows_and_halves_do_not_meet(tmp_path: Path) -> None:
    write_labelled(tmp_path)
    halves = [read_posts(tmp_path, split) for split in ("train", "test")]
    rows = [labels["row"].to_list() for _, labels in halves]
    assert sorted(rows[0] + rows[1]) == list(range(2323))
    for mentions, labels in halves:
        assert mentions["text"].to_list() == [f"my Kestrel of row {row}" for row in labels["row"]]


def test_adoption_is_what_the_guideline_says() -> None:
    for _, labels in (read_sentences("train"), read_sentences("test")):
        adopting = (labels["who"] == "author") & labels["what"].is_in(["owns", "bought", "gifted", "recommends"])
        assert adopting.cast(pl.Int64).to_list() == labels["adoption"].to_list()


def test_what_others_do_is_no_intent_of_the_author() -> None:
    labels = pl.DataFrame({"who": ["author", "other", "nobody"], "what": ["bought", "bought", "other"]})
    assert [CLASSES[place] for place in intent_places(labels)] == ["bought", "other", "other"]


def test_each_language_has_both_halves_of_own_sentences() -> None:
    for split in ("train", "test"):
        mentions, labels = read_sentences(split)
        assert set(mentions["language"]) == set(LANGUAGES)
        named = mentions.select(name=pl.col("text").str.slice("span_start", pl.col("span_end") - pl.col("span_start")))["name"]
        assert set(named) == {"Kestrel"}
        assert mentions.height == labels.height
