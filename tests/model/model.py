#!/usr/bin/python3
# Checks the SPIN model of the receipt protocol: exhaustively, and that each mutant is caught by the invariant it breaks.
# A run that does not finish, or finds nothing in a mutant, is a failure; nothing here depends on time.
# SPDX-License-Identifier: Apache-2.0
"""Usage: model.py [--full] [--build FOLDER]

Without --full: the smallest instances and every mutant, in about half a minute. With it also the large instances, in
some minutes and less than 6 GB of memory. Needs spin and gcc.
"""
import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import time

MODEL = pathlib.Path(__file__).resolve().parent / "receipts.pml"
ALONE = ["DEVICE_RESTORES=0", "CLONES=0", "STICKS=0"]  # one device whose disk never lies

# name, definitions, megabytes, bits of the hash table
SMALL = [
    ("network only, 3 records", ["RECORDS=3", "FAULTS=0", "EPOCHS=1"], 1000, 20),
    ("any one fault, 3 records", ["RECORDS=3", "FAULTS=1"], 1500, 22),
    ("any two faults, 2 records", ["RECORDS=2", "FAULTS=2"], 2000, 22),
    ("keep_days below the backup window, one fault", ["RECORDS=3", "FAULTS=1", "SHORT_WINDOW"], 1500, 22),
]
LARGE = [
    ("any one fault, 4 records", ["RECORDS=4", "FAULTS=1"], 4000, 24),
    ("any one fault, 4 records, batches of 1", ["RECORDS=4", "FAULTS=1", "BATCH=1"], 4000, 24),
    ("any three faults, 2 records", ["RECORDS=2", "FAULTS=3"], 5000, 25),
    ("headquarters restored twice, 2 records", ["RECORDS=2", "FAULTS=2", "EPOCHS=3"], 4000, 24),
    ("any two faults, 3 records", ["RECORDS=3", "FAULTS=2"], 6000, 26),
    ("keep_days below the backup window, two faults", ["RECORDS=2", "FAULTS=2", "SHORT_WINDOW"], 4000, 24),
]

# rule left out, definitions, what must fail: its name and a part of its text
MUTANTS = [
    ("NO_CHAIN", ["FAULTS=1", "DEVICE_RESTORES=0", "EPOCHS=1"], "I1", r"epoch!=epoch"),
    ("NO_FIRST", ["FAULTS=1", *ALONE], "I4", r"hq\.high\[j\]"),
    ("NO_IDENTITY", ["FAULTS=1", "EPOCHS=1"], "I3", r"hq\.twice"),
    ("CHILD_ONLY", ["FAULTS=2"], "I3", r"hq\.twice"),
    ("DROP_OTHER_BYTES", ["FAULTS=0"], "L1", r"~\(hq\.held\)&mask"),
    ("BAD_BLOCKS", ["FAULTS=0"], "L1", r"receipted==dev\[0\]\.last"),
    ("EARLY_RECEIPT", ["FAULTS=0"], "I1", r"epoch!=epoch"),
    ("PURGE_ON_SEND", ["FAULTS=0"], "I2", r"purged<=dev\[0\]\.receipted"),
    ("PURGE_EARLY", ["FAULTS=1", *ALONE], "I2", r"mask& ~\(hq\.held\)"),
    ("IGNORE_EPOCH", ["FAULTS=1", *ALONE], "L1", r"~\(hq\.held\)&mask"),
    ("KEEP_EPOCH", ["FAULTS=1", *ALONE], "I1", r"epoch!=epoch"),
    ("NO_FORK", ["FAULTS=1", "EPOCHS=1"], "L1", r"receipted==dev\[0\]\.last"),
    ("FORK_FORGETS", ["FAULTS=2"], "I6", r"thanked\+1"),
]


def explore(folder, definitions, megabytes, bits):
    """Builds and runs one instance; returns what SPIN said. The folder is its own."""
    folder.mkdir(parents=True, exist_ok=True)
    words = ["-D" + definition for definition in definitions]
    subprocess.run(["spin", "-a", *words, MODEL], cwd=folder, check=True, capture_output=True)
    subprocess.run(["gcc", "-O2", "-w", "-DSAFETY", "-DCOLLAPSE", "-DNOREDUCE", "-DMEMLIM=%d" % megabytes,
                    "-o", "pan", "pan.c"], cwd=folder, check=True, capture_output=True)
    return subprocess.run(["./pan", "-m1000000", "-w%d" % bits], cwd=folder, capture_output=True, text=True).stdout


def check_instance(build, name, definitions, megabytes, bits):
    began = time.monotonic()
    said = explore(build / re.sub(r"\W+", "-", name), definitions, megabytes, bits)
    states = re.search(r"([\d.e+]+) states, stored", said)
    memory = re.search(r"([\d.]+)\s+total actual memory usage", said)
    whole = "errors: 0" in said and not re.search(r"max search depth too small|out of memory|memory limit|not completed",
                                                  said)
    print("%-5s %-50s %12s states %7s MB %6.1f s" %
          ("ok" if whole else "FAIL", name, int(float(states.group(1))) if states else "?",
           memory.group(1) if memory else "?", time.monotonic() - began), flush=True)
    if not whole:
        print(said)
    return whole


def check_mutant(build, rule, definitions, invariant, text):
    said = explore(build / ("mutant-" + rule), ["RECORDS=3", "MUTANT_" + rule, *definitions], 2000, 20)
    failed = re.search(r"assertion violated (.*) \(at depth", said)
    caught = bool(failed and re.search(text, failed.group(1)))
    print("%-5s mutant %-18s %s" % ("ok" if caught else "FAIL", rule,
                                    "caught by " + invariant if caught else said), flush=True)
    return caught


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    arguments = parser.parse_args()
    build = arguments.build.resolve() / "model"
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda mutant: check_mutant(build, *mutant), MUTANTS))
        results += pool.map(lambda instance: check_instance(build, *instance), SMALL)
    if arguments.full:  # one after the other: memory
        results += [check_instance(build, *instance) for instance in LARGE]
    print("%d of %d as expected" % (sum(results), len(results)))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
