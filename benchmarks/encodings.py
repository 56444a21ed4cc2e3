"""How often the encoding of a list is recognised: generated files in each encoding, the answers counted.

    python benchmarks/encodings.py                    2,000 files

A file is right where its text comes out as it went in. TCVN3 has no toned capitals: text that comes out alike but for
them is counted apart. What matters most is the last column: text that came out differently without a refusal.
"""

import argparse
import time
from collections import Counter
from random import Random

from vaxtally.intake.read import FileRefusedError, encodings
from vaxtally.sample.encoded import ENCODERS, MIXTURES, EncodedList, draw_list

ANSWERS = ("right", "other case", "refused", "wrong")


def main() -> None:
    """Draw the files, recognise and decode each, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for is_usual, what in ((True, "names of the sample city"), (False, "names of syllables that are in no list")):
        started = time.perf_counter()
        counts = measure(options.files, options.seed, is_usual)
        print(f"\n{what}: {options.files:,} files in {time.perf_counter() - started:.0f} s")
        _print(counts)


def measure(files: int, seed: int, is_usual: bool) -> Counter[tuple[str, str, str]]:
    """How many files of each encoding got which name and which answer."""
    rng = Random(seed)
    names = [*ENCODERS, *MIXTURES]
    counts: Counter[tuple[str, str, str]] = Counter()
    for number in range(files):
        drawn = draw_list(rng, names[number % len(names)], is_usual)
        counts[drawn.encoding, *answer(drawn)] += 1
    return counts


def answer(drawn: EncodedList) -> tuple[str, str]:
    """The name that a list's encoding got, and how its text came out."""
    try:
        name = encodings.recognise(lambda: [drawn.data])
        text = encodings.Decoder(name).decode(drawn.data, final=True)
    except FileRefusedError:
        return "", "refused"
    if text == drawn.text:
        return name.partition("?")[0], "right"
    is_case = "tcvn3" in name and text.lower() == drawn.text.lower()
    return name.partition("?")[0], "other case" if is_case else "wrong"


def _print(counts: Counter[tuple[str, str, str]]) -> None:
    print(f"{'encoding':<20}" + "".join(f"{answer:>12}" for answer in ANSWERS) + "   read as")
    for encoding in dict.fromkeys(encoding for encoding, _, _ in counts):
        by_answer = [sum(n for (one, _, told), n in counts.items() if (one, told) == (encoding, a)) for a in ANSWERS]
        read_as = Counter({name: n for (one, name, _), n in counts.items() if one == encoding and name})
        print(f"{encoding:<20}" + "".join(f"{n:>12}" for n in by_answer) + "   " + _told(read_as))
    total = [sum(n for (_, _, told), n in counts.items() if told == answer) for answer in ANSWERS]
    print(f"{'all':<20}" + "".join(f"{n:>12}" for n in total))
    print(f"right: {(total[0] + total[1]) / sum(total):.2%}")


def _told(read_as: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in read_as.most_common())


if __name__ == "__main__":
    main()
